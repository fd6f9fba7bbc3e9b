"""Lists by HTTP: filters, pages that neither lose nor repeat, and the file of the undecided."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from makegood.domain.parties import Role
from makegood.domain.uploads import Kind, Place
from makegood.store.indexes import StoredList
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import ADVERTISER, OTHER_PARTNER, PARTNER, Client
from tests.integration.ingest import Ingest, table
from tests.integration.market import CAMPAIGN, CASHBACK, LONG_AGO, LOYALTY, NOW, SALE, SHOP

INQUIRIES = f"/ActionInquiries?CampaignId={CAMPAIGN}"


def orders(client: Client, path: str) -> list[str]:
    """The order ids of a page, oldest first so that they read like they were made."""
    body = client.get(path).body
    listed = body.get("ActionInquiries", body.get("Actions"))
    return [each.get("OrderId") or each["Oid"] for each in reversed(listed)]


def file_some(store: Store, count: int) -> None:
    for at in range(count):
        market.file(store, f"A-{at}", at=NOW - timedelta(minutes=count - at))


def follow(client: Client, uri: str, name: str = "@nextpageuri") -> list[dict[str, Any]]:
    """All pages from this one on, as a client goes along them."""
    pages = []
    while uri:
        answer = client.get(uri)
        assert answer.status == 200
        pages.append(answer.body)
        uri = answer.body[name]
    return pages


def listed(pages: list[dict[str, Any]], name: str = "ActionInquiries") -> list[str]:
    return [each.get("OrderId") or each["Oid"] for page in pages for each in page[name]]


def test_nothing_found_is_an_empty_list_in_its_envelope(live: Store) -> None:
    body = ADVERTISER.get(f"/ActionInquiries.json?CampaignId={CAMPAIGN}&OrderId=A%201").body
    root = f"{ADVERTISER.root}/ActionInquiries.json?CampaignId={CAMPAIGN}&OrderId=A+1"
    assert body == {
        "@page": "1",
        "@numpages": "1",
        "@pagesize": "1000",
        "@total": "0",
        "@start": "0",
        "@end": "0",
        "@uri": root,
        "@firstpageuri": f"{root}&Page=1",
        "@previouspageuri": "",
        "@nextpageuri": "",
        "@lastpageuri": f"{root}&Page=1",
        "ActionInquiries": [],
    }


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_pages_follow_one_another_newest_first(live: Store, suffix: str) -> None:
    file_some(live, 7)
    path = f"{ADVERTISER.root}/ActionInquiries{suffix}?CampaignId={CAMPAIGN}&PageSize=3"
    pages = follow(ADVERTISER, path)
    assert listed(pages) == [f"A-{at}" for at in reversed(range(7))]
    facts = ("@page", "@numpages", "@pagesize", "@total", "@start", "@end")
    assert [tuple(page[name] for name in facts) for page in pages] == [
        ("1", "3", "3", "7", "0", "2"),
        ("2", "3", "3", "7", "3", "5"),
        ("3", "3", "3", "7", "6", "6"),
    ]
    back = follow(ADVERTISER, pages[-1]["@uri"], "@previouspageuri")
    assert [page["ActionInquiries"] for page in back] == [
        page["ActionInquiries"] for page in reversed(pages)
    ]
    for uri in (pages[1]["@firstpageuri"], pages[1]["@lastpageuri"]):
        assert uri.startswith(f"{ADVERTISER.root}/ActionInquiries{suffix}?CampaignId={CAMPAIGN}")
    assert listed([ADVERTISER.get(pages[0]["@lastpageuri"]).body]) == ["A-0"]


def test_pages_stay_as_they_were_while_claims_arrive_and_are_decided(live: Store) -> None:
    file_some(live, 5)
    first = PARTNER.get("/ActionInquiries?PageSize=2&ResolutionStatus=UNRESOLVED").body
    market.file(live, "B-1")
    second = PARTNER.get(first["@nextpageuri"]).body
    decided = second["ActionInquiries"][0]["Id"]
    market.resolve(live, market.declined(decided))
    third = PARTNER.get(second["@nextpageuri"]).body
    assert listed([first, second, third]) == ["A-4", "A-3", "A-2", "A-1", "A-0"]


def test_things_of_one_instant_are_each_listed_once(live: Store) -> None:
    for at in range(6):
        market.file(live, f"A-{at}")
    pages = follow(ADVERTISER, f"{INQUIRIES}&PageSize=1")
    assert sorted(listed(pages)) == [f"A-{at}" for at in range(6)]


def test_a_parameter_given_twice_alike_is_one(live: Store) -> None:
    file_some(live, 3)
    following = ADVERTISER.get(f"{INQUIRIES}&PageSize=2").body["@nextpageuri"]
    twice = f"{following}&CampaignId={CAMPAIGN}&PageSize=2"
    assert (
        ADVERTISER.get(twice).body["ActionInquiries"]
        == (ADVERTISER.get(following).body["ActionInquiries"])
    )
    other = ADVERTISER.get(f"{following}&PageSize=3")
    assert (other.status, other.body["@pagesize"]) == (200, "3")


def test_pages_may_be_asked_for_by_number_and_any_size(live: Store) -> None:
    file_some(live, 5)
    assert orders(ADVERTISER, f"{INQUIRIES}&PageSize=2&Page=2") == ["A-1", "A-2"]
    assert orders(ADVERTISER, f"{INQUIRIES}&PageSize=2&Page=9") == []
    assert ADVERTISER.get(f"{INQUIRIES}&PageSize=50000").body["@pagesize"] == "20000"


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("&Page=0", "Page", "not_a_count"),
        ("&PageSize=x", "PageSize", "not_a_count"),
        ("&Page=2&Cursor=bm9uZQ", "Cursor", "bad_cursor"),
        ("&StartDate=soon", "StartDate", "not_a_date"),
        ("&TransactionDateEnd=2026-02-30", "TransactionDateEnd", "not_a_date"),
        ("&ResolutionStatus=MAYBE", "ResolutionStatus", "unknown_state"),
    ],
)
def test_a_parameter_at_fault_is_named(live: Store, query: str, field: str, code: str) -> None:
    answer = ADVERTISER.get(INQUIRIES + query)
    assert (answer.status, answer.faults) == (400, [(field, code)])


def test_an_advertiser_names_the_campaign_of_inquiries(live: Store) -> None:
    answer = ADVERTISER.get("/ActionInquiries")
    assert (answer.status, answer.faults) == (400, [("CampaignId", "required")])


ALL = ["A-1", "A-2", "A-3", "A-4"]


@pytest.fixture
def assorted(live: Store) -> Store:
    market.file(live, "A-1", at=NOW - timedelta(days=2), CustomerId="c-1")
    market.file(live, "A-2", at=NOW - timedelta(days=1), MediaPartnerInquiryId="ref-2")
    market.file(live, "A-3", LOYALTY, TransactionDate=LONG_AGO)
    declined = market.file(live, "A-4")
    market.resolve(live, market.declined(declined.inquiry_id))
    return live


def test_a_list_is_narrowed_by_its_filters(assorted: Store) -> None:
    expected = {
        "": ALL,
        "&Unknown=1&IrVersion=14": ALL,
        f"&MediaPartnerId={LOYALTY}": ["A-3"],
        "&OrderId=A-2": ["A-2"],
        "&ResolutionStatus=declined": ["A-4"],
        "&StartDate=2026-06-09T12:00:00Z": ["A-2", "A-3", "A-4"],
        "&EndDate=2026-06-09T12:00:00Z": ["A-1", "A-2"],
        "&EndDate=2026-06-09T11:59:59Z": ["A-1"],
        "&EndDate=2026-06-09": ["A-1", "A-2"],
        "&StartDate=2026-06-09T05:00:00-0700&EndDate=2026-06-09T12:00:00%2B00:00": ["A-2"],
        "&StartDate=2026-06-10&EndDate=2026-06-09": [],
        "&StartDate=2026-06-10": ["A-3", "A-4"],
        "&StartDate=2000-01-01T00:00:00Z&EndDate=2999-01-01T00:00:00+0000": ALL,
        "&TransactionDateStart=2026-04-01&TransactionDateEnd=2026-04-02": ["A-3"],
        "&ActionDateStart=2026-04-01&ActionDateEnd=2026-04-02": ["A-3"],
        "&TransactionDateStart=2026-06-01&ResolutionStatus=UNRESOLVED": ["A-1", "A-2"],
    }
    assert {query: sorted(orders(ADVERTISER, INQUIRIES + query)) for query in expected} == expected
    for query, found in expected.items():
        body = ADVERTISER.get(INQUIRIES + query).body
        assert body["@total"] == str(len(found))
        assert len(body.get("Warnings", [])) == ("Unknown" in query)


def test_a_partner_sees_its_own_inquiries(assorted: Store) -> None:
    expected = {
        "": ["A-1", "A-2", "A-4"],
        "?CustomerId=c-1": ["A-1"],
        "?MediaPartnerInquiryId=ref-2": ["A-2"],
        f"?CampaignId={CAMPAIGN}": ["A-1", "A-2", "A-4"],
        f"?CampaignId={market.STRANGE_CAMPAIGN}": [],
        "?CampaignId=none": [],
    }
    path = "/ActionInquiries"
    assert {query: sorted(orders(PARTNER, path + query)) for query in expected} == expected
    assert orders(OTHER_PARTNER, path) == ["A-3"]


def test_actions_are_narrowed_by_state_and_dates(live: Store) -> None:
    market.accept(live, "A-1", TransactionDate=LONG_AGO)
    market.track(live, "A-2")
    market.track(live, "A-3", at=NOW - timedelta(days=1), MediaPartnerId=LOYALTY)
    expected = {
        "": ["A-1", "A-2", "A-3"],
        "&State=PENDING": ["A-2", "A-3"],
        "&State=APPROVED": ["A-1"],
        "&OrderId=A-3": ["A-3"],
        "&ActionDateStart=2026-06-01": ["A-2", "A-3"],
        "&LockingDateEnd=2026-05-01": ["A-1"],
        "&StartDate=2026-06-10T12:00:00Z": ["A-1", "A-2"],
    }
    path = f"/Actions?CampaignId={CAMPAIGN}"
    assert {query: sorted(orders(ADVERTISER, path + query)) for query in expected} == expected
    own = {query: [each for each in found if each != "A-3"] for query, found in expected.items()}
    path = "/Actions?Page=1"
    assert {query: sorted(orders(PARTNER, path + query)) for query in expected} == own


def test_pages_of_actions_follow_one_another(live: Store) -> None:
    for at in range(5):
        market.track(live, f"A-{at}", at=NOW + timedelta(minutes=at))
    pages = follow(PARTNER, "/Actions?PageSize=2")
    assert listed(pages, "Actions") == ["A-4", "A-3", "A-2", "A-1", "A-0"]


def test_the_undecided_are_a_file_that_comes_back_decided(live: Store) -> None:
    """Downloaded page by page, filled in as in a spreadsheet, uploaded as it is."""
    ingest = Ingest(live)
    file_some(live, 3)
    market.file(live, "=A-9", InquiryNotes="an order id that would run")
    gone = market.file(live, "A-8")
    market.resolve(live, market.declined(gone.inquiry_id))
    rows: list[dict[str, str]] = []
    path = f"/ActionInquiries.csv?CampaignId={CAMPAIGN}&PageSize=2"
    while path:
        answer = ADVERTISER.get(path)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        rows += csv.DictReader(io.StringIO(answer.text, newline=""))
        path = answer.headers.get("Link", "").removesuffix('>; rel="next"').removeprefix("<")
    assert [row["Order Id"] for row in rows] == ["'=A-9", "A-2", "A-1", "A-0"]
    for row in rows:
        row.update({"Resolution Status": "VALID", "Action Tracker": SALE})
    data = table(list(rows[0]), *(list(row.values()) for row in rows))
    upload_id = ingest.upload(Kind.RESOLUTIONS, data)
    assert ingest.results(upload_id) == [("APPLIED", "valid")] * 4
    assert [row["Partner"] for row in ingest.result(upload_id)] == ["Cashback Club"] * 4
    assert market.counted(live, StoredList.of_partner("actions", CASHBACK)) == 4
    undecided = ADVERTISER.get(f"/ActionInquiries.csv?CampaignId={CAMPAIGN}").text
    assert len(undecided.splitlines()) == 1


def test_a_sheet_is_ordered_made_and_fetched(live: Store) -> None:
    ingest = Ingest(live)
    file_some(live, 3)
    asked = {"Kind": "Undecided", "CampaignId": CAMPAIGN}
    ordered = ADVERTISER.post("/Sheets", asked)
    assert (ordered.status, ordered.body["Status"]) == (200, "QUEUED")
    uri = ordered.body["QueuedUri"]
    assert ADVERTISER.get(uri).body["Status"] == "AWAITED"
    while messages := ingest.chunks():
        ingest.work(messages)
    seen = ADVERTISER.get(uri).body
    expected = {"Kind": "undecided", "Status": "DONE", "RowsDone": "3", "RowsTotal": "3"}
    assert {name: seen[name] for name in expected} == expected
    sheet_id = uri.rpartition("/")[2]
    assert f"/advertisers/{SHOP}/{sheet_id}/result.csv?" in seen["ResultUri"]
    assert [row["Order Id"] for row in ingest.result(sheet_id)] == ["A-2", "A-1", "A-0"]
    assert [each["Id"] for each in ADVERTISER.get("/Files").body["Files"]] == [sheet_id]


def test_a_sheet_is_of_a_campaign_of_one_s_own_and_of_a_kind_that_there_is(live: Store) -> None:
    asked = {"Kind": "undecided", "CampaignId": market.STRANGE_CAMPAIGN}
    assert ADVERTISER.post("/Sheets", asked).status == 404
    for fields, fault in (
        ({**asked, "Kind": "resolutions"}, ("Kind", "unknown_kind")),
        ({"Kind": "undecided"}, ("CampaignId", "required")),
        ({**asked, "Name": "x"}, ("Name", "unknown_field")),
        ({**asked, "Format": "ods"}, ("Format", "unknown_format")),
    ):
        assert ADVERTISER.post("/Sheets", fields).faults == [fault]
    assert PARTNER.post("/Sheets", asked).body["code"] == "resource_unknown"
    announced = {"Kind": "undecided", "Name": "a.csv", "Size": "9"}
    assert ADVERTISER.post("/Files", announced).faults == [("Kind", "unknown_kind")]


def test_an_upload_shows_its_progress_and_where_its_result_is(live: Store) -> None:
    ingest = Ingest(live)
    opened = ADVERTISER.post(
        "/Files", {"Kind": "conversions", "Name": "a.csv", "Size": "999", "DryRun": "true"}
    )
    data = table(
        ("Campaign Id", "Action Tracker", "Order Id", "Event Date", "Amount", "Partner Id"),
        (CAMPAIGN, SALE, "A-1", "2026-06-01", "1.00", CASHBACK),
    )
    ingest.arrive(Place(Role.ADVERTISER, SHOP, Kind.CONVERSIONS, opened.id, "a.csv"), data)
    seen = ADVERTISER.get(f"/Files/{opened.id}").body
    expected = {"Status": "DONE", "RowsDone": "1", "RowsTotal": "1", "DryRun": "true", "Fault": ""}
    expected["Warnings"] = []
    assert {name: seen[name] for name in expected} == expected
    assert seen["StartDate"] == datetime(2026, 6, 10, 12, tzinfo=UTC).isoformat()
    for name, link in (("result.csv", "ResultUri"), ("summary.json", "SummaryUri")):
        assert f"/advertisers/{SHOP}/{opened.id}/{name}?" in seen[link]
