"""The verdict that an inquiry keeps: what the shop's orders said when they were last asked.

`verification` makes it. What is kept is compact: orders by their ids, holds by their kinds.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from makegood.domain.carried import Carrying
from makegood.domain.money import Money

TAKEN_TOLD = "This order has been claimed or credited already."
"""All that a later claimant is told (policy, the same order and two partners)."""


class Verdict(StrEnum):
    TAKEN = "TAKEN"
    UNDONE = "UNDONE"
    PARTLY_UNDONE = "PARTLY_UNDONE"
    NOT_YET = "NOT_YET"
    MISMATCH = "MISMATCH"
    MATCH = "MATCH"
    CANDIDATES = "CANDIDATES"
    NOT_FOUND = "NOT_FOUND"
    NO_DATA = "NO_DATA"


class HoldKind(StrEnum):
    """What stands in a claim's way: a credit, an accepted claim, or another that is still open."""

    CREDITED = "CREDITED"
    ACCEPTED = "ACCEPTED"
    LIVE = "LIVE"


@dataclass(frozen=True, slots=True)
class Check(Carrying):
    """One field that was compared: what the claim says and what the shop says."""

    field: str
    claimed: str
    shop: str
    holds: bool


@dataclass(frozen=True, slots=True)
class KeptVerdict(Carrying):
    """A verdict with its evidence, as an inquiry keeps it; `number` counts those it has had.

    `order_id` is the shop's order that was found, else blank, and `left` is its amount less what
    was refunded. `step` is the one at which the id was found, or 0. `candidates` are ids of orders
    that a person may pick from. `holds` says what a TAKEN order backs already. `explanation` is
    whole sentences. `told`: the partner was shown, when it filed, that its order was taken.
    `picked` is the candidate that the person picked who accepted the claim.
    """

    verdict: Verdict
    explanation: str
    made_at: datetime
    number: int = 1
    order_id: str = ""
    left: Money | None = None
    step: int = 0
    checks: tuple[Check, ...] = ()
    candidates: tuple[str, ...] = ()
    holds: tuple[HoldKind, ...] = ()
    told: bool = False
    picked: str = ""
