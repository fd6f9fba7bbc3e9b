"""Actions on the wire: where their money is, and what is left of it; and verdicts on inquiries."""

from dataclasses import replace

import pytest
from makegood.api import presenters
from makegood.domain.actions import ActionState, Disposition
from makegood.domain.money import Money
from makegood.domain.verdicts import TAKEN_TOLD, Check, HoldKind, KeptVerdict, Verdict

from tests.unit.memory_lists import CAMPAIGN, NOW, an_action, an_inquiry

VERDICT = KeptVerdict(
    Verdict.MISMATCH,
    "The shop has an order 7. The claim's amount is 20.00 USD, the shop's is 19.00 USD.",
    NOW,
    order_id="7",
    left=Money(1900, "USD"),
    step=1,
    checks=(Check("amount", "20.00 USD", "19.00 USD", holds=False),),
)


def test_the_advertiser_sees_the_evidence_of_a_verdict() -> None:
    inquiry = replace(an_inquiry(7), verification=VERDICT)
    assert presenters.inquiry_for_advertiser(inquiry, CAMPAIGN, "Cashy")["Verification"] == {
        "Verdict": "MISMATCH",
        "Explanation": VERDICT.explanation,
        "OrderId": "7",
        "Amount": "19.00",
        "Currency": "USD",
        "Step": "1",
        "Checks": [
            {"Field": "amount", "Claimed": "20.00 USD", "Shop": "19.00 USD", "Agrees": "false"}
        ],
        "Candidates": [],
        "Picked": "",
        "Holds": [],
        "Date": "2026-03-10T08:00:00-04:00",
    }


@pytest.mark.parametrize("verdict", Verdict)
def test_a_partner_sees_nothing_of_a_verdict_that_it_was_not_told(verdict: Verdict) -> None:
    taken = replace(VERDICT, verdict=verdict, holds=(HoldKind.CREDITED,))
    never = presenters.inquiry_for_partner(an_inquiry(7), CAMPAIGN)
    kept = replace(an_inquiry(7), verification=taken)
    assert presenters.inquiry_for_partner(kept, CAMPAIGN) == never


def test_a_partner_keeps_seeing_that_it_was_told_its_order_is_taken() -> None:
    told = replace(VERDICT, told=True)
    shown = presenters.inquiry_for_partner(replace(an_inquiry(7), verification=told), CAMPAIGN)
    assert shown["Verification"] == {"Verdict": "TAKEN", "Explanation": TAKEN_TOLD}


def test_what_is_undone_shows_nothing_beside_what_was_intended() -> None:
    disposition = Disposition.ITEM_RETURNED
    undone = an_action(1, state=ActionState.REVERSED, disposition=disposition)
    brand = presenters.action_for_advertiser(undone, CAMPAIGN, "Cashy", NOW)
    partner = presenters.action_for_partner(undone, CAMPAIGN, NOW)
    assert brand["ClientCost"] == "0.00"
    for shown in (brand, partner):
        assert (shown["Payout"], shown["IntendedPayout"], shown["DeltaPayout"]) == (
            "0.00",
            "1.00",
            "-1.00",
        )
        assert (shown["Amount"], shown["IntendedAmount"], shown["DeltaAmount"]) == (
            "0.00",
            "20.00",
            "-20.00",
        )
        assert (shown["State"], shown["StateDetail"]) == ("REVERSED", "REVERSED")


def test_what_waits_for_funds_is_told_from_what_waits_for_its_day() -> None:
    explained = "Contract version 1, default: 5% of 20.00 USD = 1.00 USD"
    locked = an_action(1, state=ActionState.LOCKED, explanation=explained)
    for now, detail in ((NOW, "LOCKED"), (locked.clears_at, "OVERDUE")):
        for shown in (
            presenters.action_for_partner(locked, CAMPAIGN, now),
            presenters.action_for_advertiser(locked, CAMPAIGN, "Cashy", now),
        ):
            assert (shown["State"], shown["StateDetail"]) == ("APPROVED", detail)
            assert shown["ClearingDate"] == "2026-03-29T08:00:00-04:00"
            assert shown["Explanation"] == explained
