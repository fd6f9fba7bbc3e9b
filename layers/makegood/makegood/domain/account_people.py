"""The people of an account: who may sign in for it, and what each role lets them do.

An account's people are one document, which is changed on condition of its version. So two changes
at once cannot both leave the account without an ADMIN. A person is known by the `sub` of the user
pool, which never changes; one person may be of several accounts, with a role in each.

A role reads all collections but those that it is kept from, and writes those that are named. Where
a collection holds several kinds of files, the role names the kinds, too.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from makegood.domain.ids import digest
from makegood.domain.parties import PEOPLE_ONLY, Caller, Role, account_sid
from makegood.domain.problems import (
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    RuleForbids,
    TooManyRequests,
)

PEOPLE_MAX = 100
"""The most people of one account; every sign-in reads all of them at once."""

MAILED_AGAIN_AFTER = timedelta(days=1)
"""How long an address waits for another invitation by e-mail."""

MAILED_MAX = PEOPLE_MAX
"""The most addresses that an account has invited by e-mail within that time."""


class PersonRole(StrEnum):
    REVIEWER = "REVIEWER"
    FINANCE = "FINANCE"
    VIEWER = "VIEWER"
    ADMIN = "ADMIN"

    @property
    def may(self) -> "Duties":
        return DUTIES[self]


class PersonState(StrEnum):
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class Duties:
    """What a role may do: the collections that it is kept from, those that it may write, and the
    kinds of files and sheets that it may send and order. `all` leaves out nothing.
    """

    hidden: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    all: bool = False

    def opens(self, collection: str, *, writing: bool) -> bool:
        if self.all:
            return True
        return collection in self.writes if writing else collection not in self.hidden

    def sends(self, kind: str) -> bool:
        """Whether it may send or order files of that kind."""
        return self.all or kind in self.files


OF_ADMINS = frozenset({"People", "Tokens", "Webhooks"})
"""Collections that ADMIN alone may read."""

MONEY = frozenset({"Funds", "Earnings", "Invoices"})

OWN = frozenset({"Preferences"})
"""What everybody writes: it is their own and nobody else's."""

DUTIES: dict[PersonRole, Duties] = {
    PersonRole.REVIEWER: Duties(
        hidden=OF_ADMINS | MONEY,
        writes=OWN | {"ActionInquiries", "Orders", "Files", "Sheets"},
        files=frozenset({"resolutions", "orders", "inquiries", "undecided"}),
    ),
    PersonRole.FINANCE: Duties(
        hidden=OF_ADMINS,
        writes=OWN | {"Actions", "Conversions", "Proposals", "Files", "Sheets"},
        files=frozenset({"actions", "conversions", "approvals"}),
    ),
    PersonRole.VIEWER: Duties(hidden=OF_ADMINS, writes=OWN),
    PersonRole.ADMIN: Duties(all=True),
}
"""What each role may do, of either side. `inquiries` are a partner's claims."""


def check_may(caller: Caller, collection: str, *, writing: bool) -> None:
    """Refuses what the token lacks the scope for, or the person's role does not let it do."""
    caller.check_scope(collection, writing=writing)
    if caller.person is None:
        if collection in PEOPLE_ONLY:
            raise Forbidden(
                f"{collection} are for people; sign in as somebody of this account",
                code="no_person",
            )
        return
    role = PersonRole(caller.person.role)
    if not role.may.opens(collection, writing=writing):
        able = [each for each in PersonRole if each.may.opens(collection, writing=writing)]
        raise _refused(role, f"{'change' if writing else 'read'} {collection}", able)


def check_may_send(caller: Caller, kind: str) -> None:
    """Refuses a kind of file or sheet that the person's role is not for."""
    if caller.person is None:
        return
    role = PersonRole(caller.person.role)
    if not role.may.sends(kind):
        able = [each for each in PersonRole if each.may.sends(kind)]
        raise _refused(role, f"send or order files of {kind}", able)


def _refused(role: PersonRole, what: str, able: list[PersonRole]) -> Forbidden:
    message = f"{role} may not {what}; ask somebody who is {' or '.join(able)}"
    return Forbidden(message, code="role")


EMAIL_WORD, DOMAIN_WORD = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
EMAIL = rf"{EMAIL_WORD}(\.{EMAIL_WORD})*@{DOMAIN_WORD}(\.{DOMAIN_WORD})+"
"""Words between single dots (`dot-atom` of RFC 5322): Amazon SES sends to ASCII addresses alone."""

EMAIL_CHARS_MAX = 128
"""As many as a `Username` of Cognito has."""


