"""Changes that later orders ask for, by HTTP: proposed once, accepted or dismissed by a person."""

from datetime import timedelta
from typing import Any

import pytest
from makegood.domain.shop_orders import ShopState
from makegood.domain.uploads import Kind
from makegood.domain.verification_settings import CampaignSetting, Undoing
from makegood.jobs import reconciliation
from makegood.store.store import Store
from makegood.usecases import unit_of_work
from makegood.usecases.take_shop_order import ShopOrderWork
from makegood.usecases.view import Ask

from tests.integration import market, shop_orders
from tests.integration.gateway import ADVERTISER, OTHER_ADVERTISER, PARTNER
from tests.integration.ingest import Ingest, table
from tests.integration.market import CAMPAIGN, NOW, SHOP, reported, usd
from tests.integration.shop_orders import an_order

UNDONE = {"Status": "UNDONE"}
PARTLY = {"Status": "PARTLY_UNDONE", "RefundedAmount": "30.00"}
CHANGE = ("Change", "Reason", "Amount", "Currency")
REVERSE, MODIFY = ("REVERSE", "ITEM_RETURNED", "", ""), ("MODIFY", "ORDER_UPDATE", "70.00", "USD")


def tracked(order_id: str = "1001") -> str:
    answer = ADVERTISER.post("/Conversions", reported(order_id, Amount="100.00"))
    assert answer.status == 200, answer.text
    return answer.id


def told(order_id: str = "1001", **fields: str) -> None:
    order = {"OrderDate": "2026-05-01T09:59:00Z", "Amount": "100.00", "Currency": "USD"}
    answer = ADVERTISER.put(f"/Orders/{order_id}", {**order, **fields})
    assert answer.status == 200, answer.text


def proposals() -> list[dict[str, Any]]:
    answer = ADVERTISER.get("/Proposals")
    assert answer.status == 200, answer.text
    return answer.body["Proposals"]


def only() -> dict[str, Any]:
    (proposal,) = proposals()
    return proposal


def decide(proposal: dict[str, Any], state: str, **fields: str) -> Any:
    return ADVERTISER.put(f"/Proposals/{proposal['Id']}", {"State": state, **fields})


def state_of(action_id: str) -> tuple[str, str]:
    action = ADVERTISER.get(f"/Actions/{action_id}").body
    return action["State"], action["Amount"]


@pytest.mark.parametrize(
    ("fields", "change", "left"),
    [(UNDONE, REVERSE, ("REVERSED", "0.00")), (PARTLY, MODIFY, ("PENDING", "70.00"))],
)
def test_what_an_order_asks_of_a_pending_action_is_proposed_and_made_once_accepted(
    live: Store, fields: dict[str, str], change: tuple[str, ...], left: tuple[str, str]
) -> None:
    action_id = tracked()
    told(**fields)
    proposal = only()
    assert tuple(proposal[name] for name in CHANGE) == change
    assert (proposal["State"], proposal["ActionId"]) == ("OPEN", action_id)
    assert state_of(action_id) == ("PENDING", "100.00")
    accepted = decide(proposal, "ACCEPTED")
    assert (accepted.status, accepted.body["State"]) == (200, "ACCEPTED")
    assert accepted.body["DecidedBy"]
    assert state_of(action_id) == left
    again = decide(proposal, "ACCEPTED")
    assert (again.status, again.body) == (200, accepted.body)
    other = decide(proposal, "DISMISSED")
    assert (other.status, other.body["code"]) == (409, "proposal_accepted")
    assert reconciliation.prove(live)["holds"]


def test_a_dismissed_proposal_changes_nothing(live: Store) -> None:
    action_id = tracked()
    told(**UNDONE)
    assert decide(only(), "DISMISSED").body["State"] == "DISMISSED"
    assert state_of(action_id) == ("PENDING", "100.00")
    refused = decide(only(), "ACCEPTED")
    assert (refused.status, refused.body["code"]) == (409, "proposal_dismissed")
    told(**UNDONE)
    assert len(proposals()) == 1


def locks(live: Store, action_id: str) -> None:
    live.set_clock(live.actions([action_id])[action_id].locks_at)


def is_changed(_: Store, action_id: str) -> None:
    fields = {"Reason": "ORDER_UPDATE", "Amount": "60.00"}
    assert ADVERTISER.put(f"/Actions/{action_id}", fields).status == 200


def sold_again(_: Store, __: str) -> None:
    told(Status="SALE")


@pytest.mark.parametrize("happens", [locks, is_changed, sold_again])
def test_a_proposal_is_void_once_it_is_not_what_the_order_asks(live: Store, happens: Any) -> None:
    action_id = tracked()
    told(**PARTLY)
    happens(live, action_id)
    assert only()["State"] == "VOID"
    left = state_of(action_id)
    for state in ("ACCEPTED", "DISMISSED"):
        refused = decide(only(), state)
        assert (refused.status, refused.body["code"]) == (422, "proposal_void")
    assert state_of(action_id) == left


def test_a_later_order_proposes_anew(live: Store) -> None:
    tracked()
    told(**PARTLY)
    told(**{**PARTLY, "RefundedAmount": "40.00"})
    found = {each["Amount"]: each["State"] for each in proposals()}
    assert found == {"60.00": "OPEN", "70.00": "VOID"}


def test_a_row_of_a_file_proposes_and_the_same_file_again_does_not(live: Store) -> None:
    tracked()
    header = ("Order Id", "Order Date", "Amount", "Currency", "Status")
    data = table(header, ("1001", "2026-05-01T09:59:00Z", "100.00", "USD", "UNDONE"))
    ingest = Ingest(live)
    for _ in range(2):
        ingest.upload(Kind.ORDERS, data)
    assert only()["Change"] == "REVERSE"


