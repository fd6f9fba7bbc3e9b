"""The operator's commands about people: who may sign in for an account, and in which role."""

from typing import Any

from makegood.aws.cognito import UserPool
from makegood.domain.account_people import (
    AccountPeople,
    Person,
    PersonRole,
    PersonState,
    read_email,
)
from makegood.domain.parties import Role
from makegood.domain.problems import Conflict, Invalid, Malformed
from makegood.operator.arguments import (
    Arguments,
    Command,
    CommandContext,
    known_advertiser,
    known_partner,
    read,
    text,
)
from makegood.store.store import Contested
from makegood.usecases.invite_person import Invitation, Inviting


def invite_person(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Lets a person sign in for an account, in a role; whoever is new is told by e-mail."""
    people = _people(context, arguments)
    email = read(arguments, "email", read_email)
    name = text(arguments, "name")
    role = read(arguments, "person_role", PersonRole)
    ask_pool = UserPool(context.user_pool).invite
    inviting = Inviting(context.store, ask_pool, people.role, people.account_id, context.now)
    try:
        return _shown(inviting.invite(Invitation(email, name, role)))
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at("email"),)) from malformed


def list_persons(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """The people of an account, in the order in which they were invited."""
    people = _people(context, arguments)
    return {"account_sid": people.account_sid, "people": [_shown(each) for each in people.people]}


def disable_person(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Keeps a person out of an account; their sessions end within a minute."""
    return _changed(context, arguments, PersonState.DISABLED)


def enable_person(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Lets a person in again who was disabled, in the role that they had."""
    return _changed(context, arguments, PersonState.ACTIVE)


def _changed(context: CommandContext, arguments: Arguments, state: PersonState) -> dict[str, Any]:
    people = _people(context, arguments)
    person = people.by_email(read(arguments, "email", read_email))
    changed = people.changed(person.person_id, person.role, state)
    _keep(context, people, changed)
    return _shown(changed.person(person.person_id))


def _people(context: CommandContext, arguments: Arguments) -> AccountPeople:
    """The people of the account that `role` and `account_id` name, which is there."""
    role = read(arguments, "role", Role)
    known = known_advertiser if role is Role.ADVERTISER else known_partner
    named = {f"{role.lower()}_id": text(arguments, "account_id")}
    return context.store.people(role, known(context, named, "; create it first"))


def _keep(context: CommandContext, before: AccountPeople, after: AccountPeople) -> None:
    if after == before:
        return
    try:
        context.store.put_people(after)
    except Contested as contested:
        raise Conflict(
            "Somebody changed this account's people meanwhile; run the command again"
        ) from contested


def _shown(person: Person) -> dict[str, Any]:
    return {
        "person_id": person.person_id,
        "email": person.email,
        "name": person.name,
        "person_role": str(person.role),
        "state": str(person.state),
    }


ACCOUNT = ("role", "account_id")
COMMANDS = {
    "invite_person": Command(invite_person, *ACCOUNT, "email", "name", "person_role"),
    "list_persons": Command(list_persons, *ACCOUNT),
    "disable_person": Command(disable_person, *ACCOUNT, "email"),
    "enable_person": Command(enable_person, *ACCOUNT, "email"),
}
