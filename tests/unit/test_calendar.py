"""The calendar rules, row by row, and the clocks that make them hard."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from makegood.domain import calendar
from makegood.domain.calendar import LockKind, LockRule, PaymentRule

NEW_YORK = ZoneInfo("America/New_York")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
HAVANA = ZoneInfo("America/Havana")
ST_JOHNS = ZoneInfo("America/St_Johns")
BEIRUT = ZoneInfo("Asia/Beirut")
BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")
APIA = ZoneInfo("Pacific/Apia")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")
PAGO_PAGO = ZoneInfo("Pacific/Pago_Pago")
EVERYWHERE = [LOS_ANGELES, NEW_YORK, SAO_PAULO, ZoneInfo("UTC"), BERLIN, KIRITIMATI, PAGO_PAGO]


def local(text: str, zone: ZoneInfo) -> datetime:
    """A wall clock time of the zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


# The table of examples


@pytest.mark.parametrize("zone", EVERYWHERE, ids=str)
@pytest.mark.parametrize(
    "reference", ["2026-01-01T00:00:00", "2026-01-15T12:30:00", "2026-01-31T23:59:59.999999"]
)
@pytest.mark.parametrize(
    ("locking", "locked", "payment", "cleared"),
    [
        ("MONTH 0m+27d", "2026-02-28T00:00:00", "MONTH 0m+20d", "2026-03-21T00:00:00"),
        ("MONTH 1m+0d", "2026-03-01T00:00:00", "DAY 15d", "2026-03-16T00:00:00"),
    ],
)
def test_a_reference_in_january_locks_and_clears_as_the_table_says(
    zone: ZoneInfo, reference: str, locking: str, locked: str, payment: str, cleared: str
) -> None:
    locks_at = calendar.locks_at(LockRule.parse(locking), local(reference, zone), zone)
    assert locks_at == local(locked, zone).astimezone(UTC)
    clears_at = calendar.clears_at(PaymentRule.parse(payment), locks_at, zone)
    assert clears_at == local(cleared, zone).astimezone(UTC)


def test_fifteen_days_lock_and_four_more_pay_as_the_table_says() -> None:
    reference = instant("2020-09-10T13:41:52-07:00")
    locks_at = calendar.locks_at(LockRule.parse("DAY 15d"), reference, LOS_ANGELES)
    assert locks_at == instant("2020-09-26T00:00:00-07:00")
    clears_at = calendar.clears_at(PaymentRule.parse("DAY 4d"), locks_at, LOS_ANGELES)
    assert clears_at == instant("2020-09-30T00:00:00-07:00")


def test_answers_are_in_utc() -> None:
    reference = instant("2020-09-10T13:41:52-07:00")
    for rule in ("DAY 15d", "MONTH 0m+27d", "OPEN_ENDED"):
        assert calendar.locks_at(LockRule.parse(rule), reference, LOS_ANGELES).tzinfo is UTC
    for rule in ("DAY 4d", "WEEK 3d", "MONTH 0m+20d"):
        assert calendar.clears_at(PaymentRule.parse(rule), reference, LOS_ANGELES).tzinfo is UTC
    assert calendar.end_of_day(date(2020, 9, 10), LOS_ANGELES).tzinfo is UTC


# The table of rules


@pytest.mark.parametrize(
    ("rule", "reference", "locked"),
    [
        ("DAY 0d", "2026-01-31T00:00:00", "2026-02-01"),
        ("DAY 0d", "2026-01-31T23:59:59", "2026-02-01"),
        ("DAY 27d", "2026-02-01T08:00:00", "2026-03-01"),
        ("DAY 1d", "2024-02-28T08:00:00", "2024-03-01"),
        ("DAY 1d", "2025-02-28T08:00:00", "2025-03-02"),
        ("DAY 1d", "2025-12-30T08:00:00", "2026-01-01"),
        ("MONTH 0m+0d", "2026-01-31T23:59:59", "2026-02-01"),
        ("MONTH 0m+0d", "2026-02-01T00:00:00", "2026-03-01"),
        ("MONTH 1m+0d", "2026-01-31T08:00:00", "2026-03-01"),
        ("MONTH 1m+0d", "2024-01-31T08:00:00", "2024-03-01"),
        ("MONTH 1m+1d", "2024-01-31T08:00:00", "2024-03-02"),
        ("MONTH 1m+0d", "2026-03-31T08:00:00", "2026-05-01"),
        ("MONTH 1m+0d", "2026-02-28T08:00:00", "2026-04-01"),
        ("MONTH 1m+0d", "2026-12-31T08:00:00", "2027-02-01"),
        ("MONTH 2m+0d", "2026-11-05T08:00:00", "2027-02-01"),
        ("MONTH 2m+0d", "2026-12-05T08:00:00", "2027-03-01"),
        ("MONTH 12m+0d", "2023-02-05T08:00:00", "2024-03-01"),
        ("MONTH 24m+31d", "2026-01-05T08:00:00", "2028-03-03"),
    ],
)
def test_locking_counts_from_the_end_of_the_day_or_month(
    rule: str, reference: str, locked: str
) -> None:
    locks_at = calendar.locks_at(LockRule.parse(rule), local(reference, NEW_YORK), NEW_YORK)
    assert locks_at == local(locked, NEW_YORK).astimezone(UTC)


