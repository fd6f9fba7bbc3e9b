"""What a person may want to know of an open claim before deciding it (policy, section 5).

Each signal is shown with its numbers, to the advertiser alone. None decides anything, and no policy
asks for one: what is unusual is not wrong.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from makegood.domain import ids
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.calendar import local_day
from makegood.domain.claim_counts import NOBODY, WORDS, Counted, is_round
from makegood.domain.contracts import Terms
from makegood.domain.inquiries import Inquiry
from makegood.domain.money import Money
from makegood.domain.parties import Campaign
from makegood.domain.policies import Cap, Policy
from makegood.domain.policy_conditions import AMOUNTS, Operator, Variable
from makegood.domain.reasons import About, Fact, Reason, facts, shown

CLAIMS_SHOWN_FROM = 3
RUN_SHOWN_FROM = 3
RUN_MAX = 10
"""Numbers that are looked for on each side of a claim's."""

OTHERS_SHOWN = 10
"""Other claims that are named of one file, the latest of all."""

UNDER_PERCENT = 5
"""An amount is just under a bound if it is at most so much below it."""

_NUMBERED = re.compile(r"(.*?)([0-9]{1,18})", re.DOTALL)


class Signal(StrEnum):
    CLAIMS_PER_ORDER = "CLAIMS_PER_ORDER"
    ROUND_AMOUNT = "ROUND_AMOUNT"
    CONSECUTIVE_ORDERS = "CONSECUTIVE_ORDERS"
    JUST_UNDER = "JUST_UNDER"
    LAST_DAY = "LAST_DAY"
    SAME_FILE = "SAME_FILE"


