"""The fields that each write knows; an unknown one is refused, because it may be misspelt."""

import re
from collections.abc import Iterable, Mapping

from makegood.domain.problems import Fault, Invalid

ITEM_PARTS = (
    "ItemSku",
    "ItemName",
    "ItemCategory",
    "ItemSubCategory",
    "ItemMPN",
    "ItemQty",
    "ItemSubtotal",
    "ItemTotalRebate",
)
POLICY_FIELDS = frozenset({"Rules", "SamplePercent", "Breaker", "Note"})
BACKTEST_FIELDS = frozenset({"CampaignId", "Version", "StartDate", "EndDate"})
POLICY_STATE_FIELDS = frozenset({"State"})
CLAIM_FIELDS = frozenset(
    {
        "CampaignId",
        "OrderId",
        "TransactionDate",
        "TransactionAmount",
        "InquiryType",
        "MediaPartnerInquiryId",
        "ResolutionDeadlineDate",
        "ExpectedPayout",
        "TrackingLink",
        "CustomerId",
        "InquiryDate",
        "InquiryNotes",
        "Currency",
        "AppealOf",
        "DryRun",
    }
)
ANSWER_FIELDS = frozenset(
    {
        "Id",
        "TransactionDate",
        "TransactionAmount",
        "ExpectedPayout",
        "TrackingLink",
        "CustomerId",
        "InquiryNotes",
    }
)
APPEAL_FIELDS = frozenset({"Id", "Text", "DryRun"})
EVIDENCE_FIELDS = frozenset({"Id", "Type", "Name", "Size", "ContentType"})
COMMENT_FIELDS = frozenset({"Id", "Comment", "Visibility"})
PROPOSAL_FIELDS = frozenset({"State"})
RESOLUTION_FIELDS = frozenset(
    {
        "Id",
        "ResolutionStatus",
        "RejectReason",
        "ActionTrackerId",
        "ResolutionNotes",
        "TransactionAmount",
        "FinalPayout",
        "TransactionDate",
        "PromoCode",
        "CustomerId",
        "CustomerStatus",
        "DryRun",
        "Version",
        "ShopOrderId",
    }
)
CONVERSION_FIELDS = frozenset(
    {
        "CampaignId",
        "ActionTrackerId",
        "OrderId",
        "EventDate",
        "Amount",
        "MediaPartnerId",
        "Currency",
        "CustomerId",
        "CustomerStatus",
        "CustomerCountry",
        "CustomerRegion",
        "CustomerCity",
        "CustomerPostCode",
        "PromoCode",
        "DryRun",
    }
)
ORDER_FIELDS = frozenset(
    {
        "CampaignId",
        "OrderDate",
        "Amount",
        "Currency",
        "Status",
        "RefundedAmount",
        "Aliases",
        "CustomerId",
        "PromoCode",
        "Channel",
        "DryRun",
    }
)
ACTION_NAMES = frozenset({"ActionId", "ActionTrackerId", "OrderId", "CampaignId", "DryRun"})
MODIFICATION_FIELDS = ACTION_NAMES | {"Reason", "Amount", "CustomerStatus"}
REVERSAL_FIELDS = ACTION_NAMES | {"DispositionCode"}
GIVEN_FIELDS = (
    "CampaignId",
    "ActionTrackerId",
    "InquiryType",
    "Currency",
    "TimeZone",
    "CoverageStart",
    "CoverageEnd",
    "Complete",
)
WEBHOOK_FIELDS = frozenset({"Url", "EventTypes", "Description", "Enabled"})
TOKEN_FIELDS = frozenset({"Name", "Scopes", "ReadOnly"})
PERSON_FIELDS = frozenset({"Email", "Name", "Role"})
PERSON_CHANGE_FIELDS = frozenset({"Role", "State", "Mails"})
PREFERENCE_FIELDS = frozenset({"Mails"})
SESSION_FIELDS = frozenset({"AccountSid"})
REPLAY_FIELDS = frozenset({"After"})
SHEET_FIELDS = frozenset({"Kind", "CampaignId", "Format"})
FILE_FIELDS = frozenset({"Kind", "Name", "Size", "DryRun", *GIVEN_FIELDS})

AMOUNTS = frozenset(
    {"TransactionAmount", "ExpectedPayout", "FinalPayout", "Amount", "RefundedAmount"}
)
ITEM_AMOUNTS = ("ItemSubtotal", "ItemTotalRebate")

ITEM_FIELD = re.compile(rf"({'|'.join(ITEM_PARTS)})([1-9]\d{{0,3}})", re.ASCII)


_IDS = frozenset(
    {
        "ActionId",
        "ActionTrackerId",
        "Aliases",
        "AppealOf",
        "CampaignId",
        "CustomerId",
        "CustomerPostCode",
        "Id",
        "Inquiry",
        "MediaPartnerId",
        "MediaPartnerInquiryId",
        "OrderId",
        "PromoCode",
        "ShopOrderId",
        "Sku",
    }
)


def is_amount(name: str) -> bool:
    """Whether a field holds money."""
    return name in AMOUNTS or name.startswith(ITEM_AMOUNTS)


def is_count(name: str) -> bool:
    """Whether a field says how many of something."""
    return name == "Quantity" or name.startswith("ItemQty")


def is_id(name: str) -> bool:
    """Whether a field is an id, a code or a reference: text that a spreadsheet may damage."""
    return name in _IDS or name.startswith(("ItemSku", "ItemMPN"))


def only_known(given: Mapping[str, str], allowed: frozenset[str]) -> dict[str, str]:
    """Of a query, what a write knows: a query may hold more."""
    return {name: text for name, text in given.items() if name in allowed}


def check_known(fields: Iterable[str], allowed: frozenset[str], items: bool = False) -> None:
    """Refuses unknown fields: a misspelt one must not be ignored."""
    faults = tuple(
        Fault(name, "There is no such field; check its spelling", "unknown_field")
        for name in fields
        if name not in allowed and not (items and ITEM_FIELD.fullmatch(name))
    )
    if faults:
        raise Invalid(faults=faults)
