"""The samples several times over, as the files of a year and a half and the instants they come at.

Every copy has orders, customers and references of its own. Some copies are some hours later, some
some cents dearer. Added to them are rows that touch what other rows of their file touch: the same
order claimed again some chunks later, conversions told twice, orders modified twice, goods that
come back line by line, decisions given twice and decisions that contradict.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from random import Random

from infra.local import truth
from tests.torture.samples_values import CASHBACK, LOYALTY, Key, Row

PARTNERS = (CASHBACK, LOYALTY)
ADVERTISER = "500"
HOURS = (0, 0, 5, 0, 9, 0, 26, 0, 2, 0)
CENTS = (0, 0, 0, 3, 0, 7, 0, 1, 0, 9)
"""By how much the copies differ from the samples."""

BASKETS_EVERY = 11
"""Every so many-th conversion of a month tells its basket."""

RETURNED_PERCENT, REVERSED_PERCENT = 70, 2
"""Of the conversions with a basket: returned, in part or whole. Of the others: undone."""

EARLY_BEFORE = datetime(2025, 11, 1, tzinfo=UTC)
FILED_EARLY_AT = datetime(2025, 12, 5, 6, tzinfo=UTC)
FILED_AT = datetime(2026, 7, 2, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: whose, of what kind, and its rows."""

    name: str
    kind: str
    account: str
    rows: list[Row]
    separator: str = ","

    @property
    def key(self) -> str:
        """Where it is put."""
        folder = "partners" if self.kind == "inquiries" else "advertisers"
        return f"{folder}/{self.account}/{self.kind}/{self.name}/rows.csv"


@dataclass(frozen=True, slots=True)
class Size:
    """How much of the samples, how often; how many rows a chunk may have; how many processes.
    `swept_on` are days of a month, besides its second, on which something locks or clears;
    `changed_percent` is how many of a month's orders are modified twice by one file;
    after the month `enough_from` there is enough money for some time: before it, what is overdue
    is a queue that the emulator reads whole for each page of it.
    """

    copies: int
    orders: int | None = None
    chunk_rows: int = 500
    processes: int = 4
    swept_on: tuple[int, ...] = (18, 22)
    changed_percent: int = 8
    enough_from: str = "2025-01"


def later(text: str, hours: int) -> str:
    """An instant so many hours later, in its own offset; what is no instant stays."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if at.year > 2100 else (at + timedelta(hours=hours)).isoformat()


def dearer(text: str, cents: int) -> str:
    """An amount so many cents higher; what is none stays."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return text
    return str(amount + Decimal(cents).scaleb(-2)) if 0 < amount <= 5_000_000 else text


def own_id(order_id: str, copy: int) -> str:
    """The copy's own order: `CD100036` is `CD300036` in the third."""
    digits = order_id[2:]
    return f"{order_id[:2]}{int(digits) + copy * 1_000_000}" if copy else order_id


