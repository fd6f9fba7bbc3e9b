"""Sheets: what waits for a decision, as the file that decides it."""

import csv
import io
import json
from typing import Any

from makegood.api import actions, csv_lists
from makegood.api.csv_lists import APPROVAL_HEADER, RESOLUTION_HEADER
from makegood.domain.actions import ActionState
from makegood.domain.calendar import LockRule
from makegood.domain.inquiries import InquiryState
from makegood.domain.uploads import Kind
from makegood.files.layouts import field_of

from tests.unit.memory_lists import (
    CAMPAIGN,
    NOW,
    Lists,
    an_action,
    an_inquiry,
    by_advertiser,
    by_partner,
    instant,
)

OPEN_ENDED = LockRule.parse("OPEN_ENDED")


def body(reply: Any) -> dict[str, Any]:
    return json.loads(reply.body)


def of(count: int) -> Lists:
    return Lists().add(*(an_inquiry(number, instant(number)) for number in range(1, count + 1)))


def rows(text: object) -> list[dict[str, str]]:
    """Of a table that says that it is UTF-8."""
    assert str(text).startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(str(text)[1:])))


def test_the_download_has_the_undecided_ones_in_the_form_that_is_uploaded() -> None:
    lists = of(3)
    lists.add(an_inquiry(4, instant(4), state=InquiryState.DECLINED), an_inquiry(5, order_id="=1"))
    reply = csv_lists.undecided(lists, by_advertiser("/ActionInquiries.csv?CampaignId=1000"))
    rendered = reply.render()
    assert rendered["headers"]["Content-Type"].startswith("text/csv")
    assert "Link" not in rendered["headers"]
    found = rows(reply.body)
    assert list(found[0]) == list(RESOLUTION_HEADER)
    assert [each["Id"] for each in found] == ["3", "2", "1", "5"]
    assert found[-1]["Order Id"] == "'=1"


def test_the_download_s_next_page_is_in_its_link() -> None:
    uri, found = "/ActionInquiries.csv?CampaignId=1000&PageSize=2", []
    while uri:
        reply = csv_lists.undecided(of(5), by_advertiser(uri))
        found += [each["Id"] for each in rows(reply.body)]
        uri = reply.headers.get("Link", "").partition(">")[0].removeprefix("<")
    assert found == ["5", "4", "3", "2", "1"]


def test_an_undecided_inquiry_is_a_row_for_the_reviewer_to_fill() -> None:
    row = csv_lists.resolution_row(an_inquiry(7), CAMPAIGN, "Cashy")
    named = dict(zip(RESOLUTION_HEADER, row, strict=True))
    assert (named["Id"], named["Resolution Status"], named["Version"]) == ("7", "", "1")
    assert (named["Action Tracker"], named["Partner"]) == ("4000", "Cashy")


def test_every_column_to_fill_in_is_one_of_the_file_s() -> None:
    known = [field_of(title, Kind.RESOLUTIONS) for title in RESOLUTION_HEADER[:12]]
    assert all(known)
    assert all(field_of(title, Kind.ACTIONS) for title in APPROVAL_HEADER[:4])


def waiting(*numbers: int) -> Lists:
    """Open-ended actions that wait, among others that do not."""
    lists = Lists()
    for number in numbers:
        lists.add(an_action(number, instant(number), locking=OPEN_ENDED))
    others = {"locking": OPEN_ENDED, "state": ActionState.LOCKED}, {}
    for number, changes in enumerate(others, 100):
        lists.add(an_action(number, instant(number), **changes))
    return lists


def ids(reply: Any) -> list[str]:
    return [each["Action Id"].rpartition(".")[2] for each in rows(reply.body)]


def test_the_sheet_of_approvals_has_what_waits_for_one_and_nothing_else() -> None:
    reply = csv_lists.awaiting(waiting(1, 2), by_advertiser("/Actions.csv?CampaignId=1000"), NOW)
    found = rows(reply.body)
    assert list(found[0]) == list(APPROVAL_HEADER)
    assert ids(reply) == ["2", "1"]
    assert (found[0]["Reason"], found[0]["Order Id"], found[0]["Payout"]) == ("", "ORDER-2", "1.00")


def test_an_order_that_is_a_formula_behind_a_separator_does_not_run_either() -> None:
    lists = waiting(1).add(an_action(2, instant(2), locking=OPEN_ENDED, order_id="x;@SUM(1)"))
    reply = csv_lists.awaiting(lists, by_advertiser("/Actions.csv?CampaignId=1000"), NOW)
    assert [each["Order Id"] for each in rows(reply.body)] == ["x;'@SUM(1)", "ORDER-1"]


def test_the_sheet_of_approvals_goes_on_in_its_link() -> None:
    uri, found = "/Actions.csv?CampaignId=1000&PageSize=2", []
    while uri:
        reply = csv_lists.awaiting(waiting(*range(1, 6)), by_advertiser(uri), NOW)
        found += ids(reply)
        uri = reply.headers.get("Link", "").partition(">")[0].removeprefix("<")
    assert found == ["5", "4", "3", "2", "1"]


def test_the_list_of_what_awaits_approval_costs_what_it_answers() -> None:
    lists = waiting(1, 2)
    query = "CampaignId=1000&AwaitingApproval=true"
    shown = body(actions.actions(lists, by_advertiser(f"/Actions?{query}"), NOW))
    assert [each["Id"] for each in shown["Actions"]] == ["1000.4000.2", "1000.4000.1"]
    assert shown["@total"] == "2"
    assert lists.read_count == 2
    theirs = body(actions.actions(lists, by_partner("/Actions?AwaitingApproval=true"), NOW))
    assert theirs["@total"] == "2"
    every = body(actions.actions(lists, by_advertiser("/Actions?CampaignId=1000"), NOW))
    assert every["@total"] == "4"
