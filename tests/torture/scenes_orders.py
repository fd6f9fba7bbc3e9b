"""Scenes about one order of the shop, which two partners claim, each in four spellings."""

from collections.abc import Sequence

from makegood.domain.verdicts import Verdict
from makegood.store.store import Store

from tests.integration import market, shop_orders
from tests.integration.gateway import OTHER_PARTNER, PARTNER
from tests.integration.market import CASHBACK, LOYALTY
from tests.torture.crowd import Crowd, expect, hot, requested, resolved, states, statuses
from tests.torture.fleet import SIZE, Came, Job
from tests.torture.flow import EARLIER
from tests.torture.world import World

SPELLINGS = ("1001", "#1001", "No. 01001", "5550001")
CALLS_MAX = 2_000


def with_orders(store: Store) -> None:
    market.deposit(store, "1000.00")
    shop_orders.give(store, shop_orders.an_order("#1001", "5550001"))


def claimed_by_all(store: Store) -> None:
    with_orders(store)
    for partner_id in (CASHBACK, LOYALTY):
        for order_id in SPELLINGS:
            market.file(store, order_id, partner_id, at=EARLIER)


def file_each(world: World) -> list[Job]:
    return [
        requested(client, "POST", "/ActionInquiries", market.claimed(order_id), f"key-{order_id}")
        for client in (PARTNER, OTHER_PARTNER)
        for order_id in SPELLINGS
    ]


def all_are_taken(world: World, came: Sequence[Came]) -> list[str]:
    """Each is in the others' way, whoever came first."""
    inquiries = world.store.inquiries(item["pk"]["S"][2:] for item in hot(world, "inquiries"))
    verdicts = [each.verification and each.verification.verdict for each in inquiries.values()]
    return [
        *expect("answers", statuses(came), {200: SIZE}),
        *expect("verdicts", verdicts, [Verdict.TAKEN] * SIZE),
    ]


def accept_each(world: World) -> list[Job]:
    ids = sorted(item["pk"]["S"][2:] for item in hot(world, "inquiries"))
    return [resolved(market.accepted(each), f"key-{each}") for each in ids]


def one_is_accepted(world: World, came: Sequence[Came]) -> list[str]:
    return [
        *expect("answers", statuses(came), {200: 1, 422: SIZE - 1}),
        *expect("actions", states(world, "actions"), {"PENDING": 1}),
        *expect("inquiries", states(world, "inquiries"), {"VALID": 1, "UNRESOLVED": SIZE - 1}),
    ]


ORDER_SCENES = (
    Crowd(
        "eight claims on one order, filed at once",
        with_orders,
        file_each,
        all_are_taken,
        calls_max=CALLS_MAX,
    ),
    Crowd(
        "eight claims on one order, accepted at once",
        claimed_by_all,
        accept_each,
        one_is_accepted,
        calls_max=CALLS_MAX,
    ),
)
