"""What an advertiser answers an inquiry."""

from dataclasses import dataclass
from typing import Self

from makegood.domain.inquiries import (
    ALL_REASONS,
    RESOLUTIONS,
    InquiryState,
    Resolution,
    parse_reject_reason,
)
from makegood.domain.parties import Campaign
from makegood.domain.problems import Malformed
from makegood.forms import items, reading
from makegood.forms.reading import Fields, Form, one_of

DECIDED = {each.value: each for each in RESOLUTIONS}


@dataclass(frozen=True, slots=True)
class ResolutionRequest:
    """An answer to this inquiry.

    `date_required`: who accepts it has to choose the transaction date, as in a file.
    """

    inquiry_id: str
    unread: Fields
    date_required: bool = False

    @classmethod
    def read(cls, fields: Fields, date_required: bool = False) -> Self:
        return cls(reading.inquiry_id(fields), fields, date_required)

    def resolution(self, campaign: Campaign, currency: str) -> Resolution:
        """In the claim's currency; what does not belong to its state is left out, and unread."""
        form = Form.of(self.unread, campaign, currency)
        state = form.read("ResolutionStatus", _read_state, required=True, why=one_of(DECIDED))
        valid = state is not None and state.rules.is_accepted
        reject_reason = None
        if state is not None and state.rules.needs_reason:
            why = f"Required when DECLINED; give one of the nine reasons: {ALL_REASONS}"
            reject_reason = form.read("RejectReason", parse_reject_reason, required=True, why=why)
        notes = form.notes("ResolutionNotes")
        version = form.count("Version")
        if state is not None and not valid:
            form.done()
            return Resolution(
                inquiry_id=self.inquiry_id,
                state=state,
                reject_reason=reject_reason,
                notes=notes,
                version=version,
            )
        why = "Required when VALID"
        event_type_id = form.text("ActionTrackerId", required=valid, why=why)
        date_required = valid and self.date_required
        ordered_at = form.date("TransactionDate", required=date_required, why=why)
        order_amount = form.money("TransactionAmount", positive=True)
        final_payout = form.money("FinalPayout")
        form.check_currency(ordered_at)
        promo_code = form.text("PromoCode")
        customer_id = form.customer_id()
        customer_status = form.text("CustomerStatus")
        shop_order_id = form.text("ShopOrderId")
        bought = items.items(form)
        form.done()
        return Resolution(
            inquiry_id=self.inquiry_id,
            state=InquiryState.VALID,
            event_type_id=event_type_id,
            ordered_at=ordered_at,
            order_amount=order_amount,
            final_payout=final_payout,
            notes=notes,
            promo_code=promo_code,
            customer_id=customer_id,
            customer_status=customer_status,
            items=bought,
            version=version,
            shop_order_id=shop_order_id,
        )


def _read_state(text: str) -> InquiryState:
    if text.upper() not in DECIDED:
        message = f"Not a resolution; give one of {', '.join(DECIDED)}"
        raise Malformed("unknown_state", message)
    return DECIDED[text.upper()]
