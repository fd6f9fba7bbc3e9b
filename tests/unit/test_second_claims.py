"""A claim for what was claimed before: the same again, new notes, an appeal, or a conflict."""

from datetime import timedelta

import pytest
from makegood.domain import claims, second_claims
from makegood.domain.inquiries import Comment, Inquiry, InquiryState
from makegood.domain.orders import Credit
from makegood.domain.problems import Conflict, Invalid, Problem, RuleForbids
from makegood.domain.second_claims import COMMENTS_MAX

from tests.builders import SALE, a_claim, a_filing, a_rule, an_inquiry, usd
from tests.unit.test_claims import DECLINES, NOW, on, refused, submit

DECIDED = [InquiryState.VALID, InquiryState.DECLINED]


@pytest.mark.parametrize("state", sorted(set(InquiryState) - {InquiryState.WITHDRAWN}))
def test_the_same_claim_again_is_the_same_inquiry_whatever_became_of_it(state) -> None:
    filed = an_inquiry(a_claim(notes="Waiting"), state=state)
    claim = a_claim(notes="Waiting", partner_reference="T-9")
    again, outcome = claims.submit(claim, a_filing(attempts=(filed,)), NOW)
    assert again == filed
    assert not outcome


@pytest.mark.parametrize("state", [InquiryState.UNRESOLVED, InquiryState.INCOMPLETE])
def test_another_claim_for_the_order_conflicts_with_the_live_one_and_names_it(state) -> None:
    filed = an_inquiry(state=state, inquiry_id="871")
    problem = refused(Conflict, a_claim(order_amount=usd(1)), attempts=(filed,))
    assert problem.code == "live_inquiry"
    assert "871" in problem.message


def test_a_claim_is_answered_again_even_after_its_window_and_its_contract() -> None:
    filed = an_inquiry()
    late = NOW + timedelta(days=900)
    filing = a_filing(attempts=(filed,), contract=None)
    again, outcome = claims.submit(a_claim(), filing, late)
    assert again == filed
    assert not outcome


@pytest.mark.parametrize("changes", [{}, {"order_amount": usd(1)}])
def test_what_was_withdrawn_is_filed_again_as_a_new_inquiry(changes: dict) -> None:
    withdrawn = an_inquiry(state=InquiryState.WITHDRAWN)
    again = submit(a_claim(**changes), attempts=(withdrawn,), inquiry_id="901")
    assert (again.inquiry_id, again.attempt) == ("901", 1)
    assert again.state is InquiryState.UNRESOLVED


# New notes


LIVE = [InquiryState.UNRESOLVED, InquiryState.INCOMPLETE]


def warned(claim, inquiry: Inquiry, *later: Inquiry) -> str:
    """What is told of a claim's notes when it is sent again; at most one sentence."""
    told = second_claims.warnings(claim, inquiry, (inquiry, *later), "Refund Club")
    assert len(told) <= 1
    return "".join(told)


@pytest.mark.parametrize("state", LIVE)
def test_new_notes_of_the_same_claim_are_added_once_and_it_stays_where_it_is(state) -> None:
    filed = an_inquiry(a_claim(notes="First"), state=state, version=3)
    for said in ("Here is the receipt", "And the invoice", "First"):
        claim = a_claim(notes=said)
        before = filed
        filed, outcome = claims.submit(claim, a_filing(attempts=(filed,)), NOW, "file:1:2")
        assert bool(outcome) == (said != "First")
        again, unchanged = claims.submit(claim, a_filing(attempts=(filed,)), NOW, "file:1:3")
        assert (again, bool(unchanged)) == (filed, False)
        if outcome:
            assert outcome.inquiries == ((before, filed),)
    assert [each.text for each in filed.comments] == ["Here is the receipt", "And the invoice"]
    assert {each.user for each in filed.comments} == {"Refund Club"}
    assert (filed.version, filed.state, filed.claim.notes) == (5, state, "First")
    assert filed.holds_word_of("file:1:2")
    assert not filed.holds_word_of("file:1:3")


