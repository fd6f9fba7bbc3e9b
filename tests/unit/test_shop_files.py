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
