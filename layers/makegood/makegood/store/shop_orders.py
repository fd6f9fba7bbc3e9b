"""Shops' own orders as items, the days that their files cover, and who has given any.

An order is one item for each key that it is found by (`domain.kept_orders`): one query reads all
orders that any step of `ShopOrders.find` may need for an id, because every step is a function of
the one before. The first of the items is the order's own: it alone is in the indexes, by day and by
amount. Keys of former ids stay, with the order as it is now: its ids say whether it answers.

Nothing is deleted: items expire, an order after the coverage of the file that it came with.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from botocore.exceptions import ClientError

from makegood.domain.calendar import MILLISECOND
from makegood.domain.ids import digest
from makegood.domain.kept_orders import Difference, KeptOrder, Taking
from makegood.domain.money import Money
from makegood.domain.shop_orders import (
    Affixes,
    Coverage,
    ShopOrder,
    ShopState,
    coarsest,
    place_key,
    spelling_keys,
)
from makegood.domain.verification_settings import ShopSetting
from makegood.store.connection import Connection, refused
from makegood.store.expressions import IS_NEW, Condition, compared, within
from makegood.store.indexes import Uncounted, position_at
from makegood.store.items import (
    Compact,
    Flag,
    Instant,
    Key,
    Number,
    RawItem,
    Row,
    Text,
    read_stamp,
    stamp,
)
from makegood.store.selection import Window
from makegood.store.transactions import Writes

KEY_CHARS_KEPT_MAX = 100
"""Characters of an order's key that are kept as they are; a longer one is kept as its digest."""

NEAR_SPAN = timedelta(days=2)
"""Two instants of neighbouring local days are less than this apart, in every zone."""

NEAR_MAX = 500
"""Orders of one amount that are read before an instant, and after it: the nearest in time."""

FIRST_ZONE = timedelta(hours=14)
"""How far the calendars of the first time zone are ahead of UTC."""

READERS = 8
ALONE_MAX = 2
"""Queries that are made one after the other: threads would cost more than they save."""

GIVEN = "GIVEN"


class ShopOrderRow(Row):
    """An order under one of its keys; the attributes of indexes and `found_by` on its own item."""

    table = "shop_orders"

    ordered_at = Instant()
    currency = Text()
    amount_minor = Number()
    refunded_minor = Number()
    state = Text()
    status = Text(null=True)
    aliases = Compact(null=True)
    started_at = Instant()
    expires_at = Number()
    source = Text(null=True)
    found_by = Compact(null=True)
    taking = Text(null=True)
    differences = Compact(null=True)
    day_key = Text(null=True)
    amount_key = Text(null=True)
    ordered_key = Text(null=True)


class CoverageRow(Row):
    """The days that one file covers."""

    table = "shop_orders"

    start = Text()
    end = Text()
    complete = Flag()
    expires_at = Number()


class GivenRow(Row):
    """That an advertiser has given orders at all."""

    table = "shop_orders"


def shop_order_key(advertiser_id: str, order_id: str) -> Key:
    """An order's own item."""
    return ShopOrderRow, _spot(advertiser_id, place_key(order_id)), order_id


def given_key(advertiser_id: str) -> Key:
    return GivenRow, _covered(advertiser_id), GIVEN


def _spot(advertiser_id: str, key: str) -> str:
    kept = key if len(key) <= KEY_CHARS_KEPT_MAX else digest("shop order key", key)
    return f"O#{advertiser_id}#{kept}"


def _covered(advertiser_id: str) -> str:
    return f"C#{advertiser_id}"


def _mark(order_id: str) -> str:
    """What an order's place in time ends with: its id may hold anything."""
    return digest("shop order", order_id)[:20]


def _day_key(advertiser_id: str, day: date) -> str:
    return f"{advertiser_id}#{day}"


def _amount_key(advertiser_id: str, amount: Money) -> str:
    return f"{advertiser_id}#{amount.currency}#{amount.minor}"


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _rows(kept: KeptOrder) -> list[ShopOrderRow]:
    """Its own item first, then one for every other key."""
    order, advertiser_id = kept.order, kept.advertiser_id
    shared = {
        "ordered_at": order.ordered_at,
        "currency": order.amount.currency,
        "amount_minor": order.amount.minor,
        "refunded_minor": order.refunded.minor,
        "state": order.state.value,
        "status": order.status or None,
        "aliases": list(order.aliases) or None,
        "started_at": kept.started_at,
        "expires_at": _seconds(kept.expires_at),
    }
    own = {
        "source": kept.source,
        "found_by": list(kept.found_by),
        "taking": kept.taking.value,
        "differences": [(each.field, each.before, each.after) for each in kept.differences] or None,
        "day_key": _day_key(advertiser_id, order.ordered_at.astimezone(UTC).date()),
        "amount_key": _amount_key(advertiser_id, order.amount),
        "ordered_key": position_at(order.ordered_at, _mark(order.order_id)),
    }
    main = ShopOrderRow(*shop_order_key(advertiser_id, order.order_id)[1:], **shared, **own)
    spots = (_spot(advertiser_id, each) for each in kept.found_by)
    copies = (ShopOrderRow(each, order.order_id, **shared) for each in spots if each != main.pk)
    return [main, *copies]


