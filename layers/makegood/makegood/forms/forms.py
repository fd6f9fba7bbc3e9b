"""Reading what somebody sent: one reading of each form, for HTTP and for files alike.

Fields are texts by the API's names; blank is absent. All faults of a form are found at once and
raised as one `Invalid`, each with its field, in a stable order.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo

from makegood.domain import calendar, spreadsheet_damage, texts
from makegood.domain.amounts import JsonNumber, read_bounded, read_whole
from makegood.domain.inquiries import (
    ALL_REASONS,
    Claim,
    InquiryState,
    InquiryType,
    Resolution,
    parse_reject_reason,
)
from makegood.domain.money import ENDED, Money, check_in_use, parse_currency
from makegood.domain.orders import ITEMS_MAX, Conversion, Item, Order
from makegood.domain.parties import Campaign
from makegood.domain.problems import Fault, Invalid, Malformed
from makegood.forms.fields import ITEM_FIELD, is_id

TEXT_MAX = 255
NOTES_MAX = 2_000
ORDER_ID_MAX = 100
QUANTITY_MAX = 1_000_000
CUSTOMER_PLACE = ("CustomerCountry", "CustomerRegion", "CustomerCity", "CustomerPostCode")
REQUIRED = "Required"
MISSING = frozenset({"NULL", "N/A"})
"""What databases and spreadsheets write where there is no value, in capitals."""

VERSION_DIGITS_MAX = 9

T = TypeVar("T")
_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_COUNT = re.compile(rf"[1-9]\d{{0,{VERSION_DIGITS_MAX - 1}}}", re.ASCII)

DECIDED = {
    each.value: each
    for each in (InquiryState.VALID, InquiryState.DECLINED, InquiryState.INCOMPLETE)
}


def _key(fields: Mapping[str, str], name: str) -> str:
    text = texts.trimmed(fields.get(name, ""))
    if not text:
        raise Invalid(faults=(Fault(name, REQUIRED, "required"),))
    try:
        return read_id(text)
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at(name),)) from malformed


def campaign_id(fields: Mapping[str, str]) -> str:
    """The campaign that the rest of the form is read by."""
    return _key(fields, "CampaignId")


def inquiry_id(fields: Mapping[str, str]) -> str:
    """The inquiry that the rest of the form is read by."""
    return _key(fields, "Id")


@dataclass(slots=True)
class Form:
    """Fields while they are read; faults are kept until the end."""

    fields: Mapping[str, str]
    zone: tzinfo
    currency: str
    faults: list[Fault] = field(default_factory=list)

    def fault(self, name: str, message: str, code: str) -> None:
        self.faults.append(Fault(name, message, code))

    def done(self) -> None:
        if self.faults:
            raise Invalid(faults=tuple(self.faults))

    def read(
        self, name: str, parse: Callable[[str], T], required: bool = False, why: str = REQUIRED
    ) -> T | None:
        """The field through its parser, without what cannot be seen at its ends; None when it is
        blank or at fault.
        """
        given = self.fields.get(name, "")
        text = given if isinstance(given, JsonNumber) else texts.trimmed(given)
        if not text:
            if required:
                self.fault(name, why, "required")
            return None
        try:
            return parse(text)
        except Malformed as malformed:
            self.faults.append(malformed.at(name))
            return None

    def text(
        self, name: str, most: int = TEXT_MAX, required: bool = False, why: str = REQUIRED
    ) -> str:
        """One line of text."""
        if not required and name not in self.fields:
            return ""
        check = spreadsheet_damage.check if is_id(name) else str
        return self.read(name, lambda text: texts.one_line(check(text), most), required, why) or ""

    def customer_id(self) -> str:
        """The shopper's id; what databases and spreadsheets write for none is blank."""
        text = self.text("CustomerId")
        return "" if text.upper() in MISSING else text

    def notes(self, name: str) -> str:
        """Text of several lines."""
        try:
            return texts.several_lines(self.fields.get(name, ""), NOTES_MAX)
        except Malformed as malformed:
            self.faults.append(malformed.at(name))
            return ""

    def date(self, name: str, required: bool = False, why: str = REQUIRED) -> datetime | None:
        return self.read(name, lambda text: calendar.parse_instant(text, self.zone), required, why)

    def end(self, name: str) -> datetime | None:
        """The first instant after a date or an instant, which itself is included."""
        return self.read(name, lambda text: calendar.parse_end(text, self.zone))

    def money(self, name: str, required: bool = False, positive: bool = False) -> Money | None:
        """An amount in the form's currency, from zero (or above it) to five million."""
        least = 1 if positive else 0
        return self.read(name, lambda text: read_bounded(text, self.currency, least), required)

    def check_currency(self, ordered_at: datetime | None) -> None:
        """An order is in a currency that was still used on its day."""
        if self.currency in ENDED and ordered_at is not None:
            try:
                check_in_use(self.currency, calendar.local_day(ordered_at, self.zone))
            except Malformed as malformed:
                self.faults.append(malformed.at("Currency"))

    def count(self, name: str) -> int | None:
        return self.read(name, _whole)


