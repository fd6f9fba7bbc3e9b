"""Faults that other ledgers had, each by its public name, asked of the HTTP API here."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from makegood.jobs import reconciliation
from makegood.store.store import Store

from infra.local import function_url
from tests.integration import gateway, market, stack
from tests.integration.gateway import ADVERTISER, PARTNER, Answer, Client, operate
from tests.integration.market import SHOP, accepted, claimed, declined, reported

REVERSED = {"DispositionCode": "CONS_FRAUD"}


@contextmanager
def nothing_changes() -> Iterator[None]:
    """What is stored of inquiries, actions and money stays as it is, to the byte."""
    before = stack.contents()
    yield
    assert {**stack.contents(), "requests": None} == {**before, "requests": None}


def at_once(first: Callable[[], Answer], second: Callable[[], Answer]) -> tuple[Answer, Answer]:
    """Two requests at once: the first is decided, and the second committed, when it commits."""
    done: list[Answer] = []
    with stack.before_commits(
        lambda: done.append(second()), on=gateway.store_of(gateway.FUNCTIONS[ADVERTISER.role])
    ):
        lost = first()
    return lost, done[0]


def seen(inquiry_id: str) -> dict[str, Any]:
    return ADVERTISER.get(f"/ActionInquiries/{inquiry_id}").body


@pytest.fixture
def inquiry_id(live: Store) -> str:
    return PARTNER.post("/ActionInquiries", claimed("A-1")).id


def test_committed_twice_at_once(live: Store, inquiry_id: str) -> None:
    """midaz #1519: two commits of one pending transaction, sent at once, both moved the money."""

    def decide() -> Answer:
        return ADVERTISER.put("/ActionInquiries", accepted(inquiry_id))

    lost, won = at_once(decide, decide)
    assert won.status == 200
    assert (lost.status, lost.body["code"]) == (409, "same_decision")
    (action,) = ADVERTISER.get("/Actions").body["Actions"]
    assert action["Id"] == seen(inquiry_id)["ActionId"]
    assert reconciliation.prove(live)["holds"]


def test_committed_and_rejected_at_once(live: Store, inquiry_id: str) -> None:
    """The same race between two decisions that differ: the first to be written stands."""
    lost, won = at_once(
        lambda: ADVERTISER.put("/ActionInquiries", accepted(inquiry_id)),
        lambda: ADVERTISER.put("/ActionInquiries", declined(inquiry_id)),
    )
    assert (won.status, lost.status, lost.body["code"]) == (200, 409, "already_decided")
    assert seen(inquiry_id)["ResolutionStatus"] == "DECLINED"
    assert ADVERTISER.get("/Actions").body["Actions"] == []


MADE: tuple[tuple[Client, str, dict[str, str], tuple[Client, ...]], ...] = (
    (PARTNER, "/ActionInquiries", claimed("A-9"), (PARTNER, ADVERTISER)),
    (ADVERTISER, "/Conversions", reported("A-9"), (ADVERTISER, PARTNER)),
    (PARTNER, "/Files", {"Kind": "inquiries", "Name": "a.csv", "Size": "9"}, (PARTNER,)),
)


