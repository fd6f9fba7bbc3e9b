"""Deadlines by the sweep: every step is told once, and silence has one outcome, whoever comes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from makegood.domain.deadlines import Deadlines, Silence, Step
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.limits import Limit, Measure
from makegood.domain.outcome import Outcome
from makegood.domain.payout_plans import PayoutPlan, PayoutTerm
from makegood.domain.verdicts import KeptVerdict, Verdict
from makegood.jobs import reconciliation
from makegood.store.store import Store

from tests.integration import market, shop_orders, stack
from tests.integration.gateway import ADVERTISER, PARTNER, Context, function
from tests.integration.market import CASHBACK, LOYALTY, NOW, SALE, SHARD, usd
from tests.integration.streams import Stream

TEN = Deadlines(answer_days=10, partner_days=5)
DECLINES = replace(TEN, silence=Silence.DECLINE, reject_reason=6)
MATCHED = replace(
    TEN, silence=Silence.APPROVE_IF_MATCHED, payout_max=usd("5.00"), event_type_id=SALE
)
ANSWER_BY = datetime(2026, 6, 21, 7, tzinfo=UTC)
HALF = NOW + (ANSWER_BY - NOW) / 2
MOST = NOW + (ANSWER_BY - NOW) * 4 / 5
LATE = ANSWER_BY + timedelta(days=30)

Publish = Callable[[], list[str]]


def sign(store: Store, agreed: Deadlines, partner_id: str = CASHBACK) -> None:
    terms = replace(market.terms(version=2), deadlines=agreed)
    store.put_contract(market.contract(partner_id, market.terms(), terms))


def seen(store: Store, inquiry: Inquiry) -> Inquiry:
    return store.inquiries([inquiry.inquiry_id])[inquiry.inquiry_id]


def verified(store: Store, inquiry: Inquiry, verdict: Verdict = Verdict.MATCH) -> Inquiry:
    kept = KeptVerdict(verdict, "The shop has it.", NOW, order_id="A-1", left=usd("100.00"))
    after = replace(inquiry, verification=kept)
    store.commit(Outcome(inquiries=((inquiry, after),)))
    return after


@pytest.fixture
def publish(live: Store) -> Publish:
    """What both sides have been told so far, by name."""
    stream = Stream(lambda: stack.everything("inquiries"))

    def tell() -> list[str]:
        function("events").handler({"Records": stream.records()}, Context())
        told = [
            [each["EventType"].removeprefix("inquiry.") for each in body["Events"]]
            for body in (client.get("/Events").body for client in (ADVERTISER, PARTNER))
        ]
        assert told[0] == told[1]
        return told[0]

    return tell


def test_both_sides_are_told_at_half_at_80_percent_and_at_the_deadline(
    live: Store, publish: Publish
) -> None:
    sign(live, TEN)
    inquiry = market.file(live, "A-1")
    publish()
    for at, told in (
        (HALF - timedelta(milliseconds=1), []),
        (HALF, ["due_soon"]),
        (HALF, ["due_soon"]),
        (MOST, ["due_soon"] * 2),
        (ANSWER_BY, ["due_soon", "due_soon", "overdue"]),
        (LATE, ["due_soon", "due_soon", "overdue"]),
    ):
        market.sweep(live, at)
        market.sweep(stack.rival(), at)
        assert publish() == ["filed", *told]
    kept = seen(live, inquiry)
    assert (kept.state, kept.version) == (InquiryState.UNRESOLVED, 4)
    assert kept.clock is not None
    assert kept.clock.told is Step.OVERDUE
    market.resolve(live, market.accepted(inquiry.inquiry_id), LATE)
    assert publish()[-1] == "accepted"


def test_a_late_sweep_tells_the_latest_alone_and_decides(live: Store, publish: Publish) -> None:
    sign(live, DECLINES)
    inquiry = market.file(live, "A-1")
    publish()
    market.sweep(live, LATE)
    assert publish() == ["filed", "overdue", "declined"]
    declined = seen(live, inquiry)
    assert (declined.reject_reason, declined.decided_by) == (6, "rule:deadline")
    assert list(live.due_inquiries(SHARD, LATE)) == []


def test_of_two_sweeps_at_once_one_tells(live: Store, publish: Publish) -> None:
    sign(live, TEN)
    market.file(live, "A-1")
    publish()
    with stack.before_commits(lambda: market.sweep(stack.rival(), MOST)):
        market.sweep(live, MOST)
    assert publish() == ["filed", "due_soon"]


def test_beside_a_resolution_there_is_one_outcome(live: Store, publish: Publish) -> None:
    sign(live, DECLINES)
    inquiry = market.file(live, "A-1")
    publish()
    accepting = market.accepted(inquiry.inquiry_id)
    with stack.before_commits(lambda: market.resolve(stack.rival(), accepting, ANSWER_BY)):
        market.sweep(live, ANSWER_BY)
    assert seen(live, inquiry).state is InquiryState.VALID
    assert publish() == ["filed", "accepted"]
    assert reconciliation.prove(live)["holds"]


def test_silence_accepts_what_matches_and_nothing_else(live: Store, publish: Publish) -> None:
    sign(live, MATCHED)
    matching = verified(live, market.file(live, "A-1"))
    unknown = verified(live, market.file(live, "A-2"), Verdict.NO_DATA)
    never = market.file(live, "A-3")
    for _ in range(2):
        market.sweep(live, LATE)
    assert seen(live, matching).state is InquiryState.VALID
    assert seen(live, matching).final_payout == usd("5.00")
    for each in (unknown, never):
        kept = seen(live, each)
        assert (kept.state, kept.action_id) == (InquiryState.UNRESOLVED, "")
        assert kept.checks[-1].startswith("overdue: not approved by silence, ")
    assert sorted(publish()).count("overdue") == 3
    assert reconciliation.prove(live)["holds"]


@pytest.mark.parametrize("spelled", ["A-1", "#A-1"])
def test_silence_declines_neither_of_two_claims_of_one_order(trading: Store, spelled: str) -> None:
    for partner_id in (CASHBACK, LOYALTY):
        sign(trading, DECLINES, partner_id)
    shop_orders.give(trading, shop_orders.an_order("A-1"))
    both = [market.file(trading, "A-1"), market.file(trading, spelled, LOYALTY)]
    market.sweep(trading, LATE)
    left = [seen(trading, each) for each in both]
    assert {each.state for each in left} == {InquiryState.UNRESOLVED}
    assert all("another live inquiry is about the same order" in each.checks[-1] for each in left)


def test_silence_stays_within_the_contract_s_limits(trading: Store) -> None:
    plan = PayoutPlan(PayoutTerm.parse("5%"), limits=(Limit(Measure.NUMBER, 1),))
    terms = replace(market.terms(), payouts=((SALE, plan),), deadlines=MATCHED)
    trading.put_contract(market.contract(CASHBACK, terms))
    filed = [verified(trading, market.file(trading, each)) for each in ("A-1", "A-2")]
    market.sweep(trading, LATE)
    states = sorted(seen(trading, each).state for each in filed)
    assert states == [InquiryState.UNRESOLVED, InquiryState.VALID]


def test_a_question_stops_the_clock_and_lapses(live: Store, publish: Publish) -> None:
    sign(live, TEN)
    inquiry = market.file(live, "A-1")
    path = f"/ActionInquiries/{inquiry.inquiry_id}"
    asked = {"ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which?"}
    assert ADVERTISER.put(path, asked).status == 200
    answered_at = NOW + timedelta(days=3)
    live.set_clock(answered_at)
    assert PARTNER.put(path, {"InquiryNotes": "These"}).status == 200
    told = PARTNER.get(path).body
    assert told["ResolutionDeadlineDate"] == "2026-06-24T00:00:00-07:00"
    assert ADVERTISER.put(path, {**asked, "ResolutionNotes": "And?"}).status == 200
    publish()
    lapses_at = datetime(2026, 6, 19, 7, tzinfo=UTC)
    market.sweep(live, lapses_at - timedelta(milliseconds=1))
    assert seen(live, inquiry).state is InquiryState.INCOMPLETE
    for _ in range(2):
        market.sweep(live, lapses_at)
    lapsed = seen(live, inquiry)
    assert (lapsed.state, lapsed.reject_reason) == (InquiryState.DECLINED, 8)
    assert publish()[-1] == "declined"
    live.set_clock(lapses_at)
    appeal = PARTNER.post(
        "/ActionInquiries",
        market.claimed("A-1", AppealOf=inquiry.inquiry_id, InquiryNotes="Here it is"),
    )
    assert appeal.status == 200
    reasons = PARTNER.get(f"{path}/Explanation").body["Reasons"]
    assert reasons[0]["Text"].startswith("It was declined on 19 June 2026 at 00:00, because the ")


def test_without_deadlines_nothing_of_them_is_kept(live: Store) -> None:
    inquiry = market.file(live, "A-1")
    item = stack.everything("inquiries")[f"I#{inquiry.inquiry_id}", "H"]
    assert not {"clock", "due_key", "due_at"} & item.keys()
    sign(live, TEN, LOYALTY)
    other = market.file(live, "A-2", LOYALTY)
    item = stack.everything("inquiries")[f"I#{other.inquiry_id}", "H"]
    assert {"clock", "due_key", "due_at"} <= item.keys()


def test_an_operator_signs_deadlines_and_both_sides_read_them(live: Store) -> None:
    sign(live, replace(MATCHED, partner_days=None))
    (seen_,) = PARTNER.get("/Contracts").body["Contracts"]
    assert seen_["Terms"]["Deadlines"] == {
        "AnswerDays": "10",
        "Silence": "APPROVE_IF_MATCHED",
        "PayoutMax": "5.00",
        "PayoutMaxCurrency": "USD",
        "EventTypeId": SALE,
        "RejectReason": "",
        "PartnerDays": "",
    }
    inquiry = market.file(live, "A-1")
    reasons = ADVERTISER.get(f"/ActionInquiries/{inquiry.inquiry_id}/Explanation").body["Reasons"]
    assert [each["About"] for each in reasons] == ["DECISION", "DEADLINE", "SIGNAL", "NEXT"]
    assert reasons[1]["Text"] == (
        "The advertiser's time to answer ends at the end of 20 June 2026. Without an answer the "
        "inquiry is accepted then if the shop's orders match it and it pays at most 5.00 USD; "
        "otherwise a person still decides it."
    )
