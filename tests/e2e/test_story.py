"""The demo's story on the record's first 300 orders, against the truth about every claim."""

from collections import Counter
from decimal import Decimal

from infra.local.function_url import CALLER, SECOND_CALLER
from infra.local.story import BY_HTTP, PARTNERS, table
from tests.e2e.play import Played

DECLINED_AT_ONCE = {
    "tracked_for_another_partner": "Another marketing channel was credited with the sale",
    "tracked_for_this_partner": "This transaction has been tracked successfully",
}
REFUSED = {
    "same_order_other_amount": "live_inquiry",
    "formula": "formula",
    "amount_too_large": "amount_too_large",
    "not_a_date": "not_a_date",
    "unknown_type": "unknown_type",
    "negative_amount": "not_positive",
    "date_in_the_future": "in_the_future",
}


def test_every_conversion_is_tracked_once(played: Played) -> None:
    assert played.tracked == {"APPLIED tracked": len(played.story.samples.conversions)}


def test_claims_are_filed_declined_or_refused_as_they_deserve(played: Played) -> None:
    expected = Counter[str]()
    for kind, count in played.truths.items():
        if kind in REFUSED:
            expected[f"REJECTED {REFUSED[kind]}"] += count
        elif kind == "same_claim_again":
            expected["UNCHANGED same_unresolved"] += count
        elif kind in DECLINED_AT_ONCE:
            expected["APPLIED declined"] += count
        else:
            expected["APPLIED unresolved"] += count
    assert played.filed == expected
    assert sum(expected.values()) > len(PARTNERS) * BY_HTTP


def test_claims_on_credited_orders_are_declined_with_the_reason(played: Played) -> None:
    assert played.reasons == {
        reason: played.truths[kind] for kind, reason in DECLINED_AT_ONCE.items()
    }


def test_the_undecided_are_decided_by_the_downloaded_file(played: Played) -> None:
    genuine = played.truths["genuine"] + played.truths["tracked_at_half_the_amount"]
    unknown = played.truths["order_does_not_exist"]
    assert played.decided == {"VALID": genuine, "DECLINED": unknown}
    applied = Counter(result.partition(",")[0] for result in played.resolved.elements())
    assert applied == {"APPLIED valid": genuine, "APPLIED declined": unknown}


def test_payouts_wait_while_the_shop_is_short_and_are_paid_when_it_is_not(played: Played) -> None:
    _, swept, funds = played.short[-1]
    assert swept["overdue"] > 0
    assert Decimal(funds["funds"]) < 0 <= Decimal(funds["cash"])
    last_sweep, last_funds = played.settled
    assert last_sweep["paid"] > 0
    assert set(last_funds.values()) == {"0.00"}


def test_every_genuine_claim_is_paid_exactly_once_and_nothing_else_is(played: Played) -> None:
    assert played.findings.faults == []
    assert played.findings.earned == played.findings.expected
    assert played.findings.reconciled["holds"]


def test_the_same_file_again_changes_nothing(played: Played) -> None:
    story = played.story
    claims = [claim for claim in story.samples.of(PARTNERS[0]) if claim.truth == "genuine"]
    again = [claim.row for claim in claims]
    upload = story.partners[PARTNERS[0]].upload("inquiries", "again.csv", table(again))
    assert story.results(story.partners[PARTNERS[0]], upload) == {
        "UNCHANGED same_valid": len(claims)
    }
    assert story.stack.operate("reconcile")["balances"] == played.findings.reconciled["balances"]


def test_a_partner_is_paid_out_by_two_people(played: Played) -> None:
    earned = str(played.findings.earned[PARTNERS[0]])
    asked, paid = played.story.pay_out(PARTNERS[0])
    assert (asked["state"], asked["would"]["amount"]) == ("WAITING", earned)
    assert (paid["state"], paid["result"]["amount"]) == ("CONFIRMED", earned)
    assert (paid["proposed_by"], paid["confirmed_by"]) == (CALLER, SECOND_CALLER)
    assert played.story.stack.operate("reconcile")["holds"]