def read_email(text: str) -> str:
    """An e-mail address in lower case, as the user pool compares them; raises `Malformed`."""
    email = text.strip().lower()
    if len(email) > EMAIL_CHARS_MAX or not re.fullmatch(EMAIL, email, re.ASCII):
        raise Malformed("bad_email", "An e-mail address, like anna@shop.example")
    return email


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in for an account; `mails` is whether they want to be told by e-mail
    what waits for them, where the installation sends any.
    """

    person_id: str
    email: str
    name: str
    role: PersonRole
    state: PersonState = PersonState.ACTIVE
    mails: bool = True

    @property
    def is_active(self) -> bool:
        return self.state is PersonState.ACTIVE


@dataclass(frozen=True, slots=True)
class Mailed:
    """An invitation that was sent by e-mail: a hash of its address, and when."""

    address: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountPeople:
    """All people of an account, in the order in which they were invited; and the invitations that
    it has sent by e-mail of late.
    """

    role: Role
    account_id: str
    people: tuple[Person, ...] = ()
    version: int = 0
    mailed: tuple[Mailed, ...] = ()

    @property
    def account_sid(self) -> str:
        return account_sid(self.role, self.account_id)

    def person(self, person_id: str) -> Person:
        for each in self.people:
            if each.person_id == person_id:
                return each
        raise NotFound(f"There is no person {person_id} in this account")

    def active(self, person_id: str) -> Person | None:
        """The person, if they may sign in now."""
        for each in self.people:
            if each.person_id == person_id and each.is_active:
                return each
        return None

    def by_email(self, email: str) -> Person:
        for each in self.people:
            if each.email == email:
                return each
        raise NotFound("Nobody of this account has that e-mail address")

    def invitable(self, email: str, role: PersonRole) -> Person | None:
        """The person of that address, who may be invited in that role again; None for somebody new.
        Raises what keeps them out, before anybody is told of it.

        Somebody who is there in another role, or is disabled, is changed by name and not by
        another invitation.
        """
        for each in self.people:
            if each.email == email:
                _check_as_invited(each, role)
                return each
        self._check_room()
        return None

    def with_person(self, invited: Person) -> "AccountPeople":
        """The account with one person more; the same invitation again changes nothing."""
        for each in self.people:
            if each.person_id == invited.person_id:
                _check_as_invited(each, invited.role)
                return self
        self._check_room()
        return replace(self, people=(*self.people, invited))

    def _check_room(self) -> None:
        if len(self.people) >= PEOPLE_MAX:
            raise RuleForbids(
                f"An account has {PEOPLE_MAX} people at most, those included who are disabled",
                code="too_many_people",
            )

    def was_mailed(self, email: str, now: datetime) -> bool:
        """Whether an invitation was sent to that address within the last day."""
        address = _address(email)
        return any(each.address == address for each in self._mailed_of_late(now))

    def mailing(self, email: str, now: datetime) -> "AccountPeople":
        """The account with an e-mail to that address counted; raises `TooManyRequests` while it has
        sent as many as it may.
        """
        mailed = self._mailed_of_late(now)
        if len(mailed) >= MAILED_MAX:
            wait = min(each.at for each in mailed) + MAILED_AGAIN_AFTER - now
            raise TooManyRequests(int(wait.total_seconds()) + 1)
        return replace(self, mailed=(*mailed, Mailed(_address(email), now)))

    def _mailed_of_late(self, now: datetime) -> tuple[Mailed, ...]:
        return tuple(each for each in self.mailed if now - each.at < MAILED_AGAIN_AFTER)

    def changed(
        self, person_id: str, role: PersonRole, state: PersonState, by: str = ""
    ) -> "AccountPeople":
        """The account with that person in this role and state; as before changes nothing.

        `by` is the id of who asks for it, blank for the operator. Nobody changes their own, and an
        account keeps an ADMIN once it has one.
        """
        before = self.person(person_id)
        after = replace(before, role=role, state=state)
        if after == before:
            return self
        if person_id == by:
            raise RuleForbids(
                "Nobody changes their own role or state; ask another ADMIN", code="own_role"
            )
        people = tuple(after if each is before else each for each in self.people)
        if _has_admin(self.people) and not _has_admin(people):
            raise RuleForbids(
                "This is the account's last ADMIN; make somebody else ADMIN first",
                code="last_admin",
            )
        return replace(self, people=people)

    def preferring(self, person_id: str, *, mails: bool) -> "AccountPeople":
        """The account with that person told by e-mail, or not; as before changes nothing."""
        before = self.person(person_id)
        if before.mails is mails:
            return self
        after = replace(before, mails=mails)
        return replace(
            self, people=tuple(after if each is before else each for each in self.people)
        )


def _check_as_invited(person: Person, role: PersonRole) -> None:
    if (person.role, person.state) != (role, PersonState.ACTIVE):
        raise Conflict(
            f"This person is {person.role} and {person.state} in this account already; change "
            "that instead of inviting them again",
            code="person_exists",
        )


def _address(email: str) -> str:
    """What an address is remembered by: who was invited and never came in is not kept by name."""
    return digest("invitation", email)


def _has_admin(people: tuple[Person, ...]) -> bool:
    return any(each.is_active and each.role is PersonRole.ADMIN for each in people)


FILE, FILE_PARTS = "file:", 3
"""What the source of a row begins with, and its parts: that word, the upload and the line."""

PERSON = "person:"
"""What the source of a person's deeds begins with; an account's token says `api:`."""


def source_of(person_id: str, name: str) -> str:
    """Who did something, as it is kept with what they did: the id for good, and the name then."""
    return f"{PERSON}{person_id} {name}"


def file_source(upload_id: str, line: int, sent_by: str = "") -> str:
    """A row of a file as a source, with the id of the person who sent the file, if one did."""
    return f"{FILE}{upload_id}:{line}" + (f":{sent_by}" if sent_by else "")


def shown_source(source: str) -> str:
    """A source as people read it: a person by name, a row by its file and line, anything else as it
    is.
    """
    if source.startswith(FILE):
        return ":".join(source.split(":")[:FILE_PARTS])
    return name_in(source) or source


def name_in(source: str) -> str:
    """The name of the person that a source names; blank where it is not a person's."""
    return source.partition(" ")[2] if source.startswith(PERSON) else ""


def person_of(source: str) -> str:
    """The id of the person that a source names; blank where it is not a person's."""
    return source.removeprefix(PERSON).partition(" ")[0] if source.startswith(PERSON) else ""


def sender_of(source: str) -> str:
    """The id of the person behind a source: who did it, or sent the file that says so. Blank where
    there is none.
    """
    parts = source.split(":")
    if source.startswith(FILE) and len(parts) > FILE_PARTS:
        return parts[FILE_PARTS]
    return person_of(source)
