"""The day's proof: begun by the schedule, interrupted, gone on with, and heard of when it fails."""

import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from makegood.domain.outcome import Outcome
from makegood.domain.projections import DAYS
from makegood.domain.proof import SUMS, SUMS_AGAIN, Proof, of_document
from makegood.jobs import reconciliation
from makegood.store import proof as kept_proof
from makegood.store.ledger import balance_key
from makegood.store.store import Contested, Store

from tests.integration import gateway, market, stack
from tests.integration.gateway import Context, function
from tests.integration.market import CAMPAIGN, CASHBACK, LONG_AGO, NOW, RECENT_CLEARS_AT, SALE, SHOP

FUNDS = balance_key(f"advertiser:{SHOP}", "USD")


@pytest.fixture
def books(live: Store) -> Store:
    """An order that is paid, one that is locked and overdue, and one pending."""
    market.deposit(live, "5.00")
    market.accept(live, "PAID", TransactionDate=LONG_AGO)
    market.accept(live, "LOCKED", TransactionDate=LONG_AGO)
    market.track(live, "PENDING")
    return live


def plant(key: tuple[Any, str, str], minor: int) -> None:
    stack.client("dynamodb").update_item(
        TableName=getattr(stack.TABLES, key[0].table),
        Key={"pk": {"S": key[1]}, "sk": {"S": key[2]}},
        UpdateExpression="SET minor = :minor",
        ExpressionAttributeValues={":minor": {"N": str(minor)}},
    )


@pytest.fixture
def small_pages(books: Store) -> Iterator[None]:
    """Pages of two items, so that a proof has many places to stop at."""
    events, event = books.client.meta.events, "provide-client-params.dynamodb.Scan"

    def limit(params: dict[str, Any], **_: Any) -> None:
        params["Limit"] = 2

    events.register(event, limit)
    yield
    events.unregister(event, limit)


def until_finished(store: Store) -> tuple[Proof, int]:
    """A day's proof with time for one page at once, and how many times it was gone on with."""
    for times in range(1, 200):
        proof = reconciliation.daily(store, NOW, lambda: False)
        assert proof is not None
        if proof.finished:
            return proof, times
    raise AssertionError("the proof does not come to an end")


@pytest.mark.parametrize("funds", [-500, -499])
def test_a_proof_that_stops_after_every_page_finds_the_same(
    books: Store, small_pages: None, monkeypatch: pytest.MonkeyPatch, funds: int
) -> None:
    monkeypatch.setattr(kept_proof, "PART_CHARS", 300)
    plant(FUNDS, funds)
    expected = reconciliation.prove(books)
    proof, times = until_finished(books)
    assert proof.report() == expected
    assert expected["holds"] == (funds == -500)
    assert times > (8 if expected["holds"] else 32)
    parts = [pk for pk, _ in stack.everything("ledger") if pk == kept_proof.PROOF]
    assert len(parts) > 1


def test_a_proof_is_written_down_whole(books: Store) -> None:
    plant(FUNDS, -499)
    proof = Proof(NOW)
    reconciliation.advance(books, proof, lambda: proof.look != 3)
    assert of_document(json.loads(json.dumps(proof.document()))).document() == json.loads(
        json.dumps(proof.document())
    )


def test_a_day_has_one_proof(books: Store) -> None:
    assert reconciliation.daily(books, NOW, lambda: True) is not None
    assert reconciliation.daily(books, NOW + timedelta(hours=11), lambda: True) is None
    assert reconciliation.daily(books, NOW + timedelta(hours=12), lambda: True) is not None


def test_a_proof_that_another_version_wrote_down_begins_again(books: Store) -> None:
    books.keep_proof({"format": 0}, 0)
    proof = reconciliation.daily(books, NOW, lambda: True)
    assert proof is not None
    assert proof.report() == reconciliation.prove(books)


def test_a_proof_that_somebody_else_goes_on_with_is_left_to_them(books: Store) -> None:
    reconciliation.daily(books, NOW, lambda: False)

    def overtaken() -> bool:
        rival = reconciliation.daily(stack.rival(), NOW, lambda: True)
        assert rival is not None
        return False

    assert reconciliation.daily(books, NOW, overtaken) is None
    with pytest.raises(Contested):
        books.keep_proof({}, 1)


def torn(store: Store, writes: list[Callable[[], object]]) -> tuple[Proof, set[int]]:
    """A proof that others write during, whenever it asks for time; and the looks that it took."""
    looks = set()
    proof = Proof(NOW)

    def has_time() -> bool:
        looks.add(proof.look)
        if writes:
            writes.pop(0)()
        return True

    reconciliation.advance(store, proof, has_time)
    return proof, looks


def test_what_others_write_meanwhile_is_no_violation(books: Store, small_pages: None) -> None:
    writes = [
        lambda: market.deposit(books, "20.00", "bank-2"),
        lambda: market.accept(books, "MORE", TransactionDate=LONG_AGO),
        lambda: market.sweep(books, NOW),
        lambda: market.track(books, "AGAIN", EventDate=LONG_AGO),
    ]
    proof, looks = torn(books, writes)
    assert (proof.violations, proof.counts["entries"] > 4) == ({}, True)
    assert looks == {SUMS, SUMS_AGAIN}


