"""A walk over an advertiser's open claims, to verify them again after a file of orders.

The first message of a walk cuts the claims into stretches; each is a message of its own.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from typing import Any

from makegood.domain import calendar
from makegood.domain.inquiries import Inquiry
from makegood.domain.verification import Tolerance

KIND = "verify"


@dataclass(frozen=True, slots=True)
class Walk:
    """The local days that a file covers, both included; and of a stretch, a campaign's claims in a
    state, from the position `after` in their list down to `until`.
    """

    advertiser_id: str
    start: date
    end: date
    campaign_id: str = ""
    state: str = ""
    after: str = ""
    until: str = ""

    def message(self) -> dict[str, str]:
        """As a queue carries it."""
        said = {**asdict(self), "start": self.start.isoformat(), "end": self.end.isoformat()}
        return {"kind": KIND, **said}

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> "Walk":
        days = {name: date.fromisoformat(message[name]) for name in ("start", "end")}
        said = {each.name: message[each.name] for each in fields(cls)}
        return cls(**{**said, **days})

    def concerns(self, inquiry: Inquiry, tolerance: Tolerance) -> bool:
        """Whether the file may change the verdict on a claim.

        It may if the claim's order, or the shop's that was found, is of these days; and where no
        order was found, the file may hold it under another day.
        """
        kept = inquiry.verification
        if kept is None or not kept.order_id:
            return True
        found = (date.fromisoformat(each.shop) for each in kept.checks if each.field == "date")
        claimed = calendar.local_day(inquiry.claim.ordered_at, tolerance.zone)
        spare = timedelta(days=tolerance.days)
        return any(self.start - spare <= day <= self.end + spare for day in (claimed, *found))
