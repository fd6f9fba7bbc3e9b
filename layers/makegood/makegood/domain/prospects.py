"""What would become of a claim, told before it is filed, to whoever may be guessing.

Nothing is told but what is the partner's own: its contract, its claims, its actions. Whether an
order exists, and what others have of it, is never told here: to a guess and to an order that is
somebody else's the answer is FINE alike, and what is decided is told once the claim is filed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from makegood.domain.appeals import NOTHING_NEW, TOO_LATE
from makegood.domain.contracts import ClaimedTooEarly, ClaimedTooLate
from makegood.domain.inquiries import ACCEPTED, Inquiry, InquiryType
from makegood.domain.orders import OrderCredits
from makegood.domain.problems import NotFound, Problem

CHECKS_MAX = 100
"""Claims that are checked at once."""


class Prospect(StrEnum):
    """What would become of a claim; REFUSED is for reasons that its message has."""

    FINE = "FINE"
    TOO_EARLY = "TOO_EARLY"
    TOO_LATE = "TOO_LATE"
    TRACKED = "TRACKED"
    CLAIMED = "CLAIMED"
    NO_CONTRACT = "NO_CONTRACT"
    DECLINED_BEFORE = "DECLINED_BEFORE"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A prospect in words, with the partner's own inquiry or action that is in the way.

    `appeal_of` is what an appeal would name; `code` is why a claim is refused.
    """

    prospect: Prospect
    message: str
    inquiry_id: str = ""
    action_id: str = ""
    appeal_of: str = ""
    code: str = ""


FINE = Foreseen(
    Prospect.FINE, "It can be filed; whether the order stands is decided after that, not here."
)


def of_inquiry(inquiry: Inquiry, filed: Sequence[Inquiry]) -> Foreseen:
    """What a claim would be filed as (`as_foreseen`), or is. `filed` are the partner's claims for
    the order before.
    """
    if any(each.inquiry_id == inquiry.inquiry_id for each in filed):
        return _filed_before(inquiry, filed)
    if tracked := inquiry.tracked_action_id:
        message = f"This order was tracked for you already, as action {tracked}."
        return Foreseen(Prospect.TRACKED, message, action_id=tracked)
    return FINE


IN_THE_WAY = frozenset({"live_inquiry", "decided_inquiry", "appealed_once"})
"""Codes of refusals for what the partner filed before."""


def of_refusal(problem: Problem, filed: Sequence[Inquiry]) -> Foreseen:
    """What keeps a claim from being filed."""
    match problem:
        case NotFound():
            return Foreseen(Prospect.NO_CONTRACT, problem.explain(), code=problem.code)
        case ClaimedTooEarly():
            return Foreseen(Prospect.TOO_EARLY, problem.explain(), code=problem.code)
        case ClaimedTooLate():
            return Foreseen(Prospect.TOO_LATE, problem.explain(), code=problem.code)
    standing = [each for each in filed if not each.state.rules.is_void]
    if problem.code == NOTHING_NEW:
        message = "It can be filed as an appeal, with a fact in InquiryNotes that is new."
        return Foreseen(Prospect.FINE, message)
    if problem.code == TOO_LATE and standing:
        told, named = problem.explain(), standing[-1].inquiry_id
        return Foreseen(Prospect.DECLINED_BEFORE, told, named, code=TOO_LATE)
    if problem.code in IN_THE_WAY and standing:
        return replace(_filed_before(standing[-1], filed), code=problem.code)
    return Foreseen(Prospect.REFUSED, problem.explain(), code=problem.reason_code())


def _filed_before(inquiry: Inquiry, filed: Sequence[Inquiry]) -> Foreseen:
    """The partner's own claim for the order, as it stands."""
    named = inquiry.inquiry_id
    if inquiry.is_live:
        message = f"You have claimed this order already: inquiry {named} is open."
        return Foreseen(Prospect.CLAIMED, message, named)
    if inquiry.state is ACCEPTED:
        message = f"You have claimed this order already: inquiry {named} was accepted."
        return Foreseen(Prospect.CLAIMED, message, named, inquiry.action_id)
    appealed = inquiry.claim.appeal_of or any(each.claim.appeal_of == named for each in filed)
    told = f"Inquiry {named} for this order was declined"
    if appealed:
        message = f"{told}, and it has been appealed; an appeal is decided for good."
        return Foreseen(Prospect.DECLINED_BEFORE, message, named)
    message = f"{told}; to appeal, file the claim again with AppealOf={named}."
    return Foreseen(Prospect.DECLINED_BEFORE, message, named, appeal_of=named)


def _own_action_id(inquiry: Inquiry, order: OrderCredits) -> str:
    """The partner's own action for an order that it says was not tracked; else blank."""
    if inquiry.claim.inquiry_type is not InquiryType.UNTRACKED:
        return ""
    own = [each.action_id for each in order.credits if each.partner_id == inquiry.partner_id]
    return own[0] if own else ""


def as_foreseen(inquiry: Inquiry, order: OrderCredits) -> Inquiry:
    """A new inquiry as a dry run may show it: decided at once for the partner's own action alone,
    which it names, and without what the shop's orders or a policy say.
    """
    own = _own_action_id(inquiry, order)
    if inquiry.state.rules.needs_reason and own:
        return replace(inquiry, verification=None, tracked_action_id=own)
    return Inquiry(
        inquiry.inquiry_id,
        inquiry.advertiser_id,
        inquiry.claim,
        inquiry.created_at,
        inquiry.attempt,
        source=inquiry.source,
        tracked_action_id=own,
    )
