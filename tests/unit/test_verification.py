"""Claims against the shop's own orders (verification.md): the samples, and each rule alone."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from makegood.domain.money import Money
from makegood.domain.problems import Malformed
from makegood.domain.shop_orders import (
    Affixes,
    Coverage,
    ShopOrder,
    ShopOrders,
    ShopState,
    place_key,
    spelling_keys,
)
from makegood.domain.verdicts import HoldKind, Verdict
from makegood.domain.verification import Claimed, Hold, Verification, verify

from tests import shops

AT = datetime(2025, 6, 10, 15, tzinfo=UTC)
ORDER = ShopOrder(
    "#103705", AT, Money(1437, "USD"), ShopState.SALE, "paid", Money(0, "USD"), ("5501",)
)
CLAIM = Claimed("c1", "4000", "103705", Money(1437, "USD"), AT)
NONE = Affixes()
JUNE = Coverage(date(2025, 6, 1), date(2025, 6, 30), complete=True)


def verdict(
    claim: Claimed = CLAIM, *orders: ShopOrder, holds: tuple[Hold, ...] = (), affixes=NONE
) -> Verification:
    known = ShopOrders(orders or (ORDER,), affixes)
    return verify(claim, known, (JUNE,), holds, shops.TOLERANCE)


@pytest.mark.parametrize("platform", shops.PLATFORMS)
def test_every_claim_of_the_samples_gets_the_verdict_it_deserves(platform: str) -> None:
    orders, covered = shops.shop(platform)
    pairs = shops.claims(platform)
    assert len(pairs) == (117 if platform == "amazon" else 125)
    found = {c.claim_id: verify(c, orders, (covered,), (), shops.TOLERANCE) for c, _ in pairs}
    assert {each: str(found[each].verdict) for each in found} == {
        claim.claim_id: deserved for claim, deserved in pairs
    }


@pytest.mark.parametrize(
    ("written", "step"),
    [
        ("#103705", 1),
        (" #103705\u200b", 2),
        ("No. 103 705", 3),
        ("Order #103705", 3),
        ("No 103705", 3),
        ("\u2116103705", 3),
        ("N\u00b0 103705", 3),
        ("Nr: 103705", 3),
        ("#Order 103705", 3),
        ("Order no 103705", 3),
        ("Order-No.: #103705", 3),
        ("ORDER ID 103705", 3),
        ("Bestellnummer: 103705", 3),
        ("bestelnummer 103705", 3),
        ("Pedido n.\u00ba 103705", 3),
        ("OrderID103705", 3),
        ("Order_103705", 3),
        ("wc-103705", 5),
        ("103-705", 6),
        ("000103705", 7),
        ("5501", 1),
    ],
)
def test_the_step_at_which_an_id_is_found_is_kept(written: str, step: int) -> None:
    found = verdict(replace(CLAIM, order_id=written), affixes=Affixes(("WC-",)))
    assert (found.verdict, found.step) == (Verdict.MATCH, step)


def test_an_id_that_two_orders_share_at_a_step_is_left_to_a_person() -> None:
    other = replace(ORDER, order_id="0103-705", aliases=())
    third = replace(ORDER, order_id="103-705", aliases=())
    assert verdict(replace(CLAIM, order_id="103_705"), other, third).order == third
    both = verdict(replace(CLAIM, order_id="00103705"), other, third)
    assert (both.verdict, both.candidates) == (Verdict.CANDIDATES, (other, third))


@pytest.mark.parametrize("written", ["ORD-103705", "NO-103705", "Nordic 103705", "Note 103705"])
def test_what_may_be_the_shops_own_prefix_is_no_label(written: str) -> None:
    assert verdict(replace(CLAIM, order_id=written)).order is None


def test_where_an_order_is_kept_does_not_change_with_the_labels_that_are_known() -> None:
    kept = ("#1001", "1001"), ("Nr. 1001", "1001"), ("Order-1001", "1001"), ("No 1001", "no1001")
    assert all(place_key(written) == key for written, key in kept)
    assert {"no1001", "1001"} <= {*spelling_keys("No 1001", NONE)}


@pytest.mark.parametrize(
    "written",
    [
        "1.03E+05",
        "#1.03E+05",
        "103705.0",
        "#103705.0",
        "No. 103705.0",
        "Order no 103705.00",
        "103705.0;",
        "103 705,00",
        "#103,705.0",
        "WC-103705.0",
        "\uff11\uff10\uff13\uff17\uff10\uff15\uff0e\uff10",
    ],
)
def test_what_a_spreadsheet_damaged_is_no_match_and_is_named(written: str) -> None:
    others = [replace(ORDER, order_id=each, aliases=()) for each in ("1037050", "10370500")]
    found = verdict(replace(CLAIM, order_id=written), ORDER, *others, affixes=Affixes(("WC-",)))
    assert found.verdict is Verdict.NOT_FOUND
    assert "spreadsheet" in found.explanation


def test_an_order_and_a_claim_that_end_in_point_zero_are_no_longer_numbers() -> None:
    longer, damaged = (replace(ORDER, order_id=f"A-{each}", aliases=()) for each in ("50", "5.0"))
    assert verdict(replace(CLAIM, order_id="A-5.0"), longer).order is None
    assert verdict(replace(CLAIM, order_id="A-50"), damaged).order is None
    assert verdict(replace(CLAIM, order_id="a-5.0"), longer, damaged).order == damaged


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ShopState.UNKNOWN, Verdict.NO_DATA),
        (ShopState.UNDONE, Verdict.UNDONE),
        (ShopState.PENDING, Verdict.NOT_YET),
    ],
)
def test_the_state_in_the_shop_comes_before_what_differs(state, expected) -> None:
    claim = replace(CLAIM, amount=Money(1, "USD"))
    assert verdict(claim, replace(ORDER, state=state)).verdict is expected


def test_a_refund_above_the_amount_leaves_nothing() -> None:
    order = replace(ORDER, state=ShopState.PARTLY_UNDONE, refunded=Money(1556, "USD"))
    assert verdict(CLAIM, order).verdict is Verdict.PARTLY_UNDONE
    assert order.left == Money(0, "USD")


def test_each_difference_is_told_with_both_values() -> None:
    claim = replace(CLAIM, amount=Money(1437, "EUR"), ordered_at=datetime(2025, 6, 14, tzinfo=UTC))
    found = verdict(claim)
    assert found.verdict is Verdict.MISMATCH
    assert found.explanation == (
        "103705 is another spelling of the shop's order #103705. "
        "The claim's date is 2025-06-13, the shop's is 2025-06-10. "
        "The claim's amount is 14.37 EUR, the shop's is 14.37 USD."
    )


@pytest.mark.parametrize("kind", HoldKind)
def test_an_order_held_by_any_of_its_ids_is_taken(kind: HoldKind) -> None:
    hold = Hold(kind, "a1", "4000", "No. 5501")
    assert verdict(holds=(hold,)).verdict is Verdict.TAKEN
    assert verdict(replace(CLAIM, corrects="a1"), holds=(hold,)).verdict is Verdict.MATCH
    assert verdict(holds=(replace(hold, holder="c1"),)).verdict is Verdict.MATCH
    assert verdict(holds=(replace(hold, event_type_id="4001"),)).verdict is Verdict.MATCH


def test_only_a_complete_file_with_a_day_to_spare_rules_an_order_out() -> None:
    assert [JUNE.rules_out(date(2025, 6, day)) for day in (1, 2, 29, 30)] == [0, 1, 1, 0]
    assert not replace(JUNE, complete=False).rules_out(date(2025, 6, 15))
    with pytest.raises(Malformed, match="swap"):
        Coverage(date(2025, 6, 2), date(2025, 6, 1), complete=True)