def _whole(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise Malformed("not_a_count", "Not a whole number from 1 on; write it like 2")
    return int(text)


def one_of(known: Iterable[str]) -> str:
    """What is told of a blank that has to be one of these."""
    return f"{REQUIRED}; give one of {', '.join(known)}"


def _inquiry_type(text: str) -> InquiryType:
    if text.upper() not in InquiryType.__members__:
        known = ", ".join(InquiryType)
        raise Malformed("unknown_type", f"Not a type of inquiry; give one of {known}")
    return InquiryType[text.upper()]


def _state(text: str) -> InquiryState:
    if text.upper() not in DECIDED:
        message = f"Not a resolution; give one of {', '.join(DECIDED)}"
        raise Malformed("unknown_state", message)
    return DECIDED[text.upper()]


def zone_of(fields: Mapping[str, str], campaign: Campaign) -> ZoneInfo:
    """Whose time a date without an offset is: the zone given with a file, else the campaign's."""
    given = fields.get("TimeZone", "")
    return calendar.zone(given) if given else campaign.zone


def given(fields: Mapping[str, str], allowed: Iterable[str]) -> dict[str, str]:
    """What comes with a file, for the rows that do not say it; each as a row would write it."""
    form = Form(fields, UTC, "")
    found: dict[str, str] = {}
    for name, parse in _GIVEN.items():
        if texts.trimmed(fields.get(name, "")) and name not in allowed:
            form.fault(name, "Not for files of this kind; leave it out", "unknown_field")
        elif (value := form.read(name, parse)) is not None:
            found[name] = str(value)
    form.done()
    return found


def _form(fields: Mapping[str, str], campaign: Campaign) -> Form:
    """A form in its own currency, else the campaign's."""
    form = Form(fields, zone_of(fields, campaign), campaign.currency)
    form.currency = form.read("Currency", parse_currency) or campaign.currency
    return form


def claim(fields: Mapping[str, str], campaign: Campaign, partner_id: str) -> Claim:
    """A partner's claim; whether its date lies in the future is for the decision to say."""
    form = _form(fields, campaign)
    order_id = form.text("OrderId", ORDER_ID_MAX, required=True)
    ordered_at = form.date("TransactionDate", required=True)
    order_amount = form.money("TransactionAmount", required=True, positive=True)
    why = one_of(InquiryType)
    inquiry_type = form.read("InquiryType", _inquiry_type, required=True, why=why)
    expected = form.money("ExpectedPayout")
    reference = form.text("MediaPartnerInquiryId")
    deadline = form.date("ResolutionDeadlineDate")
    customer_id = form.customer_id()
    link = form.text("TrackingLink")
    inquired_at = form.date("InquiryDate")
    notes = form.notes("InquiryNotes")
    appeal_of = form.read("AppealOf", read_id) or ""
    form.check_currency(ordered_at)
    form.done()
    if ordered_at is None or order_amount is None or inquiry_type is None:
        raise ValueError("a required field was read as blank")
    return Claim(
        partner_id,
        campaign.campaign_id,
        order_id,
        inquiry_type,
        order_amount,
        ordered_at,
        expected,
        reference,
        deadline,
        customer_id,
        link,
        inquired_at,
        notes,
        appeal_of,
    )


def answer(fields: Mapping[str, str], campaign: Campaign, claimed: Claim) -> tuple[Claim, str]:
    """The claim with what the partner changes of it, and the notes it adds."""
    form = Form(fields, campaign.zone, claimed.order_amount.currency)
    changed = replace(
        claimed,
        ordered_at=form.date("TransactionDate") or claimed.ordered_at,
        order_amount=form.money("TransactionAmount", positive=True) or claimed.order_amount,
        tracking_link=form.text("TrackingLink") or claimed.tracking_link,
        customer_id=form.customer_id() or claimed.customer_id,
    )
    expected = form.money("ExpectedPayout")
    if expected is not None:
        changed = replace(changed, expected_payout=expected)
    form.check_currency(changed.ordered_at)
    notes = form.notes("InquiryNotes")
    if changed == claimed and not notes and not form.faults:
        form.fault("InquiryNotes", "Say what was asked for, or change a detail", "required")
    form.done()
    return changed, notes


def resolution(
    fields: Mapping[str, str], campaign: Campaign, currency: str, date_required: bool = False
) -> Resolution:
    """An advertiser's decision; what does not belong to its state is left out, and unread."""
    inquiry = inquiry_id(fields)
    form = Form(fields, zone_of(fields, campaign), currency)
    state = form.read("ResolutionStatus", _state, required=True, why=one_of(DECIDED))
    valid = state is InquiryState.VALID
    reject_reason = None
    if state is InquiryState.DECLINED:
        why = f"Required when DECLINED; give one of the nine reasons: {ALL_REASONS}"
        reject_reason = form.read("RejectReason", parse_reject_reason, required=True, why=why)
    notes = form.notes("ResolutionNotes")
    version = form.count("Version")
    if state is not None and not valid:
        form.done()
        return Resolution(inquiry, state, reject_reason, notes=notes, version=version)
    why = "Required when VALID"
    event_type_id = form.text("ActionTrackerId", required=valid, why=why)
    ordered_at = form.date("TransactionDate", required=valid and date_required, why=why)
    order_amount = form.money("TransactionAmount", positive=True)
    final_payout = form.money("FinalPayout")
    form.check_currency(ordered_at)
    promo_code = form.text("PromoCode")
    customer_id = form.customer_id()
    customer_status = form.text("CustomerStatus")
    bought = items(form)
    form.done()
    return Resolution(
        inquiry,
        InquiryState.VALID,
        None,
        event_type_id,
        ordered_at,
        order_amount,
        final_payout,
        notes,
        promo_code,
        customer_id,
        customer_status,
        bought,
        version,
    )


def conversion(fields: Mapping[str, str], campaign: Campaign) -> Conversion:
    """A tracked order; its amount may be zero, as a lead's is."""
    form = _form(fields, campaign)
    event_type_id = form.text("ActionTrackerId", required=True)
    order_id = form.text("OrderId", ORDER_ID_MAX, required=True)
    ordered_at = form.date("EventDate", required=True)
    amount = form.money("Amount", required=True)
    partner_id = form.read("MediaPartnerId", read_id, required=True)
    customer_id = form.customer_id()
    customer_status = form.text("CustomerStatus")
    promo_code = form.text("PromoCode")
    place = [form.text(name) for name in CUSTOMER_PLACE]
    bought = items(form)
    form.check_currency(ordered_at)
    form.done()
    if ordered_at is None or amount is None or partner_id is None:
        raise ValueError("a required field was read as blank")
    order = Order(
        order_id,
        ordered_at,
        customer_id,
        customer_status,
        promo_code,
        "",
        bought,
        *place,
    )
    return Conversion(campaign.campaign_id, event_type_id, partner_id, order, amount)


def read_id(text: str) -> str:
    if not _KEY.fullmatch(spreadsheet_damage.check(text)):
        raise Malformed("bad_id", "Not an id; copy it from a listing")
    return text


_GIVEN: Mapping[str, Callable[[str], object]] = {
    "CampaignId": read_id,
    "ActionTrackerId": read_id,
    "InquiryType": _inquiry_type,
    "Currency": parse_currency,
    "TimeZone": calendar.zone,
}


def items(form: Form) -> tuple[Item, ...]:
    """The basket's lines, `ItemSku1` and its like, counted from 1; of one piece unless told."""
    return basket(form, Item, lambda name: form.read(name, read_quantity) or 1)


def basket(
    form: Form, line: Callable[..., T], quantity: Callable[[str], int | None]
) -> tuple[T, ...]:
    """The lines as `Item`, or as what has its fields, with this reading of their `ItemQty`."""
    numbers = sorted(
        {
            int(match.group(2))
            for name, text in form.fields.items()
            if name.startswith("Item")
            and (match := ITEM_FIELD.fullmatch(name))
            and texts.trimmed(text)
        }
    )
    if len(numbers) > ITEMS_MAX:
        form.fault("ItemSku1", f"At most {ITEMS_MAX} items; add some of them up", "too_many_items")
        return ()
    return tuple(_bought(form, number, line, quantity) for number in numbers)


def _bought(
    form: Form, number: int, line: Callable[..., T], quantity: Callable[[str], int | None]
) -> T:
    return line(
        sku=form.text(f"ItemSku{number}", required=True),
        quantity=quantity(f"ItemQty{number}"),
        subtotal=form.money(f"ItemSubtotal{number}"),
        name=form.text(f"ItemName{number}"),
        category=form.text(f"ItemCategory{number}"),
        sub_category=form.text(f"ItemSubCategory{number}"),
        mpn=form.text(f"ItemMPN{number}"),
        rebate=form.money(f"ItemTotalRebate{number}"),
    )


def read_quantity(text: str) -> int:
    quantity = read_whole(text)
    if not quantity:
        raise Malformed("not_a_count", "Not a whole number from 1 on; write it like 2")
    if quantity > QUANTITY_MAX:
        raise Malformed("too_many", f"Over the limit; give at most {QUANTITY_MAX:,}")
    return quantity
