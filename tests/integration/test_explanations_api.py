"""Explanations by HTTP: each side is told what is its own, and what is read is bounded."""

from datetime import timedelta

import pytest
from makegood.store.clearings import Backfill
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, OTHER_ADVERTISER, OTHER_PARTNER, PARTNER, function
from tests.integration.market import LOYALTY, RECENT_CLEARS_AT, RECENT_LOCKS_AT

LATER = RECENT_CLEARS_AT + timedelta(hours=1)
CALLS_MAX = 12
"""Calls of DynamoDB that an explanation makes at most, with what every request reads."""


def by_about(body: dict) -> dict[str, dict]:
    return {each["About"]: each for each in body["Reasons"]}


def overdue(store: Store, count: int) -> str:
    """So many sales of 5.00 for another partner clear a day before this one's; none is funded."""
    for at in range(count):
        early = "2026-05-31T10:00:00-07:00"
        market.track(store, f"B-{at}", MediaPartnerId=LOYALTY, EventDate=early)
    action = market.track(store, "A-1")
    for at in (RECENT_LOCKS_AT, LATER):
        market.sweep(store, at)
    store.set_clock(LATER)
    return action.action_id


def test_both_sides_are_told_why_an_action_is_overdue(live: Store) -> None:
    path = f"/Actions/{overdue(live, 3)}/Explanation"
    state = by_about(ADVERTISER.get(path).body)["STATE"]
    facts = {each["Name"]: each["Value"] for each in state["Facts"]}
    assert (state["Code"], state["Date"]) == ("OVERDUE", "2026-06-21T00:00:00-07:00")
    assert (facts["PaymentsBefore"], facts["Short"]) == ("3", "20.00 USD")
    told = PARTNER.get(path)
    assert by_about(told.body)["STATE"]["Code"] == "OVERDUE"
    assert "20.00" not in told.text
    for stranger in (OTHER_ADVERTISER, OTHER_PARTNER):
        assert stranger.get(path).status == 404


@pytest.mark.parametrize("summed", [True, False])
def test_what_is_read_does_not_grow_with_the_queue(
    live: Store, summed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makegood.api.explanations.DUE_READ_MAX", 4)
    monkeypatch.setattr("makegood.store.indexes.SHARDS", 1)
    path = f"/Actions/{overdue(live, 6)}/Explanation"
    if not summed:
        live.keep_backfill(Backfill(version=live.backfill().version))
    with stack.calls(on=function("advertisers").ROUTES.store) as made:
        body = ADVERTISER.get(path).body
    assert len(made) <= CALLS_MAX
    state = by_about(body)["STATE"]
    facts = {each["Name"]: each["Value"] for each in state["Facts"]}
    counted = (facts["PaymentsBefore"], facts["CountIs"])
    assert counted == (("6", "EXACT") if summed else ("4", "AT_LEAST"))
    assert ("Short" in facts) == summed


def test_an_accepted_inquiry_is_told_with_its_action(live: Store) -> None:
    action = market.accept(live, "X1")
    path = f"/ActionInquiries/{action.inquiry_id}/Explanation"
    told = ADVERTISER.get(path).body
    about = [each["About"] for each in told["Reasons"]]
    assert about == ["DECISION", "PAYOUT", "LOCKING", "PAYMENT", "STATE", "NEXT"]
    assert told["Text"] == " ".join(each["Text"] for each in told["Reasons"])
    own = ADVERTISER.get(f"/Actions/{action.action_id}/Explanation").body["Reasons"]
    assert told["Reasons"][1:] == own
    assert [each["About"] for each in PARTNER.get(path).body["Reasons"]] == about


def test_a_declined_inquiry_names_its_appeal(live: Store) -> None:
    filed = PARTNER.post("/ActionInquiries", market.claimed("X2"))
    declined = {"ResolutionStatus": "DECLINED", "RejectReason": "Other"}
    assert ADVERTISER.put(f"/ActionInquiries/{filed.id}", declined).status == 200
    path = f"/ActionInquiries/{filed.id}/Explanation"
    assert by_about(PARTNER.get(path).body)["NEXT"]["Code"] == "MAY_APPEAL"
    appeal = PARTNER.post(
        "/ActionInquiries", market.claimed("X2", AppealOf=filed.id, InquiryNotes="New")
    )
    following = by_about(PARTNER.get(path).body)["NEXT"]
    assert following["Code"] == "APPEALED"
    assert following["Facts"] == [{"Name": "AppealId", "Value": appeal.id}]
