"""The decisions on inquiries as pure functions: submit, answer, withdraw, resolve.

Values in, an `Outcome` out; no clock, no randomness, no I/O. The same functions serve an HTTP
request, a row of a file, and an approval rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from makegood import corrections, ids, lifecycle, limits, metering
from makegood.actions import RULE, Action, Credit, OrderCredits, Origin
from makegood.calendar import locks_at
from makegood.directory import Campaign, Partner, Retroactive, check_may_file
from makegood.grants import grant
from makegood.inquiries import (
    Claim,
    Comment,
    Inquiry,
    InquiryState,
    InquiryType,
    Resolution,
)
from makegood.ledger import Cash
from makegood.lifecycle import Origination
from makegood.limits import Countable, Meter
from makegood.outcome import NOTHING, Outcome, together
from makegood.problems import (
    AlreadyDecided,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    RuleForbids,
    VersionConflict,
)
from makegood.rules import ApprovalRule, due_at
from makegood.terms import Contract, check_claim_window

RULE_TRACKED = f"{RULE}tracked-orders"
ASKED_BY_MAX = 4


class SameDecision(AlreadyDecided):
    """The very same resolution was given before; a file's row calls that unchanged."""

    code = "same_decision"
    message = "It was decided just so already; nothing changed"


@dataclass(frozen=True, slots=True)
class Filing:
    """What a submission is decided on.

    `attempts` are the inquiries that this partner filed before for the campaign, order and type,
    oldest first; `inquiry_id` is the next free id after them. `credited` are the partners that hold
    a credit on the order.
    """

    campaign: Campaign
    partner: Partner
    contract: Contract | None
    order: OrderCredits
    attempts: Sequence[Inquiry]
    inquiry_id: str
    credited: Mapping[str, Partner] = field(default_factory=dict)
    rule: ApprovalRule | None = None


def submit(
    claim: Claim, filing: Filing, now: datetime, source: str = ""
) -> tuple[Inquiry, Outcome]:
    """A claim becomes an inquiry; the same claim again is the same inquiry, unchanged."""
    check_may_file(filing.partner, filing.campaign)
    same = _same_claim(claim, filing.attempts)
    if same is not None:
        return same, NOTHING
    if filing.contract is None:
        raise Forbidden(
            f"There is no contract with campaign {filing.campaign.campaign_id}; sign one first",
            code="no_contract",
        )
    terms = filing.contract.in_force(now)
    lifecycle.refuse_future(claim.ordered_at, now, "TransactionDate")
    _refuse_second_claim(claim, filing.attempts)
    check_claim_window(terms, claim.ordered_at, now, filing.campaign.zone)
    checks = (f"contract {filing.contract.contract_id}, version {terms.version}, is in force",)
    inquiry = Inquiry(
        inquiry_id=filing.inquiry_id,
        advertiser_id=filing.campaign.advertiser_id,
        claim=claim,
        created_at=now,
        attempt=len(filing.attempts),
        checks=checks,
        source=source,
    )
    if claim.notes:
        inquiry = _commented(inquiry, filing.partner.name, claim.notes, now)
    inquiry = _checked_for_tracking(inquiry, filing, now)
    may_be_ruled = claim.inquiry_type is InquiryType.UNTRACKED and not filing.order.credits
    if filing.rule is not None and may_be_ruled:
        approval_at = due_at(filing.rule, now, filing.campaign.zone)
        inquiry = replace(inquiry, auto_approval_at=approval_at)
    return inquiry, Outcome(inquiries=((None, inquiry),))


def _same_claim(claim: Claim, attempts: Sequence[Inquiry]) -> Inquiry | None:
    for earlier in attempts:
        withdrawn = earlier.state is InquiryState.WITHDRAWN
        appeals_same = earlier.claim.appeal_of == claim.appeal_of
        if not withdrawn and appeals_same and earlier.claim.same_details(claim):
            return earlier
    return None


def _refuse_second_claim(claim: Claim, attempts: Sequence[Inquiry]) -> None:
    """One live inquiry per partner, campaign, order and type; a decided one is appealed, once.

    What was withdrawn does not count: neither as a claim, nor as the appeal.
    """
    standing = [each for each in attempts if each.state is not InquiryState.WITHDRAWN]
    last = standing[-1] if standing else None
    if last is None:
        if claim.appeal_of:
            fault = Fault("AppealOf", "Names no decided inquiry for this order", "unknown_appeal")
            raise Invalid(faults=(fault,))
        return
    if last.is_live:
        raise Conflict(
            f"Inquiry {last.inquiry_id} for this order is open with other details; withdraw it "
            "before you file this one",
            code="live_inquiry",
        )
    if last.claim.appeal_of:
        raise RuleForbids(
            f"Inquiry {last.inquiry_id} was the appeal, and an appeal is decided for good",
            code="appealed_once",
        )
    if claim.appeal_of != last.inquiry_id:
        raise Conflict(
            f"Inquiry {last.inquiry_id} for this order is decided ({last.state}); to appeal, file "
            f"again with AppealOf={last.inquiry_id}",
            code="decided_inquiry",
        )


