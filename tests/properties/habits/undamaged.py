"""Files of a few rows of each kind as a careful person writes them, and the market they meet."""

from functools import cache
from random import Random

from makegood.domain.uploads import Kind

from tests import builders
from tests.memory_files import MemoryStore
from tests.memory_ingest import Ingest, claim, conversion
from tests.properties.habits.sheets import Cell, Role, Sheet

RECENT, OLD = "2026-03-05T10:00:00-05:00", "2026-01-20T10:00:00-05:00"
"""Orders of the one are pending by now, those of the other lock at once and enter the books."""


@cache
def on_file() -> tuple[MemoryStore, tuple[str, ...], tuple[tuple[str, str], ...]]:
    """A market with claims that wait, and with actions that are pending, some with three pieces of
    one thing; each action with its order.
    """
    ingest = Ingest()
    ingest.whole(Kind.INQUIRIES, *(claim(f"A-{at}", "200.00") for at in range(6)))
    pieces = {"Item Sku 1": "4711", "Item Qty 1": "3", "Item Subtotal 1": "90.00"}
    ingest.whole(
        Kind.CONVERSIONS, *(conversion(f"00450{at}", "90.00", **pieces) for at in range(6))
    )
    actions = tuple((each.action_id, each.order.order_id) for each in ingest.kept.actions.values())
    return ingest.kept, tuple(ingest.kept.inquiries), actions


def a_room() -> Ingest:
    kept = on_file()[0]
    names = ("inquiries", "actions", "orders", "entries", "updates", "balances", "moves")
    names += ("sums", "waiting", "uses")
    return Ingest(MemoryStore(**{name: getattr(kept, name).copy() for name in names}), sent=9)


ORDER_IDS = [
    *("CD-1", "219E01", "1E5", "#1001", "#A-77", "0012345678901", "4510998877665544", "00078"),
    *("Größe-5", "CD 12", "900100200300", "1000000000000000", "A1-B2-C3", "56789"),
    *("1.5.2", "9007199254740991"),
]
AMOUNTS = [
    *("100.00", "12.30", "1234.00", "1234.50", "123456.50", "0.50", "20.00", "2000.00", "15"),
    *("1234567.50", "1200000.00"),
]


def a_sheet(random: Random, kind: Kind) -> Sheet:
    """Some rows, each about something of its own, and some of the columns that may be missing."""
    roles, needed, make = KINDS[kind]
    kept = {name: role for name, role in roles.items() if name in needed or random.random() < 0.6}
    if random.random() < 0.4:
        kept["Shop Remark"] = Role.OTHER
    if "Order Id" in kept and random.random() < 0.3:
        kept["Shop Order"] = Role.OTHER
    rows = []
    for values in make(random, random.randint(1, 5)):
        values.setdefault("Shop Remark", random.choice(["", "seen", "12,5%", "Ümläut"]))
        values.setdefault("Shop Order", values.get("Order Id", ""))
        rows.append({name: Cell(values.get(name, "")) for name in kept})
        for name, role in kept.items():
            if role is Role.MONEY and "." in rows[-1][name].meant:
                rows[-1][name].mark = "."
    return Sheet(kind, kept, needed, rows)


def inquiries(random: Random, count: int) -> list[dict[str, str]]:
    return [
        {
            "Campaign Id": "1000",
            "Order Id": order_id,
            "Sale Amount": random.choice(AMOUNTS),
            "Transaction Date": random.choice([RECENT, OLD]),
            "Type": "UNTRACKED",
            "Currency": random.choice(["", "USD", "USD"]),
            "Expected Payout": random.choice(["", "2.00", "0.50", "12.30"]),
            "Customer Id": random.choice(["", "C-77", "0004567", "8800990011"]),
            "Inquiry Id": random.choice(["", f"R-{order_id}", f"77{at}01234"]),
            "Notes": random.choice(["", "Said thanks,\nthen left", "Reçu n° 5"]),
        }
        for at, order_id in enumerate(random.sample(ORDER_IDS, count))
    ]


def conversions(random: Random, count: int) -> list[dict[str, str]]:
    made = []
    for order_id in random.sample(ORDER_IDS, count):
        amount = random.choice(AMOUNTS)
        made.append(
            {
                "Campaign Id": "1000",
                "Action Tracker": builders.SALE,
                "Order Id": order_id,
                "Event Date": random.choice([RECENT, OLD]),
                "Amount": amount,
                "Partner Id": random.choice(["10001", "10002"]),
                "Currency": random.choice(["", "USD"]),
                "Customer Id": random.choice(["", "C-77", "0004567", "8800990011"]),
                "Customer Status": random.choice(["", "NEW"]),
                "Promo Code": random.choice(["", "SPRING", "20260305", "5E3"]),
                "Item Sku 1": random.choice(["SKU-1", "0012300", "77E2"]),
                "Item Name 1": random.choice(["Shoes", "Crème brûlée"]),
                "Item Qty 1": random.choice(["1", "2", "12"]),
                "Item Subtotal 1": amount,
            }
        )
    return made


