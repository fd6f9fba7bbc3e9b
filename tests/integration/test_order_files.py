"""Shops' order exports through the whole pipeline, then claims checked by the store."""

from copy import deepcopy
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from makegood.domain.shop_orders import Coverage, ShopOrders
from makegood.domain.uploads import Kind, UploadState
from makegood.domain.verification import verify
from makegood.domain.verification_settings import ShopSetting
from makegood.store.store import Store
from moto.dynamodb import models

from tests import shops
from tests.integration import stack
from tests.integration.ingest import Ingest, table
from tests.integration.market import SHOP

SPAN = {"CoverageStart": "2026-03-01", "CoverageEnd": "2026-03-31", "Complete": "true"}
HEADER = ("Order Id", "Order Date", "Amount", "Currency", "Status")


@pytest.fixture
def copied_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto copies a table once for every item of a transaction; once for all of them will do."""
    send, copies = models.DynamoDBBackend.transact_write_items, dict[int, Any]()

    def sent(backend: Any, items: Any) -> None:
        copies.clear()
        send(backend, items)

    def copied(each: Any) -> Any:
        if not isinstance(each, models.Table):
            return deepcopy(each)
        if id(each) not in copies:
            copies[id(each)] = deepcopy(each)
        return copies[id(each)]

    monkeypatch.setattr(models.DynamoDBBackend, "transact_write_items", sent)
    monkeypatch.setattr(models, "copy", SimpleNamespace(deepcopy=copied))


@pytest.fixture
def ingest(trading: Store) -> Ingest:
    stack.add_buckets_and_queues()
    return Ingest(trading)


def row(order_id: str, amount: str = "20.00", status: str = "SALE") -> tuple[str, ...]:
    return order_id, "2026-03-05T10:00:00Z", amount, "USD", status


@pytest.mark.usefixtures("copied_once")
@pytest.mark.parametrize("platform", shops.PLATFORMS)
def test_an_export_is_taken_and_every_claim_gets_the_verdict_it_deserves(
    platform: str, trading: Store, ingest: Ingest
) -> None:
    known, covered = shops.shop(platform)
    trading.put_shop_setting(ShopSetting(SHOP, known.affixes))
    (path,) = shops.FOLDER.glob(f"{platform}-orders.*")
    days = {"CoverageStart": str(covered.start), "CoverageEnd": str(covered.end)}
    upload_id = ingest.upload(
        Kind.ORDERS, path.read_bytes(), given={**shops.GIVEN, **days, "Complete": "true"}
    )
    ingest.work(ingest.chunks())
    assert ingest.seen(upload_id).state is UploadState.DONE
    results = ingest.summary(upload_id)["results"]
    assert (results["APPLIED"]["rows"], results["REJECTED"]["rows"]) == (900, 0)
    assert trading.coverage(SHOP) == (covered,)
    claims = shops.claims(platform)
    found = {}
    for claim, _ in claims:
        orders = {
            *trading.shop_orders(SHOP, [claim.order_id], known.affixes),
            *trading.near_orders(SHOP, claim.amount, claim.ordered_at),
        }
        read = ShopOrders(tuple(orders), known.affixes)
        verdict = verify(claim, read, trading.coverage(SHOP), (), shops.TOLERANCE).verdict
        found[claim.claim_id] = str(verdict)
    assert found == {claim.claim_id: deserved for claim, deserved in claims}


def test_a_later_file_replaces_and_says_what_it_changed(trading: Store, ingest: Ingest) -> None:
    first = ingest.upload(Kind.ORDERS, table(HEADER, row("A"), row("B")), given=SPAN)
    assert ingest.results(first) == [("APPLIED", "taken")] * 2
    later = ingest.upload(Kind.ORDERS, table(HEADER, row("A", status="UNDONE"), row("B", "=1")))
    assert ingest.results(later) == [("APPLIED", "replaced"), ("REJECTED", "formula")]
    assert "SALE became UNDONE" in ingest.result(later)[0]["Message"]
    kept = trading.kept_orders(SHOP, ["A", "B"])
    assert [each.order.status for each in kept.values()] == ["undone", "sale"]
    assert trading.coverage(SHOP) == (Coverage(date(2026, 3, 1), date(2026, 3, 31), True),)


def test_work_that_comes_again_finds_itself_done(trading: Store, ingest: Ingest) -> None:
    ingest.upload(Kind.ORDERS, table(HEADER, row("A", "10.00")))
    upload_id = ingest.upload(Kind.ORDERS, table(HEADER, row("A"), row("B")))
    before, kept = ingest.result(upload_id), trading.kept_orders(SHOP, ["A", "B"])
    ingest.work([{"upload_id": upload_id, "chunk": 1}])
    assert (ingest.result(upload_id), trading.kept_orders(SHOP, ["A", "B"])) == (before, kept)


def test_a_dry_run_says_what_would_happen_and_keeps_nothing(trading: Store, ingest: Ingest) -> None:
    data = table(HEADER, row("A"))
    assert ingest.results(ingest.upload(Kind.ORDERS, data, dry=True)) == [("APPLIED", "taken")]
    assert trading.kept_orders(SHOP, ["A"]) == {}
    assert trading.verification_settings([(SHOP, "1000")]) == {}
