"""Every claim of the samples, damaged at random many times: none matches an order that it is not.

Counted as a person would judge: a match is false unless the id names the order but for spelling,
and the day, the amount and the sale are the shop's.
"""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.domain import calendar
from makegood.domain.money import Money
from makegood.domain.shop_orders import ShopOrder, ShopOrders, ShopState
from makegood.domain.verdicts import Verdict
from makegood.domain.verification import Claimed, verify

from tests import shops

DAMAGES_A_CLAIM = 10
SEED = 19


def damaged(claim: Claimed, dice: random.Random) -> Claimed:
    """The claim with something wrong: its id, its amount, its day, or what a spreadsheet does."""
    written, at = claim.order_id, dice.randrange(len(claim.order_id))
    digit = dice.choice("0123456789")
    ids = (
        written[:at] + digit + written[at + 1 :],
        written[:at] + written[at + 1 :] or digit,
        written[:at] + digit + written[at:],
        f"{dice.choice(('', '#', 'No. ', 'Order '))}{written}{dice.choice(('.0', ',00', '.0;'))}",
        "1.12E+16",
        dice.choice(("Order ", "#", "No. ", "0")) + written,
    )
    off = dice.choice((-1, 1)) * dice.randint(1, 5_000)
    days = dice.choice((-1, 1)) * dice.randint(2, 60)
    return dice.choice(
        (
            *(replace(claim, order_id=each) for each in ids),
            replace(claim, amount=Money(max(1, claim.amount.minor + off), "USD")),
            replace(claim, ordered_at=claim.ordered_at + timedelta(days=days)),
        )
    )


def core(written: str) -> str:
    """The letters and digits of an id, as a person compares two of them."""
    text = "".join(each for each in written.casefold() if each.isalnum())
    for label in ("order", "no", "nr", "wc"):
        text = text.removeprefix(label)
    return text.lstrip("0")


def is_borne_out(claim: Claimed, order: ShopOrder) -> bool:
    days = [calendar.local_day(each.ordered_at, shops.ZONE) for each in (claim, order)]
    return (
        core(claim.order_id) in {core(each) for each in order.ids}
        and order.amount == claim.amount
        and abs((days[0] - days[1]).days) <= 1
        and order.state is ShopState.SALE
    )


def with_longer_ids(orders: ShopOrders) -> ShopOrders:
    """The orders, and as many again of the same day and amount whose ids go on with zeros: what is
    left of `1001.0` without its point.
    """
    longer = (
        replace(each, order_id=f"{each.order_id}{zeros}", aliases=())
        for each in orders.orders
        for zeros in ("0", "00")
    )
    return ShopOrders((*orders.orders, *longer), orders.affixes)


@pytest.mark.parametrize("platform", shops.PLATFORMS)
def test_no_damaged_claim_matches_what_it_is_not(platform: str) -> None:
    orders, covered = shops.shop(platform)
    orders = with_longer_ids(orders)
    dice, matches, false = random.Random(SEED), 0, []
    for claim, _ in shops.claims(platform):
        for _ in range(DAMAGES_A_CLAIM):
            tried = damaged(claim, dice)
            found = verify(tried, orders, (covered,), (), shops.TOLERANCE)
            if found.verdict is Verdict.MATCH and found.order is not None:
                matches += 1
                false += [] if is_borne_out(tried, found.order) else [(tried, found.order)]
    assert false == []
    assert matches > 0
