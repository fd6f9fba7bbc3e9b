"""The columns of each kind of file, and the API's names of the same fields.

Headers are the same whatever their case, white space, underscores, hyphens, compatibility forms and
what cannot be seen. A header that lacks a column which must be there may be another network's: then
its words for our columns count as well. What such a file does not say at all is given with the
upload, and never guessed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from makegood.domain.problems import Fault, Invalid
from makegood.domain.texts import folded
from makegood.domain.uploads import Kind
from makegood.forms.fields import ITEM_FIELD, ITEM_PARTS


@dataclass(frozen=True, slots=True)
class FileLayout:
    """The columns of one kind of file: their titles, with the API's names of the fields.

    `required` are titles of `columns`. `given` are fields that an upload may say for the rows that
    do not. `aliases` are what other networks call the same columns. `has_items`: there may be
    columns for the lines of a basket, like `Item Sku 1`.
    """

    columns: Mapping[str, str]
    required: tuple[str, ...]
    given: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    has_items: bool = False


LAYOUTS: dict[Kind, FileLayout] = {
    Kind.RESOLUTIONS: FileLayout(
        columns={
            "Id": "Id",
            "Resolution Status": "ResolutionStatus",
            "Transaction Date": "TransactionDate",
            "Action Tracker": "ActionTrackerId",
            "Resolution Reason": "RejectReason",
            "Final Payout": "FinalPayout",
            "Resolution Notes": "ResolutionNotes",
            "Sale Amount": "TransactionAmount",
            "Customer Id": "CustomerId",
            "Customer Status": "CustomerStatus",
            "Promo Code": "PromoCode",
            "Version": "Version",
            "Inquiry": "Inquiry",
            "Shop Order Id": "ShopOrderId",
        },
        required=("Id", "Resolution Status"),
        given=("TimeZone",),
        has_items=True,
    ),
    Kind.INQUIRIES: FileLayout(
        columns={
            "Inquiry Id": "MediaPartnerInquiryId",
            "Campaign Id": "CampaignId",
            "Order Id": "OrderId",
            "Sale Amount": "TransactionAmount",
            "Transaction Date": "TransactionDate",
            "Type": "InquiryType",
            "Expected Payout": "ExpectedPayout",
            "Resolution Deadline": "ResolutionDeadlineDate",
            "Customer Id": "CustomerId",
            "Tracking Link": "TrackingLink",
            "Notes": "InquiryNotes",
            "Currency": "Currency",
            "Appeal Of": "AppealOf",
        },
        required=("Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type"),
        given=("CampaignId", "InquiryType", "Currency", "TimeZone"),
        aliases={
            "enquiry_id": "MediaPartnerInquiryId",
            "UniqueId": "MediaPartnerInquiryId",
            "merchant_id": "CampaignId",
            "MID": "CampaignId",
            "advertiser_id": "CampaignId",
            "reference": "OrderId",
            "amount": "TransactionAmount",
            "Order Amount": "TransactionAmount",
            "SaleValue": "TransactionAmount",
            "date": "TransactionDate",
            "Order Date": "TransactionDate",
            "commission": "ExpectedPayout",
            "customer_reference": "CustomerId",
            "Member ID": "CustomerId",
            "sid": "CustomerId",
            "description": "InquiryNotes",
            "Comments": "InquiryNotes",
            "inquiry": "InquiryNotes",
        },
    ),
    Kind.CONVERSIONS: FileLayout(
        columns={
            "Campaign Id": "CampaignId",
            "Action Tracker": "ActionTrackerId",
            "Order Id": "OrderId",
            "Event Date": "EventDate",
            "Amount": "Amount",
            "Currency": "Currency",
            "Partner Id": "MediaPartnerId",
            "Customer Id": "CustomerId",
            "Customer Status": "CustomerStatus",
            "Promo Code": "PromoCode",
            "Customer Country": "CustomerCountry",
            "Customer Region": "CustomerRegion",
            "Customer City": "CustomerCity",
            "Customer Post Code": "CustomerPostCode",
        },
        required=(
            "Campaign Id",
            "Action Tracker",
            "Order Id",
            "Event Date",
            "Amount",
            "Partner Id",
        ),
        given=("CampaignId", "ActionTrackerId", "Currency", "TimeZone"),
        has_items=True,
    ),
    Kind.ACTIONS: FileLayout(
        columns={
            "Action Id": "ActionId",
            "Campaign Id": "CampaignId",
            "Order Id": "OrderId",
            "Action Tracker": "ActionTrackerId",
            "Reason": "Reason",
            "Amount": "Amount",
            "Customer Status": "CustomerStatus",
            "Category": "Category",
            "Sku": "Sku",
            "Quantity": "Quantity",
        },
        required=("Reason",),
        given=("CampaignId", "ActionTrackerId"),
    ),
    Kind.ORDERS: FileLayout(
        columns={
            "Order Id": "OrderId",
            "Order Date": "OrderDate",
            "Amount": "Amount",
            "Currency": "Currency",
            "Status": "Status",
            "Refunded Amount": "RefundedAmount",
            "Aliases": "Aliases",
        },
        required=("Order Id", "Order Date", "Amount"),
        given=("Currency", "TimeZone", "CoverageStart", "CoverageEnd", "Complete"),
    ),
}

DATES = frozenset({"TransactionDate", "EventDate", "OrderDate", "ResolutionDeadlineDate"})

ANSWERS = ("ResolutionStatus", "RejectReason", "FinalPayout", "ResolutionNotes", "ShopOrderId")
"""Fields that the undecided download leaves blank, for the reviewer to fill."""

NOTES = frozenset({"InquiryNotes", "ResolutionNotes"})
"""Free text, which may hold anything."""

RESULT_COLUMNS = ("Row", "Result", "Code", "Message", "Uri")
"""Ours, behind the input's own columns."""

