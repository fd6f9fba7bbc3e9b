"""Which days the shop's files of orders cover, as a claim's verdict sees them.

What files cover is the advertiser's, and the same for all of its campaigns; the campaign that is
asked for says which days are meant where none are named. All of it is read by one key.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from makegood.api import filters, ownership
from makegood.api.http import Reply, Request
from makegood.domain.calendar import local_day
from makegood.domain.parties import Campaign
from makegood.domain.problems import Fault, Invalid
from makegood.domain.shop_orders import Coverage, added_up
from makegood.store.store import Store

DAY = timedelta(days=1)
DAYS, DAYS_MAX = 90, 400
"""How many days are shown where no start is named, and the most."""

COMPLETE, PARTIAL, NONE = "COMPLETE", "PARTIAL", "NONE"
"""Every order of that day is known, some are, none is said to be."""


def coverage(store: Store, request: Request, campaign_id: str, now: datetime) -> Reply:
    """The stretches of days that files cover together, and each day asked for."""
    campaign = ownership.own_campaign(store, request, campaign_id)
    first, last = _days(request, campaign, now)
    spans = added_up(store.coverage(campaign.advertiser_id))
    met = [each for each in spans if each.start <= last and first <= each.end]
    return Reply(
        {
            "StartDate": first.isoformat(),
            "EndDate": last.isoformat(),
            "Spans": [_shown(each) for each in met],
            "Days": _each_day(met, first, last),
        }
    )


def _days(request: Request, campaign: Campaign, now: datetime) -> tuple[date, date]:
    """The campaign's days that are asked for; up to today where nothing is said of that."""
    first, last = filters.local_days(request.query, campaign)
    today = local_day(now, campaign.zone)
    last = last or max(today, first or today)
    first = first or last - DAY * (DAYS - 1)
    if last < first:
        message = f"EndDate {last} is before StartDate {first}; swap them"
        raise Invalid(faults=(Fault("EndDate", message, "ends_first"),))
    if (last - first).days >= DAYS_MAX:
        message = f"From StartDate to EndDate at most {DAYS_MAX} days; ask for fewer"
        raise Invalid(faults=(Fault("StartDate", message, "too_wide"),))
    return first, last


def _shown(span: Coverage) -> dict[str, Any]:
    return {
        "StartDate": span.start.isoformat(),
        "EndDate": span.end.isoformat(),
        "Complete": str(span.complete).lower(),
    }


def _each_day(spans: Sequence[Coverage], first: date, last: date) -> list[dict[str, str]]:
    """Every day from the first to the last; the spans do not overlap."""
    found = dict.fromkeys((first + DAY * at for at in range((last - first).days + 1)), NONE)
    for span in spans:
        covered = max(span.start, first), min(span.end, last)
        for at in range((covered[1] - covered[0]).days + 1):
            found[covered[0] + DAY * at] = COMPLETE if span.complete else PARTIAL
    return [{"Date": day.isoformat(), "Coverage": each} for day, each in found.items()]
