"""What advertisers get by HTTP: inquiries decided, orders reported, and their own things only."""

import json

import pytest
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, JSON, OTHER_ADVERTISER, PARTNER, Client
from tests.integration.market import LONG_AGO, NOW, SALE, SHOP

INQUIRY_NAMES = """
ActionId ActionUri AppealId AppealOf AppealState AutoApprovalDate Awaits CampaignId CampaignName
Checks Comments CreationDate Currency CustomerId DecidedBy ExpectedPayout FinalPayout FirstDecision
Id InquiryDate InquiryType MediaPartnerId MediaPartnerInquiryId MediaPartnerName OrderId
RejectReason ResolutionDate ResolutionDeadlineDate ResolutionStatus TrackingLink TransactionAmount
TransactionDate Uri Verification Version
"""
ACTION_NAMES = """
ActionTrackerId ActionTrackerName AdId Amount CallerId CampaignId CampaignName ClearedDate
ClearingDate ClientCost CreationDate Currency CustomerArea CustomerCity CustomerCountry CustomerId
CustomerPostCode CustomerRegion CustomerStatus DeltaAmount DeltaPayout EventCode EventDate
Explanation Id IntendedAmount IntendedPayout LockingDate MediaPartnerId MediaPartnerName Note Oid
Payout PromoCode ReferringDate ReferringDomain ReferringType SharedId State StateDetail
StateDetailDescription Uri
"""
ITEMS = {"ItemSku1": "sku-1", "ItemQty1": "2", "ItemSubtotal1": "9.99", "ItemSku2": "sku-2"}


@pytest.fixture
def inquiry_id(live: Store) -> str:
    return market.file(live, "A-1", ExpectedPayout="4.00").inquiry_id


def seen(inquiry_id: str) -> dict[str, str]:
    return ADVERTISER.get(f"/ActionInquiries/{inquiry_id}").body


def test_an_accepted_inquiry_is_an_action(live: Store, inquiry_id: str) -> None:
    fields = market.accepted(inquiry_id, ResolutionNotes="fine", CustomerStatus="new", **ITEMS)
    answer = ADVERTISER.put("/ActionInquiries", fields)
    uri = f"{ADVERTISER.root}/ActionInquiries/{inquiry_id}"
    inquiry = seen(inquiry_id)
    assert (answer.status, answer.body) == (
        200,
        {
            "Status": "OK",
            "Uri": uri,
            "State": "VALID",
            "RejectReason": "",
            "ActionId": inquiry["ActionId"],
            "ActionUri": inquiry["ActionUri"],
            "AppealOf": "",
            "Version": "2",
            "Warnings": [],
        },
    )
    assert sorted(inquiry) == sorted(INQUIRY_NAMES.split())
    assert (inquiry["ResolutionStatus"], inquiry["FinalPayout"]) == ("VALID", "5.00")
    assert inquiry["DecidedBy"] == f"api:{ADVERTISER.sid}"
    action = ADVERTISER.get(f"/Actions/{inquiry['ActionId']}").body
    assert sorted(action) == sorted(ACTION_NAMES.split())
    expected = {
        "Amount": "100.00",
        "ClientCost": "5.00",
        "CustomerStatus": "new",
        "MediaPartnerName": "Cashback Club",
        "Note": "fine",
        "Uri": inquiry["ActionUri"],
    }
    assert {name: action[name] for name in expected} == expected
    items = live.actions([inquiry["ActionId"]])[inquiry["ActionId"]].order.items
    assert [(each.sku, each.quantity) for each in items] == [("sku-1", 2), ("sku-2", 1)]


@pytest.mark.parametrize(
    ("stated", "payout"),
    [({}, "5.00"), ({"FinalPayout": "4"}, "4.00"), ({"FinalPayout": "0"}, "0.00")],
)
def test_a_payout_is_stated_or_comes_from_the_contract(
    live: Store, inquiry_id: str, stated: dict[str, str], payout: str
) -> None:
    ADVERTISER.put("/ActionInquiries", market.accepted(inquiry_id, **stated))
    assert seen(inquiry_id)["FinalPayout"] == payout


def test_the_inquiry_may_be_named_in_the_path(live: Store, inquiry_id: str) -> None:
    fields = {"ResolutionStatus": "DECLINED", "RejectReason": "Other"}
    answer = ADVERTISER.put(f"/ActionInquiries/{inquiry_id}", fields)
    assert (answer.status, answer.body["State"], answer.body["RejectReason"]) == (
        200,
        "DECLINED",
        "Other",
    )
    assert seen(inquiry_id)["RejectReason"] == "Other"


