"""Why, in sentences: each case by its whole text, as the advertiser or the partner reads it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from makegood.domain import action_changes, date_words, resolutions
from makegood.domain.action_changes import Approve, Held, Modify, Reason
from makegood.domain.actions import Action, ActionState, Disposition
from makegood.domain.baskets import Line
from makegood.domain.calendar import LockRule, PaymentRule
from makegood.domain.date_reasons import Ahead
from makegood.domain.explanations import Explained, reasons
from makegood.domain.inquiries import Inquiry, InquiryState, InquiryType
from makegood.domain.inquiry_reasons import Told
from makegood.domain.orders import Item
from makegood.domain.parties import Role
from makegood.domain.payout_plans import Level, PayoutPlan, PayoutTerm
from makegood.domain.payout_reasons import Paid
from makegood.domain.reasons import About, Asker
from makegood.domain.verdicts import TAKEN_TOLD, KeptVerdict, Verdict

from tests.builders import (
    CLEARS,
    CODES,
    LEAD,
    LOCKS,
    NEW_YORK,
    ORDERED,
    SALE,
    a_case,
    a_claim,
    a_contract,
    a_resolution,
    accepted,
    an_action,
    an_inquiry,
    at,
    cash_of,
    credits_of,
    no_credits,
    terms,
    usd,
)

NOON = at("2026-03-06 12:00")


def said(explained: Explained, about: About, role: Role = Role.ADVERTISER, now: datetime = NOON):
    """The reason that answers this."""
    asker = Asker(role, now, NEW_YORK)
    (found,) = (each for each in reasons(explained, asker) if each.about is about)
    return found


def of(action: Action, **more: Any) -> Explained:
    return Explained(paid=Paid(action, terms()), **more)


def facts_of(reason: Any) -> dict[str, str]:
    return {each.name: each.value for each in reason.facts}


def test_a_payout_is_told_with_its_version_group_rate_share_and_rounding() -> None:
    plan = replace(CODES, default=PayoutTerm.parse("3.333%"))
    agreed = terms(payouts=((SALE, plan),))
    case = a_case(contract=a_contract(agreed))
    _, action, _ = accepted(case, NOON, order_amount=usd(9_999))
    plain = said(Explained(paid=Paid(action, agreed)), About.PAYOUT)
    assert plain.text == (
        "By contract version 1, no payout group fits this order, so the default pays 3.333% of the "
        "order amount of 99.99 USD. That is 3.33 USD. The exact sum lay between two minor units; "
        "it was rounded down, half to even."
    )
    assert facts_of(plain) == {
        "ContractId": "501",
        "ContractVersion": "1",
        "Payout": "3.33 USD",
        "Group": "default",
        "Term": "3.333%",
        "Share": "99.99 USD",
        "Rounding": "DOWN",
    }
    _, action, _ = accepted(case, NOON, promo_code="SPRING")
    grouped = said(Explained(paid=Paid(action, agreed)), About.PAYOUT)
    assert grouped.text == (
        "By contract version 1, the first group that fits this order, Codes (rank 1), pays 2% of "
        "the order amount of 100.00 USD. That is 2.00 USD."
    )


def test_items_are_told_each_with_its_share() -> None:
    agreed = terms(payouts=((SALE, PayoutPlan(PayoutTerm.parse("5%"), Level.ITEM)),))
    items = (Item("HAT", 1, usd(6_000)), Item("SHOE", 2, usd(6_000)))
    _, action, _ = accepted(a_case(contract=a_contract(agreed)), NOON, items=items)
    told = said(Explained(paid=Paid(action, agreed)), About.PAYOUT)
    assert told.text == (
        "By contract version 1, each of the order's 2 items pays by its share of the order amount. "
        "Together that is 5.00 USD."
    )
    lines = [each.value for each in told.facts if each.name in ("Sku", "Share", "LinePayout")]
    assert lines == ["HAT", "50.00 USD", "2.50 USD", "SHOE", "50.00 USD", "2.50 USD"]
    held = Held(action, credits_of(action), a_contract(agreed))
    back = Modify(Reason.ITEM_RETURNED, line=Line("SHOE", quantity=1))
    after, _ = action_changes.decide(back, held, NOON, "reviewer")
    less = said(Explained(paid=Paid(after, agreed)), About.PAYOUT)
    assert (less.code, facts_of(less)["Payout"]) == ("BY_CONTRACT", "3.75 USD")


def test_a_stated_payout_is_told_as_stated_by_whom() -> None:
    _, action, _ = accepted(a_case(), NOON, final_payout=usd(1_234))
    told = said(of(action), About.PAYOUT)
    assert told.code == "AS_STATED"
    assert told.text == "The advertiser stated the payout when it accepted: 12.34 USD."
    ruled = replace(action, source="rule:approval:10001")
    assert said(of(ruled), About.PAYOUT).text == (
        "The rule granted the payout that was asked for: 12.34 USD."
    )


def test_a_correction_tells_what_is_on_locked_actions_already() -> None:
    earlier = an_action(ActionState.LOCKED)
    claim = a_claim(InquiryType.INCORRECT, order_amount=usd(16_000))
    case = a_case(earlier, inquiry=an_inquiry(claim))
    inquiry, action, _ = accepted(case, LOCKS)
    explained = Explained(paid=Paid(action, terms(), inquiry, (earlier,)))
    told = said(explained, About.PAYOUT)
    assert told.text == (
        "By contract version 1, this event type pays 5% of the order amount of 160.00 USD. That is "
        "8.00 USD. 5.00 USD of it are on locked actions of the order already; this action carries "
        "the other 3.00 USD."
    )


def test_a_correction_of_what_locked_at_nothing_is_told_by_the_contract() -> None:
    """The new action carries the whole payout, and none of the order's amount."""
    earlier = an_action(ActionState.LOCKED, payout=usd(0))
    claim = a_claim(InquiryType.INCORRECT, order_amount=usd(10_000))
    inquiry, action, _ = accepted(a_case(earlier, inquiry=an_inquiry(claim)), LOCKS)
    told = said(Explained(paid=Paid(action, terms(), inquiry, (earlier,))), About.PAYOUT)
    assert (action.order_amount, action.payout) == (usd(0), usd(500))
    assert (told.code, facts_of(told)["Payout"]) == ("BY_CONTRACT", "5.00 USD")


