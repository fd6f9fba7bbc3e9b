"""When things fall due: whole local days, counted in the campaign's time zone, kept as instants.

    locking      DAY D            end of the day of the reference + D days
                 MONTH M, D       end of the month of the reference + M months + D days
                 OPEN_ENDED       730 days after the reference, unless it is approved before
    payment      DAY D            end of the day of the lock + D days
                 WEEK D           end of the week of the lock (Monday starts one) + D days
                 MONTH M, D       end of the month of the lock + M months + D days

The end of a period is the local midnight that starts the next one, so a lock at that midnight
belongs to the day that just ended. Months are counted from month end to month end: one month after
the end of January is the end of February, one month after that is the end of March.

A local time that a clock skips stands for the first instant after the gap. One that it shows twice
is the first of the two; where clocks go back over midnight, the day ends at the second midnight,
when no instant of it is left.

Every instant here is aware, and in UTC when it is answered; a naive one is refused. Rules are dates
first and instants last, so no rule adds hours to an instant.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from makegood.domain.problems import Malformed

OPEN_ENDED_DAYS = 730
"""Local days after which an open-ended action that nobody approved locks by itself."""

DAYS_MAX = 27
"""Most days of a rule that counts days only, from the end of a day or a week."""

MONTHS_MAX = 24
MONTH_DAYS_MAX = 31
"""Most months of a `MONTH` rule, and most days after them."""

ZONES_KEPT, DAYS_KEPT = 64, 1_024
"""Zones by name and ends of days that a process keeps: rows of one file share most of theirs."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)
"""The least difference of two instants that is kept."""

_INSTANT_BEFORE = timedelta(microseconds=1)
_RULE = r"(?a)([A-Z_]+)(?: (?:(\d{1,3})m\+)?(\d{1,3})d)?"
_ZONE_NAME = r"[A-Z][A-Za-z0-9_+/-]{1,63}"
_WRITTEN = (
    r"(?a)(19\d\d|2\d{3})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?"
    r"(?:([Zz]| (?i:Z|UTC|GMT))|( ?[-+\u2212]| {1,2})([01]\d|2[0-3])(?::?([0-5]\d))?)?)?"
)
"""Patterns are compiled where they are first used, and kept by `re`."""

_NOT_A_DATE = "not_a_date", "Not a date; write it like 2026-01-31T14:05:00-05:00"


class Due(StrEnum):
    """What falls due, each on its own date: a sweep does it."""

    LOCK = "LOCK"
    LAPSE = "LAPSE"
    PAY = "PAY"
    APPROVE = "APPROVE"


class LockKind(StrEnum):
    DAY = "DAY"
    MONTH = "MONTH"
    OPEN_ENDED = "OPEN_ENDED"


class PaymentKind(StrEnum):
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


