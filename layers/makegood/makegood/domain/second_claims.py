"""A second claim for an order: the same claim again, an appeal of a decision, or a conflict.

One inquiry is live for each partner, campaign, order and type. A decided inquiry may be appealed
once. A withdrawn one counts neither as a claim nor as an appeal. Filing a claim again gives the
same inquiry, and new notes are added to it while it is undecided.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from makegood.domain.inquiries import Claim, Inquiry
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.parties import Role
from makegood.domain.problems import Conflict, Fault, Invalid, RuleForbids

COMMENTS_MAX = 500
"""The most comments of an inquiry; after that, repeated claims add no more notes."""


def same_claim(claim: Claim, attempts: Sequence[Inquiry]) -> Inquiry | None:
    """The inquiry that this very claim was filed as."""
    for earlier in _standing(attempts):
        appeals_same = earlier.claim.appeal_of == claim.appeal_of
        if appeals_same and earlier.claim.same_details(claim):
            return earlier
    return None


def _standing(attempts: Sequence[Inquiry]) -> list[Inquiry]:
    return [each for each in attempts if not each.state.rules.is_void]


def said_again(
    claim: Claim, inquiry: Inquiry, partner_name: str, now: datetime, source: str
) -> tuple[Inquiry, Outcome]:
    """The claim's inquiry, with the notes that the partner has not said yet while it is live."""
    full = len(inquiry.comments) >= COMMENTS_MAX
    if full or not inquiry.is_live or not _has_news(claim, inquiry, partner_name):
        return inquiry, NOTHING
    noted = replace(inquiry, version=inquiry.version + 1)
    noted = noted.commented(partner_name, claim.notes, now, source, side=Role.PARTNER)
    return noted, Outcome(inquiries=((inquiry, noted),))


def _has_news(claim: Claim, inquiry: Inquiry, partner_name: str) -> bool:
    said = {each.text for each in inquiry.comments if each.user == partner_name}
    return claim.notes not in ("", inquiry.claim.notes, *said)


def warnings(
    claim: Claim, inquiry: Inquiry, attempts: Sequence[Inquiry], partner_name: str
) -> tuple[str, ...]:
    """Where the notes of a claim that was sent again may not do what they are for: they came too
    late, or do not answer what the advertiser asked. `inquiry` is the claim's, as it is now.
    """
    named = f"Inquiry {inquiry.inquiry_id}"
    if _has_news(claim, inquiry, partner_name):
        if not inquiry.is_live:
            way = _way_on(inquiry, attempts)
            return (f"{named} is {inquiry.state}, and the new notes were not kept; {way}",)
        return (f"{named} has {COMMENTS_MAX} comments, and the new notes were not kept",)
    if claim.notes != inquiry.claim.notes and inquiry.state.rules.awaits_answer:
        return (
            f"{named} is {inquiry.state}: it has these notes, and still waits for an answer; "
            f"PUT ActionInquiries/{inquiry.inquiry_id} answers what was asked",
        )
    return ()


def _way_on(inquiry: Inquiry, attempts: Sequence[Inquiry]) -> str:
    """What the partner may still do about a decided inquiry."""
    if inquiry.claim.appeal_of:
        return "it was the appeal, and an appeal is decided for good"
    for each in _standing(attempts):
        if each.claim.appeal_of == inquiry.inquiry_id:
            return f"inquiry {each.inquiry_id} is its appeal, and is {each.state}"
    return f"to appeal, file again with AppealOf={inquiry.inquiry_id}"


def refuse_second_claim(claim: Claim, attempts: Sequence[Inquiry]) -> None:
    """Raises what keeps a claim that is not the same again from being filed."""
    standing = _standing(attempts)
    if not standing:
        if claim.appeal_of:
            why = f"{_not_here(claim, attempts)}; leave it out"
            raise Invalid(faults=(Fault("AppealOf", why, "unknown_appeal"),))
        return
    last = standing[-1]
    if last.is_live:
        raise Conflict(_open(claim, last, attempts), code="live_inquiry")
    if last.claim.appeal_of:
        raise RuleForbids(
            f"Inquiry {last.inquiry_id} was the appeal of {last.claim.appeal_of}, and an appeal is "
            "decided for good",
            code="appealed_once",
        )
    if claim.appeal_of != last.inquiry_id:
        wrong = f"{_not_here(claim, attempts)}. " if claim.appeal_of else ""
        raise Conflict(
            f"{wrong}Inquiry {last.inquiry_id} for this order is decided ({last.state}); "
            f"{_way_on(last, attempts)}",
            code="decided_inquiry",
        )


def _not_here(claim: Claim, attempts: Sequence[Inquiry]) -> str:
    """Why AppealOf names nothing to appeal; what it names elsewhere is not told."""
    if any(each.inquiry_id == claim.appeal_of for each in attempts):
        return f"AppealOf names inquiry {claim.appeal_of}, which was withdrawn and never decided"
    return "AppealOf names no inquiry of yours for this order and type"


def _open(claim: Claim, last: Inquiry, attempts: Sequence[Inquiry]) -> str:
    """The conflict with a live inquiry."""
    appealed = last.claim.appeal_of
    named = f"Inquiry {last.inquiry_id}" + (f", the appeal of {appealed}," if appealed else "")
    if claim.appeal_of == last.inquiry_id:
        never = "an appeal is not appealed" if appealed else "only what is decided is appealed"
        return f"{named} is {last.state}, and {never}; wait for its decision, or withdraw it"
    if last.claim.same_details(claim) and not claim.appeal_of:
        return f"{named} for this order is open with these details; wait for its decision"
    wrong = "" if claim.appeal_of in ("", appealed) else f"{_not_here(claim, attempts)}. "
    details = "" if last.claim.same_details(claim) else " with other details"
    return f"{wrong}{named} for this order is open{details}; withdraw it before you file this one"