def test_an_order_of_long_ago_is_paid_at_once_and_its_partner_sees_it(
    live: Store, inquiry_id: str
) -> None:
    market.deposit(live, "5.00")
    fields = market.accepted(inquiry_id, TransactionDate=LONG_AGO)
    dry = ADVERTISER.put("/ActionInquiries", {**fields, "DryRun": "TRUE"})
    assert dry.body == {
        "Status": "OK",
        "Uri": "",
        "DryRun": "true",
        "Preview": {
            "State": "PAID",
            "Payout": "5.00",
            "Currency": "USD",
            "Explanation": "Contract version 1, default: 5% of 100.00 USD = 5.00 USD",
            "LockingDate": "2026-04-17T00:00:00-07:00",
            "LockingRule": "DAY 15d from the event on 2026-04-01T10:00:00-07:00",
            "ClearingDate": "2026-04-21T00:00:00-07:00",
            "PaymentRule": "DAY 4d from the lock on 2026-04-17T00:00:00-07:00",
            "LocksAtOnce": "true",
            "PaysAtOnce": "true",
            "FundsAfter": "0.00",
            "CommittedAfter": "0.00",
        },
        "Warnings": [],
    }
    assert seen(inquiry_id)["ResolutionStatus"] == "UNRESOLVED"
    ADVERTISER.put("/ActionInquiries", fields)
    action = PARTNER.get(f"/Actions/{seen(inquiry_id)['ActionId']}").body
    assert (action["State"], action["ClearedDate"]) == ("APPROVED", "2026-06-10T05:00:00-07:00")


def test_a_decision_on_an_old_version_is_a_conflict(live: Store, inquiry_id: str) -> None:
    market.resolve(live, {"Id": inquiry_id, "ResolutionStatus": "INCOMPLETE"})
    stale = ADVERTISER.put("/ActionInquiries", market.declined(inquiry_id, Version="1"))
    assert (stale.status, stale.body["code"]) == (409, "version_conflict")
    assert (
        ADVERTISER.put("/ActionInquiries", market.declined(inquiry_id, Version="2")).status == 200
    )


def test_the_first_of_two_decisions_wins(live: Store, inquiry_id: str) -> None:
    assert ADVERTISER.put("/ActionInquiries", market.accepted(inquiry_id)).status == 200
    late = ADVERTISER.put("/ActionInquiries", market.declined(inquiry_id))
    assert (late.status, late.body["code"]) == (409, "already_decided")
    same = ADVERTISER.put("/ActionInquiries", market.accepted(inquiry_id))
    assert (same.status, same.body["code"]) == (409, "same_decision")
    assert seen(inquiry_id)["ResolutionStatus"] == "VALID"


