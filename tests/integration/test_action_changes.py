"""Actions changed by HTTP and by file, and the updates that either side can read of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from makegood.api.http import LEFT
from makegood.domain.actions import Action, ActionState
from makegood.domain.parties import Role
from makegood.domain.uploads import Kind
from makegood.forms.changes import ChangeRow, ModificationRequest
from makegood.jobs import reconciliation
from makegood.store.store import Store
from makegood.usecases import change_action, unit_of_work
from makegood.usecases.change_action import ChangeWork
from makegood.usecases.view import Ask

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, OTHER_ADVERTISER, OTHER_PARTNER, PARTNER, Answer
from tests.integration.ingest import OWNERS, Ingest, table
from tests.integration.market import (
    CAMPAIGN,
    LEAD,
    LOYALTY,
    NOW,
    RECENT_LOCKS_AT,
    SALE,
    SHOP,
    STRANGE_CAMPAIGN,
    usd,
)

BASKET = {
    "ItemSku1": "SHOES",
    "ItemQty1": "2",
    "ItemSubtotal1": "60.00",
    "ItemSku2": "HAT",
    "ItemSubtotal2": "40.00",
}
UPDATE_NAMES = """
ActionDate ActionId ActionTrackerId ActionUri AdId Amount CampaignId Catalog Category ClearingDate
ContractId Currency CustomerId CustomerStatus DefaultPayoutRate DeltaAmount DeltaPayout EventCode
EventTypeId EventTypeName Explanation Id LockingDate MediaPartnerId Oid Payout PayoutLevel Quantity
SharedId Sku State StateDetail StateDetailDescription UpdateDate Uri
"""


@pytest.fixture
def action(live: Store) -> Action:
    """One that is pending: 100.00 for 5.00."""
    return market.track(live, "A-1", **BASKET)


@pytest.fixture
def ingest(live: Store, monkeypatch: pytest.MonkeyPatch) -> Ingest:
    monkeypatch.setitem(OWNERS, Kind.ACTIONS, (Role.ADVERTISER, SHOP))
    return Ingest(live)


def kept(store: Store, action: Action) -> Action:
    return store.actions([action.action_id])[action.action_id]


def open_ended(store: Store) -> None:
    """From here on, actions of the cashback partner wait for an approval."""
    store.put_contract(market.contract(market.CASHBACK, market.terms("OPEN_ENDED")))


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]


def updates_of(client: Any, query: str = f"?CampaignId={CAMPAIGN}") -> list[dict[str, str]]:
    return client.get(f"/ActionUpdates{query}").body["ActionUpdates"]


# HTTP


def test_an_action_is_modified_and_shows_what_was_intended(live: Store, action: Action) -> None:
    fields = {"Reason": "ORDER_UPDATE", "Amount": "80.00", "CustomerStatus": "NEW"}
    answer = ADVERTISER.put(f"/Actions/{action.action_id}", fields)
    uri = f"{ADVERTISER.root}/Actions/{action.action_id}"
    left = {"State": "PENDING", "ActionId": action.action_id, "ActionUri": uri, "Version": "2"}
    assert answer.body == {"Status": "OK", "Uri": uri, **LEFT, **left}
    shown = ADVERTISER.get(f"/Actions/{action.action_id}").body
    expected = {
        "Amount": "80.00",
        "DeltaAmount": "-20.00",
        "IntendedAmount": "100.00",
        "Payout": "4.00",
        "DeltaPayout": "-1.00",
        "IntendedPayout": "5.00",
        "CustomerStatus": "NEW",
        "State": "PENDING",
    }
    assert {name: shown[name] for name in expected} == expected


def test_an_action_comes_back_from_the_store_as_it_was_changed(live: Store, action: Action) -> None:
    fields = {"Reason": "ITEM_RETURNED", "ItemSku1": "SHOES", "ItemSubtotal1": "60.00"}
    ADVERTISER.put(f"/Actions/{action.action_id}", fields)
    changed = kept(live, action)
    assert changed.original == action.as_created()
    assert [each.sku for each in changed.order.items] == ["SHOES"]
    ADVERTISER.put(f"/Actions/{action.action_id}", {"Reason": "RESET"})
    assert replace(kept(live, action), version=1, modified_at=None) == action


def test_an_order_names_its_newest_action_with_or_without_the_campaign(live: Store) -> None:
    first = market.track(live, "A-1")
    lead = market.track(live, "A-1", ActionTrackerId=LEAD)
    newest = market.track(live, "A-1", MediaPartnerId=LOYALTY)
    named = {"OrderId": "A-1", "ActionTrackerId": SALE, "Reason": "OTHER"}
    for amount, more in (("80", {}), ("70", {"CampaignId": CAMPAIGN})):
        answer = ADVERTISER.put("/Actions", {**named, **more, "Amount": amount})
        assert answer.id == newest.action_id
    assert kept(live, newest).order_amount == usd("70.00")
    assert (kept(live, first), kept(live, lead)) == (first, lead)


def test_an_order_of_two_campaigns_needs_the_campaign_named(live: Store, action: Action) -> None:
    second = market.campaign(campaign_id="1002", name="Shop at home")
    live.put_campaign(second)
    live.put_contract(market.contract(campaign_id="1002"))
    there = market.track(live, "A-1", CampaignId="1002")
    fields = {"OrderId": "A-1", "ActionTrackerId": SALE, "Reason": "OTHER", "Amount": "80"}
    assert ADVERTISER.put("/Actions", fields).faults == [("CampaignId", "campaign_required")]
    assert ADVERTISER.put("/Actions", {**fields, "CampaignId": "1002"}).id == there.action_id
    assert kept(live, action) == action


def test_who_has_very_many_campaigns_names_one(
    live: Store, action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_action, "CAMPAIGNS_SEARCHED_MAX", 1)
    fields = {"OrderId": "A-1", "ActionTrackerId": SALE, "DispositionCode": "OTHER"}
    assert ADVERTISER.write("DELETE", "/Actions", {**fields, "DryRun": "true"}).status == 200
    live.put_campaign(market.campaign(campaign_id="1002"))
    answer = ADVERTISER.write("DELETE", "/Actions", fields)
    assert answer.faults == [("CampaignId", "campaign_required")]


def test_foreign_and_unknown_actions_are_not_found(live: Store, action: Action) -> None:
    fields = {"Reason": "OTHER", "Amount": "80"}
    order = {"OrderId": "A-1", "ActionTrackerId": SALE, **fields}
    assert OTHER_ADVERTISER.put(f"/Actions/{action.action_id}", fields).status == 404
    assert OTHER_ADVERTISER.put("/Actions", order).status == 404
    assert OTHER_ADVERTISER.put("/Actions", {**order, "CampaignId": CAMPAIGN}).status == 404
    assert ADVERTISER.put("/Actions/1000.4000.1", fields).status == 404
    assert ADVERTISER.put("/Actions", {**order, "OrderId": "A-2"}).status == 404
    assert ADVERTISER.put("/Actions", {**order, "CampaignId": STRANGE_CAMPAIGN}).status == 404
    assert kept(live, action) == action


@pytest.mark.parametrize("in_query", [True, False])
def test_a_reversal_frees_the_order_and_cannot_be_repeated(
    live: Store, action: Action, in_query: bool
) -> None:
    code = {"DispositionCode": "CONS_FRAUD"}
    path = f"/Actions/{action.action_id}"
    asked = [f"{path}?{urlencode(code)}", {}] if in_query else [path, code]
    assert ADVERTISER.write("DELETE", *asked).status == 200
    assert ADVERTISER.get(path).body["State"] == "REVERSED"
    assert live.orders([(CAMPAIGN, "A-1")])[CAMPAIGN, "A-1"].credits == ()
    assert refusal(ADVERTISER.write("DELETE", *asked)) == (422, "action_reversed")


def test_a_reversal_by_order_needs_its_code(live: Store, action: Action) -> None:
    fields = {"OrderId": "A-1", "ActionTrackerId": SALE}
    answer = ADVERTISER.write("DELETE", "/Actions", fields)
    assert answer.faults == [("DispositionCode", "required")]
    posted = {**fields, "DispositionCode": "TEST_ACTION", "_method": "DELETE"}
    assert ADVERTISER.post("/Actions", posted).id == action.action_id
    assert kept(live, action).state is ActionState.REVERSED


def test_an_open_ended_action_is_approved_and_funds_are_set_aside(live: Store) -> None:
    open_ended(live)
    market.deposit(live, "100.00")
    waiting = market.track(live, "A-1")
    listed = f"/Actions?CampaignId={CAMPAIGN}&AwaitingApproval=true"
    assert [each["Id"] for each in ADVERTISER.get(listed).body["Actions"]] == [waiting.action_id]
    asked = {"Reason": "APPROVED", "DryRun": "true"}
    preview = ADVERTISER.put(f"/Actions/{waiting.action_id}", asked).body["Preview"]
    assert (preview["LocksAtOnce"], preview["LockingRule"]) == ("true", "OPEN_ENDED, approved")
    answer = ADVERTISER.put(f"/Actions/{waiting.action_id}", {"Reason": "APPROVED"})
    assert answer.status == 200
    assert kept(live, waiting).state is ActionState.LOCKED
    assert market.cash(live) == ("95.00", "5.00")
    assert ADVERTISER.get(listed).body["Actions"] == []
    again = ADVERTISER.put(f"/Actions/{waiting.action_id}", {"Reason": "APPROVED"})
    assert refusal(again) == (422, "action_locked")


def test_from_the_lock_date_on_nothing_changes(live: Store, action: Action) -> None:
    fields = {"Reason": "OTHER", "Amount": "80"}
    live.set_clock(RECENT_LOCKS_AT)
    assert refusal(ADVERTISER.put(f"/Actions/{action.action_id}", fields)) == (422, "action_locked")
    market.sweep(live, RECENT_LOCKS_AT)
    answer = ADVERTISER.put(f"/Actions/{action.action_id}", fields)
    assert "funds transfer" in answer.body["Message"]


def test_a_modified_action_locks_with_what_it_was_modified_to(live: Store, action: Action) -> None:
    market.deposit(live, "100.00")
    ADVERTISER.put(f"/Actions/{action.action_id}", {"Reason": "OTHER", "Amount": "80"})
    market.sweep(live, RECENT_LOCKS_AT)
    assert market.cash(live) == ("96.00", "4.00")
    assert kept(live, action).original is not None
    assert reconciliation.prove(live)["violations"] == {}


def test_a_dry_run_says_what_it_would_come_to_and_writes_nothing(
    live: Store, action: Action
) -> None:
    before = stack.everything("actions")
    fields = {"Reason": "OTHER", "Amount": "80", "DryRun": "true"}
    answer = ADVERTISER.put(f"/Actions/{action.action_id}", fields)
    assert answer.body["Preview"]["Payout"] == "4.00"
    assert stack.everything("actions") == before


def test_the_same_key_answers_as_the_first_time(live: Store, action: Action) -> None:
    fields = {"Reason": "OTHER", "Amount": "80"}
    path = f"/Actions/{action.action_id}"
    answers = [ADVERTISER.put(path, fields, Idempotency_Key="k-1") for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert len(updates_of(ADVERTISER)) == 1


def test_a_change_that_meets_another_is_decided_again(live: Store, action: Action) -> None:
    def meanwhile() -> None:
        rival = ModificationRequest.read({**fields, "CustomerStatus": "NEW"})
        unit_of_work.one(stack.rival(), ChangeWork(SHOP, NOW), Ask(rival, "rival"))

    fields = {"ActionId": action.action_id, "Reason": "OTHER"}
    mine = Ask(ModificationRequest.read({**fields, "Amount": "80"}), "mine")
    with stack.before_commits(meanwhile):
        unit_of_work.one(stack.store(), ChangeWork(SHOP, NOW), mine)
    after = kept(live, action)
    assert (after.order_amount, after.order.customer_status) == (usd("80.00"), "NEW")
    assert after.version == 3


# Updates


def test_each_change_is_an_update_that_both_sides_can_read(live: Store, action: Action) -> None:
    ADVERTISER.put(f"/Actions/{action.action_id}", {"Reason": "OTHER", "Amount": "80"})
    live.set_clock(NOW + timedelta(hours=1))
    ADVERTISER.delete(f"/Actions/{action.action_id}?DispositionCode=CONS_FRAUD")
    reversed_, modified = updates_of(ADVERTISER)
    assert sorted(modified) == sorted([*UPDATE_NAMES.split(), "Disposition", "UpdatedBy"])
    assert (modified["State"], modified["Disposition"]) == ("PENDING", "OTHER")
    assert (modified["DeltaAmount"], modified["DeltaPayout"]) == ("-20.00", "-1.00")
    assert (modified["Amount"], modified["Payout"]) == ("80.00", "4.00")
    assert modified["UpdatedBy"] == f"api:{ADVERTISER.sid}"
    assert (reversed_["State"], reversed_["DeltaPayout"]) == ("REVERSED", "-4.00")
    assert reversed_["Amount"] == "0.00"
    assert ADVERTISER.get(modified["Uri"]).body == modified
    theirs = updates_of(PARTNER, "")
    assert [each["Id"] for each in theirs] == [reversed_["Id"], modified["Id"]]
    names = {*UPDATE_NAMES.split(), "ReportingState", "SubId1", "SubId2", "SubId3"}
    assert set(theirs[0]) == names
    assert PARTNER.get(theirs[0]["Uri"]).body == theirs[0]


def test_updates_are_nobody_else_s(live: Store, action: Action) -> None:
    ADVERTISER.put(f"/Actions/{action.action_id}", {"Reason": "OTHER", "Amount": "80"})
    update_id = f"{action.action_id}.2"
    assert updates_of(OTHER_PARTNER, "") == []
    assert updates_of(PARTNER, f"?CampaignId={STRANGE_CAMPAIGN}") == []
    assert OTHER_ADVERTISER.get(f"/ActionUpdates?CampaignId={CAMPAIGN}").status == 404
    for client in (OTHER_PARTNER, OTHER_ADVERTISER):
        assert client.get(f"/ActionUpdates/{update_id}").status == 404
    for unknown in (f"{action.action_id}.3", f"{action.action_id}.02", "x", action.action_id):
        assert ADVERTISER.get(f"/ActionUpdates/{unknown}").status == 404


def test_updates_are_paged_newest_first_and_filtered_by_their_own_date(
    live: Store, action: Action
) -> None:
    for hour in range(1, 6):
        live.set_clock(NOW + timedelta(hours=hour))
        ADVERTISER.put(f"/Actions/{action.action_id}", {"Reason": "OTHER", "Amount": str(hour)})
    found, path = [], f"/ActionUpdates?CampaignId={CAMPAIGN}&PageSize=2"
    while path:
        page = ADVERTISER.get(path).body
        assert page["@total"] == "5"
        found += [each["Amount"] for each in page["ActionUpdates"]]
        path = page["@nextpageuri"]
    assert found == ["5.00", "4.00", "3.00", "2.00", "1.00"]
    span = {
        "CampaignId": CAMPAIGN,
        "StartDate": (NOW + timedelta(hours=2)).isoformat(),
        "EndDate": (NOW + timedelta(hours=4)).isoformat(),
    }
    within = updates_of(ADVERTISER, f"?{urlencode(span)}")
    assert [each["Amount"] for each in within] == ["4.00", "3.00", "2.00"]
    actions = ADVERTISER.get(f"/Actions?CampaignId={CAMPAIGN}").body
    assert [each["Id"] for each in actions["Actions"]] == [action.action_id]


# Files


HEADER = ("Action_Id", "Order Id", "Action Tracker", "Reason", "Amount", "Sku", "Quantity")


def test_a_file_modifies_reverses_and_approves(live: Store, ingest: Ingest) -> None:
    open_ended(live)
    made = [market.track(live, f"A-{each}", **BASKET) for each in range(6)]
    ids = [each.action_id for each in made]
    data = table(
        HEADER,
        (ids[0], "", "", "ORDER_UPDATE", "80", "", ""),
        ("", "A-1", SALE, "rejected", "", "", ""),
        (ids[2], "", "", "APPROVED", "", "", ""),
        (ids[3], "", "", "ITEM_RETURNED", "", "HAT", "0"),
        ("", "A-4", SALE, "CONS_FRAUD", "", "", ""),
        ("", "A-9", SALE, "OTHER", "", "", ""),
        (ids[5], "", "", "no reason", "5", "", ""),
        (ids[5], "", "", "RESET", "", "", ""),
    )
    upload_id = ingest.upload(Kind.ACTIONS, data)
    assert ingest.results(upload_id) == [
        ("APPLIED", "modified"),
        ("APPLIED", "reversed"),
        ("APPLIED", "approved"),
        ("APPLIED", "modified"),
        ("APPLIED", "reversed"),
        ("REJECTED", "not_found"),
        ("REJECTED", "unknown_reason"),
        ("UNCHANGED", "same_action"),
    ]
    assert ingest.result(upload_id)[0]["Uri"] == f"{ADVERTISER.root}/Actions/{ids[0]}"
    after = [kept(live, each) for each in made]
    assert [str(each.payout) for each in after[:4]] == ["4.00", "5.00", "5.00", "3.00"]
    again = ingest.upload(Kind.ACTIONS, data)
    assert [each for each, _ in ingest.results(again)] == [
        *["UNCHANGED"] * 5,
        "REJECTED",
        "REJECTED",
        "UNCHANGED",
    ]
    assert [kept(live, each) for each in made] == after


def test_a_row_that_comes_twice_is_worked_on_once(live: Store, action: Action) -> None:
    work = ChangeWork(SHOP, NOW, in_file=True)
    row = {"ActionId": action.action_id, "Reason": "OTHER"}
    rows = [
        Ask(ChangeRow.read({**row, "Amount": "80"}), "file:1:2"),
        Ask(ChangeRow.read({**row, "Amount": "70"}), "file:1:3"),
    ]
    unit_of_work.many(live, work, rows[:1])
    first = unit_of_work.many(live, work, rows)
    once = stack.everything("actions")
    second = unit_of_work.many(live, work, rows)
    for done in (*first, *second):
        assert isinstance(done, unit_of_work.Done)
        assert done.applied
    assert [str(each.subject.payout) for each in second] == ["4.00", "3.50"]
    assert stack.everything("actions") == once
    assert kept(live, action).order_amount == usd("70.00")
    assert kept(live, action).version == 3


def test_a_row_that_comes_again_does_not_reach_an_action_that_came_later(live: Store) -> None:
    later = market.track(live, "A-1", at=NOW + timedelta(hours=1))
    row = {"OrderId": "A-1", "ActionTrackerId": SALE, "Reason": "REJECTED"}
    (result,) = unit_of_work.many(
        live, ChangeWork(SHOP, NOW, in_file=True), [Ask(ChangeRow.read(row), "file:1:2")]
    )
    assert isinstance(result, unit_of_work.Problem)
    assert result.code == "newer_action"
    assert kept(live, later) == later


def test_a_dry_run_of_a_file_changes_no_action(live: Store, ingest: Ingest, action: Action) -> None:
    data = table(HEADER, (action.action_id, "", "", "OTHER", "80", "", ""))
    upload_id = ingest.upload(Kind.ACTIONS, data, dry=True)
    assert ingest.results(upload_id) == [("APPLIED", "modified")]
    assert ingest.summary(upload_id)["results"]["APPLIED"]["money"] == {
        "amount_changes": {"USD": "-20.00"},
        "payout_changes": {"USD": "-1.00"},
    }
    assert kept(live, action) == action


def test_a_partner_may_not_send_a_file_of_changes(live: Store) -> None:
    fields = {"Kind": "actions", "Name": "a.csv", "Size": "10"}
    assert PARTNER.post("/Files", fields).status == 400
    assert ADVERTISER.post("/Files", fields).status == 200
