"""What holds for every rule, reference and zone."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st
from makegood.domain import calendar
from makegood.domain.calendar import LockKind, LockRule, PaymentKind, PaymentRule
from makegood.domain.problems import Malformed

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC", "America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "America/Santiago",
        "America/Havana", "America/Asuncion", "Europe/Berlin", "Europe/Dublin", "Atlantic/Azores",
        "Africa/Casablanca", "Africa/Cairo", "Asia/Beirut", "Asia/Amman", "Asia/Tehran",
        "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Apia",
        "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Antarctica/Troll",
    )
]  # fmt: skip
ZONES_BACK_OVER_MIDNIGHT = [ZoneInfo("America/St_Johns"), ZoneInfo("America/Goose_Bay")]

zones = st.sampled_from(ZONES)
any_zones = st.sampled_from(ZONES + ZONES_BACK_OVER_MIDNIGHT)
days = st.dates(date(2000, 1, 1), date(2060, 12, 31))
instants = st.datetimes(
    datetime(2000, 1, 2), datetime(2060, 12, 31), timezones=st.just(UTC), allow_imaginary=False
)
period_locks = st.one_of(
    st.builds(LockRule, st.just(LockKind.DAY), st.just(0), st.integers(0, 27)),
    st.builds(LockRule, st.just(LockKind.MONTH), st.integers(0, 24), st.integers(0, 31)),
)
locks = period_locks | st.just(LockRule(LockKind.OPEN_ENDED))
payments = st.one_of(
    st.builds(
        PaymentRule,
        st.sampled_from([PaymentKind.DAY, PaymentKind.WEEK]),
        st.just(0),
        st.integers(0, 27),
    ),
    st.builds(PaymentRule, st.just(PaymentKind.MONTH), st.integers(0, 24), st.integers(0, 31)),
)


@st.composite
def clock_changes(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    """A zone, and an instant within some hours of a change of its offset."""
    zone = draw(any_zones)
    at = datetime(draw(st.integers(2001, 2030)), 1, 1, tzinfo=UTC)
    steps = [at + timedelta(hours=12 * step) for step in range(732)]
    offsets = [step.astimezone(zone).utcoffset() for step in steps]
    changes = [step for step, a, b in zip(steps, offsets, offsets[1:], strict=False) if a != b]
    near = draw(st.sampled_from(changes or [at]))
    return zone, near + timedelta(seconds=draw(st.integers(-86_400, 2 * 86_400)))


def assert_starts_a_day(at: datetime, zone: ZoneInfo) -> None:
    local = at.astimezone(zone)
    before = (at - timedelta(seconds=1)).astimezone(zone)
    assert before.date() < local.date()
    if (local.hour, local.minute, local.second, local.microsecond) != (0, 0, 0, 0):
        assert before.utcoffset() < local.utcoffset(), "only a skipped midnight may be missed"


@given(days, any_zones)
@example(date(2011, 12, 30), ZoneInfo("Pacific/Apia"))
@example(date(2007, 11, 3), ZoneInfo("America/St_Johns"))
def test_a_day_ends_where_a_later_one_starts_and_never_comes_back(
    day: date, zone: ZoneInfo
) -> None:
    end = calendar.end_of_day(day, zone)
    assert_starts_a_day(end, zone)
    assert (end - timedelta(seconds=1)).astimezone(zone).date() <= day
    for quarter_hours in range(200):
        assert (end + timedelta(minutes=15 * quarter_hours)).astimezone(zone).date() > day


@given(clock_changes())
def test_a_day_ends_after_each_of_its_instants_even_where_clocks_jump(
    change: tuple[ZoneInfo, datetime],
) -> None:
    zone, at = change
    end = calendar.end_of_day(calendar.local_day(at, zone), zone)
    assert at < end <= at + timedelta(hours=26)
    assert_starts_a_day(end, zone)


@given(period_locks, instants, any_zones)
def test_a_lock_is_at_the_start_of_a_day_and_not_before_the_references_day_ends(
    rule: LockRule, reference: datetime, zone: ZoneInfo
) -> None:
    locks_at = calendar.locks_at(rule, reference, zone)
    assert_starts_a_day(locks_at, zone)
    assert locks_at >= calendar.end_of_day(calendar.local_day(reference, zone), zone)


@given(payments, instants, any_zones)
def test_a_clearing_is_at_the_start_of_a_day_and_not_before_the_lock(
    rule: PaymentRule, locked_at: datetime, zone: ZoneInfo
) -> None:
    clears_at = calendar.clears_at(rule, locked_at, zone)
    assert_starts_a_day(clears_at, zone)
    assert clears_at >= locked_at


@given(period_locks, instants, instants, zones)
def test_a_later_reference_never_locks_earlier(
    rule: LockRule, one: datetime, other: datetime, zone: ZoneInfo
) -> None:
    earlier, later = sorted((one, other))
    assert calendar.locks_at(rule, earlier, zone) <= calendar.locks_at(rule, later, zone)


@given(payments, clock_changes(), st.integers(0, 200_000))
def test_a_later_lock_of_a_later_day_never_clears_earlier(
    rule: PaymentRule, change: tuple[ZoneInfo, datetime], seconds: int
) -> None:
    zone, earlier = change
    later = earlier + timedelta(seconds=seconds)
    if calendar.local_day(earlier, zone) <= calendar.local_day(later, zone):
        earlier_clears = calendar.clears_at(rule, earlier, zone)
        assert earlier_clears <= calendar.clears_at(rule, later, zone)


@given(st.integers(0, 26), instants, any_zones)
def test_a_day_more_locks_a_day_later(days: int, reference: datetime, zone: ZoneInfo) -> None:
    locks_at = calendar.locks_at(LockRule(LockKind.DAY, days=days), reference, zone)
    next_day = calendar.locks_at(LockRule(LockKind.DAY, days=days + 1), reference, zone)
    assert timedelta(0) <= next_day - locks_at <= timedelta(hours=26)
    again = calendar.clears_at(PaymentRule(PaymentKind.DAY, days=1), locks_at, zone)
    if zone.key != "Pacific/Apia":
        assert again == next_day


@given(st.integers(0, 24), instants, any_zones)
def test_a_month_rule_without_days_locks_on_the_first_of_a_month(
    months: int, reference: datetime, zone: ZoneInfo
) -> None:
    locks_at = calendar.locks_at(LockRule(LockKind.MONTH, months), reference, zone)
    first = calendar.local_day(locks_at, zone)
    day = calendar.local_day(reference, zone)
    assert first.day == 1
    assert (first.year - day.year) * 12 + first.month - day.month == months + 1


@given(instants, any_zones)
def test_a_week_ends_where_a_monday_starts(locked_at: datetime, zone: ZoneInfo) -> None:
    clears_at = calendar.clears_at(PaymentRule(PaymentKind.WEEK), locked_at, zone)
    assert calendar.local_day(clears_at, zone).weekday() == 0
    assert clears_at - locked_at <= timedelta(days=7, hours=2)


@given(instants, any_zones)
def test_an_open_ended_lock_shows_the_date_730_days_later(
    reference: datetime, zone: ZoneInfo
) -> None:
    locks_at = calendar.locks_at(LockRule(LockKind.OPEN_ENDED), reference, zone)
    shown = calendar.local_day(locks_at, zone) - calendar.local_day(reference, zone)
    assert shown.days in ({730, 731} if zone.key == "Pacific/Apia" else {730})
    assert abs(locks_at - reference - timedelta(days=730)) <= timedelta(days=1)


@given(locks)
def test_a_lock_rule_survives_its_text(rule: LockRule) -> None:
    assert LockRule.parse(str(rule)) == rule


@given(payments)
def test_a_payment_rule_survives_its_text(rule: PaymentRule) -> None:
    assert PaymentRule.parse(str(rule)) == rule


@given(instants, any_zones)
def test_an_instant_survives_its_text_to_the_second(at: datetime, zone: ZoneInfo) -> None:
    read = calendar.parse_instant(calendar.in_zone(at, zone), ZoneInfo("UTC"))
    assert read == at.replace(microsecond=0)


@given(clock_changes())
def test_a_time_without_offset_shows_as_it_was_written_unless_the_clock_skips_it(
    change: tuple[ZoneInfo, datetime],
) -> None:
    zone, at = change
    written = calendar.in_zone(at, zone)[:19]
    assert calendar.in_zone(calendar.parse_instant(written, zone), zone)[:19] == written


near_dates = st.from_regex(r"2\d{3}-[01]\d-[0-3]\d[T ]?[0-9:.,]{0,12}[Z+ -]?[0-9:]{0,6}")


@given(st.text() | near_dates | near_dates.map(json.dumps), any_zones)
@example("2000-01-01T00:00:00+23:59", ZoneInfo("UTC"))
@example("2999-12-31T23:59:59", ZoneInfo("Pacific/Pago_Pago"))
def test_any_text_is_an_aware_utc_instant_or_malformed(text: str, zone: ZoneInfo) -> None:
    with suppress(Malformed):
        read = calendar.parse_instant(text, zone)
        assert read.tzinfo is UTC
        assert read.microsecond == 0
        assert 1899 <= read.year <= 3000


@given(st.text())
def test_any_text_is_a_zone_or_malformed(name: str) -> None:
    with suppress(Malformed):
        assert calendar.zone(name).key == name


@given(st.text())
def test_any_text_is_a_rule_or_malformed(text: str) -> None:
    for kind in (LockRule, PaymentRule):
        with suppress(Malformed):
            rule = kind.parse(text)
            assert kind.parse(str(rule)) == rule