def test_a_key_keeps_a_decision_from_being_a_conflict_with_itself(
    live: Store, inquiry_id: str
) -> None:
    key = {"Idempotency_Key": "key-1"}
    answers = [
        ADVERTISER.put("/ActionInquiries", market.accepted(inquiry_id), **key) for _ in range(2)
    ]
    assert [each.status for each in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    other = ADVERTISER.put("/ActionInquiries", market.declined(inquiry_id), **key)
    assert (other.status, other.body["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"ResolutionStatus": "MAYBE"}, "ResolutionStatus", "unknown_state"),
        ({"ResolutionStatus": ""}, "ResolutionStatus", "required"),
        ({"ActionTrackerId": ""}, "ActionTrackerId", "required"),
        ({"ResolutionStatus": "DECLINED"}, "RejectReason", "required"),
        (
            {"ResolutionStatus": "DECLINED", "RejectReason": "Because"},
            "RejectReason",
            "unknown_reject_reason",
        ),
        ({"TransactionDate": "2026-06-11"}, "TransactionDate", "in_the_future"),
        ({"FinalPayout": "-1"}, "FinalPayout", "not_positive"),
        ({"Version": "0"}, "Version", "not_a_count"),
        ({"ItemName1": "no sku"}, "ItemSku1", "required"),
        ({"ItemColor1": "red"}, "ItemColor1", "unknown_field"),
        ({"Id": ""}, "Id", "required"),
    ],
)
def test_a_fault_of_a_resolution_names_its_field(
    live: Store, inquiry_id: str, fields: dict[str, str], field: str, code: str
) -> None:
    answer = ADVERTISER.put("/ActionInquiries", market.accepted(inquiry_id) | fields)
    assert (answer.status, answer.faults) == (400, [(field, code)])
    assert seen(inquiry_id)["Version"] == "1"


def test_what_the_rules_forbid_is_understood_and_refused(live: Store, inquiry_id: str) -> None:
    strange = ADVERTISER.put("/ActionInquiries", market.accepted(inquiry_id, ActionTrackerId="1"))
    assert (strange.status, strange.body["code"]) == (422, "unknown_event_type")
    market.track(live, "A-1")
    twice = ADVERTISER.put("/ActionInquiries", market.accepted(inquiry_id))
    assert (twice.status, twice.body["code"]) == (422, "order_already_credited")


def test_an_order_that_is_reported_is_a_tracked_action(live: Store) -> None:
    fields = market.reported("A-1", CustomerId="customer-1", **ITEMS)
    first = ADVERTISER.post("/Conversions", fields)
    assert (first.status, first.body["Uri"]) == (200, f"{ADVERTISER.root}/Actions/{first.id}")
    assert ADVERTISER.post("/Conversions", fields).body == first.body
    action = ADVERTISER.get(f"/Actions/{first.id}").body
    assert (action["ReferringType"], action["Payout"], action["Oid"]) == (
        "CLICK_COOKIE",
        "5.00",
        "A-1",
    )
    other = ADVERTISER.post("/Conversions", {**fields, "Amount": "99.00"})
    assert (other.status, other.body["code"]) == (409, "conversion_differs")


def test_an_order_may_be_reported_in_the_words_of_the_field(live: Store) -> None:
    theirs = {
        "CampaignId": market.CAMPAIGN,
        "EventTypeId": SALE,
        "OrderId": "A-1",
        "EventDate": market.RECENT,
        "ClickId": "QiiWXOVnrQ3SQHl24jQjyxBGUkmzfJ3i1VHrWM0",
        "MediaPartnerId": market.CASHBACK,
        "CurrencyCode": "USD",
        "OrderPromoCode": "SUMMER",
        "ItemSku1": "S-1",
        "ItemQuantity1": "2",
        "ItemSubTotal1": "100.00",
    }
    first = ADVERTISER.post("/Conversions", theirs)
    action = ADVERTISER.get(f"/Actions/{first.id}").body
    assert (action["Amount"], action["PromoCode"], action["Payout"]) == ("100.00", "SUMMER", "5.00")
    assert ADVERTISER.get(f"/Actions/{first.id}/Items/S-1").body["Quantity"] == "2"
    ours = market.reported("A-1", PromoCode="SUMMER", ItemSku1="S-1", ItemQty1="2")
    again = ADVERTISER.post("/Conversions", {**ours, "ItemSubtotal1": "100.00"})
    assert again.body == first.body
    twice = ADVERTISER.post("/Conversions", {**theirs, "ActionTrackerId": "1"})
    assert twice.faults == [("EventTypeId", "duplicate_parameter")]
    unknown = ADVERTISER.post("/Conversions", {**theirs, "EventTypeId": "1"})
    assert (unknown.status, unknown.faults) == (422, [("EventTypeId", "unknown_event_type")])


def test_an_order_that_is_reported_late_can_still_be_corrected(live: Store) -> None:
    late = ADVERTISER.post("/Conversions", market.reported("A-1", EventDate=LONG_AGO))
    action = live.actions([late.id])[late.id]
    assert (action.state, action.event_at) == ("PENDING", NOW)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"MediaPartnerId": "none"}, 403, "no_contract"),
        ({"CampaignId": market.STRANGE_CAMPAIGN}, 404, "not_found"),
        ({"CampaignId": "none"}, 404, "not_found"),
        ({"EventDate": "2026-06-11"}, 400, "validation_failed"),
        ({"Payout": "1.00"}, 400, "validation_failed"),
        ({"ActionTrackerId": "1"}, 422, "unknown_event_type"),
    ],
)
def test_an_order_that_is_not_taken_says_why(
    live: Store, fields: dict[str, str], status: int, code: str
) -> None:
    answer = ADVERTISER.post("/Conversions", market.reported("A-1", **fields))
    assert (answer.status, answer.body["code"]) == (status, code)
    assert stack.everything("actions") == {}


def test_foreign_and_unknown_things_are_alike(live: Store, inquiry_id: str) -> None:
    action = market.track(live, "A-2")
    opened = ADVERTISER.post("/Files", {"Kind": "resolutions", "Name": "a.csv", "Size": "9"})
    for path, foreign in (
        ("/ActionInquiries/", inquiry_id),
        ("/Actions/", action.action_id),
        ("/Files/", opened.id),
        ("/ActionInquiries?CampaignId=", market.CAMPAIGN),
        ("/Actions?CampaignId=", market.CAMPAIGN),
    ):
        assert ADVERTISER.get(path + foreign).status == 200
        answers = [OTHER_ADVERTISER.get(path + each) for each in (foreign, "123")]
        assert {(each.status, each.text) for each in answers} == {(404, answers[0].text)}
    writes = [
        OTHER_ADVERTISER.put("/ActionInquiries", market.declined(each))
        for each in (inquiry_id, "123")
    ]
    assert {(each.status, each.text) for each in writes} == {(404, writes[0].text)}
    assert seen(inquiry_id)["Version"] == "1"


def test_a_read_only_token_reads_and_does_not_write(live: Store, inquiry_id: str) -> None:
    reader = Client(ADVERTISER.role, SHOP, read_only=True)
    assert reader.get(f"/ActionInquiries/{inquiry_id}").status == 200
    refused = reader.put("/ActionInquiries", market.declined(inquiry_id))
    assert (refused.status, refused.body["code"]) == (403, "scope")


def test_a_resolution_may_come_as_json(live: Store, inquiry_id: str) -> None:
    fields = {**market.accepted(inquiry_id), "FinalPayout": 4.10, "ActionTrackerId": int(SALE)}
    body = json.dumps({**fields, "PromoCode": None, "DryRun": False})
    headers = {"content-type": f"{JSON}; charset=utf-8"}
    answer = ADVERTISER.send(ADVERTISER.event("PUT", "/ActionInquiries", body, headers))
    assert answer.status == 200
    assert seen(inquiry_id)["FinalPayout"] == "4.10"