def test_words_of_an_older_version_are_told_as_they_were_recorded() -> None:
    old = an_action(payout=usd(77), explanation="by hand")
    told = said(of(old), About.PAYOUT)
    assert (told.code, told.text) == ("AS_RECORDED", "It was recorded with this reason: by hand.")
    lost = Explained(paid=Paid(an_action(explanation="by hand"), None))
    assert said(lost, About.PAYOUT).code == "AS_RECORDED"


def test_dates_are_told_by_rule_reference_and_zone() -> None:
    action = an_action()
    assert said(of(action), About.LOCKING).text == (
        "It locks at the end of 15 March 2026. That is 10 days after the end of the transaction "
        "date, 5 March 2026, in America/New_York time."
    )
    assert said(of(action), About.PAYMENT).text == (
        "It falls due for payment at the end of 19 March 2026. That is 4 days after the end of the "
        "day on which it locks."
    )
    assert facts_of(said(of(action), About.LOCKING)) == {
        "Rule": "DAY 10d",
        "Reference": "TRANSACTION",
        "ReferenceDate": "2026-03-05T10:00:00-05:00",
        "TimeZone": "America/New_York",
    }


def test_an_open_ended_action_tells_its_approval() -> None:
    contract = a_contract(terms("OPEN_ENDED"))
    action = an_action(contract=contract)
    assert said(of(action), About.LOCKING).text == (
        "The contract is open-ended. Without the advertiser's approval it locks on 4 March 2028 at "
        "10:00, 730 days after the transaction date, 5 March 2026."
    )
    after, _ = action_changes.decide(Approve(), Held(action, no_credits(), contract), NOON, "x")
    told = said(of(after), About.LOCKING)
    assert told.code == "ON_APPROVAL"
    assert told.text == (
        "The advertiser approved it on 6 March 2026 at 12:00; an open-ended action locks with that."
    )


RULES = [
    (LockRule.parse("DAY 0d"), "the end of the order"),
    (LockRule.parse("MONTH 0m+27d"), "27 days after the end of the month of it"),
    (LockRule.parse("MONTH 1m+1d"), "1 month and 1 day after the end of the month of it"),
    (PaymentRule.parse("WEEK 3d"), "3 days after the end of the week of it"),
]


@pytest.mark.parametrize(("rule", "words"), RULES)
def test_a_rule_is_told_in_words(rule: LockRule | PaymentRule, words: str) -> None:
    assert date_words.counted(rule, "the order", "of it") == words


