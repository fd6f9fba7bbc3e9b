"""Versions of policies in the market's campaign, put in force without the API."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from makegood.domain.policies import Policy
from makegood.domain.policy_versions import Version
from makegood.store.store import Store

from tests.integration import market
from tests.integration.market import CAMPAIGN, LOYALTY, NOW
from tests.policies import a_policy, approve, on, when


def activate(store: Store, policy: Policy, shadow: bool = False, since: datetime = NOW) -> None:
    version = Version(CAMPAIGN, policy, NOW, "test")
    store.add_policy(version)
    seen = store.campaigns([CAMPAIGN])[CAMPAIGN]
    if shadow:
        store.put_in_force(seen, replace(seen, shadow=policy.version), None)
        return
    named = replace(seen, policy=policy.version, policy_since=since.isoformat())
    named = replace(named, counted_since=named.policy_since)
    store.put_in_force(seen, named, replace(version, activated_at=NOW))


def end(store: Store) -> None:
    """The options alone are in force again."""
    seen = store.campaigns([CAMPAIGN])[CAMPAIGN]
    store.put_in_force(seen, replace(seen, policy=0, policy_since=""), None)


def claims_and_decisions_are_counted(world: Any) -> Iterator[None]:
    """A step of a newer version's story: a tally and a breaker, each written twice."""
    few = approve(on("MATCH"), when("CUSTOMER_CLAIMS", "AT_MOST", 9, 7))
    activate(world.store, a_policy(few, Breaker={"Last": 10}), since=NOW - timedelta(days=7))
    for order_id in ("R-3", "R-4"):
        market.file(world.store, order_id, LOYALTY, CustomerId="C-9")
        yield
        assert market.sweep(world.store, NOW).approved == 1
        yield
    end(world.store)
