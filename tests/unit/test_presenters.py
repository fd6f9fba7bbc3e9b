"""Actions on the wire: where their money is, and what is left of it."""

from makegood.api import presenters
from makegood.domain.actions import ActionState, Disposition

from tests.unit.memory_lists import CAMPAIGN, NOW, an_action


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