@dataclass(frozen=True, slots=True)
class Bound:
    """An amount up to which something else happens to a claim; `variable` is what it bounds."""

    name: str
    variable: Variable
    most: Money


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was read around a claim. `run` are the order ids of the partner's claims whose numbers
    follow each other, this one's among them; `terms` are those that it was filed under; `files` are
    other claims by the ids of the partner's files that were sent for them, too.
    """

    campaign: Campaign
    counted: Counted = NOBODY
    run: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()
    terms: Terms | None = None
    files: Mapping[str, Sequence[Inquiry]] = field(default_factory=dict, hash=False)


def signals(inquiry: Inquiry, around: Surroundings) -> tuple[Reason, ...]:
    """All that there is to show of an open claim."""
    if not inquiry.is_live:
        return ()
    found = (
        *_claims_per_order(around.counted),
        *_round(inquiry, around.counted),
        *_consecutive(around.run),
        *_just_under(inquiry, around.bounds),
        *_last_day(inquiry, around),
        *_same_files(inquiry, around.files),
    )
    return tuple(found)


def _claims_per_order(counted: Counted) -> Iterator[Reason]:
    if counted.claims < CLAIMS_SHOWN_FROM or counted.median is None:
        return
    if counted.step <= counted.median:
        return
    orders = f"{counted.orders} tracked order" + ("" if counted.orders == 1 else "s")
    text = (
        f"The partner's customer has {counted.claims} claims and {orders}. The campaign's median "
        f"of claims for each tracked order is {WORDS[counted.median]}."
    )
    told = facts(Claims=counted.claims, TrackedOrders=counted.orders, Median=WORDS[counted.median])
    yield Reason(About.SIGNAL, Signal.CLAIMS_PER_ORDER, text, None, told)


def _round(inquiry: Inquiry, counted: Counted) -> Iterator[Reason]:
    amount = inquiry.claim.order_amount
    if not is_round(amount):
        return
    text, told = f"The amount {shown(amount)} is round.", facts(Amount=shown(amount))
    if counted.claims:
        text += f" So are {counted.round_claims} of the customer's {counted.claims} claims."
        told += facts(RoundClaims=counted.round_claims, Claims=counted.claims)
    yield Reason(About.SIGNAL, Signal.ROUND_AMOUNT, text, None, told)


def _consecutive(run: tuple[str, ...]) -> Iterator[Reason]:
    if len(run) >= RUN_SHOWN_FROM:
        text = f"The partner claimed {len(run)} orders in a row: {run[0]} to {run[-1]}."
        told = facts(Claims=len(run), First=run[0], Last=run[-1])
        yield Reason(About.SIGNAL, Signal.CONSECUTIVE_ORDERS, text, None, told)


def _just_under(inquiry: Inquiry, bounds: Iterable[Bound]) -> Iterator[Reason]:
    claim = inquiry.claim
    asked = {Variable.PAYOUT: claim.expected_payout, Variable.AMOUNT: claim.order_amount}
    words = {Variable.PAYOUT: "payout", Variable.AMOUNT: "amount"}
    for bound in bounds:
        value = asked[bound.variable]
        if value is not None and _is_just_under(value, bound.most):
            what = words[bound.variable]
            text = (
                f"The {what} {shown(value)} is just under {shown(bound.most)}, a bound of "
                f"{bound.name}."
            )
            told = facts(Value=shown(value), Bound=shown(bound.most), Of=bound.name)
            yield Reason(About.SIGNAL, Signal.JUST_UNDER, text, None, told)


def _is_just_under(value: Money, most: Money) -> bool:
    if value.currency != most.currency:
        return False
    return most.minor * (100 - UNDER_PERCENT) <= value.minor * 100 <= most.minor * 100


def _last_day(inquiry: Inquiry, around: Surroundings) -> Iterator[Reason]:
    if around.terms is None:
        return
    zone, (_, last) = around.campaign.zone, around.terms.claim_window_days
    ordered, filed = (
        local_day(each, zone) for each in (inquiry.claim.ordered_at, inquiry.created_at)
    )
    if (filed - ordered).days == last:
        text = f"It was filed {last} days after the order, on the last day of the claim window."
        yield Reason(About.SIGNAL, Signal.LAST_DAY, text, inquiry.created_at, facts(Days=last))


def _same_files(inquiry: Inquiry, files: Mapping[str, Sequence[Inquiry]]) -> Iterator[Reason]:
    for exhibit_id, others in files.items():
        named = [each.inquiry_id for each in others[-OTHERS_SHOWN:]]
        foreign = sum(each.partner_id != inquiry.partner_id for each in others)
        many = "1 other claim" if len(others) == 1 else f"{len(others)} other claims"
        text = f"A file of its evidence was sent for {many}, too: {', '.join(named)}"
        text += f" and {len(others) - len(named)} more." if len(others) > len(named) else "."
        if foreign:
            text += f" Of these, {foreign} " + ("is" if foreign == 1 else "are")
            text += " by another partner." if foreign == 1 else " by other partners."
        told = facts(EvidenceId=exhibit_id, Claims=len(others), OtherPartners=foreign)
        told += tuple(Fact("InquiryId", each) for each in named)
        yield Reason(About.SIGNAL, Signal.SAME_FILE, text, None, told)


# What is read for them


def neighbours(inquiry: Inquiry) -> dict[str, str]:
    """Inquiry ids of the same partner's claims on the orders next to this one's, and the orders'
    ids; in their order, this one's among them. Nothing for an id that does not end in a number.
    """
    claim = inquiry.claim
    numbered = _NUMBERED.fullmatch(claim.order_id)
    if numbered is None:
        return {}
    prefix, digits = numbered.groups()
    numbers = range(max(0, int(digits) - RUN_MAX), int(digits) + RUN_MAX + 1)
    width = len(digits) if digits.startswith("0") else 0
    orders = (f"{prefix}{each:0{width}}" for each in numbers)
    return {
        ids.inquiry_number(
            claim.partner_id, claim.campaign_id, order_id, claim.inquiry_type, 0, 0
        ): order_id
        for order_id in orders
    }


def run_of(inquiry: Inquiry, claimed: Iterable[str]) -> tuple[str, ...]:
    """The orders without a gap around this one that are among those `claimed`."""
    known = {*claimed, inquiry.claim.order_id}
    run: list[str] = []
    for order_id in neighbours(inquiry).values():
        if order_id in known:
            run.append(order_id)
        elif inquiry.claim.order_id in run:
            break
        else:
            run.clear()
    return tuple(run)


def bounds_of(policy: Policy | None, rule: ApprovalRule | None) -> tuple[Bound, ...]:
    """The amounts that decide what becomes of a claim: of a policy, and of an approval rule."""
    found = [Bound("the approval rule", Variable.PAYOUT, rule.payout_max)] if rule else []
    for each in policy.rules if policy else ():
        name = f"rule {each.name} of the policy"
        found += [Bound(name, Variable.PAYOUT, most) for cap, most in each.caps if cap is Cap.CLAIM]
        found += [
            Bound(name, asked.variable, asked.value)
            for asked in each.when
            if asked.variable in AMOUNTS
            and asked.operator in (Operator.AT_MOST, Operator.AT_LEAST)
            and isinstance(asked.value, Money)
        ]
    return tuple(dict.fromkeys(found))
