"""Service levels: how an advertiser answers its partners and pays them, by day.

Each inquiry and each action *adds* something to a few days: to the day of its filing, of its
decision, of its payment; and, while it waits, to the instant from which it is overdue. What it adds
follows from it as it is now alone. So a level is the sum over all inquiries and actions, and
whoever hears of a later version takes what the one before added away and adds the new.

Days are the campaign's local ones. A time to answer is counted in local midnights from filing to
the decision, without those that passed while the partner was asked something, as far as the
inquiry's clock knows. What the partner withdrew is as if it had never been filed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from makegood.domain import calendar
from makegood.domain.actions import ActionState, Origin
from makegood.domain.deadlines import Clock
from makegood.domain.inquiries import InquiryState, InquiryType
from makegood.domain.money import Money

FILED = "filed"
IN_TIME, LATE, UNDATED = "in_time", "late", "undated"
"""Decisions before the contract's deadline, after it, and without one."""

APPEALS_WON, APPEALS_LOST = "appeals_won", "appeals_lost"
OPEN = "open"
ANSWER_DAYS, PAYMENT_DAYS = "answer_days_", "payment_days_"
"""What a count is called of decisions, or payments, that took so many days."""

UNPAID, UNPAID_COUNT = "unpaid_", "unpaid_count_"
"""What a sum of payouts is called, in minor units, and their count, before their currency."""

NO_VERDICT = "NONE"
"""The verdict of what the shop's orders were not asked about."""

QUARTER = timedelta(minutes=15)
"""What all offsets of time zones are multiples of: an end of a local day is never rounded."""

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Slot(NamedTuple):
    """Where something is added: to a `day`, or to what is overdue from an instant on."""

    day: date | None = None
    due: datetime | None = None


class Name(NamedTuple):
    """What is added to there."""

    slot: Slot
    count: str


Added = Mapping[Name, int]
"""What one inquiry or action adds. Nothing in it is zero."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose levels something belongs to."""

    advertiser_id: str
    campaign_id: str
    partner_id: str

    @property
    def scopes(self) -> tuple[str, ...]:
        """An advertiser's whole levels and a campaign's; a partner's, whole and in a campaign."""
        return (
            of_advertiser(self.advertiser_id),
            of_campaign(self.campaign_id),
            of_partner(self.partner_id),
            of_partner(self.partner_id, self.campaign_id),
        )


def of_advertiser(advertiser_id: str) -> str:
    return f"advertiser:{advertiser_id}"


def of_campaign(campaign_id: str) -> str:
    return f"campaign:{campaign_id}"


def of_partner(partner_id: str, campaign_id: str = "") -> str:
    return f"partner:{partner_id}" + (f":{campaign_id}" if campaign_id else "")


@dataclass(frozen=True, slots=True)
class FiledInquiry:
    """What levels go by of an inquiry; `verdict` is blank where none was made."""

    filed_at: datetime
    inquiry_type: InquiryType
    state: InquiryState
    resolved_at: datetime | None
    clock: Clock | None
    verdict: str
    is_appeal: bool


@dataclass(frozen=True, slots=True)
class CreditedAction:
    """What levels go by of an action."""

    created_at: datetime
    origin: Origin
    state: ActionState
    clears_at: datetime
    paid_at: datetime | None
    payout: Money


def of_inquiry(inquiry: FiledInquiry, zone: ZoneInfo) -> Added:
    """What an inquiry adds: that it was filed, how it was decided, or by when it has to be.

    While it waits for its partner it cannot be overdue.
    """
    rules, clock = inquiry.state.rules, inquiry.clock
    if rules.is_void:
        return {}
    added = Counter({Name(_day(inquiry.filed_at, zone), FILED): 1})
    if rules.is_live:
        waits = rules.awaits_decision and clock is not None and clock.paused_at is None
        if waits and clock is not None and clock.answer_by is not None:
            added[Name(_due(clock.answer_by), OPEN)] += 1
    elif inquiry.resolved_at is not None:
        day = _day(inquiry.resolved_at, zone)
        for name in _of_decision(inquiry, inquiry.resolved_at, zone):
            added[Name(day, name)] += 1
    return added


def _of_decision(inquiry: FiledInquiry, at: datetime, zone: ZoneInfo) -> Iterable[str]:
    clock = inquiry.clock.resumed(at, zone) if inquiry.clock else None
    began_at = clock.started_at if clock else inquiry.filed_at
    yield f"{ANSWER_DAYS}{bucket(_days(began_at, at, zone))}"
    if clock is None or clock.answer_by is None:
        yield UNDATED
    else:
        yield IN_TIME if at < clock.answer_by else LATE
    yield share_name(inquiry.inquiry_type, inquiry.verdict, inquiry.state)
    if inquiry.is_appeal:
        yield APPEALS_WON if inquiry.state.rules.is_accepted else APPEALS_LOST


