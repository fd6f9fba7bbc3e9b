"""Service levels: counted once from the streams, whatever comes twice or late; shown to both."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makegood.domain.actions import Action, ActionState, Origin
from makegood.domain.deadlines import Clock, Deadlines
from makegood.domain.inquiries import Inquiry, InquiryType
from makegood.domain.service_levels import (
    CreditedAction,
    FiledInquiry,
    Parties,
    of_action,
    of_inquiry,
)
from makegood.domain.verdicts import KeptVerdict, Verdict
from makegood.jobs import levels, migrations
from makegood.store.actions import action_rows
from makegood.store.inquiries import inquiry_rows
from makegood.store.service_levels import ServiceLevels
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import (
    ADVERTISER,
    OTHER_ADVERTISER,
    OTHER_PARTNER,
    PARTNER,
    Context,
    function,
)
from tests.integration.market import CAMPAIGN, NOW
from tests.integration.streams import Stream
from tests.unit.memory_lists import CAMPAIGN as SHOES
from tests.unit.memory_lists import OTHER_CAMPAIGN as HATS
from tests.unit.memory_lists import an_action, an_inquiry

START = datetime.fromisoformat("2026-03-10T12:00:00+00:00")
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
FAR = START + timedelta(days=400)
Version = Inquiry | Action


def at(days: int) -> datetime:
    return START + timedelta(days=days, hours=days % 5)


@st.composite
def inquiry_versions(draw: st.DrawFn, number: int) -> list[Inquiry]:
    """An inquiry as it was filed, and what became of it; a verdict comes without a new version."""
    campaign = draw(st.sampled_from((SHOES, HATS)))
    days = draw(st.integers(0, 9))
    inquiry = an_inquiry(
        number,
        at(days),
        owner=campaign,
        partner_id=draw(st.sampled_from(("10001", "10002"))),
        inquiry_type=draw(st.sampled_from(InquiryType)),
        appeal_of=draw(st.sampled_from(("", "77"))),
    )
    if draw(st.booleans()):
        clock = Clock(Deadlines(answer_days=3), inquiry.created_at, at(days + 3))
        inquiry = replace(inquiry, clock=clock)
    found = [inquiry]
    if draw(st.booleans()):
        verdict = KeptVerdict(draw(st.sampled_from(Verdict)), "So it is.", at(days + 1))
        found.append(replace(inquiry, verification=verdict))
    while found[-1].is_live and draw(st.booleans()):
        state = draw(st.sampled_from(sorted(found[-1].state.rules.leads_to)))
        resolved_at = at(days + draw(st.integers(0, 9)))
        found.append(found[-1].moved(state, resolved_at=resolved_at))
    return found


@st.composite
def action_versions(draw: st.DrawFn, number: int) -> list[Action]:
    origin = draw(st.sampled_from(Origin))
    found = [an_action(number, at(0), origin=origin, clears_at=at(5))]
    for state in draw(
        st.sampled_from(
            [
                (),
                (ActionState.REVERSED,),
                (ActionState.LOCKED,),
                (ActionState.LOCKED, ActionState.PAID),
            ]
        )
    ):
        more = {"paid_at": at(draw(st.integers(5, 9)))} if state is ActionState.PAID else {}
        found.append(found[-1].moved(state, at(6), **more))
    return found


@st.composite
def histories(draw: st.DrawFn) -> list[list[Version]]:
    inquiries = [draw(inquiry_versions(each)) for each in range(1, draw(st.integers(1, 5)))]
    actions = [draw(action_versions(each)) for each in range(1, draw(st.integers(1, 4)))]
    return [*inquiries, *actions]


def record_of(version: Version) -> dict[str, Any]:
    rows = inquiry_rows(version) if isinstance(version, Inquiry) else action_rows(version)
    hot = rows[0]
    keys = {"pk": {"S": hot.pk}, "sk": {"S": hot.sk}}
    return {"dynamodb": {"Keys": keys, "NewImage": hot.serialize()}}


Figures = dict[tuple[str, object], dict[str, int]]


def computed(kept: list[Version]) -> Figures:
    """The figures of all inquiries and actions as they are, without any counting."""
    sums: dict[tuple[str, object], Counter[str]] = {}
    for each in kept:
        if isinstance(each, Inquiry):
            campaign = SHOES if each.campaign_id == SHOES.campaign_id else HATS
            verdict = each.verification.verdict.value if each.verification else ""
            filed = FiledInquiry(
                each.created_at,
                each.claim.inquiry_type,
                each.state,
                each.resolved_at,
                each.clock,
                verdict,
                bool(each.claim.appeal_of),
            )
            added = of_inquiry(filed, campaign.zone)
        else:
            credited = CreditedAction(
                each.created_at, each.origin, each.state, each.clears_at, each.paid_at, each.payout
            )
            added = of_action(credited, SHOES.zone)
        for scope in Parties(each.advertiser_id, each.campaign_id, each.partner_id).scopes:
            for name, count in added.items():
                where = scope, name.slot.day or name.slot.due
                sums.setdefault(where, Counter())[name.count] += count
    return {where: dict(counts) for where, counts in sums.items()}


SCOPES = sorted(
    {
        scope
        for campaign in (SHOES, HATS)
        for partner in ("10001", "10002")
        for scope in Parties(campaign.advertiser_id, campaign.campaign_id, partner).scopes
    }
)


def counted(store: ServiceLevels) -> Figures:
    found: Figures = {}
    for scope in SCOPES:
        days = store.level_days(scope, FIRST, LAST)
        for when, counts in (*days.items(), *store.overdue_levels(scope, FAR).items()):
            there = {name: each for name, each in counts.items() if each}
            if there:
                found[scope, when] = there
    return found


@pytest.fixture
def level_store(store: Store) -> levels.LevelStore:
    return levels.LevelStore(stack.TABLES)


def set_up(store: Store) -> None:
    for campaign in (SHOES, HATS):
        store.put_campaign(campaign)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kept=histories(), data=st.data())
def test_whatever_a_stream_repeats_or_tells_late_the_figures_are_those_of_all_inquiries(
    store: Store, level_store: levels.LevelStore, kept: list[list[Version]], data: st.DataObject
) -> None:
    stack.reset()
    set_up(store)
    records = [record_of(each) for versions in kept for each in versions]
    again = data.draw(st.lists(st.sampled_from(records), max_size=6)) if records else []
    told = data.draw(st.permutations([*records, *again]))
    size = data.draw(st.integers(1, 7))
    for start in range(0, len(told), size):
        levels.count(level_store, told[start : start + size])
    assert counted(level_store) == computed([versions[-1] for versions in kept])


def test_two_who_count_the_same_batch_at_once_count_it_once(
    store: Store, level_store: levels.LevelStore
) -> None:
    set_up(store)
    kept: list[Version] = [an_inquiry(each) for each in range(1, 31)]
    records = [record_of(each) for each in kept]
    rival = levels.LevelStore(stack.TABLES)
    with stack.before_commits(lambda: levels.count(rival, records), on=level_store):
        levels.count(level_store, records)
    assert counted(level_store) == computed(kept)


def test_what_was_there_before_levels_is_counted_once_by_its_migration(
    live: Store, stream: Stream
) -> None:
    market.accept(live, "A-1")
    market.file(live, "A-2")
    early = stream.records()
    assert ADVERTISER.get("/ServiceLevels").body["Warnings"]
    for name in ("inquiry_levels", "action_levels"):
        assert migrations.run(live, name, lambda: True).complete
    deliver(*early)
    live.forget_migrations()
    stack.watched(live)
    shown = ADVERTISER.get(f"/ServiceLevels?EndDate={NOW:%Y-%m-%d}").body
    assert (shown["Filed"], shown["Answered"]) == ("2", "1")


@pytest.fixture
def stream(live: Store) -> Stream:
    return Stream(lambda: {**stack.everything("inquiries"), **stack.everything("actions")})


def deliver(*records: dict[str, Any]) -> None:
    answer = function("events").handler({"Records": list(records)}, Context())
    assert answer == {"batchItemFailures": []}


def test_both_sides_see_how_a_campaign_answers_and_pays(live: Store, stream: Stream) -> None:
    market.deposit(live, "20.00")
    market.accept(live, "A-1")
    declined = market.file(live, "A-2")
    market.resolve(live, market.declined(declined.inquiry_id))
    market.file(live, "A-3")
    deliver(*stream.records())
    for due_at in (market.RECENT_LOCKS_AT, market.RECENT_CLEARS_AT):
        market.sweep(live, due_at)
        deliver(*stream.records())
    span = f"StartDate={NOW:%Y-%m-%d}&EndDate={market.RECENT_CLEARS_AT:%Y-%m-%d}"

    shown = ADVERTISER.get(f"/ServiceLevels?CampaignId={CAMPAIGN}&{span}").body
    assert {name: shown[name] for name in FIGURES} == FIGURES
    assert shown["Decisions"] == [
        {
            "InquiryType": "UNTRACKED",
            "Verdict": "NONE",
            "Accepted": "1",
            "Declined": "1",
            "AcceptedPercent": "50.0",
        }
    ]
    assert shown["Days"][0] == {
        "Date": f"{NOW:%Y-%m-%d}",
        "Filed": "3",
        "Answered": "2",
        "AnsweredInTime": "0",
        "AnsweredLate": "0",
        "Accepted": "1",
    }
    own = PARTNER.get(f"/ServiceLevels?CampaignId={CAMPAIGN}&{span}").body
    other = OTHER_PARTNER.get(f"/ServiceLevels?CampaignId={CAMPAIGN}&{span}").body
    assert {name: own[name] for name in FIGURES} == FIGURES
    assert own["Advertiser"]["Answered"] == other["Advertiser"]["Answered"] == "2"
    assert (other["Filed"], other["Advertiser"]["MedianDaysToPayment"]) == ("0", "11")
    for each in (own, own["Advertiser"], other["Advertiser"]):
        assert [*each["Decisions"][0]] == ["InquiryType", "Accepted", "Declined", "AcceptedPercent"]
    assert "OverdueMoney" not in other["Advertiser"]
    assert OTHER_ADVERTISER.get(f"/ServiceLevels?{span}").body["Filed"] == "0"


FIGURES = {
    "Filed": "3",
    "Answered": "2",
    "AnsweredWithoutDeadline": "2",
    "InTimePercent": "",
    "MedianDays": "0",
    "DaysToAnswer": [{"Days": "0", "Count": "2"}],
    "Accepted": "1",
    "AcceptedPercent": "50.0",
    "Paid": "1",
    "MedianDaysToPayment": "11",
    "Overdue": "0",
    "OldestOverdueDate": "",
    "OverdueMoney": [],
}


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ("StartDate=2026-06-02&EndDate=2026-06-01", "EndDate", "upside_down"),
        ("StartDate=2025-01-01&EndDate=2026-06-01", "StartDate", "too_wide"),
        ("StartDate=soon", "StartDate", "not_a_date"),
    ],
)
def test_a_span_that_cannot_be_shown_says_why(
    live: Store, asked: str, field: str, code: str
) -> None:
    answer = ADVERTISER.get(f"/ServiceLevels?{asked}")
    assert answer.status == 400
    assert [(each["Field"], each["Code"]) for each in answer.body["Errors"]] == [(field, code)]


def test_levels_of_a_campaign_that_is_not_ones_own_are_not_found(live: Store) -> None:
    for client in (OTHER_ADVERTISER, OTHER_PARTNER):
        assert client.get("/ServiceLevels?CampaignId=999999").status == 404
    assert OTHER_ADVERTISER.get(f"/ServiceLevels?CampaignId={CAMPAIGN}").status == 404