@contextmanager
def reads_of(store: Store) -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
    """What a store reads meanwhile: each call's name and parameters."""
    reads: list[tuple[str, Mapping[str, Any]]] = []

    def watch(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        reads.append((model.name, params))

    events = store.client.meta.events
    events.register("provide-client-params.dynamodb", watch)
    try:
        yield reads
    finally:
        events.unregister("provide-client-params.dynamodb", watch)


@pytest.mark.parametrize(("client", "path", "fields", "readers"), MADE, ids=lambda each: str(each))
def test_not_found_right_after_it_was_made(
    live: Store, client: Client, path: str, fields: dict[str, str], readers: tuple[Client, ...]
) -> None:
    """midaz #1894: what was made is not found for a while, since it is read where it comes late.

    Here a thing is read by its id, consistently, and from no index: those follow by moments.
    """
    made = client.post(path, fields)
    kind, made_id = made.body["Uri"].rpartition("/")[0].rpartition("/")[2], made.id
    for reader in readers:
        store = gateway.store_of(gateway.FUNCTIONS[reader.role])
        with reads_of(store) as reads:
            assert reader.get(f"/{kind}/{made_id}").body["Id"] == made_id
        things = [params for name, params in reads if name == "BatchGetItem"]
        assert any(made_id in repr(params) for params in things)
        assert not any(name == "Query" and "IndexName" in params for name, params in reads)
        for params in things:
            assert all(each["ConsistentRead"] for each in params["RequestItems"].values())


def test_the_same_key_with_another_body_answered_silently(live: Store) -> None:
    """midaz Go SDK #236: the key's first answer was given to another request, as if it were its."""
    key = {"Idempotency_Key": "key-1"}
    first = PARTNER.post("/ActionInquiries", claimed("A-1"), **key)
    for other in (claimed("A-2"), claimed("A-1", TransactionAmount="100.01")):
        with nothing_changes():
            refused = PARTNER.post("/ActionInquiries", other, **key)
        assert (refused.status, refused.body["code"]) == (409, "idempotency_key_reused")
        assert first.id not in refused.text
    again = PARTNER.post("/ActionInquiries", claimed("A-1"), **key)
    assert (again.status, again.body) == (200, first.body)


def test_refunded_twice(live: Store) -> None:
    """blnk #152: every repeated refund succeeded and moved the money again; later, #374, it was
    refused and moved it back all the same.
    """
    action_id = ADVERTISER.post("/Conversions", reported("A-1")).body["Uri"].rpartition("/")[2]
    assert ADVERTISER.write("DELETE", f"/Actions/{action_id}", REVERSED).status == 200
    for _ in range(3):
        with nothing_changes():
            again = ADVERTISER.write("DELETE", f"/Actions/{action_id}", REVERSED)
        assert (again.status, again.body["code"]) == (422, "action_reversed")
    assert ADVERTISER.get(f"/Actions/{action_id}").body["State"] == "REVERSED"


def test_a_deposit_refunded_twice(live: Store) -> None:
    """blnk #152, of money itself: by the commands of two people."""
    market.deposit(live, "20.00")
    refund = {
        "command": "refund_deposit",
        "advertiser_id": SHOP,
        "currency": "USD",
        "amount": "20.00",
        "reference": "back-1",
        "explanation": "paid twice",
    }
    proposed = operate(refund)
    confirm = {"command": "confirm", "proposal_id": proposed["proposal_id"]}
    assert operate(confirm, caller=function_url.SECOND_CALLER)["result"]["recorded"] is True
    assert market.cash(live)[0] == "0.00"
    with nothing_changes():
        again = operate(confirm, caller=function_url.SECOND_CALLER)
        assert again["result"]["recorded"] is False
        assert operate(refund)["recorded"] is False
    assert reconciliation.prove(live)["holds"]


def test_voided_twice(live: Store, inquiry_id: str) -> None:
    """blnk #41: a second void succeeded, and answered with amounts that were undefined."""
    path = f"/ActionInquiries/{inquiry_id}"
    first = PARTNER.delete(path)
    assert (first.status, first.body["State"]) == (200, "WITHDRAWN")
    with nothing_changes():
        again = PARTNER.delete(path)
    assert (again.status, again.body) == (200, first.body)
    assert seen(inquiry_id)["ResolutionStatus"] == "WITHDRAWN"
    assert seen(inquiry_id)["TransactionAmount"] == "100.00"


@pytest.mark.parametrize("way", ["by its path", "in the body", "as a dry run"])
def test_rejected_and_then_applied(live: Store, inquiry_id: str, way: str) -> None:
    """blnk #182: a rejected transaction was applied when it was named by another of its ids."""
    assert ADVERTISER.put("/ActionInquiries", declined(inquiry_id)).status == 200
    fields = accepted(inquiry_id)
    with nothing_changes():
        if way == "by its path":
            del fields["Id"]
            late = ADVERTISER.put(f"/ActionInquiries/{inquiry_id}", fields)
        elif way == "in the body":
            late = ADVERTISER.put("/ActionInquiries", fields)
        else:
            late = ADVERTISER.put("/ActionInquiries", {**fields, "DryRun": "true"})
    assert (late.status, late.body["code"]) == (409, "already_decided")
    assert ADVERTISER.get("/Actions").body["Actions"] == []
    assert seen(inquiry_id)["ResolutionStatus"] == "DECLINED"
