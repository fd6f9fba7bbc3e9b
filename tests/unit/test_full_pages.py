"""No page is short before the last: by links and by numbers, and for every way to know the end."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from makegood.api import inquiries, listing
from makegood.api.negotiation import Accepted
from makegood.domain.inquiries import Comment

from tests.unit.memory_lists import NOW, Lists, an_inquiry, by_partner, instant
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


TALK = tuple(Comment("Shoes", '"' * 2_000, NOW) for _ in range(100))
"""What makes an inquiry weigh some 800 KB: seven of them fill an answer."""


def heavy(first: int, last: int) -> list[Any]:
    return [an_inquiry(each, instant(each), comments=TALK) for each in range(first, last + 1)]


def numbered(page: int) -> str:
    return f"/ActionInquiries?PageSize=20&Page={page}"


@pytest.mark.parametrize("way", ["one after the other", "all at once", "later", "by links"])
def test_pages_that_are_cut_to_fit_an_answer_lose_nothing(way: str) -> None:
    """As many pages as the first one says, in every order; later, only the size is remembered."""
    lists = Lists().add(*heavy(1, 24))
    answer = listed(lists, by_partner(numbered(1)))
    found, count = ids(answer), int(answer["@numpages"])
    assert answer["@pagesize"] == str(len(found))
    assert f"PageSize={len(found)}&" in answer["@lastpageuri"]
    assert listed(lists, by_partner(answer["@lastpageuri"]))["@page"] == str(count)
    if way == "by links":
        while uri := answer["@nextpageuri"]:
            answer = listed(lists, by_partner(uri))
            found += ids(answer)
    else:
        pages = list(range(2, count + 1))
        for number in reversed(pages) if way == "all at once" else pages:
            if way == "later":
                lists.walks = {key: each for key, each in lists.walks.items() if key[1] == 2}
            found += ids(listed(lists, by_partner(numbered(number))))
    assert sorted(map(int, found)) == list(range(1, 25))


def test_a_page_by_number_that_cannot_hold_what_its_number_promises_says_what_to_ask_for() -> None:
    lists = of(20).add(*heavy(-19, 0))
    assert listed(lists, by_partner(numbered(1)))["@numpages"] == "2"
    assert faults(lists, numbered(2)) == [("PageSize", "too_heavy")]
    following = listed(lists, by_partner(numbered(1)))["@nextpageuri"]
    by_link = listed(lists, by_partner(following))
    assert by_link["@nextpageuri"]
    assert not by_link["@lastpageuri"]


def test_clients_of_two_forms_share_no_ends_of_pages() -> None:
    """A zipped answer has room for what two plain ones have."""
    lists = Lists().add(*heavy(1, 24))

    def zipped(page: int) -> list[str]:
        request = replace(by_partner(numbered(page)), accepted=Accepted(gzip=True))
        return ids(json.loads(gzip.decompress(inquiries.inquiries(lists, request).body)))

    first = listed(lists, by_partner(numbered(1)))
    assert zipped(1) + zipped(2) == [str(each) for each in range(24, 0, -1)]
    found = ids(first)
    for number in range(2, int(first["@numpages"]) + 1):
        found += ids(listed(lists, by_partner(numbered(number))))
    assert found == [str(each) for each in range(24, 0, -1)]
