"""A campaign's policy: an ordered list of typed rules that decide what is clear.

    {"Rules": [
        {"Name": "undone", "Then": "DECLINE", "Reason": 5, "When": [
            {"Variable": "VERDICT", "Operator": "ONE_OF", "Value": ["UNDONE"]}]},
        {"Name": "small matches", "Then": "APPROVE", "ActionTrackerId": "4000", "When": [
            {"Variable": "VERDICT", "Operator": "ONE_OF", "Value": ["MATCH"]},
            {"Variable": "PAYOUT", "Operator": "AT_MOST", "Value": "20.00 USD"}],
         "Wait": "DAYS", "Days": 2, "Caps": {"CampaignDay": "500.00 USD"}}],
     "SamplePercent": "2", "Breaker": {"Last": 100, "AtLeast": 20, "AtMost": 90}}

A rule says `when` it holds, and what is done `then`. `policy_evaluation` asks the rules in a fixed
precedence, and `policy_faults` refuses a policy that makes no sense. A campaign has versions of its
policy, of which one is in force; what nobody's rule decides, a person decides.

`policy_options` makes rules of the options that a campaign had before there were policies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from makegood.domain.approval_rules import Wait
from makegood.domain.inquiries import REJECT_REASONS, parse_reject_reason
from makegood.domain.json_fields import read_field, read_money, read_object, read_one_of
from makegood.domain.money import MILLIONTHS, Money, Rate
from makegood.domain.policy_conditions import Condition, Variable, read_count
from makegood.domain.problems import Malformed
from makegood.domain.texts import one_line, several_lines

RULES_MAX = 50
CONDITIONS_MAX = 12
NAME_MAX = 60
TEXT_MAX = 1_000
WAIT_DAYS_MAX = 366
PARTS = 10_000
"""A sample is so many of ten thousand would-be approvals."""

SAMPLE = 200
"""The sample of a policy that names none: 2%."""

LAST_MIN, LAST_MAX = 10, 10_000
"""How many decisions a breaker may look at."""

TRACKED = "tracked-orders"
BY_HOLDER = 0
"""The reason of a decline that is told by who is credited: 1, 2 or 3."""


class Then(StrEnum):
    """What a rule does: it decides, it asks the partner, or it sends the claim to a person."""

    APPROVE = "APPROVE"
    DECLINE = "DECLINE"
    ASK = "ASK"
    REVIEW = "REVIEW"


class At(StrEnum):
    """What an approval pays on: the shop's amount less refunds; the claim's if that is not above
    it, and else the shop's; or a stated payout. FILED is the claim as it was filed, which only the
    rules of `set_rule` pay.
    """

    SHOP = "SHOP"
    CLAIM = "CLAIM"
    STATED = "STATED"
    FILED = "FILED"


class Cap(StrEnum):
    """What a rule grants at most, and for whom it is counted."""

    CLAIM = "Claim"
    CUSTOMER_MONTH = "CustomerMonth"
    PARTNER_MONTH = "PartnerMonth"
    CAMPAIGN_DAY = "CampaignDay"


@dataclass(frozen=True, slots=True)
class Offer:
    """What an approval would pay; `payout` is there if it is stated."""

    event_type_id: str
    at: At = At.SHOP
    payout: Money | None = None

    @property
    def key(self) -> str:
        """Its name among the facts of a decision, like `4000:SHOP`."""
        stated = f":{self.payout} {self.payout.currency}" if self.payout else ""
        return f"{self.event_type_id}:{self.at}{stated}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `reason` goes with DECLINE, `text` with ASK; what follows it with APPROVE.

    `caps` are pairs of a cap and its most.
    """

    name: str
    then: Then
    when: tuple[Condition, ...]
    reason: int | None = None
    text: str = ""
    offer: Offer | None = None
    wait: Wait = Wait.IMMEDIATELY
    days: int = 0
    caps: tuple[tuple[Cap, Money], ...] = ()

    def asks(self, variable: Variable) -> bool:
        return any(each.variable is variable for each in self.when)

    @property
    def was_set(self) -> bool:
        """Whether `set_rule` set it: it needs no verdict until the first order file, no sample."""
        return self.offer is not None and self.offer.at is At.FILED

    def to_dict(self) -> dict[str, Any]:
        written: dict[str, Any] = {
            "Name": self.name,
            "Then": str(self.then),
            "When": [each.to_dict() for each in self.when],
            "Reason": self.reason,
            "Text": self.text,
        }
        if self.offer is not None:
            payout = self.offer.payout
            written |= {
                "ActionTrackerId": self.offer.event_type_id,
                "At": str(self.offer.at),
                "Payout": payout and f"{payout} {payout.currency}",
                "Wait": str(self.wait),
                "Days": self.days,
                "Caps": {str(cap): f"{most} {most.currency}" for cap, most in self.caps},
            }
        return {name: value for name, value in written.items() if value not in (None, "", {})}

    @classmethod
    def from_dict(cls, data: object, by_hand: bool = False) -> Self:
        """What `to_dict` wrote, or somebody `by_hand`; a refusal begins with the rule's name."""
        fields = read_object(data, "A rule", RULE_FIELDS, by_hand)
        name = read_field(fields, "Name", str)
        try:
            return cls._read(name, fields, by_hand)
        except Malformed as malformed:
            raise Malformed(malformed.code, f"Rule {name}: {malformed.message}") from malformed

    @classmethod
    def _read(cls, name: str, fields: Mapping[str, Any], by_hand: bool) -> Self:
        then = read_one_of(Then, fields, "Then")
        foreign = sorted(FIELDS_OF.keys() & fields.keys() - {*_fields_of(then)})
        if foreign:
            raise Malformed("policy_field", f"{then} does not take {', '.join(foreign)}")
        text = read_field(fields, "Text", str, "")
        return cls(
            one_line(name, NAME_MAX) if by_hand else name,
            then,
            tuple(
                Condition.from_dict(each, by_hand) for each in read_field(fields, "When", list, [])
            ),
            reason=_reason(fields, then),
            text=several_lines(text, TEXT_MAX) if by_hand else text,
            offer=_offer(fields, by_hand) if then is Then.APPROVE else None,
            wait=read_one_of(Wait, fields, "Wait", Wait.IMMEDIATELY),
            days=_within(fields, "Days", 0, WAIT_DAYS_MAX),
            caps=_caps(fields, by_hand),
        )


