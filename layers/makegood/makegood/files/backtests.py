"""Backtests: what a version of a policy would have said of the claims of a span, set against what
became of them.

A backtest is made like a sheet: the list of claims is cut into chunks, each is a part, and what the
parts count is the report. Claims are asked about as they were filed: with the terms of that day,
without the action that was made of them, and beside the other claims that were open then. They keep
their verdict; those that were decided before the shop gave orders are verified against what it has
given since. Nothing is counted from claim to claim, so of caps only that of one claim counts; what
a customer or a partner had claimed before is unknown, and the sample is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from makegood.domain import ids, policy_decisions
from makegood.domain.actions import Action
from makegood.domain.inquiries import Inquiry
from makegood.domain.money import Money
from makegood.domain.orders import OrderCredits
from makegood.domain.parties import Partner, PartnerKind
from makegood.domain.policies import Policy, Then
from makegood.domain.policy_decisions import Question
from makegood.domain.policy_evaluation import Decision
from makegood.domain.uploads import Count, Upload
from makegood.files.context import FileContext
from makegood.files.csv_injection import held
from makegood.files.results import shown
from makegood.usecases import rehearsals

EXAMPLES_MAX = 10
HEADER = (
    "Inquiry",
    "Order Id",
    "Partner Id",
    "Verdict",
    "Answer",
    "Rule",
    "Why",
    "Would Pay",
    "Currency",
    "Became",
    "Paid",
    "Paid Wrongly",
)
WRONGLY, WOULD, PAID = "paid_wrongly", "would_pay", "paid"
"""What is summed up: what the version would have paid too much, would have paid, and what was. The
first is a count besides: of the claims for which it is not zero.
"""


class Became(StrEnum):
    """What became of a claim."""

    ACCEPTED = "ACCEPTED"
    REVERSED = "REVERSED"
    DECLINED = "DECLINED"
    WON_ON_APPEAL = "WON_ON_APPEAL"
    WITHDRAWN = "WITHDRAWN"
    OPEN = "OPEN"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One claim: what the version says of it, what became of it, and the money of both."""

    inquiry: Inquiry
    decision: Decision
    became: Became
    paid: Money

    @property
    def would_pay(self) -> Money:
        approves = self.decision.answer is Then.APPROVE
        return self.decision.pays if approves and self.decision.pays else _zero(self.paid)

    @property
    def wrongly(self) -> Money:
        """What would have been paid too much: all of it for a claim that came to nothing, and of
        one that stands what is above the payout that stands. Of an open claim nobody knows.
        """
        if self.became in (Became.OPEN, Became.WITHDRAWN):
            return _zero(self.paid)
        return max(self.would_pay - self.paid, _zero(self.paid))

    @property
    def group(self) -> str:
        verdict = self.decision.facts.verdict or ""
        parts = self.decision.answer, self.decision.why, self.decision.rule, verdict, self.became
        return "|".join(map(str, parts))

    def row(self) -> list[str]:
        decision, claim = self.decision, self.inquiry.claim
        return [
            held(self.inquiry.inquiry_id),
            held(claim.order_id),
            held(claim.partner_id),
            str(decision.facts.verdict or ""),
            str(decision.answer),
            held(decision.rule),
            str(decision.why),
            str(self.would_pay),
            self.paid.currency,
            str(self.became),
            str(self.paid),
            str(self.wrongly),
        ]


def _zero(money: Money) -> Money:
    return Money.zero(money.currency)


def created(upload: Upload) -> tuple[datetime, datetime]:
    """When the claims were filed that are looked at."""
    given = upload.given
    return datetime.fromisoformat(given["StartDate"]), datetime.fromisoformat(given["EndDate"])


def part(
    context: FileContext, upload: Upload, inquiry_ids: Sequence[str]
) -> tuple[list[list[str]], dict[str, Count], dict[str, int]]:
    """The rows of some claims, what they count by group, and examples of each group."""
    outcomes = list(_outcomes(context, upload, inquiry_ids))
    counts: dict[str, Count] = {}
    examples: dict[str, int] = {}
    for each in outcomes:
        money = {WRONGLY: each.wrongly, WOULD: each.would_pay, PAID: each.paid}
        sums = {name: {sum_.currency: sum_.minor} for name, sum_ in money.items()}
        count = counts.get(each.group, Count()).plus(1, sums)
        counts[each.group] = count
        if each.wrongly.minor:
            wrong = {WRONGLY: sums[WRONGLY]}
            counts[WRONGLY] = counts.get(WRONGLY, Count()).plus(1, wrong)
        if count.rows <= EXAMPLES_MAX:
            examples[f"{each.group}|{each.inquiry.inquiry_id}"] = 1
    return [each.row() for each in outcomes], counts, examples


