"""Files as other networks lay them out; what they do not say comes with the upload."""

from zoneinfo import ZoneInfo

import pytest
from makegood.domain.problems import Invalid
from makegood.domain.uploads import Kind
from makegood.files.columns import Columns
from makegood.files.layouts import LAYOUTS, alias_of, field_of
from makegood.forms import given
from makegood.forms.fields import GIVEN_FIELDS

from tests.memory_ingest import Ingest

GIVEN_ALL = {
    "CampaignId": "1000",
    "InquiryType": "INCORRECT",
    "Currency": "EUR",
    "TimeZone": "Europe/Paris",
}
DIALECTS = {
    "enquiry_id,merchant_id,type,click_ref,amount,commission,date,customer_reference,reference,"
    "description": (
        "E-1,1000,untracked,CR1,65.99,2.30,2026-03-05 10:00:00,M-7,A-1,Two for one",
        {
            "MediaPartnerInquiryId": "E-1",
            "CampaignId": "1000",
            "InquiryType": "untracked",
            "TransactionAmount": "65.99",
            "ExpectedPayout": "2.30",
            "TransactionDate": "2026-03-05 10:00:00",
            "CustomerId": "M-7",
            "OrderId": "A-1",
            "InquiryNotes": "Two for one",
        },
    ),
    "MID,Order ID,Order Date,Order Amount,Member ID,Comments": (
        "1000,A-1,2026-03-05,65.99,M-7,Two for one",
        {
            "CampaignId": "1000",
            "OrderId": "A-1",
            "TransactionDate": "2026-03-05",
            "TransactionAmount": "65.99",
            "CustomerId": "M-7",
            "InquiryNotes": "Two for one",
        },
    ),
    "UniqueId,OrderId,OrderDate,SaleValue,Currency,Description": (
        "E-1,A-1,2026-03-05 10:00,65.99,USD,Two for one",
        {
            "MediaPartnerInquiryId": "E-1",
            "OrderId": "A-1",
            "TransactionDate": "2026-03-05 10:00",
            "TransactionAmount": "65.99",
            "Currency": "USD",
            "InquiryNotes": "Two for one",
        },
    ),
    "advertiser_id,order_id,order_date,sale_amount,sid,inquiry": (
        "1000,A-1,2026-03-05T10:00,65.99,M-7,Two for one",
        {
            "CampaignId": "1000",
            "OrderId": "A-1",
            "TransactionDate": "2026-03-05T10:00",
            "TransactionAmount": "65.99",
            "CustomerId": "M-7",
            "InquiryNotes": "Two for one",
        },
    ),
}
CASES = pytest.mark.parametrize(
    ("header", "row", "fields"),
    [(header, *rest) for header, rest in DIALECTS.items()],
    ids=[header.split(",")[0] for header in DIALECTS],
)
INQUIRIES = Kind.INQUIRIES


def faults(header: str, given: dict[str, str] | None = None) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        Columns.match(header.split(","), INQUIRIES, given)
    return [(fault.field, fault.code) for fault in caught.value.faults]


@CASES
def test_a_row_says_the_same_in_the_words_of_another_network(header, row, fields) -> None:
    for written in (header, header.upper(), header.replace("_", " ")):
        found = Columns.match(written.split(","), INQUIRIES, GIVEN_ALL)
        assert found.faults(row.split(",")) == ()
        assert found.fields(row.split(",")) == GIVEN_ALL | fields


@CASES
def test_what_a_dialect_lacks_is_asked_for_and_never_guessed(header, row, fields) -> None:
    needed = {"CampaignId", "InquiryType", "Currency"} - set(fields)
    titles = {"Campaign Id": "CampaignId", "Type": "InquiryType", "Currency": "Currency"}
    assert {titles[name] for name, _ in faults(header)} == needed
    for name in needed:
        given = {each: text for each, text in GIVEN_ALL.items() if each != name}
        assert faults(header, given) == [
            (title, "missing_column") for title, wire in titles.items() if wire == name
        ]


@CASES
def test_a_date_of_no_time_zone_is_refused_unless_one_was_given(header, row, fields) -> None:
    given = {name: text for name, text in GIVEN_ALL.items() if name != "TimeZone"}
    found = Columns.match(header.split(","), INQUIRIES, given)
    (fault,) = found.faults(row.split(","))
    assert (fault.field, fault.code) == ("TransactionDate", "no_time_zone")
    offset = row.replace(fields["TransactionDate"], "2026-03-05T10:00:00Z")
    assert found.faults(offset.split(",")) == ()


OWN = "Campaign Id,Order Id,Sale Amount,Transaction Date,Type"


def test_our_own_names_win_and_a_header_that_lacks_nothing_is_ours() -> None:
    found = Columns.match(f"{OWN},Commission,Reference".split(","), INQUIRIES)
    assert set(found.names) == {LAYOUTS[INQUIRIES].columns[title] for title in OWN.split(",")}
    mixed = "Order Id,MID,Reference,Sale Amount,date,type,currency"
    assert Columns.match(mixed.split(","), INQUIRIES).names["OrderId"] == "Order Id"


