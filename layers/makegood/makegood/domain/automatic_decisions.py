"""Decisions that no person makes: the campaign's policy is asked, and its answer is carried out.

    the policy says     when an inquiry is filed, or verified     when its day has come
    DECLINE             declines it                               declines it
    ASK                 asks the partner                          asks the partner
    APPROVE             names the day                             approves it
    REVIEW              leaves it to a person                     leaves it to a person

RULES lists who is asked, in order: the first that decides is the last one asked. `policy_decisions`
asks the policy. An approval by a rule of `set_rule` has a table of checks besides; the first check
that objects gives the reason to leave the inquiry to a person.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from makegood.domain import policy_answers, policy_counts, policy_decisions, resolutions
from makegood.domain.actions import RULE, Action
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.contracts import Contract
from makegood.domain.evidence import Evidence
from makegood.domain.exhibits import Exhibit
from makegood.domain.inquiries import Inquiry, InquiryState, InquiryType, Resolution
from makegood.domain.money import Money
from makegood.domain.orders import OrderCredits
from makegood.domain.outcome import NOTHING, Outcome, RuleSpend
from makegood.domain.parties import Campaign, Partner, PartnerKind
from makegood.domain.policies import TRACKED, Rule, Then
from makegood.domain.policy_decisions import NO_RULEBOOK, Question, Rulebook
from makegood.domain.policy_evaluation import Decision as Record
from makegood.domain.problems import Problem
from makegood.domain.resolutions import Case

T = TypeVar("T")
RULE_TRACKED = f"{RULE}{TRACKED}"
AN_APPEAL = "an appeal is for a person to decide"

Decision = tuple[Inquiry, Action | None, Outcome]


@dataclass(frozen=True, slots=True)
class Filing:
    """What a decision on a new claim needs, in `claims` and in the rules here.

    `attempts` are the inquiries that this partner filed before for the campaign, order and type,
    oldest first; `inquiry_id` is the next free id after them. `credited` are the partners that hold
    a credit on the order. `evidence` is what the shop's orders say, None where there are none.
    `exhibits` are the files that the partner added to the decision that it appeals.
    """

    campaign: Campaign
    partner: Partner
    contract: Contract | None
    order: OrderCredits
    attempts: Sequence[Inquiry]
    inquiry_id: str
    credited: Mapping[str, Partner] = field(default_factory=dict)
    rule: ApprovalRule | None = None
    book: Rulebook = NO_RULEBOOK
    evidence: Evidence | None = None
    exhibits: Sequence[Exhibit] = ()

    def question(self, inquiry: Inquiry) -> Question:
        return Question(
            inquiry,
            self.campaign,
            self.partner.kind,
            self.contract,
            self.order,
            self.rule,
            self.book,
        )


@dataclass(frozen=True, slots=True)
class FallenDue:
    """What a decision needs when an inquiry's day has come.

    `spend` is what the approval rule has granted this month; `disputed`: another live inquiry is
    about the same order.
    """

    case: Case
    rule: ApprovalRule | None
    spend: RuleSpend
    disputed: bool = False
    kind: PartnerKind = PartnerKind.OTHER
    book: Rulebook = NO_RULEBOOK
    credited: Mapping[str, Partner] = field(default_factory=dict)

    @property
    def inquiry(self) -> Inquiry:
        return self.case.inquiry

    @property
    def question(self) -> Question:
        case, book = self.case, replace(self.book, disputed=self.disputed)
        return Question(
            case.inquiry, case.campaign, self.kind, case.contract, case.order, self.rule, book
        )


@dataclass(frozen=True, slots=True)
class Left:
    """A reason to decide nothing, and the inquiry with the record of it."""

    reason: str
    inquiry: Inquiry
    outcome: Outcome = NOTHING


@dataclass(frozen=True, slots=True)
class AutomaticRule:
    """A rule, and what it says on each occasion.

    `on_filing` answers with the inquiry as it leaves it, decided or not. `when_due` answers with
    its decision, or with its reason to decide nothing.
    """

    name: str
    on_filing: Callable[[Inquiry, Filing, datetime], Inquiry]
    when_due: Callable[[FallenDue, datetime], Decision | Left | str] | None = None


def on_filing(inquiry: Inquiry, filing: Filing, now: datetime) -> Inquiry:
    """A new inquiry after the rules, as far as the first that decides it."""
    for rule in RULES:
        inquiry = rule.on_filing(inquiry, filing, now)
        if not inquiry.is_live:
            break
    return inquiry


def on_verdict(inquiry: Inquiry, filing: Filing, now: datetime) -> tuple[Inquiry, Outcome]:
    """An undecided inquiry that has a new verdict, after the policy; nothing if that says nothing.

    What a person has asked the partner is left to people. `filing` is about this very inquiry.
    """
    if not inquiry.state.rules.awaits_decision or not all(
        each.startswith(RULE) for each in inquiry.asked_by
    ):
        return inquiry, NOTHING
    question = filing.question(inquiry)
    if not question.is_asked:
        return inquiry, NOTHING
    after = policy_answers.carried_out(inquiry, question, filing.credited, now)
    by_option = filing.book.policy is None and after.decided_by == RULE_TRACKED
    if by_option or policy_answers.says_the_same(inquiry, after):
        return inquiry, NOTHING
    if after.version == inquiry.version:
        after = replace(after, version=inquiry.version + 1, changed_at=now)
    counts = policy_counts.counted(inquiry, question, after, now)
    return after, Outcome(inquiries=((inquiry, after),)) + counts


def decide(
    case: Case,
    rule: ApprovalRule | None,
    spend: RuleSpend,
    now: datetime,
    disputed: bool = False,
    **policy: Any,
) -> Decision:
    """What the rules say when an inquiry's day has come; whatever they say, they say it once.

    `policy` is what `FallenDue` has of it: who claims, its rulebook, and who is credited.
    """
    due = FallenDue(case, rule, spend, disputed, **policy)
    inquiry, reasons, counts = due.inquiry, [], NOTHING
    for each in RULES:
        if each.when_due is None:
            continue
        answer = each.when_due(due, now)
        if isinstance(answer, tuple):
            return answer
        if isinstance(answer, Left):
            inquiry, counts, answer = answer.inquiry, counts + answer.outcome, answer.reason
        reasons.append(f"{each.name}: not applied, {answer}")
    return _left(due.inquiry, inquiry, now, reasons, counts)


def _left(
    was: Inquiry, inquiry: Inquiry, now: datetime, reasons: Sequence[str], counts: Outcome
) -> Decision:
    """The inquiry, left to a person."""
    left = replace(
        inquiry,
        auto_approval_at=None,
        version=was.version + 1,
        changed_at=now,
        checks=(*inquiry.checks, *reasons),
    )
    return left, None, Outcome(inquiries=((was, left),)) + counts


def _by_policy(inquiry: Inquiry, filing: Filing, now: datetime) -> Inquiry:
    inquiry = _looked_up(inquiry, filing.question(inquiry).credited)
    question = replace(filing.question(inquiry), is_new=True)
    if not question.is_asked:
        return inquiry
    return policy_answers.carried_out(inquiry, question, filing.credited, now)


def _looked_up(inquiry: Inquiry, order: OrderCredits) -> Inquiry:
    """What our own books say of an UNTRACKED claim's order."""
    if inquiry.claim.inquiry_type is not InquiryType.UNTRACKED:
        return inquiry
    if not order.credits:
        return inquiry.checked("the order is not credited to anybody")
    own = any(each.partner_id == inquiry.partner_id for each in order.credits)
    whom = "this partner" if own else "another channel"
    inquiry = inquiry.checked(f"the order is credited to {whom}")
    return inquiry.checked(AN_APPEAL) if inquiry.claim.appeal_of else inquiry


