"""What a list of inquiries adds up to by currency: the money that a reviewer has before it.

What is open is added up by the index of deadlines, which has the amounts. Of other lists every
thing is read, for as long as a request has time; `Warnings` say so where that was too short.
"""

from typing import Any

from makegood.api.listing import READ_MAX, Listing, clock_of
from makegood.api.pagination import Beside
from makegood.domain.money import Money
from makegood.store.lists import Sums
from makegood.store.selection import Selection
from makegood.store.store import Store

SUM_SECONDS = 8.0
"""How long a request adds up, besides reading its page and counting its list."""

PARTLY = (
    "@totals lack what could not be read in the time that a request has; narrow the list by dates "
    "or by ResolutionStatus for exact ones"
)


def beside(store: Store, selection: Selection, listing: Listing) -> Beside:
    """The totals of a list, for its envelope.

    An inquiry without an expected payout adds nothing to `ExpectedPayout`.
    """
    is_open = bool(selection.open_state) or selection.by_deadline
    if is_open and not selection.more and store.has_deadlines():
        sums, whole = store.sum_open(selection, clock_of(SUM_SECONDS))
    else:
        sums, whole = _read(listing)
    shown = {currency: _shown(currency, sums[currency]) for currency in sorted(sums)}
    return Beside({"@totals": shown}, "" if whole else PARTLY)


def _read(listing: Listing) -> tuple[dict[str, Sums], bool]:
    """What all of a list adds up to, thing by thing, and whether all was read."""
    has_time, sums = clock_of(SUM_SECONDS), dict[str, Sums]()
    for _, inquiry in listing.found(None, READ_MAX, has_time):
        if inquiry is not None:
            amount, expected = inquiry.claim.order_amount, inquiry.claim.expected_payout
            known = sums.get(amount.currency, Sums())
            more = expected.minor if expected else 0
            sums[amount.currency] = known.plus(1, amount.minor, more)
        elif not has_time():
            return sums, False
    return sums, True


def _shown(currency: str, sums: Sums) -> dict[str, Any]:
    return {
        "Count": str(sums.count),
        "TransactionAmount": str(Money(sums.amount_minor, currency)),
        "ExpectedPayout": str(Money(sums.expected_minor, currency)),
    }
