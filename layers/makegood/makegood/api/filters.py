"""What each list is narrowed by: a filter that is unknown is told, and not lost in silence.

A list answers what it is asked as far as it knows the question: clients send parameters of other
versions of the field's API. Whoever sends one that narrows nothing is told so beside the answer.
"""

from collections.abc import Mapping

from makegood.domain.parties import Role

INQUIRIES = (
    "CampaignId",
    "OrderId",
    "ResolutionStatus",
    "StartDate",
    "EndDate",
    "TransactionDateStart",
    "TransactionDateEnd",
    "MediaPartnerId",
    "MediaPartnerInquiryId",
    "CustomerId",
)
ACTIONS = (
    "CampaignId",
    "OrderId",
    "State",
    "AwaitingApproval",
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
}
"""The filters of lists by their keys, where both sides have the same; else a list has none."""

OWN_FILTERS: dict[tuple[Role, str], tuple[str, ...]] = {
    (Role.ADVERTISER, "Campaigns"): ("Name",),
    (Role.ADVERTISER, "Contracts"): ("Status", "PartnerId"),
    (Role.PARTNER, "Contracts"): ("Status", "CampaignId"),
}
"""Those that one side's lists have."""

PAGING = ("Page", "PageSize", "Cursor")
IGNORED = frozenset({"irversion", "ir-version", "accountsid", "authtoken"})
"""Parameters that narrow nothing anywhere, in any case: a version, and who asks."""

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
    """A sentence for each parameter that narrows nothing; a blank one asks for nothing."""
    filters = known(role, key)
    allowed = {*filters, *PAGING}
    return [
        _told(name, filters)
        for name, text in query.items()
        if name not in allowed and text.strip() and name.casefold() not in IGNORED
    ]


def _told(name: str, filters: tuple[str, ...]) -> str:
    plain = name.casefold()
    named = [each for each in (*filters, *PAGING) if each.casefold() == plain]
    meant = named or [each for each in MEANT.get(plain, ()) if each in filters]
    hint = f"; give {meant[0]}" if meant else ""
    has = f"it has {', '.join(filters)}" if filters else "it has none"
    return f"{name[:NAME_MAX]} is no filter of this list and was left out{hint}: {has}"
