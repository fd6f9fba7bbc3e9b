"""Rules, dates and zones as people and files write them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from makegood.domain import calendar
from makegood.domain.calendar import LockKind, LockRule, PaymentKind, PaymentRule
from makegood.domain.problems import Malformed

NEW_YORK = ZoneInfo("America/New_York")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
ST_JOHNS = ZoneInfo("America/St_Johns")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Rules as texts


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("DAY 15d", LockRule(LockKind.DAY, days=15)),
        ("DAY 0d", LockRule(LockKind.DAY)),
        ("MONTH 0m+27d", LockRule(LockKind.MONTH, days=27)),
        ("MONTH 24m+31d", LockRule(LockKind.MONTH, months=24, days=31)),
        ("OPEN_ENDED", LockRule(LockKind.OPEN_ENDED)),
        ("DAY 4d", PaymentRule(PaymentKind.DAY, days=4)),
        ("WEEK 27d", PaymentRule(PaymentKind.WEEK, days=27)),
        ("MONTH 1m+0d", PaymentRule(PaymentKind.MONTH, months=1)),
    ],
)
def test_a_rule_reads_as_it_is_written(text: str, rule: LockRule | PaymentRule) -> None:
    assert type(rule).parse(text) == rule
    assert str(rule) == text


@pytest.mark.parametrize(
    "text",
    ["", "DAY", "DAY 15", "day 15d", "DAY -1d", "DAY 1m+1d", "MONTH 3d", "MONTH 1m", "MONTH",
     "OPEN_ENDED 3d", "WEEK 3d", "DAY 15d ever", "DAY  15d", "DAY 1.5d", "DAY \uff11d",
     "DAY 1000d"],
)  # fmt: skip
def test_what_is_no_lock_rule_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Malformed, match="MONTH 0m\\+27d") as caught:
        LockRule.parse(text)
    assert caught.value.code == "not_a_rule"


@pytest.mark.parametrize("text", ["OPEN_ENDED", "WEEK 0m+3d", "WEEK", "YEAR 1d", "NONE"])
def test_what_is_no_payment_rule_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Malformed, match="WEEK 3d") as caught:
        PaymentRule.parse(text)
    assert caught.value.code == "not_a_rule"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (LockRule, "DAY 28d"),
        (LockRule, "MONTH 25m+0d"),
        (LockRule, "MONTH 0m+32d"),
        (PaymentRule, "DAY 28d"),
        (PaymentRule, "WEEK 28d"),
        (PaymentRule, "MONTH 25m+0d"),
        (PaymentRule, "MONTH 0m+32d"),
    ],
)
def test_a_rule_over_its_limit_is_refused_with_the_limit(
    kind: type[LockRule] | type[PaymentRule], text: str
) -> None:
    with pytest.raises(Malformed, match="0 to ") as caught:
        kind.parse(text)
    assert caught.value.code == "rule_out_of_limits"


@pytest.mark.parametrize(
    ("kind", "months", "days"),
    [(LockKind.DAY, 1, 0), (LockKind.DAY, 0, -1), (LockKind.MONTH, -1, 0),
     (LockKind.OPEN_ENDED, 0, 1), (LockKind.OPEN_ENDED, 1, 0)],
)  # fmt: skip
def test_an_impossible_rule_cannot_be_built(kind: LockKind, months: int, days: int) -> None:
    with pytest.raises(Malformed):
        LockRule(kind, months, days)


# Dates as people write them


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00+00:00"),
        ("2020-01-01t00:00:00z", "2020-01-01T00:00:00+00:00"),
        ("2020-01-01T00:00:00+00:00", "2020-01-01T00:00:00+00:00"),
        ("2020-01-01T00:00:00+0000", "2020-01-01T00:00:00+00:00"),
        ("2020-01-01T00:00:00+00", "2020-01-01T00:00:00+00:00"),
        ("2020-01-01T00:00:00 00:00", "2020-01-01T00:00:00+00:00"),
        ("2020-01-01T00:00:00 0530", "2020-01-01T00:00:00+05:30"),
        ("2020-01-01T00:00:00-0500", "2020-01-01T00:00:00-05:00"),
        ("2020-01-01T00:00:00-05:00", "2020-01-01T00:00:00-05:00"),
        ("2020-01-01 00:00:00-05:00", "2020-01-01T00:00:00-05:00"),
        ("2026-03-05 10:22:13 -0500", "2026-03-05T10:22:13-05:00"),
        ("2026-03-05 10:22:13 +01:00", "2026-03-05T10:22:13+01:00"),
        ("2026-03-05 10:22:13  0100", "2026-03-05T10:22:13+01:00"),
        ("2026-03-05T10:22 \u221205", "2026-03-05T10:22:00-05:00"),
        ("2026-03-05 10:22:13 UTC", "2026-03-05T10:22:13+00:00"),
        ("2026-03-05 10:22:13.5 gmt", "2026-03-05T10:22:13+00:00"),
        ("2026-03-05 10:22:13 Z", "2026-03-05T10:22:13+00:00"),
        ("2020-01-01 13:41:52", "2020-01-01T13:41:52-05:00"),
        ("2020-01-01T13:41:52", "2020-01-01T13:41:52-05:00"),
        ("2020-07-01T13:41:52", "2020-07-01T13:41:52-04:00"),
        ("2020-01-01T13:41", "2020-01-01T13:41:00-05:00"),
        ("2020-01-01T13:41+01:00", "2020-01-01T13:41:00+01:00"),
        ("2020-01-01T13:41:52.999Z", "2020-01-01T13:41:52+00:00"),
        ("2020-01-01T13:41:52,999999999Z", "2020-01-01T13:41:52+00:00"),
        ("2020-01-01", "2020-01-01T00:00:00-05:00"),
        ("  2020-07-01\n", "2020-07-01T00:00:00-04:00"),
        ("2024-02-29", "2024-02-29T00:00:00-05:00"),
        ("2000-01-01T00:00:00+14:00", "1999-12-31T10:00:00+00:00"),
        ("2999-01-01T00:00:00Z", "2999-01-01T00:00:00+00:00"),
        ("2999-12-31T23:59:59-12:00", "2999-12-31T23:59:59-12:00"),
        ("2026-03-08T02:30:00", "2026-03-08T03:00:00-04:00"),
        ("2026-03-08T02:17:12", "2026-03-08T03:00:00-04:00"),
        ("2026-11-01T01:30:00", "2026-11-01T01:30:00-04:00"),
    ],
)
def test_a_date_is_read_however_iso_8601_writes_it(text: str, expected: str) -> None:
    read = calendar.parse_instant(text, NEW_YORK)
    assert read == instant(expected)
    assert read.tzinfo is UTC


def test_a_date_alone_starts_when_the_day_before_it_ends() -> None:
    read = calendar.parse_instant("2018-11-04", SAO_PAULO)
    assert read == instant("2018-11-04T01:00:00-02:00")
    assert read == calendar.end_of_day(date(2018, 11, 3), SAO_PAULO)
    assert calendar.parse_instant("2007-11-04", ST_JOHNS) == instant("2007-11-04T00:00:00-03:30")


@pytest.mark.parametrize(
    "text",
    ["", " ", "yesterday", "2020", "2020-01", "2020-1-1", "20200101", "2020-W01-1", "2020-001",
     "01/31/2020", "31.01.2020", "2020-02-30", "2025-02-29", "2020-13-01", "2020-00-01",
     "2020-01-00", "2020-01-01T", "2020-01-01T24:00:00", "2020-01-01T12", "2020-01-01T12:60",
     "2020-01-01T23:59:60Z", "2020-01-01T00:00:00.Z", "2020-01-01T00:00:00+24:00",
     "2020-01-01T00:00:00+00:60", "2020-01-01T00:00:00+5", "2020-01-01T00:00:00UTC",
     "2020-01-01T00:00:00 EST", "2020-01-01T00:00:00 UTC+1", "2020-01-01T00:00:00  Z",
     "2020-01-01T00:00:00  -05", "2020-01-01 UTC",
     "2020-01-01Z", "2020-01-01+00:00", "2020-01-01  00:00:00", "1899-12-31T23:59:59Z",
     "3000-01-01", "0000-00-00", "12020-01-01", "-2020-01-01", "2020-01-01T00:00:00+00:00Z",
     "\uff12020-01-01", "\u0662020-01-01", "2020-01-01\x00", "2020-01-01T00:00:00\ud800",
     "1577836800", "43831", "2020-01-01T00:00:00%2B00:00", "2020-01-01T00:00:00" + ".0" * 5000],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Malformed, match="2026-01-31T14:05:00-05:00") as caught:
        calendar.parse_instant(text, NEW_YORK)
    assert caught.value.code == "not_a_date"


def test_a_date_that_says_its_offset_in_any_way_does_not_lack_it() -> None:
    for offset in ("Z", " Z", " UTC", " -0500", "+01:00", " 0100"):
        assert not calendar.lacks_offset(f"2026-03-05 10:22:13{offset}")
    assert calendar.lacks_offset("2026-03-05 10:22:13")
    assert not calendar.lacks_offset("2026-03-05 10:22:13 EST")


def test_the_example_that_a_refusal_gives_is_a_date() -> None:
    with pytest.raises(Malformed) as caught:
        calendar.parse_instant("never", NEW_YORK)
    example = caught.value.message.rsplit(" ", 1)[-1]
    assert calendar.in_zone(calendar.parse_instant(example, NEW_YORK), NEW_YORK) == example


# Zones


def test_an_instant_is_shown_with_the_zones_offset_to_the_second() -> None:
    at = instant("2025-01-02T14:29:24.999999+00:00")
    assert calendar.in_zone(at, NEW_YORK) == "2025-01-02T09:29:24-05:00"
    assert calendar.in_zone(at, ZoneInfo("UTC")) == "2025-01-02T14:29:24+00:00"
    assert calendar.in_zone(at, ZoneInfo("Asia/Kathmandu")) == "2025-01-02T20:14:24+05:45"


def test_the_local_day_is_the_zones_date() -> None:
    at = instant("2025-01-01T02:00:00+00:00")
    assert calendar.local_day(at, NEW_YORK) == date(2024, 12, 31)
    assert calendar.local_day(at, KIRITIMATI) == date(2025, 1, 1)


def test_a_zone_is_found_by_its_iana_name() -> None:
    for name in ("America/New_York", "UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires"):
        assert calendar.zone(name).key == name
    assert calendar.zone("UTC") is calendar.zone("UTC")


@pytest.mark.parametrize(
    "name",
    ["", "America", "America/Nowhere", "Berlin", "../UTC", "/etc/localtime", "localtime",
     "right/UTC", "posixrules", "zone.tab", "UTC\x00", " UTC", "UTC\n", "+05:00", "\ud800",
     "A" * 5000],
)  # fmt: skip
def test_what_is_no_zone_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(Malformed, match="America/New_York") as caught:
        calendar.zone(name)
    assert caught.value.code == "unknown_time_zone"
