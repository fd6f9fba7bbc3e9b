"""Who may file, for how long, how often, and what is answered at once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.domain import automatic_decisions, claims
from makegood.domain.actions import ActionState
from makegood.domain.inquiries import Inquiry, InquiryState, InquiryType
from makegood.domain.orders import Credit, OrderCredits
from makegood.domain.problems import Forbidden, Invalid, NotFound, RuleForbids
from makegood.usecases.view import Ask, View

from tests.builders import (
    A_MOMENT,
    LEAD,
    ORDERED,
    PARTNERS,
    SALE,
    a_campaign,
    a_claim,
    a_contract,
    a_filing,
    a_rule,
    an_action,
    at,
    credits_of,
    terms,
)

NOW = ORDERED + timedelta(days=20)
DECIDED = [InquiryState.VALID, InquiryState.DECLINED]
OWN = Credit(SALE, "10001", "a1")
OWN_LEAD = Credit(LEAD, "10001", "a2")
THEIRS = Credit(SALE, "10003", "a3")
THEIRS_BY_CODE = Credit(SALE, "10002", "a4", by_promo_code=True)
DECLINES = a_campaign(declines_tracked=True)


def on(*held: Credit) -> OrderCredits:
    return OrderCredits("1000", "CD1", held, 1)


def submit(claim=None, now=NOW, **filing) -> Inquiry:
    """The inquiry that a new claim becomes."""
    inquiry, outcome = claims.submit(claim or a_claim(), a_filing(**filing), now, "request:1")
    assert outcome.inquiries == ((None, inquiry),)
    assert (outcome.actions, outcome.orders, outcome.entries) == ((), (), ())
    return inquiry


def refused(kind, claim=None, now=NOW, **filing):
    with pytest.raises(kind) as caught:
        claims.submit(claim or a_claim(), a_filing(**filing), now)
    return caught.value


@pytest.mark.parametrize("inquiry_type", InquiryType)
def test_a_claim_becomes_an_inquiry_that_waits_for_the_advertiser(inquiry_type) -> None:
    claim = a_claim(inquiry_type)
    inquiry = submit(claim)
    assert (inquiry.state, inquiry.claim, inquiry.version) == (InquiryState.UNRESOLVED, claim, 1)
    assert (inquiry.inquiry_id, inquiry.advertiser_id) == ("900", "7")
    assert (inquiry.created_at, inquiry.source) == (NOW, "request:1")
    assert inquiry.action_id == ""
    assert inquiry.final_payout is None
    assert inquiry.auto_approval_at is None


def test_the_notes_of_a_claim_are_its_first_comment() -> None:
    (comment,) = submit(a_claim(notes="Receipt attached")).comments
    assert (comment.user, comment.text, comment.made_at) == ("Refund Club", "Receipt attached", NOW)
    assert submit().comments == ()


# Who may file


@pytest.mark.parametrize(
    ("partner_id", "may"), [("10001", True), ("10002", True), ("10003", False), ("10004", False)]
)
def test_only_cashback_and_loyalty_partners_file(partner_id: str, may: bool) -> None:
    if may:
        submit(partner=PARTNERS[partner_id])
    else:
        assert refused(Forbidden, partner=PARTNERS[partner_id]).code == "partner_kind"


def test_nobody_files_where_support_has_not_switched_inquiries_on() -> None:
    off = a_campaign(inquiries_enabled=False)
    assert refused(Forbidden, campaign=off).code == "inquiries_off"


@pytest.mark.parametrize(
    "contract",
    [a_contract(terms(valid_from=NOW + A_MOMENT)), a_contract(ended_at=NOW)],
    ids=["not yet", "ended"],
)
def test_nobody_files_without_a_contract_in_force(contract) -> None:
    assert refused(Forbidden, contract=contract).code == "no_contract"


@pytest.mark.parametrize(
    "more", [{}, {"partner": PARTNERS["10003"]}, {"campaign": a_campaign(inquiries_enabled=False)}]
)
def test_a_campaign_without_a_contract_is_not_there_whatever_else_would_be_told(more) -> None:
    assert refused(NotFound, contract=None, **more).code == "not_found"


def test_a_contract_counts_from_its_first_instant_to_the_last_before_its_end() -> None:
    submit(contract=a_contract(terms(valid_from=NOW), ended_at=NOW + A_MOMENT))


# The claim window, in the campaign's days


@pytest.mark.parametrize(
    ("now", "within"),
    [
        (ORDERED, True),
        (at("2026-03-05 23:59"), True),
        (at("2026-09-01 23:59"), True),
        (at("2026-09-02") - A_MOMENT, True),
        (at("2026-09-02"), False),
    ],
)
def test_an_order_is_claimed_from_its_own_day_to_the_180th_after(now, within: bool) -> None:
    if within:
        submit(now=now)
    else:
        problem = refused(RuleForbids, now=now)
        assert problem.code == "outside_claim_window"
        assert problem.faults[0].field == "TransactionDate"


@pytest.mark.parametrize(("day", "within"), [(7, False), (8, True), (10, True), (11, False)])
def test_the_contract_in_force_sets_the_window(day: int, within: bool) -> None:
    agreed = a_contract(terms(), terms(version=2, valid_from=ORDERED, claim_window_days=(3, 5)))
    now = at(f"2026-03-{day:02} 12:00")
    if within:
        submit(now=now, contract=agreed)
    else:
        assert refused(RuleForbids, now=now, contract=agreed).code == "outside_claim_window"


def test_an_order_of_the_future_is_not_claimed() -> None:
    problem = refused(Invalid, now=ORDERED - A_MOMENT)
    assert [(fault.field, fault.code) for fault in problem.faults] == [
        ("TransactionDate", "in_the_future")
    ]


# Tracked orders


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        ([OWN], 1),
        ([OWN_LEAD], 1),
        ([THEIRS], 2),
        ([THEIRS_BY_CODE], 3),
        ([THEIRS, OWN], 1),
        ([THEIRS_BY_CODE, OWN], 1),
    ],
)
def test_an_untracked_claim_on_a_credited_order_is_declined_at_once(held, reason) -> None:
    inquiry = submit(order=on(*held), campaign=DECLINES)
    assert (inquiry.state, inquiry.reject_reason) == (InquiryState.DECLINED, reason)
    assert (inquiry.resolved_at, inquiry.decided_by) == (NOW, automatic_decisions.RULE_TRACKED)
    assert inquiry.comments == ()
    own = [each.action_id for each in held if each.partner_id == "10001"]
    assert inquiry.tracked_action_id == (own[0] if own else "")


def test_an_order_whose_only_action_was_reversed_is_not_tracked() -> None:
    order = credits_of(an_action(ActionState.REVERSED))
    assert order.credits == ()
    assert submit(order=order, campaign=DECLINES).state is InquiryState.UNRESOLVED


@pytest.mark.parametrize(
    ("inquiry_type", "campaign"),
    [
        (InquiryType.UNTRACKED, a_campaign()),
        (InquiryType.INCORRECT, DECLINES),
        (InquiryType.DECLINED, DECLINES),
    ],
)
def test_without_the_option_or_for_another_type_a_person_decides(inquiry_type, campaign) -> None:
    inquiry = submit(a_claim(inquiry_type), order=on(OWN), campaign=campaign)
    assert inquiry.state is InquiryState.UNRESOLVED


@pytest.mark.parametrize(
    ("channel", "media", "told"),
    [
        (False, False, []),
        (True, False, ["loyalty"]),
        (False, True, ["Point Post"]),
        (True, True, ["loyalty", "Point Post"]),
    ],
)
def test_the_answer_tells_of_others_just_what_the_two_switches_say(channel, media, told) -> None:
    campaign = replace(DECLINES, names_channel=channel, names_media=media)
    comments = submit(order=on(THEIRS_BY_CODE), campaign=campaign).comments
    text = " ".join(each.text for each in comments)
    assert [each for each in ("loyalty", "Point Post") if each in text] == told
    assert {each.user for each in comments} == ({"CD Shop"} if told else set())


def test_a_partner_credited_itself_is_told_of_nobody() -> None:
    campaign = replace(DECLINES, names_channel=True, names_media=True)
    assert submit(order=on(THEIRS_BY_CODE, OWN), campaign=campaign).comments == ()


def test_who_is_named_is_whom_the_reason_speaks_of() -> None:
    campaign = replace(DECLINES, names_media=True)
    inquiry = submit(order=on(THEIRS, THEIRS_BY_CODE), campaign=campaign)
    assert inquiry.reject_reason == 3
    assert "Point Post" in inquiry.comments[0].text


# The date of the approval rule


@pytest.mark.parametrize(
    ("inquiry_type", "order", "campaign", "dated"),
    [
        (InquiryType.UNTRACKED, on(), a_campaign(), True),
        (InquiryType.UNTRACKED, on(), DECLINES, True),
        (InquiryType.UNTRACKED, on(OWN), a_campaign(), False),
        (InquiryType.UNTRACKED, on(THEIRS), a_campaign(), False),
        (InquiryType.UNTRACKED, on(OWN), DECLINES, False),
        (InquiryType.INCORRECT, on(), a_campaign(), False),
        (InquiryType.DECLINED, on(), a_campaign(), False),
    ],
)
def test_only_what_a_rule_may_approve_is_given_its_date(
    inquiry_type, order, campaign, dated
) -> None:
    inquiry = submit(a_claim(inquiry_type), order=order, campaign=campaign, rule=a_rule())
    assert inquiry.auto_approval_at == (NOW if dated else None)


def test_a_row_is_read_once_for_a_view_and_never_taken_for_another() -> None:
    view, read = View(), []

    def reading(request: str) -> str:
        read.append(request)
        return request

    for line in range(100):
        row = Ask(f"row {line}", "file:U1")
        assert view.once(row, reading) == view.once(row, reading) == row.request
    assert len(read) == 100
