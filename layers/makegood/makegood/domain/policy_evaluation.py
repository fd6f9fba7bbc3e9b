"""Asking a policy: which rule decides a claim, and the record of why.

The precedence is fixed, whatever the order in which the rules were written:

    1 the breaker       is it open? Then a person decides everything
    2 declines          of orders that our own books know to be credited
    3 never             what no rule may touch goes to a person
    4 declines          by what the shop and the claim say
    5 guards            rules that ask the partner, or send the claim to a person
    6 approvals         within their caps; a sample of them goes to a person
    7 else              a person

Among rules of one kind, the first that holds decides. An appeal is for a person, unless a rule
asks for appeals. The record of a decision keeps all that it looked at: `replay` gives it again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Self

from makegood.domain import ids
from makegood.domain.carried import Carrying
from makegood.domain.inquiries import InquiryType
from makegood.domain.money import Money
from makegood.domain.policies import PARTS, At, Cap, Policy, Rule, Then
from makegood.domain.policy_conditions import Facts, Seen, Variable, seen
from makegood.domain.policy_options import NO_OPTIONS, Options, in_force
from makegood.domain.verdicts import Verdict


class Why(StrEnum):
    """Why the answer is what it is; all but RULE leave the claim to a person."""

    RULE = "RULE"
    NO_RULE = "NO_RULE"
    BREAKER = "BREAKER"
    TRACKED = "TRACKED"
    DISPUTED = "DISPUTED"
    ALIKE = "ALIKE"
    NO_VERDICT = "NO_VERDICT"
    NO_PAYOUT = "NO_PAYOUT"
    CAP = "CAP"
    SAMPLE = "SAMPLE"


DECIDED_BY_RULES = frozenset(
    {Verdict.MATCH, Verdict.MISMATCH, Verdict.UNDONE, Verdict.PARTLY_UNDONE, Verdict.NOT_FOUND}
)
"""The verdicts that a rule may act on (verification, section 3). NOT_YET waits for a later file."""


class Stage(Enum):
    """The kinds of rules, in the order in which they are asked."""

    TRACKED = 0
    DECLINES = 1
    GUARDS = 2
    APPROVALS = 3


def stage_of(rule: Rule) -> Stage:
    if rule.then is Then.DECLINE:
        return Stage.TRACKED if rule.asks(Variable.HOLDER) else Stage.DECLINES
    return Stage.APPROVALS if rule.then is Then.APPROVE else Stage.GUARDS


MAY_PAY: Mapping[Verdict, frozenset[At]] = {
    Verdict.MATCH: frozenset({At.SHOP, At.CLAIM, At.STATED, At.FILED}),
    Verdict.MISMATCH: frozenset({At.SHOP}),
    Verdict.PARTLY_UNDONE: frozenset({At.SHOP}),
}
"""The verdicts on which a rule may approve, and what it may then pay on."""

Used = Mapping[tuple[str, Cap], int]
"""What is used of the caps of rules, in minor units, by the rule's name and the cap."""


@dataclass(frozen=True, slots=True)
class CapUse:
    """A cap, and what it counted before and after a grant, in minor units of `most`."""

    cap: Cap
    before: int
    after: int
    most: Money

    @property
    def fits(self) -> bool:
        return self.after <= self.most.minor

    def to_list(self) -> list[Any]:
        return [str(self.cap), self.before, self.after, f"{self.most} {self.most.currency}"]


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What another version would have said of the same facts."""

    version: int
    answer: Then
    why: Why
    rule: str

    def to_list(self) -> list[Any]:
        return [self.version, str(self.answer), str(self.why), self.rule]


@dataclass(frozen=True, slots=True)
class Decision(Carrying):
    """The record of one decision, or of the answer that a person decides.

    `rule` is the one that decided, or would have: for SAMPLE it is not told before a person has
    decided. `seen` are its conditions, and `pays` is what it would pay. `by` is who carried it out,
    `made_at` when.
    """

    version: int
    answer: Then
    why: Why
    facts: Facts
    rule: str = ""
    options: Options = NO_OPTIONS
    seen: tuple[Seen, ...] = ()
    caps: tuple[CapUse, ...] = ()
    pays: Money | None = None
    shadow: Shadowed | None = None
    by: str = ""
    made_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """As it is kept with the inquiry: short, and without what is blank."""
        shadow = self.shadow
        written = {
            "version": self.version,
            "answer": str(self.answer),
            "why": str(self.why),
            "rule": self.rule,
            "facts": self.facts.to_dict(),
            "options": self.options.to_list() if self.options else [],
            "seen": [[each.condition, each.saw, int(each.holds)] for each in self.seen],
            "caps": [each.to_list() for each in self.caps],
            "pays": self.pays and f"{self.pays} {self.pays.currency}",
            "shadow": shadow and shadow.to_list(),
            "by": self.by,
            "at": self.made_at and self.made_at.isoformat(),
        }
        return {name: value for name, value in written.items() if value not in (None, "", [])}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        shadow = data.get("shadow")
        made_at = data.get("at")
        return cls(
            version=data["version"],
            answer=Then(data["answer"]),
            why=Why(data["why"]),
            facts=Facts.from_dict(data["facts"]),
            rule=data.get("rule", ""),
            options=Options.from_list(data["options"]) if "options" in data else NO_OPTIONS,
            seen=tuple(Seen(each[0], each[1], bool(each[2])) for each in data.get("seen", ())),
            caps=tuple(_cap_use(each) for each in data.get("caps", ())),
            pays=_money(data["pays"]) if "pays" in data else None,
            shadow=shadow and Shadowed(shadow[0], Then(shadow[1]), Why(shadow[2]), shadow[3]),
            by=data.get("by", ""),
            made_at=made_at and datetime.fromisoformat(made_at),
            carried=data,
        )


RECORD_NAMES = frozenset(
    {
        *("version", "answer", "why", "rule", "facts", "options", "seen", "caps", "pays"),
        *("shadow", "by", "at"),
    }
)
"""The names that this version writes in a record."""


def _cap_use(row: list[Any]) -> CapUse:
    return CapUse(Cap(row[0]), row[1], row[2], _money(row[3]))


def _money(text: str) -> Money:
    amount, _, currency = text.rpartition(" ")
    return Money.parse(amount, currency)


def draw(inquiry_id: str) -> int:
    """Where an inquiry stands in the sample's lottery: the same from whoever asks, always."""
    return ids.number("policy sample", inquiry_id) % PARTS


