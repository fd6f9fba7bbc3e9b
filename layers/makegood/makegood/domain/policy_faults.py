"""What makes a policy senseless: it can never match, contradicts itself, or pays what it may not.

Every rule is brought into one form: for each variable, the values or the range for which it holds.
A rule without such a value never matches; neither does one that comes after another that holds
wherever it does. What a rule may decide on a verdict is the table of verification, section 3.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from makegood.domain.approval_rules import Wait
from makegood.domain.inquiries import InquiryType
from makegood.domain.money import Money
from makegood.domain.policies import (
    BY_HOLDER,
    CONDITIONS_MAX,
    RULES_MAX,
    TRACKED,
    Cap,
    Policy,
    Rule,
    Then,
)
from makegood.domain.policy_conditions import (
    CHOICES,
    NUMBER_MAX,
    NUMBERS,
    Appeal,
    Condition,
    Holder,
    Operator,
    Variable,
)
from makegood.domain.policy_evaluation import DECIDED_BY_RULES, MAY_PAY, Stage, stage_of
from makegood.domain.problems import Fault
from makegood.domain.texts import caseless
from makegood.domain.verdicts import Verdict

RESERVED = (TRACKED, "approval:")
"""How the names of the options' rules begin."""

REASON_NEEDS: dict[int, tuple[Variable, frozenset[str]]] = {
    1: (Variable.HOLDER, frozenset({Holder.OWN})),
    2: (Variable.HOLDER, frozenset({Holder.OTHER, Holder.OTHER_BY_CODE})),
    3: (Variable.HOLDER, frozenset({Holder.OTHER_BY_CODE})),
    5: (
        Variable.VERDICT,
        frozenset({Verdict.UNDONE, Verdict.PARTLY_UNDONE, Verdict.MISMATCH}),
    ),
    6: (Variable.VERDICT, frozenset({Verdict.NOT_FOUND})),
}
"""Reasons that state a fact, and the values that bear it out."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where a rule holds of one variable: among `values`, or outside of them where `open`; or from
    `low` to `high`.
    """

    values: frozenset[str] = frozenset()
    is_open: bool = False
    low: int = 0
    high: int | None = None
    is_range: bool = False

    @property
    def is_empty(self) -> bool:
        if self.is_range:
            return self.high is not None and self.low > self.high
        return not self.values and not self.is_open

    def within(self, other: "Region") -> bool:
        """Whether it holds nowhere but where the other does."""
        if self.is_range:
            ends = other.high is None or (self.high is not None and self.high <= other.high)
            return self.low >= other.low and ends
        if other.is_open:
            return other.values <= self.values if self.is_open else not self.values & other.values
        return not self.is_open and self.values <= other.values


Key = tuple[Variable, int]
"""A variable, and the span in which it is counted."""


def faults(policy: Policy, currency: str, event_types: Iterable[str]) -> tuple[Fault, ...]:
    """All that is senseless in a policy of a campaign, each with the rule's name."""
    known = frozenset(event_types)
    if not 1 <= len(policy.rules) <= RULES_MAX:
        told = f"A policy has 1 to {RULES_MAX} rules; leave the campaign without one instead"
        return (Fault("Rules", told, "policy_rules"),)
    found = [*_names(policy.rules)]
    for rule in policy.rules:
        told = next(_of_rule(rule, currency, known), None)
        if told is not None:
            found.append(_fault(rule, *told))
    return tuple(found or _overtaken(policy.rules))


def _fault(rule: Rule, code: str, message: str) -> Fault:
    return Fault("Rules", f"Rule {rule.name}: {message}", code)


def _names(rules: Sequence[Rule]) -> Iterator[Fault]:
    known: set[str] = set()
    for rule in rules:
        name = caseless(rule.name)
        if name in known:
            yield _fault(rule, "policy_name", "another rule has this name; give it its own")
        if name.startswith(RESERVED):
            yield _fault(rule, "policy_name", "names of the campaign's options begin like this")
        known.add(name)


Told = tuple[str, str]
"""A fault's code, and what is wrong."""


