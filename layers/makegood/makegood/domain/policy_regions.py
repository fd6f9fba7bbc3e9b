"""Where a policy's rules hold: for each variable the values, or the range, that its conditions ask.

A rule holds in a box: all of its variables within their regions. `left_by` takes from a rule's box
those of the rules that are asked before it. If nothing is left, the rule can never match.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from makegood.domain.amounts import AMOUNT_MAX
from makegood.domain.inquiries import InquiryType
from makegood.domain.money import DECIMALS, Money
from makegood.domain.policies import Rule, Then
from makegood.domain.policy_conditions import (
    CHOICES,
    NUMBER_MAX,
    NUMBERS,
    RANGES,
    Appeal,
    Condition,
    Operator,
    Variable,
)
from makegood.domain.policy_evaluation import DECIDED_BY_RULES, Stage, stage_of

PIECES_MAX = 32
"""What is left of a rule is cut into so many pieces at most; of more, it is taken to match."""

MAY_BE_UNKNOWN = frozenset(
    {
        Variable.VERDICT,
        Variable.HOLDER,
        Variable.PAYOUT,
        Variable.AMOUNT,
        Variable.CUSTOMER_CLAIMS,
        Variable.ACCEPTED_SHARE,
    }
)
"""What is unknown of some claims. An amount in another currency meets no condition either."""

LEAST = {Variable.CUSTOMER_CLAIMS: 1}
"""Where the least number is not zero: the claim itself counts."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where a rule holds of one variable: among `values`, or outside of them where `is_open`; or
    from `low` to `high`. `unknown`: it holds as well where nobody knows the value.
    """

    values: frozenset[str] = frozenset()
    is_open: bool = False
    low: int = 0
    high: int | None = None
    is_range: bool = False
    unknown: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.unknown and self.has_no_value

    @property
    def has_no_value(self) -> bool:
        if self.is_range:
            return self.high is not None and self.low > self.high
        return not self.values and not self.is_open

    def within(self, other: "Region") -> bool:
        """Whether it holds nowhere but where the other does."""
        return all(each.is_empty for each in self.without(other))

    def within_too(self, other: "Region") -> "Region":
        """Where both hold."""
        unknown = self.unknown and other.unknown
        if self.is_range:
            highs = [each for each in (self.high, other.high) if each is not None]
            low = max(self.low, other.low)
            return replace(self, low=low, high=min(highs, default=None), unknown=unknown)
        if self.is_open and other.is_open:
            return replace(self, values=self.values | other.values, unknown=unknown)
        closed, beside = (other, self) if self.is_open else (self, other)
        kept = closed.values - beside.values if beside.is_open else closed.values & beside.values
        return Region(kept, unknown=unknown)

    def without(self, other: "Region") -> tuple["Region", ...]:
        """Where it holds, and the other does not: in pieces that do not overlap."""
        unknown = self.unknown and not other.unknown
        if not self.is_range:
            turned = replace(other, is_open=not other.is_open, unknown=unknown)
            return (self.within_too(turned),)
        pieces = []
        if other.low > self.low:
            high = other.low - 1 if self.high is None else min(self.high, other.low - 1)
            pieces.append(replace(self, high=high, unknown=False))
        if other.high is not None and (self.high is None or self.high > other.high):
            low = max(self.low, other.high + 1)
            pieces.append(replace(self, low=low, unknown=False))
        return (*pieces, Region(low=1, high=0, is_range=True, unknown=unknown))


Key = tuple[Variable, int, str]
"""A variable, the span in which it is counted, and the offer whose payout it is."""

Box = Mapping[Key, Region]
"""Where a rule holds: everywhere of a variable that is not in it."""

VERDICT: Key = (Variable.VERDICT, 0, "")
INQUIRY_TYPE: Key = (Variable.INQUIRY_TYPE, 0, "")
APPEAL: Key = (Variable.APPEAL, 0, "")
ATTEMPTS: Key = (Variable.ATTEMPTS, 0, "")
PROMO_CODE: Key = (Variable.PROMO_CODE, 0, "")


def payout_of(rule: Rule) -> Key:
    """The payout that a rule looks at: that of its offer, or else what the claim asks for."""
    return Variable.PAYOUT, 0, rule.offer.key if rule.offer else ""


def regions_of(rule: Rule) -> dict[Key, Region]:
    """Where a rule holds, variable by variable, with what holds unless it says otherwise."""
    asked: dict[Key, list[Condition]] = {}
    for each in rule.when:
        key = each.variable, each.days, ""
        place = payout_of(rule) if each.variable is Variable.PAYOUT else key
        asked.setdefault(place, []).append(each)
    found = {key: _region(key[0], conditions) for key, conditions in asked.items()}
    if rule.then is not Then.REVIEW:
        found.setdefault(APPEAL, Region(frozenset({Appeal.NO})))
        if stage_of(rule) is not Stage.TRACKED:
            found.setdefault(VERDICT, Region(frozenset(map(str, DECIDED_BY_RULES))))
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
    low, high = LEAST.get(variable, 0), NUMBERS.get(variable)
    high = None if high == NUMBER_MAX else high
    for each in conditions:
        bound = each.value
        if isinstance(bound, Money):
            most = AMOUNT_MAX * 10 ** DECIMALS[bound.currency]
            high, bound = most if high is None else high, bound.minor
        if not isinstance(bound, int):
            continue
        if each.operator is Operator.AT_LEAST:
            low = max(low, bound)
        else:
            high = bound if high is None else min(high, bound)
    return Region(low=low, high=high, is_range=True)


def box_of(rule: Rule) -> Box:
    """Where a rule can hold, by what one variable says of another:

    - an appeal comes after another inquiry for the order;
    - of two spans, the longer one has no fewer claims than the shorter;
    - what is about a tracked order, only a rule that asks for its holder decides.
    """
    box = regions_of(rule)
    if (appeal := box.get(APPEAL)) and appeal.values == {Appeal.YES}:
        box[ATTEMPTS] = box.get(ATTEMPTS, _whole(Variable.ATTEMPTS)).within_too(
            Region(low=1, is_range=True)
        )
    types = {InquiryType.UNTRACKED, InquiryType.DECLINED}
    if stage_of(rule) is Stage.TRACKED:
        types.remove(InquiryType.DECLINED)
    possible = Region(frozenset(map(str, types)))
    box[INQUIRY_TYPE] = box.get(INQUIRY_TYPE, _whole(Variable.INQUIRY_TYPE)).within_too(possible)
    spans = sorted((key for key in box if key[0] is Variable.CUSTOMER_CLAIMS), key=lambda k: k[1])
    for at, shorter in enumerate(spans):
        for longer in spans[at + 1 :]:
            least = Region(low=box[shorter].low, is_range=True)
            box[longer] = box[longer].within_too(least)
    for at, longer in enumerate(spans):
        for shorter in spans[:at]:
            most = Region(high=box[longer].high, is_range=True)
            box[shorter] = box[shorter].within_too(most)
    return box


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule, where its conditions hold, and where it can hold at all."""

    rule: Rule
    regions: Box
    box: Box

    @classmethod
    def of(cls, rule: Rule) -> Self:
        return cls(rule, regions_of(rule), box_of(rule))


