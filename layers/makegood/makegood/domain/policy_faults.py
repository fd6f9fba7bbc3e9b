"""What makes a policy senseless: it can never match, contradicts itself, or pays what it may not.

Every rule is brought into one form: for each variable, the values or the range for which it holds
(`policy_regions`). A rule without such a value never matches; neither does one that comes after
others that hold, one or another, wherever it does. What a rule may decide on a verdict is the table
of verification, section 3.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

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
from makegood.domain.policy_conditions import Appeal, Holder, Present, Variable
from makegood.domain.policy_evaluation import DECIDED_BY_RULES, MAY_PAY, Stage, stage_of
from makegood.domain.policy_regions import (
    APPEAL,
    INQUIRY_TYPE,
    PROMO_CODE,
    VERDICT,
    Key,
    Placed,
    Region,
    box_of,
    left_by,
    payout_of,
    regions_of,
)
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

ANY_TYPE = Region(is_open=True)


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
    possible = {**box_of(rule), INQUIRY_TYPE: regions.get(INQUIRY_TYPE, ANY_TYPE)}
    empty = next((key for key, region in possible.items() if region.is_empty), None)
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
    beyond = sorted(regions[VERDICT].values - allowed)
    if beyond:
        code = "policy_no_verdict" if rule.then is Then.APPROVE else "policy_verdict"
        yield code, f"no rule may {rule.then} on {', '.join(beyond)}"


def _tracked(rule: Rule, regions: Mapping[Key, Region]) -> Iterator[Told]:
    """What our own books decide: a credited order, and what is about one."""
    types = regions.get(INQUIRY_TYPE)
    if rule.asks(Variable.HOLDER) and rule.then is not Then.DECLINE:
        yield "policy_never", "it can never match: a tracked order is declined, or for a person"
    if (code := regions.get(PROMO_CODE)) and stage_of(rule) is not Stage.TRACKED:
        yield _of_no_code(code)
    if types is None:
        return
    if stage_of(rule) is Stage.TRACKED and InquiryType.UNTRACKED not in types.values:
        yield "policy_never", "it can never match: it declines UNTRACKED inquiries alone"
    if types.values == {InquiryType.INCORRECT} and rule.then is not Then.REVIEW:
        yield "policy_never", "it can never match: INCORRECT is about a tracked order"


def _of_no_code(code: Region) -> Told:
    """Whose code an order was credited by is known of credited orders, which are for a DECLINE by
    HOLDER, or for a person.
    """
    if Present.NO in code.values:
        told = "whether an order that nobody is credited for had a PROMO_CODE; leave it out"
        return "policy_contradiction", f"it asks what nobody knows: {told}"
    told = "PROMO_CODE is YES of credited orders alone; ask for HOLDER too, and DECLINE"
    return "policy_never", f"it can never match: {told}"


def _reasons(rule: Rule, regions: Mapping[Key, Region]) -> Iterator[Told]:
    if rule.reason == BY_HOLDER and not rule.asks(Variable.HOLDER):
        yield "policy_reason", "DECLINE needs one of the nine reasons, from 1 to 9"
    if Appeal.YES in regions[APPEAL].values:
        yield "policy_appeal", "no rule declines an appeal; a person looks"
    variable, bears_out = REASON_NEEDS.get(rule.reason or 0, (None, frozenset()))
    if variable is None:
        return
    asked = regions[variable, 0, ""] if rule.asks(variable) else None
    if asked is None or not asked.values <= bears_out:
        told = f"it contradicts itself: reason {rule.reason} needs {variable} to be one of"
        yield "policy_contradiction", f"{told} {', '.join(sorted(bears_out))}"


def _grants(rule: Rule, regions: Mapping[Key, Region]) -> Iterator[Told]:
    """An approval has something that it can pay within its conditions and its caps."""
    offer = rule.offer
    if offer is None:
        return
    asked = regions[VERDICT].values
    dear = [str(each) for each, ats in MAY_PAY.items() if each in asked and offer.at not in ats]
    if dear:
        yield "policy_at", f"on {', '.join(dear)} it may pay at the SHOP's amount alone"
    pays = regions.get(payout_of(rule), Region(is_range=True))
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
    """Rules that are never asked, because those before them hold wherever they do."""
    ordered = [Placed.of(each) for each in sorted(rules, key=lambda each: stage_of(each).value)]
    for at, placed in enumerate(ordered):
        rule, before = placed.rule, ordered[:at]
        alone = next((each.rule for each in before if not left_by(placed, [each])[0]), None)
        left, together = left_by(placed, before)
        if alone or not left:
            names = [each.name for each in ([alone] if alone else together)]
            which = f"rule {names[0]} holds" if alone else f"rules {', '.join(names)} hold"
            told = f"it can never match: {which} wherever it does, and first"
            yield _fault(rule, "policy_overtaken", told)
