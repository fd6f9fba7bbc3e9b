"""Whatever happens to an action, its explanation makes the payout and both dates again."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant
from makegood.domain import date_reasons, explanations, payout_reasons
from makegood.domain.actions import Action
from makegood.domain.date_reasons import Ahead
from makegood.domain.explanations import Explained, reasons
from makegood.domain.inquiries import InquiryType
from makegood.domain.inquiry_reasons import Told
from makegood.domain.parties import Retroactive, Role
from makegood.domain.payout_plans import Level, PayoutPlan, PayoutTerm
from makegood.domain.payout_reasons import How, Paid
from makegood.domain.reasons import About, Asker, Reason

from tests.builders import ADVERTISER, CODES, LEAD, NEW_YORK, SALE, a_contract, terms
from tests.properties import choices as some
from tests.properties.test_invariant_properties import Market

RATES = st.sampled_from(["5%", "3.3333%", "0.0007%", "3.00 USD", "0%"])
RULES = st.sampled_from(
    [("DAY 1d", "WEEK 2d"), ("MONTH 1m+3d", "MONTH 0m+20d"), ("OPEN_ENDED", "DAY 0d")]
)
ABOUT = list(About)


def assert_readable(told: tuple[Reason, ...]) -> None:
    """Whole sentences, in the order of what they are about."""
    places = [ABOUT.index(each.about) for each in told if each.about is not About.NEXT]
    assert places == sorted(places)
    for each in told:
        assert each.code in explanations.CODES[each.about]
        assert each.text[0].isupper()
        assert each.text.endswith((".", "?"))
        assert "  " not in each.text
        assert "None" not in each.text


class Explaining(Market):
    """The market at random, under more kinds of contract, explained after every step."""

    @initialize(
        policy=st.sampled_from(list(Retroactive)),
        rate=RATES,
        rules=RULES,
        limits=some.LIMITS,
        plan=st.booleans(),
    )
    def open(self, policy, rate, rules, limits, plan) -> None:  # type: ignore[override]
        super().open(policy, rules[0], declines=False, limits=limits)
        agreed = PayoutPlan(PayoutTerm.parse(rate), Level.ITEM, CODES.groups, limits)
        payouts = ((SALE, agreed if plan else PayoutTerm.parse(rate)), (LEAD, CODES))
        self.contracts["10001"] = a_contract(terms(*rules, payouts=payouts))

    @invariant()
    def an_explanation_makes_payout_and_dates_again(self) -> None:
        for action in self.memory.actions.values():
            self._assert_made_again(self._paid(action))

    @invariant()
    def whoever_asks_is_answered_in_sentences(self) -> None:
        for inquiry in self.memory.inquiries.values():
            action = self.memory.actions.get(inquiry.action_id)
            paid = self._paid(action) if action else None
            for role in Role:
                asker = Asker(role, self.now, NEW_YORK)
                told = reasons(Explained(Told(inquiry), paid, self._ahead(action)), asker)
                assert_readable(told)

    def _ahead(self, action: Action | None) -> Ahead | None:
        if action is None or not action.is_overdue(self.now):
            return None
        unpaid = [each for each in self.memory.actions.values() if each.is_overdue(self.now)]
        until = [each for each in unpaid if each.clears_at <= action.clears_at]
        before = [each for each in until if each.clears_at < action.clears_at]
        owed = sum(each.payout.minor for each in until)
        cash = self.memory.cash(ADVERTISER)
        return Ahead(len(before), len(until) - len(before) - 1, cash, owed)

    def _paid(self, action: Action) -> Paid:
        inquiry = self.memory.inquiries.get(action.inquiry_id)
        signed = self.contracts[action.partner_id]
        before: list[Action] = []
        if inquiry is not None and inquiry.claim.inquiry_type is InquiryType.INCORRECT:
            held = self.memory.order(action.order.order_id).credits
            named = [each.action_id for each in held if each.partner_id == action.partner_id]
            if action.action_id in named:
                named = named[: named.index(action.action_id)]
            before = [self.memory.actions[each] for each in named]
        return Paid(action, signed.numbered(action.contract_version), inquiry, before)

    def _assert_made_again(self, paid: Paid) -> None:
        action, made = paid.action, payout_reasons.made_again(paid)
        assert made.how is not How.AS_RECORDED, action.explanation
        assert made.carried == action.payout
        assert (made.how is How.AS_STATED) == action.explanation.startswith("Stated: ")
        if made.explanation is not None:
            assert made.explanation.payout == made.payout
            assert action.explanation.startswith(str(made.explanation))
        assert action.clears_at == date_reasons.clears_by_rule(action)
        approved = (
            date_reasons.locking_reason(action, Asker(Role.PARTNER, self.now, NEW_YORK)).code
            == "ON_APPROVAL"
        )
        assert approved or action.locks_at == date_reasons.locks_by_rule(action)


TestExplaining = Explaining.TestCase
TestExplaining.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
