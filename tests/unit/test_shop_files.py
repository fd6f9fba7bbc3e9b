"""Shops' order exports: told apart by their headers, read whole or refused with a message."""

import pytest
from makegood.domain.money import Money
from makegood.domain.problems import Invalid
from makegood.domain.shop_orders import ShopState
from makegood.files.shop_layouts import AmountBasis, ShopColumns
from makegood.files.shop_rows import ShopFile, read

from tests import shops

GOODS = AmountBasis()
OURS = ["Order Id", "Order Date", "Amount", "Currency", "Status", "Refunded Amount", "Aliases"]
ROW = ["A1", "2025-06-10T10:00:00Z", "20.00", "USD", "SALE", "", "B1|C1"]


def own(*rows: list[str]) -> ShopFile:
    return read(ShopColumns.match(OURS, GOODS, {}), enumerate(rows, 2))


def codes(header: list[str], basis: AmountBasis = GOODS, given=shops.GIVEN) -> set[str]:
    with pytest.raises(Invalid) as caught:
        ShopColumns.match(header, basis, given)
    return {each.code for each in caught.value.faults}


@pytest.mark.parametrize("platform", shops.PLATFORMS)
def test_an_export_is_read_as_it_comes(platform: str) -> None:
    found = shops.shop_file(platform)
    assert (len(found.orders), found.refused, found.unknown) == (900, (), ())
    assert len({each.amount for each in found.orders}) > 100


def test_our_own_layout_is_read() -> None:
    (order,) = own(ROW).orders
    assert (order.amount, order.state) == (Money(2000, "USD"), ShopState.SALE)
    assert order.aliases == ("B1", "C1")


def test_headers_that_fit_no_platform_or_two_are_refused() -> None:
    shopify, magento = shops.export("shopify")[0], shops.export("magento")[0]
    assert codes(["Bestellnummer", "Datum", "Betrag"]) == {"unknown_platform"}
    assert codes([each for each in shopify if each != "Subtotal"]) == {"missing_column"}
    assert codes([each for each in shopify if each != "Cancelled at"]) == {"missing_column"}
    assert codes([*shopify, *OURS]) == {"mixed_platforms"}
    assert codes([*magento, "ID"]) == {"duplicate_column"}


def test_what_nobody_may_guess_has_to_be_given() -> None:
    header = shops.export("woocommerce")[0]
    assert codes(header, given={}) == {"no_time_zone", "no_currency"}
    assert codes(header, given={"TimeZone": "Mars", "Currency": "XXX"}) == {
        "unknown_time_zone",
        "unknown_currency",
    }
    assert codes(header, AmountBasis(tax=True)) >= {"basis_not_in_file"}


@pytest.mark.parametrize(
    ("at", "cell", "code"),
    [
        (0, "1.12E+16", "rounded_id"),
        (0, "", "required"),
        (1, "2025-06-10 10:00", "no_time_zone"),
        (1, "soon", "not_a_date"),
        (2, "$20", "not_a_number"),
        (2, "", "required"),
        (4, "PARTLY_UNDONE", "refund_missing"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(at: int, cell: str, code: str) -> None:
    found = own([*ROW[:at], cell, *ROW[at + 1 :]])
    assert found.orders == ()
    assert [fault.code for row in found.refused for fault in row.faults] == [code]


def test_a_status_that_nobody_knows_is_never_a_sale() -> None:
    found = own([*ROW[:4], "SHINY", *ROW[5:]])
    assert [each.state for each in found.orders] == [ShopState.UNKNOWN]
    assert [row.faults[0].code for row in found.unknown] == ["unknown_status"]


def test_lines_that_contradict_refuse_their_order_and_no_other() -> None:
    found = own(ROW, ["A2", *ROW[1:6], "D1"], [*ROW[:2], "21.00", *ROW[3:]])
    assert [each.order_id for each in found.orders] == ["A2"]
    assert [(row.line, row.faults[0].code) for row in found.refused] == [
        (2, "rows_contradict"),
        (4, "rows_contradict"),
    ]


@pytest.mark.parametrize(
    ("platform", "status", "state"),
    [
        ("magento", "Pending Payment", "PENDING"),
        ("magento", "On Hold", "PENDING"),
        ("magento", "Suspected Fraud", "UNDONE"),
        ("woocommerce", "On hold", "PENDING"),
        ("woocommerce", "on-hold", "PENDING"),
        ("woocommerce", "Pending payment", "PENDING"),
        ("shopify", "Partially refunded", "PARTLY_UNDONE"),
        ("shopify", "partially-paid", "SALE"),
        ("shopify", "Partly", "UNKNOWN"),
    ],
)
def test_a_status_is_known_by_the_label_that_people_are_shown(platform, status, state) -> None:
    header, rows = shops.export(platform)
    columns = ShopColumns.match(header, GOODS, shops.GIVEN)
    layout, refund = columns.platform, "1.00" if state == "PARTLY_UNDONE" else ""
    changed = {layout.status: status, layout.refunded: refund, layout.cancelled: ""}
    cells = [*rows[0][1]]
    for title in columns.places.keys() & changed.keys():
        cells[columns.places[title]] = changed[title]
    (order,) = read(columns, [(2, cells)]).orders
    assert order.state == state


AMAZON = [
    *("amazon-order-id", "purchase-date", "order-status"),
    *("item-status", "currency", "item-price"),
]


def amazon(*rows: str, currency: str = "") -> ShopFile:
    given = {"Currency": currency} if currency else {}
    lines = [["112-1", "2025-05-09T20:48:53+00:00", *row.split("|")] for row in rows]
    return read(ShopColumns.match(AMAZON, GOODS, given), enumerate(lines, 2))


@pytest.mark.parametrize(
    "rows", [("Cancelled|Cancelled||",), ("Cancelled|||",), ("Cancelled|||", "Cancelled||USD|5.00")]
)
def test_a_cancelled_order_needs_no_price(rows: tuple[str, ...]) -> None:
    (order,) = amazon(*rows, currency="USD").orders
    assert order.state is ShopState.UNDONE


def test_an_order_without_a_currency_says_what_to_give() -> None:
    (row,) = amazon("Cancelled|Cancelled||").refused
    assert "give Currency with the upload" in row.faults[0].message
    assert amazon("Shipped|Shipped|USD|").orders == ()


def test_an_id_has_as_many_characters_as_a_claim_may_name() -> None:
    (order,) = own(["A" * 100, *ROW[1:6], "B" * 100]).orders
    assert (len(order.order_id), len(order.aliases[0])) == (100, 100)
    assert own(["A" * 101, *ROW[1:]]).refused[0].faults[0].code == "too_long"