def resolutions(random: Random, count: int) -> list[dict[str, str]]:
    made = []
    for inquiry_id in random.sample(on_file()[1], count):
        status = random.choice(["VALID", "VALID", "VALID", "DECLINED", "INCOMPLETE", ""])
        valid = status == "VALID"
        made.append(
            {
                "Id": inquiry_id,
                "Inquiry": f"#{inquiry_id}",
                "Resolution Status": status,
                "Transaction Date": random.choice([RECENT, OLD]) if valid else "",
                "Action Tracker": builders.SALE if valid else "",
                "Resolution Reason": random.choice(REASONS) if status == "DECLINED" else "",
                "Final Payout": random.choice(["", *AMOUNTS]) if valid else "",
                "Resolution Notes": "Which shop?" if status == "INCOMPLETE" else "",
                "Sale Amount": random.choice(["", "1234.50", "99.90", "2000.00"]) if valid else "",
                "Customer Id": random.choice(["", "0004567", "8800990011"]) if valid else "",
                "Promo Code": random.choice(["", "SPRING", "20260305"]) if valid else "",
            }
        )
    return made


def changes(random: Random, count: int) -> list[dict[str, str]]:
    made = []
    for action_id, order_id in random.sample(on_file()[2], count):
        reason = random.choice(["ORDER_UPDATE", "ORDER_UPDATE", "ITEM_RETURNED", "REJECTED"])
        returned = reason == "ITEM_RETURNED"
        by_id = random.random() < 0.5
        made.append(
            {
                "Action Id": action_id if by_id else "",
                "Order Id": "" if by_id else order_id,
                "Action Tracker": "" if by_id else builders.SALE,
                "Reason": reason,
                "Amount": random.choice(AMOUNTS) if reason == "ORDER_UPDATE" else "",
                "Sku": "4711" if returned else "",
                "Quantity": random.choice(["1", "2"]) if returned else "",
            }
        )
    return made


def shop_orders(random: Random, count: int) -> list[dict[str, str]]:
    return [
        {
            "Order Id": order_id,
            "Order Date": random.choice([RECENT, OLD]),
            "Amount": random.choice(AMOUNTS),
            "Currency": "USD",
            "Status": random.choice(["SALE", "SALE", "UNDONE", "PENDING"]),
            "Refunded Amount": random.choice(["", "", "0.50"]),
        }
        for order_id in random.sample(ORDER_IDS, count)
    ]


REASONS = [
    "This transaction has been tracked successfully",
    "Another marketing channel was credited with the sale",
    "Transaction not completed - Order cancelled, changed, or returned",
    "Other",
]
ITEM = {
    "Item Sku 1": Role.CODE,
    "Item Name 1": Role.NAME,
    "Item Qty 1": Role.COUNT,
    "Item Subtotal 1": Role.MONEY,
}
KINDS = {
    Kind.INQUIRIES: (
        {
            "Inquiry Id": Role.KEY,
            "Campaign Id": Role.OURS,
            "Order Id": Role.KEY,
            "Sale Amount": Role.MONEY,
            "Currency": Role.CODE,
            "Transaction Date": Role.DATE,
            "Type": Role.WORD,
            "Expected Payout": Role.MONEY,
            "Customer Id": Role.CUSTOMER,
            "Notes": Role.NOTES,
        },
        frozenset({"Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type"}),
        inquiries,
    ),
    Kind.CONVERSIONS: (
        {
            "Campaign Id": Role.OURS,
            "Action Tracker": Role.OURS,
            "Order Id": Role.KEY,
            "Event Date": Role.DATE,
            "Amount": Role.MONEY,
            "Partner Id": Role.OURS,
            "Currency": Role.CODE,
            "Customer Id": Role.CUSTOMER,
            "Customer Status": Role.WORD,
            "Promo Code": Role.CODE,
            **ITEM,
        },
        frozenset(
            {"Campaign Id", "Action Tracker", "Order Id", "Event Date", "Amount", "Partner Id"}
        )
        | frozenset(ITEM),
        conversions,
    ),
    Kind.RESOLUTIONS: (
        {
            "Id": Role.OURS,
            "Inquiry": Role.BESIDE,
            "Resolution Status": Role.WORD,
            "Transaction Date": Role.DATE,
            "Action Tracker": Role.OURS,
            "Resolution Reason": Role.REASON,
            "Final Payout": Role.MONEY,
            "Resolution Notes": Role.NOTES,
            "Sale Amount": Role.MONEY,
            "Customer Id": Role.CUSTOMER,
            "Promo Code": Role.CODE,
        },
        frozenset({"Id", "Resolution Status", "Transaction Date", "Action Tracker"})
        | {"Resolution Reason", "Resolution Notes"},
        resolutions,
    ),
    Kind.ACTIONS: (
        {
            "Action Id": Role.OURS,
            "Order Id": Role.KEY,
            "Action Tracker": Role.OURS,
            "Reason": Role.WORD,
            "Amount": Role.MONEY,
            "Sku": Role.CODE,
            "Quantity": Role.COUNT,
        },
        frozenset({"Action Id", "Order Id", "Action Tracker", "Reason", "Amount", "Sku"})
        | {"Quantity"},
        changes,
    ),
    Kind.ORDERS: (
        {
            "Order Id": Role.KEY,
            "Order Date": Role.DATE,
            "Amount": Role.MONEY,
            "Currency": Role.CODE,
            "Status": Role.WORD,
            "Refunded Amount": Role.MONEY,
        },
        frozenset({"Order Id", "Order Date", "Amount", "Currency", "Status"}),
        shop_orders,
    ),
}
"""The columns of each kind, those that the rows made here cannot do without, and the rows."""