def left_by(placed: Placed, before: Sequence[Placed]) -> tuple[list[Box], list[Rule]]:
    """What the rules `before` leave of a rule, in pieces, and which of them took something of it.

    A rule that would leave more than `PIECES_MAX` is taken to leave all.
    """
    pieces, took = [placed.box], []
    for other in before:
        if _may_be_passed_over(other, placed):
            continue
        cut = [list(_without(piece, other.regions)) for piece in pieces]
        left = [each for some in cut for each in some]
        if len(left) > PIECES_MAX:
            continue
        if left != pieces:
            took.append(other.rule)
        pieces = left
        if not pieces:
            break
    return pieces, took


def _may_be_passed_over(before: Placed, placed: Placed) -> bool:
    """Whether a rule is not asked of every claim that comes to the later one: what is tracked is
    for rules of its own, and a partner is asked once.
    """
    other, rule = before.rule, placed.rule
    tracked = stage_of(other) is Stage.TRACKED and stage_of(rule) is not Stage.TRACKED
    asks = other.then is Then.ASK and rule.then is not Then.ASK
    return tracked or asks or _differs_in_part(before.regions, placed.box)


def _differs_in_part(theirs: Box, mine: Box) -> bool:
    """Whether a span that is not counted whole may meet the later rule alone: what is counted
    already can be enough for AT_LEAST, and never is for AT_MOST.
    """
    return any(
        region.high is not None and (key not in mine or mine[key].high is None)
        for key, region in theirs.items()
        if key[0] is Variable.CUSTOMER_CLAIMS
    )


def _without(piece: Box, theirs: Box) -> Iterator[Box]:
    """The piece without another box: outside of it in one variable, within it in those before."""
    shared = dict(piece)
    regions = {key: piece.get(key, _whole(key[0])) for key in theirs}
    if any(regions[key].within_too(theirs[key]).is_empty for key in theirs):
        yield piece
        return
    for key, region in theirs.items():
        for outside in regions[key].without(region):
            if not outside.is_empty:
                yield {**shared, key: outside}
        shared[key] = regions[key].within_too(region)


def _whole(variable: Variable) -> Region:
    """Everywhere of a variable."""
    unknown = variable in MAY_BE_UNKNOWN
    if variable in RANGES:
        high = NUMBERS.get(variable)
        high = None if high == NUMBER_MAX else high
        return Region(low=LEAST.get(variable, 0), high=high, is_range=True, unknown=unknown)
    choices = CHOICES.get(variable)
    return Region(frozenset(map(str, choices or ())), choices is None, unknown=unknown)