def write_shop_order(writes: Writes, before: KeptOrder | None, after: KeptOrder) -> None:
    """All items of an order, on condition that it is still as it was read."""
    label = f"shop order:{after.order_id}"
    known = {} if before is None else {row.pk: row for row in _rows(before)}
    held: Condition | None = IS_NEW if before is None else _as_read(before)
    for row in _rows(after):
        was = known.get(row.pk)
        if was is None:
            writes.puts.append((label, row, held))
        elif held or vars(was) != vars(row):
            writes.moves.append((label, was, row, held))
        held = None


def _as_read(before: KeptOrder) -> Condition:
    """That the row which made it what it was is still the last."""
    started = compared(ShopOrderRow, "started_at", "=", before.started_at)
    return started & compared(ShopOrderRow, "source", "=", before.source)


def check_shop_orders(writes: Writes, seen: Iterable[tuple[str, ShopOrder]]) -> None:
    """That advertisers' orders are as they were seen, in all that a verdict is made of."""
    for advertiser_id, order in dict.fromkeys(seen):
        condition = compared(ShopOrderRow, "state", "=", order.state.value)
        for name, value in (
            ("ordered_at", order.ordered_at),
            ("currency", order.amount.currency),
            ("amount_minor", order.amount.minor),
            ("refunded_minor", order.refunded.minor),
        ):
            condition &= compared(ShopOrderRow, name, "=", value)
        row = ShopOrderRow(*shop_order_key(advertiser_id, order.order_id)[1:])
        writes.checks.append((f"shop order:{order.order_id}", row, condition))


def order_of(row: ShopOrderRow) -> ShopOrder:
    return ShopOrder(
        order_id=row.sk,
        ordered_at=row.ordered_at,
        amount=Money(row.amount_minor, row.currency),
        state=ShopState(row.state),
        status=row.status or "",
        refunded=Money(row.refunded_minor, row.currency),
        aliases=tuple(row.aliases or ()),
    )


def kept_of(advertiser_id: str, row: ShopOrderRow) -> KeptOrder:
    return KeptOrder(
        advertiser_id=advertiser_id,
        order=order_of(row),
        started_at=row.started_at,
        source=row.source,
        found_by=tuple(row.found_by),
        expires_at=datetime.fromtimestamp(row.expires_at, UTC),
        taking=Taking(row.taking),
        differences=tuple(Difference(*each[:3]) for each in row.differences or ()),
    )