def _of_rule(rule: Rule, currency: str, event_types: frozenset[str]) -> Iterator[Told]:
    yield from _form(rule)
    yield from _amounts(rule, currency)
    regions = regions_of(rule)
    empty = next((key for key, region in regions.items() if region.is_empty), None)
    if empty is not None:
        yield "policy_never", f"it can never match: nothing meets its conditions on {empty[0]}"
    yield from _verdicts(rule, regions)
    yield from _tracked(rule, regions)
    if rule.then is Then.DECLINE:
        yield from _reasons(rule, regions)
    if rule.offer is not None:
        if rule.offer.event_type_id not in event_types:
            told = f"the campaign has no event type {rule.offer.event_type_id}"
            yield "unknown_event_type", told
        yield from _grants(rule, regions)


def _form(rule: Rule) -> Iterator[Told]:
    if len(rule.when) > CONDITIONS_MAX:
        yield "policy_conditions", f"a rule has at most {CONDITIONS_MAX} conditions"
    if not rule.when and rule.then is not Then.REVIEW:
        yield "policy_conditions", f"say when to {rule.then}; only REVIEW may always hold"
    if rule.then is Then.ASK and not rule.text:
        yield "policy_text", "ASK needs the text that the partner is asked"
    if rule.days and rule.wait is Wait.IMMEDIATELY:
        yield "policy_wait", "it contradicts itself: it waits IMMEDIATELY, and for days"


def _amounts(rule: Rule, currency: str) -> Iterator[Told]:
    amounts = [each.value for each in rule.when if isinstance(each.value, Money)]
    amounts += [most for _, most in rule.caps]
    if rule.offer is not None and rule.offer.payout is not None:
        amounts.append(rule.offer.payout)
    if any(each.currency != currency for each in amounts):
        yield "foreign_currency", f"the campaign's currency is {currency}"


def _verdicts(rule: Rule, regions: Mapping[Key, Region]) -> Iterator[Told]:
    """No rule acts on a verdict that is for a person, or for a later file."""
    asked = [each for each in rule.when if each.variable is Variable.VERDICT]
    if rule.then is Then.APPROVE and not asked:
        yield "policy_no_verdict", "it pays without a verdict; add a condition on VERDICT"
    if rule.then is Then.REVIEW or stage_of(rule) is Stage.TRACKED or not asked:
        return
    allowed = MAY_PAY.keys() if rule.then is Then.APPROVE else DECIDED_BY_RULES
    beyond = sorted(regions[Variable.VERDICT, 0].values - allowed)
    if beyond:
        code = "policy_no_verdict" if rule.then is Then.APPROVE else "policy_verdict"
        yield code, f"no rule may {rule.then} on {', '.join(beyond)}"


def _tracked(rule: Rule, regions: Mapping[Key, Region]) -> Iterator[Told]:
    """What our own books decide: a credited order, and what is about one."""
    types = regions.get((Variable.INQUIRY_TYPE, 0))
    if rule.asks(Variable.HOLDER) and rule.then is not Then.DECLINE:
        yield "policy_never", "it can never match: a tracked order is declined, or for a person"
    if types is None:
        return
    if stage_of(rule) is Stage.TRACKED and InquiryType.UNTRACKED not in types.values:
        yield "policy_never", "it can never match: it declines UNTRACKED inquiries alone"
    if types.values == {InquiryType.INCORRECT} and rule.then is not Then.REVIEW:
        yield "policy_never", "it can never match: INCORRECT is about a tracked order"


def _reasons(rule: Rule, regions: Mapping[Key, Region]) -> Iterator[Told]:
    if rule.reason == BY_HOLDER and not rule.asks(Variable.HOLDER):
        yield "policy_reason", "DECLINE needs one of the nine reasons, from 1 to 9"
    if Appeal.YES in regions[Variable.APPEAL, 0].values:
        yield "policy_appeal", "no rule declines an appeal; a person looks"
    variable, bears_out = REASON_NEEDS.get(rule.reason or 0, (None, frozenset()))
    if variable is None:
        return
    asked = regions[variable, 0] if rule.asks(variable) else None
    if asked is None or not asked.values <= bears_out:
        told = f"it contradicts itself: reason {rule.reason} needs {variable} to be one of"
        yield "policy_contradiction", f"{told} {', '.join(sorted(bears_out))}"


