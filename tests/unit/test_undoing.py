"""What an undone order asks of its action."""

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.action_changes import Modify, Reason, Reverse
from makegood.domain.actions import ActionState, Disposition
from makegood.domain.money import Money
from makegood.domain.parties import PartnerKind
from makegood.domain.policies import Then
from makegood.domain.policy_decisions import Question, Rulebook, ask
from makegood.domain.policy_evaluation import Why
from makegood.domain.shop_orders import ShopOrder, ShopState
from makegood.domain.undoing import change_of, told
from makegood.domain.verdicts import KeptVerdict, Verdict

from tests.builders import (
    A_MOMENT,
    LOCKS,
    ORDERED,
    a_campaign,
    a_contract,
    an_action,
    an_inquiry,
    no_credits,
    terms,
    usd,
)
from tests.policies import a_policy, approve, on

REVERSED = Reverse(Disposition.ITEM_RETURNED)
WHOLE, NONE = usd(10_000), usd(0)
MINOR = st.integers(0, 20_000)


def an_order(state: ShopState, amount: Money = WHOLE, refunded: Money = NONE) -> ShopOrder:
    return ShopOrder("A-1", ORDERED, amount, state, state.lower(), refunded)


def test_what_stands_or_waits_asks_nothing() -> None:
    for state in (ShopState.SALE, ShopState.PENDING, ShopState.UNKNOWN):
        assert change_of(an_order(state, refunded=usd(5)), an_action()) is None


def test_an_undone_order_reverses_and_a_partly_undone_one_leaves_what_is_left() -> None:
    assert change_of(an_order(ShopState.UNDONE), an_action()) == REVERSED
    partly = an_order(ShopState.PARTLY_UNDONE, refunded=usd(2_500))
    assert change_of(partly, an_action()) == Modify(Reason.ORDER_UPDATE, usd(7_500))


def test_in_another_currency_nothing_is_taken_in_part() -> None:
    partly = an_order(ShopState.PARTLY_UNDONE, Money(10_000, "EUR"), Money(1, "EUR"))
    assert change_of(partly, an_action()) is None
    assert change_of(an_order(ShopState.UNDONE, Money(1, "EUR")), an_action()) == REVERSED


def test_what_is_reversed_is_left_alone() -> None:
    gone = an_action(state=ActionState.REVERSED)
    assert change_of(an_order(ShopState.UNDONE), gone) is None


@given(st.sampled_from(ShopState), MINOR, MINOR, MINOR)
def test_an_action_never_gains(state: ShopState, amount: int, refunded: int, credited: int) -> None:
    action = an_action(order_amount=usd(credited))
    change = change_of(an_order(state, usd(amount), usd(refunded)), action)
    if isinstance(change, Modify):
        assert change.order_amount is not None
        assert 0 < change.order_amount.minor < credited
        assert change.order_amount.minor == amount - refunded


def test_a_person_is_told_until_the_lock_what_to_do() -> None:
    action = an_action()
    assert told(REVERSED, action, LOCKS - A_MOMENT).endswith("with DispositionCode=ITEM_RETURNED")
    partly = Modify(Reason.ORDER_UPDATE, usd(7_500))
    assert told(partly, action, LOCKS - A_MOMENT).endswith("Reason=ORDER_UPDATE and Amount=75.00")
    assert told(REVERSED, action, LOCKS).endswith("which is locked")


@given(st.sampled_from([Verdict.MATCH, Verdict.MISMATCH, Verdict.PARTLY_UNDONE]), MINOR)
def test_where_nothing_is_left_no_rule_pays_a_flat_payout(verdict: Verdict, left: int) -> None:
    kept = KeptVerdict(verdict, "told", ORDERED, order_id="CD1", left=usd(left))
    flat, policy = a_contract(terms(sale="5.00 USD")), a_policy(approve(on(verdict)))
    question = Question(
        an_inquiry(verification=kept),
        a_campaign(),
        PartnerKind.CASHBACK,
        flat,
        no_credits(),
        book=Rulebook(policy=policy),
    )
    asked = ask(question, ORDERED)
    expected = (Then.APPROVE, Why.RULE) if left else (Then.REVIEW, Why.NO_PAYOUT)
    assert (asked.answer, asked.why) == expected