class KeptOrders(Connection):
    """Reads a shop's orders by id, by amount, and what its files cover."""

    def kept_orders(self, advertiser_id: str, order_ids: Iterable[str]) -> dict[str, KeptOrder]:
        """Orders by their own ids, as they are written; consistently."""
        rows = self.fetch(shop_order_key(advertiser_id, each) for each in order_ids)
        return {sk: kept_of(advertiser_id, row) for (_, sk), row in rows.items()}

    def shop_orders(
        self, advertiser_id: str, order_ids: Iterable[str], affixes: Affixes
    ) -> tuple[ShopOrder, ...]:
        """All orders that `ShopOrders.find` needs for these ids, each once; consistently.

        One query for each distinct key of the ids.
        """
        keys = (key for each in order_ids for key in _asked(each, affixes))
        spots = list(dict.fromkeys(_spot(advertiser_id, key) for key in keys))
        newest: dict[str, ShopOrderRow] = {}
        for item in self._items_at(spots):
            row = ShopOrderRow.from_raw_data(item)
            seen = newest.setdefault(row.sk, row)
            if seen.started_at < row.started_at:
                newest[row.sk] = row
        return tuple(order_of(newest[each]) for each in sorted(newest))

    def _items_at(self, spots: list[str]) -> Iterator[RawItem]:
        """Threads are imported here: few requests ask for so many."""
        if len(spots) <= ALONE_MAX:
            for spot in spots:
                yield from self.partition("shop_orders", spot)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(READERS) as readers:
            for items in readers.map(lambda each: [*self.partition("shop_orders", each)], spots):
                yield from items

    def near_orders(
        self, advertiser_id: str, amount: Money, ordered_at: datetime
    ) -> tuple[ShopOrder, ...]:
        """Orders of that amount whose day may be the next one, the nearest in time if there are
        very many: two queries, of an index.
        """
        low, middle, high = (
            stamp(each) for each in (ordered_at - NEAR_SPAN, ordered_at, ordered_at + NEAR_SPAN)
        )
        key = _amount_key(advertiser_id, amount)
        found: dict[str, ShopOrder] = {}
        for stretch, forward in (((middle, f"{high}#~"), True), ((low, f"{middle}#~"), False)):
            asked = within("amount_key", key, "ordered_key", stretch)
            pages = self.pages(
                "shop_orders", asked, "by_amount", NEAR_MAX, ScanIndexForward=forward
            )
            for page in pages:
                rows = (ShopOrderRow.from_raw_data(each) for each in page["Items"])
                found |= {row.sk: order_of(row) for row in rows}
        return tuple(found[each] for each in sorted(found))

    def days_orders(
        self, advertiser_id: str, span: Window, after: str | None, limit: int
    ) -> Iterator[tuple[str, str]]:
        """Positions and ids of the orders of a span that has both ends, newest first, strictly
        older than `after`: a query a UTC day, and page by page as they are used.
        """
        for day, low, high in _days(span, after):
            asked = within("day_key", _day_key(advertiser_id, day), "ordered_key", (low, high))
            more = {"ScanIndexForward": False, "Limit": limit}
            for page in self.pages("shop_orders", asked, "by_day", **more):
                for item in page["Items"]:
                    if (position := item["ordered_key"]["S"]) != after:
                        yield position, item["sk"]["S"]

    def count_orders(self, advertiser_id: str, span: Window, has_time: Callable[[], bool]) -> int:
        """How many there are; raises `Uncounted` when the time for it ends."""
        count = 0
        for day, low, high in _days(span, None):
            asked = within("day_key", _day_key(advertiser_id, day), "ordered_key", (low, high))
            for page in self.pages("shop_orders", asked, "by_day", Select="COUNT"):
                count += page["Count"]
                if not has_time():
                    raise Uncounted(count)
        return count

    def coverage(self, advertiser_id: str) -> tuple[Coverage, ...]:
        """The days that the advertiser's files cover, the first file first."""
        rows = self.partition("shop_orders", _covered(advertiser_id))
        kept = map(CoverageRow.from_raw_data, rows)
        return tuple(_coverage_of(each) for each in kept if each.sk != GIVEN)

    def put_coverage(
        self, setting: ShopSetting, upload_id: str, started_at: datetime, coverage: Coverage
    ) -> None:
        """What a file covers; the same again changes nothing."""
        self.begin_orders(setting.advertiser_id)
        self._write_once(
            CoverageRow(
                _covered(setting.advertiser_id),
                f"{stamp(started_at)}#{upload_id}",
                start=coverage.start.isoformat(),
                end=coverage.end.isoformat(),
                complete=coverage.complete,
                expires_at=_seconds(setting.expires_at(started_at)),
            )
        )

    def has_orders(self, advertiser_id: str) -> bool:
        """Whether an advertiser has given any."""
        return bool(self.fetch([given_key(advertiser_id)]))

    def begin_orders(self, advertiser_id: str) -> None:
        """From now on, claims on this advertiser's orders are checked."""
        self._write_once(GivenRow(*given_key(advertiser_id)[1:]))

    def _write_once(self, row: Row) -> None:
        try:
            self.write(row, IS_NEW)
        except ClientError as error:
            if not refused(error):
                raise


def _coverage_of(row: CoverageRow) -> Coverage:
    """What a file covers; files of before may have been kept with days that had not begun
    anywhere.
    """
    said = Coverage(date.fromisoformat(row.start), date.fromisoformat(row.end), row.complete)
    started_at = read_stamp(row.sk.partition("#")[0])
    return said.begun_on((started_at + FIRST_ZONE).date())


def _days(span: Window, after: str | None) -> Iterator[tuple[date, str, str]]:
    """The UTC days of a span, the newest first, each with the positions to read from and to."""
    if span.low is None or span.high is None:
        raise ValueError("a span of orders has both ends")
    low, high = stamp(span.low), f"{stamp(span.high - MILLISECOND)}#~"
    high = min(high, after or high)
    day, first = read_stamp(high.partition("#")[0]).date(), span.low.astimezone(UTC).date()
    while day >= first and low <= high:
        yield day, low, high
        day -= timedelta(days=1)


def _asked(written: str, affixes: Affixes) -> tuple[str, ...]:
    """The keys under which an order may be kept that answers to an id."""
    return (coarsest(written, affixes), *spelling_keys(written, affixes))
