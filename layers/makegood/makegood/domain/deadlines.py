"""Deadlines of an inquiry: what a contract says of them, and where an inquiry's clock stands.

A contract says in how many days the advertiser answers, and what its silence does; and in how many
days the partner answers a question. Nothing is said unless it is agreed:

    {"answer_days": 30, "silence": "APPROVE_IF_MATCHED", "payout_max": "20.00 USD",
     "event_type_id": "4000", "partner_days": 14}

The advertiser's clock runs from filing to the end of a local day of the campaign. It stops while an
INCOMPLETE inquiry waits for its partner: every local midnight that passes then is a day more. What
was agreed on the day of filing holds for the inquiry, so its clock keeps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from makegood.domain import calendar
from makegood.domain.carried import Carrying
from makegood.domain.json_fields import read_field, read_money, read_object, read_one_of
from makegood.domain.money import Money
from makegood.domain.problems import Malformed

DAYS_MAX = 365
"""The most days that either side may have."""

REASON_OTHER, REASON_INCOMPLETE = 9, 8
REASONS = range(1, 10)
NAMES = (
    *("answer_days", "silence", "payout_max", "event_type_id", "reject_reason"),
    "partner_days",
)


class Silence(StrEnum):
    """What follows if the advertiser has not answered by its deadline."""

    REVIEW = "REVIEW"
    APPROVE_IF_MATCHED = "APPROVE_IF_MATCHED"
    DECLINE = "DECLINE"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """A contract's terms for answers. `payout_max` and `event_type_id` go with APPROVE_IF_MATCHED,
    `reject_reason` with DECLINE; None days are no deadline.
    """

    answer_days: int | None = None
    silence: Silence = Silence.REVIEW
    payout_max: Money | None = None
    event_type_id: str = ""
    reject_reason: int | None = None
    partner_days: int | None = None

    def __post_init__(self) -> None:
        for days in (self.answer_days, self.partner_days):
            if days is not None and not 1 <= days <= DAYS_MAX:
                raise _malformed(f"answer_days and partner_days are from 1 to {DAYS_MAX}")
        if self.silence is not Silence.REVIEW and self.answer_days is None:
            raise _malformed(f"silence {self.silence} needs answer_days")
        pays = self.silence is Silence.APPROVE_IF_MATCHED
        if not pays == (self.payout_max is not None) == bool(self.event_type_id):
            raise _malformed("payout_max and event_type_id go with APPROVE_IF_MATCHED, both")
        if pays and self.payout_max is not None and self.payout_max.minor <= 0:
            raise _malformed("payout_max is more than zero")
        declines = self.silence is Silence.DECLINE
        if declines != (self.reject_reason is not None):
            raise _malformed("reject_reason goes with DECLINE, and with nothing else")
        if self.reject_reason is not None and self.reject_reason not in REASONS:
            raise _malformed("reject_reason is the code of one of the nine, from 1 to 9")

    def __bool__(self) -> bool:
        """Whether anything is agreed."""
        return self.answer_days is not None or self.partner_days is not None

    def to_dict(self) -> dict[str, Any]:
        """Lossless; amounts are texts, and what is not agreed is left out."""
        most = self.payout_max
        written = {
            "answer_days": self.answer_days,
            "silence": str(self.silence) if self.answer_days else None,
            "payout_max": most and f"{most} {most.currency}",
            "event_type_id": self.event_type_id,
            "reject_reason": self.reject_reason,
            "partner_days": self.partner_days,
        }
        return {name: value for name, value in written.items() if value not in (None, "")}

    @classmethod
    def from_dict(cls, data: object, by_hand: bool = False) -> Self:
        """What `to_dict` wrote, or an operator `by_hand` in the same shape; raises `Malformed`.

        `silence` is REVIEW unless it is given, and a DECLINE's reason is `Other`.
        """
        fields = read_object(data, "deadlines", NAMES, by_hand)
        silence = read_one_of(Silence, fields, "silence", Silence.REVIEW)
        reason = _count(fields, "reject_reason")
        if silence is Silence.DECLINE and reason is None:
            reason = REASON_OTHER
        message = "payout_max is an amount with its currency, like 20.00 USD"
        most = read_field(fields, "payout_max", str, "")
        return cls(
            answer_days=_count(fields, "answer_days"),
            silence=silence,
            payout_max=read_money(most, "contract_deadlines", message, by_hand) if most else None,
            event_type_id=read_field(fields, "event_type_id", str, ""),
            reject_reason=reason,
            partner_days=_count(fields, "partner_days"),
        )


NONE = Deadlines()


def _malformed(message: str) -> Malformed:
    return Malformed("contract_deadlines", message)


def _count(fields: Mapping[str, Any], name: str) -> int | None:
    return read_field(fields, name, int) if name in fields else None


class Step(IntEnum):
    """What has been told of the advertiser's deadline, in the order in which it is told."""

    NOTHING = 0
    HALF = 1
    MOST = 2
    OVERDUE = 3


