"""What partners get by HTTP: claims filed, answered and withdrawn, and their own things only."""

import json

import pytest
from makegood.domain.inquiries import REJECT_REASONS
from makegood.domain.resolutions import ASKS_FOR_ALL
from makegood.store.indexes import StoredList
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, BLOG, OTHER_PARTNER, PARTNER, Client
from tests.integration.market import CAMPAIGN, CASHBACK, LOYALTY, RECENT, SALE

INQUIRY_NAMES = """
ActionId ActionUri AppealId AppealOf AppealState AutoApprovalDate CampaignId CampaignName Checks
Comments CreationDate Currency CustomerId DecidedBy ExpectedPayout FinalPayout Id InquiryDate
InquiryNotes InquiryType MediaPartnerInquiryId OrderId RejectReason ResolutionDate
ResolutionDeadlineDate ResolutionStatus TrackingLink TransactionAmount TransactionDate Uri
Verification Version
"""

ACTION_NAMES = """
ActionTrackerId ActionTrackerName AdId Amount CampaignId CampaignName ClearedDate ClearingDate
CreationDate Currency CustomerArea CustomerCity CustomerCountry CustomerRegion DeltaAmount
DeltaPayout EventCode EventDate Explanation Id IntendedAmount IntendedPayout LockingDate Oid Payout
PromoCode ReferringDate ReferringDomain ReferringType SharedId State StateDetail
StateDetailDescription SubId1 SubId2 SubId3 Uri
"""


def test_a_claim_is_filed_and_seen_by_both_sides(live: Store) -> None:
    fields = market.claimed(
        "A-1",
        MediaPartnerInquiryId="ref-1",
        ExpectedPayout="4.5",
        CustomerId="customer-1",
        InquiryNotes="the first comment",
        InquiryDate="2026-06-02",
        ResolutionDeadlineDate="2026-07-01",
        TrackingLink="https://example.com/1",
    )
    filed = PARTNER.post("/ActionInquiries", fields)
    assert filed.status == 200
    assert filed.body == {
        "Status": "OK",
        "Uri": f"{PARTNER.root}/ActionInquiries/{filed.id}",
        "State": "UNRESOLVED",
        "RejectReason": "",
        "ActionId": "",
        "ActionUri": "",
        "AppealOf": "",
        "Version": "1",
        "Warnings": [],
    }
    seen = PARTNER.get(f"/ActionInquiries/{filed.id}").body
    assert sorted(seen) == sorted(INQUIRY_NAMES.split())
    expected = {
        "TransactionDate": "2026-06-01T10:00:00-07:00",
        "TransactionAmount": "100.00",
        "ExpectedPayout": "4.50",
        "InquiryDate": "2026-06-02T00:00:00-07:00",
        "ResolutionStatus": "UNRESOLVED",
        "RejectReason": "",
        "CreationDate": "2026-06-10T05:00:00-07:00",
        "Version": "1",
        "InquiryNotes": "the first comment",
    }
    assert {name: seen[name] for name in expected} == expected
    assert [each["Comment"] for each in seen["Comments"]] == ["the first comment"]
    across = ADVERTISER.get(f"/ActionInquiries/{filed.id}").body
    assert (across["MediaPartnerName"], across["OrderId"]) == ("Cashback Club", "A-1")


def test_every_value_is_a_text_or_a_list(live: Store) -> None:
    action = market.accept(live, "A-1", TransactionDate=market.LONG_AGO)
    for path in (f"/Actions/{action.action_id}", f"/ActionInquiries/{action.inquiry_id}"):
        for client in (PARTNER, ADVERTISER):
            body = client.get(path).body
            parts = [body.pop(name, {}) for name in ("Verification", "FirstDecision")]
            values = [each for part in (body, *parts) for each in part.values()]
            assert {type(each) for each in values} <= {str, list}


def test_a_partner_sees_of_its_action_what_is_its_to_see(live: Store) -> None:
    action = market.accept(live, "A-1", CustomerId="customer-1")
    seen = PARTNER.get(f"/Actions/{action.action_id}").body
    assert sorted(seen) == sorted(ACTION_NAMES.split())
    expected = {
        "State": "PENDING",
        "Payout": "5.00",
        "LockingDate": "2026-06-17T00:00:00-07:00",
        "ClearedDate": "",
        "ReferringType": "ACTION_INQUIRY",
        "EventDate": RECENT,
        "Uri": f"{PARTNER.root}/Actions/{action.action_id}",
    }
    assert {name: seen[name] for name in expected} == expected


