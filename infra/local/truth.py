"""The samples, the truth about each claim, and the money that follows, computed independently.

Nothing here uses the package: money is decimal arithmetic, so that the demo's figures are checked
against a second opinion.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"
CENT = Decimal("0.01")
PERCENT = {"10001": Decimal("0.05")}
FLAT = {"10002": Decimal("1.50")}

GENUINE = "genuine"
HALF = "tracked_at_half_the_amount"
PAID_TRUTHS = frozenset({GENUINE, HALF})
"""The kinds of claims whose orders must be paid."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim as filed, and the truth about it."""

    partner_id: str
    line: int
    row: dict[str, str]
    truth: str

    @property
    def order_id(self) -> str:
        return self.row["Order Id"]


def payout(partner_id: str, amount: Decimal) -> Decimal:
    """What the partner's contract pays for an order of this amount."""
    if partner_id in FLAT:
        return FLAT[partner_id]
    return (amount * PERCENT[partner_id]).quantize(CENT, ROUND_HALF_EVEN)


def rows_of(data: bytes) -> list[dict[str, str]]:
    """Rows of either spreadsheet's CSV, under the headers of the conversions and inquiries."""
    text = data.decode("utf-8-sig")
    separator = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = [name.replace("_", " ").title() for name in next(reader)]
    return [dict(zip(header, row, strict=True)) for row in reader]


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def orders() -> dict[str, dict[str, str]]:
    """The advertiser's own record, by order id."""
    return {row["Order Id"]: row for row in rows_of(sample("orders.csv"))}


def claims(partner_id: str) -> list[Claim]:
    """The partner's claims in file order, each with its truth."""
    rows = rows_of(sample(f"inquiries-{partner_id}.csv"))
    truths = [row for row in rows_of(sample("truth.csv")) if row["Partner Id"] == partner_id]
    return [
        Claim(partner_id, line, row, truth["Truth"])
        for line, (row, truth) in enumerate(zip(rows, truths, strict=True), start=1)
    ]


def expected_payouts(
    conversions: Iterable[dict[str, str]], filed: Iterable[Claim], record: dict[str, dict[str, str]]
) -> dict[str, Decimal]:
    """What each partner must have earned in the end: tracked orders, and claims that are right.

    An order that was tracked at half its amount is paid for the whole amount, once.
    """
    by_order: dict[tuple[str, str], Decimal] = {}
    for row in conversions:
        by_order[row["Partner Id"], row["Order Id"]] = payout(
            row["Partner Id"], Decimal(row["Amount"])
        )
    for claim in filed:
        if claim.truth in PAID_TRUTHS:
            amount = Decimal(record[claim.order_id]["Amount"])
            by_order[claim.partner_id, claim.order_id] = payout(claim.partner_id, amount)
    result: defaultdict[str, Decimal] = defaultdict(lambda: Decimal("0.00"))
    for (partner_id, _), amount in by_order.items():
        result[partner_id] += amount
    return dict(result)
