"""Ends of ranges: a date alone is its whole local day, an instant is in it."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from makegood.api import actions, inquiries
from makegood.domain.actions import Action
from makegood.domain.calendar import parse_end
from makegood.domain.inquiries import Inquiry
from makegood.store.selection import Window

from tests.unit.memory_lists import CAMPAIGN, NOW, Lists, an_action, an_inquiry, by_partner

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Paris",
    "Asia/Kolkata",
    "America/Havana",
    "America/Santiago",
    "Asia/Amman",
    "Pacific/Apia",
    "Australia/Lord_Howe",
]
"""Some of whose clocks change at midnight, by half an hour, or skip a day."""

zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(date(2009, 1, 1), date(2031, 12, 31))
EDGES = [timedelta(milliseconds=each) for each in (-1000, -1, 0, 1, 999, 1000)]


@st.composite
def instants(draw: st.DrawFn) -> datetime:
    """Instants to the millisecond, many of them around midnights and full seconds."""
    at = datetime.combine(draw(days), datetime.min.time(), UTC)
    at += timedelta(minutes=15 * draw(st.integers(0, 95)))
    return at + draw(st.sampled_from(EDGES))


@given(days, zones, instants())
def test_a_date_as_an_end_holds_what_its_zone_s_clock_shows_on_or_before_it(
    day: date, zone: ZoneInfo, at: datetime
) -> None:
    shown = at.astimezone(zone).date()
    for end in (day, shown, shown - timedelta(days=1)):
        assert Window(None, parse_end(end.isoformat(), zone)).holds(at) == (shown <= end)


def test_a_day_that_a_zone_has_skipped_ends_when_the_one_before_it_does() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert parse_end("2011-12-30", apia) == parse_end("2011-12-29", apia)
    assert parse_end("2011-12-31", apia) == parse_end("2011-12-29", apia) + timedelta(days=1)


@given(instants(), instants(), zones)
def test_an_instant_as_an_end_is_included_as_the_api_writes_it(
    end: datetime, at: datetime, zone: ZoneInfo
) -> None:
    written = end.astimezone(zone).isoformat(timespec="seconds")
    span = Window(None, parse_end(written, zone))
    assert span.holds(end)
    assert span.holds(at) == (at.replace(microsecond=0) <= end.replace(microsecond=0))


Ends = tuple[str, Callable[[Any], datetime]]
FILTERS: dict[str, list[Ends]] = {
    "ActionInquiries": [
        ("EndDate", lambda each: each.created_at),
        ("TransactionDateEnd", lambda each: each.claim.ordered_at),
    ],
    "Actions": [
        ("EndDate", lambda each: each.changed_at or each.created_at),
        ("ActionDateEnd", lambda each: each.event_at),
        ("LockingDateEnd", lambda each: each.locks_at),
    ],
}
near = st.integers(-4, 4).map(lambda each: timedelta(hours=12 * each))


@given(
    st.lists(instants(), min_size=1, max_size=6),
    near,
    st.sampled_from([(key, at) for key, ends in FILTERS.items() for at in range(len(ends))]),
    st.booleans(),
    st.booleans(),
)
def test_every_list_holds_its_end(
    created: list[datetime], off: timedelta, which: tuple[str, int], named: bool, alone: bool
) -> None:
    key, number = which
    name, read = FILTERS[key][number]
    make, show = (
        (an_inquiry, inquiries.inquiries)
        if key == "ActionInquiries"
        else (an_action, lambda lists, asked: actions.actions(lists, asked, NOW))
    )
    things: list[Inquiry | Action] = [make(each, at) for each, at in enumerate(created, start=1)]
    zone = CAMPAIGN.zone if named else ZoneInfo("UTC")
    end = (read(things[0]) + off).astimezone(zone)
    written = end.date().isoformat() if alone else end.isoformat(timespec="seconds")
    base = by_partner(f"/{key}" + ("?CampaignId=1000" if named else ""))
    request = by_partner(base.uri(**{name: written}))
    listed = json.loads(str(show(Lists().add(*things), request).body))
    expected = [
        each
        for each in things
        if (
            read(each).astimezone(zone).date() <= end.date()
            if alone
            else read(each).replace(microsecond=0) <= end.replace(microsecond=0)
        )
    ]
    ids = {each.action_id if isinstance(each, Action) else each.inquiry_id for each in expected}
    assert {each["Id"] for each in listed[key]} == ids
    assert listed["@total"] == str(len(ids))
