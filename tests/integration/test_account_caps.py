"""What an account is answered that has too much at work, and whose chunks share the workers."""

import pytest
from makegood.aws.sqs import Queue
from makegood.domain.uploads import Kind
from makegood.store import uploads
from makegood.store.store import Store

from tests.integration import stack
from tests.integration.gateway import ADVERTISER, PARTNER
from tests.integration.ingest import Ingest, table
from tests.integration.market import CASHBACK

FILE = {"Kind": "orders", "Name": "a.csv", "Size": "600"}


def test_forms_that_are_in_use_have_a_most(live: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makegood.domain.account_caps.FORMS_MAX", 2)
    for _ in range(2):
        assert ADVERTISER.post("/Files", FILE).status == 200
    refused = ADVERTISER.post("/Files", FILE)
    assert (refused.status, refused.body["code"]) == (422, "too_many_forms")
    assert "wait until" in refused.body["Message"]
    inquiries = {**FILE, "Kind": "inquiries"}
    assert PARTNER.post("/Files", inquiries).status == 200, "another account has its own"


def test_the_bytes_of_a_month_have_a_most_that_nobody_gets_past(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MONTH_BYTES_MAX", 1_000)
    assert ADVERTISER.post("/Files", FILE, Idempotency_Key="a").status == 200
    refused = ADVERTISER.post("/Files", FILE)
    assert (refused.status, refused.body["code"]) == (422, "too_many_bytes")
    assert ADVERTISER.post("/Files", FILE, Idempotency_Key="a").status == 200
    assert ADVERTISER.post("/Files", {**FILE, "Size": "400"}).status == 200


def test_chunks_of_an_account_are_a_group_of_their_own(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQS delays a group with many messages, and no other ("Amazon SQS fair queues")."""
    monkeypatch.setattr("makegood.files.ingestion.CHUNK_ROWS_MAX", 1)
    ingest = Ingest(live)
    header = ("Campaign Id", "Order Id", "Transaction Date", "Sale Amount", "Type")
    rows = [("1000", f"A-{at}", "2026-06-01", "1.00", "UNTRACKED") for at in range(3)]
    ingest.upload(Kind.INQUIRIES, table(header, *rows))
    sqs, url = stack.client("sqs"), stack.ENVIRONMENT["CHUNKS_QUEUE_URL"]
    asked = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"]}
    groups: list[str] = []
    while found := sqs.receive_message(QueueUrl=url, **asked).get("Messages"):
        groups += [each["Attributes"]["MessageGroupId"] for each in found]
    assert groups == [f"partners/{CASHBACK}"] * 3
    queue = Queue(url)
    queue.send_fairly({"upload_id": "u", "chunk": 1}, "advertisers/500")
    (sheet,) = sqs.receive_message(QueueUrl=url, **asked)["Messages"]
    assert sheet["Attributes"]["MessageGroupId"] == "advertisers/500"
