"""No page is short before the last: by links and by numbers, and for every way to know the end."""

from collections.abc import Callable
from typing import Any

import pytest
from makegood.api import listing

from tests.unit.memory_lists import an_inquiry, by_partner, instant
from tests.unit.test_listings import faults, ids, listed, of


@pytest.mark.parametrize("stops_at", ["short page", "empty page", "@numpages", "@total"])
@pytest.mark.parametrize("size", [1, 3, 4, 50])
def test_pages_by_number_have_every_thing_however_a_client_knows_the_end(
    size: int, stops_at: str
) -> None:
    """Also while things arrive, and leave what was read."""
    lists, found = of(12), []
    first: dict[str, Any] = {}
    for number in range(1, 15):
        answer = listed(lists, by_partner(f"/ActionInquiries?PageSize={size}&Page={number}"))
        page = ids(answer)
        found += page
        first = first or answer
        lists.add(an_inquiry(100 + number, instant(100 + number)))
        done = {
            "short page": len(page) < size,
            "empty page": not page,
            "@numpages": number >= int(first["@numpages"]),
            "@total": len(found) >= int(first["@total"]),
        }
        if done[stops_at]:
            break
    assert found == [str(each) for each in range(12, 0, -1)]


def test_a_filter_that_finds_next_to_nothing_fills_its_page_all_the_same() -> None:
    count = 3 * listing.READ_MAX
    rare = (an_inquiry(count + each, instant(-each), customer_id="c-1") for each in range(1, 4))
    lists = of(count, page_max=40).add(*rare)
    uri, answers = "/ActionInquiries?CustomerId=c-1&PageSize=2", []
    while uri:
        answers.append(listed(lists, by_partner(uri)))
        uri = answers[-1]["@nextpageuri"]
    assert [len(ids(each)) for each in answers] == [2, 1]
    assert {(each["@total"], each["@numpages"]) for each in answers} == {("3", "2")}


class Hurry:
    """A clock that has time for so many looks at it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **looks: int) -> None:
        seconds = {getattr(listing, name): count for name, count in looks.items()}

        def clock_of(asked: float) -> Callable[[], bool]:
            left = iter(range(seconds.get(asked, 1_000_000)))
            return lambda: next(left, None) is not None

        monkeypatch.setattr(listing, "clock_of", clock_of)


def test_a_page_is_short_only_where_time_is_up_and_never_empty_before_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "READ_MAX", 5)
    monkeypatch.setattr(listing, "READ_SECONDS", 1.5)
    Hurry(monkeypatch, READ_SECONDS=3)
    rare = (an_inquiry(1_000 + each, instant(-each), customer_id="c-1") for each in range(4))
    lists = of(100, page_max=5).add(*rare)
    uri, answers = "/ActionInquiries?CustomerId=c-1&PageSize=3", []
    while uri:
        answers.append(listed(lists, by_partner(uri)))
        uri = answers[-1]["@nextpageuri"]
    assert all(ids(each) for each in answers[:-1])
    assert [each for answer in answers for each in ids(answer)] == ["1000", "1001", "1002", "1003"]
    assert answers[-1]["@total"] == "4"


def test_a_search_that_finds_nothing_in_its_time_says_what_to_narrow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "READ_MAX", 5)
    monkeypatch.setattr(listing, "SEARCH_SECONDS", 2.5)
    Hurry(monkeypatch, SEARCH_SECONDS=2)
    assert faults(of(60, page_max=5), "/ActionInquiries?CustomerId=c-1") == [
        ("StartDate", "too_wide")
    ]
