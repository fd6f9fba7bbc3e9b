"""What both sides see of the books: an advertiser's funds, a partner's earnings, their entries.

Balances, and what is locked and overdue, are as of now. What lies ahead is summed once a day by the
proof of the books; it has the instant at which it was true, and is blank until there is one. An
owner sees only the part of an entry that moves its own money.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from makegood.api import filters, listing, pagination
from makegood.api.filters import Matches
from makegood.api.http import Reply, Request
from makegood.api.listing import Listing
from makegood.domain import calendar, ledger
from makegood.domain.clearings import Totals, totals
from makegood.domain.ledger import Cash, Entry, EntryReason, Posting
from makegood.domain.money import Money, parse_currency
from makegood.domain.parties import Role
from makegood.domain.problems import Malformed
from makegood.domain.projections import Forecast, Standing
from makegood.store.indexes import StoredList
from makegood.store.store import Store

OVERDUE_READ_MAX = 10_000
"""Due positions that one request reads while there are no sums yet; a longer queue is told as the
daily proof summed it.
"""

OVERDUE_BATCH = 500


def advertiser_funds(store: Store, request: Request, now: datetime) -> Reply:
    """An advertiser's money, one object for each currency that it has any in."""
    advertiser_id = request.caller.account_id
    campaigns = store.campaigns(store.campaign_ids_of(advertiser_id))
    known = {each.currency for each in campaigns.values()}
    known.update(store.currencies(f"advertiser:{advertiser_id}"))
    sums = _sums(store, f"advertiser:{advertiser_id}", now)
    known.update(sums or ())
    keys = [(advertiser_id, currency) for currency in sorted(known)]
    cash, forecasts = store.cash(keys), store.forecasts(keys)
    shown = []
    for key in keys:
        forecast = forecasts.get(key)
        if sums is not None:
            overdue = _unpaid_now(sums.get(key[1], Totals()), now)
        else:
            overdue = _read_overdue(store, cash[key], forecast, now)
        shown.append(show_funds(cash[key], forecast, overdue))
    return pagination.single_page(request, "Funds", shown)


@dataclass(frozen=True, slots=True)
class Unpaid:
    """What is locked and overdue, and as of when; None if it is not known."""

    locked_minor: int | None = None
    overdue_minor: int | None = None
    overdue_count: int | None = None
    as_of: datetime | None = None


def _sums(store: Store, owner: str, now: datetime) -> dict[str, Totals] | None:
    """An owner's sums of what clears, by currency; None until the backfill is complete."""
    return totals(store.clearings(owner), now) if store.backfill().complete else None


def _unpaid_now(total: Totals, now: datetime) -> Unpaid:
    return Unpaid(total.locked_minor, total.overdue_minor, total.overdue_count, now)


def show_funds(cash: Cash, forecast: Forecast | None, waiting: Unpaid) -> dict[str, Any]:
    currency = cash.currency
    return {
        "Currency": currency,
        "Funds": _money(cash.funds_minor, currency),
        "Committed": _money(cash.committed_minor, currency),
        "Cash": _money(cash.cash_minor, currency),
        "Overdue": _money(waiting.overdue_minor, currency),
        "OverdueCount": _count(waiting.overdue_count),
        "OverdueAsOf": _date(waiting.as_of),
        "RequiredWithin30Days": _money(forecast.total_minor if forecast else None, currency),
        "ForecastAsOf": _date(forecast.as_of if forecast else None),
        "Forecast": [
            {"Date": day, "Amount": _money(minor, currency)} for day, minor in _days(forecast)
        ],
    }


def _money(minor: int | None, currency: str) -> str:
    return "" if minor is None else str(Money(minor, currency))


def _count(count: int | None) -> str:
    return "" if count is None else str(count)


def _days(forecast: Forecast | None) -> Iterator[tuple[str, int]]:
    """Each day (UTC) with what clears on it."""
    if forecast is not None:
        first = forecast.as_of.astimezone(UTC).date()
        for at, minor in enumerate(forecast.days):
            yield (first + timedelta(days=at)).isoformat(), minor


def _read_overdue(store: Store, cash: Cash, forecast: Forecast | None, now: datetime) -> Unpaid:
    """What has cleared and is not paid, from the actions themselves, while there are no sums yet;
    as the forecast has it where the shard's queue is too long to read.
    """
    if cash.committed_minor == 0:
        return Unpaid(None, 0, 0, now)
    account, minor, count, read = (cash.advertiser_id, cash.currency), 0, 0, 0
    due = store.unpaid_beside(account, now)
    while batch := list(islice(due, OVERDUE_BATCH)):
        read += len(batch)
        if read > OVERDUE_READ_MAX:
            if forecast is None:
                return Unpaid()
            return Unpaid(None, forecast.overdue_minor, None, forecast.as_of)
        own = [each.action_id for each in batch if each.account == account]
        found = [
            action.payout.minor
            for action in store.actions(own, detail=False).values()
            if action.is_overdue(now)
        ]
        minor, count = minor + sum(found), count + len(found)
    return Unpaid(None, minor, count, now)


