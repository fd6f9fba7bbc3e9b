"""Lists: who sees what, which parameters are understood, and pages that can be followed."""

import json
from dataclasses import replace
from typing import Any

import pytest
from makegood.api import actions, bodies, inquiries, listing, pagination
from makegood.api.http import Reply, Request
from makegood.api.pagination import Total
from makegood.domain.actions import ActionState
from makegood.domain.inquiries import Comment, InquiryState
from makegood.domain.parties import Role
from makegood.domain.problems import Invalid, NotFound

from tests.unit.memory_lists import (
    NOW,
    OTHER_CAMPAIGN,
    Lists,
    a_request,
    an_action,
    an_inquiry,
    by_advertiser,
    by_partner,
    instant,
    query_of,
)

ONE = Total(1)


def of(count: int, **lists: int) -> Lists:
    """That many inquiries, a minute apart; the last is the newest."""
    return Lists(**lists).add(*(an_inquiry(each, instant(each)) for each in range(1, count + 1)))


def listed(lists: Lists, request: Request) -> dict[str, Any]:
    reply = inquiries.inquiries(lists, request)
    assert isinstance(reply.body, str)
    return json.loads(reply.body)


def actions_now(lists: Lists, request: Request) -> Reply:
    return actions.actions(lists, request, NOW)


def action_now(lists: Lists, request: Request, action_id: str) -> Reply:
    return actions.action(lists, request, action_id, NOW)


def ids(answer: dict[str, Any], key: str = "ActionInquiries") -> list[str]:
    return [each["Id"] for each in answer[key]]