def test_the_same_claim_again_is_the_same_inquiry(live: Store) -> None:
    first, second = (PARTNER.post("/ActionInquiries", market.claimed("A-1")) for _ in range(2))
    assert (second.status, second.body) == (200, first.body)
    other = PARTNER.post("/ActionInquiries", market.claimed("A-1", TransactionAmount="9.00"))
    assert (other.status, other.body["code"]) == (409, "live_inquiry")
    assert first.id in other.body["Message"]


def test_what_was_asked_for_is_answered_and_decided_on(live: Store) -> None:
    inquiry_id = PARTNER.post("/ActionInquiries", market.claimed("A-1")).id
    path = f"/ActionInquiries/{inquiry_id}"
    early = PARTNER.put(path, {"InquiryNotes": "too early"})
    assert (early.status, early.body["code"]) == (422, "not_incomplete")
    asking = {"Id": inquiry_id, "ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "which?"}
    ADVERTISER.put("/ActionInquiries", asking)
    answered = PARTNER.put(path, {"InquiryNotes": "this", "TransactionAmount": "90.00"})
    assert (answered.status, answered.body["State"], answered.body["Version"]) == (
        200,
        "UNRESOLVED",
        "3",
    )
    seen = PARTNER.get(path).body
    assert (seen["ResolutionStatus"], seen["TransactionAmount"]) == ("UNRESOLVED", "90.00")
    assert [(each["User"], each["Comment"]) for each in seen["Comments"]] == [
        ("Shop worldwide", "which?"),
        ("Cashback Club", "this"),
    ]


def test_an_undecided_claim_is_withdrawn_and_a_decided_one_is_not(live: Store) -> None:
    withdrawn, decided = (market.file(live, order).inquiry_id for order in ("A-1", "A-2"))
    market.resolve(live, market.declined(decided))
    answer = PARTNER.delete(f"/ActionInquiries/{withdrawn}")
    assert (answer.status, answer.body["State"]) == (200, "WITHDRAWN")
    assert PARTNER.get(f"/ActionInquiries/{withdrawn}").body["ResolutionStatus"] == "WITHDRAWN"
    refused = PARTNER.delete(f"/ActionInquiries/{decided}")
    assert (refused.status, refused.body["code"]) == (409, "already_decided")


def test_a_declined_claim_is_appealed_once(live: Store) -> None:
    first = market.file(live, "A-1").inquiry_id
    market.resolve(live, market.declined(first))
    again = PARTNER.post("/ActionInquiries", market.claimed("A-1", TransactionAmount="9.00"))
    assert (again.status, again.body["code"]) == (409, "decided_inquiry")
    says = market.claimed("A-1", AppealOf=first, InquiryNotes="The receipt")
    appeal = PARTNER.post("/ActionInquiries", says)
    assert appeal.status == 200
    assert appeal.id != first
    assert (appeal.body["State"], appeal.body["AppealOf"]) == ("UNRESOLVED", first)
    for client in (PARTNER, ADVERTISER):
        path = f"/ActionInquiries?CampaignId={CAMPAIGN}"
        shown = client.get(path).body["ActionInquiries"]
        assert [each["AppealOf"] for each in shown] == [first, ""]
    market.resolve(live, market.declined(appeal.id))
    third = PARTNER.post("/ActionInquiries", market.claimed("A-1", AppealOf=appeal.id))
    assert (third.status, third.body["code"]) == (422, "appealed_once")
    assert f"{appeal.id} was the appeal of {first}" in third.body["Message"]


@pytest.mark.parametrize("own", [True, False])
def test_a_claim_that_is_declined_at_once_says_so_and_names_the_partner_s_own_action_alone(
    live: Store, own: bool
) -> None:
    live.put_campaign(market.campaign(declines_tracked=True))
    action = market.track(live, "A-1", MediaPartnerId=CASHBACK if own else LOYALTY)
    claim, reason = market.claimed("A-1"), REJECT_REASONS[1 if own else 2]
    dry = PARTNER.post("/ActionInquiries", {**claim, "DryRun": "true"}).body["Preview"]
    foreseen = ("DECLINED", reason, "TRACKED") if own else ("UNRESOLVED", "", "FINE")
    assert (dry["State"], dry["RejectReason"], dry["Outcome"]) == foreseen
    filed = PARTNER.post("/ActionInquiries", claim, Idempotency_Key="k")
    assert (filed.body["State"], filed.body["RejectReason"]) == ("DECLINED", reason)
    named = (action.action_id, f"{PARTNER.root}/Actions/{action.action_id}") if own else ("", "")
    assert dry["ActionId"] == named[0]
    again = PARTNER.post("/ActionInquiries", claim)
    seen = PARTNER.get(f"/ActionInquiries/{filed.id}")
    for body in (filed.body, again.body, seen.body):
        assert (body["ActionId"], body["ActionUri"]) == named
        assert own or action.action_id not in str(body)
    if own:
        assert PARTNER.get(f"/Actions/{action.action_id}").status == 200
    appeal = PARTNER.post(
        "/ActionInquiries", {**claim, "AppealOf": filed.id, "InquiryNotes": "Not it"}
    )
    assert (appeal.body["State"], appeal.body["ActionId"]) == ("UNRESOLVED", "")


def test_new_notes_of_a_claim_are_kept_while_somebody_may_read_them(live: Store) -> None:
    filed = PARTNER.post("/ActionInquiries", market.claimed("A-1"))
    noted = PARTNER.post("/ActionInquiries", market.claimed("A-1", InquiryNotes="Receipt"))
    assert (noted.id, noted.body["Version"], noted.body["Warnings"]) == (filed.id, "2", [])
    asked = ADVERTISER.put(f"/ActionInquiries/{filed.id}", {"ResolutionStatus": "INCOMPLETE"})
    assert (asked.body["State"], asked.body["Version"]) == ("INCOMPLETE", "3")
    market.resolve(live, market.declined(filed.id))
    late = PARTNER.post("/ActionInquiries", market.claimed("A-1", InquiryNotes="Invoice"))
    assert (late.body["State"], late.body["Version"]) == ("DECLINED", "4")
    (warning,) = late.body["Warnings"]
    assert f"AppealOf={filed.id}" in warning
    told = PARTNER.get(f"/ActionInquiries/{filed.id}").body["Comments"]
    assert [(each["User"], each["Comment"]) for each in told] == [
        ("Cashback Club", "Receipt"),
        ("Shop worldwide", ASKS_FOR_ALL),
    ]


def test_a_key_that_a_version_before_kept_less_of_is_still_answered(live: Store) -> None:
    claim, key = market.claimed("A-1"), {"Idempotency_Key": "key-1"}
    first = PARTNER.post("/ActionInquiries", claim, **key)
    kept = stack.snapshot()
    (asked,) = [each for each in kept["requests"] if "reply" in each]
    asked["reply"] = {"S": json.dumps({"subject_id": first.id})}
    stack.restore(kept)
    again = PARTNER.post("/ActionInquiries", claim, **key)
    assert (again.status, again.id) == (200, first.id)
    assert (again.body["State"], again.body["Warnings"]) == ("", [])


def test_a_dry_run_files_nothing(live: Store) -> None:
    before = stack.contents()["inquiries"]
    answer = PARTNER.post("/ActionInquiries", market.claimed("A-1", DryRun="true"))
    assert (answer.status, answer.body["Uri"]) == (200, "")
    assert answer.body["Preview"]["State"] == "UNRESOLVED"
    assert stack.contents()["inquiries"] == before


def test_a_key_answers_as_before_and_refuses_another_body(live: Store) -> None:
    claim, key = market.claimed("A-1", InquiryNotes="Ä"), {"Idempotency_Key": "key-1"}
    first = PARTNER.post("/ActionInquiries", claim, **key)
    market.resolve(live, market.declined(first.id))
    again = PARTNER.post("/ActionInquiries", claim, idempotency_key="key-1")
    assert (again.status, again.body) == (200, first.body)
    other = PARTNER.post("/ActionInquiries", market.claimed("A-2"), **key)
    assert (other.status, other.body["code"]) == (409, "idempotency_key_reused")
    assert OTHER_PARTNER.post("/ActionInquiries", market.claimed("A-3"), **key).status == 200


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"OrderId": ""}, "OrderId", "required"),
        ({"OrderId": "9" * 101}, "OrderId", "too_long"),
        ({"CampaignId": ""}, "CampaignId", "required"),
        ({"TransactionAmount": "1.234"}, "TransactionAmount", "ambiguous_amount"),
        ({"TransactionAmount": "1.2345"}, "TransactionAmount", "too_precise"),
        ({"TransactionAmount": "0"}, "TransactionAmount", "not_positive"),
        ({"TransactionAmount": "5000000.01"}, "TransactionAmount", "amount_too_large"),
        ({"TransactionAmount": "ten"}, "TransactionAmount", "not_a_number"),
        ({"TransactionDate": "yesterday"}, "TransactionDate", "not_a_date"),
        ({"TransactionDate": "2026-06-10T12:00:01Z"}, "TransactionDate", "in_the_future"),
        ({"InquiryType": "LATE"}, "InquiryType", "unknown_type"),
        ({"Currency": "XXX"}, "Currency", "unknown_currency"),
        ({"InquiryNotes": "9" * 2001}, "InquiryNotes", "too_long"),
        ({"DryRun": "perhaps"}, "DryRun", "not_a_switch"),
        ({"OderId": "A-1"}, "OderId", "unknown_field"),
        ({"AppealOf": "123"}, "AppealOf", "unknown_appeal"),
    ],
)
def test_a_fault_of_a_claim_names_its_field(
    live: Store, fields: dict[str, str], field: str, code: str
) -> None:
    answer = PARTNER.post("/ActionInquiries", market.claimed("A-1", **fields))
    assert (answer.status, answer.body["code"]) == (400, "validation_failed")
    assert answer.faults == [(field, code)]