def partner_earnings(store: Store, request: Request, now: datetime) -> Reply:
    """A partner's money, one object for each currency that it earns in."""
    partner_id = request.caller.account_id
    standings = store.standings(partner_id)
    sums = _sums(store, f"partner:{partner_id}", now)
    shown = []
    payable = store.currencies(ledger.payable(partner_id))
    for currency in sorted({*standings, *payable, *(sums or ())}):
        standing = standings.get(currency)
        if sums is not None:
            waiting = _unpaid_now(sums.get(currency, Totals()), now)
        else:
            waiting = _unpaid_as_summed(standing)
        shown.append(
            {
                "Currency": currency,
                "Pending": _money(standing.pending_minor if standing else None, currency),
                "AsOf": _date(standing.as_of if standing else None),
                "Locked": _money(waiting.locked_minor, currency),
                "Overdue": _money(waiting.overdue_minor, currency),
                "OverdueCount": _count(waiting.overdue_count),
                "OverdueAsOf": _date(waiting.as_of),
                "Payable": str(store.payable(partner_id, currency)),
                "PayoutThreshold": str(store.payout_threshold(partner_id, currency)),
            }
        )
    return pagination.single_page(request, "Earnings", shown)


def _unpaid_as_summed(standing: Standing | None) -> Unpaid:
    """As the daily proof summed it, which does not count."""
    if standing is None:
        return Unpaid()
    return Unpaid(standing.locked_minor, standing.overdue_minor, None, standing.as_of)


def _date(at: datetime | None) -> str:
    return "" if at is None else calendar.in_zone(at, calendar.zone("UTC"))


def entries(store: Store, request: Request) -> Reply:
    """A page of the entries that moved the caller's money, newest first."""
    moved, owner = entry_listing(store, request)
    return listing.reply(
        request, "Entries", moved, lambda found: [show_entry(each, owner) for each in found]
    )


def entry_listing(store: Store, request: Request) -> tuple[Listing, str]:
    """The entries that the query asks for, and their owner."""
    role = "advertiser" if request.caller.role is Role.ADVERTISER else "partner"
    owner = f"{role}:{request.caller.account_id}"
    form = filters.form_of(request.query)
    made = filters.span(form, "StartDate", "EndDate")
    currency = form.read("Currency", parse_currency)
    reason = form.read("Reason", _reason)
    form.done()
    tests: list[Matches] = []
    if currency:
        tests.append(lambda entry: entry.currency == currency)
    if reason:
        tests.append(lambda entry: entry.reason is reason)
    return Listing.of_stored(store, StoredList.entries(owner), made, tests), owner


def _reason(text: str) -> EntryReason:
    if text.upper() not in set(EntryReason):
        raise Malformed("unknown_reason", f"Not a reason; give one of {', '.join(EntryReason)}")
    return EntryReason(text.upper())


def show_entry(entry: Entry, owner: str) -> dict[str, Any]:
    """An entry as one owner may see it: the postings that touch its accounts, and no other.

    A move between two accounts of the owner, like a lock, counts as in and out alike.
    """
    own = [
        each
        for each in entry.postings
        if owner in (_owner_of(each.source), _owner_of(each.destination))
    ]
    parts = [_shown_posting(each, owner) for each in own]
    amount_in = sum(each.amount.minor for each in own if _owner_of(each.destination) == owner)
    amount_out = sum(each.amount.minor for each in own if _owner_of(each.source) == owner)
    parties = {part["Counterparty"] for part in parts}
    return {
        "Id": entry.entry_id,
        "Reason": str(entry.reason),
        "Date": _date(entry.made_at),
        "Currency": entry.currency,
        "AmountIn": str(Money(amount_in, entry.currency)),
        "AmountOut": str(Money(amount_out, entry.currency)),
        "Counterparty": parties.pop() if len(parties) == 1 else "",
        "Note": entry.note,
        "Explanation": entry.explanation,
        "ActionId": entry.corrects,
        "Parts": parts,
    }


def _owner_of(account: str) -> str:
    """An account's owner; an account of the world is its own owner."""
    return account if account.startswith("world:") else account.rpartition(":")[0]


def _shown_posting(posting: Posting, owner: str) -> dict[str, Any]:
    source, destination = _owner_of(posting.source), _owner_of(posting.destination)
    currency = posting.amount.currency
    return {
        "From": posting.source,
        "To": posting.destination,
        "Counterparty": "" if source == destination else destination if source == owner else source,
        "Amount": str(posting.amount),
        "Actions": [
            {"ActionId": action_id, "Amount": str(Money(minor, currency))}
            for action_id, minor in posting.settles.items()
        ],
    }