def test_proposals_are_paged_those_of_the_newest_actions_first(live: Store) -> None:
    for number in range(5):
        live.set_clock(NOW.replace(minute=number))
        tracked(f"T-{number}")
        told(f"T-{number}", **UNDONE)
    page = ADVERTISER.get("/Proposals?PageSize=2").body
    found = [each["OrderId"] for each in page["Proposals"]]
    assert page["@total"] == "5"
    while page["@nextpageuri"]:
        page = ADVERTISER.get("/Proposals?" + page["@nextpageuri"].partition("?")[2]).body
        found += [each["OrderId"] for each in page["Proposals"]]
    assert found == [f"T-{number}" for number in reversed(range(5))]


def test_proposals_are_listed_by_state_in_full_pages_with_an_exact_total(live: Store) -> None:
    """Every third is open, void or decided; an open one is void once its action is changed."""
    for number in range(9):
        live.set_clock(NOW.replace(minute=number))
        tracked(f"T-{number}")
        told(f"T-{number}", **PARTLY)
    by_order = {each["OrderId"]: each for each in proposals()}
    for number in (0, 3, 6):
        is_changed(live, by_order[f"T-{number}"]["ActionId"])
    for number, state in ((1, "ACCEPTED"), (4, "ACCEPTED"), (7, "DISMISSED")):
        assert decide(by_order[f"T-{number}"], state).status == 200
    expected = {"OPEN": [8, 5, 2], "VOID": [6, 3, 0], "ACCEPTED": [4, 1], "DISMISSED": [7]}
    for state, numbers in expected.items():
        uri, found = f"?State={state.lower()}&PageSize=2", []
        while uri:
            page = ADVERTISER.get(f"/Proposals{uri}").body
            assert page["@total"] == str(len(numbers))
            assert {each["State"] for each in page["Proposals"]} == {state}
            assert len(page["Proposals"]) == min(2, len(numbers) - len(found))
            found += [each["OrderId"] for each in page["Proposals"]]
            uri = "".join(page["@nextpageuri"].partition("?")[1:])
        assert found == [f"T-{number}" for number in numbers]
    assert "Warnings" not in ADVERTISER.get("/Proposals?State=OPEN").body
    refused = ADVERTISER.get("/Proposals?State=LOST")
    assert (refused.status, refused.faults) == (400, [("State", "unknown_state")])


def test_proposals_are_the_shop_s_alone(live: Store) -> None:
    tracked()
    told(**UNDONE)
    path = f"/Proposals/{only()['Id']}"
    assert PARTNER.get("/Proposals").status == 403
    assert OTHER_ADVERTISER.get(path).status == 404
    assert OTHER_ADVERTISER.put(path, {"State": "ACCEPTED"}).status == 404
    assert OTHER_ADVERTISER.get("/Proposals").body["Proposals"] == []


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, ("State", "unknown_state")),
        ({"State": "VOID"}, ("State", "unknown_state")),
        ({"State": "ACCEPTED", "Colour": "red"}, ("Colour", "unknown_field")),
    ],
)
def test_what_is_no_decision_is_refused(
    live: Store, fields: dict[str, str], fault: tuple[str, str]
) -> None:
    tracked()
    told(**UNDONE)
    refused = ADVERTISER.put(f"/Proposals/{only()['Id']}", fields)
    assert (refused.status, refused.faults) == (400, [fault])
    assert ADVERTISER.get("/Proposals/20260101-nothing").status == 404


@pytest.mark.parametrize("spelled", ["1001", "Order no 1001", "#1001", "5501"])
def test_an_order_proposes_a_change_of_the_action_it_backs_however_the_claim_spells_it(
    trading: Store, spelled: str
) -> None:
    shop_orders.give(trading, an_order("#1001", "5501"), an_order("#1002"))
    action, other = market.accept(trading, spelled), market.accept(trading, "1002")
    later = NOW + timedelta(minutes=5)
    undone = an_order("#1001", "5501", state=ShopState.UNDONE, status="refunded")
    taken = unit_of_work.one(trading, ShopOrderWork(SHOP, later), Ask(undone, "file:1"))
    (warning,) = taken.warnings
    assert (action.action_id in warning, other.action_id in warning) == (True, False)
    (proposed,) = trading.proposed(SHOP, None, 10)
    assert trading.order_proposals(SHOP, [proposed])[proposed].action_id == action.action_id


def test_an_order_leaves_the_action_alone_that_another_order_backs(trading: Store) -> None:
    shop_orders.give(trading, an_order("#1001"))
    market.accept(trading, "1001")
    later = NOW + timedelta(minutes=5)
    undone = an_order("1001", state=ShopState.UNDONE, status="refunded")
    taken = unit_of_work.one(trading, ShopOrderWork(SHOP, later), Ask(undone, "file:1"))
    assert taken.warnings == ()


def test_the_action_that_an_order_backs_is_changed_with_it_where_the_campaign_says_so(
    trading: Store,
) -> None:
    trading.put_campaign_setting(CampaignSetting(CAMPAIGN, undoing=Undoing.CHANGE))
    shop_orders.give(trading, an_order("#1001"))
    action = market.accept(trading, "1001")
    later = NOW + timedelta(minutes=5)
    partly = an_order("#1001", state=ShopState.PARTLY_UNDONE, refunded=usd("30.00"))
    taken = unit_of_work.one(trading, ShopOrderWork(SHOP, later), Ask(partly, "file:1"))
    assert taken.warnings == ()
    changed = trading.actions([action.action_id])[action.action_id]
    assert changed.order_amount == usd("70.00")
    assert reconciliation.prove(trading)["holds"]