PERCENT = {Step.HALF: 50, Step.MOST: 80, Step.OVERDUE: 100}
"""Of the time from filing to the deadline; what is told then."""


@dataclass(frozen=True, slots=True)
class Clock(Carrying):
    """Where an inquiry's deadlines stand, by what was `agreed` when it was filed.

    The advertiser's time runs from `started_at` to `answer_by`, both later by the days of pauses;
    None if it has no deadline. `paused_at` is since when the inquiry has waited for its partner,
    and `lapses_at` until when. `told` is the last step that was told, in version `told_in`.
    """

    agreed: Deadlines
    started_at: datetime
    answer_by: datetime | None = None
    paused_at: datetime | None = None
    lapses_at: datetime | None = None
    told: Step = Step.NOTHING
    told_in: int = 0

    @property
    def next_at(self) -> datetime | None:
        """When something falls due next: the lapse while it waits for the partner, else the next
        step that has not been told.
        """
        if self.paused_at is not None:
            return self.lapses_at
        if self.answer_by is None or self.told is Step.OVERDUE:
            return None
        return self.at(Step(self.told + 1))

    def at(self, step: Step) -> datetime:
        """When a step is told."""
        if self.answer_by is None:
            raise ValueError("the advertiser has no deadline")
        whole = self.answer_by - self.started_at
        return self.started_at + whole * PERCENT[step] / 100

    def due_step(self, now: datetime) -> Step:
        """The latest step that is due and was not told; one that was passed over is told no more.

        Nothing while it waits for the partner.
        """
        if self.answer_by is None or self.paused_at is not None:
            return Step.NOTHING
        due = [step for step in PERCENT if step > self.told and self.at(step) <= now]
        return max(due, default=Step.NOTHING)

    def lapsed(self, now: datetime) -> bool:
        """Whether the partner has not answered in its time."""
        return self.lapses_at is not None and self.lapses_at <= now

    def stopped(self, now: datetime, zone: ZoneInfo) -> "Clock":
        """Waiting for the partner from now on; a question that is asked again gives it new time."""
        days = self.agreed.partner_days
        lapses_at = None
        if days is not None:
            day = calendar.local_day(now, zone)
            lapses_at = calendar.end_of_day(day + timedelta(days=days), zone)
        return replace(self, paused_at=self.paused_at or now, lapses_at=lapses_at)

    def resumed(self, now: datetime, zone: ZoneInfo) -> "Clock":
        """Running again, later by the local midnights that passed meanwhile."""
        if self.paused_at is None:
            return self
        days = (calendar.local_day(now, zone) - calendar.local_day(self.paused_at, zone)).days
        answer_by = self.answer_by
        if answer_by is not None:
            last = calendar.local_day(answer_by - calendar.MILLISECOND, zone)
            answer_by = calendar.end_of_day(last + timedelta(days=days), zone)
        return replace(
            self,
            started_at=calendar.days_later(self.started_at, days, zone),
            answer_by=answer_by,
            paused_at=None,
            lapses_at=None,
        )

    def having_told(self, step: Step, version: int) -> "Clock":
        return replace(self, told=step, told_in=version)


def started(agreed: Deadlines, is_appeal: bool, now: datetime, zone: ZoneInfo) -> Clock | None:
    """The clock of an inquiry that is filed now; None if nothing is agreed.

    A person decides an appeal: nobody's silence does, and it does not lapse.
    """
    if is_appeal:
        agreed = Deadlines(answer_days=agreed.answer_days)
    if not agreed:
        return None
    answer_by = None
    if agreed.answer_days is not None:
        day = calendar.local_day(now, zone)
        answer_by = calendar.end_of_day(day + timedelta(days=agreed.answer_days), zone)
    return Clock(agreed, now, answer_by)