def faults(lists: Lists, uri: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        inquiries.inquiries(lists, by_partner(uri))
    return [(each.field, each.code) for each in caught.value.faults]


def test_a_list_is_newest_first_with_its_whole_envelope() -> None:
    answer = listed(of(5), by_advertiser("/ActionInquiries.json?CampaignId=1000&PageSize=2"))
    path = answer["@uri"].partition("?")[0]
    first = f"{path}?CampaignId=1000&PageSize=2"
    following = answer.pop("@nextpageuri")
    assert following.startswith(f"{first}&Page=2&Cursor=")
    assert ids(answer) == ["5", "4"]
    del answer["ActionInquiries"]
    assert answer == {
        "@page": "1",
        "@numpages": "3",
        "@pagesize": "2",
        "@total": "5",
        "@start": "0",
        "@end": "1",
        "@uri": first,
        "@firstpageuri": f"{first}&Page=1",
        "@previouspageuri": "",
        "@lastpageuri": f"{first}&Page=3",
    }
    assert path.endswith(".json")


def test_nothing_found_is_an_empty_list() -> None:
    answer = listed(Lists(), by_partner("/ActionInquiries"))
    assert answer["ActionInquiries"] == []
    assert (answer["@total"], answer["@numpages"], answer["@nextpageuri"]) == ("0", "1", "")


@pytest.mark.parametrize("page_max", [1, 2, 1_000])
def test_pages_are_followed_to_the_end_and_back(page_max: int) -> None:
    lists = of(7, page_max=page_max)
    answers = [listed(lists, by_partner("/ActionInquiries?PageSize=2"))]
    while uri := answers[-1]["@nextpageuri"]:
        answers.append(listed(lists, by_partner(uri)))
    assert [ids(each) for each in answers] == [["7", "6"], ["5", "4"], ["3", "2"], ["1"]]
    assert [(each["@page"], each["@start"], each["@end"]) for each in answers] == [
        ("1", "0", "1"),
        ("2", "2", "3"),
        ("3", "4", "5"),
        ("4", "6", "6"),
    ]
    back = answers[-1]
    for expected in reversed(answers[:-1]):
        back = listed(lists, by_partner(back["@previouspageuri"]))
        assert ids(back) == ids(expected)
    assert back["@previouspageuri"] == ""


def test_a_page_asked_for_by_its_number_alone_is_the_same_page() -> None:
    lists = of(7)
    for number, expected in ((2, ["5", "4"]), (4, ["1"]), (5, [])):
        for filtered in ("", "&ResolutionStatus=unresolved"):
            uri = f"/ActionInquiries?PageSize=2&Page={number}{filtered}"
            answer = listed(lists, by_partner(uri))
            assert (ids(answer), answer["@total"]) == (expected, "7")


def test_a_late_page_reads_no_more_than_an_early_one() -> None:
    lists = of(60)
    uri, counts = "/ActionInquiries?PageSize=5", []
    while uri:
        before = lists.read_count
        uri = listed(lists, by_partner(uri))["@nextpageuri"]
        counts.append(lists.read_count - before)
    assert len(counts) == 12
    assert max(counts[1:]) <= counts[0]
    before = lists.read_count
    listed(lists, by_partner("/ActionInquiries?PageSize=5&Page=12"))
    assert lists.read_count - before <= counts[0]


def test_the_way_back_is_remembered_and_not_walked_again() -> None:
    lists = of(2 * listing.READ_MAX + 20)
    uri = "/ActionInquiries?PageSize=300&ResolutionStatus=UNRESOLVED"
    answers = []
    while uri:
        answers.append(listed(lists, by_partner(uri)))
        uri = answers[-1]["@nextpageuri"]
    before = lists.read_count
    assert ids(listed(lists, by_partner(answers[3]["@previouspageuri"]))) == ids(answers[2])
    assert lists.read_count - before <= listing.READ_MAX


def test_an_order_is_found_without_looking_at_any_other() -> None:
    lists = of(50).add(*(an_action(each, instant(each)) for each in range(50)))
    reads = (inquiries.inquiries, "ActionInquiries"), (actions_now, "Actions")
    for read, key in reads:
        before = lists.read_count
        request = by_advertiser(f"/{key}?CampaignId=1000&OrderId=ORDER-7")
        answer = json.loads(str(read(lists, request).body))
        assert (len(answer[key]), answer["@total"]) == (1, "1")
        assert lists.read_count - before == 1


def test_the_undecided_cost_what_there_is_of_them_however_much_is_decided() -> None:
    decided = (an_inquiry(each, instant(each), state=InquiryState.VALID) for each in range(100))
    lists = Lists().add(*decided, an_inquiry(101), an_inquiry(102, state=InquiryState.INCOMPLETE))
    for state, expected in (("UNRESOLVED", ["101"]), ("INCOMPLETE", ["102"])):
        lists.read_count = 0
        uri = f"/ActionInquiries?CampaignId=1000&ResolutionStatus={state}"
        answer = listed(lists, by_advertiser(uri))
        assert (ids(answer), answer["@total"], lists.read_count) == (expected, "1", 1)


def test_page_one_begins_at_the_beginning_whatever_the_cursor_says() -> None:
    lists = of(3)
    cursor = query_of(listed(lists, by_partner("/ActionInquiries?PageSize=1"))["@nextpageuri"])
    uri = f"/ActionInquiries?PageSize=1&Cursor={cursor['Cursor']}"
    for page in ("", "&Page=1"):
        assert ids(listed(lists, by_partner(uri + page))) == ["3"]


def test_a_cursor_remembers_so_many_pages_and_no_more() -> None:
    lists = of(pagination.TRAIL_MAX + 5)
    uri = "/ActionInquiries?PageSize=1"
    while uri:
        answer = listed(lists, by_partner(uri))
        uri = answer["@nextpageuri"]
        assert len(uri) < 8_000
    for _ in range(int(answer["@page"]) - 1):
        answer = listed(lists, by_partner(answer["@previouspageuri"]))
    assert ids(answer) == [str(pagination.TRAIL_MAX + 5)]


def test_page_and_size_are_counts_and_a_large_size_is_ours() -> None:
    answer = listed(of(1), by_partner("/ActionInquiries?PageSize=999999999999"))
    assert answer["@pagesize"] == str(pagination.PAGE_SIZE_MAX)
    assert listed(of(1), by_partner("/ActionInquiries?PageSize=&Page="))["@page"] == "1"
    for text in ("0", "-1", "x", "1.5", "9" * 19, "\u0662"):
        assert faults(of(1), f"/ActionInquiries?Page={text}") == [("Page", "not_a_count")]


@pytest.mark.parametrize(
    "cursor",
    [
        pagination.Cursor("", 0, ONE).text(),
        pagination.Cursor("!", 0, ONE).text(),
        pagination.Cursor("2026-01-01T00:00:00.000Z#", 0, ONE).text(),
        pagination.Cursor("2026-01-01T00:00:00.000Z#" + "1" * 65, 0, ONE).text(),
        pagination.Cursor("2026-01-01T00:00:00.000Z#1", -1, ONE).text(),
        pagination.Cursor("2026-01-01T00:00:00.000Z#1", 0, Total(-1)).text(),
        pagination.Cursor("2026-01-01T00:00:00.000Z#1", 0, ONE, (("x", 0),)).text(),
        pagination.Cursor(
            "2026-01-01T00:00:00.000Z#1", 0, ONE, (("2026-01-01T00:00:00.000Z#1", 0),) * 51
        ).text(),
        "x",
        "é",
        "W10",
        "MQ",
        "IiI",
    ],
)
def test_a_cursor_that_no_list_gave_is_refused(cursor: str) -> None:
    uri = f"/ActionInquiries?Page=2&Cursor={cursor}"
    assert faults(of(3), uri) == [("Cursor", "bad_cursor")]


def test_a_page_too_heavy_for_one_answer_ends_earlier_and_loses_nothing() -> None:
    talk = tuple(Comment("Shoes", '"' * 2_000, NOW) for _ in range(400))
    lists = Lists().add(*(an_inquiry(each, instant(each), comments=talk) for each in range(6)))
    uri, found, ends = "/ActionInquiries", [], []
    while uri:
        reply = inquiries.inquiries(lists, by_partner(uri))
        assert bodies.weight(str(reply.body)) <= pagination.ANSWER_BYTES_MAX
        answer = json.loads(str(reply.body))
        found += ids(answer)
        ends.append((answer["@start"], answer["@end"]))
        uri = answer["@nextpageuri"]
    assert found == ["5", "4", "3", "2", "1", "0"]
    assert ends == [(str(each), str(each)) for each in range(6)]


def test_an_advertiser_names_a_campaign_of_its_own() -> None:
    lists = of(1)
    for uri, code in (("/ActionInquiries", "required"), ("/ActionInquiries?CampaignId=a/b", "bad")):
        with pytest.raises(Invalid) as caught:
            inquiries.inquiries(lists, by_advertiser(uri))
        assert caught.value.faults[0].field == "CampaignId"
        assert caught.value.faults[0].code.startswith(code)
    answers = []
    for campaign_id in (OTHER_CAMPAIGN.campaign_id, "9999"):
        with pytest.raises(NotFound) as caught:
            inquiries.inquiries(lists, by_advertiser(f"/ActionInquiries?CampaignId={campaign_id}"))
        answers.append(caught.value.message)
    assert answers[0] == answers[1]


def test_a_partner_learns_nothing_about_campaigns_from_its_list() -> None:
    lists = of(1).add(an_inquiry(2, owner=OTHER_CAMPAIGN, partner_id="10002"))
    for campaign_id, expected in (("1000", ["1"]), ("1001", []), ("9999", [])):
        answer = listed(lists, by_partner(f"/ActionInquiries?CampaignId={campaign_id}"))
        assert (ids(answer), answer["@total"]) == (expected, str(len(expected)))


def test_half_a_range_is_open_at_the_other_end_and_an_end_is_in_it() -> None:
    lists = of(4)
    start, end = "2026-03-10T12:02:00Z", "2026-03-10T12:03:00Z"
    for query, expected in (
        (f"StartDate={start}", ["4", "3", "2"]),
        (f"EndDate={end}", ["3", "2", "1"]),
        (f"StartDate={start}&EndDate={end}", ["3", "2"]),
        (f"StartDate={start}&EndDate={start}", ["2"]),
        (f"StartDate={end}&EndDate={start}", []),
    ):
        for filtered in ("", "&ResolutionStatus=UNRESOLVED"):
            answer = listed(lists, by_partner(f"/ActionInquiries?{query}{filtered}"))
            assert (ids(answer), answer["@total"]) == (expected, str(len(expected)))


@pytest.mark.parametrize(
    "date",
    [
        "2026-03-10T12:02:00Z",
        "2026-03-10T13:02:00%2B01:00",
        "2026-03-10T13:02:00+01:00",
        "2026-03-10T13:02:00%2B0100",
        "2026-03-10T08:02:00-04:00",
        "2026-03-10T08:02:00",
    ],
)
def test_a_date_is_taken_with_any_offset_or_in_the_campaign_s_zone(date: str) -> None:
    uri = f"/ActionInquiries?CampaignId=1000&StartDate={date}&PageSize=1"
    answer = listed(of(3), by_advertiser(uri))
    assert (ids(answer), answer["@total"]) == (["3"], "2")
    assert ids(listed(of(3), by_advertiser(answer["@nextpageuri"]))) == ["2"]


def test_a_cursor_outside_of_the_dates_asked_for_finds_nothing() -> None:
    lists = of(4)
    uri = listed(lists, by_partner("/ActionInquiries?PageSize=2"))["@nextpageuri"]
    assert ids(listed(lists, by_partner(f"{uri}&StartDate=2026-03-11T00:00:00Z"))) == []


def test_every_parameter_at_fault_is_named() -> None:
    uri = "/ActionInquiries?StartDate=x&TransactionDateEnd=2026-02-30&ResolutionStatus=OPEN"
    assert faults(of(1), uri) == [
        ("StartDate", "not_a_date"),
        ("TransactionDateEnd", "not_a_date"),
        ("ResolutionStatus", "unknown_state"),
    ]


def test_a_foreign_object_is_not_found_as_if_it_were_not_there() -> None:
    lists = of(1).add(an_action(1))
    foreign = a_request(Role.PARTNER, "10002", "/ActionInquiries/1")
    for request in (foreign, a_request(Role.ADVERTISER, "501", "/ActionInquiries/1")):
        for read, thing_id in ((inquiries.inquiry, "1"), (action_now, "1000.4000.1")):
            for asked in (thing_id, "2"):
                with pytest.raises(NotFound, match="no such object"):
                    read(lists, request, asked)
    assert inquiries.inquiry(lists, by_partner("/ActionInquiries/1"), "1").body["Id"] == "1"
    shown = action_now(lists, by_advertiser("/Actions/1000.4000.1"), "1000.4000.1").body
    assert shown["MediaPartnerName"] == "Partner 10001"


def test_actions_are_filtered_by_what_changes_and_by_what_does_not() -> None:
    locked = replace(
        an_action(2, instant(2), order_id="X"), state=ActionState.LOCKED, changed_at=instant(95)
    )
    lists = Lists().add(an_action(1, instant(1)), locked, an_action(3, instant(3)))
    lists.add(replace(an_action(4, instant(4)), modified_at=instant(90)))
    for query, expected in (
        ("", "4321"),
        ("State=approved", "2"),
        ("State=PENDING", "431"),
        ("OrderId=X", "2"),
        ("StartDate=2026-03-10T13:00:00Z", "4"),
        ("EndDate=2026-03-10T13:00:00Z", "321"),
        ("EndDate=2026-03-10", "4321"),
        ("EndDate=2026-03-09", ""),
        ("ActionDateStart=2026-03-10T12:02:00Z&ActionDateEnd=2026-03-10T12:03:00Z", "32"),
        ("LockingDateEnd=2026-03-25T12:02:00Z", "21"),
        ("LockingDateStart=2026-03-25&LockingDateEnd=2026-03-25", "4321"),
    ):
        request = by_advertiser(f"/Actions?CampaignId=1000&{query}")
        answer = json.loads(str(actions_now(lists, request).body))
        assert "".join(each[-1] for each in ids(answer, "Actions")) == expected
    with pytest.raises(Invalid, match="Validation"):
        actions_now(lists, by_partner("/Actions?State=LOCKED"))


def test_a_filter_is_read_as_the_texts_that_it_looks_for() -> None:
    lists = of(7)
    asked = "/ActionInquiries?CampaignId=1000&OrderId=%E2%80%8BORDER-7%20%C2%A0"
    assert ids(listed(lists, by_advertiser(asked))) == ["7"]
    for name in ("OrderId", "CustomerId", "MediaPartnerInquiryId"):
        asked = f"/ActionInquiries?{name}=ORDER%C2%AD-7"
        assert faults(lists, asked) == [(name, "bad_characters")]
