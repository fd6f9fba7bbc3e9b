"""Tables on moto, empty for every test, and a small market to trade in."""

import os
from collections.abc import Callable, Iterator
from threading import RLock
from typing import Any

import pytest
from makegood.aws import clients
from makegood.runtime import telemetry
from makegood.store.store import Store
from moto import mock_aws
from moto.dynamodb.responses import DynamoHandler

from tests.integration import gateway, market, stack
from tests.integration.receivers import Clock, Receiver, receiving
from tests.integration.streams import Stream


def one_at_a_time(call: Callable[[DynamoHandler], Any]) -> Callable[[DynamoHandler], Any]:
    """A refused transaction of moto's puts back copies of whole tables, and with them undoes what
    other threads have written since it began; DynamoDB's own are isolated.
    """
    alone = RLock()

    def answered(handler: DynamoHandler) -> Any:
        with alone:
            return call(handler)

    return answered


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[None]:
    """No call leaves this process, whatever the caller's environment says."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in stack.ENVIRONMENT.items():
            patch.setenv(name, value)
        clients.session.cache_clear()
        patch.setattr(DynamoHandler, "call_action", one_at_a_time(DynamoHandler.call_action))
        with mock_aws():
            yield
    clients.session.cache_clear()


@pytest.fixture
def store(aws: None) -> Store:
    """The store on empty tables."""
    stack.reset()
    return stack.store()


@pytest.fixture
def trading(store: Store) -> Store:
    """The store with the market set up in it."""
    stack.seed(market.set_up)
    return store


@pytest.fixture
def live(trading: Store) -> Store:
    """The market with buckets and queues, its functions at NOW, and the store behind them."""
    stack.add_buckets_and_queues()
    trading.set_clock(market.NOW)
    for name in (
        "access",
        "advertisers",
        "authorizer",
        "books",
        "confirm",
        "events",
        "evidence",
        "ingest",
        "mails",
        "partners",
        "sessions",
        "setup",
        "sweep",
        "treasury",
        "webhooks",
    ):
        stack.watched(gateway.store_of(name))
    return trading


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks on this machine."""
    with receiving() as made:
        yield made


@pytest.fixture
def clock(live: Store, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that endpoints live by; no worker waits by it."""
    made = Clock()
    monkeypatch.setattr(telemetry, "wall_now", made)
    monkeypatch.setattr(gateway.function("webhooks").time, "sleep", lambda _: None)
    return made


@pytest.fixture
def stream(live: Store) -> Stream:
    """What inquiries and actions tell."""
    return Stream(lambda: {**stack.everything("inquiries"), **stack.everything("actions")})
