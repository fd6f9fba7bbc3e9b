"""The people of an account by HTTP: its ADMINs invite them, and change their roles. Everybody says
for themselves whether they want to be told by e-mail.

Imported with the first request about people.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from makegood.api import filters, writes
from makegood.api.http import Reply, Request
from makegood.api.party_presenters import flag
from makegood.api.routes import AudienceRoutes
from makegood.aws.cognito import UserPool
from makegood.domain import texts
from makegood.domain.account_people import (
    AccountPeople,
    Person,
    PersonRole,
    PersonState,
    read_email,
)
from makegood.domain.problems import Fault, Forbidden, Invalid, Malformed, VersionConflict
from makegood.forms import fields
from makegood.forms.reading import Fields
from makegood.store.store import Contested, Idempotency
from makegood.usecases.invite_person import Invitation, Inviting

NAME_MAX = 100


def people(audience: AudienceRoutes, request: Request) -> Reply:
    """Everybody, in the order in which they were invited; there are few."""
    known = audience.store.people(audience.role, request.caller.account_id)
    return Reply({"People": [_shown(each) for each in known.people]})


def invite(audience: AudienceRoutes, request: Request) -> Reply:
    """Invites somebody: `Email`, `Name`, `Role`."""
    fields.check_known(request.fields, fields.PERSON_FIELDS)
    account = audience.role, request.caller.account_id
    ask_pool = UserPool(audience.settings.user_pool).invite
    inviting = Inviting(audience.store, ask_pool, *account, audience.wall_clock())

    def write(asked: Idempotency | None) -> Person:
        try:
            return inviting.invite(_invitation(request.fields), asked)
        except Malformed as malformed:
            raise Invalid(faults=(malformed.at("Email"),)) from malformed

    return Reply(_shown(_once(audience, request, "invite", request.fields, write)))


def change(audience: AudienceRoutes, request: Request, person_id: str) -> Reply:
    """Changes somebody's `Role`, `State` or `Mails`; what is left out stays."""
    fields.check_known(request.fields, fields.PERSON_CHANGE_FIELDS)
    by = request.caller.person.person_id if request.caller.person else ""

    def write(asked: Idempotency | None) -> Person:
        known = audience.store.people(audience.role, request.caller.account_id)
        person = known.person(person_id)
        role = _one_of(request.fields, "Role", PersonRole, person.role)
        state = _one_of(request.fields, "State", PersonState, person.state)
        mails = _mails(request.fields, person.mails)
        changed = known.changed(person_id, role, state, by).preferring(person_id, mails=mails)
        return _kept(audience, (known, changed), person_id, asked)

    said = {**request.fields, "Id": person_id}
    return Reply(_shown(_once(audience, request, "change_person", said, write)))


def preferences(audience: AudienceRoutes, request: Request) -> Reply:
    """What the person who signed in prefers."""
    known = audience.store.people(audience.role, request.caller.account_id)
    return Reply(_preferred(known.person(_own_id(request))))


def prefer(audience: AudienceRoutes, request: Request) -> Reply:
    """Changes the `Mails` of the person who signed in; what is left out stays."""
    fields.check_known(request.fields, fields.PREFERENCE_FIELDS)
    person_id = _own_id(request)

    def write(asked: Idempotency | None) -> Person:
        known = audience.store.people(audience.role, request.caller.account_id)
        mails = _mails(request.fields, known.person(person_id).mails)
        changed = known.preferring(person_id, mails=mails)
        return _kept(audience, (known, changed), person_id, asked)

    return Reply(_preferred(_once(audience, request, "prefer", request.fields, write)))


def _own_id(request: Request) -> str:
    """The id of the person who signed in; a machine has no preferences."""
    if request.caller.person is None:
        message = "Preferences are a person's, and this is a token of the account; sign in"
        raise Forbidden(message, code="no_person")
    return request.caller.person.person_id


def _kept(
    audience: AudienceRoutes,
    change: tuple[AccountPeople, AccountPeople],
    person_id: str,
    asked: Idempotency | None,
) -> Person:
    """The person as they are after the change, once it is written with the record of its key."""
    before, after = change
    if after != before or asked is not None:
        told = asked and replace(asked, reply={"subject_id": person_id})
        try:
            audience.store.put_people(after, told)
        except Contested as contested:
            raise VersionConflict(
                "Somebody changed this account's people meanwhile; send it again"
            ) from contested
    return after.person(person_id)


def _once(
    audience: AudienceRoutes,
    request: Request,
    what: str,
    said: Fields,
    write: Callable[[Idempotency | None], Person],
) -> Person:
    """The person that a write leaves; the same idempotency key names them again, as they are."""
    account = audience.role, request.caller.account_id
    return writes.once(
        audience.context(request),
        what,
        said,
        write,
        lambda before: audience.store.people(*account).person(before.subject_id),
    )


def _invitation(given: Fields) -> Invitation:
    """All three of an invitation; names every field that is at fault."""
    faults: list[Fault] = []
    email = name = ""
    role = PersonRole.VIEWER
    try:
        email = read_email(given.get("Email", ""))
    except Malformed as malformed:
        faults.append(malformed.at("Email"))
    try:
        name = texts.one_line(given.get("Name", ""), NAME_MAX, joiners=True)
        if not name:
            raise Malformed("required", "What others read as who decided")
    except Malformed as malformed:
        faults.append(malformed.at("Name"))
    try:
        role = _one_of(given, "Role", PersonRole)
    except Invalid as invalid:
        faults += invalid.faults
    if faults:
        raise Invalid(faults=tuple(faults))
    return Invitation(email, name, role)


def _one_of(given: Fields, field: str, known: Any, default: Any = None) -> Any:
    """One of few words, in any case; the default where the field is blank and there is one."""
    text = texts.trimmed(given.get(field, "")).upper()
    if not text and default is not None:
        return default
    if text not in known.__members__:
        message = f"One of {', '.join(known)}"
        raise Invalid(faults=(Fault(field, message, f"unknown_{field.lower()}"),))
    return known(text)


def _mails(given: Fields, default: bool) -> bool:
    """`true` or `false`; the default where it is left out."""
    text = given.get("Mails", "")
    if not text:
        return default
    try:
        return filters.switch(text)
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at("Mails"),)) from malformed


def _preferred(person: Person) -> dict[str, str]:
    return {"Mails": flag(person.mails)}


def _shown(person: Person) -> dict[str, str]:
    return {
        "Id": person.person_id,
        "Email": person.email,
        "Name": person.name,
        "Role": str(person.role),
        "State": str(person.state),
        "Mails": flag(person.mails),
    }