def _checked_for_tracking(inquiry: Inquiry, filing: Filing, now: datetime) -> Inquiry:
    """An UNTRACKED claim on a credited order is declined at once where the campaign says so."""
    if inquiry.claim.inquiry_type is not InquiryType.UNTRACKED:
        return inquiry
    holders = filing.order.credits
    if not holders:
        return replace(inquiry, checks=(*inquiry.checks, "the order is not credited to anybody"))
    own = any(credit.partner_id == inquiry.partner_id for credit in holders)
    whom = "this partner" if own else "another channel"
    inquiry = replace(inquiry, checks=(*inquiry.checks, f"the order is credited to {whom}"))
    if not filing.campaign.declines_tracked:
        return inquiry
    by_code = next((credit for credit in holders if credit.by_promo_code), None)
    reason = 1 if own else 3 if by_code else 2
    note = "" if own else _who_was_credited(by_code or holders[0], filing)
    declined = inquiry.moved(
        InquiryState.DECLINED,
        reject_reason=reason,
        resolved_at=now,
        decided_by=RULE_TRACKED,
    )
    return _commented(declined, filing.campaign.name, note, now) if note else declined


def _who_was_credited(credit: Credit, filing: Filing) -> str:
    """What the campaign's two switches let the answer tell of the holder of this credit."""
    partner = filing.credited.get(credit.partner_id)
    told = []
    if partner is not None and filing.campaign.names_channel:
        told.append(f"Channel credited: {partner.kind.lower()}")
    if partner is not None and filing.campaign.names_media:
        told.append(f"Media credited: {partner.name}")
    return "; ".join(told)


def _commented(inquiry: Inquiry, user: str, text: str, now: datetime) -> Inquiry:
    return replace(inquiry, comments=(*inquiry.comments, Comment(user, text, now)))


def answer(
    inquiry: Inquiry, changed: Claim, notes: str, filing: Filing, now: datetime
) -> tuple[Inquiry, Outcome]:
    """The partner answers what an INCOMPLETE inquiry asked for, with notes or changed details.

    A changed date has to lie in the claim window of the day that the inquiry was filed.
    """
    if inquiry.state is not InquiryState.INCOMPLETE:
        raise RuleForbids(
            f"Inquiry {inquiry.inquiry_id} is {inquiry.state}; only an INCOMPLETE one is answered",
            code="not_incomplete",
        )
    lifecycle.refuse_future(changed.ordered_at, now, "TransactionDate")
    if changed.ordered_at != inquiry.claim.ordered_at and filing.contract is not None:
        terms = filing.contract.in_force(inquiry.created_at)
        check_claim_window(terms, changed.ordered_at, inquiry.created_at, filing.campaign.zone)
    answered = inquiry.moved(
        InquiryState.UNRESOLVED, claim=changed, resolution_key="", resolved_at=None, decided_by=""
    )
    if notes:
        answered = _commented(answered, filing.partner.name, notes, now)
    return answered, Outcome(inquiries=((inquiry, answered),))


def withdraw(inquiry: Inquiry, now: datetime) -> tuple[Inquiry, Outcome]:
    """The partner takes an undecided inquiry back; again changes nothing."""
    if inquiry.state is InquiryState.WITHDRAWN:
        return inquiry, NOTHING
    withdrawn = inquiry.moved(
        InquiryState.WITHDRAWN, resolved_at=now, decided_by="partner", auto_approval_at=None
    )
    return withdrawn, Outcome(inquiries=((inquiry, withdrawn),))


@dataclass(frozen=True, slots=True)
class Case:
    """What a resolution is decided on.

    `earlier` are the actions that hold this partner's credits on the order, by id; `cash` is the
    advertiser's in the inquiry's currency; `used` is what is used of the contract's limits.
    """

    inquiry: Inquiry
    campaign: Campaign
    contract: Contract | None
    order: OrderCredits
    earlier: Mapping[str, Action]
    cash: Cash
    used: Mapping[Meter, int] = field(default_factory=dict)


def resolution_key(resolution: Resolution) -> str:
    """Stands for all that a resolution says, whatever version it was made on."""
    said = resolution if resolution.version is None else replace(resolution, version=None)
    return ids.digest(repr(said))


