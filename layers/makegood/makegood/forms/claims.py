"""What a partner asks: a claim, an answer to what was asked of one, its withdrawal."""

from dataclasses import dataclass, replace
from typing import Self

from makegood.domain.inquiries import Claim, InquiryType
from makegood.domain.parties import Campaign
from makegood.domain.problems import Malformed
from makegood.forms import reading
from makegood.forms.reading import Fields, Form, one_of, read_id


def read_inquiry_type(text: str) -> InquiryType:
    if text.upper() not in InquiryType.__members__:
        known = ", ".join(InquiryType)
        raise Malformed("unknown_type", f"Not a type of inquiry; give one of {known}")
    return InquiryType[text.upper()]


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """A claim for an order of this campaign."""

    campaign_id: str
    unread: Fields

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(reading.campaign_id(fields), fields)

    def claim(self, campaign: Campaign, partner_id: str) -> Claim:
        """Whether its date lies in the future is for the decision to say."""
        form = Form.of(self.unread, campaign)
        order_id = form.text("OrderId", reading.ORDER_ID_MAX, required=True)
        ordered_at = form.date("TransactionDate", required=True)
        order_amount = form.money("TransactionAmount", required=True, positive=True)
        why = one_of(InquiryType)
        inquiry_type = form.read("InquiryType", read_inquiry_type, required=True, why=why)
        expected_payout = form.money("ExpectedPayout")
        partner_reference = form.text("MediaPartnerInquiryId")
        resolution_deadline_at = form.date("ResolutionDeadlineDate")
        customer_id = form.customer_id()
        tracking_link = form.text("TrackingLink")
        inquired_at = form.date("InquiryDate")
        notes = form.notes("InquiryNotes")
        appeal_of = form.read("AppealOf", read_id) or ""
        form.check_currency(ordered_at)
        form.done()
        if ordered_at is None or order_amount is None or inquiry_type is None:
            raise ValueError("a required field was read as blank")
        return Claim(
            partner_id=partner_id,
            campaign_id=campaign.campaign_id,
            order_id=order_id,
            inquiry_type=inquiry_type,
            order_amount=order_amount,
            ordered_at=ordered_at,
            expected_payout=expected_payout,
            partner_reference=partner_reference,
            resolution_deadline_at=resolution_deadline_at,
            customer_id=customer_id,
            tracking_link=tracking_link,
            inquired_at=inquired_at,
            notes=notes,
            appeal_of=appeal_of,
        )


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """What a partner adds to an inquiry that is INCOMPLETE, or changes of it."""

    inquiry_id: str
    unread: Fields

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(reading.inquiry_id(fields), fields)

    def answer(self, campaign: Campaign, claimed: Claim) -> tuple[Claim, str]:
        """The claim with what the partner changes of it, and the notes it adds."""
        form = Form(self.unread, campaign.zone, claimed.order_amount.currency)
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


@dataclass(frozen=True, slots=True)
class WithdrawalRequest:
    """An undecided inquiry is taken back."""

    inquiry_id: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(reading.inquiry_id(fields))
