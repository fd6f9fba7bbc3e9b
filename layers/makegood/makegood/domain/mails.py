"""What people are told by e-mail: once a day what is due and overdue, and at once what waits for a
second person.

A mail is plain text. Its subject has words and numbers of ours alone, so nobody's text comes into a
header; of claims it names ids, and nothing that customers or partners wrote.

`Told` is what a person was told of one kind. A mail goes out once however often its occasion comes,
and after a mail of what waits, the next is a while later and has all that came meanwhile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from makegood.domain.account_people import AccountPeople, Person
from makegood.domain.inquiries import Inquiry

DUE_WITHIN = timedelta(hours=24)
"""What has its deadline in so much time is due today, wherever today is."""

QUIET = timedelta(minutes=15)
"""Between two mails to a person of what waits for a second one; SQS delays a message no longer."""

LEASE = timedelta(minutes=2)
"""After so long, a mail that was begun and neither sent nor given back is sent again."""

TOLD_MAX = 500
"""So many names are remembered of what was told; then of the last mail alone."""

SHOWN_MAX = 20
"""Campaigns or inquiries that a mail names; it counts the others."""

OFF = (
    "You get this because you decide inquiries for this account. To stop these e-mails, turn them "
    "off in the console (E-mails, beside your name), or ask an ADMIN of your account."
)


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Due:
    """How many inquiries of a campaign wait for a decision: past their deadline, and due within a
    day.
    """

    campaign_id: str
    name: str
    overdue: int
    due: int

    def __bool__(self) -> bool:
        return self.overdue + self.due > 0


@dataclass(frozen=True, slots=True)
class Told:
    """What a person was told of one kind, by its names: a day, or an inquiry's version.

    `waiting` is what the next mail has, from `quiet_until` on. `sending` is what a mail has that
    was begun; until `sending_until` nobody else begins one.
    """

    told: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    sending: frozenset[str] = frozenset()
    sending_until: datetime | None = None
    quiet_until: datetime | None = None
    version: int = 0

    def is_busy(self, now: datetime) -> bool:
        return self.sending_until is not None and now < self.sending_until

    def is_quiet(self, now: datetime) -> bool:
        return self.quiet_until is not None and now < self.quiet_until

    def untold(self, names: Iterable[str]) -> frozenset[str]:
        """What of these, and of what was left, no mail has had."""
        return (self.waiting | self.sending | frozenset(names)) - self.told

    def kept_waiting(self, names: frozenset[str]) -> "Told":
        return replace(self, waiting=names, version=self.version + 1)

    def begun(self, names: frozenset[str], now: datetime) -> "Told":
        return replace(
            self,
            waiting=frozenset(),
            sending=names,
            sending_until=now + LEASE,
            version=self.version + 1,
        )

    def given_back(self) -> "Told":
        """After a mail that could not be sent."""
        return replace(
            self,
            waiting=self.waiting | self.sending,
            sending=frozenset(),
            sending_until=None,
            version=self.version + 1,
        )

    def sent(self, quiet_until: datetime | None) -> "Told":
        told = self.told | self.sending
        return replace(
            self,
            told=told if len(told) <= TOLD_MAX else self.sending,
            sending=frozenset(),
            sending_until=None,
            quiet_until=quiet_until,
            version=self.version + 1,
        )


def deciders(people: AccountPeople) -> list[Person]:
    """Who decides inquiries in this account, and wants to be told by e-mail."""
    return [
        each
        for each in people.people
        if each.is_active and each.mails and each.role.may.opens("ActionInquiries", writing=True)
    ]


def digest(person: Person, dues: Sequence[Due], console: str) -> Mail | None:
    """The day's mail, the campaign with the most overdue first; None where nothing is due."""
    pressing = sorted((each for each in dues if each), key=lambda each: (-each.overdue, -each.due))
    if not pressing:
        return None
    overdue, due = sum(each.overdue for each in pressing), sum(each.due for each in pressing)
    lines = [
        f"- {_one_line(each.name)} ({each.campaign_id}): {each.overdue:,} overdue, {each.due:,} due"
        for each in pressing[:SHOWN_MAX]
    ]
    lines += _others(len(pressing), "campaign")
    said = "Inquiries that wait for a decision, overdue and due within the next 24 hours:"
    subject = f"Inquiries: {overdue:,} overdue, {due:,} due"
    return Mail(person.email, subject, _text(said, lines, console))


def name_of(inquiry: Inquiry) -> str:
    """What waits for a second person, by name: another first decision is another name."""
    return f"{inquiry.inquiry_id}#{inquiry.first.version if inquiry.first else 0}"


def id_in(name: str) -> str:
    """The inquiry's id."""
    return name.partition("#")[0]


def second_person(person: Person, inquiry_ids: Sequence[str], console: str) -> Mail | None:
    """The mail about inquiries that this person may decide as the second; None where none waits."""
    if not inquiry_ids:
        return None
    lines = [f"- inquiry {each}" for each in sorted(inquiry_ids)[:SHOWN_MAX]]
    lines += _others(len(inquiry_ids), "inquiry")
    said = "Somebody accepted these, and another person has to decide the same:"
    subject = f"A second person decides: {len(inquiry_ids):,} waiting"
    return Mail(person.email, subject, _text(said, lines, console))


def _others(count: int, what: str) -> list[str]:
    left = count - SHOWN_MAX
    plural = {"campaign": "campaigns", "inquiry": "inquiries"}
    return [f"- and {left:,} other {what if left == 1 else plural[what]}"] if left > 0 else []


def _text(said: str, lines: Sequence[str], console: str) -> str:
    return "\n".join([said, "", *lines, "", f"{console}#/queue", "", OFF, ""])


def _one_line(text: str) -> str:
    return " ".join(text.split())
