"""Asking a campaign's policy about a claim, and what its answers change of the inquiry.

`ask` gathers the facts and evaluates the version in force. Its record is kept with the inquiry:
whatever was decided, and the latest answer that nothing has been done about yet. Where a campaign
has neither a policy nor an option that makes rules, nothing is asked and nothing is kept.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from makegood.domain import calendar, policy_evaluation, resolutions
from makegood.domain.actions import RULE
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.contracts import Contract
from makegood.domain.inquiries import Inquiry, InquiryState, Resolution
from makegood.domain.money import Money
from makegood.domain.orders import OrderCredits
from makegood.domain.parties import Campaign, PartnerKind
from makegood.domain.policies import At, Cap, Offer, Policy, Rule, Then
from makegood.domain.policy_conditions import Facts, Holder
from makegood.domain.policy_evaluation import MAY_PAY, RECORD_NAMES, Decision, Used, Why
from makegood.domain.policy_options import Options, in_force
from makegood.domain.policy_tallies import (
    ACCEPTED,
    CAP,
    CLAIMS,
    DECIDED,
    BreakerState,
    Tallies,
    Tally,
)
from makegood.domain.problems import Problem

RECORDS_MAX = 8
"""Records that are kept with an inquiry, the newest."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What was read for decisions on one inquiry by its campaign's policy.

    `shadow` is a version that is asked beside the one in force. `has_evidence`: the partner has
    added a clean file. `disputed`: another live inquiry is about the order. `alike` is a credited
    order whose id differs in spelling alone; `aliased` is what is credited under another id that
    the shop says the order has.
    """

    policy: Policy | None = None
    shadow: Policy | None = None
    has_evidence: bool = False
    disputed: bool = False
    alike: str = ""
    aliased: OrderCredits | None = None
    tallies: Tallies = field(default_factory=dict)
    breaker: BreakerState | None = None


NO_RULEBOOK = Rulebook()


@dataclass(frozen=True, slots=True)
class Question:
    """An inquiry, and all that a policy is asked about it. `is_new`: it is being filed, so nothing
    counts it yet.
    """

    inquiry: Inquiry
    campaign: Campaign
    partner_kind: PartnerKind
    contract: Contract | None
    order: OrderCredits
    rule: ApprovalRule | None = None
    book: Rulebook = NO_RULEBOOK
    is_new: bool = False

    @property
    def credited(self) -> OrderCredits:
        """What the order is credited for: under the claim's id, or else another of its ids."""
        aliased = self.book.aliased
        return self.order if self.order.credits or aliased is None else aliased

    @property
    def options(self) -> Options:
        return Options.of(self.campaign, self.rule)

    @property
    def policy(self) -> Policy:
        """The version in force, with the options' rules."""
        return in_force(self.book.policy, self.options)

    @property
    def is_asked(self) -> bool:
        """Whether there is anything that could answer."""
        book = self.book
        return book.policy is not None or book.shadow is not None or bool(self.options)


def ask(question: Question, now: datetime) -> Decision:
    """What the version in force says at this instant, and beside it the one in the shadow."""
    book, options = question.book, question.options
    facts = facts_of(question, now)
    decision = policy_evaluation.evaluate(book.policy, options, facts, used(question, now))
    if book.shadow is None:
        return decision
    return replace(decision, shadow=policy_evaluation.shadowed(book.shadow, options, facts))


# Facts


def facts_of(question: Question, now: datetime) -> Facts:
    """All that a policy looks at, of an inquiry at an instant."""
    inquiry, book = question.inquiry, question.book
    claim, zone = inquiry.claim, question.campaign.zone
    verification, today = inquiry.verification, calendar.local_day(now, zone)
    return Facts(
        inquiry_type=claim.inquiry_type,
        partner_id=inquiry.partner_id,
        partner_kind=question.partner_kind,
        amount=claim.order_amount,
        age_days=(today - calendar.local_day(claim.ordered_at, zone)).days,
        draw=policy_evaluation.draw(inquiry.inquiry_id),
        expected=claim.expected_payout,
        is_appeal=bool(claim.appeal_of),
        has_evidence=book.has_evidence,
        has_promo_code=any(credit.by_promo_code for credit in question.credited.credits),
        attempts=inquiry.attempt,
        was_asked=bool(inquiry.asked_by),
        verdict=verification and verification.verdict,
        shop_left=verification and verification.left,
        has_orders=verification is not None,
        holder=_holder(question.credited, inquiry.partner_id),
        disputed=book.disputed,
        alike=book.alike,
        tripped=_tripped(question, now),
        customer_known=bool(claim.customer_id),
        customer_claims=_customer_claims(question, now),
        counted_in_part=_counted_in_part(question, today),
        accepted_share=_accepted_share(question),
        pays=_pays(question, now),
    )


