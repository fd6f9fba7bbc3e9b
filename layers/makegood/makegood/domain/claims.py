"""What a partner does with a claim, as pure functions: submit it, answer a question, withdraw it.

Values in, an `Outcome` out; no clock, no randomness, no I/O. The same functions serve an HTTP
request and a row of a file. What the advertiser answers is decided in `resolutions`.
"""

from datetime import datetime

from makegood.domain import (
    action_lifecycle,
    appeals,
    automatic_decisions,
    deadlines,
    evidence,
    exhibits,
    policy_counts,
    second_claims,
)
from makegood.domain.automatic_decisions import Filing
from makegood.domain.contracts import Terms, check_claim_window
from makegood.domain.inquiries import ANSWERED, Claim, Inquiry, InquiryState
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.parties import Role, check_may_file
from makegood.domain.problems import NotFound, RuleForbids


def unknown_campaign() -> NotFound:
    """What a partner is told of a campaign that is not there. It is told the same of one that it
    has no contract with, before anything else, so nobody learns which campaigns there are.
    """
    return NotFound("You have no contract with a campaign of this id; check CampaignId")


def submit(
    claim: Claim, filing: Filing, now: datetime, source: str = ""
) -> tuple[Inquiry, Outcome]:
    """Files a claim as an inquiry; filing it again gives the same inquiry (`second_claims`)."""
    same = second_claims.same_claim(claim, filing.attempts)
    if same is not None:
        check_may_file(filing.partner, filing.campaign)
        return second_claims.said_again(claim, same, filing.partner.name, now, source)
    if filing.contract is None:
        raise unknown_campaign()
    check_may_file(filing.partner, filing.campaign)
    terms = filing.contract.in_force(now)
    action_lifecycle.refuse_future(claim.ordered_at, now, "TransactionDate")
    second_claims.refuse_second_claim(claim, filing.attempts)
    _check_dates(claim, filing, terms, now)
    is_appeal, zone = bool(claim.appeal_of), filing.campaign.zone
    checks = (f"contract {filing.contract.contract_id}, version {terms.version}, is in force",)
    inquiry = Inquiry(
        inquiry_id=filing.inquiry_id,
        advertiser_id=filing.campaign.advertiser_id,
        claim=claim,
        created_at=now,
        attempt=len(filing.attempts),
        checks=checks,
        source=source,
        clock=deadlines.started(terms.deadlines, is_appeal, now, zone),
    )
    if claim.notes:
        inquiry = inquiry.commented(
            filing.partner.name, claim.notes, now, source, side=Role.PARTNER
        )
    if filing.evidence is not None:
        inquiry = evidence.filed_with(inquiry, filing.evidence, now)
    inquiry = automatic_decisions.on_filing(inquiry, filing, now)
    counts = policy_counts.counted(None, filing.question(inquiry), inquiry, now)
    return inquiry, Outcome(inquiries=((None, inquiry),)) + counts


def _check_dates(claim: Claim, filing: Filing, terms: Terms, now: datetime) -> None:
    """A claim is filed within its window, an appeal within its days of the decision."""
    if not claim.appeal_of:
        check_claim_window(terms, claim.ordered_at, now, filing.campaign.zone)
        return
    decided = next(each for each in filing.attempts if each.inquiry_id == claim.appeal_of)
    agreed = filing.contract.latest(decided.created_at) if filing.contract else terms
    new_evidence = exhibits.newer_than(filing.exhibits, decided)
    appeals.check(claim, decided, agreed, filing.campaign.zone, now, new_evidence=new_evidence)


def answer(
    inquiry: Inquiry, changed: Claim, notes: str, filing: Filing, now: datetime
) -> tuple[Inquiry, Outcome]:
    """Answers an INCOMPLETE inquiry with notes or changed details.

    A changed date has to lie in the claim window of the day that the inquiry was filed.
    """
    if not inquiry.state.rules.awaits_answer:
        raise RuleForbids(
            f"Inquiry {inquiry.inquiry_id} is {inquiry.state}; "
            f"only an {' or '.join(ANSWERED)} one is answered",
            code="not_incomplete",
        )
    action_lifecycle.refuse_future(changed.ordered_at, now, "TransactionDate")
    if changed.ordered_at != inquiry.claim.ordered_at and filing.contract is not None:
        terms = filing.contract.in_force(inquiry.created_at)
        check_claim_window(terms, changed.ordered_at, inquiry.created_at, filing.campaign.zone)
    answered = inquiry.moved(
        InquiryState.UNRESOLVED,
        claim=changed,
        resolution_key="",
        resolved_at=None,
        decided_by="",
        changed_at=now,
        clock=inquiry.clock and inquiry.clock.resumed(now, filing.campaign.zone),
    )
    if filing.evidence is not None:
        answered = filing.evidence.verified(answered, now)
    if notes:
        answered = answered.commented(filing.partner.name, notes, now, side=Role.PARTNER)
    return answered, Outcome(inquiries=((inquiry, answered),))


def withdraw(inquiry: Inquiry, now: datetime) -> tuple[Inquiry, Outcome]:
    """Withdraws an undecided inquiry; a repeat changes nothing."""
    if inquiry.state is InquiryState.WITHDRAWN:
        return inquiry, NOTHING
    withdrawn = inquiry.moved(
        InquiryState.WITHDRAWN,
        resolved_at=now,
        decided_by="partner",
        auto_approval_at=None,
    )
    return withdrawn, Outcome(inquiries=((inquiry, withdrawn),))
