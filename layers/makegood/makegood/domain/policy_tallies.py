"""What a policy counts: use of caps, claims of customers, shares of partners, and its breaker.

A tally is added to in the transaction of the decision that it counts, on condition that it stays
within its most, where it has one. Decisions that count in one tally conflict only where it is
reached, as with limits. What a policy does not ask for is not counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

CLAIMS, DECIDED, ACCEPTED = "claims", "decided", "accepted"
AGREED, DIFFERED, SHADOW = "agreed", "differed", "shadow"
CAP = "cap:"


@dataclass(frozen=True, slots=True)
class Tally:
    """One count of a campaign. `name` says what is counted, `of` whose; `period` is a day, a month,
    or blank if counting never starts anew.
    """

    campaign_id: str
    name: str
    of: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True)
class Tallied:
    """A change of a count. With a `most`, the change is refused if it would exceed that."""

    tally: Tally
    delta: int
    most: int | None = None


Tallies = Mapping[Tally, int]


def tallied(counts: Tallies, changes: Iterable[Tallied]) -> dict[Tally, int]:
    """The counts after these changes."""
    after = dict(counts)
    for change in changes:
        after[change.tally] = after.get(change.tally, 0) + change.delta
    return after


@dataclass(frozen=True, slots=True)
class BreakerState:
    """A campaign's breaker since a version was put in force at `since`.

    Decisions by rule are counted in runs of the breaker's `last`: in the present run, and in the
    one `before`. `rolls` counts the runs that are over. `tripped` says why everything goes to
    people, and `tripped_day` the local day for which it does, blank for good. `trips` counts how
    often it opened, the last time at `tripped_at`.
    """

    campaign_id: str
    advertiser_id: str
    since: str
    decided: int = 0
    accepted: int = 0
    before_decided: int = 0
    before_accepted: int = 0
    rolls: int = 0
    tripped: str = ""
    tripped_day: str = ""
    tripped_at: str = ""
    trips: int = 0

    def told(self, today: date) -> str:
        """Why it is open on that local day; blank if it is closed."""
        return self.tripped if self.tripped_day in ("", today.isoformat()) else ""

    def opened(self, why: str, at: datetime, day: str = "") -> "BreakerState":
        """Open from that instant on: for good, or for that local day."""
        opened = {"tripped": why, "tripped_day": day, "tripped_at": at.isoformat()}
        return replace(self, **opened, trips=self.trips + 1)

    def share_outside(self, last: int, at_least: int, at_most: int) -> str:
        """What is wrong with the share of approvals, once enough are counted; blank if nothing."""
        decided = self.decided + self.before_decided
        accepted = self.accepted + self.before_accepted
        if decided < last or at_least * decided <= accepted * 100 <= at_most * decided:
            return ""
        return (
            f"{accepted} of the last {decided} decisions by rule were approvals; "
            f"the policy expects {at_least}% to {at_most}%"
        )

    def ran(self, last: int, accepted: bool) -> "BreakerState":
        """With one decision more; a run that is full is over."""
        rolled = self
        if self.decided >= last:
            rolled = replace(
                self,
                decided=0,
                accepted=0,
                before_decided=self.decided,
                before_accepted=self.accepted,
                rolls=self.rolls + 1,
            )
        return replace(rolled, decided=rolled.decided + 1, accepted=rolled.accepted + int(accepted))
