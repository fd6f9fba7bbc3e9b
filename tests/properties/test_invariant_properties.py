"""Everything at random, on a store in memory, and every invariant after every step.

Two partners, one who is paid a share and locks in days, one who is paid flat and, in some runs,
open-ended; two orders; one advertiser who deposits now and then. What is decided may be kept
twice, kept late, or kept against something decided at the same time.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from makegood.domain import (
    action_changes,
    action_lifecycle,
    approval_rules,
    automatic_decisions,
    claims,
    ids,
    ledger,
    resolutions,
)
from makegood.domain.action_changes import Approve, Change, Held
from makegood.domain.actions import Action, ActionState
from makegood.domain.automatic_decisions import Filing
from makegood.domain.inquiries import Claim, Inquiry, InquiryState, InquiryType
from makegood.domain.outcome import NOTHING, Outcome, RuleSpend
from makegood.domain.parties import Retroactive
from makegood.domain.problems import Problem
from makegood.domain.resolutions import Case

from tests.builders import (
    ADVERTISER,
    NEW_YORK,
    PARTNERS,
    SALE,
    a_campaign,
    a_claim,
    a_contract,
    a_conversion,
    a_resolution,
    a_rule,
    at,
    terms,
    usd,
)
from tests.properties import choices as some
from tests.reference import Memory, Stale, check, check_limits

MONTH_MAX = 1_300
START = at("2026-01-10 12:00")


def number_of(claim: Claim, attempt: int) -> str:
    return ids.inquiry_number(
        claim.partner_id, claim.campaign_id, claim.order_id, claim.inquiry_type, attempt, 0
    )


class Market(RuleBasedStateMachine):
    """The rules are what may be asked; a `Problem` is an answer, and must change nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.now = START
        self.deposits = 0
        self.kept: list[Outcome] = []
        self.granted: dict[tuple[str, str], int] = {}

    @initialize(
        policy=st.sampled_from([*Retroactive, Retroactive.FROM_TRANSACTION]),
        locking=st.sampled_from(["DAY 1d", "OPEN_ENDED", "MONTH 0m+5d"]),
        declines=st.booleans(),
        limits=some.LIMITS,
    )
    def open(self, policy: Retroactive, locking: str, declines: bool, limits: tuple) -> None:
        self.campaign = a_campaign(retroactive=policy, declines_tracked=declines)
        self.limits = limits
        flat = terms(locking, "DAY 2d", "3.00 USD", limits=limits)
        self.contracts = {
            "10001": a_contract(terms("DAY 5d", "DAY 3d", limits=limits)),
            "10002": a_contract(flat, partner="10002"),
        }

    # What is decided, and how it is kept

    def keep(self, outcome: Outcome) -> bool:
        """Keeps it once; the same again, or anything decided on what was there before, is stale."""
        before = dict(self.memory.actions)
        try:
            self.memory.commit(outcome)
        except Stale:
            return False
        if outcome:
            self.kept.append(outcome)
        self._note_payments(before, outcome)
        return True

    def _note_payments(self, before: dict[str, Action], outcome: Outcome) -> None:
        """Whoever is paid leaves enough for all who cleared before and still wait."""
        paid = [after for _, after in outcome.actions if after.state is ActionState.PAID]
        if not paid:
            return
        youngest = max(map(action_lifecycle.clearing_order, paid))
        waiting = [
            each.payout.minor
            for each in self.memory.actions.values()
            if each.state is ActionState.LOCKED and action_lifecycle.clearing_order(each) < youngest
        ]
        assert sum(waiting) <= self.memory.cash(ADVERTISER).cash_minor
        assert all(before.get(each.action_id, each).payout == each.payout for each in paid)

    def filing(self, claim: Claim) -> Filing:
        attempts: list[Inquiry] = []
        while (free := number_of(claim, len(attempts))) in self.memory.inquiries:
            attempts.append(self.memory.inquiries[free])
        return Filing(
            campaign=self.campaign,
            partner=PARTNERS[claim.partner_id],
            contract=self.contracts[claim.partner_id],
            order=self.memory.order(claim.order_id),
            attempts=attempts,
            inquiry_id=free,
            credited=PARTNERS,
            rule=a_rule() if claim.partner_id == "10001" else None,
        )

    def case(self, inquiry: Inquiry) -> Case:
        return Case(
            inquiry=inquiry,
            campaign=self.campaign,
            contract=self.contracts[inquiry.partner_id],
            order=self.memory.order(inquiry.claim.order_id),
            earlier=self.memory.actions,
            cash=self.memory.cash(ADVERTISER),
            used=self.memory.uses,
        )

    def pick(self, kept: dict, at_: int):
        return list(kept.values())[at_ % len(kept)]

    # What is asked

    @rule(
        days=st.sampled_from([0, 1, 4, 9, 45]),
        deposited=st.sampled_from([0, 300, 700, 2_000]),
        sweeps=st.sampled_from([True, True, False]),
        again=some.PICKS,
    )
    def time_passes(self, days: int, deposited: int, sweeps: bool, again: int) -> None:
        """Money may come in, a commit whose answer was lost may be sent again, and it is swept."""
        self.now += timedelta(days=days, hours=5)
        if deposited:
            self.deposits += 1
            entry = ledger.deposit(ADVERTISER, usd(deposited), str(self.deposits), self.now)
            assert self.keep(Outcome(entries=(entry,)))
        if self.kept:
            assert not self.keep(self.kept[-1 - again % len(self.kept)])
        if sweeps:
            self._sweep()

    @rule(
        partner_id=some.PARTNER_IDS,
        order_id=some.ORDER_IDS,
        amount=some.AMOUNTS,
        age=some.AGES,
    )
    def convert(self, partner_id: str, order_id: str, amount: int, age: int) -> None:
        conversion = a_conversion(
            usd(amount),
            partner_id=partner_id,
            order_id=order_id,
            ordered_at=self.now - timedelta(days=age),
        )
        action_id = action_lifecycle.conversion_action_id(conversion)
        try:
            action, outcome = action_lifecycle.convert(
                conversion,
                campaign=self.campaign,
                contract=self.contracts[partner_id],
                order=self.memory.order(order_id),
                existing=self.memory.actions.get(action_id),
                now=self.now,
                used=self.memory.uses,
            )
        except Problem:
            return
        assert self.keep(outcome)
        if outcome:
            self.granted[partner_id, order_id] = action.payout.minor

    @rule(
        inquiry_type=some.TYPES,
        partner_id=some.PARTNER_IDS,
        order_id=some.ORDER_IDS,
        amount=some.AMOUNTS,
        age=some.AGES,
        decision=some.DECISIONS,
        payout=some.PAYOUTS,
    )
    def claim(self, inquiry_type, partner_id, order_id, amount, age, decision, payout) -> None:
        """A claim, or an appeal where one was decided; mostly with what the advertiser says."""
        claim = a_claim(
            inquiry_type,
            partner_id=partner_id,
            order_id=order_id,
            order_amount=usd(amount),
            ordered_at=self.now - timedelta(days=age),
        )
        filing = self.filing(claim)
        standing = [each for each in filing.attempts if each.state is not InquiryState.WITHDRAWN]
        if standing and not standing[-1].is_live:
            claim = replace(claim, appeal_of=standing[-1].inquiry_id)
        try:
            inquiry, outcome = claims.submit(claim, filing, self.now)
        except Problem:
            return
        assert self.keep(outcome)
        assert claims.submit(claim, self.filing(claim), self.now) == (inquiry, NOTHING)
        if decision is not None:
            self._resolve(inquiry, decision, payout)

    @precondition(lambda self: self.memory.inquiries)
    @rule(
        at_=some.PICKS,
        state=some.ANSWERS,
        amount=some.AMOUNTS,
        by=st.sampled_from(["brand", "partner"]),
    )
    def talk(self, at_: int, state: InquiryState, amount: int, by: str) -> None:
        """A word on an inquiry on file, by the one side or the other."""
        inquiry = self.pick(self.memory.inquiries, at_)
        if by == "brand":
            self._resolve(inquiry, state, None)
            return
        changed = replace(inquiry.claim, order_amount=usd(amount))
        filing = self.filing(inquiry.claim)
        try:
            if state is InquiryState.INCOMPLETE:
                _, outcome = claims.answer(inquiry, changed, "Here", filing, self.now)
            else:
                _, outcome = claims.withdraw(inquiry, self.now)
        except Problem:
            return
        assert self.keep(outcome)

    def _resolve(self, inquiry: Inquiry, state: InquiryState, payout: int | None) -> None:
        resolution = a_resolution(
            state,
            inquiry_id=inquiry.inquiry_id,
            final_payout=None if payout is None else usd(payout),
        )
        case = self.case(inquiry)
        late = replace(resolution, version=inquiry.version - 1, notes="late")
        with pytest.raises(Problem):
            resolutions.resolve(late, case, self.now, "reviewer")
        try:
            decided, _, outcome = resolutions.resolve(resolution, case, self.now, "reviewer")
        except Problem:
            return
        assert self.keep(outcome)
        self._note_grant(decided)
        with pytest.raises(resolutions.SameDecision):
            resolutions.resolve(resolution, self.case(decided), self.now, "reviewer")

    def _note_grant(self, decided: Inquiry) -> None:
        if decided.state is InquiryState.VALID:
            assert decided.final_payout is not None
            key = decided.partner_id, decided.claim.order_id
            self.granted[key] = decided.final_payout.minor

    @precondition(lambda self: self.live())
    @rule(payout=some.PAYOUTS, twice=st.booleans())
    def resolve_all_at_once(self, payout: int | None, twice: bool) -> None:
        """All are decided on what was there before any; the store tells who was too late."""
        made = []
        for inquiry in self.live() * (1 + twice):
            resolution = a_resolution(
                inquiry_id=inquiry.inquiry_id,
                final_payout=None if payout is None else usd(payout),
                notes=str(len(made)),
            )
            with suppress(Problem):
                made.append(resolutions.resolve(resolution, self.case(inquiry), self.now, "r"))
        for decided, _, outcome in made:
            if self.keep(outcome):
                self._note_grant(decided)

    def live(self) -> list[Inquiry]:
        return [each for each in self.memory.inquiries.values() if each.is_live]

    @precondition(lambda self: self.memory.actions)
    @rule(at_=some.PICKS, change=some.CHANGES, twice=st.booleans())
    def change(self, at_: int, change: Change, twice: bool) -> None:
        """What an advertiser may do to a pending action; the same again changes nothing."""
        action = self.pick(self.memory.actions, at_)
        order = self.memory.order(action.order.order_id)
        held = Held(action, order, self.contracts[action.partner_id], self.memory.uses)
        try:
            after, outcome = action_changes.decide(change, held, self.now, "reviewer")
        except Problem:
            return
        assert action.may_change(self.now)
        assert change != Approve() or action.awaits_approval or action.approved
        assert self.keep(outcome)
        gone = after.state is ActionState.REVERSED
        delta = (0 if gone else after.payout.minor) - action.payout.minor
        self.granted[action.partner_id, action.order.order_id] += delta
        worth = (0 if gone else after.worth.minor) - action.worth.minor
        assert worth == sum(each.delta_payout.minor for each in outcome.updates)
        if twice and after.may_change(self.now):
            again = Held(after, self.memory.order(order.order_id), held.contract, self.memory.uses)
            assert action_changes.decide(change, again, self.now, "reviewer") == (after, NOTHING)

    def _sweep(self) -> None:
        self._approve_by_rule()
        due = self._due(ActionState.PENDING, lambda each: each.locks_at)
        for action in due:
            order = self.memory.order(action.order.order_id)
            outcome = action_lifecycle.lapse(action, order, self.now, "sweep")
            assert bool(outcome) == action.outside
            assert self.keep(outcome)
            if outcome:
                self.granted[action.partner_id, action.order.order_id] -= action.payout.minor
        due = [each for each in due if not each.outside]
        if due:
            assert self.keep(action_lifecycle.lock(due, self.now))
        due = self._due(ActionState.LOCKED, lambda each: each.clears_at)
        if due:
            self._pay(due)

    def _pay(self, due: list[Action]) -> None:
        cash = self.memory.cash(ADVERTISER).cash_minor
        outcome = action_lifecycle.pay(due[::-1], self.memory.cash(ADVERTISER), self.now)
        assert self.keep(outcome)
        left = self._due(ActionState.LOCKED, lambda each: each.clears_at)
        assert due[len(due) - len(left) :] == left
        paid = sum(each.payout.minor for each in due[: len(due) - len(left)])
        assert not left or cash - paid < left[0].payout.minor

    def _due(self, state: ActionState, due_at) -> list[Action]:
        found = [each for each in self.memory.actions.values() if each.state is state]
        found = [each for each in found if due_at(each) <= self.now]
        return sorted(found, key=lambda each: (due_at(each), each.action_id))

    def _approve_by_rule(self) -> None:
        month = approval_rules.month_of(self.now, NEW_YORK)
        for inquiry in list(self.memory.inquiries.values()):
            if inquiry.auto_approval_at is None or inquiry.auto_approval_at > self.now:
                continue
            assert inquiry.is_live
            assert inquiry.claim.inquiry_type is InquiryType.UNTRACKED
            spend = self.memory.spends.get(month, RuleSpend("1000", "10001", month, "USD"))
            tracked = self.memory.order(inquiry.claim.order_id).credits
            decided, action, outcome = automatic_decisions.decide(
                self.case(inquiry), a_rule(month_max=usd(MONTH_MAX)), spend, self.now
            )
            assert self.keep(outcome)
            assert decided.auto_approval_at is None
            assert action is None or not (tracked or action.beyond)
            self._note_grant(decided)

    # What holds, always

    @invariant()
    def all_invariants_hold(self) -> None:
        check(self.memory, self.now)
        check_limits(self.memory, self.limits)

    @invariant()
    def each_order_pays_just_what_was_granted_for_it_last(self) -> None:
        worth: dict[tuple[str, str], int] = dict.fromkeys(self.granted, 0)
        for action in self.memory.actions.values():
            assert action.event_type_id == SALE
            if action.state is not ActionState.REVERSED:
                worth[action.partner_id, action.order.order_id] += action.payout.minor
        assert worth == self.granted

    @invariant()
    def rules_grant_less_in_a_month_than_their_maximum(self) -> None:
        granted: Counter[str] = Counter()
        for inquiry in self.memory.inquiries.values():
            if inquiry.final_payout is not None and inquiry.decided_by == a_rule().name:
                assert inquiry.resolved_at is not None
                month = approval_rules.month_of(inquiry.resolved_at, NEW_YORK)
                granted[month] += inquiry.final_payout.minor
        assert all(minor < MONTH_MAX for minor in granted.values())
        assert granted == Counter(
            {month: spend.granted_minor for month, spend in self.memory.spends.items()}
        )


TestMarket = Market.TestCase
TestMarket.settings = settings(stateful_step_count=40)
