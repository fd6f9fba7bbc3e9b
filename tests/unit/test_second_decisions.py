"""Two people for large acceptances: who decides alone, who waits, and what ends a wait."""

from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.domain import claims, resolutions
from makegood.domain.account_people import source_of
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.problems import RuleForbids
from makegood.domain.resolutions import SameDecision

from tests.builders import LEAD, ORDERED, SALE, a_campaign, a_case, a_resolution, an_inquiry, usd

NOW = ORDERED + timedelta(days=2)
LATER = NOW + timedelta(hours=1)
ANNA, BEN = source_of("sub-a", "Anna"), source_of("sub-b", "Ben")
VALID, DECLINED, INCOMPLETE = InquiryState.VALID, InquiryState.DECLINED, InquiryState.INCOMPLETE
CAREFUL = a_campaign(second_above=10)


def decide(inquiry: Inquiry, by: str, minor: int = 2_000, state=VALID, now=NOW, **said):
    said = {"final_payout": usd(minor), **said} if state is VALID else said
    case = a_case(inquiry=inquiry, campaign=CAREFUL)
    return resolutions.resolve(a_resolution(state, **said), case, now, by)


def test_the_first_waits_and_another_person_who_decides_the_same_carries_it_out() -> None:
    inquiry = an_inquiry(auto_approval_at=LATER)
    waits, action, outcome = decide(inquiry, ANNA)
    assert (waits.state, waits.awaits_second, action) == (inquiry.state, True, None)
    assert (waits.version, waits.auto_approval_at) == (inquiry.version + 1, None)
    assert (waits.decided_by, waits.final_payout, waits.resolution_key) == ("", None, "")
    assert outcome == claims.Outcome(inquiries=((inquiry, waits),))
    decided, paid, _ = decide(waits, BEN, now=LATER)
    assert (decided.state, decided.decided_by, decided.awaits_second) == (VALID, BEN, False)
    assert paid is not None
    assert paid.payout == usd(2_000)
    assert decided.first == waits.first


def test_the_same_person_twice_is_one_person_whatever_they_are_called_by_now() -> None:
    waits, _, _ = decide(an_inquiry(), ANNA)
    for again in (ANNA, source_of("sub-a", "Anna Maria")):
        with pytest.raises(SameDecision):
            decide(waits, again)


@pytest.mark.parametrize("by", [ANNA, BEN])
def test_another_acceptance_takes_the_first_one_s_place(by: str) -> None:
    waits, _, _ = decide(an_inquiry(), ANNA)
    for said in ({"minor": 1_500}, {"event_type_id": LEAD}):
        anew, action, _ = decide(waits, by, now=LATER, **said)
        assert anew.first is not None
        assert (anew.awaits_second, anew.first.by, anew.first.at, action) == (True, by, LATER, None)
        with pytest.raises(SameDecision):
            decide(anew, by, **said)


@pytest.mark.parametrize("by", ["api:MG1", "file:1:2", "rule:amount", "deadline"])
def test_no_machine_grants_more_than_one_may_not_even_as_the_second(by: str) -> None:
    waits, _, _ = decide(an_inquiry(), ANNA)
    for inquiry in (an_inquiry(), waits):
        with pytest.raises(RuleForbids) as refused:
            decide(inquiry, by)
        assert refused.value.code == "second_person"


@pytest.mark.parametrize("by", [ANNA, BEN, "api:MG1"])
def test_what_pays_no_more_than_the_threshold_takes_one_and_ends_a_wait(by: str) -> None:
    waits, _, _ = decide(an_inquiry(), ANNA)
    small, action, _ = decide(waits, by, 1_000)
    assert (small.state, action is not None, small.first) == (VALID, True, None)
    declined, _, _ = decide(waits, by, state=DECLINED)
    assert (declined.state, declined.first) == (DECLINED, None)
    asked, _, _ = decide(waits, by, state=INCOMPLETE)
    assert (asked.awaits_second, asked.first) == (False, None)


def test_a_rule_s_decision_ends_a_wait() -> None:
    waits, _, _ = decide(an_inquiry(), ANNA)
    assert waits.first is not None
    assert waits.moved(DECLINED, resolved_at=LATER, decided_by="policy 1").first is None


def test_the_partner_s_withdrawal_ends_a_wait() -> None:
    waits, _, _ = decide(an_inquiry(), ANNA)
    withdrawn, _ = claims.withdraw(waits, LATER)
    assert withdrawn.first is None


def test_a_second_decision_on_what_was_before_the_first_is_refused() -> None:
    inquiry = an_inquiry()
    waits, _, _ = decide(inquiry, ANNA)
    with pytest.raises(resolutions.VersionConflict):
        decide(waits, BEN, version=inquiry.version)


def test_without_a_threshold_one_is_enough_and_zero_asks_two_for_every_payout() -> None:
    case = a_case(inquiry=an_inquiry())
    said = a_resolution(final_payout=usd(99_999_999))
    assert resolutions.resolve(said, case, NOW, "api:MG1")[1] is not None
    always = replace(case, campaign=a_campaign(second_above=0))
    for minor, waits in ((1, True), (0, False)):
        decided, _, _ = resolutions.resolve(
            a_resolution(final_payout=usd(minor), event_type_id=SALE), always, NOW, ANNA
        )
        assert decided.awaits_second is waits