def _holder(order: OrderCredits, partner_id: str) -> Holder | None:
    if not order.credits:
        return None
    if any(credit.partner_id == partner_id for credit in order.credits):
        return Holder.OWN
    by_code = any(credit.by_promo_code for credit in order.credits)
    return Holder.OTHER_BY_CODE if by_code else Holder.OTHER


def _tripped(question: Question, now: datetime) -> str:
    state, policy = question.book.breaker, question.book.policy
    if state is None or policy is None:
        return ""
    told = state.told(calendar.local_day(now, question.campaign.zone))
    if told or policy.breaker is None:
        return told
    bounds = policy.breaker
    return state.share_outside(bounds.last, bounds.at_least, bounds.at_most)


def customer_of(inquiry: Inquiry) -> str:
    """Whose claims are counted: a partner's customer; blank if it is unknown."""
    customer = inquiry.claim.customer_id
    return f"{inquiry.partner_id}#{customer}" if customer else ""


def claims_on(inquiry: Inquiry, at: datetime, campaign: Campaign) -> Tally:
    """Where a claim of this customer on that day is counted."""
    day = calendar.local_day(at, campaign.zone).isoformat()
    return Tally(inquiry.campaign_id, CLAIMS, customer_of(inquiry), day)


def _customer_claims(question: Question, now: datetime) -> tuple[tuple[int, int], ...]:
    """The customer's claims in each span that is asked for, this one included."""
    policy, inquiry = question.book.policy, question.inquiry
    if policy is None or not policy.spans or not inquiry.claim.customer_id:
        return ()
    days = [
        question.book.tallies.get(
            claims_on(inquiry, now - timedelta(days=back), question.campaign), 0
        )
        for back in range(policy.spans[-1])
    ]
    today, zone = calendar.local_day(now, question.campaign.zone), question.campaign.zone
    age = (today - calendar.local_day(inquiry.created_at, zone)).days
    return tuple(
        (span, sum(days[:span]) + (question.is_new or age >= span)) for span in policy.spans
    )


def _counted_in_part(question: Question, today: date) -> tuple[int, ...]:
    """The spans that began before claims were counted: the first day of counting is not whole."""
    policy, since = question.book.policy, question.campaign.counted_since
    if policy is None:
        return ()
    if not since:
        return policy.spans
    started = calendar.local_day(datetime.fromisoformat(since), question.campaign.zone)
    counted = (today - started).days
    return tuple(span for span in policy.spans if span > counted)


def shares_of(inquiry: Inquiry) -> tuple[Tally, Tally]:
    """Where the partner's claims are counted that were decided, and that were accepted."""
    of = inquiry.campaign_id, inquiry.partner_id
    return Tally(of[0], DECIDED, of[1]), Tally(of[0], ACCEPTED, of[1])


def _accepted_share(question: Question) -> int | None:
    decided, accepted = (question.book.tallies.get(each, 0) for each in shares_of(question.inquiry))
    return accepted * 100 // decided if decided else None


def _pays(question: Question, now: datetime) -> tuple[tuple[str, Money], ...]:
    """What the offers of the version's rules, and of the shadow's, would pay."""
    book = question.book
    verified = question.inquiry.verification
    if verified is None or verified.verdict not in MAY_PAY:
        return ()
    versions = [each for each in (book.policy, book.shadow) if each is not None]
    offers = dict.fromkeys(offer for each in versions for offer in each.offers)
    paid = ((offer.key, payout_of(offer, question, now)) for offer in offers)
    return tuple((key, payout) for key, payout in paid if payout is not None)


def payout_of(offer: Offer, question: Question, now: datetime) -> Money | None:
    if question.contract is None:
        return None
    try:
        resolution = resolution_of(offer, question, now)
        if resolution is None:
            return None
        return resolutions.grant(resolution, question.inquiry.claim, question.contract, now).payout
    except Problem:
        return None


def resolution_of(offer: Offer, question: Question, now: datetime) -> Resolution | None:
    """The acceptance that a rule's approval is; None where the shop's currency is another one, or
    nothing is left of its order.

    A rule of a stored version never pays on more than what is left of the shop's order.
    """
    claim, verified = question.inquiry.claim, question.inquiry.verification
    if offer.at is At.FILED:
        return Resolution(
            question.inquiry.inquiry_id,
            InquiryState.VALID,
            event_type_id=offer.event_type_id,
            final_payout=claim.expected_payout,
        )
    left = verified and verified.left
    if left is None or not left.minor or left.currency != claim.order_amount.currency:
        return None
    accepted = Resolution(
        inquiry_id=question.inquiry.inquiry_id,
        state=InquiryState.VALID,
        event_type_id=offer.event_type_id,
        order_amount=left,
        final_payout=offer.payout,
    )
    if offer.at is not At.CLAIM or question.contract is None:
        return accepted
    accepted = replace(accepted, order_amount=min(left, claim.order_amount))
    asked = claim.expected_payout
    if asked is None:
        return accepted
    most = resolutions.grant(accepted, claim, question.contract, now).payout
    return replace(accepted, final_payout=min(asked, most))


