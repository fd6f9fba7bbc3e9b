"""The erasure of a customer: nothing of it is left in any table or object, and the books prove."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from makegood.aws.s3 import Bucket
from makegood.domain.account_people import PersonRole
from makegood.domain.inquiries import Comment
from makegood.domain.outcome import Outcome
from makegood.domain.parties import Role
from makegood.domain.uploads import Kind, Place, Upload
from makegood.jobs import reconciliation
from makegood.jobs.event_log import record
from makegood.operator import commands
from makegood.operator.arguments import CommandContext
from makegood.store.store import Contested, Store
from makegood.store.work_store import WorkStore

from tests.integration import evidence, market, stack
from tests.integration.evidence import announced
from tests.integration.gateway import ADVERTISER, PARTNER, function, operate
from tests.integration.ingest import Ingest, table
from tests.integration.market import CASHBACK, NOW
from tests.integration.people import client_of
from tests.integration.receivers import Receiver, publish, receiving
from tests.integration.streams import Stream

CUSTOMER, OTHER = "cust-zebra-77", "cust-okapi-12"
PLANTED = (
    CUSTOMER,
    "tracked by zebra@mail.example",
    "https://click.example/zebra",
    "zebra rang twice",
    "zebra is known to us",
    "Zebraland",
    "Zebratown",
    "zebra-receipt.pdf",
    "zebra paid in cash",
    "Z3 8RA",
)
"""All that is about the customer."""

CLAIM = {
    "CustomerId": CUSTOMER,
    "InquiryNotes": "tracked by zebra@mail.example",
    "TrackingLink": "https://click.example/zebra",
}
PLACE = {
    "CustomerRegion": "Zebraland",
    "CustomerCity": "Zebratown",
    "CustomerPostCode": "Z3 8RA",
    "CustomerId": CUSTOMER,
}


def everywhere() -> Iterator[tuple[str, str]]:
    """Every item and every version of every object, as text, by where it is."""
    for kind in stack.KINDS:
        for key, item in stack.everything(kind).items():
            yield f"{kind} {key}", json.dumps(item, ensure_ascii=False)
    s3 = stack.client("s3")
    for name in (stack.INBOX, stack.RESULTS, stack.STATEMENTS, stack.RECORDS, stack.EVIDENCE):
        for each in s3.list_object_versions(Bucket=name).get("Versions", ()):
            place = {"Bucket": name, "Key": each["Key"]}
            version = {"VersionId": each["VersionId"]} if each["VersionId"] != "null" else {}
            body = s3.get_object(**place, **version)["Body"].read()
            yield f"{name} {each['Key']}", body.decode("utf-8", "replace")


def stream(kind: str) -> Stream:
    return Stream(lambda: stack.everything(kind))


def left(*words: str) -> list[str]:
    return [where for where, text in everywhere() if any(word in text for word in words)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def ingest(live: Store, receiver: Receiver) -> Ingest:
    """A customer whose data has come in by every way, and another customer beside it."""
    for client in (PARTNER, ADVERTISER):
        assert client.post("/Webhooks", {"Url": receiver.url}).status == 200
    streams = [
        Stream(lambda kind=kind: stack.everything(kind)) for kind in ("inquiries", "actions")
    ]
    market.deposit(live, "50.00")
    filed = PARTNER.post("/ActionInquiries", market.claimed("Z-1", **CLAIM), Idempotency_Key="z1")
    publish(streams[0])
    form = PARTNER.post(
        f"/ActionInquiries/{filed.id}/Evidence", announced(Name="zebra-receipt.pdf")
    )
    key = form.body["Upload"]["Fields"]["key"]
    stack.client("s3").put_object(Bucket=stack.EVIDENCE, Key=key, Body=b"zebra paid in cash")
    note = {"Comment": "zebra is known to us", "Visibility": "INTERNAL"}
    PARTNER.post(f"/ActionInquiries/{filed.id}/Comments", note, Idempotency_Key="z2")
    said = {"Comment": "zebra rang twice"}
    ADVERTISER.post(f"/ActionInquiries/{filed.id}/Comments", said, Idempotency_Key="z3")
    ADVERTISER.put("/ActionInquiries", market.accepted(filed.id), Idempotency_Key="z4")
    market.track(live, "Z-2", **PLACE)
    market.file(live, "Z-3", CustomerId=OTHER)
    ingest = Ingest(live)
    header = ("Campaign Id", "Order Id", "Transaction Date", "Sale Amount", "Type")
    row = (market.CAMPAIGN, "Z-4", market.RECENT, "10.00", "UNTRACKED")
    ingest.upload(Kind.INQUIRIES, table((*header, "Customer Id"), (*row, CUSTOMER)))
    other = (market.CAMPAIGN, "Z-5", market.RECENT, "10.00", "UNTRACKED")
    ingest.upload(Kind.INQUIRIES, table((*header, "Customer Id"), (*other, OTHER)))
    for stream in streams:
        publish(stream)
    return ingest


def erase(**arguments: Any) -> dict[str, Any]:
    return operate({"command": "erase_customer", **arguments})


BY_NAME = {"partner_id": CASHBACK, "customer_id": CUSTOMER}


def test_nothing_of_a_customer_is_left_in_any_table_or_object(live: Store, ingest: Ingest) -> None:
    for word in PLANTED:
        assert left(word), f"{word} was not planted"
    before = stack.everything("ledger")
    receipt = erase(**BY_NAME)
    assert left(*PLANTED) == []
    assert receipt["finished"] is True
    assert (len(receipt["inquiries"]), len(receipt["actions"])) == (2, 2)
    assert receipt["files"] == ["upload-1"]
    assert receipt["webhook_bodies"] > 0
    assert CUSTOMER not in json.dumps(receipt)
    assert stack.everything("ledger") == before
    proof = reconciliation.at_once(live, NOW, lambda: True)
    assert (proof["holds"], proof["finished"]) == (True, True)


def test_a_file_that_has_outlived_its_result_goes_whole(live: Store, ingest: Ingest) -> None:
    Bucket(stack.RESULTS).erase("")
    receipt = erase(**BY_NAME)
    assert "upload-1" in receipt["files"]
    assert left(*PLANTED) == []


def test_others_are_left_alone_and_what_was_erased_is_still_told_and_decided(
    live: Store, ingest: Ingest
) -> None:
    receipt = erase(**BY_NAME)
    assert len(left(OTHER)) > 3
    assert ingest.results("upload-2") == [("APPLIED", "unresolved")]
    for inquiry_id in receipt["inquiries"]:
        shown = PARTNER.get(f"/ActionInquiries/{inquiry_id}").body
        assert (shown["CustomerId"], shown["InquiryNotes"]) == ("", "")
        assert {each["Comment"] for each in shown["Comments"]} <= {"[erased]"}
    open_one = next(
        each
        for each in receipt["inquiries"]
        if ADVERTISER.get(f"/ActionInquiries/{each}").body["ResolutionStatus"] == "UNRESOLVED"
    )
    assert ADVERTISER.put("/ActionInquiries", market.accepted(open_one)).status == 200
    for action_id in receipt["actions"]:
        assert ADVERTISER.get(f"/Actions/{action_id}").body["CustomerId"] == ""


def test_a_repeated_request_is_answered_as_before(live: Store, ingest: Ingest) -> None:
    fields = market.claimed("Z-1", **CLAIM)
    first = PARTNER.post("/ActionInquiries", fields, Idempotency_Key="z1")
    erase(**BY_NAME)
    again = PARTNER.post("/ActionInquiries", fields, Idempotency_Key="z1")
    assert (again.status, again.body["Uri"]) == (first.status, first.body["Uri"])
    changed = {**fields, "CustomerId": "somebody else"}
    assert PARTNER.post("/ActionInquiries", changed, Idempotency_Key="z1").status == 409


def test_an_erasure_tells_nobody_and_may_be_repeated(live: Store, ingest: Ingest) -> None:
    streams = [
        Stream(lambda kind=kind: stack.everything(kind)) for kind in ("inquiries", "actions")
    ]
    for each in streams:
        each.records()
    events = ADVERTISER.get("/Events").body["Events"]
    erase(**BY_NAME)
    for each in streams:
        record(function("events").LOGGED, each.records())
    assert ADVERTISER.get("/Events").body["Events"] == events
    after = dict(everywhere())
    receipt = erase(**BY_NAME)
    assert (receipt["inquiries"], receipt["actions"], receipt["files"]) == ([], [], [])
    records = {where for where in after if stack.RECORDS in where}
    assert {k: v for k, v in everywhere() if k in after.keys() - records} == {
        k: v for k, v in after.items() if k not in records
    }


@pytest.mark.parametrize("by", ["name", "inquiry"])
def test_an_erasure_that_is_cut_off_goes_on_where_it_stopped(
    live: Store, ingest: Ingest, by: str
) -> None:
    (inquiry_id,) = live.inquiries_about(market.CAMPAIGN, "Z-1")
    named = BY_NAME if by == "name" else {"inquiry_id": inquiry_id}
    context = CommandContext(
        live,
        NOW,
        lambda: "token",
        has_time=lambda: False,
        inbox=Bucket(stack.INBOX),
        results=Bucket(stack.RESULTS),
        evidence=Bucket(stack.EVIDENCE),
    )
    receipt, calls, found = {"finished": False, "cursor": ""}, 0, []
    while not receipt["finished"]:
        onward = {"cursor": receipt["cursor"]} if receipt["cursor"] else {}
        asked = {"command": "erase_customer", **named, **onward}
        receipt = commands.run(context, asked)
        found += receipt["inquiries"]
        calls += 1
    assert calls > 5
    assert len(found) == 2
    assert left(*PLANTED) == []


def test_the_claim_that_names_the_customer_stays_while_a_file_is_at_work(
    live: Store, ingest: Ingest
) -> None:
    (inquiry_id,) = live.inquiries_about(market.CAMPAIGN, "Z-1")
    place = Place(Role.PARTNER, CASHBACK, Kind.INQUIRIES, "upload-9", "a file.csv")
    live.open_upload(Upload(place, NOW, 9))
    live.start_upload("upload-9", "v1", NOW)
    receipt = erase(inquiry_id=inquiry_id)
    assert receipt["files_at_work"] == ["upload-9"]
    assert (receipt["finished"], receipt["cursor"]) == (False, "")
    assert inquiry_id not in receipt["inquiries"]
    assert len(receipt["inquiries"]) == 1
    assert (receipt["finished"], receipt["cursor"]) == (False, "")


def test_what_people_were_answered_is_erased_as_well(live: Store, ingest: Ingest) -> None:
    person = client_of(live, Role.PARTNER, CASHBACK, PersonRole.REVIEWER, "sub-pia")
    fields = market.claimed("Z-8", **CLAIM)
    first = person.post("/ActionInquiries", fields, Idempotency_Key="z8")
    assert first.status == 200
    erase(**BY_NAME)
    assert left(*PLANTED) == []
    again = person.post("/ActionInquiries", fields, Idempotency_Key="z8")
    assert (again.status, again.body["Uri"]) == (200, first.body["Uri"])


def test_nothing_that_was_read_before_an_erasure_is_written_after_it(
    live: Store, ingest: Ingest
) -> None:
    (inquiry_id,) = live.inquiries_about(market.CAMPAIGN, "Z-1")
    before = live.inquiries([inquiry_id])[inquiry_id]
    claim = replace(before.claim, tracking_link="https://click.example/zebra/2")
    after = replace(before, claim=claim, version=before.version + 1)
    erase(**BY_NAME)
    with pytest.raises(Contested):
        live.commit(Outcome(inquiries=((before, after),)))
    assert left(*PLANTED) == []
    read = live.inquiries([inquiry_id])[inquiry_id]
    live.commit(Outcome(inquiries=((read, replace(read, version=read.version + 1)),)))


def test_a_decision_that_read_before_an_erasure_makes_no_action_with_the_customer(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = market.file(live, "A-9", **CLAIM)
    commit, erased = WorkStore.commit, []

    def meanwhile(*given: Any, **more: Any) -> Any:
        if not erased:
            erased.append(erase(**BY_NAME))
        return commit(*given, **more)

    monkeypatch.setattr(WorkStore, "commit", meanwhile)
    accepted = market.accepted(filed.inquiry_id)
    answer = ADVERTISER.put("/ActionInquiries", accepted, Idempotency_Key="p1")
    assert answer.status == 200, answer.text
    assert erased[0]["inquiries"] == [filed.inquiry_id]
    assert left(*PLANTED) == []


def test_nothing_that_was_read_between_two_erasures_is_written_after_the_second(
    live: Store,
) -> None:
    inquiry_id = market.file(live, "A-9", **CLAIM).inquiry_id
    erase(inquiry_id=inquiry_id)
    read = live.inquiries([inquiry_id])[inquiry_id]
    said = replace(read, version=read.version + 1, comments=(Comment("anna", PLANTED[3], NOW),))
    live.commit(Outcome(inquiries=((read, said),)))
    read = live.inquiries([inquiry_id])[inquiry_id]
    erase(inquiry_id=inquiry_id)
    after = replace(read, version=read.version + 1, source="file:upload-9:1")
    with pytest.raises(Contested):
        live.commit(Outcome(inquiries=((read, after),)))
    assert left(*PLANTED) == []


def test_evidence_goes_with_its_inquiry(live: Store) -> None:
    inquiry_id = market.file(live, "A-9", CustomerId=CUSTOMER).inquiry_id
    path = f"/ActionInquiries/{inquiry_id}"
    evidence.scan(evidence.send(PARTNER, path, Name=f"{CUSTOMER}.pdf"))
    assert erase(**BY_NAME, dry_run=True)["evidence"] == 0
    assert len(evidence.versions()) == 1
    assert erase(**BY_NAME)["evidence"] == 1
    assert evidence.versions() == set()
    assert PARTNER.get(f"{path}/Evidence").body["Evidence"] == []
    assert left(CUSTOMER) == []


def test_a_dry_run_names_what_it_would_erase_and_leaves_it(live: Store, ingest: Ingest) -> None:
    before = {where: text for where, text in everywhere() if stack.RECORDS not in where}
    receipt = erase(**BY_NAME, dry_run=True)
    assert len(receipt["inquiries"]) == 2
    assert receipt["files"] == ["upload-1"]
    assert {where: text for where, text in everywhere() if stack.RECORDS not in where} == before


def test_an_inquiry_without_a_customer_is_erased_alone(live: Store, ingest: Ingest) -> None:
    filed = market.file(live, "Z-6", InquiryNotes="no name, but zebra9 is a person")
    market.file(live, "Z-7", InquiryNotes="somebody else")
    receipt = erase(inquiry_id=filed.inquiry_id)
    assert receipt["inquiries"] == [filed.inquiry_id]
    assert left("zebra9") == []
    assert left("somebody else")
    by_claim = erase(inquiry_id=next(iter(live.inquiries_about(market.CAMPAIGN, "Z-1"))))
    assert len(by_claim["inquiries"]) == 2, "an inquiry with a customer stands for the customer"


@pytest.mark.parametrize(
    "named",
    [{}, {"partner_id": CASHBACK}, {**BY_NAME, "inquiry_id": "1"}, {"customer_id": CUSTOMER}],
    ids=["nobody", "no customer", "two ways", "no partner"],
)
def test_who_is_meant_has_to_be_said_once(live: Store, named: dict[str, str]) -> None:
    assert erase(**named)["status"] == 400
