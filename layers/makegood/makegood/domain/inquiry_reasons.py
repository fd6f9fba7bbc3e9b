"""Why an inquiry was accepted, declined, or left to somebody; and what can be done about it.

A partner is told what it may know: not which person decided, not what was checked, and of the
shop's orders only what it was told when it filed.
"""

from dataclasses import dataclass
from datetime import datetime

from makegood.domain import date_words
from makegood.domain.account_people import shown_source
from makegood.domain.actions import RULE
from makegood.domain.deadline_reasons import deadline_reason
from makegood.domain.inquiries import REJECT_REASONS, FirstDecision, Inquiry
from makegood.domain.policy_reasons import policy_reason
from makegood.domain.reasons import About, Asker, Fact, Reason, facts, sentences, shown
from makegood.domain.silence import BY_DEADLINE, BY_LAPSE
from makegood.domain.verdicts import TAKEN_TOLD, Verdict

BY_RULE, BY_ADVERTISER, BY_PARTNER = "RULE", "ADVERTISER", "PARTNER"


@dataclass(frozen=True, slots=True)
class Told:
    """An inquiry, and its appeal if one stands, else until when it may be appealed; and signals for
    whoever decides it.
    """

    inquiry: Inquiry
    appeal: Inquiry | None = None
    appeal_until: datetime | None = None
    signals: tuple[Reason, ...] = ()


def reasons(told: Told, asker: Asker) -> tuple[Reason, ...]:
    """The decision, its deadline, what the shop's orders and the policy said, what is unusual about
    it, and what may follow.
    """
    inquiry = told.inquiry
    found = (
        _decision(inquiry, asker),
        deadline_reason(inquiry, asker),
        _verdict(inquiry, asker),
        policy_reason(inquiry, asker),
        *(told.signals if asker.is_advertiser else ()),
        _next(told, asker),
    )
    return tuple(each for each in found if each)


def _decision(inquiry: Inquiry, asker: Asker) -> Reason:
    rules = inquiry.state.rules
    if inquiry.first is not None and rules.is_live and asker.is_advertiser:
        return _accepted_by_one(inquiry, inquiry.first, asker)
    if rules.awaits_decision:
        return _undecided(inquiry, asker)
    if rules.awaits_answer:
        return _asked(inquiry, asker)
    if rules.is_accepted:
        return _accepted(inquiry, asker)
    if rules.needs_reason:
        return _declined(inquiry, asker)
    text = f"The partner withdrew it{_on(inquiry, asker)}."
    return Reason(About.DECISION, "WITHDRAWN", text, inquiry.resolved_at, facts(By=BY_PARTNER))


def _undecided(inquiry: Inquiry, asker: Asker) -> Reason:
    at = inquiry.auto_approval_at
    if at is not None:
        text = (
            f"An approval rule of the campaign looks at it {date_words.when(at, asker.zone)}; the "
            "advertiser may decide it before."
        )
        return Reason(About.DECISION, "AWAITS_RULE", text, at, _checks(inquiry, asker))
    text = "No rule of the campaign decided it, so the advertiser does."
    return Reason(About.DECISION, "AWAITS_ADVERTISER", text, None, _checks(inquiry, asker))


def _accepted_by_one(inquiry: Inquiry, first: FirstDecision, asker: Asker) -> Reason:
    when = date_words.moment(first.at, asker.zone)
    text = (
        f"{shown_source(first.by)} accepted it with {shown(first.payout)} {when}. That is more "
        "than one person grants alone in this campaign, so another has to decide the same."
    )
    told = facts(By=BY_ADVERTISER, FinalPayout=shown(first.payout)) + _checks(inquiry, asker)
    return Reason(About.DECISION, "AWAITS_SECOND", text, first.at, told)


def _asked(inquiry: Inquiry, asker: Asker) -> Reason:
    asked = [each for each in inquiry.comments if each.made_at == inquiry.resolved_at]
    text = f"The advertiser asked the partner for more{_on(inquiry, asker)}."
    told = facts(By=_by(inquiry), Asked=asked[-1].text if asked else "")
    told += _checks(inquiry, asker)
    return Reason(About.DECISION, "AWAITS_PARTNER", text, inquiry.resolved_at, told)


def _accepted(inquiry: Inquiry, asker: Asker) -> Reason:
    claim, granted = inquiry.claim, inquiry.final_payout
    text = f"{_who_did(inquiry, 'accepted')}{_on(inquiry, asker)}{_silence(inquiry)}."
    grant = ""
    if granted is not None and claim.expected_payout not in (None, granted):
        asked = claim.expected_payout and shown(claim.expected_payout)
        grant = f"{asked} were asked for, and {shown(granted)} were granted."
    told = facts(
        By=_by(inquiry),
        ActionId=inquiry.action_id,
        ExpectedPayout=claim.expected_payout and shown(claim.expected_payout),
        FinalPayout=granted and shown(granted),
        Difference=inquiry.difference and shown(inquiry.difference),
    )
    told += _checks(inquiry, asker)
    return Reason(About.DECISION, "ACCEPTED", sentences(text, grant), inquiry.resolved_at, told)


