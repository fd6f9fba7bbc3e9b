"""Lists that the field's API has and of which nothing is kept here: each is there, and empty.

Clients of that API ask for all of its resources in turn, and stop at the first that is refused. An
empty list holds nothing to guard, so any token of the account opens it, whatever its scopes, and
whatever id its path names. What stands in such a list is not found.

The names are those of the published descriptions of the brand API (v14), the partner API (v16) and
the versions before. A report is not found, although reports are listed: its rows would be wrong by
being none.
"""

from collections.abc import Sequence

from makegood.api import http, pagination
from makegood.api.http import Reply, Request
from makegood.api.pagination import Total
from makegood.domain.problems import NotFound

OF_CAMPAIGN = {
    "Ads": "Ads",
    "BlockRedirectRules": "BlockRedirectRules",
    "ClickExport": "Clicks",
    "Clicks": "Clicks",
    "Contacts": "Contacts",
    "Deals": "Deals",
    "MediaPartnerGroups": "Groups",
    "Notes": "Notes",
    "PhoneNumbers": "PhoneNumbers",
    "PromoCodes": "PromoCodes",
    "Tasks": "Tasks",
    "TrackingValueRequests": "TrackingValueRequests",
    "UniqueUrls": "UniqueUrls",
    "UnsubscribedContacts": "Results",
}
"""Lists by their resources, and the keys that they have in an answer. Some versions have them below
the account, others below a campaign, which later versions call a program.
"""

OF_ACCOUNT = {
    **OF_CAMPAIGN,
    "APISubmissions": "APISubmission",
    "Catalogs": "Catalogs",
    "ExceptionLists": "ExceptionLists",
    "FTPFileSubmissions": "FTPFileSubmissions",
    "Jobs": "Jobs",
    "LegalEntities": "LegalEntities",
    "MediaProperties": "MediaProperties",
    "PromoCodeExceptionLists": "PromoCodeExceptionLists",
    "Promotions": "Promotions",
    "Reports": "Reports",
    "Stores": "Stores",
    "TaxDocuments": "TaxDocuments",
    "Users": "Users",
    "WithdrawalSettings": "WithdrawalSettings",
}

ID = "<id>"

LISTS = {
    **OF_ACCOUNT,
    **{
        f"{owner}/{ID}/{name}": key
        for owner in ("Campaigns", "Programs")
        for name, key in OF_CAMPAIGN.items()
    },
    f"APISubmissions/{ID}/ErrorDetails": "ErrorDetail",
    f"Campaigns/{ID}/Models/{ID}/ConversionPaths": "ConversionPaths",
    "Catalogs/ItemSearch": "Items",
    f"Catalogs/{ID}/Items": "Items",
    f"ExceptionLists/{ID}/Items": "ExceptionListItems",
    f"FTPFileSubmissions/{ID}/ErrorDetails": "ErrorDetail",
    f"PromoCodeExceptionLists/{ID}/Items": "PromoCodeExceptionListItems",
    f"Stores/{ID}/Group/{ID}/Items": "Items",
}
"""The keys of all lists, by their paths below the account."""


def key_of(names: Sequence[str]) -> str:
    """The key of the list with this path below the account, whose every other name is an id.

    Raises `NotFound` for what would stand in a list, and else the problem of an unknown resource.
    """
    general = [each if at % 2 == 0 else ID for at, each in enumerate(names)]
    for path in ("/".join(names), "/".join(general)):
        if path in LISTS:
            return LISTS[path]
    if any("/".join(general[:count]) in LISTS for count in range(1, len(names))):
        raise NotFound
    raise http.unknown_resource()


def reply(request: Request, key: str) -> Reply:
    """The empty page of a list."""
    asked = pagination.page_request(request)
    return pagination.reply(key, [], request, asked, Total(0), [], None)[0]