def test_what_the_shop_said_is_not_what_the_partner_said() -> None:
    shop = Comment("CD Shop", "Please hurry", NOW)
    filed = an_inquiry(comments=(shop,))
    claim = a_claim(notes="Please hurry")
    noted, _ = claims.submit(claim, a_filing(attempts=(filed,)), NOW)
    assert [each.user for each in noted.comments] == ["CD Shop", "Refund Club"]


def test_notes_that_do_not_answer_a_question_say_that_it_still_waits() -> None:
    claim = a_claim(notes="Receipt")
    asked = an_inquiry(state=InquiryState.INCOMPLETE)
    noted, _ = claims.submit(claim, a_filing(attempts=(asked,)), NOW)
    assert "still waits for an answer" in warned(claim, noted)
    assert warned(a_claim(), asked) == ""
    waiting, _ = claims.submit(claim, a_filing(attempts=(an_inquiry(),)), NOW)
    assert warned(claim, waiting) == ""


@pytest.mark.parametrize("state", DECIDED)
def test_new_notes_on_what_is_decided_are_told_to_be_too_late_and_what_may_be_done(state) -> None:
    decided, claim = an_inquiry(state=state), a_claim(notes="Receipt")
    same, outcome = claims.submit(claim, a_filing(attempts=(decided,)), NOW)
    assert (same, bool(outcome)) == (decided, False)
    assert f"is {state}, and the new notes were not kept" in warned(claim, decided)
    assert "AppealOf=900" in warned(claim, decided)
    assert "901 is its appeal, and is UNRESOLVED" in warned(claim, decided, an_appeal())
    assert "AppealOf=900" in warned(claim, decided, an_appeal(InquiryState.WITHDRAWN))
    assert "decided for good" in warned(claim, an_appeal(state))
    assert warned(a_claim(), decided) == ""


def test_so_many_comments_and_no_more_are_added_by_claims_sent_again() -> None:
    full = tuple(Comment("Refund Club", str(each), NOW) for each in range(COMMENTS_MAX))
    for comments, added in ((full[1:], True), (full, False)):
        filed, claim = an_inquiry(comments=comments), a_claim(notes="One more")
        noted, outcome = claims.submit(claim, a_filing(attempts=(filed,)), NOW)
        assert bool(outcome) == added
        assert ("not kept" in warned(claim, noted)) == (not added)


def test_nobody_appeals_what_was_never_decided() -> None:
    for attempts in ((), (an_inquiry(state=InquiryState.WITHDRAWN),)):
        problem = refused(Invalid, a_claim(appeal_of="900"), attempts=attempts)
        assert [fault.code for fault in problem.faults] == ["unknown_appeal"]
    live = refused(Conflict, a_claim(appeal_of="900"), attempts=(an_inquiry(),))
    assert live.code == "live_inquiry"
    assert "only what is decided is appealed" in live.message


# Appeals

APPEAL = a_claim(appeal_of="900", notes="The receipt")


def an_appeal(state: InquiryState = InquiryState.UNRESOLVED, **changes) -> Inquiry:
    claim = a_claim(appeal_of="900", **changes)
    return an_inquiry(claim, inquiry_id="901", attempt=1, state=state)


@pytest.mark.parametrize("state", DECIDED)
def test_a_decided_inquiry_is_appealed_by_naming_it(state: InquiryState) -> None:
    decided = an_inquiry(state=state)
    appeal = submit(APPEAL, attempts=(decided,), inquiry_id="901")
    assert (appeal.attempt, appeal.claim.appeal_of) == (1, "900")
    assert appeal.state is InquiryState.UNRESOLVED


@pytest.mark.parametrize("holder", ["10001", "10002", "10003"])
def test_a_person_decides_an_appeal_whoever_is_credited_and_whatever_rule_there_is(holder) -> None:
    credit = Credit(SALE, holder, "a1", by_promo_code=holder == "10002")
    filing = {"attempts": (an_inquiry(state=InquiryState.DECLINED),), "rule": a_rule()}
    for order in (on(credit), on()):
        appeal = submit(APPEAL, order=order, campaign=DECLINES, **filing)
        assert (appeal.state, appeal.auto_approval_at) == (InquiryState.UNRESOLVED, None)
        assert [each.text for each in appeal.comments] == ["The receipt"]


