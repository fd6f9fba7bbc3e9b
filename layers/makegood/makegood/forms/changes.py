"""Reading which action somebody means, and what is to become of it, for HTTP and files alike."""

from dataclasses import dataclass
from typing import Self

from makegood.domain.action_changes import Approve, Change, Modify, Reason, Reset, Reverse
from makegood.domain.actions import PARTNER_DISPOSITIONS, Action, Disposition
from makegood.domain.amounts import read_whole
from makegood.domain.baskets import Line
from makegood.domain.calendar import zone
from makegood.domain.problems import Fault, Invalid, Malformed
from makegood.forms import items, reading
from makegood.forms.reading import Fields, Form, one_of, read_id

SKU_FIELDS = ("Sku", "Category", "Quantity")
"""What a row of a file says of one line of the basket."""

CHANGED = ("Amount", *SKU_FIELDS)
"""What is new of the order, or of one line of it."""


@dataclass(frozen=True, slots=True)
class ActionName:
    """An action by its id; or, when that is blank, the newest one of an order and event type.

    A blank `campaign_id` means whichever campaign of the advertiser has that order.
    """

    action_id: str = ""
    event_type_id: str = ""
    order_id: str = ""
    campaign_id: str = ""


def read_name(fields: Fields) -> ActionName:
    """Which action is meant; where `ActionId` is given, the order is not looked at."""
    form = Form(fields, zone("UTC"), "")
    action_id = form.read("ActionId", read_id) or ""
    if action_id or form.faults:
        form.done()
        return ActionName(action_id)
    why = "Required without ActionId; give ActionId, or OrderId and ActionTrackerId"
    order_id = form.text("OrderId", reading.ORDER_ID_MAX, required=True, why=why)
    event_type_id = form.read("ActionTrackerId", read_id, required=True, why=why) or ""
    campaign_id = form.read("CampaignId", read_id) or ""
    form.done()
    return ActionName("", event_type_id, order_id, campaign_id)


@dataclass(frozen=True, slots=True)
class ModificationRequest:
    """An action is modified, reset or approved; `Reason` says which."""

    name: ActionName
    unread: Fields

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(read_name(fields), fields)

    def change(self, action: Action) -> Change:
        """In the action's currency."""
        form = _form(self.unread, action)
        reason = form.read("Reason", _read_reason, required=True, why=one_of(Reason))
        return _modification(form, reason, form.given(CHANGED))


@dataclass(frozen=True, slots=True)
class ReversalRequest:
    """An action is undone; `DispositionCode` says why."""

    name: ActionName
    unread: Fields

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(read_name(fields), fields)

    def change(self, action: Action) -> Change:
        """Reads nothing that depends on the action."""
        form = _form(self.unread, action)
        why = one_of(sorted(PARTNER_DISPOSITIONS))
        disposition = form.read("DispositionCode", _read_disposition, required=True, why=why)
        form.done()
        if disposition is None:
            raise ValueError("a required field was read as blank")
        return Reverse(disposition)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A row of a file; its `Reason` may be one for reversing the action."""

    name: ActionName
    unread: Fields

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(read_name(fields), fields)

    def change(self, action: Action) -> Change:
        """In the action's currency."""
        form = _form(self.unread, action)
        changed = form.given(CHANGED)
        changes = bool(changed.fields)
        reason = form.read(
            "Reason",
            lambda text: _read_row_reason(text, changes),
            required=True,
            why=one_of(Reason),
        )
        if isinstance(reason, Disposition):
            return Reverse(reason)
        return _modification(form, reason, changed)


@dataclass(frozen=True, slots=True)
class DecidedChange:
    """A change of an action that follows from something else, and is in no form."""

    name: ActionName
    decided: Change | None = None

    def change(self, action: Action) -> Change:
        if self.decided is None:
            raise ValueError(f"nothing is asked of action {action.action_id}")
        return self.decided


ChangeRequest = ModificationRequest | ReversalRequest | ChangeRow | DecidedChange


def _form(fields: Fields, action: Action) -> Form:
    return Form(fields, zone(action.time_zone), action.order_amount.currency)


def _modification(form: Form, reason: Reason | None, changed: Form) -> Change:
    """What becomes of an action for this reason. `changed` is what is told of the order's amount,
    or of one line of its basket by SKU.
    """
    if reason is Reason.APPROVED:
        return Approve()
    if reason is Reason.RESET:
        return Reset()
    status = form.text("CustomerStatus")
    by_sku = any(name in changed.fields for name in SKU_FIELDS)
    line = _line(changed) if by_sku else None
    amount = None if by_sku else changed.money("Amount")
    bought = items.lines(form, Line, lambda given, name: given.read(name, _left))
    if not (by_sku or amount is not None or bought or status or form.faults):
        message = "Say what changes: the order's new Amount, its items, or CustomerStatus"
        form.fault("Amount", message, "required")
    form.done()
    if reason is None:
        raise ValueError("a required field was read as blank")
    return Modify(
        reason=reason,
        order_amount=amount,
        customer_status=status,
        items=bought,
        line=line,
    )


def _line(form: Form) -> Line:
    """One line of the basket, by SKU; `Amount` is its new subtotal, in the basket's own prices."""
    sku = form.text("Sku", required=True, why="Required with Category or Quantity")
    quantity = form.read("Quantity", _left)
    subtotal = form.money("Amount")
    if quantity is None and subtotal is None and not form.faults:
        form.fault("Amount", "Give the item's new Amount, or its Quantity", "required")
    if quantity == 0 and subtotal is not None and subtotal.minor:
        form.fault("Amount", "Nothing is left of this item; give 0", "amount_of_nothing")
    return Line(sku=sku, category=form.text("Category"), quantity=quantity, subtotal=subtotal)


def _left(text: str) -> int:
    """A quantity, or 0 for an item of which nothing is left."""
    return items.read_quantity(text) if read_whole(text) else 0


def _read_row_reason(text: str, changes: bool) -> Reason | Disposition:
    """Some codes are reasons for both; they modify where there is something that `changes`."""
    code = text.upper()
    modifies = changes and code in Reason.__members__
    return (
        Disposition[code] if code in PARTNER_DISPOSITIONS and not modifies else _read_reason(text)
    )


def _read_reason(text: str) -> Reason:
    code = text.upper()
    if code not in Reason.__members__:
        hint = "" if code not in PARTNER_DISPOSITIONS else "; to reverse, DELETE the action"
        known = ", ".join(Reason)
        raise Malformed("unknown_reason", f"Not a reason; give one of {known}{hint}")
    return Reason[code]


def _read_disposition(text: str) -> Disposition:
    code = text.upper()
    if code not in PARTNER_DISPOSITIONS:
        known = ", ".join(sorted(PARTNER_DISPOSITIONS))
        raise Malformed("unknown_disposition", f"Not a disposition; give one of {known}")
    return Disposition[code]


def needs_campaign() -> Invalid:
    """What is answered where the order alone does not say which campaign is meant."""
    message = "Several campaigns may have this order; give CampaignId, or ActionId"
    return Invalid(faults=(Fault("CampaignId", message, "campaign_required"),))
