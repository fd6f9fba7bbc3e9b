"""Verdicts read by key and by index alone, and no more where more is stored."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from botocore.client import BaseClient
from makegood.domain.inquiries import LIVE
from makegood.domain.verdicts import Verdict
from makegood.domain.verification_walks import Walk
from makegood.store.store import Store
from makegood.usecases import verification_walks

from tests.integration import market, shop_orders
from tests.integration.market import NOW, SHOP
from tests.integration.policies import activate
from tests.integration.test_policies import seen
from tests.policies import a_policy, approve, decline

READS = {"BatchGetItem", "Query"}
CLAIMS = 10
KEYS_MAX = 10
"""Items that are read by key for a claim; its order is a query besides, for each key of its id."""

COVERAGE = 1
"""The query that asks for which days there are files."""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What is asked of DynamoDB, by operation; a query names its index."""
    counted: Counter[str] = Counter()
    make = BaseClient._make_api_call

    def made(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        index = parameters.get("IndexName", "")
        counted[f"{operation} {index}".strip()] += 1
        if operation == "BatchGetItem":
            asked = parameters["RequestItems"].values()
            counted["keys"] += sum(len(each["Keys"]) for each in asked)
        return make(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", made)
    return counted


def walked(store: Store, calls: Counter[str]) -> Counter[str]:
    """What a walk over the open claims reads."""
    calls.clear()
    whole = Walk(SHOP, *(shop_orders.ORDERED.date() + timedelta(days=each) for each in (-1, 1)))
    for stretch in verification_walks.walk(store, whole, NOW):
        verification_walks.walk(store, stretch, NOW)
    return Counter({name: count for name, count in calls.items() if "Write" not in name})


def test_a_walk_reads_by_key_and_index_and_no_more_where_more_is_stored(
    trading: Store, calls: Counter[str]
) -> None:
    activate(trading, a_policy(approve(), decline()))
    filed = [market.file(trading, f"W-{each}") for each in range(CLAIMS)]
    shop_orders.give(trading, *(shop_orders.an_order(f"#W-{each}") for each in range(CLAIMS)))
    first = walked(trading, calls)
    assert {seen(trading, each).verification.verdict for each in filed} == {Verdict.MATCH}
    assert {name.partition(" ")[0] for name in first} - {"keys"} <= READS
    assert first["Query"] <= CLAIMS + COVERAGE
    assert first["Query by_open"] <= 2 * len(LIVE)
    assert first["keys"] <= KEYS_MAX * CLAIMS
    again = walked(trading, calls)
    for each in range(3 * CLAIMS):
        other = market.file(trading, f"X-{each}")
        market.resolve(trading, market.declined(other.inquiry_id))
    shop_orders.give(trading, *(shop_orders.an_order(f"Y-{each}") for each in range(3 * CLAIMS)))
    assert walked(trading, calls) == again


def test_a_claim_that_is_filed_is_verified_in_few_reads(
    trading: Store, calls: Counter[str]
) -> None:
    activate(trading, a_policy(approve(), decline()))
    shop_orders.give(trading, *(shop_orders.an_order(f"#W-{each}") for each in range(CLAIMS)))
    market.file(trading, "W-0")
    calls.clear()
    market.file(trading, "W-1")
    assert calls.keys() == {*READS, "Query by_order", "TransactWriteItems", "keys"}
    assert calls["Query"] + calls["Query by_order"] <= 1 + COVERAGE + 1
    assert calls["keys"] <= 2 * KEYS_MAX
