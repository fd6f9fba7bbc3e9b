"""Whatever happens, logs hold facts and ids: no token, no customer, no body and no amount."""

import io
import logging
from collections.abc import Callable

import pytest
from makegood.aws.sqs import Queue
from makegood.domain.parties import Role
from makegood.domain.uploads import Kind, Place
from makegood.runtime.queue_batches import BatchFailed
from makegood.store.store import Store
from makegood.usecases import unit_of_work

from tests.integration import gateway, market, stack
from tests.integration.gateway import (
    ADVERTISER,
    ARN,
    PARTNER,
    Context,
    basic,
    batch,
    function,
    operate,
)
from tests.integration.ingest import table
from tests.integration.market import CAMPAIGN, CASHBACK, LONG_AGO, RECENT, SHARD, SHOP

SECRETS = ("token-77", "customer-77", "777.77", "777.78", "38.89", "a private note", "ORDER-77")
CLAIM = market.claimed(
    "ORDER-77",
    TransactionAmount="777.77",
    CustomerId="customer-77",
    InquiryNotes="a private note",
)


@pytest.fixture
def printed(
    live: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[], str]:
    """Reads what functions printed, logs and metrics; nobody waits."""
    monkeypatch.setattr(unit_of_work, "PAUSE_SECONDS_MAX", 0)
    log = io.StringIO()
    for handler in logging.getLogger("makegood").handlers:
        monkeypatch.setattr(handler, "stream", log)
    return lambda: log.getvalue() + "".join(capsys.readouterr())


def claim_and_decide(store: Store) -> None:
    inquiry_id = PARTNER.post("/ActionInquiries", CLAIM).id
    PARTNER.get("/ActionInquiries?CustomerId=customer-77")
    decision = market.accepted(inquiry_id, TransactionDate=LONG_AGO)
    assert ADVERTISER.put("/ActionInquiries", decision).status == 200
    message = {"shard": SHARD, "round": 1, "started": "now"}
    function("sweep").handler(batch("test-sweeps.fifo", message, group="1"), Context())


def refuse(store: Store) -> None:
    PARTNER.post("/ActionInquiries", CLAIM)
    ADVERTISER.post("/Conversions", market.reported("ORDER-77", Amount="777.77"))
    statuses = [
        PARTNER.post("/ActionInquiries", {**CLAIM, "TransactionAmount": "777.777"}).status,
        PARTNER.post("/ActionInquiries", {**CLAIM, "CustomerId": "customer-778"}).status,
        PARTNER.get("/ActionInquiries/777").status,
        ADVERTISER.post("/Conversions", market.reported("ORDER-77", Amount="777.78")).status,
        ADVERTISER.post("/Conversions", market.reported("ORDER-77", ActionTrackerId="1")).status,
    ]
    assert statuses == [400, 409, 404, 409, 422]


def fail(store: Store) -> None:
    for name, client in (("partners", PARTNER), ("advertisers", ADVERTISER)):
        with stack.refused_commits("ValidationError", on=gateway.store_of(name)):
            answer = (
                client.post("/ActionInquiries", CLAIM)
                if client is PARTNER
                else client.post("/Conversions", market.reported("ORDER-77", Amount="777.77"))
            )
        assert answer.status == 500


def sign_in(store: Store) -> None:
    credential = {"command": "create_credential", "role": "PARTNER", "account_id": CASHBACK}
    token = operate(credential)["token"]
    for each in (token, "token-77"):
        event = {"methodArn": ARN, "headers": {"Authorization": basic(PARTNER.sid, each)}}
        try:
            function("authorizer").handler(event, Context())
        except Exception as refusal:
            assert str(refusal) == "Unauthorized"  # noqa: PT017 - one of the two is let in


def deposit(store: Store) -> None:
    command = {"command": "deposit", "advertiser_id": SHOP, "currency": "USD"}
    for amount in ("777.77", "777.78"):
        deposited = {**command, "amount": amount, "reference": "ORDER-77"}
        operate(deposited)


def upload(store: Store) -> None:
    header = ("Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type", "Customer Id")
    row = (CAMPAIGN, "ORDER-77", "777.77", RECENT, "UNTRACKED", "customer-77")
    place = Place(Role.PARTNER, CASHBACK, Kind.INQUIRIES, "upload-1", "a.csv")
    for data in (table(header, row, row[:3]), b"customer-77,777.77"):
        put = stack.client("s3").put_object(Bucket=stack.INBOX, Key=place.key, Body=data)
        arrived = {"key": place.key, "version-id": put["VersionId"]}
        arrival = batch("test-arrivals", {"detail": {"object": arrived}})
        function("ingest").handler(arrival, Context())
    again = batch("test-chunks", {"upload_id": "upload-1", "chunk": 1})
    function("ingest").handler(again, Context())


def contend(store: Store) -> None:
    """A chunk that loses every commit is given back, and says against what kind of thing."""
    header = ("Campaign Id", "Action Tracker", "Order Id", "Event Date", "Amount", "Partner Id")
    place = Place(Role.ADVERTISER, SHOP, Kind.CONVERSIONS, "upload-2", "ORDER-77.csv")
    data = table(header, (CAMPAIGN, market.SALE, "ORDER-77", RECENT, "777.77", CASHBACK))
    put = stack.client("s3").put_object(Bucket=stack.INBOX, Key=place.key, Body=data)
    told = {"detail": {"object": {"key": place.key, "version-id": put["VersionId"]}}}
    arrived = batch("test-arrivals", told)
    chunk = batch("test-chunks", {"upload_id": "upload-2", "chunk": 1})
    lost = ["ConditionalCheckFailed"] * 2 * unit_of_work.TRIES_MAX
    ingest = function("ingest")
    ingest.handler(arrived, Context())
    refused = stack.refused_commits(*lost, on=ingest.STORE, item=1)
    with refused, pytest.MonkeyPatch.context() as patched:
        patched.setattr(Queue, "retry_later", lambda *_: None)
        with pytest.raises(BatchFailed):
            ingest.handler(chunk, Context())


def lose_the_way(store: Store) -> None:
    for path in ("/Deals/customer-77@example.com", "/Actions/customer-77%20", "/%F0%9F%91%9F"):
        assert PARTNER.get(path).status in (403, 404)


@pytest.mark.parametrize(
    ("course", "told"),
    [
        (claim_and_decide, ('"request"', '"sweep"', PARTNER.sid, ADVERTISER.sid)),
        (refuse, ('"status":409', '"status":400')),
        (fail, ('"status":500', '"internal"', "Traceback")),
        (sign_in, ('"create_credential"',)),
        (deposit, ('"deposit"',)),
        (upload, ('"arrived"', "upload-1")),
        (contend, ("Unavailable", "Traceback")),
        (lose_the_way, ('"status":403', "/Deals/?", "/Actions/?")),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_logs_hold_facts_and_ids_only(
    live: Store,
    printed: Callable[[], str],
    caplog: pytest.LogCaptureFixture,
    course: Callable[[Store], None],
    told: tuple[str, ...],
) -> None:
    caplog.set_level("INFO")
    course(live)
    text = printed()
    assert [each for each in told if each not in text] == []
    assert [each for each in SECRETS if each in text + caplog.text] == []


def test_a_refusal_is_one_line_and_no_error(
    live: Store, printed: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    refuse(live)
    lines = printed().splitlines()
    assert sum('"message":"request"' in each for each in lines) == 7
    assert [each.message for each in caplog.records if each.levelno >= logging.WARNING] == []
