"""Dates and rules as people read them: `at the end of 20 March 2026`, `4 days after the end of the
week in which it locks`.

An instant that ends a local day is told by the day that it ends, because nobody looks for a payment
"on 21 March at midnight".
"""

from datetime import datetime, timedelta, tzinfo

from makegood.domain import calendar
from makegood.domain.calendar import LockRule, PaymentRule

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_INSTANT_BEFORE = timedelta(microseconds=1)


def when(at: datetime, zone: tzinfo) -> str:
    """`at the end of 20 March 2026`, or `on 20 March 2026 at 14:05`."""
    ended = calendar.local_day(at - _INSTANT_BEFORE, zone)
    if at == calendar.end_of_day(ended, zone):
        return f"at the end of {day(at - _INSTANT_BEFORE, zone)}"
    return moment(at, zone)


def moment(at: datetime, zone: tzinfo) -> str:
    """When something happened, like `on 20 March 2026 at 14:05`."""
    return f"on {day(at, zone)} at {at.astimezone(zone):%H:%M}"


def day(at: datetime, zone: tzinfo) -> str:
    """The local date, like `20 March 2026`."""
    date = calendar.local_day(at, zone)
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def counted(rule: LockRule | PaymentRule, day_of: str, period_of: str) -> str:
    """What a rule counts from there, like `27 days after the end of the month of the order`.

    `day_of` names the day that a `DAY` rule ends, `period_of` follows the week or the month.
    """
    more = [_many(rule.months, "month"), _many(rule.days, "day")]
    distance = " and ".join(each for each in more if each)
    end = day_of if rule.kind == "DAY" else f"the {rule.kind.lower()} {period_of}"
    return f"{distance} after the end of {end}" if distance else f"the end of {end}"


def _many(count: int, what: str) -> str:
    return "" if not count else f"{count} {what}" if count == 1 else f"{count} {what}s"
