"""What the campaign's policy said of an inquiry, for the advertiser whose policy it is.

It is told from the record that was kept when the policy was asked, which `policy_evaluation` makes
again from its facts. A claim of the sample looks like one that no rule decides until a person has
decided it: neither the rule nor its answer is told before (policy, section 1).
"""

from dataclasses import replace

from makegood.domain import policy_decisions
from makegood.domain.inquiries import Inquiry
from makegood.domain.money import Money
from makegood.domain.policies import Then
from makegood.domain.policy_evaluation import Decision, Why
from makegood.domain.reasons import About, Asker, Fact, Reason, facts, sentences, shown

DOES = {
    Then.APPROVE: "approves it",
    Then.DECLINE: "declines it",
    Then.ASK: "asks the partner",
    Then.REVIEW: "sends it to a person",
}


def policy_reason(inquiry: Inquiry, asker: Asker) -> Reason | None:
    """The newest record; nothing for the partner, and where no policy was asked."""
    record = policy_decisions.latest(inquiry)
    if record is None or not asker.is_advertiser:
        return None
    told = _unsampled(record) if inquiry.is_live else record
    text = sentences(_in_words(told), *(_cap(told) if told.why is Why.CAP else ()))
    return Reason(About.POLICY, told.why, text, told.made_at, _facts(told))


def _unsampled(record: Decision) -> Decision:
    """The record as it is told of an inquiry that is not decided: one of the sample as any that
    no rule decides, and no answer of a version in the shadow.
    """
    if record.why is Why.SAMPLE:
        record = replace(record, why=Why.NO_RULE, rule="", seen=(), caps=(), pays=None)
    return replace(record, shadow=None)


def _in_words(record: Decision) -> str:
    version = f"version {record.version} of the policy"
    if record.why is Why.RULE:
        return f"By {version}, rule {record.rule} {DOES[record.answer]}."
    if record.why is Why.SAMPLE:
        return f"It was in the sample of {version}: rule {record.rule} would have approved it."
    return f"By {version}, a person decides it: {policy_decisions.told(record)}."


def _cap(record: Decision) -> tuple[str, ...]:
    return tuple(
        f"The cap {each.cap} is {shown(each.most)}." for each in record.caps if not each.fits
    )


def _facts(record: Decision) -> tuple[Fact, ...]:
    """Each condition with the value that it saw, and each cap before and after."""
    shadow = record.shadow
    told = facts(PolicyVersion=record.version, Rule=record.rule)
    told += tuple(
        Fact("Condition", f"{each.condition}: {each.saw or 'unknown'}, {_holds(each.holds)}")
        for each in record.seen
    )
    told += tuple(
        Fact(
            "Cap",
            f"{each.cap}: {_minor(each.before, each.most)} before, "
            f"{_minor(each.after, each.most)} after, {shown(each.most)} at most",
        )
        for each in record.caps
    )
    told += facts(
        Verdict=record.facts.verdict,
        Pays=record.pays and shown(record.pays),
        Shadow=shadow and f"version {shadow.version}: {shadow.answer} {shadow.rule}".strip(),
    )
    return told


def _minor(minor: int, like: Money) -> str:
    return shown(Money(minor, like.currency))


def _holds(holds: bool) -> str:
    return "holds" if holds else "does not hold"