FIELDS_OF: dict[str, Then] = {
    "Reason": Then.DECLINE,
    "Text": Then.ASK,
    **dict.fromkeys(("ActionTrackerId", "At", "Payout", "Wait", "Days", "Caps"), Then.APPROVE),
}
"""Fields that go with one answer only."""

RULE_FIELDS = ("Name", "Then", "When", *FIELDS_OF)
POLICY_FIELDS = ("Rules", "SamplePercent", "Breaker")


def _fields_of(then: Then) -> list[str]:
    return [name for name, each in FIELDS_OF.items() if each is then]


def _reason(fields: Mapping[str, Any], then: Then) -> int | None:
    if then is not Then.DECLINE:
        return None
    given = fields.get("Reason", BY_HOLDER)
    if isinstance(given, str):
        return parse_reject_reason(given) if given else BY_HOLDER
    return _within(fields, "Reason", BY_HOLDER, len(REJECT_REASONS))


def _within(fields: Mapping[str, Any], name: str, least: int, most: int) -> int:
    number = read_count(fields, name, least)
    if not least <= number <= most:
        raise Malformed("policy_number", f"{name} is from {least} to {most:,}")
    return number


def _offer(fields: Mapping[str, Any], by_hand: bool) -> Offer:
    text = fields.get("Payout")
    payout = _money(text, by_hand) if isinstance(text, str) else None
    at = read_one_of(At, fields, "At", At.SHOP if payout is None else At.STATED)
    if at is At.FILED and by_hand:
        raise Malformed("policy_at", "At is one of SHOP, CLAIM, STATED")
    if (at is At.STATED) != (payout is not None) or (payout and payout.minor < 1):
        raise Malformed("policy_payout", "Payout, above zero, goes with STATED, and only with it")
    return Offer(read_field(fields, "ActionTrackerId", str), at, payout)


def _caps(fields: Mapping[str, Any], by_hand: bool) -> tuple[tuple[Cap, Money], ...]:
    given = read_object(fields.get("Caps", {}), "Caps", [*map(str, Cap)], by_hand)
    found = [(cap, _money(given[cap], by_hand)) for cap in Cap if cap in given]
    if any(most.minor < 1 for _, most in found):
        raise Malformed("policy_cap", "A cap lets something through: it is above zero")
    return tuple(found)


