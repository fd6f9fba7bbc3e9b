"""Service levels by HTTP: how an advertiser answers and pays, for itself and for its partners.

An advertiser sees its own, whole or of a campaign. A partner sees its own inquiries', and of a
campaign that it has a contract with the advertiser's as well, so it knows them before it files. Of
others' inquiries it learns no verdicts and no money; of its own no verdicts, which it is not told.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from makegood.api import filters, ownership
from makegood.api.http import Reply, Request
from makegood.domain import calendar
from makegood.domain.calendar import in_zone
from makegood.domain.money import Money
from makegood.domain.parties import Campaign, Role
from makegood.domain.problems import Fault, Invalid, NotFound
from makegood.domain.service_levels import (
    ANSWER_DAYS,
    OPEN,
    PAYMENT_DAYS,
    UNPAID,
    UNPAID_COUNT,
    Levels,
    of_advertiser,
    of_campaign,
    of_partner,
    per_mille,
    percentile,
)
from makegood.domain.texts import trimmed
from makegood.store.store import Store

DAYS_SHOWN = 30
"""Days that are shown where none are asked for, up to today."""

DAYS_MAX = 366

MIGRATIONS = ("inquiry_levels", "action_levels")
"""What counts what was there before levels were."""

PARTLY = (
    "What was filed and paid before service levels were counted is not in them yet: the operator's "
    "migration of it is under way"
)

Span = tuple[date, date]


def levels(store: Store, request: Request, now: datetime) -> Reply:
    """The levels of a span of days, and what is overdue now."""
    campaign = ownership.asked_campaign(store, request, optional=True)
    campaign_id = trimmed(request.query.get("CampaignId", ""))
    if campaign_id and campaign is None:
        raise NotFound
    zone: tzinfo = campaign.zone if campaign else UTC
    first, last = _span(request, campaign, calendar.local_day(now, zone))
    caller, is_shop = request.caller.account_id, request.caller.role is Role.ADVERTISER
    if is_shop:
        scope = of_campaign(campaign_id) if campaign_id else of_advertiser(caller)
    else:
        scope = of_partner(caller, campaign_id)
    body: dict[str, Any] = {
        "CampaignId": campaign_id,
        "StartDate": first.isoformat(),
        "EndDate": last.isoformat(),
        **_shown(store, scope, (first, last), now, zone, verdicts=is_shop),
    }
    if campaign is not None and not is_shop:
        of_all = of_campaign(campaign_id)
        theirs = _shown(store, of_all, (first, last), now, zone, verdicts=False)
        body["Advertiser"] = {name: each for name, each in theirs.items() if name != "OverdueMoney"}
    if not all(map(store.migrated, MIGRATIONS)):
        body["Warnings"] = [PARTLY]
    return Reply(body)


def _span(request: Request, campaign: Campaign | None, today: date) -> Span:
    """The local days that are asked for, both included."""
    first, last = filters.local_days(request.query, campaign)
    last = last or today
    first = first or last - timedelta(days=DAYS_SHOWN - 1)
    if first > last:
        raise _invalid("EndDate", "A day before StartDate", "upside_down")
    if (last - first).days >= DAYS_MAX:
        raise _invalid("StartDate", f"At most {DAYS_MAX} days are shown at once", "too_wide")
    return first, last


def _invalid(name: str, message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault(name, message, code),))


def _shown(
    store: Store, scope: str, span: Span, now: datetime, zone: tzinfo, *, verdicts: bool
) -> dict[str, Any]:
    days = store.level_days(scope, *span)
    found = Levels.over(days.values())
    answers, payments = found.days(ANSWER_DAYS), found.days(PAYMENT_DAYS)
    first, last = span
    return {
        "Filed": str(found.filed),
        "Answered": str(found.answered),
        "AnsweredInTime": str(found.in_time),
        "AnsweredLate": str(found.late),
        "AnsweredWithoutDeadline": str(found.undated),
        "InTimePercent": _percent(found.in_time, found.in_time + found.late),
        "MedianDays": _days(answers, 50),
        "NinetyPercentDays": _days(answers, 90),
        "DaysToAnswer": _histogram(answers),
        "Accepted": str(found.accepted),
        "AcceptedPercent": _percent(found.accepted, found.answered),
        "Decisions": _decisions(found, verdicts),
        "AppealsDecided": str(found.appeals_decided),
        "AppealsWon": str(found.appeals_won),
        "Paid": str(sum(payments.values())),
        "MedianDaysToPayment": _days(payments, 50),
        "NinetyPercentDaysToPayment": _days(payments, 90),
        "DaysToPayment": _histogram(payments),
        **_overdue(store.overdue_levels(scope, now), zone),
        "Days": [
            _day(each, Levels(days.get(each, {})))
            for each in (first + timedelta(days=n) for n in range((last - first).days + 1))
        ],
    }


def _day(day: date, found: Levels) -> dict[str, str]:
    return {
        "Date": day.isoformat(),
        "Filed": str(found.filed),
        "Answered": str(found.answered),
        "AnsweredInTime": str(found.in_time),
        "AnsweredLate": str(found.late),
        "Accepted": str(found.accepted),
    }


def _overdue(due: Mapping[datetime, Mapping[str, int]], zone: tzinfo) -> dict[str, Any]:
    """Inquiries whose deadline has passed, and payouts that have cleared and are not paid."""
    late = [at for at, counts in due.items() if counts.get(OPEN)]
    money: dict[str, list[int]] = {}
    for counts in due.values():
        for name, count in counts.items():
            if name.startswith(UNPAID_COUNT):
                money.setdefault(name.removeprefix(UNPAID_COUNT), [0, 0])[1] += count
            elif name.startswith(UNPAID):
                money.setdefault(name.removeprefix(UNPAID), [0, 0])[0] += count
    return {
        "Overdue": str(sum(due[at][OPEN] for at in late)),
        "OldestOverdueDate": in_zone(min(late), zone) if late else "",
        "OverdueMoney": [
            {"Currency": each, "Amount": str(Money(money[each][0], each)), "Count": str(count)}
            for each in sorted(money)
            if (count := money[each][1])
        ],
    }


def _decisions(found: Levels, verdicts: bool) -> list[dict[str, str]]:
    """How inquiries were decided, by type and, for the advertiser, by verdict."""
    sums: dict[tuple[str, str], list[int]] = {}
    for share in found.shares:
        line = sums.setdefault((share.inquiry_type, share.verdict if verdicts else ""), [0, 0])
        line[:] = line[0] + share.accepted, line[1] + share.declined
    return [
        {
            "InquiryType": inquiry_type,
            **({"Verdict": verdict} if verdicts else {}),
            "Accepted": str(accepted),
            "Declined": str(declined),
            "AcceptedPercent": _percent(accepted, accepted + declined),
        }
        for (inquiry_type, verdict), (accepted, declined) in sums.items()
    ]


def _histogram(days: Mapping[int, int]) -> list[dict[str, str]]:
    """`Days` is the last one of its bucket; 361 stands for all that took longer than 360."""
    return [{"Days": str(each), "Count": str(count)} for each, count in days.items()]


def _days(days: Mapping[int, int], percent: int) -> str:
    found = percentile(days, percent)
    return "" if found is None else str(found)


def _percent(part: int, whole: int) -> str:
    """With one decimal; blank of nothing."""
    share = per_mille(part, whole)
    return "" if share is None else f"{share // 10}.{share % 10}"