@dataclass(slots=True)
class Samples:
    """All that is played. `record` is the shop's own: what claims are decided by."""

    size: Size
    seed: int = 1
    record: dict[str, Row] = field(default_factory=dict)
    months: dict[str, list[Row]] = field(default_factory=dict)
    claims: list[tuple[int, str, Row]] = field(default_factory=list)
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        orders = truth.orders()
        chosen = dict(list(orders.items())[: self.size.orders])
        tracked = truth.rows_of(truth.sample("conversions.csv"))
        filed = [each for partner in PARTNERS for each in truth.claims(partner)]
        by_month: defaultdict[str, list[Row]] = defaultdict(list)
        for copy in range(self.size.copies):
            for order_id, row in chosen.items():
                self.record[own_id(order_id, copy)] = self._own(row, copy)
            for row in tracked:
                if row["Order Id"] in chosen:
                    mine = self._own(row, copy)
                    by_month[mine["Event Date"][:7]].append(mine)
            for claim in filed:
                real = claim.order_id in orders and claim.truth in truth_of_orders(orders)
                if claim.order_id in chosen or not real:
                    self.claims.append((copy, claim.partner_id, self._own(claim.row, copy)))
        for month, rows in sorted(by_month.items()):
            rows.sort(key=lambda row: row["Event Date"])
            self.months[month] = self._with_baskets(rows)

    def _own(self, row: Row, copy: int) -> Row:
        hours, cents = HOURS[copy % len(HOURS)], CENTS[copy % len(CENTS)]
        own = dict(row)
        for name, text in row.items():
            if name == "Order Id":
                own[name] = own_id(text, copy)
            elif name in ("Customer Id", "Inquiry Id") and text and copy:
                own[name] = f"{text}x{copy}"
            elif name in ("Event Date", "Transaction Date", "Order Date"):
                own[name] = later(text, hours)
            elif name in ("Amount", "Sale Amount"):
                own[name] = dearer(text, cents)
        return own

    def _with_baskets(self, rows: list[Row]) -> list[Row]:
        """Some orders tell two lines, whose subtotals leave room for shipping."""
        told = []
        for at, row in enumerate(rows):
            items = {f"Item {name} {line}": "" for line in (1, 2) for name in ITEM}
            if at % BASKETS_EVERY == 0:
                whole = int(Decimal(row["Amount"]) * 100)
                first = self.random.randrange(1, whole - 1) if whole > 100 else 1
                second = max(1, whole - first - self.random.randrange(0, 60))
                parts = (("A-1", "1", first), ("B-2", "3", second))
                for line, (sku, count, cents) in enumerate(parts, 1):
                    worth = str(Decimal(cents).scaleb(-2))
                    items |= dict(
                        zip((f"Item {name} {line}" for name in ITEM), (sku, count, worth), strict=1)
                    )
            told.append({**row, **items})
        return told

    def conversions(self, month: str) -> Sheet:
        """The month's file, with some rows that come again further down."""
        rows = list(self.months[month])
        again = self.random.sample(rows, max(1, len(rows) // 200))
        for row in again:
            rows.insert(self.random.randrange(rows.index(row) + 1, len(rows) + 1), row)
        return Sheet(f"conversions-{month}", "conversions", ADVERTISER, rows)

    def changes(self, month: str) -> Sheet:
        """What becomes of the month's orders: 60 percent, later in the file 40; returns; undone."""
        first, second, changed = [], [], self.size.changed_percent
        for row in self.months[month]:
            order, whole = row["Order Id"], Decimal(row["Amount"])
            drawn = self.random.random() * 100
            if row["Item Sku 1"]:
                if drawn < RETURNED_PERCENT:
                    first.append(change(order, "ITEM_RETURNED", Sku="B-2", Quantity="1"))
                    second.append(change(order, "ITEM_RETURNED", Sku="A-1", Quantity="0"))
                if drawn < RETURNED_PERCENT / 2:
                    second.append(change(order, "ITEM_RETURNED", Sku="B-2", Quantity="0"))
            elif drawn < changed:
                for rows, share in ((first, "0.6"), (second, "0.4")):
                    part = str((whole * Decimal(share)).quantize(Decimal("0.01")))
                    rows.append(change(order, "ORDER_UPDATE", Amount=part))
            elif drawn < changed + REVERSED_PERCENT:
                first.append(change(order, "CONS_FRAUD"))
                second += [change(order, "CONS_FRAUD")] if drawn < changed + 1 else []
        return Sheet(f"actions-{month}", "actions", ADVERTISER, first + second)

    def filed(self, early: bool) -> Iterator[Sheet]:
        """A file of each partner's claims: of the first copies' older orders, or all the rest."""
        for partner, separator in zip(PARTNERS, ",;", strict=True):
            rows = [
                row
                for copy, whose, row in self.claims
                if whose == partner and is_early(copy, row) is early
            ]
            if early is False:
                rows += self._repeated(partner)
            if rows:
                name = f"claims-{partner}-{'early' if early else 'late'}"
                yield Sheet(name, "inquiries", partner, self._disturbed(rows), separator)

    def _repeated(self, partner: str) -> list[Row]:
        """Claims of the first file that come again when they are decided."""
        early = [
            row for copy, whose, row in self.claims if whose == partner and is_early(copy, row)
        ]
        return self.random.sample(early, len(early) // 20)

    def _disturbed(self, rows: list[Row]) -> list[Row]:
        """Some claims come again about a chunk later: the same, with notes, or over more."""
        rows = list(rows)
        near = self.size.chunk_rows
        for row in self.random.sample(rows, len(rows) // 25):
            again = self.random.choice(
                (row, {**row, "Notes": "See the receipt"}, {**row, "Sale Amount": "77.77"})
            )
            at = rows.index(row) + near + self.random.randrange(near)
            rows.insert(min(at, len(rows)), again)
        return rows

    def decisions(self, undecided: list[tuple[str, Key]], name: str) -> Sheet:
        """What the shop answers, by its own record; some answers come again, or turn around."""
        rows = [self._decided(inquiry_id, key) for inquiry_id, key in undecided]
        if not rows:
            raise ValueError("there is nothing to decide")
        for row in self.random.sample(rows, len(rows) // 25):
            other = DECLINED if row["Resolution Status"] == "VALID" else {}
            rows.insert(self.random.randrange(rows.index(row) + 1, len(rows) + 1), row | other)
            if self.random.random() < 0.5:
                rows.append(dict(row))
        return Sheet(name, "resolutions", ADVERTISER, rows)

    def _decided(self, inquiry_id: str, key: Key) -> Row:
        partner, order_id, asks = key
        row = {"Id": inquiry_id, "Partner": partner, "Order Id": order_id, "Type": asks}
        order = self.record.get(order_id)
        if order is None:
            return row | DECLINED
        if order["Amount"] != self._claimed(key):
            return row | DECLINED | {"Resolution Reason": "Other"}
        return row | {
            "Resolution Status": "VALID",
            "Transaction Date": order["Order Date"],
            "Action Tracker": "4000",
            "Resolution Reason": "",
        }

    def _claimed(self, key: Key) -> str:
        """The amount that was claimed first."""
        if not self._first:
            for _, partner, row in self.claims:
                known = partner, row["Order Id"], row["Type"]
                self._first.setdefault(known, row["Sale Amount"])
        return self._first[key]

    _first: dict[Key, str] = field(default_factory=dict)


ITEM = ("Sku", "Qty", "Subtotal")
DECLINED = {
    "Resolution Status": "DECLINED",
    "Transaction Date": "",
    "Action Tracker": "",
    "Resolution Reason": "Transaction cannot be traced",
}


def truth_of_orders(orders: dict[str, Row]) -> frozenset[str]:
    """The truths of claims about a real order; rows with a fault belong to every part."""
    return frozenset(
        {
            truth.GENUINE,
            truth.HALF,
            "tracked_for_another_partner",
            "tracked_for_this_partner",
            "same_claim_again",
            "same_order_other_amount",
        }
    )


def is_early(copy: int, row: Row) -> bool:
    """Whether a claim is filed in the first year: every second copy's are."""
    try:
        at = datetime.fromisoformat(row["Transaction Date"])
    except ValueError:
        return False
    return copy % 2 == 0 and at < EARLY_BEFORE


def change(order_id: str, reason: str, **fields: str) -> Row:
    blank = dict.fromkeys(("Amount", "Sku", "Quantity"), "")
    return {"Order Id": order_id, "Action Tracker": "4000", "Reason": reason, **blank, **fields}