def resolve(
    resolution: Resolution, case: Case, now: datetime, by: str
) -> tuple[Inquiry, Action | None, Outcome]:
    """The advertiser's answer; VALID creates the action, and settles it as far as it is due."""
    inquiry = case.inquiry
    key = resolution_key(resolution)
    if inquiry.resolution_key == key:
        raise SameDecision
    if resolution.version is not None and resolution.version != inquiry.version:
        raise VersionConflict(
            f"Inquiry {inquiry.inquiry_id} is at version {inquiry.version} and {inquiry.state}, "
            f"not at {resolution.version}; read it again, then decide"
        )
    decided = inquiry.moved(
        resolution.state,
        resolved_at=now,
        decided_by=by,
        reject_reason=resolution.reject_reason,
        resolution_key=key,
        auto_approval_at=None,
    )
    if resolution.state is InquiryState.INCOMPLETE:
        decided = replace(decided, asked_by=(*inquiry.asked_by, by)[-ASKED_BY_MAX:])
    if resolution.notes:
        decided = _commented(decided, case.campaign.name, resolution.notes, now)
    if resolution.state is not InquiryState.VALID:
        return decided, None, Outcome(inquiries=((inquiry, decided),))
    return _accept(resolution, case, decided, now, by)


def _accept(
    resolution: Resolution, case: Case, decided: Inquiry, now: datetime, by: str
) -> tuple[Inquiry, Action, Outcome]:
    if case.contract is None:
        raise Forbidden("There is no contract with this partner to pay under", code="no_contract")
    case.campaign.event_type(resolution.event_type_id)
    claim = decided.claim
    ordered_at = resolution.ordered_at or claim.ordered_at
    lifecycle.refuse_future(ordered_at, now, "TransactionDate")
    given = grant(resolution, claim, case.contract, now)
    corrected = corrections.corrected(
        case.order, claim, resolution.event_type_id, case.earlier, given, now, by
    )
    action = lifecycle.originate(
        Origination(
            action_id_of(decided, resolution.event_type_id),
            decided.partner_id,
            resolution.event_type_id,
            given.order,
            corrected.amount,
            corrected.payout,
            _event_at(ordered_at, case, now),
            Origin.INQUIRY,
            decided.inquiry_id,
            by,
            given.explain(corrected.payout),
        ),
        case.campaign,
        case.contract,
        now,
    )
    used = limits.moved(case.used, corrected.outcome.uses)
    action, uses = metering.counted(action, case.contract, used)
    action, settled = lifecycle.settle_at_once(action, case.cash, now)
    over = (f"the payout is beyond {action.beyond}",) if action.beyond else ()
    decided = replace(
        decided,
        final_payout=given.payout,
        action_id=action.action_id,
        checks=(*decided.checks, *corrected.checks, *over),
    )
    credited = lifecycle.credited(corrected.order, action)
    outcome = Outcome(
        inquiries=((case.inquiry, decided),),
        actions=((None, action),),
        orders=((case.order, replace(credited, version=case.order.version + 1)),),
    )
    parts = outcome, corrected.outcome, Outcome(uses=uses), settled
    return decided, action, together(parts)


def meters_of(resolution: Resolution, case: Case, now: datetime) -> list[Meter]:
    """Where the action of an acceptance would count: what `Case.used` has to tell of."""
    if case.contract is None or not resolution.event_type_id:
        return []
    terms = case.contract.in_force(now)
    if not terms.limits(resolution.event_type_id):
        return []
    claim = case.inquiry.claim
    thing = Countable(
        case.contract.contract_id,
        resolution.event_type_id,
        claim.order_id,
        resolution.customer_id or claim.customer_id,
        _event_at(resolution.ordered_at or claim.ordered_at, case, now),
        case.campaign.zone,
    )
    return metering.meters(terms, thing)


def action_id_of(inquiry: Inquiry, event_type_id: str) -> str:
    """An accepted inquiry's action id derives from the inquiry, so it has exactly one."""
    return ids.action_id(inquiry.campaign_id, event_type_id, f"inquiry:{inquiry.inquiry_id}")


def _event_at(ordered_at: datetime, case: Case, now: datetime) -> datetime:
    """The reference that both clocks start from (calendar rules, reference)."""
    if case.campaign.retroactive is Retroactive.FROM_TRANSACTION or case.contract is None:
        return ordered_at
    locking = case.contract.in_force(now).locking
    past = locks_at(locking, ordered_at, case.campaign.zone) <= now
    return now if past else ordered_at