def test_an_overdue_action_tells_the_advertiser_how_much_is_short_and_both_what_is_before() -> None:
    action = an_action(ActionState.LOCKED)
    ahead = Ahead(2, 1, cash_of(-1_000, 1_200), owed_minor=1_700)
    told = of(action, ahead=ahead)
    whole = said(told, About.STATE, now=CLEARS + timedelta(hours=1))
    assert whole.text == (
        "It fell due at the end of 19 March 2026. It waits for the advertiser's funds; the oldest "
        "is paid first. 2 payments fall due before it, and 1 at the same time. The cash is 15.00 "
        "USD short of all that is due up to then."
    )
    assert facts_of(whole)["Short"] == "15.00 USD"
    partner = said(told, About.STATE, Role.PARTNER, CLEARS + timedelta(hours=1))
    assert "15.00" not in partner.text + str(partner.facts)
    assert facts_of(partner) == {
        "Amount": "5.00 USD",
        "PaymentsBefore": "2",
        "PaymentsBeside": "1",
        "CountIs": "EXACT",
    }
    some = of(action, ahead=replace(ahead, owed_minor=None, is_whole=False, beside=0))
    least = said(some, About.STATE, now=CLEARS)
    assert "At least 2 payments fall due before it." in least.text
    assert facts_of(least)["CountIs"] == "AT_LEAST"
    covered = of(action, ahead=replace(ahead, owed_minor=200))
    assert "the next sweep pays it" in said(covered, About.STATE, now=CLEARS).text


def test_what_was_reversed_has_no_dates() -> None:
    gone = an_action(ActionState.REVERSED, disposition=Disposition.ITEM_RETURNED)
    told = reasons(of(gone), Asker(Role.PARTNER, NOON, NEW_YORK))
    assert [each.about for each in told] == [About.PAYOUT, About.STATE, About.NEXT]
    assert told[1].text == "It was reversed on 5 March 2026 at 10:00, and pays nothing."


def decided(inquiry: Inquiry, **more: Any) -> Explained:
    return Explained(told=Told(inquiry, **more))


def test_a_declined_inquiry_tells_its_reason_and_the_appeal() -> None:
    declined = an_inquiry(
        state=InquiryState.DECLINED, reject_reason=6, resolved_at=NOON, decided_by="api:r-1"
    )
    told = decided(declined)
    assert said(told, About.DECISION, Role.PARTNER).text == (
        "The advertiser declined it on 6 March 2026 at 12:00, for this reason: Transaction cannot "
        "be traced."
    )
    assert said(told, About.NEXT).text == (
        "The partner may appeal it once: it files again with AppealOf=900."
    )
    appeal = an_inquiry(a_claim(appeal_of="900"), inquiry_id="901")
    appealed = decided(declined, appeal=appeal)
    assert said(appealed, About.NEXT).text == "Inquiry 901 is its appeal, and is UNRESOLVED."
    last = replace(appeal, state=InquiryState.DECLINED, reject_reason=9, resolved_at=NOON)
    assert said(decided(last), About.NEXT).code == "NOTHING"


def test_a_partner_is_told_neither_checks_nor_who_decided_nor_a_verdict_it_was_not_told() -> None:
    kept = KeptVerdict(Verdict.MATCH, "The shop has an order 7.", NOON, order_id="SHOP-7")
    open_ = an_inquiry(checks=("the order is credited to another channel",), verification=kept)
    mine = reasons(decided(open_), Asker(Role.ADVERTISER, NOON, NEW_YORK))
    assert [each.code for each in mine] == ["AWAITS_ADVERTISER", "MATCH", "ADVERTISER_DECIDES"]
    assert ("Check", "the order is credited to another channel") in mine[0].facts
    theirs = reasons(decided(open_), Asker(Role.PARTNER, NOON, NEW_YORK))
    never = reasons(decided(an_inquiry()), Asker(Role.PARTNER, NOON, NEW_YORK))
    assert theirs == never
    told = replace(open_, verification=replace(kept, told=True))
    assert said(decided(told), About.VERDICT, Role.PARTNER).text == TAKEN_TOLD


def test_an_inquiry_that_waits_tells_for_whom() -> None:
    ruled = decided(an_inquiry(auto_approval_at=LOCKS))
    assert said(ruled, About.DECISION).text == (
        "An approval rule of the campaign looks at it at the end of 15 March 2026; the advertiser "
        "may decide it before."
    )
    asked = a_resolution(InquiryState.INCOMPLETE, notes="Which items?")
    inquiry, _, _ = resolutions.resolve(asked, a_case(), NOON, "api:r-1")
    reason = said(decided(inquiry), About.DECISION, Role.PARTNER)
    assert reason.text == "The advertiser asked the partner for more on 6 March 2026 at 12:00."
    assert facts_of(reason) == {"By": "ADVERTISER", "Asked": "Which items?"}


def test_a_lead_is_paid_flat() -> None:
    _, action, _ = accepted(a_case(), ORDERED + timedelta(hours=1), event_type_id=LEAD)
    assert said(of(action), About.PAYOUT).text == (
        "By contract version 1, this event type pays 3.00 USD for each order."
    )