def asked_tallies(question: Question, now: datetime) -> list[Tally]:
    """The counts that the version's conditions look at, for this inquiry."""
    policy, inquiry = question.book.policy, question.inquiry
    if policy is None:
        return []
    wanted = list(shares_of(inquiry)) if policy.asks_for_share else []
    if policy.spans and inquiry.claim.customer_id:
        days = (now - timedelta(days=back) for back in range(policy.spans[-1]))
        wanted += [claims_on(inquiry, each, question.campaign) for each in days]
    return wanted


# Caps


def cap_tally(rule: Rule, cap: Cap, question: Question, now: datetime) -> Tally:
    """Where a grant counts for a cap of a rule, in the campaign's time zone."""
    inquiry, day = question.inquiry, calendar.local_day(now, question.campaign.zone)
    of = {
        Cap.CUSTOMER_MONTH: customer_of(inquiry),
        Cap.PARTNER_MONTH: inquiry.partner_id,
    }.get(cap, "")
    period = f"{day}" if cap is Cap.CAMPAIGN_DAY else f"{day:%Y-%m}"
    return Tally(inquiry.campaign_id, f"{CAP}{cap}:{rule.name}", of, period)


def counted_caps(rule: Rule) -> list[Cap]:
    """Its caps that are counted: one for a single claim needs no counting."""
    return [cap for cap, _ in rule.caps if cap is not Cap.CLAIM]


def cap_tallies(question: Question, now: datetime) -> list[Tally]:
    """The counts of the caps of the rule that approves, if no cap keeps it from that."""
    decision = ask(question, now)
    rule = question.book.policy and question.book.policy.rule(decision.rule)
    if not rule or rule.then is not Then.APPROVE:
        return []
    return [cap_tally(rule, cap, question, now) for cap in counted_caps(rule)]


def used(question: Question, now: datetime) -> Used:
    """What is used of the caps of the version's rules."""
    tallies, policy = question.book.tallies, question.book.policy
    if policy is None or not tallies:
        return {}
    return {
        (rule.name, cap): tallies.get(cap_tally(rule, cap, question, now), 0)
        for rule in policy.rules
        for cap in counted_caps(rule)
    }


# The record


def decided_by(decision: Decision) -> str:
    """Who decides, as an inquiry and an action name it; blank where a person does."""
    if decision.why is not Why.RULE or not decision.rule:
        return ""
    option = any(each.name == decision.rule for each in decision.options.rules)
    return f"{RULE}{decision.rule}" if option else policy_name(decision.version, decision.rule)


def policy_name(version: int, rule: str) -> str:
    return f"{RULE}policy:{version}:{rule}"


def noted(inquiry: Inquiry, decision: Decision) -> Inquiry:
    """The inquiry with a record, in the same version.

    It takes the place of a last one that nobody carried out, with what a newer version said there.
    """
    kept, record = inquiry.decisions, decision.to_dict()
    if kept and not kept[-1].get("by"):
        kept, last = kept[:-1], kept[-1]
        newer = {name: each for name, each in last.items() if name not in RECORD_NAMES}
        record = newer | record
    return replace(inquiry, decisions=(*kept, record)[-RECORDS_MAX:])


def latest(inquiry: Inquiry) -> Decision | None:
    """The newest record of an inquiry."""
    return Decision.from_dict(inquiry.decisions[-1]) if inquiry.decisions else None


def records(inquiry: Inquiry) -> tuple[Decision, ...]:
    return tuple(Decision.from_dict(each) for each in inquiry.decisions)


WHY: dict[Why, str] = {
    Why.RULE: "a rule sends it to a person",
    Why.NO_RULE: "no rule of the policy decides it",
    Why.BREAKER: "the policy's breaker sends everything to people",
    Why.TRACKED: "the order is credited already",
    Why.DISPUTED: "another live inquiry is about the same order",
    Why.ALIKE: "a credited order has an id that differs in spelling alone",
    Why.NO_VERDICT: "the shop's orders do not settle it",
    Why.NO_PAYOUT: "nobody can say what it would pay",
    Why.CAP: "a cap of the rule is reached",
    Why.SAMPLE: "a person decides it",
}
"""Why a person decides, in words."""


def told(decision: Decision) -> str:
    """Why a person decides, in words that do not tell what a sampled rule would have said."""
    return WHY[decision.why]