def test_all_faults_are_told_at_once(live: Store) -> None:
    wrong = {"OrderId": "", "TransactionAmount": "x", "ExpectedPayout": "-1"}
    answer = PARTNER.post("/ActionInquiries", market.claimed("A-1", **wrong))
    assert [field for field, _ in answer.faults] == [
        "OrderId",
        "TransactionAmount",
        "ExpectedPayout",
    ]


@pytest.mark.parametrize(
    ("client", "fields", "status", "code"),
    [
        (BLOG, {}, 403, "partner_kind"),
        (PARTNER, {"CampaignId": market.STRANGE_CAMPAIGN}, 404, "not_found"),
        (Client(PARTNER.role, CASHBACK, read_only=True), {}, 403, "scope"),
        (PARTNER, {"CampaignId": "none"}, 404, "not_found"),
        (PARTNER, {"TransactionDate": "2025-06-01"}, 422, "outside_claim_window"),
    ],
)
def test_what_a_partner_may_not_file_is_refused(
    live: Store, client: Client, fields: dict[str, str], status: int, code: str
) -> None:
    answer = client.post("/ActionInquiries", market.claimed("A-1", **fields))
    assert (answer.status, answer.body["code"]) == (status, code)
    assert stack.everything("inquiries") == {}


def test_nothing_is_filed_where_inquiries_are_off(live: Store) -> None:
    live.put_campaign(market.campaign(inquiries_enabled=False))
    answer = PARTNER.post("/ActionInquiries", market.claimed("A-1"))
    assert (answer.status, answer.body["code"]) == (403, "inquiries_off")