def of_action(action: CreditedAction, zone: ZoneInfo) -> Added:
    """What an action adds: how long an accepted inquiry waited for its payment, or from when on its
    payout is overdue.
    """
    if action.paid_at is not None and action.state.rules.is_paid:
        if action.origin is not Origin.INQUIRY:
            return {}
        days = bucket(_days(action.created_at, action.paid_at, zone))
        return {Name(_day(action.paid_at, zone), f"{PAYMENT_DAYS}{days}"): 1}
    if not action.state.rules.is_set_aside or not action.payout.minor:
        return {}
    due, currency = _due(action.clears_at), action.payout.currency
    return {
        Name(due, f"{UNPAID}{currency}"): action.payout.minor,
        Name(due, f"{UNPAID_COUNT}{currency}"): 1,
    }


def _day(at: datetime, zone: ZoneInfo) -> Slot:
    return Slot(day=calendar.local_day(at, zone))


def _due(at: datetime) -> Slot:
    """The next quarter of an hour, so that few instants are kept whatever there is."""
    quarters = -((EPOCH - at) // QUARTER)
    return Slot(due=EPOCH + quarters * QUARTER)


def _days(start: datetime, end: datetime, zone: ZoneInfo) -> int:
    return max(0, (calendar.local_day(end, zone) - calendar.local_day(start, zone)).days)


BUCKETS = ((60, 1), (180, 10), (360, 30))
"""Up to so many days, in steps of so many; what took longer is in one bucket."""

LONGEST = 361


def bucket(days: int) -> int:
    """The last day of the bucket that a number of days is in: the day itself up to 60."""
    before = 0
    for upto, step in BUCKETS:
        if days <= upto:
            return before + -(-(days - before) // step) * step
        before = upto
    return LONGEST


def share_name(inquiry_type: InquiryType, verdict: str, state: InquiryState) -> str:
    outcome = "accepted" if state.rules.is_accepted else "declined"
    return f"{outcome}_{inquiry_type}_{verdict or NO_VERDICT}"


class Share(NamedTuple):
    """How inquiries of a type, with a verdict, were decided."""

    inquiry_type: str
    verdict: str
    accepted: int = 0
    declined: int = 0


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of some days: `counts` by the names above."""

    counts: Mapping[str, int]

    @classmethod
    def over(cls, days: Iterable[Mapping[str, int]]) -> "Levels":
        total: Counter[str] = Counter()
        for each in days:
            total.update(each)
        return cls(total)

    def _count(self, name: str) -> int:
        return self.counts.get(name, 0)

    @property
    def filed(self) -> int:
        return self._count(FILED)

    @property
    def in_time(self) -> int:
        return self._count(IN_TIME)

    @property
    def late(self) -> int:
        return self._count(LATE)

    @property
    def undated(self) -> int:
        return self._count(UNDATED)

    @property
    def answered(self) -> int:
        return self.in_time + self.late + self.undated

    @property
    def appeals_won(self) -> int:
        return self._count(APPEALS_WON)

    @property
    def appeals_decided(self) -> int:
        return self.appeals_won + self._count(APPEALS_LOST)

    @property
    def accepted(self) -> int:
        return sum(each.accepted for each in self.shares)

    @property
    def shares(self) -> list[Share]:
        """By type and verdict, in the order of their names."""
        found: dict[tuple[str, str], Share] = {}
        for name, count in self.counts.items():
            outcome, _, what = name.partition("_")
            if outcome in ("accepted", "declined") and count:
                inquiry_type, _, verdict = what.partition("_")
                share = found.get((inquiry_type, verdict), Share(inquiry_type, verdict))
                more = share._replace(**{outcome: count})
                found[inquiry_type, verdict] = more
        return [found[each] for each in sorted(found)]

    def days(self, prefix: str) -> dict[int, int]:
        """How many took how many days: decisions by ANSWER_DAYS, payments by PAYMENT_DAYS."""
        found = {
            int(name.removeprefix(prefix)): count
            for name, count in self.counts.items()
            if name.startswith(prefix) and count
        }
        return dict(sorted(found.items()))


def percentile(days: Mapping[int, int], percent: int) -> int | None:
    """The fewest days within which at least that share lies; None where there is nothing."""
    total, reached = sum(days.values()), 0
    for each in sorted(days):
        reached += days[each]
        if reached * 100 >= total * percent and reached:
            return each
    return None


def per_mille(part: int, whole: int) -> int | None:
    """A share in thousandths, half to even; None of nothing."""
    if not whole:
        return None
    share, rest = divmod(part * 1000, whole)
    return share + (rest * 2 > whole or (rest * 2 == whole and share % 2))