def _declined(inquiry: Inquiry, asker: Asker) -> Reason:
    reason = REJECT_REASONS.get(inquiry.reject_reason or 0, "")
    when = f"{_on(inquiry, asker)}{_silence(inquiry)}"
    text = f"{_who_did(inquiry, 'declined')}{when}, for this reason: {reason}."
    own = inquiry.tracked_action_id
    tracked = f"Action {own} was credited to the partner for this order before." if own else ""
    told = facts(By=_by(inquiry), RejectReason=inquiry.reject_reason, ActionId=own)
    told += _checks(inquiry, asker)
    return Reason(About.DECISION, "DECLINED", sentences(text, tracked), inquiry.resolved_at, told)


def _on(inquiry: Inquiry, asker: Asker) -> str:
    return f" {date_words.moment(inquiry.resolved_at, asker.zone)}" if inquiry.resolved_at else ""


def _by(inquiry: Inquiry) -> str:
    return BY_RULE if inquiry.decided_by.startswith(RULE) else BY_ADVERTISER


def _who_did(inquiry: Inquiry, did: str) -> str:
    if inquiry.decided_by in (BY_DEADLINE, BY_LAPSE):
        return f"It was {did}"
    who = "A rule of the campaign" if _by(inquiry) == BY_RULE else "The advertiser"
    return f"{who} {did} it"


def _silence(inquiry: Inquiry) -> str:
    """Whose silence decided it, if one's did."""
    told = {
        BY_DEADLINE: ", because the advertiser did not answer in time",
        BY_LAPSE: ", because the partner did not answer the question in time",
    }
    return told.get(inquiry.decided_by, "")


def _checks(inquiry: Inquiry, asker: Asker) -> tuple[Fact, ...]:
    """What was looked at, for the advertiser."""
    return tuple(Fact("Check", each) for each in inquiry.checks) if asker.is_advertiser else ()


def _verdict(inquiry: Inquiry, asker: Asker) -> Reason | None:
    kept = inquiry.verification
    if kept is None:
        return None
    if not asker.is_advertiser:
        return Reason(About.VERDICT, Verdict.TAKEN, TAKEN_TOLD) if kept.told else None
    told = facts(OrderId=kept.order_id, Amount=kept.left and shown(kept.left))
    told += tuple(
        Fact(each.field, f"{each.claimed} claimed, {each.shop} in the shop's order")
        for each in kept.checks
    )
    told += tuple(Fact("Candidate", each) for each in kept.candidates)
    told += facts(Picked=kept.picked)
    picked = f"Whoever accepted it picked order {kept.picked}." if kept.picked else ""
    text = sentences(kept.explanation, picked)
    return Reason(About.VERDICT, kept.verdict, text, kept.made_at, told)


def _next(told: Told, asker: Asker) -> Reason | None:
    """What follows; of an accepted inquiry, its action says that."""
    inquiry = told.inquiry
    rules, at = inquiry.state.rules, inquiry.auto_approval_at
    if rules.is_accepted:
        return None
    if rules.needs_reason:
        return _appeal(told, asker)
    if rules.is_void:
        return Reason(About.NEXT, "FILE_AGAIN", "The partner may file the claim again.")
    if rules.awaits_answer:
        text = "The partner answers it, or the advertiser decides it as it is."
        return Reason(About.NEXT, "PARTNER_ANSWERS", text)
    if at is None:
        text = sentences("The advertiser decides it.", _by_whom(inquiry))
        return Reason(About.NEXT, "ADVERTISER_DECIDES", text)
    when = date_words.when(at, asker.zone)
    text = f"The rule is asked {when}. What it does not approve, the advertiser decides."
    return Reason(About.NEXT, "RULE_DECIDES", text, at)


def _by_whom(inquiry: Inquiry) -> str:
    """Who may decide an appeal."""
    if not inquiry.claim.appeal_of:
        return ""
    return (
        f"It appeals inquiry {inquiry.claim.appeal_of}: where a person decided that one, another "
        "person decides this."
    )


def _appeal(told: Told, asker: Asker) -> Reason:
    """What a decline can still become."""
    inquiry, appeal, until = told.inquiry, told.appeal, told.appeal_until
    if inquiry.claim.appeal_of:
        text = "It was the appeal, and an appeal is decided for good."
        return Reason(About.NEXT, "NOTHING", text)
    if appeal is not None:
        told_of = facts(AppealId=appeal.inquiry_id)
        if appeal.state.rules.is_accepted:
            text = f"Its appeal, inquiry {appeal.inquiry_id}, was accepted: it is overturned."
            return Reason(About.NEXT, "OVERTURNED", text, appeal.resolved_at, told_of)
        text = f"Inquiry {appeal.inquiry_id} is its appeal, and is {appeal.state}."
        return Reason(About.NEXT, "APPEALED", text, appeal.created_at, told_of)
    if until is None:
        text = f"The partner may appeal it once: it files again with AppealOf={inquiry.inquiry_id}."
        return Reason(About.NEXT, "MAY_APPEAL", text)
    last = date_words.when(until, asker.zone)
    if asker.now >= until:
        return Reason(About.NEXT, "NOTHING", f"It could be appealed {last} at the latest.", until)
    text = (
        f"The partner may appeal it once, {last} at the latest, with a fact or evidence that is "
        f"new: POST ActionInquiries/{inquiry.inquiry_id}/Appeal."
    )
    return Reason(About.NEXT, "MAY_APPEAL", text, until)