def test_a_tracked_order_is_declined_at_once_where_the_campaign_says_so(live: Store) -> None:
    live.put_campaign(market.campaign(declines_tracked=True, names_media=True))
    market.track(live, "A-1", MediaPartnerId=LOYALTY)
    inquiry_id = PARTNER.post("/ActionInquiries", market.claimed("A-1")).id
    seen = PARTNER.get(f"/ActionInquiries/{inquiry_id}").body
    assert (seen["ResolutionStatus"], seen["DecidedBy"]) == ("DECLINED", "rule:tracked-orders")
    assert seen["RejectReason"] == "Another marketing channel was credited with the sale"
    assert seen["Comments"][0]["Comment"] == "Media credited: Points and More"


def test_foreign_and_unknown_things_are_alike(live: Store) -> None:
    inquiry = market.file(live, "A-1", LOYALTY)
    action = market.track(live, "A-2", MediaPartnerId=LOYALTY)
    opened = OTHER_PARTNER.post("/Files", {"Kind": "inquiries", "Name": "a.csv", "Size": "9"})
    for path, foreign in (
        ("/ActionInquiries/", inquiry.inquiry_id),
        ("/Actions/", action.action_id),
        ("/Files/", opened.id),
    ):
        assert OTHER_PARTNER.get(path + foreign).status == 200
        answers = [PARTNER.get(path + each) for each in (foreign, "123", "9" * 3000, "a b")]
        assert {(each.status, each.text) for each in answers} == {(404, answers[0].text)}
    for answer in (
        PARTNER.delete(f"/ActionInquiries/{inquiry.inquiry_id}"),
        PARTNER.put(f"/ActionInquiries/{inquiry.inquiry_id}", {"InquiryNotes": "mine"}),
    ):
        assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_no_partner_decides(live: Store) -> None:
    inquiry_id = market.file(live, "A-1").inquiry_id
    answer = PARTNER.put("/ActionInquiries", market.accepted(inquiry_id))
    assert (answer.status, answer.body["code"]) == (405, "method_not_allowed")
    reported = PARTNER.post("/Conversions", market.reported("A-1"))
    assert (reported.status, reported.body["code"]) == (403, "resource_unknown")
    assert market.counted(live, StoredList.of_campaign("actions", CAMPAIGN)) == 0
    assert SALE not in PARTNER.get("/Actions").text
