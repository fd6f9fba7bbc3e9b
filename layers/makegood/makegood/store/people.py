"""The people of accounts, and their sessions.

An account's people are one document of the directory. Beside it, a person has an item that says
which accounts to look at when they sign in; what they may do there, the accounts' documents say.
A session is an item that expires, in a table where losing one costs no more than signing in again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from makegood.domain.account_people import AccountPeople, Mailed, Person, PersonRole, PersonState
from makegood.domain.parties import Role
from makegood.domain.sessions import TOLD, Session
from makegood.store.access import Access
from makegood.store.connection import refused
from makegood.store.directory import DirectoryRow, check_size, known, rewritten
from makegood.store.expressions import added, at_version, change_of, is_there
from makegood.store.items import Instant, Key, Number, Row, Text, Texts

if TYPE_CHECKING:
    from makegood.store.requests import Idempotency

PEOPLE = "people"
"""What the writes of an account's people are labelled with."""


class PersonRow(Row):
    """The accounts of a person, by their SIDs; a set that is only added to."""

    table = "directory"

    accounts = Texts(null=True)


class SessionRow(Row):
    """A person's session for one account."""

    table = "requests"

    person_id = Text()
    role = Text()
    account_id = Text()
    secret_hash = Text()
    ends_at = Instant()
    ended_at = Instant(null=True)
    expires_at = Number()


@dataclass(frozen=True, slots=True)
class Presented:
    """What is known of a session's token: the session, and the person as they are now; None where
    there is none, or none any more.
    """

    session: Session | None
    person: Person | None


def people_key(account_sid: str) -> Key:
    return DirectoryRow, f"PEOPLE#{account_sid}", "PEOPLE"


def person_key(person_id: str) -> Key:
    return PersonRow, f"PERSON#{person_id}", "PERSON"


def session_key(session_id: str) -> Key:
    return SessionRow, f"SESSION#{session_id}", "SESSION"


def people_document(people: AccountPeople) -> dict[str, Any]:
    return {
        "role": people.role.value,
        "account_id": people.account_id,
        "people": [_person_document(each) for each in people.people],
        "mailed": [f"{each.at.isoformat()} {each.address}" for each in people.mailed],
    }


def _person_document(person: Person) -> dict[str, Any]:
    return {
        "person_id": person.person_id,
        "email": person.email,
        "name": person.name,
        "role": person.role.value,
        "state": person.state.value,
        "mails": person.mails,
    }


def people_of(document: Mapping[str, Any], version: int) -> AccountPeople:
    return AccountPeople(
        role=Role(document["role"]),
        account_id=document["account_id"],
        people=tuple(_person_of(each) for each in document["people"]),
        version=version,
        mailed=tuple(_mailed_of(each) for each in document.get("mailed", ())),
    )


def _mailed_of(text: str) -> Mailed:
    at, _, address = text.partition(" ")
    return Mailed(address, datetime.fromisoformat(at))


def _person_of(document: Mapping[str, Any]) -> Person:
    fields = known(Person, document)
    return Person(
        **{**fields, "role": PersonRole(fields["role"]), "state": PersonState(fields["state"])}
    )


def _session_of(row: SessionRow) -> Session:
    return Session(
        session_id=row.pk.partition("#")[2],
        person_id=row.person_id,
        role=Role(row.role),
        account_id=row.account_id,
        secret_hash=row.secret_hash,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
    )


class People(Access):
    """Reads and writes people, and opens, finds and ends their sessions."""

    def presented(self, account_sid: str, session_id: str) -> Presented:
        """A session by its id, and its person as the account has them now, in one read."""
        of_session, of_people = session_key(session_id), people_key(account_sid)
        found = self.fetch([of_session, of_people])
        row, held = found.get(of_session[1:]), found.get(of_people[1:])
        session = _session_of(row) if row else None
        if session is None or held is None:
            return Presented(session, None)
        return Presented(session, people_of(held.document, held.version).active(session.person_id))

    def people(self, role: Role, account_id: str) -> AccountPeople:
        """An account's people; none where nobody was ever invited."""
        empty = AccountPeople(role, account_id)
        return self._people([empty.account_sid]).get(empty.account_sid, empty)

    def accounts_of(self, person_id: str) -> list[AccountPeople]:
        """The people of each account that a person may sign in for now, by the account's SID."""
        held = self.held(person_key(person_id))
        accounts = self._people(sorted(held.accounts or ()) if held else ())
        return [each for each in accounts.values() if each.active(person_id)]

    def _people(self, account_sids: Iterable[str]) -> dict[str, AccountPeople]:
        keys = {each: people_key(each) for each in account_sids}
        held = self.fetch(keys.values())
        rows = {each: held[key[1:]] for each, key in keys.items() if key[1:] in held}
        return {each: people_of(row.document, row.version) for each, row in rows.items()}

    def names_of(self, accounts: Iterable[AccountPeople]) -> dict[str, str]:
        """What accounts are called, by their SIDs. Few sign-ins ask, so what knows the keys is
        imported here.
        """
        from makegood.store.parties import advertiser_key, partner_key

        make = {Role.ADVERTISER: advertiser_key, Role.PARTNER: partner_key}
        keys = {each.account_sid: make[each.role](each.account_id) for each in accounts}
        held = self.documents(keys.values())
        return {each: held[key[1:]]["name"] for each, key in keys.items() if key[1:] in held}

    def put_people(self, people: AccountPeople, idempotency: "Idempotency | None" = None) -> None:
        """Writes an account's people, and leads whoever is new to the account; with the record of
        an idempotency key, if there is one. Raises `Contested` if somebody else was first.

        Whoever signs in writes none, so what writes them is imported here.
        """
        from makegood.store.requests import write_request
        from makegood.store.transactions import Writes, send

        key = people_key(people.account_sid)
        was = self.held(key)
        row = rewritten(key, people_document(people), was)
        check_size(row, "shorten names")
        change = change_of(DirectoryRow, {"document": row.document, "version": row.version})
        writes = Writes()
        writes.updates.append((PEOPLE, row, change, at_version(DirectoryRow, people.version)))
        before = {each["person_id"] for each in was.document["people"]} if was else set()
        for each in people.people:
            if each.person_id not in before:
                model, *place = person_key(each.person_id)
                led = added({"accounts": [people.account_sid]})
                writes.updates.append((PEOPLE, model(*place), led, None))
        if idempotency is not None:
            write_request(writes, idempotency)
        send(self, writes)

    def open_session(self, session: Session) -> None:
        """Keeps a new session, until its token is no longer told that it has ended."""
        self.write(
            SessionRow(
                *session_key(session.session_id)[1:],
                person_id=session.person_id,
                role=session.role.value,
                account_id=session.account_id,
                secret_hash=session.secret_hash,
                ends_at=session.ends_at,
                expires_at=int((session.ends_at + TOLD).timestamp()),
            )
        )

    def end_session(self, session_id: str, at: datetime) -> None:
        """Ends a session; one that is not there has ended already."""
        model, *place = session_key(session_id)
        try:
            self.update(model(*place), change_of(model, {"ended_at": at}), is_there("pk"))
        except ClientError as error:
            if not refused(error):
                raise
