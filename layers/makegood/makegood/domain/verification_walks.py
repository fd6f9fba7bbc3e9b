"""What has open claims verified again: a walk over all of them after a file of orders, and a look
at those that name an order which was told by itself, or has been given back.

The first message of a walk cuts the claims into stretches; each is a message of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from typing import Any

from makegood.domain import calendar
from makegood.domain.inquiries import Inquiry
from makegood.domain.verification import Tolerance

KIND, LOOK_KIND = "verify", "look"

ORDERS_MAX = 100
"""Orders that one message has looked at."""


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

    @property
    def owner(self) -> str:
        """Whose workers it takes, as `Place.owner` says it."""
        return f"advertisers/{self.advertiser_id}"

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


@dataclass(frozen=True, slots=True)
class Look:
    """Orders of an advertiser, by any of their ids, whose open claims are to be verified again."""

    advertiser_id: str
    order_ids: tuple[str, ...]

    def message(self) -> dict[str, Any]:
        """As a queue carries it."""
        told = {"advertiser_id": self.advertiser_id, "order_ids": list(self.order_ids)}
        return {"kind": LOOK_KIND, **told}

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> "Look":
        return cls(message["advertiser_id"], tuple(message["order_ids"]))


def looks(orders: Iterable[tuple[str, str]]) -> Iterator[Look]:
    """As few messages as there can be, for pairs of an advertiser and an order."""
    by_owner: dict[str, list[str]] = {}
    for advertiser_id, order_id in dict.fromkeys(orders):
        by_owner.setdefault(advertiser_id, []).append(order_id)
    for advertiser_id, ids in by_owner.items():
        for at in range(0, len(ids), ORDERS_MAX):
            yield Look(advertiser_id, tuple(ids[at : at + ORDERS_MAX]))
