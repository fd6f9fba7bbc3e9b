"""E-mails to the people who decide inquiries: the day's digest, and what waits for a second person.

The schedule begins a digest with one message. Each message has a page of the directory looked
through for accounts that have people, sends one message for each of them, and one for the next
page. What begins to wait for a second person comes by the stream of inquiries, and becomes one
message for each advertiser of a batch.

Whom a mail cannot be sent to keeps nobody else from theirs: the message is given back once all
others are told, and who was told is not told again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from makegood.aws.ses import Mailbox
from makegood.aws.sqs import Queue
from makegood.domain import mails
from makegood.domain.account_people import AccountPeople, Person, person_of
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.mails import Due, Mail
from makegood.domain.parties import Role
from makegood.domain.problems import Unavailable
from makegood.store.items import stamp
from makegood.store.mails import DIGEST, SECOND, Mails, begins_to_wait
from makegood.store.plans import Stretch, by_deadline
from makegood.store.selection import Selection
from makegood.store.store import Contested, Store

Compose = Callable[[frozenset[str]], Mail | None]
"""The mail about what has these names; None where nothing of it is to be told any more."""


def begin_digests(queue: Queue, now: datetime) -> None:
    queue.send({"digests": now.date().isoformat(), "after": None})


def hear(store: Store, queue: Queue, records: Iterable[Mapping[str, Any]]) -> int:
    """Hands on what a batch of the stream of inquiries tells that a second person is waited for;
    returns how many inquiries that is.
    """
    ids: dict[str, list[str]] = {}
    for record in records:
        if waiting := begins_to_wait(record["dynamodb"].get("NewImage", {})):
            campaign_id, inquiry_id = waiting
            ids.setdefault(campaign_id, []).append(inquiry_id)
    by_advertiser: dict[str, list[str]] = {}
    for campaign_id, campaign in store.campaigns(ids).items():
        by_advertiser.setdefault(campaign.advertiser_id, []).extend(ids[campaign_id])
    queue.send_all(
        {"second": advertiser_id, "inquiries": sorted(set(each))}
        for advertiser_id, each in by_advertiser.items()
    )
    return sum(map(len, by_advertiser.values()))


@dataclass(slots=True)
class Post:
    """What one message has told; `sent`, `refused` and `delayed` are counts of people."""

    store: Store
    known: Mails
    queue: Queue
    mailbox: Mailbox
    console: str
    now: datetime
    wall_now: datetime
    sent: int = 0
    refused: int = 0
    delayed: int = 0
    failed: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, int]:
        return {"sent": self.sent, "refused": self.refused, "delayed": self.delayed}

    def work(self, message: Mapping[str, Any]) -> None:
        """Tells what a message asks for; raises `Unavailable` if somebody could not be told."""
        if "digests" in message:
            self._hand_on(message["digests"], message["after"])
        elif "digest" in message:
            self._digest(message["digest"], message["day"])
        else:
            self._second(message["second"], message["inquiries"], message.get("person", ""))
        if self.failed:
            raise Unavailable(f"{len(self.failed)} not told: {', '.join(sorted(set(self.failed)))}")

    def _hand_on(self, day: str, after: list[str] | None) -> None:
        accounts, last = self.known.accounts_with_people(after)
        self.queue.send_all(
            {"digest": each.account_id, "day": day}
            for each in accounts
            if each.role is Role.ADVERTISER and mails.deciders(each)
        )
        if last is not None:
            self.queue.send({"digests": day, "after": last})

    def _digest(self, advertiser_id: str, day: str) -> None:
        people = self.store.people(Role.ADVERTISER, advertiser_id)
        untold = [
            each
            for each in mails.deciders(people)
            if day not in self.known.told(people.account_sid, each.person_id, DIGEST).told
        ]
        dues = self._dues(advertiser_id) if untold else []
        for person in untold if dues else ():
            self._tell(
                people,
                person,
                DIGEST,
                frozenset({day}),
                lambda _, person=person: mails.digest(person, dues, self.console),
            )

    def _dues(self, advertiser_id: str) -> list[Due]:
        """What is due and overdue of each campaign, counted in the index of deadlines."""
        ids = self.store.campaign_ids_of(advertiser_id)
        if not ids or not self.store.has_deadlines() or not self._count(ids, overdue=False):
            return []
        dues = []
        for campaign_id, campaign in self.store.campaigns(ids).items():
            pressing = self._count([campaign_id], overdue=False)
            overdue = self._count([campaign_id], overdue=True) if pressing else 0
            dues.append(Due(campaign_id, campaign.name, overdue, pressing - overdue))
        return [each for each in dues if each]

    def _count(self, campaign_ids: Sequence[str], *, overdue: bool) -> int:
        """Inquiries whose deadline has passed, or, with those, what is due within a day."""
        until = self.now if overdue else self.now + mails.DUE_WITHIN
        return self.store.count_list([_dated(campaign_ids, until)], lambda: True)

    def _second(self, advertiser_id: str, inquiry_ids: Sequence[str], person_id: str) -> None:
        people = self.store.people(Role.ADVERTISER, advertiser_id)
        names = frozenset(map(mails.name_of, self._waiting(inquiry_ids).values()))
        for person in mails.deciders(people):
            if person_id in ("", person.person_id):

                def compose(names: frozenset[str], person: Person = person) -> Mail | None:
                    waiting = self._waiting(map(mails.id_in, names))
                    asked = [each for each, one in waiting.items() if _may(person, one)]
                    return mails.second_person(person, asked, self.console)

                self._tell(people, person, SECOND, names, compose)

    def _waiting(self, inquiry_ids: Iterable[str]) -> dict[str, Inquiry]:
        """Of these inquiries, those that still wait for a second person."""
        found = self.store.inquiries(inquiry_ids)
        open_state = InquiryState.UNRESOLVED
        return {each: one for each, one in found.items() if one.first and one.state is open_state}

    def _tell(
        self,
        people: AccountPeople,
        person: Person,
        kind: str,
        names: frozenset[str],
        compose: Compose,
    ) -> None:
        """Sends a mail about what a person was not told yet, unless it is too early for another."""
        place = people.account_sid, person.person_id, kind
        told = self.known.told(*place)
        untold = told.untold(names)
        if not untold:
            return
        try:
            if told.is_busy(self.wall_now):
                self.failed.append("somebody else is sending")
            elif told.is_quiet(self.wall_now):
                self.known.keep_told(*place, told.kept_waiting(untold), self.wall_now)
                later = {"second": people.account_id, "inquiries": [], "person": person.person_id}
                self.queue.send_later(later, int(mails.QUIET.total_seconds()))
                self.delayed += 1
            else:
                begun = told.begun(untold, self.wall_now)
                self.known.keep_told(*place, begun, self.wall_now)
                self._send(place, begun, compose(untold))
        except (Unavailable, Contested) as error:
            self.failed.append(str(error) or type(error).__name__)

    def _send(self, place: tuple[str, str, str], begun: mails.Told, mail: Mail | None) -> None:
        quiet = None
        if mail is not None:
            try:
                taken = self.mailbox.send(mail.to, mail.subject, mail.text)
            except Unavailable:
                self.known.keep_told(*place, begun.given_back(), self.wall_now)
                raise
            self.sent += taken
            self.refused += not taken
            quiet = self.wall_now + mails.QUIET if place[2] == SECOND else None
        self.known.keep_told(*place, begun.sent(quiet), self.wall_now)


def _may(person: Person, inquiry: Inquiry) -> bool:
    """Whether this person may be the second: somebody else decided first."""
    return inquiry.first is not None and person_of(inquiry.first.by) != person.person_id


def _dated(campaign_ids: Sequence[str], until: datetime) -> Stretch:
    """What waits for a decision, with a deadline before an instant, in the index of deadlines."""
    selection = Selection(
        things="inquiries",
        campaigns=tuple(campaign_ids),
        open_state=InquiryState.UNRESOLVED,
        by_deadline=True,
    )
    dated, _ = by_deadline(selection).stretches
    return replace(dated, high=stamp(until))
