"""Deadlines at random: swept late, twice, or beside a resolution, each step is told once, one
outcome stands, and silence pays nothing but a match.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain import calendar, claims, resolutions, silence
from makegood.domain.automatic_decisions import FallenDue
from makegood.domain.deadlines import Deadlines, Silence, Step
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.outcome import Outcome, RuleSpend
from makegood.domain.problems import Problem
from makegood.domain.resolutions import Case
from makegood.domain.verdicts import KeptVerdict, Verdict

from tests.builders import (
    ADVERTISER,
    NEW_YORK,
    SALE,
    a_campaign,
    a_claim,
    a_contract,
    a_filing,
    a_resolution,
    at,
    terms,
    usd,
)
from tests.reference import Memory, Stale, check

START = at("2026-03-01 09:30")
HOUR = timedelta(hours=1)
SPEND = RuleSpend("1000", "10001", "2026-03", "USD")

SILENCES = st.sampled_from(
    [
        {},
        {"silence": Silence.DECLINE, "reject_reason": 9},
        {
            "silence": Silence.APPROVE_IF_MATCHED,
            "payout_max": usd(500),
            "event_type_id": SALE,
        },
    ]
)
AGREED = st.builds(
    lambda days, partner_days, more: Deadlines(days, partner_days=partner_days, **more),
    st.integers(1, 12),
    st.sampled_from([None, 1, 4]),
    SILENCES,
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 150)),
        st.tuples(st.just("sweep"), st.integers(1, 3)),
        st.tuples(st.sampled_from(["ask", "answer"]), st.just(0)),
        st.tuples(st.just("resolve"), st.sampled_from([InquiryState.VALID, InquiryState.DECLINED])),
    ),
    max_size=14,
)


class Life:
    """One inquiry in a store in memory."""

    def __init__(self, agreed: Deadlines, verdict: Verdict | None) -> None:
        self.agreed, self.now, self.memory = agreed, START, Memory()
        self.contract = a_contract(terms(deadlines=agreed))
        filing = a_filing(contract=self.contract)
        claim = a_claim(ordered_at=START - timedelta(days=2))
        filed, _ = claims.submit(claim, filing, self.now)
        kept = verdict and KeptVerdict(verdict, "So.", START, left=usd(10_000))
        filed = replace(filed, verification=kept)
        self.memory.commit(Outcome(inquiries=((None, filed),)))
        self.told: Counter[Step] = Counter()
        self.decided: list[str] = []

    @property
    def inquiry(self) -> Inquiry:
        (only,) = self.memory.inquiries.values()
        return only

    def case(self, inquiry: Inquiry) -> Case:
        return Case(
            inquiry,
            a_campaign(),
            self.contract,
            self.memory.order(inquiry.claim.order_id),
            self.memory.actions,
            self.memory.cash(ADVERTISER),
        )

    def keep(self, outcome: Outcome) -> bool:
        try:
            self.memory.commit(outcome)
        except Stale:
            return False
        (before, after) = outcome.inquiries[0]
        clock, was = after.clock, before and before.clock
        assert clock is not None
        assert was is not None
        if clock.told is not was.told:
            assert clock.told > was.told
            assert clock.told_in == after.version
            self.told[clock.told] += 1
        if not after.is_live:
            self.decided.append(after.decided_by)
        return True

    def step(self, what: str, how: object) -> None:
        inquiry = self.inquiry
        match what:
            case "wait":
                assert isinstance(how, int)
                self.now += how * HOUR
            case "sweep":
                assert isinstance(how, int)
                if silence.is_due(inquiry, self.now):
                    self.sweep(inquiry, how)
            case "ask":
                self.resolve(a_resolution(InquiryState.INCOMPLETE, notes=f"{self.now}?"), inquiry)
            case "answer":
                filing = a_filing(contract=self.contract)
                with suppress(Problem):
                    self.keep(claims.answer(inquiry, inquiry.claim, "So", filing, self.now)[1])
            case "resolve":
                assert isinstance(how, InquiryState)
                self.resolve(a_resolution(how), inquiry)

    def sweep(self, inquiry: Inquiry, copies: int) -> None:
        """The same decision by several sweeps, and by a reviewer beside them."""
        _, action, outcome = silence.decide(FallenDue(self.case(inquiry), None, SPEND), self.now)
        late = resolutions.resolve(a_resolution(), self.case(inquiry), self.now, "r")[2]
        kept = [self.keep(each) for each in [outcome] * copies + [late]]
        assert kept == [True] + [False] * copies
        matches = inquiry.verification is not None and inquiry.verification.verdict is Verdict.MATCH
        assert action is None or (matches and action.payout <= usd(500))

    def resolve(self, resolution, inquiry: Inquiry) -> None:
        with suppress(Problem):
            self.keep(resolutions.resolve(resolution, self.case(inquiry), self.now, "r")[2])


@given(AGREED, st.sampled_from([None, *Verdict]), STEPS)
def test_each_step_is_told_once_and_one_outcome_stands(
    agreed: Deadlines, verdict: Verdict | None, steps: list[tuple[str, object]]
) -> None:
    life = Life(agreed, verdict)
    for what, how in steps:
        life.step(what, how)
        inquiry, clock = life.inquiry, life.inquiry.clock
        assert clock is not None
        assert clock.answer_by is not None
        midnight = calendar.local_day(clock.answer_by - timedelta(milliseconds=1), NEW_YORK)
        assert clock.answer_by == calendar.end_of_day(midnight, NEW_YORK)
        assert inquiry.is_live or inquiry.due_at is None
        check(life.memory, life.now)
    life.step("wait", 24 * 400)
    while silence.is_due(life.inquiry, life.now):
        life.step("sweep", 2)
    assert all(count == 1 for count in life.told.values())
    assert len(life.decided) <= 1
    inquiry = life.inquiry
    if inquiry.state is InquiryState.UNRESOLVED:
        assert life.told[Step.OVERDUE] == 1
        assert agreed.silence is not Silence.DECLINE
        assert agreed.silence is Silence.REVIEW or verdict is not Verdict.MATCH
    if inquiry.state is InquiryState.INCOMPLETE:
        assert agreed.partner_days is None
