"""The decisions on inquiries as pure functions: submit, answer, withdraw, resolve.

Values in, an `Outcome` out; no clock, no randomness, no I/O. The same functions serve an HTTP
request, a row of a file, and an approval rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from makegood.domain import action_lifecycle, corrections, ids, limit_usage, limits, second_claims
from makegood.domain.action_lifecycle import Origination
from makegood.domain.actions import RULE, Action, Credit, OrderCredits, Origin
from makegood.domain.approval_rules import ApprovalRule, due_at
from makegood.domain.calendar import locks_at
from makegood.domain.contracts import Contract, check_claim_window
from makegood.domain.grants import grant
from makegood.domain.inquiries import (
    Claim,
    Comment,
    Inquiry,
    InquiryState,
    InquiryType,
    Resolution,
)
from makegood.domain.ledger import Cash
from makegood.domain.limits import Countable, Meter
from makegood.domain.outcome import NOTHING, Outcome, together
from makegood.domain.parties import Campaign, Partner, Retroactive, check_may_file
from makegood.domain.problems import (
    AlreadyDecided,
    Forbidden,
    RuleForbids,
    VersionConflict,
)

RULE_TRACKED = f"{RULE}tracked-orders"
ASKED_BY_MAX = 4

ASKS_FOR_ALL = (
    "Please send the complete details of this order: the date, the amount and the items, as the "
    "confirmation or the invoice shows them"
)
"""What the partner is asked where the advertiser asks for more and does not say for what."""


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
    """A claim becomes an inquiry; the same claim again is the same inquiry (`second_claims`)."""
    check_may_file(filing.partner, filing.campaign)
    same = second_claims.same_claim(claim, filing.attempts)
    if same is not None:
        return second_claims.said_again(claim, same, filing.partner.name, now, source)
    if filing.contract is None:
        raise Forbidden(
            f"There is no contract with campaign {filing.campaign.campaign_id}; sign one first",
            code="no_contract",
        )
    terms = filing.contract.in_force(now)
    action_lifecycle.refuse_future(claim.ordered_at, now, "TransactionDate")
    second_claims.refuse_second_claim(claim, filing.attempts)
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
        inquiry = _commented(inquiry, filing.partner.name, claim.notes, now, source)
    inquiry = _checked_for_tracking(inquiry, filing, now)
    untracked = claim.inquiry_type is InquiryType.UNTRACKED and not filing.order.credits
    if filing.rule is not None and untracked and not claim.appeal_of:
        approval_at = due_at(filing.rule, now, filing.campaign.zone)
        inquiry = replace(inquiry, auto_approval_at=approval_at)
    return inquiry, Outcome(inquiries=((None, inquiry),))


def _checked_for_tracking(inquiry: Inquiry, filing: Filing, now: datetime) -> Inquiry:
    """An UNTRACKED claim on a credited order is declined at once where the campaign says so.

    An appeal is not: the rule that declined the claim does not decide on itself.
    """
    if inquiry.claim.inquiry_type is not InquiryType.UNTRACKED:
        return inquiry
    holders = filing.order.credits
    if not holders:
        return replace(inquiry, checks=(*inquiry.checks, "the order is not credited to anybody"))
    own = next((each for each in holders if each.partner_id == inquiry.partner_id), None)
    whom = "this partner" if own else "another channel"
    inquiry = replace(inquiry, checks=(*inquiry.checks, f"the order is credited to {whom}"))
    if inquiry.claim.appeal_of:
        return replace(inquiry, checks=(*inquiry.checks, "an appeal is for a person to decide"))
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
        tracked_action_id=own.action_id if own else "",
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


def _commented(inquiry: Inquiry, user: str, text: str, now: datetime, source: str = "") -> Inquiry:
    return replace(inquiry, comments=(*inquiry.comments, Comment(user, text, now, source)))


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
    """The advertiser's answer; VALID creates the action, and settles it as far as it is due.

    INCOMPLETE always asks the partner something, and may ask again; the very same question again is
    the same decision.
    """
    inquiry = case.inquiry
    if resolution.state is InquiryState.INCOMPLETE and not resolution.notes:
        resolution = replace(resolution, notes=ASKS_FOR_ALL)
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
        decided = _commented(decided, case.campaign.name, resolution.notes, now, by)
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
    action_lifecycle.refuse_future(ordered_at, now, "TransactionDate")
    given = grant(resolution, claim, case.contract, now)
    corrected = corrections.corrected(
        case.order, claim, resolution.event_type_id, case.earlier, given, now, by
    )
    action = action_lifecycle.originate(
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
    action, uses = limit_usage.counted(action, case.contract, used)
    action, settled = action_lifecycle.settle_at_once(action, case.cash, now)
    over = (f"the payout is beyond {action.beyond}",) if action.beyond else ()
    decided = replace(
        decided,
        final_payout=given.payout,
        difference=corrected.difference if claim.inquiry_type is InquiryType.INCORRECT else None,
        action_id=action.action_id,
        checks=(*decided.checks, *corrected.checks, *over),
    )
    credited = action_lifecycle.credited(corrected.order, action)
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
    return limit_usage.meters(terms, thing)


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