@pytest.mark.parametrize(
    ("rule", "locked", "cleared"),
    [
        ("DAY 0d", "2026-03-01T00:00:01", "2026-03-02"),
        ("DAY 0d", "2026-03-01T00:00:00", "2026-03-01"),
        ("DAY 4d", "2026-03-01T00:00:00", "2026-03-05"),
        ("DAY 4d", "2026-03-01T15:00:00", "2026-03-06"),
        ("WEEK 0d", "2026-07-13T09:00:00", "2026-07-20"),
        ("WEEK 0d", "2026-07-19T23:59:59", "2026-07-20"),
        ("WEEK 0d", "2026-07-20T00:00:00", "2026-07-20"),
        ("WEEK 0d", "2026-07-20T00:00:01", "2026-07-27"),
        ("WEEK 3d", "2026-07-15T09:00:00", "2026-07-23"),
        ("WEEK 0d", "2026-12-31T09:00:00", "2027-01-04"),
        ("MONTH 0m+0d", "2026-03-01T00:00:00", "2026-03-01"),
        ("MONTH 0m+0d", "2026-03-01T00:00:01", "2026-04-01"),
        ("MONTH 0m+20d", "2026-03-01T00:00:00", "2026-03-21"),
        ("MONTH 1m+0d", "2026-02-01T00:00:00", "2026-03-01"),
        ("MONTH 1m+5d", "2026-01-01T00:00:00", "2026-02-06"),
    ],
)
def test_payment_counts_from_the_end_of_the_day_week_or_month_of_the_lock(
    rule: str, locked: str, cleared: str
) -> None:
    clears_at = calendar.clears_at(PaymentRule.parse(rule), local(locked, BERLIN), BERLIN)
    assert clears_at == local(cleared, BERLIN).astimezone(UTC)


def test_a_lock_at_local_midnight_belongs_to_the_day_that_just_ended_in_any_zone() -> None:
    for zone in EVERYWHERE:
        midnight = local("2026-03-01T00:00:00", zone)
        end_of_february = calendar.clears_at(PaymentRule.parse("MONTH 0m+0d"), midnight, zone)
        assert end_of_february == midnight
        elsewhere = midnight.astimezone(AUCKLAND)
        assert calendar.clears_at(PaymentRule.parse("MONTH 0m+0d"), elsewhere, zone) == midnight


def test_the_day_of_a_reference_is_the_campaigns_not_greenwichs() -> None:
    reference = instant("2026-01-31T23:30:00+00:00")
    rule = LockRule.parse("MONTH 0m+0d")
    assert calendar.locks_at(rule, reference, KIRITIMATI) == instant("2026-03-01T00:00:00+14:00")
    assert calendar.locks_at(rule, reference, PAGO_PAGO) == instant("2026-02-01T00:00:00-11:00")


@pytest.mark.parametrize(
    ("reference", "locked"),
    [
        ("2026-01-15T09:29:24-05:00", "2028-01-15T09:29:24-05:00"),
        ("2023-06-01T00:00:00-04:00", "2025-05-31T00:00:00-04:00"),
        ("2024-11-02T12:00:00-04:00", "2026-11-02T12:00:00-05:00"),
        ("2024-03-08T02:30:00-05:00", "2026-03-08T03:00:00-04:00"),
        ("2024-03-08T02:17:11.250000-05:00", "2026-03-08T03:00:00-04:00"),
    ],
)
def test_an_open_ended_action_locks_by_itself_after_730_local_days(
    reference: str, locked: str
) -> None:
    rule = LockRule(LockKind.OPEN_ENDED)
    assert calendar.locks_at(rule, instant(reference), NEW_YORK) == instant(locked)


