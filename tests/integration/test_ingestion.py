"""Every row of a file has exactly one result, in the input's order, however the file arrives."""

import gzip
import hashlib
from random import Random
from typing import Any

import pytest
from makegood.domain.inquiries import InquiryState
from makegood.domain.parties import Role, account_sid
from makegood.domain.uploads import Kind, UploadState
from makegood.files import ingestion
from makegood.store.indexes import StoredList
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.ingest import Ingest, table
from tests.integration.market import CAMPAIGN, CASHBACK, LONG_AGO, LOYALTY, RECENT, SALE, SHOP

CLAIM_HEADER = ("Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type")
RESOLUTION_HEADER = (
    "Id", "Resolution Status", "Transaction Date", "Action Tracker", "Resolution Reason",
    "Final Payout",
)  # fmt: skip
CONVERSION_HEADER = (
    "Campaign Id", "Action Tracker", "Order Id", "Event Date", "Amount", "Partner Id",
)  # fmt: skip
ADVERTISER = f"/Advertisers/{account_sid(Role.ADVERTISER, SHOP)}"
PARTNER = f"/Mediapartners/{account_sid(Role.PARTNER, CASHBACK)}"


def claim(order_id: str, amount: str = "100.00", date: str = RECENT) -> tuple[str, ...]:
    return CAMPAIGN, order_id, amount, date, "UNTRACKED"


@pytest.fixture
def ingest(trading: Store) -> Ingest:
    stack.add_buckets_and_queues()
    return Ingest(trading)


def test_a_file_of_claims_becomes_inquiries(ingest: Ingest) -> None:
    rows = [claim("A-1"), claim("A-2", amount="none"), claim("A-1"), claim("A-3")]
    upload_id = ingest.upload(Kind.INQUIRIES, table(CLAIM_HEADER, *rows))
    assert ingest.results(upload_id) == [
        ("APPLIED", "unresolved"),
        ("REJECTED", "not_a_number"),
        ("UNCHANGED", "same_unresolved"),
        ("APPLIED", "unresolved"),
    ]
    first, second, *_ = ingest.result(upload_id)
    (inquiry,) = ingest.store.inquiries([first["Uri"].rpartition("/")[2]]).values()
    assert first["Uri"] == f"{PARTNER}/ActionInquiries/{inquiry.inquiry_id}"
    assert inquiry.claim.order_id == "A-1"
    assert (second["Row"], second["Uri"]) == ("3", "")
    assert second["Message"].startswith("Sale Amount: Not a number")


def test_a_file_of_resolutions_decides_inquiries(ingest: Ingest) -> None:
    market.deposit(ingest.store, "7.00")
    ids = [market.file(ingest.store, f"A-{at}").inquiry_id for at in range(4)]
    rows = [
        (ids[0], "valid", LONG_AGO, SALE, "", "7.00"),
        (ids[1], "DECLINED", "", "", "Transaction cannot be traced", "0"),
        (ids[2], "Incomplete", "", "", "", ""),
        (ids[3], "VALID", "", SALE, "", ""),
        (ids[3], "VALID", RECENT, SALE, "", ""),
    ]
    upload_id = ingest.upload(Kind.RESOLUTIONS, table(RESOLUTION_HEADER, *rows))
    assert ingest.results(upload_id) == [
        ("APPLIED", "valid"),
        ("APPLIED", "declined"),
        ("APPLIED", "incomplete"),
        ("REJECTED", "required"),
        ("APPLIED", "valid"),
    ]
    paid, told, _, faulty, pending = (each["Message"] for each in ingest.result(upload_id))
    assert "locked and was paid at once; payout 7.00 USD" in paid
    assert told == "Transaction cannot be traced"
    assert faulty == "Transaction Date: Required when VALID"
    assert pending.endswith("is pending until it locks on 2026-06-17; payout 5.00 USD")
    assert market.cash(ingest.store) == ("0.00", "0.00")


