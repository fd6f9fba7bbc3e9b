"""Why an action pays what it pays: its payout is made again, by what made it.

    BY_CONTRACT    the terms of the action's contract version, applied to its order
    AS_STATED      the payout that the acceptance of its inquiry named
    AS_RECORDED    neither comes to it, as of an action of an older version: its own words are told

An accepted INCORRECT inquiry grants a payout for the whole order, of which a part may be on locked
actions already; its action carries the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from makegood.domain import baskets, resolutions
from makegood.domain.actions import RULE, Action
from makegood.domain.contracts import Terms
from makegood.domain.inquiries import Inquiry
from makegood.domain.money import Money, total
from makegood.domain.payout_plans import PayoutPlan
from makegood.domain.pricing import Explanation, Line, Rounding
from makegood.domain.problems import RuleForbids
from makegood.domain.reasons import About, Fact, Reason, facts, sentences, shown


class How(StrEnum):
    BY_CONTRACT = "BY_CONTRACT"
    AS_STATED = "AS_STATED"
    AS_RECORDED = "AS_RECORDED"


@dataclass(frozen=True, slots=True)
class Paid:
    """What an action is paid for: its inquiry's acceptance, if any, and its order's locked actions.

    `terms` are those of the action's contract version; None if they are not kept. `before` are the
    partner's actions that held a credit on the order before this one, oldest first. Of an action
    that holds none any more they are all that do, those that came after it last.
    """

    action: Action
    terms: Terms | None
    inquiry: Inquiry | None = None
    before: Sequence[Action] = ()

    @property
    def whole(self) -> Money:
        """What was granted for the order."""
        granted = self.inquiry.final_payout if self.inquiry else None
        return granted or self.action.payout


@dataclass(frozen=True, slots=True)
class Made:
    """A payout made again: in all, and what of it the action carries."""

    how: How
    payout: Money
    carried: Money
    explanation: Explanation | None = None


def made_again(paid: Paid) -> Made:
    """The way by which the action's payout comes about again, with the same words; else the
    contract's, if it comes to the same payout.
    """
    action = paid.action
    by_amount: Made | None = None
    for made, words in _ways(paid):
        if made.carried != action.payout:
            continue
        if words == action.explanation:
            return made
        if made.how is How.BY_CONTRACT:
            by_amount = by_amount or made
    return by_amount or Made(How.AS_RECORDED, paid.whole, action.payout)


def _ways(paid: Paid) -> Iterator[tuple[Made, str]]:
    """Every way that a payout may come about, with the words that are kept of it."""
    action, terms, whole = paid.action, paid.terms, paid.whole
    agreed = _agreed(action, terms, action.order_amount)
    if agreed is not None:
        yield Made(How.BY_CONTRACT, agreed.payout, agreed.payout, agreed), str(agreed)
    for payout in dict.fromkeys((action.payout, whole)):
        stated = resolutions.as_stated(action.order, action.order_amount, payout)
        yield Made(How.AS_STATED, payout, action.payout), stated.explain(action.payout)
    for count in range(len(paid.before), 0, -1):
        yield from _beside(paid, paid.before[:count])


def _beside(paid: Paid, locked: Sequence[Action]) -> Iterator[tuple[Made, str]]:
    """By the contract for the whole order, of which these actions carry a part already: what a
    correction leaves its credit was locked, or due to be, when it was made.
    """
    action, terms, whole = paid.action, paid.terms, paid.whole
    for event_type_id in dict.fromkeys(each.event_type_id for each in locked):
        amounts = (each.order_amount for each in locked if each.event_type_id == event_type_id)
        amount = total((action.order_amount, *amounts), action.order_amount.currency)
        agreed = _agreed(action, terms, amount)
        if agreed is not None and agreed.payout == whole:
            grant = resolutions.Grant(action.order, amount, whole, str(agreed))
            yield (
                Made(How.BY_CONTRACT, whole, action.payout, agreed),
                grant.explain(action.payout),
            )


def _agreed(action: Action, terms: Terms | None, amount: Money) -> Explanation | None:
    """What the terms pay on this amount; None where they do not price it."""
    if terms is None:
        return None
    bought = baskets.basis_of(action).items
    try:
        return terms.payout(action.event_type_id, amount, action.order, bought).explanation
    except RuleForbids:
        return None


def payout_reason(paid: Paid) -> Reason:
    """Why the action pays this, with the contract's version, the group, the rate and the share."""
    action, made = paid.action, made_again(paid)
    held = made.payout - made.carried
    split = ""
    if held.minor:
        split = (
            f"{shown(held)} of it are on locked actions of the order already; this action carries "
            f"the other {shown(made.carried)}."
        )
    beyond = f"This is beyond the contract's limit: {action.beyond}." if action.beyond else ""
    return Reason(
        About.PAYOUT,
        made.how,
        sentences(_in_words(paid, made), split, beyond),
        facts=facts(
            ContractId=action.contract_id,
            ContractVersion=action.contract_version,
            Payout=shown(made.carried),
            PayoutOfOrder=shown(made.payout) if held.minor else "",
            Beyond=action.beyond,
        )
        + (_facts_of(made.explanation) if made.explanation else ()),
    )


def _in_words(paid: Paid, made: Made) -> str:
    if made.how is How.AS_STATED:
        if paid.action.source.startswith(RULE):
            return f"The rule granted the payout that was asked for: {shown(made.payout)}."
        return f"The advertiser stated the payout when it accepted: {shown(made.payout)}."
    if made.explanation is None:
        return f"It was recorded with this reason: {paid.action.explanation or 'none'}."
    plan = paid.terms.plan(paid.action.event_type_id) if paid.terms else None
    return _priced(made.explanation, plan)


def _priced(said: Explanation, plan: PayoutPlan | None) -> str:
    """A line has a `sku` if the plan priced items one by one."""
    version = f"contract version {said.contract_version}"
    if said.lines[0].sku:
        count = len(said.lines)
        items = "the order's one item" if count == 1 else f"each of the order's {count} items"
        what = sentences(
            f"By {version}, {items} pays by its share of the order amount.",
            f"Together that is {shown(said.payout)}.",
        )
    else:
        what = f"By {version}, {_one_line(said.lines[0], plan)}"
    return sentences(what, _rounded(said.rounding))


def _one_line(line: Line, plan: PayoutPlan | None) -> str:
    if line.term.flat is not None:
        pays = f"pays {line.term} for each order."
    else:
        base = f"the order amount of {shown(line.base)}"
        pays = f"pays {line.term} of {base}. That is {shown(line.payout)}."
    if line.group is not None:
        rank = f"(rank {line.group.rank})"
        return f"the first group that fits this order, {line.group.name} {rank}, {pays}"
    if plan is not None and plan.groups:
        return f"no payout group fits this order, so the default {pays}"
    return f"this event type {pays}"


def _rounded(rounding: Rounding) -> str:
    if not rounding:
        return ""
    way = "up" if rounding is Rounding.UP else "down"
    return f"The exact sum lay between two minor units; it was rounded {way}, half to even."


def _facts_of(said: Explanation) -> tuple[Fact, ...]:
    """The group, term, share and payout of each line, and the rounding of their sum."""
    told: tuple[Fact, ...] = ()
    for line in said.lines:
        told += facts(
            Sku=line.sku,
            Group=line.group.name if line.group else "default",
            Rank=line.group.rank if line.group else "",
            Term=line.term,
            Share=shown(line.base),
            Pieces=line.pieces if line.sku else "",
            LinePayout=shown(line.payout) if line.sku else "",
        )
    return told + facts(Rounding=said.rounding.name)