def evaluate(
    stored: Policy | None, options: Options, facts: Facts, used: Used | None = None
) -> Decision:
    """What the version in force says of these facts; pure, so it can be asked again."""
    policy = in_force(stored, options)
    asked = _Asked(policy, facts, used or {})
    answer, why, rule, caps = asked.answer()
    made = Decision(policy.version, answer, why, facts, options=options)
    if rule is None:
        return made
    return replace(made, rule=rule.name, seen=asked.seen(rule), caps=caps, pays=asked.pays(rule))


def replay(decision: Decision, stored: Policy | None) -> Decision:
    """The record made again of what it keeps, by the version that it names."""
    used = {(decision.rule, each.cap): each.before for each in decision.caps}
    again = evaluate(stored, decision.options, decision.facts, used)
    return replace(again, shadow=decision.shadow, by=decision.by, made_at=decision.made_at)


def shadowed(stored: Policy, options: Options, facts: Facts) -> Shadowed:
    """What a version in the shadow says, without its caps, which count nothing yet."""
    said = evaluate(stored, options, facts)
    return Shadowed(said.version, said.answer, said.why, said.rule)


_Answer = tuple[Then, Why, Rule | None, tuple[CapUse, ...]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A policy and the facts that it is asked about."""

    policy: Policy
    facts: Facts
    used: Used

    def answer(self) -> _Answer:
        if self.facts.tripped:
            return _person(Why.BREAKER)
        for stage in Stage:
            if stage is Stage.DECLINES and (never := self._never()):
                return _person(never)
            if rule := self._first(each for each in self.policy.rules if stage_of(each) is stage):
                approves = rule.then is Then.APPROVE
                return self._approve(rule) if approves else (rule.then, Why.RULE, rule, ())
        return _person(Why.NO_RULE if self._has_verdict() else Why.NO_VERDICT)

    def _first(self, rules: Iterable[Rule]) -> Rule | None:
        return next((each for each in rules if self._may_act(each) and self._holds(each)), None)

    def _holds(self, rule: Rule) -> bool:
        if self.facts.is_appeal and not _takes_appeals(rule):
            return False
        return all(each.holds for each in self.seen(rule))

    def seen(self, rule: Rule) -> tuple[Seen, ...]:
        pays = self.pays(rule)
        return tuple(seen(each, self.facts, pays) for each in rule.when)

    def pays(self, rule: Rule) -> Money | None:
        return dict(self.facts.pays).get(rule.offer.key) if rule.offer else None

    def _never(self) -> Why | None:
        """What keeps every rule from this claim: a person looks."""
        if self.facts.holder is not None or self.facts.inquiry_type is InquiryType.INCORRECT:
            return Why.TRACKED
        if self.facts.disputed:
            return Why.DISPUTED
        return Why.ALIKE if self.facts.alike else None

    def _has_verdict(self) -> bool:
        return self.facts.verdict in DECIDED_BY_RULES

    def _may_act(self, rule: Rule) -> bool:
        """Whether a rule may act on this claim's verdict, or needs none.

        A rule of `set_rule` needs none before the first order file, and from then on a MATCH.
        """
        if stage_of(rule) is Stage.TRACKED:
            return self.facts.inquiry_type is InquiryType.UNTRACKED
        if rule.was_set and not self.facts.has_orders:
            return True
        if rule.offer is not None:
            return self.facts.verdict in MAY_PAY and rule.offer.at in MAY_PAY[self.facts.verdict]
        if rule.then is Then.ASK and self.facts.was_asked:
            return False
        return rule.then is Then.REVIEW or self._has_verdict()

    def _approve(self, rule: Rule) -> _Answer:
        """The approval, unless a cap or the sample sends it to a person."""
        if rule.was_set:
            return Then.APPROVE, Why.RULE, rule, ()
        pays = self.pays(rule)
        if pays is None:
            return Then.REVIEW, Why.NO_PAYOUT, rule, ()
        caps = tuple(self._use(rule, cap, most, pays) for cap, most in rule.caps)
        alien = any(most.currency != pays.currency for _, most in rule.caps)
        stranger = not self.facts.customer_known and Cap.CUSTOMER_MONTH in dict(rule.caps)
        if alien or stranger or not all(each.fits for each in caps):
            return Then.REVIEW, Why.CAP, rule, caps
        if self.facts.draw < self.policy.sample:
            return Then.REVIEW, Why.SAMPLE, rule, caps
        return Then.APPROVE, Why.RULE, rule, caps

    def _use(self, rule: Rule, cap: Cap, most: Money, pays: Money) -> CapUse:
        before = 0 if cap is Cap.CLAIM else self.used.get((rule.name, cap), 0)
        return CapUse(cap, before, before + pays.minor, most)


def _takes_appeals(rule: Rule) -> bool:
    """Whoever declined a claim does not decide on that decline; a rule may name appeals."""
    return rule.then is Then.REVIEW or rule.asks(Variable.APPEAL)


def _person(why: Why) -> _Answer:
    return Then.REVIEW, why, None, ()
