"""Inviting a person to an account, whoever asks: an ADMIN, a token, or the operator.

What the account's rules refuse is refused before the user pool hears of it. The pool then sends the
e-mail, so what it may send is counted first, in a write on condition of the people's version: of
many invitations at once, none sends more than the account may. The person is written last. A person
whom the pool knows and no account does may not do anything.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from makegood.aws.retry import pause
from makegood.domain.account_people import AccountPeople, Person, PersonRole
from makegood.domain.parties import Role
from makegood.domain.problems import Malformed, Problem, Unavailable
from makegood.store.people import People
from makegood.store.requests import REQUEST
from makegood.store.work_store import Contested, Idempotency

TRIES_MAX = 16
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.02, 0.25

AskPool = Callable[[str, str, bool], str]
"""Has the user pool know an address and a name, and returns the person's `sub`. Whoever is new gets
an e-mail; whoever has not yet used theirs gets another one if the third is true.
"""


@dataclass(frozen=True, slots=True)
class Invitation:
    email: str
    name: str
    role: PersonRole


@dataclass(frozen=True, slots=True)
class Inviting:
    """Invites to one account. `now` is the real instant: e-mails are sent by it."""

    store: People
    ask_pool: AskPool
    role: Role
    account_id: str
    now: datetime

    def invite(self, invitation: Invitation, asked: Idempotency | None = None) -> Person:
        """The person, who is of the account then; with the record of an idempotency key.

        Invited again, a person stays as they are. Raises `Contested` if the key was used meanwhile,
        and `Malformed` for an address that the pool does not take.
        """
        for attempt in range(TRIES_MAX):
            if attempt:
                pause(attempt, PAUSE_SECONDS, PAUSE_SECONDS_MAX)
            try:
                return self._invited(invitation, asked)
            except Contested as contested:
                if REQUEST in contested.labels:
                    raise
        raise Unavailable

    def _invited(self, invitation: Invitation, asked: Idempotency | None) -> Person:
        known = self.store.people(self.role, self.account_id)
        there = known.invitable(invitation.email, invitation.role)
        mails = not known.was_mailed(invitation.email, self.now)
        if there is not None and not mails:
            return self._kept(known, known, there, asked)
        counted = self._counted(known, invitation.email) if mails else known
        try:
            sub = self.ask_pool(invitation.email, invitation.name, mails)
        except (Problem, Malformed):
            if mails:
                self._give_back(counted, known)
            raise
        person = Person(sub, invitation.email, invitation.name, invitation.role)
        return self._kept(counted, counted.with_person(person), person, asked)

    def _counted(self, known: AccountPeople, email: str) -> AccountPeople:
        """The account as it is once an e-mail to that address is counted."""
        counted = known.mailing(email, self.now)
        self.store.put_people(counted)
        return replace(counted, version=known.version + 1)

    def _give_back(self, counted: AccountPeople, before: AccountPeople) -> None:
        """Takes back what was counted and not sent; where that fails, it is forgotten in a day."""
        with suppress(Contested, Problem):
            self.store.put_people(replace(counted, mailed=before.mailed))

    def _kept(
        self,
        before: AccountPeople,
        after: AccountPeople,
        person: Person,
        asked: Idempotency | None,
    ) -> Person:
        """The person as they are after the change, once it is written."""
        if after != before or asked is not None:
            told = asked and replace(asked, reply={"subject_id": person.person_id})
            self.store.put_people(after, told)
        return after.person(person.person_id)
