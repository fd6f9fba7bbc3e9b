"""A flow: what is there, and what is then done; and what several of them begin with."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from unittest.mock import patch

from makegood.domain.approval_rules import ApprovalRule, Wait
from makegood.domain.contracts import Terms
from makegood.files import exports, ingestion
from makegood.forms.changes import ModificationRequest, ReversalRequest
from makegood.store.store import Store
from makegood.usecases import unit_of_work
from makegood.usecases.change_action import ChangeWork
from makegood.usecases.view import Ask

from tests.integration import market
from tests.integration.gateway import Context
from tests.integration.market import CAMPAIGN, CASHBACK, LONG_AGO, NOW, SALE, SHOP, usd
from tests.torture.delivery import Delivery

EARLIER = datetime(2026, 6, 2, 12, tzinfo=UTC)
ROWS = 3

Limit = tuple[ModuleType, str, int]
"""A module, the name of a limit in it, and what it is instead."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow. `arrange` writes to the store, free of faults; `act` does what somebody or
    something outside does, through the functions alone.

    `limits` are set so low that little is much, and `context` says how much time functions have.
    What lies in partitions that begin with `apart` comes out otherwise each time: it is not
    compared, and `act` answers with what must hold of it instead.
    """

    name: str
    arrange: Callable[[Store], Any]
    act: Callable[[Delivery], None]
    at: datetime = NOW
    limits: tuple[Limit, ...] = ()
    context: Callable[[], Context] = Context
    apart: tuple[str, ...] = ()

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Its limits are in force in here."""
        with ExitStack() as stack:
            for module, name, value in self.limits:
                stack.enter_context(patch.object(module, name, value))
            yield


def rows_a_chunk(count: int) -> tuple[Limit, ...]:
    return (ingestion, "CHUNK_ROWS_MAX", count), (exports, "CHUNK_ROWS", count)


def orders(prefix: str = "A") -> list[str]:
    return [f"{prefix}-{number}" for number in range(1, ROWS + 1)]


def nothing(store: Store) -> None:
    """Nobody has done anything yet."""


def funded(store: Store) -> None:
    market.deposit(store, "1000.00")


def claimed(store: Store) -> None:
    """Claims that await a resolution, and money."""
    funded(store)
    for order_id in orders():
        market.file(store, order_id, at=EARLIER)


def claimed_long_ago(store: Store, money: str = "1000.00") -> None:
    """A claim whose action locks at once, and is paid where there is money."""
    market.deposit(store, money)
    market.file(store, "A-1", at=EARLIER, TransactionDate=LONG_AGO)


def pending(store: Store) -> None:
    """Actions that await their lock date, and money."""
    funded(store)
    for order_id in orders():
        market.accept(store, order_id, at=EARLIER)


def rule(store: Store) -> None:
    """A rule that approves at the next sweep."""
    maxima = usd("100.00"), usd("1000.00")
    store.put_rule(ApprovalRule(CAMPAIGN, CASHBACK, SALE, *maxima, Wait.IMMEDIATELY))


def ruled(store: Store) -> None:
    """Claims that a rule approves at the next sweep."""
    funded(store)
    rule(store)
    for order_id in orders():
        market.file(store, order_id, at=EARLIER)


def limited(store: Store) -> None:
    """A contract that takes two actions of 5.00 a week, and of one customer only one."""
    funded(store)
    limits = [
        {"measure": "PAYOUT", "most": "12.00 USD", "scope": "ALL", "every": "WEEK"},
        {"measure": "NUMBER", "most": 1, "scope": "CUSTOMER"},
    ]
    agreed = {
        "valid_from": "2025-01-01T00:00:00+00:00",
        "locking": "DAY 15d",
        "payment": "DAY 4d",
        "payouts": {SALE: {"default": "5%", "limits": limits}},
    }
    store.put_contract(market.contract(CASHBACK, Terms.from_dict(agreed)))


def limited_after(count: int) -> Callable[[Store], None]:
    """The same, and so many actions: what is beyond two is outside of terms."""

    def arrange(store: Store) -> None:
        limited(store)
        for number in range(1, count + 1):
            market.track(store, f"A-{number}", at=EARLIER, CustomerId=f"C-{number}")

    return arrange


def changed(
    store: Store, action_id: str, at: datetime = EARLIER, reversing: bool = False, **fields: str
) -> None:
    """An action is modified or reversed."""
    read = ReversalRequest.read if reversing else ModificationRequest.read
    asked = Ask(read({"ActionId": action_id, **fields}), "test")
    unit_of_work.one(store, ChangeWork(SHOP, at), asked)


def inquiry_id(delivery: Delivery, number: int = 0) -> str:
    """The id of one of the inquiries there are."""
    found = sorted(
        pk[2:] for kind, pk, sk in delivery.world.kept if (kind, sk) == ("inquiries", "H")
    )
    return found[number]


def action_ids(delivery: Delivery) -> list[str]:
    return sorted(pk[2:] for kind, pk, sk in delivery.world.kept if (kind, sk) == ("actions", "H"))


def action_of(delivery: Delivery, order_id: str) -> str:
    """The id of that order's only action."""
    (found,) = [
        pk[2:]
        for (kind, pk, sk), item in delivery.world.kept.items()
        if (kind, sk) == ("actions", "H") and item["order_id"]["S"] == order_id
    ]
    return found
