"""The sample shops: each platform's orders, claims on them, and the verdicts that they deserve."""

import csv
from pathlib import Path

from makegood.domain import calendar
from makegood.domain.money import Money
from makegood.domain.shop_orders import Affixes, Coverage, ShopOrders
from makegood.domain.verification import Claimed, Tolerance
from makegood.files import csv_format
from makegood.files.csv_format import Cutter
from makegood.files.shop_layouts import AmountBasis, ShopColumns
from makegood.files.shop_rows import ShopFile, read

FOLDER = Path(__file__).parent / "samples" / "shops"
ZONE = calendar.zone("America/New_York")
TOLERANCE = Tolerance(ZONE)
GIVEN = {"TimeZone": "America/New_York", "Currency": "USD"}
PLATFORMS = ("amazon", "magento", "shopify", "woocommerce")


def table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    with path.open("rb") as file:
        cutter = Cutter(iter(lambda: file.read(4096), b""), 64 * 1024, 100)
        rows = [
            row
            for chunk in cutter
            for row in csv_format.records(chunk.data, cutter.layout, chunk.first_line)
        ]
        return cutter.header, rows


def export(platform: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    return table(next(FOLDER.glob(f"{platform}-orders.*")))


def shop_file(platform: str) -> ShopFile:
    header, rows = export(platform)
    return read(ShopColumns.match(header, AmountBasis(), GIVEN), rows)


def shop(platform: str) -> tuple[ShopOrders, Coverage]:
    """Its orders, and the days from the first order to the last, which the file holds whole."""
    orders = shop_file(platform).orders
    days = [calendar.local_day(each.ordered_at, ZONE) for each in orders]
    affixes = Affixes(prefixes=("WC-",) if platform == "woocommerce" else ())
    return ShopOrders(orders, affixes), Coverage(min(days), max(days), complete=True)


def claims(platform: str) -> list[tuple[Claimed, str]]:
    """Each claim with the verdict that it deserves."""
    deserved = {row["Inquiry Id"]: row["Verdict"] for row in _records(f"{platform}-verdicts.csv")}
    return [
        (
            Claimed(
                claim_id=row["Inquiry Id"],
                event_type_id="4000",
                order_id=row["Order Id"],
                amount=Money.parse(row["Sale Amount"], "USD"),
                ordered_at=calendar.parse_instant(row["Transaction Date"], ZONE),
            ),
            deserved[row["Inquiry Id"]],
        )
        for row in _records(f"{platform}-claims.csv")
    ]


def _records(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