@dataclass(frozen=True, slots=True)
class _Rule:
    """A kind of period, and how many months and days after its end; written like `MONTH 0m+27d`.

    `DAY` and `WEEK` take 0 to 27 days; `MONTH` 0 to 24 months and 0 to 31 days; `OPEN_ENDED`
    neither.
    """

    kind: LockKind | PaymentKind
    months: int = 0
    days: int = 0

    KINDS: ClassVar[type[LockKind] | type[PaymentKind]]
    EXAMPLES: ClassVar[str]

    def __post_init__(self) -> None:
        months_max, days_max = {
            "MONTH": (MONTHS_MAX, MONTH_DAYS_MAX),
            "OPEN_ENDED": (0, 0),
        }.get(self.kind, (0, DAYS_MAX))
        if not 0 <= self.months <= months_max or not 0 <= self.days <= days_max:
            raise Malformed(
                "rule_out_of_limits",
                f"{self.kind} takes 0 to {months_max} months and 0 to {days_max} days, "
                f"not {self.months} months and {self.days} days",
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The rule that `str` writes; raises `Malformed`."""
        match = re.fullmatch(_RULE, text.strip())
        if match is not None and match[1] in cls.KINDS.__members__:
            written = (match[2] is not None, match[3] is not None)
            if written == (match[1] == "MONTH", match[1] != "OPEN_ENDED"):
                return cls(cls.KINDS(match[1]), int(match[2] or 0), int(match[3] or 0))
        raise Malformed("not_a_rule", f"Not such a rule; write it like {cls.EXAMPLES}")

    def __str__(self) -> str:
        if self.kind == "OPEN_ENDED":
            return self.kind
        months = f"{self.months}m+" if self.kind == "MONTH" else ""
        return f"{self.kind} {months}{self.days}d"


class LockRule(_Rule):
    """When an action locks, counted from its reference: `DAY 15d`, `MONTH 0m+27d`, `OPEN_ENDED`."""

    __slots__ = ()
    KINDS = LockKind
    EXAMPLES = "DAY 15d, MONTH 0m+27d or OPEN_ENDED"


class PaymentRule(_Rule):
    """When what is locked falls due, counted from the lock: `DAY 4d`, `WEEK 3d`, `MONTH 0m+20d`."""

    __slots__ = ()
    KINDS = PaymentKind
    EXAMPLES = "DAY 4d, WEEK 3d or MONTH 0m+20d"


@lru_cache(ZONES_KEPT)
def zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name, like `America/New_York`; raises `Malformed`.

    Names of files that a machine keeps beside them, like `localtime` or `right/UTC`, are none.
    """
    if re.fullmatch(_ZONE_NAME, name):
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(name)
    raise Malformed("unknown_time_zone", "Not an IANA time zone; write it like America/New_York")


def local_day(instant: datetime, zone: tzinfo) -> date:
    """The date that the zone's calendar shows at this instant."""
    return _local(instant, zone).date()


def in_zone(instant: datetime, zone: tzinfo) -> str:
    """ISO 8601 to the second with the zone's offset, like `2025-01-02T09:29:24-05:00`."""
    return _local(instant, zone).isoformat(timespec="seconds")


@lru_cache(DAYS_KEPT)
def end_of_day(day: date, zone: tzinfo) -> datetime:
    """The local midnight that starts the next day, or the first instant after it."""
    next_day = day + _DAY
    return _instant(datetime.combine(next_day, time.min), zone)


def locks_at(rule: LockRule, reference: datetime, zone: ZoneInfo) -> datetime:
    """When an action of this reference locks (calendar rules, locking).

    An open-ended one locks by itself 730 local days after the reference, at the same time of day:
    that is a term counted from an instant, not the end of a period.
    """
    local = _local(reference, zone)
    if rule.kind is LockKind.OPEN_ENDED:
        wall = local.replace(tzinfo=None) + timedelta(days=OPEN_ENDED_DAYS)
        return _instant(wall, zone)
    return _end(rule, local.date(), zone)


def clears_at(rule: PaymentRule, locked_at: datetime, zone: ZoneInfo) -> datetime:
    """When an amount that locks then falls due (calendar rules, payment).

    A lock at the very start of a day belongs to the day that just ended.
    """
    return _end(rule, local_day(locked_at - _INSTANT_BEFORE, zone), zone)


def _end(rule: LockRule | PaymentRule, day: date, zone: ZoneInfo) -> datetime:
    if rule.kind == "MONTH":
        day = month_end(day, rule.months)
    elif rule.kind == "WEEK":
        day += timedelta(days=6 - day.weekday())
    return end_of_day(day + timedelta(days=rule.days), zone)


def month_end(day: date, months: int) -> date:
    """The last day of the month that lies so many months after this day's."""
    years, month0 = divmod(day.year * 12 + day.month + months, 12)
    return date(years, month0 + 1, 1) - _DAY


def days_later(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The instant so many local days later at the same time of day."""
    if not days:
        return at
    return _instant(_local(at, zone).replace(tzinfo=None) + timedelta(days=days), zone)


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """The instant that somebody wrote in ISO 8601, to the second; raises `Malformed` only.

    A date alone is its local midnight; a time without an offset is the zone's. `T` or a space comes
    before the time, seconds may be missing, and fractions of one are dropped. The offset is `Z`,
    `-05:00`, `-0500` or `-05`, with a space before it or not, or ` UTC` or ` GMT`; its plus may be
    a space, as a query that is not escaped makes it.
    Years are 2000 to 2999: whether a date lies in the future is asked elsewhere.
    """
    match = re.fullmatch(_WRITTEN, text.strip())
    if match is None:
        raise Malformed(*_NOT_A_DATE)
    year, month, day, hour, minute, second, utc, sign, ahead_hours, ahead_minutes = match.groups()
    try:
        wall = datetime(  # noqa: DTZ001 - a wall clock's time, placed in its zone below
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
        )
    except ValueError:
        raise Malformed(*_NOT_A_DATE) from None
    if utc:
        return wall.replace(tzinfo=UTC)
    if not sign:
        return _instant(wall, zone)
    ahead = timedelta(hours=int(ahead_hours), minutes=int(ahead_minutes or 0))
    behind = sign.strip() in ("-", "\u2212")
    return (wall + ahead if behind else wall - ahead).replace(tzinfo=UTC)


def parse_end(text: str, zone: tzinfo) -> datetime:
    """The first instant after an end that somebody wrote, as `parse_instant` reads it.

    A date alone is that whole local day, anything else its second: what was written is included.
    """
    at = parse_instant(text, zone)
    if ":" in text:
        return at + _SECOND
    return end_of_day(date.fromisoformat(text.strip()), zone)


def lacks_offset(text: str) -> bool:
    """Whether a date can be read that says nothing of its time zone."""
    match = re.fullmatch(_WRITTEN, text.strip())
    return match is not None and not match.group(7) and not match.group(8)


def _local(instant: datetime, zone: tzinfo) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError("a naive datetime is no instant; give it a time zone")
    return instant.astimezone(zone)


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    """The instant at which the zone's clock shows `wall`; how gaps and overlaps go is above."""
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return first
    if first > second:
        return _end_of_gap(second.replace(microsecond=0), first, zone)
    if local_day(second - _INSTANT_BEFORE, zone) < wall.date():
        return second
    return first


def _end_of_gap(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The whole second between the two at which the zone's offset changes."""
    offset = before.astimezone(zone).utcoffset()
    seconds_low, seconds_high = 0, (after - before) // _SECOND
    while seconds_high - seconds_low > 1:
        middle = (seconds_low + seconds_high) // 2
        if (before + middle * _SECOND).astimezone(zone).utcoffset() == offset:
            seconds_low = middle
        else:
            seconds_high = middle
    return before + seconds_high * _SECOND