OPEN, OTHERS = InquiryState.UNRESOLVED, {"order_amount": usd(1)}


@pytest.mark.parametrize(
    ("state", "appeal", "claim", "message"),
    [
        ("WITHDRAWN", None, a_claim(appeal_of="900"), "900, which was withdrawn"),
        ("DECLINED", None, a_claim(appeal_of="5"), "AppealOf names no inquiry of yours"),
        ("DECLINED", "WITHDRAWN", a_claim(appeal_of="901"), "901, which was withdrawn"),
        ("DECLINED", "WITHDRAWN", a_claim(**OTHERS), "900 for this order is decided (DECLINED)"),
        ("DECLINED", "DECLINED", a_claim(appeal_of="901"), "901 was the appeal of 900"),
        ("DECLINED", "VALID", a_claim(appeal_of="5", **OTHERS), "901 was the appeal of 900"),
        ("DECLINED", OPEN, a_claim(appeal_of="901"), "an appeal is not appealed"),
        ("DECLINED", OPEN, a_claim(appeal_of="900", **OTHERS), "900, for this order is open with"),
        ("DECLINED", OPEN, a_claim(appeal_of="5"), "AppealOf names no inquiry of yours"),
        (OPEN, None, a_claim(appeal_of="5"), "AppealOf names no inquiry of yours"),
    ],
)
def test_what_stands_in_the_way_of_an_appeal_is_told_as_it_is(
    state, appeal, claim, message
) -> None:
    attempts = [an_inquiry(state=InquiryState(state))]
    attempts += [an_appeal(InquiryState(appeal))] if appeal else []
    problem = refused(Problem, claim, attempts=attempts)
    assert message in problem.explain()
    same = attempts[-1].claim.same_details(claim)
    assert ("other details" in problem.explain()) == (attempts[-1].is_live and not same)


def test_the_details_of_an_open_appeal_without_its_name_are_not_other_details() -> None:
    attempts = (an_inquiry(state=InquiryState.DECLINED), an_appeal(order_amount=usd(1)))
    problem = refused(Conflict, a_claim(order_amount=usd(1)), attempts=attempts)
    assert "901, the appeal of 900, for this order is open with these details" in problem.message


@pytest.mark.parametrize("named", ["", "899"])
@pytest.mark.parametrize("state", DECIDED)
def test_other_details_for_a_decided_order_need_an_appeal_that_names_it(state, named) -> None:
    claim = a_claim(order_amount=usd(1), appeal_of=named)
    problem = refused(Conflict, claim, attempts=(an_inquiry(state=state),))
    assert problem.code == "decided_inquiry"
    assert "AppealOf=900" in problem.message


@pytest.mark.parametrize("named", ["", "900", "901"])
@pytest.mark.parametrize("state", DECIDED)
def test_an_appeal_is_decided_for_good(state: InquiryState, named: str) -> None:
    attempts = (an_inquiry(state=InquiryState.DECLINED), an_appeal(state))
    claim = a_claim(order_amount=usd(1), appeal_of=named)
    assert refused(RuleForbids, claim, attempts=attempts).code == "appealed_once"


def test_the_same_appeal_again_is_the_same_appeal() -> None:
    attempts = (an_inquiry(state=InquiryState.DECLINED), an_appeal())
    again, outcome = claims.submit(a_claim(appeal_of="900"), a_filing(attempts=attempts), NOW)
    assert again == attempts[1]
    assert not outcome


def test_a_withdrawn_appeal_is_filed_again_for_it_was_never_decided() -> None:
    attempts = (an_inquiry(state=InquiryState.DECLINED), an_appeal(InquiryState.WITHDRAWN))
    claim = a_claim(order_amount=usd(1), appeal_of="900")
    again = submit(claim, attempts=attempts, inquiry_id="902")
    assert (again.attempt, again.claim.appeal_of) == (2, "900")


def test_withdrawing_an_appeal_does_not_open_the_decided_order_to_new_claims() -> None:
    attempts = (an_inquiry(state=InquiryState.DECLINED), an_appeal(InquiryState.WITHDRAWN))
    problem = refused(Conflict, a_claim(order_amount=usd(1)), attempts=attempts)
    assert problem.code == "decided_inquiry"