def test_a_file_of_conversions_becomes_tracked_actions(ingest: Ingest) -> None:
    rows = [
        (CAMPAIGN, SALE, "A-1", RECENT, "100.00", CASHBACK),
        (CAMPAIGN, SALE, "A-1", RECENT, "100.00", CASHBACK),
        (CAMPAIGN, SALE, "A-1", RECENT, "101.00", CASHBACK),
        (market.STRANGE_CAMPAIGN, SALE, "A-1", RECENT, "100.00", LOYALTY),
        (CAMPAIGN, "9", "A-2", RECENT, "100.00", CASHBACK),
    ]
    upload_id = ingest.upload(Kind.CONVERSIONS, table(CONVERSION_HEADER, *rows))
    assert ingest.results(upload_id) == [
        ("APPLIED", "tracked"),
        ("UNCHANGED", "same_conversion"),
        ("REJECTED", "conversion_differs"),
        ("REJECTED", "not_found"),
        ("REJECTED", "unknown_event_type"),
    ]
    action_id = ingest.result(upload_id)[0]["Uri"].removeprefix(f"{ADVERTISER}/Actions/")
    assert list(ingest.store.actions([action_id])) == [action_id]


def test_what_belongs_to_others_is_not_found(ingest: Ingest) -> None:
    own = market.file(ingest.store, "A-1").inquiry_id
    rows = [(own, "INCOMPLETE"), ("123", "INCOMPLETE")]
    data = table(RESOLUTION_HEADER[:2], *rows)
    upload_id = ingest.upload(Kind.RESOLUTIONS, data, owner_id=market.STRANGE_SHOP)
    foreign, unknown = ingest.result(upload_id)
    assert (foreign["Result"], foreign["Code"]) == ("REJECTED", "not_found")
    assert [foreign[name] for name in ("Code", "Message", "Uri")] == [
        unknown[name] for name in ("Code", "Message", "Uri")
    ]
    assert ingest.store.inquiries([own])[own].state is InquiryState.UNRESOLVED


def test_a_small_file_is_one_chunk(ingest: Ingest) -> None:
    upload_id = ingest.upload(Kind.INQUIRIES, table(CLAIM_HEADER, claim("A-1")))
    upload = ingest.seen(upload_id)
    assert (upload.state, upload.chunk_count, upload.rows_done) == (UploadState.DONE, 1, 1)
    assert ingest.chunks() == []


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 3)


@pytest.mark.usefixtures("small_chunks")
def test_chunks_out_of_order_and_twice_give_each_row_one_result(ingest: Ingest) -> None:
    rows = [claim(f"A-{at % 9}", amount="0" if at == 5 else "100.00") for at in range(11)]
    upload_id = ingest.upload(Kind.INQUIRIES, table(CLAIM_HEADER, *rows))
    assert ingest.seen(upload_id).state is UploadState.RUNNING
    messages = ingest.chunks()
    assert [each["chunk"] for each in messages] == [1, 2, 3, 4, 5]
    delivered = messages * 2
    Random(4).shuffle(delivered)
    ingest.work(delivered)
    ingest.work(ingest.chunks())
    result = ingest.result(upload_id)
    assert [each["Row"] for each in result] == [str(at + 2) for at in range(11)]
    assert [each["Order Id"] for each in result] == [row[1] for row in rows]
    assert sorted(each["Result"] for each in result) == (
        ["APPLIED"] * 8 + ["REJECTED"] + ["UNCHANGED"] * 2
    )
    upload = ingest.seen(upload_id)
    assert (upload.state, upload.chunks_done, upload.rows_done) == (UploadState.DONE, 6, 11)


@pytest.mark.usefixtures("small_chunks")
def test_a_chain_of_chunks_acts_in_the_file_s_order_and_each_hands_on_the_next(
    ingest: Ingest,
) -> None:
    rows = [claim(each, amount=f"{at}.00") for at, each in enumerate(("A-1", "A-2") * 5, 1)]
    upload_id = ingest.upload(Kind.INQUIRIES, table(CLAIM_HEADER, *rows))
    delivered = []
    while messages := ingest.chunks():
        delivered += [each["chunk"] for each in messages]
        ingest.work(messages * 2)
    assert delivered == [1, 2, 3, 4]
    assert ingest.results(upload_id) == (
        [("APPLIED", "unresolved")] * 2 + [("REJECTED", "live_inquiry")] * 8
    )
    assert [each["Sale Amount"] for each in ingest.result(upload_id)] == [row[2] for row in rows]