def percent_of(sample: int) -> str:
    """A sample in percent, as it is written: `2`, `0.5`."""
    return Rate(sample * MILLIONTHS // PARTS).percent()


def _sample(given: object) -> int:
    told = "SamplePercent is from 0 to 100 with at most two decimals, like 2 or 0.5"
    if type(given) not in (str, int):
        raise Malformed("policy_sample", told)
    try:
        share = Rate.parse_percent(str(given)).millionths
    except Malformed as malformed:
        raise Malformed("policy_sample", told) from malformed
    parts, rest = divmod(share * PARTS, MILLIONTHS)
    if rest:
        raise Malformed("policy_sample", told)
    return parts


def _money(text: object, by_hand: bool) -> Money:
    told = "policy_value", 'An amount is a text like "100.00 USD"'
    if not isinstance(text, str):
        raise Malformed(*told)
    return read_money(text, *told, by_hand)


@dataclass(frozen=True, slots=True)
class Breaker:
    """Sends everything to people once the share of approvals leaves its bounds.

    The share, in percent, is that of at least the `last` decisions by rule, and of fewer than twice
    as many.
    """

    last: int
    at_least: int = 0
    at_most: int = 100

    def __post_init__(self) -> None:
        if not LAST_MIN <= self.last <= LAST_MAX:
            raise Malformed("policy_breaker", f"Last is from {LAST_MIN} to {LAST_MAX:,}")
        if not 0 <= self.at_least <= self.at_most <= 100:
            told = "AtLeast and AtMost are percents from 0 to 100, the lower one first"
            raise Malformed("policy_breaker", told)

    def to_dict(self) -> dict[str, Any]:
        return {"Last": self.last, "AtLeast": self.at_least, "AtMost": self.at_most}

    @classmethod
    def from_dict(cls, data: object, by_hand: bool = False) -> Self:
        fields = read_object(data, "A breaker", ("Last", "AtLeast", "AtMost"), by_hand)
        return cls(
            read_count(fields, "Last"),
            read_count(fields, "AtLeast", 0),
            read_count(fields, "AtMost", 100),
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """A version of a campaign's policy. Version 1 is the campaign's options alone.

    `sample` of `PARTS` would-be approvals go to a person.
    """

    version: int
    rules: tuple[Rule, ...] = ()
    sample: int = SAMPLE
    breaker: Breaker | None = None

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What its approvals would pay, each once."""
        return tuple(dict.fromkeys(each.offer for each in self.rules if each.offer))

    @property
    def spans(self) -> tuple[int, ...]:
        """The spans, in days, in which it counts a customer's claims."""
        asked = (each for rule in self.rules for each in rule.when)
        return tuple(sorted({each.days for each in asked if each.days}))

    @property
    def asks_for_share(self) -> bool:
        """Whether it looks at the share of a partner's claims that were accepted."""
        return any(rule.asks(Variable.ACCEPTED_SHARE) for rule in self.rules)

    @property
    def asks_for_evidence(self) -> bool:
        """Whether it looks at what is attached to a claim."""
        return any(rule.asks(Variable.EVIDENCE) for rule in self.rules)

    @property
    def may_trip(self) -> bool:
        """Whether something can open its breaker: bounds, or a day's cap."""
        caps = (cap for rule in self.rules for cap, _ in rule.caps)
        return self.breaker is not None or Cap.CAMPAIGN_DAY in caps

    def rule(self, name: str) -> Rule | None:
        return next((each for each in self.rules if each.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        written = {
            "Version": self.version,
            "Rules": [each.to_dict() for each in self.rules],
            "SamplePercent": percent_of(self.sample),
        }
        return written | ({"Breaker": self.breaker.to_dict()} if self.breaker else {})

    @classmethod
    def from_dict(cls, data: object, version: int | None = None, by_hand: bool = False) -> Self:
        """What `to_dict` wrote, or somebody `by_hand`, as that version; raises `Malformed`."""
        fields = read_object(data, "A policy", POLICY_FIELDS if by_hand else (), by_hand)
        rules = tuple(Rule.from_dict(each, by_hand) for each in read_field(fields, "Rules", list))
        breaker = fields.get("Breaker")
        return cls(
            read_field(fields, "Version", int) if version is None else version,
            rules,
            _sample(fields.get("SamplePercent", percent_of(SAMPLE))),
            None if breaker is None else Breaker.from_dict(breaker, by_hand),
        )
