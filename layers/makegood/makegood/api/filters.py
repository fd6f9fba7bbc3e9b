"""The filters of lists: which parameters narrow which list, and the tests that they become.

A list ignores parameters that it does not know, because clients send those of other versions of the
field's API. The answer's `Warnings` name them.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, tzinfo
from enum import StrEnum
from typing import Any

from makegood.api.presenters import wire_state
from makegood.domain import calendar
from makegood.domain.parties import Campaign, Role
from makegood.domain.problems import Malformed
from makegood.domain.texts import one_line
from makegood.forms.reading import TEXT_MAX, Form
from makegood.store.selection import Window

Matches = Callable[[Any], bool]
"""Whether a thing matches."""


INQUIRIES = (
    "CampaignId",
    "OrderId",
    "ResolutionStatus",
    "StartDate",
    "EndDate",
    "TransactionDateStart",
    "TransactionDateEnd",
    "ActionDateStart",
    "ActionDateEnd",
    "MediaPartnerId",
    "MediaPartnerInquiryId",
    "CustomerId",
    "InquiryType",
    "Currency",
)
ACTIONS = (
    "CampaignId",
    "OrderId",
    "Oid",
    "State",
    "AwaitingApproval",
    "MediaPartnerId",
    "ActionTrackerId",
    "Currency",
    "StartDate",
    "EndDate",
    "ActionDateStart",
    "ActionDateEnd",
    "LockingDateStart",
    "LockingDateEnd",
)
FILTERS: dict[str, tuple[str, ...]] = {
    "ActionInquiries": INQUIRIES,
    "Actions": ACTIONS,
    "ActionUpdates": ("CampaignId", "StartDate", "EndDate"),
    "Entries": ("StartDate", "EndDate", "Currency", "Reason"),
    "Invoices": ("StartDate", "EndDate"),
    "Events": ("After",),
    "Deliveries": ("Before",),
}
"""The filters of lists by their keys, where both sides have the same; else a list has none."""

OWN_FILTERS: dict[tuple[Role, str], tuple[str, ...]] = {
    (Role.ADVERTISER, "ActionInquiries"): (*INQUIRIES, "Sort", "Totals", "Count"),
    (Role.ADVERTISER, "Campaigns"): ("Name",),
    (Role.ADVERTISER, "Orders"): ("CampaignId", "StartDate", "EndDate"),
    (Role.ADVERTISER, "Proposals"): ("State",),
    (Role.ADVERTISER, "Contracts"): ("Status", "PartnerId"),
    (Role.PARTNER, "Contracts"): ("Status", "CampaignId"),
}
"""Those that one side's lists have."""

PAGING = ("Page", "PageSize", "Cursor")
IGNORED = frozenset({"irversion", "ir-version", "accountsid", "authtoken"})
"""Parameters that are ignored everywhere without a warning: a version, and who asks."""

MEANT: dict[str, tuple[str, ...]] = {
    "oid": ("OrderId",),
    "status": ("ResolutionStatus", "State"),
    "state": ("ResolutionStatus", "Status"),
    "resolutionstatus": ("State", "Status"),
    "partnerid": ("MediaPartnerId",),
    "mediapartnerid": ("PartnerId",),
    "programid": ("CampaignId",),
}
"""What fields are called that lists filter by other names, and those names."""

NAME_MAX = 100


def known(role: Role, key: str) -> tuple[str, ...]:
    """The filters of one side's list, which has that key."""
    return OWN_FILTERS.get((role, key)) or FILTERS.get(key, ())


def warnings(role: Role, key: str, query: Mapping[str, str]) -> list[str]:
    """A sentence for each parameter that filters nothing; a blank one is ignored."""
    filters = known(role, key)
    allowed = {*filters, *PAGING}
    return [
        _warning(name, filters)
        for name, text in query.items()
        if name not in allowed and text.strip() and name.casefold() not in IGNORED
    ]


def _warning(name: str, filters: tuple[str, ...]) -> str:
    plain = name.casefold()
    named = [each for each in (*filters, *PAGING) if each.casefold() == plain]
    meant = named or [each for each in MEANT.get(plain, ()) if each in filters]
    hint = f"; give {meant[0]}" if meant else ""
    has = f"it has {', '.join(filters)}" if filters else "it has none"
    return f"{name[:NAME_MAX]} is no filter of this list and was left out{hint}: {has}"


def form_of(query: Mapping[str, str], campaign: Campaign | None = None) -> Form:
    """The parameters; dates without an offset are the campaign's, or UTC where there is none."""
    return Form(query, campaign.zone if campaign else UTC, "")


def span(form: Form, start: str, end: str) -> Window:
    """The span between two dates or instants, both included."""
    return Window(form.date(start), form.end(end))


def local_days(
    query: Mapping[str, str], campaign: Campaign | None
) -> tuple[date | None, date | None]:
    """The campaign's days from `StartDate` to `EndDate`, both included; None where one is left
    out. Raises `Invalid`.
    """
    form = form_of(query, campaign)
    asked = span(form, "StartDate", "EndDate")
    form.done()
    zone: tzinfo = campaign.zone if campaign else UTC
    first = asked.low and calendar.local_day(asked.low, zone)
    last = asked.high and calendar.local_day(asked.high - calendar.MILLISECOND, zone)
    return first, last


def state_of(form: Form, name: str, known: type[StrEnum]) -> str:
    """One of a lifecycle's states as the wire calls them, in any case; blank is any."""

    def parse(text: str) -> str:
        states = dict.fromkeys(map(wire_state, known))
        if text.upper() not in states:
            raise Malformed("unknown_state", f"Not a state; give one of {', '.join(states)}")
        return text.upper()

    return form.read(name, parse) or ""


def switch(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise Malformed("not_a_switch", "true or false")
    return text.lower() == "true"


def equal_to(form: Form, **readers: Callable[[Any], str]) -> tuple[Matches, ...]:
    """Tests of equality for the parameters that were given, each read as such a text is stored."""
    given = [(read, wanted) for name, read in readers.items() if (wanted := form.text(name))]
    return tuple(
        lambda thing, read=read, wanted=wanted: read(thing) == wanted for read, wanted in given
    )


def text_of(query: Mapping[str, str], name: str, joiners: bool = False) -> str:
    """A parameter that something must equal, read as such a text is stored; blank is any."""
    form = form_of(query)
    wanted = form.read(name, lambda text: one_line(text, TEXT_MAX, joiners)) or ""
    form.done()
    return wanted


def within(*spans: tuple[Window, Callable[[Any], datetime]]) -> Iterator[Matches]:
    """Tests of time for the spans that have an end."""
    for span, read in spans:
        if not span.is_open:
            yield lambda thing, span=span, read=read: span.holds(read(thing))
