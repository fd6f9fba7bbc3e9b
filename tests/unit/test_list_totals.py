"""How long a list is: counted as far as its index serves it, else as it is kept, else at most."""

from dataclasses import replace

import pytest
from makegood.api import listing
from makegood.domain.inquiries import InquiryState
from makegood.store.indexes import Uncounted

from tests.unit.memory_lists import Lists, by_advertiser, by_partner
from tests.unit.test_listings import faults, ids, listed, of


def test_a_list_too_long_to_be_counted_says_that_there_is_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "COUNT_MAX", 5)
    monkeypatch.setattr(listing, "EXACT_MAX", 5)
    monkeypatch.setattr(listing, "DEPTH_MAX", 20)
    lists = of(6)
    part = "&StartDate=2026-03-10T12:00:00Z"
    for told, query, expected in ((0, "", 25), (7, "", 7), (7, part, 12)):
        lists.told_counts["inquiries/by_partner/10001"] = told
        answer = listed(lists, by_partner(f"/ActionInquiries?PageSize=1{query}"))
        assert answer["@total"] == str(expected)
    assert faults(of(6), "/ActionInquiries?PageSize=1&Page=22") == [("Page", "too_deep")]


def test_a_list_that_there_is_no_time_to_count_is_as_long_as_is_kept_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow(*_: object) -> int:
        raise Uncounted(5)

    monkeypatch.setattr(Lists, "count_listed", slow)
    lists = of(6)
    for told, expected in ((70_935, 70_935), (3, 5)):
        lists.told_counts["inquiries/by_partner/10001"] = told
        answer = listed(lists, by_partner("/ActionInquiries?PageSize=1"))
        assert answer["@total"] == str(expected)


@pytest.mark.parametrize(
    ("query", "total"),
    [("", 60), ("&StartDate=2026-03-10T12:31:00Z", 30), ("&ResolutionStatus=UNRESOLVED", 60)],
)
def test_what_its_index_serves_is_counted_exactly_and_once_however_long(
    monkeypatch: pytest.MonkeyPatch, query: str, total: int
) -> None:
    for limit in ("COUNT_MAX", "EXAMINED_MAX"):
        monkeypatch.setattr(listing, limit, 5)
    lists, uri, found = of(60), f"/ActionInquiries?CampaignId=1000&PageSize=7{query}", 0
    while uri:
        answer = listed(lists, by_advertiser(uri))
        assert (answer["@total"], answer["@numpages"]) == (str(total), str(-(-total // 7)))
        found += len(ids(answer))
        uri = answer["@nextpageuri"]
        monkeypatch.setattr(Lists, "count_listed", None)
    assert found == total


def test_what_the_index_of_the_undecided_still_has_is_looked_at() -> None:
    lists = of(3)
    lists.kept["2"] = replace(lists.kept["2"], state=InquiryState.VALID)
    uri = "/ActionInquiries?CampaignId=1000&ResolutionStatus=UNRESOLVED"
    assert ids(listed(lists, by_advertiser(uri))) == ["3", "1"]
