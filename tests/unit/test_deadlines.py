"""Deadlines: what a contract may say of them, how the clock runs, and what silence does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from makegood.domain import claims, resolutions, silence
from makegood.domain.automatic_decisions import FallenDue
from makegood.domain.contract_currencies import foreign_amounts
from makegood.domain.contracts import Terms
from makegood.domain.deadlines import DAYS_MAX, NONE, Clock, Deadlines, Silence, Step, started
from makegood.domain.inquiries import REJECT_REASONS, Inquiry, InquiryState, InquiryType
from makegood.domain.money import Money
from makegood.domain.outcome import RuleSpend
from makegood.domain.problems import Malformed
from makegood.domain.verdicts import KeptVerdict, Verdict

from tests.builders import (
    A_MOMENT,
    NEW_YORK,
    ORDERED,
    SALE,
    a_case,
    a_claim,
    a_contract,
    a_filing,
    a_resolution,
    an_action,
    an_inquiry,
    at,
    terms,
    usd,
)

FILED = at("2026-03-06 15:00")
TEN = Deadlines(answer_days=10)
DECLINES = replace(TEN, silence=Silence.DECLINE, reject_reason=9)
MATCHED = replace(TEN, silence=Silence.APPROVE_IF_MATCHED, payout_max=usd(500), event_type_id=SALE)
ANSWER_BY = at("2026-03-17")
"""Ten days after the sixth, at the end of the day: through a change of the clocks on the eighth."""


def filed(agreed: Deadlines = TEN, appeal_of: str = "") -> Inquiry:
    claim = a_claim(appeal_of=appeal_of)
    clock = started(agreed, bool(appeal_of), FILED, NEW_YORK)
    return an_inquiry(claim, created_at=FILED, clock=clock)


def clock_of(inquiry: Inquiry) -> Clock:
    assert inquiry.clock is not None
    return inquiry.clock


def due(inquiry: Inquiry, *earlier: Any, **more: Any) -> FallenDue:
    spend = RuleSpend("1000", "10001", "2026-03", "USD")
    return FallenDue(a_case(*earlier, inquiry=inquiry), None, spend, **more)


def verdict(kind: Verdict, left: Money | None = None) -> KeptVerdict:
    return KeptVerdict(kind, "The shop has it.", FILED, order_id="CD1", left=left or usd(10_000))


def matched(kind: Verdict = Verdict.MATCH, **changes: Any) -> Inquiry:
    return replace(filed(MATCHED), **{"verification": verdict(kind), **changes})


# Terms


def test_terms_keep_deadlines_and_say_nothing_of_none() -> None:
    agreed = terms(deadlines=replace(MATCHED, partner_days=14))
    assert Terms.from_dict(agreed.to_dict()) == agreed
    assert agreed.to_dict()["deadlines"] == {
        "answer_days": 10,
        "silence": "APPROVE_IF_MATCHED",
        "payout_max": "5.00 USD",
        "event_type_id": SALE,
        "partner_days": 14,
    }
    assert "deadlines" not in terms().to_dict()
    assert Terms.from_dict(terms().to_dict()).deadlines == NONE


def test_a_silent_decline_has_the_reason_other_unless_it_names_one() -> None:
    assert Deadlines.from_dict({"answer_days": 3, "silence": "DECLINE"}).reject_reason == 9
    named = {"answer_days": 3, "silence": "DECLINE", "reject_reason": 6}
    assert Deadlines.from_dict(named).reject_reason == 6


WRONG = [
    {"answer_days": 0},
    {"answer_days": DAYS_MAX + 1},
    {"answer_days": "3"},
    {"answer_days": True},
    {"partner_days": 0},
    {"silence": "DECLINE"},
    {"answer_days": 3, "silence": "PAY"},
    {"answer_days": 3, "silence": "DECLINE", "reject_reason": 10},
    {"answer_days": 3, "reject_reason": 6},
    {"answer_days": 3, "payout_max": "5.00 USD"},
    {"answer_days": 3, "silence": "APPROVE_IF_MATCHED", "event_type_id": SALE},
    {"answer_days": 3, "silence": "APPROVE_IF_MATCHED", "payout_max": "5.00 USD"},
    {
        "answer_days": 3,
        "silence": "APPROVE_IF_MATCHED",
        "payout_max": "0.00 USD",
        "event_type_id": SALE,
    },
    {"answer_days": 3, "silense": "REVIEW"},
    [],
]


@pytest.mark.parametrize("said", WRONG, ids=str)
def test_terms_that_make_no_sense_are_refused(said: Any) -> None:
    with pytest.raises(Malformed):
        Deadlines.from_dict(said, by_hand=True)


def test_days_may_reach_their_limit() -> None:
    assert Deadlines(answer_days=1, partner_days=DAYS_MAX)


def test_silence_pays_what_the_contract_pays_for_and_in_the_campaign_s_currency() -> None:
    with pytest.raises(Malformed):
        terms(deadlines=replace(MATCHED, event_type_id="4999"))
    foreign = terms(deadlines=replace(MATCHED, payout_max=Money(500, "EUR")))
    (fault,) = foreign_amounts(foreign, "USD")
    assert fault.field == "terms.deadlines.payout_max"


# The clock


def test_a_claim_is_filed_with_the_clock_of_its_contract() -> None:
    filing = a_filing(contract=a_contract(terms(deadlines=TEN)))
    inquiry, _ = claims.submit(a_claim(), filing, FILED)
    assert clock_of(inquiry).answer_by == inquiry.answer_by == ANSWER_BY
    assert inquiry.due_at == FILED + (ANSWER_BY - FILED) / 2
    plain, _ = claims.submit(a_claim(), a_filing(), FILED)
    assert (plain.clock, plain.due_at, plain.answer_by) == (None, None, None)


def test_the_partner_s_own_date_is_told_where_it_is_earlier() -> None:
    early = replace(filed(), claim=a_claim(resolution_deadline_at=ORDERED))
    assert early.answer_by == ORDERED
    late = replace(filed(), claim=a_claim(resolution_deadline_at=ANSWER_BY + A_MOMENT))
    assert late.answer_by == ANSWER_BY


def test_steps_are_due_at_half_at_80_percent_and_at_the_deadline() -> None:
    clock = clock_of(filed())
    whole = ANSWER_BY - FILED
    for step, share in ((Step.HALF, 0.5), (Step.MOST, 0.8), (Step.OVERDUE, 1)):
        due_at = FILED + whole * share
        assert clock.at(step) == due_at
        assert clock.due_step(due_at) is step
        assert clock.due_step(due_at - A_MOMENT) == step - 1
        assert clock.having_told(Step(step - 1), 2).next_at == due_at
    assert clock.having_told(Step.OVERDUE, 4).next_at is None
    assert clock.due_step(ANSWER_BY + timedelta(days=400)) is Step.OVERDUE


def asked(inquiry: Inquiry, now: Any, notes: str = "Which?") -> Inquiry:
    question = a_resolution(InquiryState.INCOMPLETE, notes=notes)
    return resolutions.resolve(question, a_case(inquiry=inquiry), now, "x")[0]


def answered(inquiry: Inquiry, now: Any) -> Inquiry:
    return claims.answer(inquiry, inquiry.claim, "This", a_filing(), now)[0]


def test_the_clock_stands_still_while_the_partner_is_asked() -> None:
    agreed = replace(TEN, partner_days=5)
    first = asked(filed(agreed), at("2026-03-10 09:00"))
    assert (first.due_at, clock_of(first).due_step(at("2027-01-01"))) == (at("2026-03-16"), 0)
    again = asked(first, at("2026-03-12 09:00"), "And which else?")
    assert again.due_at == at("2026-03-18")
    back = answered(again, at("2026-03-13 23:00"))
    assert back.answer_by == at("2026-03-20")
    assert clock_of(back).started_at == at("2026-03-09 15:00")
    assert (clock_of(back).paused_at, clock_of(back).lapses_at) == (None, None)
    same_day = answered(asked(filed(), at("2026-03-10 09:00")), at("2026-03-10 17:00"))
    assert same_day.answer_by == ANSWER_BY


def test_without_days_for_the_partner_a_question_waits_for_good() -> None:
    assert asked(filed(), at("2026-03-10 09:00")).due_at is None
    only = Deadlines(partner_days=5)
    assert filed(only).due_at is None
    assert asked(filed(only), at("2026-03-10 09:00")).due_at == at("2026-03-16")


def test_what_is_decided_is_due_no_more() -> None:
    declined, _, _ = resolutions.resolve(
        a_resolution(InquiryState.DECLINED), a_case(inquiry=filed()), FILED, "x"
    )
    assert declined.due_at is None
    assert not silence.is_due(declined, at("2027-01-01"))


# What follows


def test_each_step_is_told_in_a_version_of_its_own_and_once() -> None:
    inquiry = filed()
    for days, step in ((6, Step.HALF), (9, Step.MOST), (11, Step.OVERDUE)):
        now = FILED + timedelta(days=days)
        told, action, outcome = silence.decide(due(inquiry), now)
        assert (told.state, action) == (InquiryState.UNRESOLVED, None)
        assert (clock_of(told).told, clock_of(told).told_in) == (step, told.version)
        assert told.version == inquiry.version + 1
        assert outcome.inquiries == ((inquiry, told),)
        assert not silence.is_due(told, now)
        inquiry = told
    assert inquiry.checks == ("overdue: the advertiser did not answer within 10 days",)
    assert inquiry.due_at is None


def test_a_late_sweep_tells_the_latest_step_alone() -> None:
    told, _, _ = silence.decide(due(filed()), ANSWER_BY)
    assert clock_of(told).told is Step.OVERDUE
    assert not silence.is_due(told, at("2027-01-01"))


def test_silence_may_decline() -> None:
    declined, action, _ = silence.decide(due(filed(DECLINES)), ANSWER_BY)
    assert (declined.state, declined.reject_reason, action) == (InquiryState.DECLINED, 9, None)
    assert (declined.decided_by, declined.resolved_at) == ("rule:deadline", ANSWER_BY)
    assert declined.comments[-1].text == "The advertiser did not answer within 10 days."
    assert clock_of(declined).told_in == declined.version


def test_silence_may_accept_what_matches() -> None:
    accepted, action, _ = silence.decide(due(matched()), ANSWER_BY)
    assert (accepted.state, accepted.decided_by) == (InquiryState.VALID, "rule:deadline")
    assert action is not None
    assert (action.payout, accepted.final_payout) == (usd(500), usd(500))
    assert clock_of(accepted).told_in == accepted.version
    asked_less = matched(claim=a_claim(expected_payout=usd(300)))
    assert silence.decide(due(asked_less), ANSWER_BY)[0].final_payout == usd(300)
    asked_more = matched(claim=a_claim(expected_payout=usd(900)))
    assert silence.decide(due(asked_more), ANSWER_BY)[0].final_payout == usd(500)


NEVER: list[tuple[str, FallenDue]] = [
    *((str(each), due(matched(each))) for each in Verdict if each is not Verdict.MATCH),
    ("no verdict", due(matched(verification=None))),
    (
        "too much",
        due(
            matched(
                clock=replace(
                    clock_of(filed(MATCHED)), agreed=replace(MATCHED, payout_max=usd(499))
                )
            )
        ),
    ),
    ("credited", due(matched(), an_action())),
    ("disputed", due(matched(), disputed=True)),
    ("incorrect", due(matched(claim=a_claim(InquiryType.INCORRECT)))),
    ("no contract", replace(due(matched()), case=replace(due(matched()).case, contract=None))),
    ("shop's currency", due(matched(verification=verdict(Verdict.MATCH, Money(1, "EUR"))))),
]


@pytest.mark.parametrize("fallen", [each for _, each in NEVER], ids=[name for name, _ in NEVER])
def test_silence_never_pays_what_no_rule_may_approve(fallen: FallenDue) -> None:
    told, action, outcome = silence.decide(fallen, ANSWER_BY)
    assert (told.state, action) == (InquiryState.UNRESOLVED, None)
    assert clock_of(told).told is Step.OVERDUE
    assert told.checks[-1].startswith("overdue: not approved by silence, ")
    assert not outcome.entries
    assert not outcome.actions


def test_a_question_that_is_not_answered_lapses_and_can_be_appealed() -> None:
    waiting = asked(filed(replace(TEN, partner_days=5)), at("2026-03-10 09:00"))
    assert not silence.is_due(waiting, at("2026-03-16") - A_MOMENT)
    lapsed, action, _ = silence.decide(due(waiting), at("2026-03-16"))
    assert (lapsed.state, lapsed.reject_reason, action) == (InquiryState.DECLINED, 8, None)
    assert (lapsed.decided_by, lapsed.comments[-1].text) == (
        "rule:lapse",
        "No answer came within 5 days.",
    )
    assert REJECT_REASONS[8].startswith("Enquiry does not provide complete information")
    appeal = a_claim(appeal_of=lapsed.inquiry_id, notes="Here it is")
    filing = a_filing(attempts=[lapsed], inquiry_id="901")
    assert claims.submit(appeal, filing, at("2026-03-17"))[0].is_live


def test_a_person_decides_an_appeal() -> None:
    for agreed in (DECLINES, MATCHED):
        appeal = filed(replace(agreed, partner_days=5), appeal_of="800")
        appeal = replace(appeal, verification=verdict(Verdict.MATCH))
        told, _, _ = silence.decide(due(appeal), ANSWER_BY)
        assert told.state is InquiryState.UNRESOLVED
        assert asked(appeal, ANSWER_BY).due_at is None