def _outcomes(
    context: FileContext, upload: Upload, inquiry_ids: Sequence[str]
) -> Iterable[Outcome]:
    store, campaign_id = context.store, upload.given["CampaignId"]
    policy = _policy(context, campaign_id, int(upload.given["Version"]))
    inquiries = store.inquiries(inquiry_ids)
    later = store.inquiries(map(_next_id, inquiries.values()))
    appeals = {each.claim.appeal_of: each for each in later.values() if each.claim.appeal_of}
    found = list(inquiries.values())
    campaigns = store.campaigns([campaign_id])
    pairs = dict.fromkeys((campaign_id, each.partner_id) for each in found)
    needs: dict[tuple[str, str], list[datetime]] = {pair: [] for pair in pairs}
    for each in found:
        needs[campaign_id, each.partner_id].append(each.created_at)
    contracts, rules = store.contracts_for(needs), store.rules(pairs)
    partners = store.partners(sorted({each.partner_id for each in found}))
    orders = store.orders((campaign_id, each.claim.order_id) for each in found)
    actions = store.actions([each.action_id for each in found if each.action_id], detail=False)
    campaign = replace(campaigns[campaign_id], counted_since="")
    filed = {
        each.inquiry_id: _as_filed(
            orders[campaign_id, each.claim.order_id], each, appeals.get(each.inquiry_id)
        )
        for each in found
    }
    rehearsal = rehearsals.load(store, campaign, policy, found, filed, rules)
    for inquiry in found:
        pair, appeal = (campaign_id, inquiry.partner_id), appeals.get(inquiry.inquiry_id)
        question = Question(
            inquiry=rehearsal.as_filed(inquiry),
            campaign=campaign,
            partner_kind=_kind(partners.get(inquiry.partner_id)),
            contract=contracts.get(pair),
            order=filed[inquiry.inquiry_id],
            rule=rules.get(pair),
            book=rehearsal.book_of(inquiry),
        )
        action = actions.get(inquiry.action_id)
        became, paid = _became(inquiry, action, appeal)
        decision = policy_decisions.ask(question, inquiry.created_at)
        yield Outcome(inquiry, _priced(decision, question), became, paid)


def _policy(context: FileContext, campaign_id: str, version: int) -> Policy | None:
    """What the version says, without sample and breaker; None for the options alone."""
    stored = context.store.policies([(campaign_id, version)]).get((campaign_id, version))
    return stored and replace(stored, sample=0, breaker=None)


def _priced(decision: Decision, question: Question) -> Decision:
    """With the payout of a rule that `set_rule` set, which the policy leaves to be priced later."""
    rule = question.policy.rule(decision.rule)
    if decision.pays is not None or rule is None or rule.offer is None:
        return decision
    at = question.inquiry.created_at
    return replace(decision, pays=policy_decisions.payout_of(rule.offer, question, at))


def _as_filed(order: OrderCredits, inquiry: Inquiry, appeal: Inquiry | None) -> OrderCredits:
    """The order's credits without what came of the claim itself."""
    order = order.without(inquiry.action_id)
    return order if appeal is None else order.without(appeal.action_id)


def _next_id(inquiry: Inquiry) -> str:
    """The id of the next attempt of the same claim: its appeal, if it was appealed."""
    claim = inquiry.claim
    parts = claim.partner_id, claim.campaign_id, claim.order_id, claim.inquiry_type
    return ids.inquiry_number(*parts, inquiry.attempt + 1, 0)


def _became(
    inquiry: Inquiry, action: Action | None, appeal: Inquiry | None
) -> tuple[Became, Money]:
    """What became of a claim, and what is paid for it as things stand."""
    nothing = Money.zero(inquiry.claim.order_amount.currency)
    if inquiry.is_live:
        return Became.OPEN, nothing
    if inquiry.state.rules.is_accepted:
        if action is None or action.state.rules.is_undone:
            return Became.REVERSED, nothing
        return Became.ACCEPTED, action.payout
    if inquiry.state.rules.is_void:
        return Became.WITHDRAWN, nothing
    if appeal is not None and appeal.state.rules.is_accepted:
        return Became.WON_ON_APPEAL, appeal.final_payout or nothing
    return Became.DECLINED, nothing


def summary(
    upload: Upload, counts: Mapping[str, Count], noted: Mapping[str, int]
) -> dict[str, Any]:
    """The report: first what the version would have paid wrongly, then every group of claims."""
    examples: dict[str, list[str]] = {}
    for name in sorted(noted):
        group, _, inquiry_id = name.rpartition("|")
        examples.setdefault(group, []).append(inquiry_id)
    groups = {name: count for name, count in counts.items() if name != WRONGLY}
    return {
        WRONGLY: shown(counts.get(WRONGLY, Count())),
        "campaign_id": upload.given["CampaignId"],
        "version": upload.given["Version"],
        "given": upload.given,
        "claims": sum(each.rows for each in groups.values()),
        "groups": [_group(name, groups[name], examples.get(name, [])) for name in sorted(groups)],
        "state": upload.state,
        "fault": upload.fault,
        "started": upload.started_at and upload.started_at.isoformat(),
        "finished": upload.finished_at and upload.finished_at.isoformat(),
    }


def _group(name: str, count: Count, examples: Sequence[str]) -> dict[str, Any]:
    answer, why, rule, verdict, became = _parts(name)
    return {
        "answer": answer,
        "why": why,
        "rule": rule,
        "verdict": verdict,
        "became": became,
        **shown(count),
        "examples": list(examples[:EXAMPLES_MAX]),
    }


def _parts(name: str) -> tuple[str, str, str, str, str]:
    """The parts of a group's name; a rule's own name may have a bar in it."""
    answer, why, rest = name.split("|", 2)
    rule, verdict, became = rest.rsplit("|", 2)
    return answer, why, rule, verdict, became


def _kind(partner: Partner | None) -> PartnerKind:
    return PartnerKind.OTHER if partner is None else partner.kind
