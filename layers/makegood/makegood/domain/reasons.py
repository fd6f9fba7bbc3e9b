"""A reason: one answer to one "why", as whole sentences for people, a code and facts for programs.

A reason is made of what the deciding functions answer when they are asked again, so it cannot say
anything else than what was decided. Whoever asks is told what is theirs to know.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from makegood.domain.money import Money
from makegood.domain.parties import Role


class About(StrEnum):
    """What a reason answers, in the order in which answers are given."""

    DECISION = "DECISION"
    DEADLINE = "DEADLINE"
    VERDICT = "VERDICT"
    POLICY = "POLICY"
    SIGNAL = "SIGNAL"
    PAYOUT = "PAYOUT"
    LOCKING = "LOCKING"
    PAYMENT = "PAYMENT"
    STATE = "STATE"
    NEXT = "NEXT"


MEANINGS: dict[About, str] = {
    About.DECISION: "Why an inquiry was accepted or declined, or who is to decide it",
    About.DEADLINE: "Until when somebody is to answer, and what follows if nobody does",
    About.VERDICT: "What the shop's own orders said of the claim",
    About.POLICY: "What the campaign's policy said, by which rule",
    About.SIGNAL: "What is unusual about an open claim, with its numbers; it decides nothing",
    About.PAYOUT: "Why the action pays this",
    About.LOCKING: "Why it locks on this date",
    About.PAYMENT: "Why it is due for payment on this date",
    About.STATE: "Where its money is, and why it is not paid yet",
    About.NEXT: "What happens next, and when",
}


class Fact(NamedTuple):
    """A value behind a reason; amounts, counts and dates are texts as the API writes them."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Reason:
    """`at` is the instant that the reason is about, None where it is about none."""

    about: About
    code: str
    text: str
    at: datetime | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and when; dates are told in `zone`, the campaign's."""

    role: Role
    now: datetime
    zone: ZoneInfo

    @property
    def is_advertiser(self) -> bool:
        return self.role is Role.ADVERTISER


def facts(**values: object) -> tuple[Fact, ...]:
    """Facts by their names; what is None or blank is left out."""
    return tuple(
        Fact(name, str(value)) for name, value in values.items() if value not in (None, "")
    )


def shown(money: Money) -> str:
    """An amount with its currency, like `14.70 USD`."""
    return f"{money} {money.currency}"


def sentences(*parts: str) -> str:
    """Sentences as one text; blank ones are left out."""
    return " ".join(part for part in parts if part)
