"""Who sent a command: which callers of AWS are certainly two people.

A caller is an IAM identity's ARN. What names the person differs by its kind:

    user/…/alice                         the user
    assumed-role/AWSReservedSSO_…/alice  the session: IAM Identity Center makes the role, nobody
                                         else may change it, and the session bears the user's name
    assumed-role/ROLE/SESSION            the role: whoever assumes it chooses the session's name

Two callers that share a role or a name are taken for one person. An account's root and federated
sessions name nobody: the first is shared, and who asks for the second chooses its name.
"""

from makegood.domain.problems import Forbidden

SINGLE_SIGN_ON = "AWSReservedSSO_"


def check_person(caller: str) -> None:
    """Refuses a caller that names no person."""
    if not _marks(caller):
        raise Forbidden(
            "This needs a caller that names a person: an IAM user, a role, or a user of IAM "
            "Identity Center",
            code="no_person",
        )


def may_be_one_person(caller: str, other: str) -> bool:
    """Whether these two might be one person; also where either names nobody."""
    ones, others = _marks(caller), _marks(other)
    return not ones or not others or not ones.isdisjoint(others)


def _marks(caller: str) -> frozenset[str]:
    """What names the person behind an ARN, if anything does; case tells no two names apart."""
    parts = caller.casefold().split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return frozenset()
    service, account, (kind, *names) = parts[2], parts[4], parts[5].split("/")
    if not names or not all(names):
        return frozenset()
    if (service, kind) == ("iam", "user"):
        return frozenset({f"name {names[-1]}"})
    if (service, kind) != ("sts", "assumed-role") or len(names) != 2:
        return frozenset()
    role, session = names
    if role.startswith(SINGLE_SIGN_ON.casefold()):
        return frozenset({f"name {session}"})
    return frozenset({f"role {account} {role}", f"name {session}"})
