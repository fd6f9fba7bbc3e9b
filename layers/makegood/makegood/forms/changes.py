"""Reading which action somebody means, and what is to become of it, for HTTP and files alike."""

from collections.abc import Mapping
from dataclasses import dataclass

from makegood.domain.action_changes import Approve, Change, Modify, Reason, Reset, Reverse
from makegood.domain.actions import PARTNER_DISPOSITIONS, Action, Disposition
from makegood.domain.amounts import read_whole
from makegood.domain.baskets import Line
from makegood.domain.calendar import zone
from makegood.domain.problems import Fault, Invalid, Malformed
from makegood.domain.texts import trimmed
from makegood.forms import forms
from makegood.forms.forms import Form

SKU_FIELDS = ("Sku", "Category", "Quantity")
"""What a row of a file says of one line of the basket."""


@dataclass(frozen=True, slots=True)
class ActionName:
    """An action by its id; or, when that is blank, the newest one of an order and event type.

    A blank `campaign_id` means whichever campaign of the advertiser has that order.
    """

    action_id: str = ""
    event_type_id: str = ""
    order_id: str = ""
    campaign_id: str = ""


def action_name(fields: Mapping[str, str]) -> ActionName:
    """Which action is meant; where `ActionId` is given, the order is not looked at."""
    form = Form(fields, zone("UTC"), "")
    action_id = form.read("ActionId", forms.read_id) or ""
    if action_id or form.faults:
        form.done()
        return ActionName(action_id)
    why = "Required without ActionId; give ActionId, or OrderId and ActionTrackerId"
    order_id = form.text("OrderId", forms.ORDER_ID_MAX, required=True, why=why)
    event_type_id = form.read("ActionTrackerId", forms.read_id, required=True, why=why) or ""
    campaign_id = form.read("CampaignId", forms.read_id) or ""
    form.done()
    return ActionName("", event_type_id, order_id, campaign_id)


def reversal(fields: Mapping[str, str]) -> Change:
    """An action is undone; `DispositionCode` says why."""
    form = Form(fields, zone("UTC"), "")
    why = forms.one_of(sorted(PARTNER_DISPOSITIONS))
    disposition = form.read("DispositionCode", _disposition, required=True, why=why)
    form.done()
    if disposition is None:
        raise ValueError("a required field was read as blank")
    return Reverse(disposition)


def row_change(fields: Mapping[str, str], action: Action) -> Change:
    """A file's row: a reversal code reverses, unless it comes with an amount or an item."""
    code = trimmed(fields.get("Reason", "")).upper()
    changes = any(trimmed(fields.get(name, "")) for name in ("Amount", *SKU_FIELDS))
    if code in PARTNER_DISPOSITIONS and not (code in Reason.__members__ and changes):
        return Reverse(Disposition[code])
    return action_change(fields, action)


def action_change(fields: Mapping[str, str], action: Action) -> Change:
    """What becomes of an action: `Reason` decides the kind of change."""
    form = Form(fields, zone(action.time_zone), action.order_amount.currency)
    reason = form.read("Reason", _reason, required=True, why=forms.one_of(Reason))
    if reason is Reason.APPROVED:
        return Approve()
    if reason is Reason.RESET:
        return Reset()
    status = form.text("CustomerStatus")
    by_sku = any(trimmed(fields.get(name, "")) for name in SKU_FIELDS)
    line = _line(form) if by_sku else None
    amount = None if by_sku else form.money("Amount")
    bought = forms.basket(form, Line, lambda name: form.read(name, _left))
    if not (by_sku or amount is not None or bought or status or form.faults):
        message = "Say what changes: the order's new Amount, its items, or CustomerStatus"
        form.fault("Amount", message, "required")
    form.done()
    if reason is None:
        raise ValueError("a required field was read as blank")
    return Modify(reason, amount, status, bought, line)


def _line(form: Form) -> Line:
    """One line of the basket, by SKU; `Amount` is its new subtotal, in the basket's own prices."""
    sku = form.text("Sku", required=True, why="Required with Category or Quantity")
    quantity = form.read("Quantity", _left)
    subtotal = form.money("Amount")
    if quantity is None and subtotal is None and not form.faults:
        form.fault("Amount", "Give the item's new Amount, or its Quantity", "required")
    if quantity == 0 and subtotal is not None and subtotal.minor:
        form.fault("Amount", "Nothing is left of this item; give 0", "amount_of_nothing")
    return Line(sku, form.text("Category"), quantity, subtotal)


def _left(text: str) -> int:
    """A quantity, or 0 for an item of which nothing is left."""
    return forms.read_quantity(text) if read_whole(text) else 0


def _reason(text: str) -> Reason:
    code = text.upper()
    if code not in Reason.__members__:
        hint = "" if code not in PARTNER_DISPOSITIONS else "; to reverse, DELETE the action"
        known = ", ".join(Reason)
        raise Malformed("unknown_reason", f"Not a reason; give one of {known}{hint}")
    return Reason[code]


def _disposition(text: str) -> Disposition:
    code = text.upper()
    if code not in PARTNER_DISPOSITIONS:
        known = ", ".join(sorted(PARTNER_DISPOSITIONS))
        raise Malformed("unknown_disposition", f"Not a disposition; give one of {known}")
    return Disposition[code]


def needs_campaign() -> Invalid:
    """What is answered where the order alone does not say which campaign is meant."""
    message = "Several campaigns may have this order; give CampaignId, or ActionId"
    return Invalid(faults=(Fault("CampaignId", message, "campaign_required"),))
