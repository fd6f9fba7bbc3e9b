"""Verdicts over the sample shops: damage never makes a match, and no order of things matters."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain import calendar
from makegood.domain.money import Money
from makegood.domain.shop_orders import Coverage, ShopOrders, ShopState
from makegood.domain.verdicts import HoldKind, Verdict
from makegood.domain.verification import Claimed, Hold, verify
from makegood.files.shop_layouts import AmountBasis, ShopColumns
from makegood.files.shop_rows import read

from tests import shops

PLATFORM = st.sampled_from(shops.PLATFORMS)


@cache
def shop(platform: str) -> tuple[ShopOrders, Coverage, list[Claimed]]:
    return *shops.shop(platform), [claim for claim, _ in shops.claims(platform)]


@st.composite
def altered_ids(draw: st.DrawFn, order_id: str) -> str:
    """An id with one character changed, dropped, doubled, or swapped with the next."""
    at = draw(st.integers(0, len(order_id) - 2))
    head, one, two, tail = order_id[:at], order_id[at], order_id[at + 1], order_id[at + 2 :]
    digit = draw(st.sampled_from("0123456789"))
    middles = [digit + two, two, one + one + two, two + one]
    return head + draw(st.sampled_from(middles)) + tail


def core(written: str) -> str:
    """The letters and digits of an id, as a person compares two of them."""
    text = "".join(each for each in written.casefold() if each.isalnum())
    for label in ("order", "no", "nr", "wc"):
        text = text.removeprefix(label)
    return text.lstrip("0")


@given(PLATFORM, st.data())
def test_an_altered_id_matches_only_an_order_that_it_names_with_its_day_and_amount(
    platform: str, data: st.DataObject
) -> None:
    orders, covered, claims = shop(platform)
    claim = data.draw(st.sampled_from(claims))
    claim = replace(claim, order_id=data.draw(altered_ids(claim.order_id)))
    found = verify(claim, orders, (covered,), (), shops.TOLERANCE)
    if found.verdict is Verdict.MATCH:
        assert found.order is not None
        assert core(claim.order_id) in {core(each) for each in found.order.ids}
        assert found.order.amount == claim.amount
        assert found.order.state is ShopState.SALE
        days = [calendar.local_day(e.ordered_at, shops.ZONE) for e in (claim, found.order)]
        assert abs((days[0] - days[1]).days) <= 1


@given(PLATFORM, st.data())
def test_a_damaged_claim_never_matches(platform: str, data: st.DataObject) -> None:
    orders, covered, claims = shop(platform)
    claim = data.draw(
        st.sampled_from(
            [c for c in claims if verify(c, orders, (), (), shops.TOLERANCE).verdict == "MATCH"]
        )
    )
    off = data.draw(st.integers(1, 100_000))
    days = data.draw(st.integers(3, 90))
    damaged = data.draw(
        st.sampled_from(
            [
                replace(claim, amount=Money(claim.amount.minor + off, "USD")),
                replace(claim, amount=Money(claim.amount.minor, "EUR")),
                replace(claim, ordered_at=claim.ordered_at - timedelta(days)),
                replace(claim, ordered_at=claim.ordered_at + timedelta(days)),
                replace(claim, order_id="1.03E+05"),
                replace(claim, order_id=f"{core(claim.order_id)}.0"),
            ]
        )
    )
    assert verify(damaged, orders, (covered,), (), shops.TOLERANCE).verdict != Verdict.MATCH


@given(PLATFORM, st.data())
def test_verdicts_do_not_depend_on_the_sequence_of_orders_files_and_holds(
    platform: str, data: st.DataObject
) -> None:
    orders, covered, claims = shop(platform)
    claim = data.draw(st.sampled_from(claims))
    ids = st.sampled_from([claim.order_id, *(each.order_id for each in claims[:9])])
    kinds = st.sampled_from(list(HoldKind))
    made = st.builds(Hold, kinds, st.sampled_from(["a", "b"]), st.just("4000"), ids)
    holds = data.draw(st.lists(made, max_size=4, unique=True))
    files = [covered, replace(covered, complete=False)]
    mixed = ShopOrders(tuple(reversed(orders.orders)), orders.affixes)
    assert verify(claim, orders, files, holds, shops.TOLERANCE) == verify(
        claim, mixed, files[::-1], data.draw(st.permutations(holds)), shops.TOLERANCE
    )


@given(PLATFORM, st.randoms(use_true_random=False))
def test_orders_do_not_depend_on_the_sequence_of_rows(platform: str, random) -> None:
    header, rows = shops.export(platform)
    rows = rows[:60]
    columns = ShopColumns.match(header, AmountBasis(), shops.GIVEN)
    mixed = list(rows)
    random.shuffle(mixed)
    assert read(columns, mixed) == read(columns, rows)
