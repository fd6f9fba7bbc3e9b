"""How long a list is: counted as far as its index serves it, else as it is kept, else at most."""

from dataclasses import replace

import pytest
from makegood.domain.inquiries import InquiryState

from tests.unit.memory_lists import Lists, by_advertiser, by_partner
from tests.unit.test_listings import ids, listed, of


def test_a_total_that_could_not_be_counted_says_that_it_is_a_bound() -> None:
    lists = of(12, countable=10)
    answer = listed(lists, by_partner("/ActionInquiries?PageSize=5"))
    assert (answer["@total"], "Warnings" in answer) == ("20", True)
    while answer["@nextpageuri"]:
        assert "upper bounds" in answer["Warnings"][0]
        answer = listed(lists, by_partner(answer["@nextpageuri"]))
    assert (answer["@total"], "Warnings" in answer) == ("12", False)


def test_a_list_that_there_is_no_time_to_count_is_as_long_as_is_kept_of_it() -> None:
    lists = of(12, countable=10, told_count=70_935)
    answer = listed(lists, by_partner("/ActionInquiries?PageSize=5"))
    assert (answer["@total"], "Warnings" in answer) == ("70935", False)


@pytest.mark.parametrize(
    ("query", "total"),
    [("", 60), ("&StartDate=2026-03-10T12:31:00Z", 30), ("&ResolutionStatus=UNRESOLVED", 60)],
)
def test_what_its_index_serves_is_counted_once_a_walk(
    monkeypatch: pytest.MonkeyPatch, query: str, total: int
) -> None:
    lists, uri, found = of(60), f"/ActionInquiries?CampaignId=1000&PageSize=7{query}", 0
    while uri:
        answer = listed(lists, by_advertiser(uri))
        assert (answer["@total"], answer["@numpages"]) == (str(total), str(-(-total // 7)))
        found += len(ids(answer))
        uri = answer["@nextpageuri"]
        monkeypatch.setattr(Lists, "count_list", None)
    assert found == total


def test_what_the_index_of_the_undecided_still_has_is_looked_at() -> None:
    lists = of(3)
    lists.late = {"2"}
    lists.kept["2"] = replace(lists.kept["2"], state=InquiryState.VALID)
    uri = "/ActionInquiries?CampaignId=1000&ResolutionStatus=UNRESOLVED"
    assert ids(listed(lists, by_advertiser(uri))) == ["3", "1"]
