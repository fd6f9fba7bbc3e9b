"""The operator's commands about access: credentials, their scopes, and rates."""

from dataclasses import replace
from typing import Any

from makegood.domain import access
from makegood.domain.access import Account, Credential, Rights, sid_of
from makegood.domain.parties import EVERYTHING, Role, account_sid
from makegood.domain.problems import Conflict, Malformed, NotFound
from makegood.domain.rate_limit import BURST, BURST_MAX, PER_HOUR, PER_HOUR_MAX, Allowance
from makegood.operator.arguments import (
    Arguments,
    Command,
    CommandContext,
    count,
    invalid,
    read,
    switch,
    text,
)


def create_credential(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Makes a token. Only this answer shows it; the store keeps its hash."""
    token = context.new_token()
    rights = _rights(arguments)
    return _kept(
        context, _account(context, arguments).with_token(token, context.now, rights), token
    )


def list_credentials(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """An account's credentials, oldest first, each with the hour of its last use."""
    account = _account(context, arguments)
    used = context.store.last_uses(account)
    shown = [
        {
            **_shown(each),
            "last_used_at": used[each.credential_id].isoformat()
            if each.credential_id in used
            else "",
        }
        for each in account.credentials
    ]
    return {
        "account_sid": account.account_sid,
        "credentials": shown,
        "per_hour": account.allowance.per_hour,
        "burst": account.allowance.burst,
    }


def rotate_credential(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Makes a second token with the same rights. The first stays valid until it is revoked."""
    token, credential_id = context.new_token(), text(arguments, "credential_id")
    return _kept(
        context, _named(context, credential_id).rotated(credential_id, token, context.now), token
    )


def revoke_credential(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Ends a token. The authorizer's cache may still accept it for a minute."""
    credential_id = text(arguments, "credential_id")
    before = _named(context, credential_id)
    account = before.revoked(credential_id, context.now)
    if account != before:
        _keep(context, account)
    return _shown(account.credential(credential_id))


def set_rate(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Sets an account's rate. The authorizer's cache may delay it by a minute."""
    given = {"per_hour": PER_HOUR, "burst": BURST, **arguments}
    allowance = Allowance(
        count(given, "per_hour", PER_HOUR_MAX, 1), count(given, "burst", BURST_MAX, 1)
    )
    before = _account(context, arguments)
    account = replace(before, allowance=allowance)
    if account != before:
        _keep(context, account)
    return {
        "account_sid": account.account_sid,
        "per_hour": allowance.per_hour,
        "burst": allowance.burst,
    }


def _rights(arguments: Arguments) -> Rights:
    """The scopes of a token: every collection, unless `scopes` names some."""
    scopes = arguments.get("scopes", [EVERYTHING])
    named = map(str, scopes) if isinstance(scopes, list) else ()
    try:
        return access.rights(named, switch(arguments, "read_only"))
    except Malformed as malformed:
        raise invalid("scopes", f"A list of these: {malformed.message}", malformed.code) from None


def _account(context: CommandContext, arguments: Arguments) -> Account:
    """The access of the account that `role` and `account_id` name; empty if it has none yet."""
    role, account_id = read(arguments, "role", Role), text(arguments, "account_id")
    known = context.store.advertisers if role is Role.ADVERTISER else context.store.partners
    if account_id not in known([account_id]):
        raise NotFound(f"There is no {role.lower()} {account_id}; create it first")
    return context.store.account(account_sid(role, account_id)) or Account(role, account_id)


def _named(context: CommandContext, credential_id: str) -> Account:
    account = context.store.account(sid_of(credential_id))
    if account is None:
        raise NotFound(f"There is no credential {credential_id}")
    return account


def _keep(context: CommandContext, account: Account) -> None:
    if not context.store.put_account(account):
        raise Conflict("Somebody changed this account's access meanwhile; run the command again")


def _kept(context: CommandContext, account: Account, token: str) -> dict[str, Any]:
    """Stores an account's new credential, and returns its token."""
    _keep(context, account)
    return {**_shown(account.credentials[-1]), "token": token, "account_sid": account.account_sid}


def _shown(credential: Credential) -> dict[str, Any]:
    revoked_at = credential.revoked_at
    return {
        "credential_id": credential.credential_id,
        "scopes": list(credential.rights.scopes),
        "read_only": credential.rights.read_only,
        "created_at": credential.created_at.isoformat(),
        "revoked_at": revoked_at.isoformat() if revoked_at else "",
    }


COMMANDS = {
    "create_credential": Command(create_credential, "role", "account_id", "scopes?", "read_only?"),
    "list_credentials": Command(list_credentials, "role", "account_id"),
    "rotate_credential": Command(rotate_credential, "credential_id"),
    "revoke_credential": Command(revoke_credential, "credential_id"),
    "set_rate": Command(set_rate, "role", "account_id", "per_hour?", "burst?"),
}
