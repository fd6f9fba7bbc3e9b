"""Verdicts do not depend on how claims and chunks of order files come between each other."""

from collections.abc import Callable
from datetime import date
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makegood.domain.shop_orders import ShopState
from makegood.domain.verification_walks import Walk
from makegood.store.store import Store
from makegood.usecases import verification_walks

from tests.integration import market, stack
from tests.integration.market import CASHBACK, LOYALTY, NOW, SHOP
from tests.integration.shop_orders import an_order, give

ORDERS = (
    an_order("#1001", "5550001"),
    an_order("#1002", "5550002", amount="80.00"),
    an_order("1003", state=ShopState.UNDONE),
    an_order("0001004"),
)
CLAIMS = (
    ("1001", CASHBACK, "100.00"),
    ("5550001", LOYALTY, "100.00"),
    ("No. 1002", LOYALTY, "100.00"),
    ("1003", CASHBACK, "100.00"),
    ("1004", LOYALTY, "100.00"),
    ("777", CASHBACK, "100.00"),
)
TRACKED = "#01004"
EXPECTED = ("TAKEN", "TAKEN", "MISMATCH", "UNDONE", "TAKEN", "NOT_FOUND")
SPAN = date(2026, 6, 1)


def claims_in(store: Store) -> list[Callable[[], object]]:
    return [
        lambda each=each: market.file(store, each[0], each[1], TransactionAmount=each[2])
        for each in CLAIMS
    ]


def verdicts(store: Store) -> tuple[str, ...]:
    """The claims' verdicts, in the order of `CLAIMS`; filing one again gives the same inquiry."""
    filed = [market.file(store, each[0], each[1], TransactionAmount=each[2]) for each in CLAIMS]
    found = store.inquiries(each.inquiry_id for each in filed)
    kept = [found[each.inquiry_id].verification for each in filed]
    return tuple(str(each and each.verdict) for each in kept)


@given(st.data())
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_verdicts_are_the_same_however_claims_and_chunks_are_mixed(
    aws: None, data: st.DataObject
) -> None:
    """A conversion, the claims, the file's orders, and then the walk's stretches: claims may come
    before the file, into it, or between the stretches; some stretches come twice.
    """
    stack.reset()
    store = stack.store()
    stack.seed(market.set_up)
    before, within, between = [], [], []
    for claim in claims_in(store):
        data.draw(st.sampled_from((before, within, between))).append(claim)
    for claim in before:
        claim()
    chunks = [lambda each=each: give(store, each) for each in ORDERS]

    def tracking() -> object:
        return market.track(store, TRACKED, MediaPartnerId=CASHBACK)

    for step in data.draw(st.permutations([*chunks, *within, tracking])):
        step()
    with patch.object(verification_walks, "STRETCH_CLAIMS", 2):
        stretches = verification_walks.walk(store, Walk(SHOP, SPAN, SPAN), NOW)
    walked = [
        lambda each=each: verification_walks.walk(store, each, NOW)
        for each in (*stretches, *stretches[:1])
    ]
    for step in data.draw(st.permutations([*walked, *between])):
        step()
    assert verdicts(store) == EXPECTED