def test_what_is_broken_is_found_while_others_write(books: Store, small_pages: None) -> None:
    deposits = [partial(market.deposit, books, f"{at}.00", f"bank-{at}") for at in range(2, 60)]
    action_id = market.track(books, "BROKEN").action_id
    order = books.orders([(CAMPAIGN, "BROKEN")])[CAMPAIGN, "BROKEN"]
    books.commit(Outcome(orders=((order, order.without(action_id)),)))
    proof, _ = torn(books, deposits)
    name = "an action holds its order's credit until it is reversed"
    assert {each: list(found) for each, found in proof.violations.items()} == {name: [action_id]}


def test_the_forecast_follows_the_proof(books: Store) -> None:
    key = SHOP, "USD"
    assert books.forecasts([key]) == {}
    reconciliation.daily(books, NOW, lambda: True)
    forecast = books.forecasts([key, ("501", "USD")])[key]
    day = (RECENT_CLEARS_AT.date() - NOW.date()).days
    assert (forecast.as_of, forecast.overdue_minor, forecast.total_minor) == (NOW, 500, 1000)
    assert {at: minor for at, minor in enumerate(forecast.pending) if minor} == {day: 500}
    assert forecast.locked == (0,) * DAYS
    market.deposit(books, "50.00", "bank-2")
    market.sweep(books, RECENT_CLEARS_AT)
    later = RECENT_CLEARS_AT + timedelta(days=1)
    reconciliation.daily(books, later, lambda: True)
    forecast = books.forecasts([key])[key]
    assert (forecast.as_of, forecast.total_minor) == (later, 0)


class TestFunctions:
    def test_the_operators_proof_goes_on_with_the_schedule(
        self, books: Store, small_pages: None
    ) -> None:
        operator = stack.watched(gateway.store_of("treasury"))
        event = "provide-client-params.dynamodb.Scan"
        operator.client.meta.events.register(event, lambda params, **_: params.update(Limit=2))
        asked = {"command": "reconcile"}
        answer = gateway.operate(asked, Context(milliseconds=1000))
        assert (answer["finished"], answer["holds"], answer["violations"]) == (False, False, {})
        function("books").handler({}, Context())
        document, _ = books.kept_proof()
        assert document is not None
        assert of_document(document).report() == reconciliation.prove(books)

    @pytest.mark.parametrize(("funds", "violations"), [(-500, 0), (-499, 2)])
    def test_its_end_is_measured_and_what_is_broken_is_named(
        self,
        books: Store,
        capsys: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
        funds: int,
        violations: int,
    ) -> None:
        plant(FUNDS, funds)
        function("books").handler({}, Context())
        printed = capsys.readouterr().out.splitlines()
        (metrics,) = [json.loads(line) for line in printed if "_aws" in line]
        assert (metrics["books_proven"], metrics["violations"]) == ([1.0], [float(violations)])
        assert (metrics["service"], metrics["what"]) == ("makegood", "books")
        (logged,) = [each for each in caplog.records if each.getMessage() == "books"]
        assert (f"advertiser:{SHOP}:funds USD +1" in str(vars(logged))) == bool(violations)


def test_ten_times_the_actions_need_no_more_memory(
    books: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, tenfold = (_peak(books, monkeypatch, count) for count in (200, 2000))
    assert tenfold <= 1.1 * once


def _peak(store: Store, monkeypatch: pytest.MonkeyPatch, count: int) -> int:
    """Bytes that a proof of so many pending actions and credits takes at most."""
    template = next(
        each for each in stack.everything("actions").items() if each[1].get("state") is not None
    )[1]
    template = {**template, "state": {"S": "PENDING"}}
    template.pop("inquiry_id", None)
    pages = {"actions": _pages(template, count)}

    def scan(kind: str, after: list[str] | None = None) -> tuple[list[Any], list[str] | None]:
        page = next(pages[kind], None) if kind in pages else None
        return (page, ["more", "of it"]) if page else ([], None)

    monkeypatch.setattr(store, "scan", scan)
    proof = Proof(NOW)
    tracemalloc.start()
    reconciliation.advance(store, proof, lambda: True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (proof.report()["holds"], proof.counts["actions PENDING"]) == (True, count)
    return peak


def _pages(template: dict[str, Any], count: int) -> Iterator[list[Any]]:
    """Actions and their orders, twenty a page."""
    for start in range(0, count, 20):
        page: list[dict[str, Any]] = []
        for number in range(start, start + 20):
            action_id, order_id = f"{CAMPAIGN}.{SALE}.{number}", f"O-{number}"
            held = json.dumps([[SALE, CASHBACK, action_id, False]])
            action = {**template, "pk": {"S": f"A#{action_id}"}, "order_id": {"S": order_id}}
            order = {"pk": {"S": f"O#{CAMPAIGN}#{order_id}"}, "sk": {"S": "O"}}
            order["credits"] = {"S": held}
            page += [action, order]
        yield page