# Clocks that jump


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2018, 11, 3), SAO_PAULO, "2018-11-04T01:00:00-02:00"),
        (date(2022, 3, 26), BEIRUT, "2022-03-27T01:00:00+03:00"),
        (date(2022, 9, 9), ZoneInfo("America/Santiago"), "2022-09-10T00:00:00-04:00"),
        (date(2022, 9, 10), ZoneInfo("America/Santiago"), "2022-09-11T01:00:00-03:00"),
        (date(2019, 3, 28), ZoneInfo("Asia/Amman"), "2019-03-29T01:00:00+03:00"),
    ],
)
def test_a_midnight_that_a_clock_skips_is_the_first_instant_after_it(
    day: date, zone: ZoneInfo, end: str
) -> None:
    assert calendar.end_of_day(day, zone) == instant(end)
    assert calendar.in_zone(calendar.end_of_day(day, zone), zone) == end


def test_a_lock_at_the_first_instant_after_a_skipped_midnight_belongs_to_the_day_before() -> None:
    locks_at = calendar.locks_at(
        LockRule.parse("DAY 2d"), instant("2018-11-01T10:00:00-03:00"), SAO_PAULO
    )
    assert locks_at == instant("2018-11-04T01:00:00-02:00")
    assert calendar.clears_at(PaymentRule.parse("DAY 0d"), locks_at, SAO_PAULO) == locks_at
    later = locks_at + timedelta(seconds=1)
    next_midnight = instant("2018-11-05T00:00:00-02:00")
    assert calendar.clears_at(PaymentRule.parse("DAY 0d"), later, SAO_PAULO) == next_midnight


def test_a_day_that_a_zone_skipped_ends_when_the_day_before_it_does() -> None:
    """Samoa went from 29 to 31 December 2011."""
    end = instant("2011-12-31T00:00:00+14:00")
    assert calendar.end_of_day(date(2011, 12, 29), APIA) == end
    assert calendar.end_of_day(date(2011, 12, 30), APIA) == end
    assert calendar.clears_at(PaymentRule.parse("DAY 0d"), end, APIA) == end


def test_a_day_starts_at_the_first_of_two_midnights_when_the_second_is_within_it() -> None:
    """Havana's clocks go from 01:00 back to 00:00 of the same day."""
    assert calendar.end_of_day(date(2018, 11, 3), HAVANA) == instant("2018-11-04T00:00:00-04:00")
    second_midnight = instant("2018-11-04T00:00:00-05:00")
    paid = calendar.clears_at(PaymentRule.parse("DAY 0d"), second_midnight, HAVANA)
    assert paid == instant("2018-11-05T00:00:00-05:00")


def test_a_day_ends_at_the_second_midnight_when_clocks_go_back_over_the_first() -> None:
    """St. John's clocks went from 00:01 back to 23:01 of the day before, until 2011."""
    end = instant("2007-11-04T00:00:00-03:30")
    assert calendar.end_of_day(date(2007, 11, 3), ST_JOHNS) == end
    an_hour_before = instant("2007-11-03T23:30:00-03:30")
    assert calendar.locks_at(LockRule.parse("DAY 0d"), an_hour_before, ST_JOHNS) == end


def test_an_hour_that_is_repeated_before_midnight_belongs_to_the_day_it_repeats() -> None:
    """São Paulo's clocks went from 00:00 back to 23:00 of the day before, until 2019."""
    assert calendar.end_of_day(date(2018, 2, 17), SAO_PAULO) == instant("2018-02-18T00:00:00-03:00")


def test_summer_time_changes_move_the_offset_and_not_the_midnight() -> None:
    rule = LockRule.parse("DAY 1d")
    spring = calendar.locks_at(rule, local("2026-03-07T12:00:00", NEW_YORK), NEW_YORK)
    autumn = calendar.locks_at(rule, local("2026-10-31T12:00:00", NEW_YORK), NEW_YORK)
    assert calendar.in_zone(spring, NEW_YORK) == "2026-03-09T00:00:00-04:00"
    assert calendar.in_zone(autumn, NEW_YORK) == "2026-11-02T00:00:00-05:00"


def test_a_naive_datetime_is_refused_everywhere() -> None:
    naive = datetime(2026, 1, 1)
    with pytest.raises(ValueError, match="naive"):
        calendar.local_day(naive, NEW_YORK)
    with pytest.raises(ValueError, match="naive"):
        calendar.in_zone(naive, NEW_YORK)
    with pytest.raises(ValueError, match="naive"):
        calendar.locks_at(LockRule.parse("DAY 1d"), naive, NEW_YORK)
    with pytest.raises(ValueError, match="naive"):
        calendar.clears_at(PaymentRule.parse("DAY 1d"), naive, NEW_YORK)