@pytest.mark.usefixtures("small_chunks")
def test_a_worker_that_comes_after_its_chunk_was_set_aside_changes_nothing(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = ingest.upload(Kind.INQUIRIES, table(CLAIM_HEADER, *map(claim, ("A-1", "A-2") * 2)))
    (late,) = ingest.chunks()
    commit = ingest.store.commit

    def overtaken(*asked: Any, **more: Any) -> None:
        monkeypatch.setattr(ingest.store, "commit", commit)
        ingestion.set_aside(ingest.context, upload_id, 1)
        ingest.work(ingest.chunks())
        commit(*asked, **more)

    monkeypatch.setattr(ingest.store, "commit", overtaken)
    ingest.work([late])
    aside = ("REJECTED", "set_aside")
    assert ingest.results(upload_id) == [aside] * 3 + [("APPLIED", "unresolved")]
    assert market.counted(ingest.store, StoredList.of_partner("inquiries", CASHBACK)) == 1


@pytest.mark.usefixtures("small_chunks")
def test_a_chunk_that_was_stopped_before_it_was_counted_comes_to_the_same(ingest: Ingest) -> None:
    rows = [claim(f"A-{at}") for at in range(5)]
    upload_id = ingest.upload(Kind.INQUIRIES, table(CLAIM_HEADER, *rows))
    messages = ingest.chunks()
    with stack.refused_commits("", "ValidationError"), pytest.raises(Exception, match="commit"):
        ingest.work(messages[:1])
    assert market.counted(ingest.store, StoredList.of_partner("inquiries", CASHBACK)) == 3
    ingest.work(messages)
    assert ingest.results(upload_id) == [("APPLIED", "unresolved")] * 5


def test_an_event_that_comes_twice_changes_nothing(ingest: Ingest) -> None:
    upload_id = ingest.upload(Kind.INQUIRIES, table(CLAIM_HEADER, claim("A-1")))
    upload, before = ingest.seen(upload_id), stack.contents()
    ingest.receive(upload.place.key, upload.object_version)
    assert (ingest.seen(upload_id), stack.contents()) == (upload, before)


def test_a_second_object_with_the_same_form_gets_a_result_that_says_so(ingest: Ingest) -> None:
    upload_id = ingest.upload(Kind.INQUIRIES, table(CLAIM_HEADER, claim("A-1")))
    upload = ingest.seen(upload_id)
    ingest.arrive(upload.place, table(CLAIM_HEADER, claim("A-2")))
    assert market.counted(ingest.store, StoredList.of_partner("inquiries", CASHBACK)) == 1
    assert ingest.seen(upload_id) == upload
    kept = stack.client("s3").list_objects_v2(Bucket=stack.RESULTS)["Contents"]
    (told,) = [each["Key"] for each in kept if "/refused-" in each["Key"]]
    assert b"upload_used" in ingest.context.results.read(told)


@pytest.mark.parametrize("kind", [Kind.INQUIRIES, Kind.RESOLUTIONS, Kind.CONVERSIONS])
def test_a_file_uploaded_again_comes_back_unchanged(ingest: Ingest, kind: Kind) -> None:
    inquiry_id = market.file(ingest.store, "A-9").inquiry_id
    data = {
        Kind.INQUIRIES: table(CLAIM_HEADER, claim("A-1"), claim("A-2")),
        Kind.RESOLUTIONS: table(RESOLUTION_HEADER, (inquiry_id, "VALID", RECENT, SALE, "", "2.00")),
        Kind.CONVERSIONS: table(
            CONVERSION_HEADER, (CAMPAIGN, SALE, "A-1", RECENT, "1.00", CASHBACK)
        ),
    }[kind]
    first = ingest.upload(kind, data)
    before = stack.contents()
    second = ingest.upload(kind, data)
    assert {result for result, _ in ingest.results(first)} == {"APPLIED"}
    assert {result for result, _ in ingest.results(second)} == {"UNCHANGED"}
    assert ingest.result(first)[0]["Uri"] == ingest.result(second)[0]["Uri"]
    assert stack.contents() == before


def test_a_dry_run_says_what_would_happen_and_writes_nothing(ingest: Ingest) -> None:
    market.deposit(ingest.store, "7.00")
    inquiry_id = market.file(ingest.store, "A-1").inquiry_id
    row = (inquiry_id, "VALID", LONG_AGO, SALE, "", "7.00")
    before = stack.contents()
    data = table(RESOLUTION_HEADER, row, row)
    dry = ingest.upload(Kind.RESOLUTIONS, data, dry=True)
    assert stack.contents() == before
    assert ingest.results(dry) == [("APPLIED", "valid"), ("UNCHANGED", "same_valid")]
    summary = ingest.summary(dry)
    assert summary["dry_run"] is True
    assert summary["results"]["APPLIED"] == {
        "rows": 1,
        "money": {"order_amounts": {"USD": "100.00"}, "payouts_granted": {"USD": "7.00"}},
    }
    assert ingest.results(ingest.upload(Kind.RESOLUTIONS, data)) == ingest.results(dry)


def test_the_summary_counts_rows_and_money_by_result(ingest: Ingest) -> None:
    rows = [claim("A-1"), claim("A-2", "20.50"), claim("A-1"), claim("A-3", "-1")]
    data = table(CLAIM_HEADER, *rows)
    upload_id = ingest.upload(Kind.INQUIRIES, data)
    assert ingest.summary(upload_id) == {
        "upload_id": upload_id,
        "kind": "inquiries",
        "name": "a file.csv",
        "dry_run": False,
        "given": {},
        "state": "DONE",
        "fault": "",
        "warnings": [],
        "rows": 4,
        "sha256": hashlib.sha256(data).hexdigest(),
        "started": "2026-06-10T13:00:00+00:00",
        "finished": "2026-06-10T13:00:00+00:00",
        "results": {
            "APPLIED": {"rows": 2, "money": {"order_amounts": {"USD": "120.50"}}},
            "UNCHANGED": {"rows": 1, "money": {"order_amounts": {"USD": "100.00"}}},
            "REJECTED": {"rows": 1, "money": {}},
        },
        "not_decided": 0,
        "set_aside": 0,
    }


def test_a_formula_is_rejected_and_cannot_run_in_the_result(ingest: Ingest) -> None:
    formula = '=HYPERLINK("https://example.com")'
    header = (*CLAIM_HEADER, "Notes", "=Own column")
    rows = [
        (*claim("A-1"), formula, ""),
        (*claim("A-2"), "fine", "@cmd"),
        (*claim("A-3"), "", "-5"),
    ]
    upload_id = ingest.upload(Kind.INQUIRIES, table(header, *rows))
    result = ingest.result(upload_id)
    assert [(each["Result"], each["Code"]) for each in result] == [
        ("REJECTED", "formula"),
        ("REJECTED", "formula"),
        ("APPLIED", "unresolved"),
    ]
    assert result[0]["Notes"] == f"'{formula}"
    assert [each["'=Own column"] for each in result] == ["", "'@cmd", "-5"]


def test_unknown_columns_come_back_as_they_came(ingest: Ingest) -> None:
    header = ("Line", *CLAIM_HEADER, "Remark")
    rows = [("1", *claim("A-1"), 'a "quoted", remark\nin two lines'), ("2", *claim("A-2"))]
    upload_id = ingest.upload(Kind.INQUIRIES, table(header, *rows))
    first, second = ingest.result(upload_id)
    assert list(first) == [*header, "Row", "Result", "Code", "Message", "Uri"]
    assert (first["Line"], first["Remark"]) == ("1", 'a "quoted", remark\nin two lines')
    assert (second["Line"], second["Remark"], second["Row"]) == ("2", "", "4")


def test_a_file_as_spreadsheets_save_it_is_read(ingest: Ingest) -> None:
    text = (
        f"\ufeffCAMPAIGN_ID;order id;SaleAmount;Transaction Date;type\r\n{';'.join(claim('A-1'))}"
    )
    plain = ingest.upload(Kind.INQUIRIES, text.encode())
    packed = ingest.upload(Kind.INQUIRIES, gzip.compress(text.encode()))
    assert ingest.results(plain) == [("APPLIED", "unresolved")]
    assert ingest.results(packed) == [("UNCHANGED", "same_unresolved")]


GOOD = table(CLAIM_HEADER, claim("A-1"))


@pytest.mark.parametrize(
    ("data", "code", "told"),
    [
        (b"", "empty_file", "The file is empty"),
        (table(CLAIM_HEADER), "no_rows", "no row below the header"),
        (GOOD.replace(b"A-1", b"\xc4-1"), "not_utf8", "Line 2 is not UTF-8"),
        (table(CLAIM_HEADER[1:], claim("A-1")[1:]), "missing_column", "Campaign Id"),
        (GOOD.replace(b"A-1", b'"A-1'), "unclosed_quote", "line 2"),
        (b"PK\x03\x04" + GOOD, "not_csv", "A zip"),
        (gzip.compress(GOOD)[:-9], "bad_gzip", "upload it again"),
        (b"\x1f\x8b" + GOOD, "bad_gzip", "upload it again"),
    ],
    ids=["empty", "header only", "not UTF-8", "no column", "quote", "zip", "cut", "no gzip"],
)
def test_a_file_that_cannot_be_read_gets_a_result_that_says_why(
    ingest: Ingest, data: bytes, code: str, told: str
) -> None:
    before = stack.contents()
    upload_id = ingest.upload(Kind.INQUIRIES, data)
    (row,) = ingest.result(upload_id)
    assert (row["Row"], row["Result"], row["Code"]) == ("", "REJECTED", code)
    assert told in row["Message"]
    upload, summary = ingest.seen(upload_id), ingest.summary(upload_id)
    assert (upload.state, upload.fault) == (UploadState.FAILED, row["Message"])
    assert (summary["state"], summary["fault"]) == ("FAILED", row["Message"])
    assert stack.contents() == before


@pytest.mark.usefixtures("small_chunks")
def test_a_fault_in_the_last_line_keeps_every_row_from_being_touched(ingest: Ingest) -> None:
    rows = [claim(f"A-{at}") for at in range(9)]
    before = stack.contents()
    upload_id = ingest.upload(Kind.INQUIRIES, table(CLAIM_HEADER, *rows) + b'1000,"A')
    assert [each["Code"] for each in ingest.result(upload_id)] == ["unclosed_quote"]
    assert ingest.chunks() == []
    assert stack.contents() == before


def test_a_row_that_the_store_had_no_time_for_is_no_result(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makegood.store.transactions.BACKOFF_SECONDS_MAX", 0)
    codes = ["TransactionConflict"] * 8
    data = table(CLAIM_HEADER, claim("A-1"))
    with (
        stack.refused_commits("", "", "", "", "", *codes),
        pytest.raises(ingestion.Unavailable),
    ):
        ingest.upload(Kind.INQUIRIES, data)
    upload = ingest.seen("upload-1")
    assert upload.state is UploadState.RUNNING
    ingest.receive(upload.place.key, upload.object_version)
    assert ingest.chunks() == []
    ingest.work([{"upload_id": "upload-1", "chunk": 1}])
    assert ingest.results("upload-1") == [("APPLIED", "unresolved")]


def test_a_long_result_goes_up_in_parts(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makegood.aws.s3.PART_BYTES", 5 * 1024 * 1024)
    pieces = [bytes([at]) * 1_500_000 for at in range(9)]
    for count in (1, 4, 8, 9):
        ingest.context.results.join("long.csv", pieces[:count], ingestion.CSV)
        assert ingest.context.results.read("long.csv") == b"".join(pieces[:count])