def test_a_header_of_ours_that_lacks_a_column_is_not_taken_for_another_network_s() -> None:
    header = OWN.removesuffix(",Type") + ",Comments"
    assert faults(header) == [("Type", "missing_column")]
    found = Columns.match(header.split(","), INQUIRIES, {"InquiryType": "UNTRACKED"})
    assert found.faults(["1000", "A-1", "5", "2026-03-05", "Two"]) == ()


def test_two_words_for_one_column_are_refused() -> None:
    header = "MID,Order ID,Order Date,Order Amount,Comments,Description"
    assert faults(header, GIVEN_ALL) == [("Description", "duplicate_column")]


def test_a_row_s_own_word_counts_before_what_was_given() -> None:
    found = Columns.match([*OWN.split(","), "Currency"], INQUIRIES, GIVEN_ALL)
    row = ["1001", "A-1", "5", "2026-03-05", "", "USD"]
    assert found.fields(row) == GIVEN_ALL | {
        "CampaignId": "1001",
        "OrderId": "A-1",
        "TransactionAmount": "5",
        "TransactionDate": "2026-03-05",
        "Currency": "USD",
    }


def test_no_alias_is_a_column_of_ours() -> None:
    for kind, layout in LAYOUTS.items():
        aliases = layout.aliases
        assert [name for name in aliases if field_of(name, kind)] == []
        assert set(aliases.values()) <= set(layout.columns.values())
        assert {alias_of(name, kind) for name in aliases} == set(aliases.values())


@pytest.mark.parametrize(
    ("kind", "fields", "fault"),
    [
        (INQUIRIES, {"CampaignId": "10 00"}, ("CampaignId", "bad_id")),
        (INQUIRIES, {"InquiryType": "LATE"}, ("InquiryType", "unknown_type")),
        (INQUIRIES, {"Currency": "XXX"}, ("Currency", "unknown_currency")),
        (INQUIRIES, {"TimeZone": "Mars"}, ("TimeZone", "unknown_time_zone")),
        (INQUIRIES, {"ActionTrackerId": "1"}, ("ActionTrackerId", "unknown_field")),
        (Kind.RESOLUTIONS, {"Currency": "USD"}, ("Currency", "unknown_field")),
        (Kind.RESOLUTIONS, {"Complete": "true"}, ("Complete", "unknown_field")),
        (
            Kind.ORDERS,
            {"CoverageStart": "May", "CoverageEnd": "2026-05-31"},
            ("CoverageStart", "not_a_date"),
        ),
        (Kind.ORDERS, {"CoverageStart": "2026-05-01"}, ("CoverageStart", "no_coverage")),
        (Kind.ORDERS, {"Complete": "true"}, ("CoverageStart", "no_coverage")),
        (Kind.ORDERS, {"Complete": "all of it"}, ("Complete", "not_a_switch")),
        (
            Kind.ORDERS,
            {"CoverageStart": "2026-05-31", "CoverageEnd": "2026-05-01", "Complete": "true"},
            ("CoverageEnd", "coverage_ends_first"),
        ),
    ],
)
def test_what_is_given_is_read_before_the_file_is_awaited(kind, fields, fault) -> None:
    with pytest.raises(Invalid) as caught:
        given.read(fields, LAYOUTS[kind].given)
    assert [(each.field, each.code) for each in caught.value.faults] == [fault]


def test_what_is_given_is_kept_as_a_row_would_write_it() -> None:
    written = {"InquiryType": "incorrect", "Currency": " eur", "TimeZone": "Europe/Paris"}
    assert given.read(
        {**written, "Kind": "inquiries", "CampaignId": ""}, LAYOUTS[INQUIRIES].given
    ) == {
        "InquiryType": "INCORRECT",
        "Currency": "EUR",
        "TimeZone": "Europe/Paris",
    }
    assert {name for layout in LAYOUTS.values() for name in layout.given} == set(GIVEN_FIELDS)


@CASES
def test_a_whole_file_of_a_dialect_becomes_inquiries(header, row, fields) -> None:
    ingest = Ingest()
    given = {**GIVEN_ALL, "Currency": "USD"}
    upload_id = ingest.send(INQUIRIES, f"{header}\n{row}\n".encode(), given=given)
    (told,) = ingest.result(upload_id)
    assert (told["Result"], told["Code"]) == ("APPLIED", "unresolved")
    (inquiry,) = ingest.kept.inquiries.values()
    wall = inquiry.claim.ordered_at.astimezone(ZoneInfo("Europe/Paris"))
    assert f"{wall:%Y-%m-%d %H:%M}" in ("2026-03-05 00:00", "2026-03-05 10:00")
    assert inquiry.claim.inquiry_type == fields.get("InquiryType", "INCORRECT").upper()
