"""Service levels: what an inquiry or an action adds, and what the sums of many say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from makegood.domain import deadlines, service_levels
from makegood.domain.actions import ActionState, Origin
from makegood.domain.deadlines import Deadlines
from makegood.domain.inquiries import InquiryState, InquiryType
from makegood.domain.money import Money
from makegood.domain.service_levels import (
    CreditedAction,
    FiledInquiry,
    Levels,
    Name,
    Slot,
    bucket,
    of_action,
    of_inquiry,
    per_mille,
    percentile,
)

ZONE = ZoneInfo("America/Los_Angeles")
FILED_AT = datetime(2026, 6, 10, 12, tzinfo=UTC)
FILED_ON = Slot(day=date(2026, 6, 10))
CLOCK = deadlines.started(Deadlines(answer_days=10), False, FILED_AT, ZONE)
ANSWER_BY = datetime(2026, 6, 21, 7, tzinfo=UTC)
DAY = timedelta(days=1)
MILLISECOND = timedelta(milliseconds=1)

WAITING = FiledInquiry(
    filed_at=FILED_AT,
    inquiry_type=InquiryType.UNTRACKED,
    state=InquiryState.UNRESOLVED,
    resolved_at=None,
    clock=CLOCK,
    verdict="",
    is_appeal=False,
)


def decided(at: datetime, state: InquiryState = InquiryState.VALID) -> FiledInquiry:
    return replace(WAITING, state=state, resolved_at=at)


def names(inquiry: FiledInquiry) -> dict[str, date | datetime | None]:
    """What an inquiry adds, one each, and where."""
    added = of_inquiry(inquiry, ZONE)
    assert set(added.values()) <= {1}
    return {name.count: name.slot.day or name.slot.due for name in added}


def test_what_waits_is_filed_and_has_to_be_answered_by_its_deadline() -> None:
    assert names(WAITING) == {"filed": FILED_ON.day, "open": ANSWER_BY}


def test_without_a_deadline_or_while_the_partner_is_asked_nothing_can_be_overdue() -> None:
    assert CLOCK is not None
    paused = CLOCK.stopped(FILED_AT + DAY, ZONE)
    asked = replace(WAITING, state=InquiryState.INCOMPLETE, clock=paused)
    for each in (replace(WAITING, clock=None), asked):
        assert names(each) == {"filed": FILED_ON.day}


@pytest.mark.parametrize(
    ("at", "punctual", "days"),
    [
        (FILED_AT, "in_time", "answer_days_0"),
        (ANSWER_BY - MILLISECOND, "in_time", "answer_days_10"),
        (ANSWER_BY, "late", "answer_days_11"),
    ],
)
def test_a_decision_counts_on_its_local_day_as_in_time_or_late(
    at: datetime, punctual: str, days: str
) -> None:
    day = at.astimezone(ZONE).date()
    found = names(decided(at))
    assert found == {
        "filed": FILED_ON.day,
        punctual: day,
        days: day,
        "accepted_UNTRACKED_NONE": day,
    }


def test_days_that_the_partner_took_are_not_the_advertisers() -> None:
    assert CLOCK is not None
    asked_at, answered_at = FILED_AT + 2 * DAY, FILED_AT + 8 * DAY
    paused = CLOCK.stopped(asked_at, ZONE)
    declined = decided(FILED_AT + 9 * DAY, InquiryState.DECLINED)
    running = replace(declined, clock=paused.resumed(answered_at, ZONE))
    assert "answer_days_3" in names(running)
    assert {"answer_days_2", "in_time"} <= names(replace(declined, clock=paused)).keys()


def test_a_withdrawn_inquiry_is_as_if_it_had_never_been_filed() -> None:
    assert of_inquiry(replace(WAITING, state=InquiryState.WITHDRAWN), ZONE) == {}


@pytest.mark.parametrize(
    ("state", "name"),
    [(InquiryState.VALID, "appeals_won"), (InquiryState.DECLINED, "appeals_lost")],
)
def test_an_appeal_is_won_or_lost(state: InquiryState, name: str) -> None:
    appeal = replace(decided(FILED_AT, state), is_appeal=True, verdict="MATCH")
    assert {name, f"{'accepted' if name[8:] == 'won' else 'declined'}_UNTRACKED_MATCH"} <= names(
        appeal
    ).keys()


CREDITED = CreditedAction(
    created_at=FILED_AT,
    origin=Origin.INQUIRY,
    state=ActionState.LOCKED,
    clears_at=ANSWER_BY,
    paid_at=None,
    payout=Money(350, "USD"),
)


def test_what_is_locked_is_overdue_from_its_clearing_until_it_is_paid() -> None:
    due = Slot(due=ANSWER_BY)
    assert of_action(CREDITED, ZONE) == {
        Name(due, "unpaid_USD"): 350,
        Name(due, "unpaid_count_USD"): 1,
    }
    paid = replace(CREDITED, state=ActionState.PAID, paid_at=ANSWER_BY + DAY)
    day = Slot(day=date(2026, 6, 22))
    assert of_action(paid, ZONE) == {Name(day, "payment_days_12"): 1}
    assert of_action(replace(paid, origin=Origin.TRACKED), ZONE) == {}
    assert of_action(replace(CREDITED, state=ActionState.PENDING), ZONE) == {}
    assert of_action(replace(CREDITED, payout=Money(0, "USD")), ZONE) == {}


def test_an_instant_between_quarters_is_overdue_from_the_next() -> None:
    late = replace(CREDITED, clears_at=ANSWER_BY + MILLISECOND)
    dues = {name.slot.due for name in of_action(late, ZONE)}
    assert dues == {ANSWER_BY + service_levels.QUARTER}


def test_buckets_are_days_at_first_and_grow() -> None:
    assert [bucket(each) for each in (0, 1, 60)] == [0, 1, 60]
    assert [bucket(each) for each in (61, 70, 71, 180)] == [70, 70, 80, 180]
    assert [bucket(each) for each in (181, 210, 360, 361, 5000)] == [210, 210, 360, 361, 361]
    assert all(bucket(each) >= min(each, 361) for each in range(500))


def test_a_percentile_is_the_day_within_which_that_share_lies() -> None:
    days = {0: 5, 3: 4, 9: 1}
    assert [percentile(days, each) for each in (50, 51, 90, 91, 100)] == [0, 3, 3, 9, 9]
    assert percentile({}, 50) is None


def test_a_share_is_rounded_half_to_even() -> None:
    assert [per_mille(*each) for each in ((1, 3), (2, 3), (1, 2000), (3, 2000), (1, 1))] == [
        *(333, 667, 0, 2, 1000)
    ]
    assert per_mille(0, 0) is None


def test_levels_are_sums_of_days_with_shares_by_type_and_verdict() -> None:
    levels = Levels.over(
        [
            {"filed": 3, "in_time": 1, "accepted_UNTRACKED_MATCH": 1, "answer_days_2": 1},
            {"late": 1, "undated": 2, "declined_UNTRACKED_NOT_YET": 1, "answer_days_2": 2},
            {"accepted_UNTRACKED_NOT_YET": 2, "appeals_won": 1, "appeals_lost": 2},
        ]
    )
    assert (levels.filed, levels.answered, levels.accepted) == (3, 4, 3)
    assert [tuple(each) for each in levels.shares] == [
        ("UNTRACKED", "MATCH", 1, 0),
        ("UNTRACKED", "NOT_YET", 2, 1),
    ]
    assert levels.days(service_levels.ANSWER_DAYS) == {2: 3}
    assert (levels.appeals_won, levels.appeals_decided) == (1, 3)
