"""Shops' own orders in the store: what is found is what all orders in memory would give."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makegood.domain.kept_orders import KeptOrder, Taking, take
from makegood.domain.money import Money
from makegood.domain.outcome import Outcome
from makegood.domain.shop_orders import (
    PLAIN,
    Affixes,
    AmountBasis,
    Coverage,
    ShopOrder,
    ShopOrders,
    ShopState,
)
from makegood.domain.verification import OtherCurrency
from makegood.domain.verification_settings import CampaignSetting, ShopSetting, Undoing
from makegood.store.store import Contested, Store

from tests import shops
from tests.integration import stack
from tests.integration.market import CAMPAIGN, NOW, SHOP, usd

OTHER_SHOP = "901"
PLAINLY = ShopSetting(SHOP)
AFFIXED = Affixes(("WC-", "W"), ("-EU",))
NONE = Money.zero("USD")


def order(
    order_id: str, *aliases: str, at: datetime = NOW, amount: Money | None = None
) -> ShopOrder:
    paid = ShopState.SALE
    return ShopOrder(order_id, at, amount or usd("10.00"), paid, "paid", NONE, aliases)


def give(store: Store, sent: KeptOrder) -> Taking:
    """Takes an order as a use case does."""
    before = store.kept_orders(sent.advertiser_id, [sent.order_id]).get(sent.order_id)
    taking, kept = take(before, sent)
    if kept is not before:
        store.commit(Outcome(kept_orders=((before, kept),)))
    return taking


def give_all(store: Store, setting: ShopSetting, orders: list[ShopOrder]) -> None:
    for number, each in enumerate(orders):
        give(store, KeptOrder.sent(setting, each, NOW, f"file:{number}"))


# Few characters, so that ids meet under each other's forms and aliases.
CORES = st.text("10a\u00df", min_size=1, max_size=3)
IDS = st.builds(
    lambda label, prefix, core, joint, suffix: (
        f"{label}{prefix}{core[:1]}{joint}{core[1:]}{suffix}"
    ),
    st.sampled_from(["", "", "#", "No. ", "Order "]),
    st.sampled_from(["", "", "WC-", "wc-", "W", "00"]),
    CORES,
    st.sampled_from(["", "", "-", " ", "\u2013", "_"]),
    st.sampled_from(["", "", "-EU", "-eu"]),
)


@st.composite
def orders_of_a_shop(draw: st.DrawFn) -> list[ShopOrder]:
    ids = draw(st.lists(IDS, min_size=1, max_size=6, unique=True))
    return [order(each, *draw(st.lists(IDS, max_size=2, unique=True))) for each in ids]


@given(orders_of_a_shop(), st.lists(IDS, min_size=1, max_size=6), st.sampled_from([PLAIN, AFFIXED]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_found_for_any_id_is_what_all_orders_would_give(
    orders: list[ShopOrder], claimed: list[str], affixes: Affixes
) -> None:
    stack.reset()
    store = stack.store()
    give_all(store, ShopSetting(SHOP, affixes), orders)
    give_all(store, ShopSetting(OTHER_SHOP), [order(each) for each in claimed[:2]])
    everything = ShopOrders(tuple(orders), affixes)
    together = ShopOrders(store.shop_orders(SHOP, claimed, affixes), affixes)
    for each in claimed:
        alone = ShopOrders(store.shop_orders(SHOP, [each], affixes), affixes)
        assert alone.find(each) == together.find(each) == everything.find(each)


def test_every_claim_on_the_sample_shops_finds_its_order(empty: Store) -> None:
    for platform in shops.PLATFORMS:
        known, _ = shops.shop(platform)
        setting = ShopSetting(platform, known.affixes)
        claims = [claim for claim, _ in shops.claims(platform)][::5]
        wanted = {e.order_id for c in claims for e in known.find(c.order_id).orders}
        give_all(empty, setting, [each for each in known.orders if each.order_id in wanted])
        ids = [each.order_id for each in claims]
        kept = ShopOrders(empty.shop_orders(platform, ids, known.affixes), known.affixes)
        assert [kept.find(each) for each in ids] == [known.find(each) for each in ids]


def test_orders_from_before_the_affixes_were_declared_are_found(empty: Store) -> None:
    give_all(empty, PLAINLY, [order("WC-1001")])
    found = ShopOrders(empty.shop_orders(SHOP, ["1001"], AFFIXED), AFFIXED).find("1001")
    assert found.order == order("WC-1001")


def test_an_id_of_any_length_has_its_place(empty: Store) -> None:
    long = "\ufdfa" * 64
    give_all(empty, PLAINLY, [order(long)])
    assert empty.shop_orders(SHOP, [long], PLAIN) == (order(long),)


@pytest.fixture
def empty() -> Store:
    stack.reset()
    return stack.store()


SENT = [
    KeptOrder.sent(
        ShopSetting(SHOP, AFFIXED),
        replace(order("WC-7", alias), amount=usd(f"{number}.00")),
        NOW + timedelta(hours=number),
        f"file:{number}",
    )
    for number, alias in enumerate(("A-1", "A-2", "A-1"))
]


@pytest.mark.parametrize("sequence", [*permutations(range(3))])
def test_the_last_file_wins_whichever_comes_last(empty: Store, sequence: tuple[int, ...]) -> None:
    takings = [give(empty, SENT[number]) for number in sequence]
    kept = empty.kept_orders(SHOP, ["WC-7"])["WC-7"]
    assert kept.order == SENT[2].order
    assert takings[0] is Taking.NEW
    later = [number > max(sequence[:at]) for at, number in enumerate(sequence) if at]
    told = [Taking.REPLACED if each else Taking.OLDER for each in later]
    assert takings[1:] == told
    for spelling in ("7", "WC-7", "a1"):
        assert empty.shop_orders(SHOP, [spelling], AFFIXED) == (SENT[2].order,)
    assert give(empty, SENT[sequence[-1]]) is takings[-1]


def test_what_a_replacement_changed_is_kept_with_it(empty: Store) -> None:
    give(empty, SENT[0])
    give(empty, SENT[1])
    (kept,) = empty.kept_orders(SHOP, ["WC-7"]).values()
    told = [str(each) for each in kept.differences]
    assert told == ["amount 0.00 USD became 1.00 USD", "aliases A-1 became A-2"]


def test_a_former_alias_names_the_order_no_longer(empty: Store) -> None:
    give(empty, SENT[0])
    give(empty, SENT[1])
    kept = ShopOrders(empty.shop_orders(SHOP, ["A-1"], AFFIXED), AFFIXED)
    assert not kept.find("A-1").orders


def test_of_two_who_replace_an_order_at_once_one_is_told(empty: Store) -> None:
    give(empty, SENT[0])
    before = empty.kept_orders(SHOP, ["WC-7"])["WC-7"]
    give(empty, SENT[1])
    with pytest.raises(Contested):
        empty.commit(Outcome(kept_orders=((before, take(before, SENT[2])[1]),)))
    with pytest.raises(Contested):
        empty.commit(Outcome(kept_orders=((None, SENT[2]),)))


def test_an_order_is_an_item_for_each_key_and_listed_once(empty: Store) -> None:
    give(empty, KeptOrder.sent(PLAINLY, order("#7", "007", "B-9"), NOW, "file:1"))
    items = stack.everything("shop_orders").values()
    assert len(items) == 2
    assert sum("day_key" in each for each in items) == 1


def test_orders_of_the_amount_are_near_within_a_day(empty: Store) -> None:
    at = {"A": -49, "B": -47, "C": 0, "D": 47, "E": 49}
    give_all(
        empty, PLAINLY, [order(name, at=NOW + timedelta(hours=hours)) for name, hours in at.items()]
    )
    give_all(
        empty, PLAINLY, [order("F", amount=usd("10.01")), order("G", amount=Money(1000, "EUR"))]
    )
    near = empty.near_orders(SHOP, usd("10.00"), NOW)
    assert [each.order_id for each in near] == ["B", "C", "D"]
    assert near[1] == order("C")


def test_coverage_is_kept_once_a_file_and_ends_before_its_orders(empty: Store) -> None:
    first = Coverage(date(2026, 5, 1), date(2026, 5, 31), complete=True)
    second = Coverage(date(2026, 6, 1), date(2026, 6, 1), complete=False)
    for each, started in ((second, NOW), (first, NOW - timedelta(days=1)), (second, NOW)):
        empty.put_coverage(PLAINLY, "1", started, each)
    assert empty.coverage(SHOP) == (first, second)
    give(empty, KeptOrder.sent(PLAINLY, order("1"), NOW, "file:1"))
    items = stack.everything("shop_orders")
    ends = {
        key[0][:2]: int(each["expires_at"]["N"]) for key, each in items.items() if len(each) > 2
    }
    assert ends["O#"] > ends["C#"] == int((NOW + timedelta(days=400)).timestamp())


def test_days_that_had_not_begun_anywhere_are_not_read_as_complete(empty: Store) -> None:
    """A version of before kept them so."""
    far = Coverage(date(2026, 5, 1), date(2099, 12, 31), complete=True)
    empty.put_coverage(PLAINLY, "1", NOW, far)
    empty.put_coverage(PLAINLY, "2", NOW, Coverage(date(2026, 7, 1), date(2026, 7, 31), True))
    assert empty.coverage(SHOP) == (
        Coverage(date(2026, 5, 1), date(2026, 6, 10), complete=True),
        Coverage(date(2026, 7, 1), date(2026, 7, 31), complete=False),
    )


def test_only_those_who_have_given_orders_are_checked(empty: Store) -> None:
    pairs = [(SHOP, CAMPAIGN), (OTHER_SHOP, "77")]
    assert empty.verification_settings(pairs) == {}
    empty.begin_orders(SHOP)
    (setting,) = empty.verification_settings(pairs).values()
    assert (setting.shop, setting.campaigns) == (PLAINLY, {CAMPAIGN: CampaignSetting(CAMPAIGN)})


def test_settings_come_back_as_they_were(empty: Store) -> None:
    shop = ShopSetting(SHOP, AFFIXED, kept_days=90)
    campaign = CampaignSetting(
        CAMPAIGN, AmountBasis(tax=True), 3, 50, OtherCurrency.PERSON, Undoing.CHANGE
    )
    empty.put_shop_setting(shop)
    empty.put_campaign_setting(campaign)
    empty.begin_orders(SHOP)
    assert empty.shop_setting(SHOP) == shop
    assert empty.campaign_settings([CAMPAIGN]) == {CAMPAIGN: campaign}
    setting = empty.verification_settings([(SHOP, CAMPAIGN)])[SHOP]
    assert (setting.shop, setting.campaigns) == (shop, {CAMPAIGN: campaign})