def _grants(rule: Rule, regions: Mapping[Key, Region]) -> Iterator[Told]:
    """An approval has something that it can pay within its conditions and its caps."""
    offer = rule.offer
    if offer is None:
        return
    asked = regions[Variable.VERDICT, 0].values
    dear = [str(each) for each, ats in MAY_PAY.items() if each in asked and offer.at not in ats]
    if dear:
        yield "policy_at", f"on {', '.join(dear)} it may pay at the SHOP's amount alone"
    pays = regions.get((Variable.PAYOUT, 0), Region(is_range=True))
    least = pays.low
    if offer.payout is not None:
        least = offer.payout.minor
        stated = Region(low=least, high=least, is_range=True)
        if not stated.within(pays):
            yield "policy_never", "it can never match: its PAYOUT is not the one that it states"
    for cap, most in rule.caps:
        if most.minor < least:
            yield "policy_never", f"it can never approve: every payout is above its cap {cap}"
    mosts = dict(rule.caps)
    if Cap.CLAIM in mosts and any(each.minor < mosts[Cap.CLAIM].minor for each in mosts.values()):
        yield "policy_cap", "it contradicts itself: what a claim may take is above another cap"


def _overtaken(rules: Sequence[Rule]) -> Iterator[Fault]:
    """Rules that are never asked, because one before them holds wherever they do."""
    ordered = sorted(rules, key=lambda each: stage_of(each).value)
    for at, rule in enumerate(ordered):
        mine = regions_of(rule)
        for before in ordered[:at]:
            if stage_of(before) is Stage.TRACKED and stage_of(rule) is not Stage.TRACKED:
                continue
            if _covers(before, rule, mine):
                told = f"it can never match: rule {before.name} holds wherever it does, and first"
                yield _fault(rule, "policy_overtaken", told)
                break


def _covers(before: Rule, rule: Rule, mine: Mapping[Key, Region]) -> bool:
    for key, region in regions_of(before).items():
        alike = before.offer == rule.offer or key[0] is not Variable.PAYOUT
        if not alike or key not in mine or not mine[key].within(region):
            return False
    return True


def regions_of(rule: Rule) -> dict[Key, Region]:
    """Where a rule holds, variable by variable, with what holds unless it says otherwise."""
    asked: dict[Key, list[Condition]] = {}
    for each in rule.when:
        asked.setdefault((each.variable, each.days), []).append(each)
    found = {key: _region(key[0], conditions) for key, conditions in asked.items()}
    if rule.then is not Then.REVIEW:
        found.setdefault((Variable.APPEAL, 0), Region(frozenset({Appeal.NO})))
        if stage_of(rule) is not Stage.TRACKED:
            found.setdefault((Variable.VERDICT, 0), Region(frozenset(map(str, DECIDED_BY_RULES))))
    return found


def _region(variable: Variable, conditions: Sequence[Condition]) -> Region:
    if not isinstance(conditions[0].value, tuple):
        return _range(variable, conditions)
    choices = CHOICES.get(variable)
    values, is_open = frozenset(choices or ()), choices is None
    for each in conditions:
        named = frozenset(each.value) if isinstance(each.value, tuple) else frozenset()
        if each.operator is Operator.NONE_OF:
            values = values | named if is_open else values - named
        elif is_open:
            values, is_open = named - values, False
        else:
            values &= named
    return Region(frozenset(map(str, values)), is_open)


def _range(variable: Variable, conditions: Sequence[Condition]) -> Region:
    low, high = 0, NUMBERS.get(variable)
    high = None if high == NUMBER_MAX else high
    for each in conditions:
        bound = each.value.minor if isinstance(each.value, Money) else each.value
        if not isinstance(bound, int):
            continue
        if each.operator is Operator.AT_LEAST:
            low = max(low, bound)
        else:
            high = bound if high is None else min(high, bound)
    return Region(low=low, high=high, is_range=True)