def _when_due(due: FallenDue, now: datetime) -> Decision | Left | str:
    if due.book.policy is None:
        return _approve(due, now)
    objection = _first_objection((_is_no_longer_undecided, _is_without_contract), due)
    if objection:
        return objection
    decision = policy_decisions.ask(due.question, now)
    rule = due.question.policy.rule(decision.rule)
    if rule is None or decision.answer is Then.REVIEW:
        return _left_by(due, decision, now)
    if decision.answer is not Then.APPROVE:
        after = policy_answers.answered(due.question, decision, rule, due.credited, now)
        counts = policy_counts.counted(due.inquiry, due.question, after, now)
        return after, None, Outcome(inquiries=((due.inquiry, after),)) + counts
    return _approve(due, now) if rule.was_set else _grant(due, decision, rule, now)


def _left_by(due: FallenDue, decision: Record, now: datetime) -> Left:
    """What the policy leaves to a person, with the record of that."""
    after = policy_decisions.noted(due.inquiry, decision)
    counts = policy_counts.counted(due.inquiry, due.question, after, now)
    return Left(policy_decisions.told(decision), after, counts)


def _grant(due: FallenDue, decision: Record, rule: Rule, now: datetime) -> Decision | str:
    """The approval by a rule of a stored version, counted in its caps."""
    offer, by = rule.offer, policy_decisions.decided_by(decision)
    try:
        resolution = offer and policy_decisions.resolution_of(offer, due.question, now)
        if resolution is None:
            return "nobody can say what it would pay"
        decided, action, outcome = resolutions.resolve(resolution, due.case, now, by)
    except Problem as problem:
        return problem.explain()
    if action is not None and action.outside:
        return f"the payout would be beyond {action.beyond}"
    return _recorded(due, decision, decided, action, outcome, now)