_INQUIRY = r"(?a)#([1-9]\d{0,15})"
_ROUNDED = r"(\d+)(?:[.,](\d*))?[Ee]\+?(\d{1,3})"
_GROUPS = r"[.,'\u2019 \u00a0\u2009\u202f]"
_DIGITS_SHOWN, _DIGITS_KEPT = 6, 15
"""Digits of a number that a spreadsheet shows at least, and that it keeps at most."""

_BETWEEN = r"[ _\-\u2010-\u2015\u2043\u2212]+"
_WORD = r"[A-Z](?:[a-z]+|[A-Z]+)"
_ITEM = r"(?a)([a-z]+)([1-9]\d{0,3})"


def plain(header: str) -> str:
    """A header in the form that all its spellings share."""
    return re.sub(_BETWEEN, "", folded(header))


_FIELDS = {
    kind: {plain(title): wire for title, wire in layout.columns.items()}
    for kind, layout in LAYOUTS.items()
}
_ALIASES = {
    kind: {plain(title): wire for title, wire in layout.aliases.items()}
    for kind, layout in LAYOUTS.items()
}
_ITEM_FIELDS = {part.lower(): part for part in ITEM_PARTS}
_TITLES = {wire: title for layout in LAYOUTS.values() for title, wire in layout.columns.items()}


def field_of(header: str, kind: Kind) -> str | None:
    """The API's name of what a column holds; None when this kind of file knows no such column."""
    return _field(plain(header), kind)


def _field(written: str, kind: Kind) -> str | None:
    """The same, of a heading in its plain form."""
    wire = _FIELDS[kind].get(written)
    match = re.fullmatch(_ITEM, written) if wire is None and LAYOUTS[kind].has_items else None
    if match is None or match.group(1) not in _ITEM_FIELDS:
        return wire
    return _ITEM_FIELDS[match.group(1)] + match.group(2)


def with_whole_id(fields: Mapping[str, str]) -> Mapping[str, str]:
    """A row of resolutions whose id a spreadsheet has rounded, like 2.71345E+15, gets it back.

    `Inquiry` holds it as a text. One that names another inquiry than `Id` does is refused.
    """
    match = re.fullmatch(_INQUIRY, fields.get("Inquiry", ""))
    if match is None or fields.get("Id", "") == match.group(1):
        return fields
    if fields.get("Id") and not _spells(fields["Id"], match.group(1)):
        message = "Names another inquiry than the column Inquiry; leave both as they were"
        raise Invalid(faults=(Fault("Id", message, "ids_differ"),))
    return {**fields, "Id": match.group(1)}


def _spells(written: str, number: str) -> bool:
    """Whether a spreadsheet may have written this for the number, as it groups, rounds and cuts."""
    for text in (written, re.sub(r"[.,]0+$", "", written)):
        if _keeps(re.sub(_GROUPS, "", text).removeprefix("#"), number):
            return True
    match = re.fullmatch(_ROUNDED, written, re.ASCII)
    if match is None:
        return False
    whole, part = match.group(1), match.group(2) or ""
    power = int(match.group(3)) - len(part)
    digits = min(max(len((whole + part).lstrip("0")), _DIGITS_SHOWN), _DIGITS_KEPT)
    return power >= 0 and _is_near(int(whole + part) * 10**power, int(number), digits)


def _keeps(written: str, number: str) -> bool:
    """The number itself, or what is left of it where fifteen digits are kept."""
    if not re.fullmatch(r"\d{1,17}", written, re.ASCII):
        return False
    cut = not written[_DIGITS_KEPT:].strip("0")
    return int(written) == int(number) or (
        cut and _is_near(int(written), int(number), _DIGITS_KEPT)
    )


def _is_near(written: int, number: int, digits: int) -> bool:
    """Whether that many digits of the number, rounded or cut, are what is written."""
    unit = 10 ** max(len(str(number)) - digits, 0)
    return abs(written - number) * 2 <= unit or 0 <= number - written < unit


def is_undecided(fields: Mapping[str, str]) -> bool:
    """Whether a row of resolutions is one of the undecided download that came back as it went."""
    return bool(fields.get("Id")) and not any(fields.get(name) for name in ANSWERS)


def alias_of(header: str, kind: Kind) -> str | None:
    """The API's name of what another network's column holds."""
    return _ALIASES[kind].get(plain(header))


def suits(header: Sequence[str], kind: Kind | None, given: Mapping[str, str]) -> tuple[int, int]:
    """How many columns that must be there a header has, or were given, and how many are known."""
    if kind is None:
        return 0, 0
    both = [(_field(name, kind), _ALIASES[kind].get(name)) for name in map(plain, header)]
    known = [each for each in both if any(each)]
    meant = {wire for pair in known for wire in pair} | given.keys()
    layout = LAYOUTS[kind]
    found = sum(layout.columns[title] in meant for title in layout.required)
    return found, len(known)


def title_of(wire: str) -> str:
    """What the column of a field is called, like `Item Sub Category 1`; others as they are."""
    match = ITEM_FIELD.fullmatch(wire)
    if match is None:
        return _TITLES.get(wire, wire)
    return " ".join([*re.findall(_WORD, match.group(1)), match.group(2)])
