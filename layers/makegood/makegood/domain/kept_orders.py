"""A shop's order as it is kept: which of its rows wins, and what that changed.

Files and requests may come late, twice and at once. The one that began last wins, whichever comes
last; so what is kept does not depend on that. What it changed against the row before stays with it,
so that whoever asks once more is told the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from makegood.domain.money import Money
from makegood.domain.problems import RuleForbids
from makegood.domain.shop_orders import PLAIN, ShopOrder, coarsest, place_key
from makegood.domain.verification_settings import ShopSetting

FOUND_BY_MAX = 60
"""Keys of an order, its former ones among them: an item each, of one transaction."""

SPARE = timedelta(days=14)
"""How long an order outlives the coverage of its file: what is expired is never taken for what was
never there.
"""


class Taking(StrEnum):
    """What became of an order that somebody sent: OLDER is one that a later file has replaced."""

    NEW = "NEW"
    REPLACED = "REPLACED"
    SAME = "SAME"
    OLDER = "OLDER"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of an order that is not what it was, in words."""

    field: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.field} {self.before or 'none'} became {self.after or 'none'}"


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """An order with where it came from: `started_at` is the start of the file, or of the request.

    `source` names the row for good. `found_by` are the coarsest keys of its ids, of former ones
    too, with and without the advertiser's affixes; the key of its own place comes first. `taking`
    is NEW, REPLACED or SAME, and `differences` are against the order that was there before.
    """

    advertiser_id: str
    order: ShopOrder
    started_at: datetime
    source: str
    found_by: tuple[str, ...]
    expires_at: datetime
    taking: Taking = Taking.NEW
    differences: tuple[Difference, ...] = ()

    @classmethod
    def sent(
        cls, setting: ShopSetting, order: ShopOrder, started_at: datetime, source: str
    ) -> Self:
        """An order as somebody sends it now."""
        forms = (coarsest(each, how) for each in order.ids for how in (PLAIN, setting.affixes))
        expires_at = setting.expires_at(started_at) + SPARE
        found_by = tuple(dict.fromkeys((place_key(order.order_id), *forms)))
        return cls(setting.advertiser_id, order, started_at, source, found_by, expires_at)

    @property
    def order_id(self) -> str:
        return self.order.order_id

    @property
    def place(self) -> tuple[str, str]:
        """Whose it is, and its id."""
        return self.advertiser_id, self.order_id

    @property
    def rank(self) -> tuple[datetime, str]:
        """What comes later wins."""
        return self.started_at, self.source


def take(before: KeptOrder | None, sent: KeptOrder) -> tuple[Taking, KeptOrder]:
    """What becomes of an order that is sent, and the order as it is kept from then on.

    Raises `RuleForbids` for an order that has had too many ids in all.
    """
    if before is None:
        return Taking.NEW, sent
    if before.source == sent.source:
        return before.taking, before
    if before.rank > sent.rank:
        return Taking.OLDER, before
    found_by = tuple(dict.fromkeys((*sent.found_by, *before.found_by)))
    if len(found_by) > FOUND_BY_MAX:
        message = f"Order {sent.order_id} has had too many aliases; keep those that it has"
        raise RuleForbids(message, code="too_many_aliases")
    found = tuple(_differences(before.order, sent.order))
    taking = Taking.REPLACED if found else Taking.SAME
    return taking, replace(
        sent,
        found_by=found_by,
        expires_at=max(before.expires_at, sent.expires_at),
        taking=taking,
        differences=found,
    )


def _differences(before: ShopOrder, after: ShopOrder) -> Iterator[Difference]:
    told = zip(_told(before), _told(after), strict=True)
    for (name, one), (_, other) in told:
        if one != other:
            yield Difference(name, one, other)


def _told(order: ShopOrder) -> Iterator[tuple[str, str]]:
    yield "date", order.ordered_at.isoformat()
    yield "amount", _money(order.amount)
    yield "state", str(order.state)
    yield "status", order.status
    yield "refund", _money(order.refunded)
    yield "aliases", ", ".join(order.aliases)


def _money(money: Money) -> str:
    return f"{money} {money.currency}"