def _recorded(
    due: FallenDue,
    decision: Record,
    decided: Inquiry,
    action: Action | None,
    outcome: Outcome,
    now: datetime,
) -> Decision:
    """A decision with its record, and with what the policy counts of it."""
    record = replace(decision, by=decided.decided_by, made_at=now)
    after = policy_decisions.noted(decided, record)
    outcome = replace(outcome, inquiries=((due.inquiry, after),))
    return after, action, outcome + policy_counts.counted(due.inquiry, due.question, after, now)


# Approval rules


def _approve(due: FallenDue, now: datetime) -> Decision | Left | str:
    """The approval of what no check objects to, and what the policy approves."""
    case, rule = due.case, due.rule
    objection = _first_objection(CHECKS, due)
    if objection:
        return objection
    if rule is None or case.contract is None:
        raise ValueError("the checks let pass what has no rule or no contract")
    resolution = resolution_by(rule, case.inquiry)
    try:
        payout = resolutions.grant(resolution, case.inquiry.claim, case.contract, now).payout
        grant = RuleGrant(case.inquiry, case.order, rule, due.spend, payout)
        objection = _first_objection(GRANT_CHECKS, grant)
        if objection:
            return objection
        decided, action, outcome = resolutions.resolve(resolution, case, now, rule.name)
    except Problem as problem:
        return problem.explain()
    if action is not None and action.outside:
        return f"the payout would be beyond {action.beyond}"
    decision = policy_decisions.ask(due.question, now)
    if decision.answer is not Then.APPROVE:
        return _left_by(due, decision, now)
    outcome += Outcome(spends=((due.spend, _spent(grant)),))
    return _recorded(due, decision, decided, action, outcome, now)


def resolution_by(rule: ApprovalRule, inquiry: Inquiry) -> Resolution:
    """What the rule answers: the payout that was asked for, or the contract's."""
    return Resolution(
        inquiry_id=inquiry.inquiry_id,
        state=InquiryState.VALID,
        event_type_id=rule.event_type_id,
        final_payout=inquiry.claim.expected_payout,
    )


def _spent(grant: "RuleGrant") -> RuleSpend:
    """The month's total with this grant."""
    granted = grant.spend.granted_minor + grant.payout.minor
    return replace(grant.spend, granted_minor=granted, version=grant.spend.version + 1)


# What keeps an approval rule from approving: each check says why, or nothing


def _first_objection(checks: Iterable[Callable[[T], str]], asked: T) -> str:
    return next(filter(None, (check(asked) for check in checks)), "")


def _is_without_rule(due: FallenDue) -> str:
    return "there is no approval rule any more" if due.rule is None else ""


def _is_no_longer_undecided(due: FallenDue) -> str:
    state = due.inquiry.state
    return "" if state.rules.awaits_decision else f"the inquiry is {state}"


def _is_disputed(due: FallenDue) -> str:
    return "another live inquiry is about the same order" if due.disputed else ""


def _is_without_contract(due: FallenDue) -> str:
    return "there is no contract" if due.case.contract is None else ""


CHECKS = (_is_without_rule, _is_no_longer_undecided, _is_disputed, _is_without_contract)
"""Asked first, in this order, before the payout is known."""


@dataclass(frozen=True, slots=True)
class RuleGrant:
    """A payout that an approval rule would grant."""

    inquiry: Inquiry
    order: OrderCredits
    rule: ApprovalRule
    spend: RuleSpend
    payout: Money


def _is_of_another_type(grant: RuleGrant) -> str:
    untracked = grant.inquiry.claim.inquiry_type is InquiryType.UNTRACKED
    return "" if untracked else "approval rules decide UNTRACKED inquiries only"


def _is_an_appeal(grant: RuleGrant) -> str:
    return AN_APPEAL if grant.inquiry.claim.appeal_of else ""


def _is_credited(grant: RuleGrant) -> str:
    return "the order is credited already" if grant.order.credits else ""


def _is_in_another_currency(grant: RuleGrant) -> str:
    currency = grant.rule.payout_max.currency
    return "" if grant.payout.currency == currency else f"the rule's limits are in {currency}"


def _is_too_much(grant: RuleGrant) -> str:
    payout, most = grant.payout, grant.rule.payout_max
    return "" if payout < most else f"the payout {payout} is not below the rule's maximum {most}"


def _is_too_much_this_month(grant: RuleGrant) -> str:
    total, most = Money(grant.spend.granted_minor, grant.payout.currency), grant.rule.month_max
    return "" if total + grant.payout < most else f"the month's total would not stay below {most}"


GRANT_CHECKS = (
    _is_of_another_type,
    _is_an_appeal,
    _is_credited,
    _is_in_another_currency,
    _is_too_much,
    _is_too_much_this_month,
)
"""Asked next, in this order, of the payout that the rule would grant."""


RULES: tuple[AutomaticRule, ...] = (
    AutomaticRule("approval rule", on_filing=_by_policy, when_due=_when_due),
)
"""All automatic decisions, in the order in which they are asked."""
