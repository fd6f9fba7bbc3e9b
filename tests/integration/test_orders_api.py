"""A shop's own orders by HTTP: one in, one out by any of its ids, and those of some days."""

from datetime import date, timedelta
from typing import Any

import pytest
from makegood.domain.shop_orders import Coverage
from makegood.domain.verification_settings import CampaignSetting, ShopSetting, Undoing
from makegood.jobs import reconciliation
from makegood.store.store import Store

from tests.integration import stack
from tests.integration.gateway import ADVERTISER, PARTNER
from tests.integration.market import (
    CAMPAIGN,
    LEAD,
    LONG_AGO,
    NOW,
    SHOP,
    accepted,
    claimed,
    reported,
)

ORDER = {
    "OrderDate": "2026-05-01T09:59:00+02:00",
    "Amount": "39.90",
    "Currency": "USD",
    "Aliases": "5551 | B-2",
    "CustomerId": "somebody",
}


def put(order_id: str, key: str = "", **fields: str) -> Any:
    headers = {"Idempotency_Key": key} if key else {}
    return ADVERTISER.put(f"/Orders/{order_id}", {**ORDER, **fields}, **headers)


def test_an_order_that_is_put_is_answered_by_each_of_its_ids(
    live: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = put("%231001")
    assert (answer.status, answer.body["Result"], answer.body["Changes"]) == (200, "NEW", [])
    assert answer.body["Uri"].endswith("/Orders/%231001")
    for each in ("%231001", "1001", "No.%201001", "5551", "b2"):
        found = ADVERTISER.get(f"/Orders/{each}")
        assert (found.status, found.body["Id"]) == (200, "#1001")
    shown = {name: found.body[name] for name in ("OrderDate", "Amount", "Currency", "Status")}
    assert shown == {
        "OrderDate": "2026-05-01T07:59:00+00:00",
        "Amount": "39.90",
        "Currency": "USD",
        "Status": "SALE",
    }
    assert (found.body["Aliases"], found.body["RefundedAmount"]) == ("5551|B-2", "0.00")
    assert "somebody" not in str(stack.everything("shop_orders"))
    assert "1001" not in capsys.readouterr().out
    assert live.has_orders(SHOP)


def test_an_order_put_again_replaces_it_and_says_what_changed(live: Store) -> None:
    put("1001")
    assert put("1001").body["Result"] == "SAME"
    again = put("1001", RefundedAmount="9.90", Status="PARTLY_UNDONE", Aliases="")
    assert again.body["Result"] == "REPLACED"
    assert again.body["Changes"] == [
        {"Field": "Status", "Before": "SALE", "After": "PARTLY_UNDONE"},
        {"Field": "ShopStatus", "Before": "sale", "After": "partly_undone"},
        {"Field": "RefundedAmount", "Before": "0.00 USD", "After": "9.90 USD"},
        {"Field": "Aliases", "Before": "5551, B-2", "After": ""},
    ]
    found = ADVERTISER.get("/Orders/1001").body
    assert (found["Status"], found["LastChanges"]) == ("PARTLY_UNDONE", again.body["Changes"])
    assert ADVERTISER.get("/Orders/5551").status == 404


def test_a_key_has_the_first_answer_again(live: Store) -> None:
    first = put("1001", key="k-1")
    put("1001", Amount="1.00")
    again = put("1001", key="k-1")
    assert (again.status, again.body) == (200, first.body)
    assert put("1002", key="k-1").status == 409
    assert ADVERTISER.get("/Orders/1001").body["Amount"] == "1.00"


def test_a_dry_run_keeps_nothing(live: Store) -> None:
    answer = put("1001", DryRun="true")
    assert (answer.body["DryRun"], answer.body["Result"], answer.body["Uri"]) == ("true", "NEW", "")
    assert stack.everything("shop_orders") == {}


def test_a_campaign_lends_its_zone_and_currency(live: Store) -> None:
    answer = put("1001", CampaignId=CAMPAIGN, Currency="", OrderDate="2026-05-01 09:59")
    assert answer.status == 200
    found = ADVERTISER.get(f"/Orders/1001?CampaignId={CAMPAIGN}").body
    assert found["OrderDate"] == "2026-05-01T09:59:00-07:00"
    assert put("1001", CampaignId="no-such").status == 404


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"OrderDate": ""}, "OrderDate", "required"),
        ({"OrderDate": "2026-05-01"}, "OrderDate", "no_time_zone"),
        ({"Currency": ""}, "Currency", "required"),
        ({"Amount": ""}, "Amount", "required"),
        ({"Amount": "-1"}, "Amount", "not_positive"),
        ({"Status": "shipped"}, "Status", "unknown_status"),
        ({"Status": "UNKNOWN"}, "Status", "unknown_status"),
        ({"Status": "PARTLY_UNDONE"}, "RefundedAmount", "refund_missing"),
        ({"Aliases": "1.12E+16"}, "Aliases", "rounded_id"),
        ({"Aliases": "|".join(map(str, range(21)))}, "Aliases", "too_many_aliases"),
        ({"Colour": "red"}, "Colour", "unknown_field"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    live: Store, fields: dict[str, str], field: str, code: str
) -> None:
    answer = put("1001", **fields)
    assert answer.status == 400
    assert [(e["Field"], e["Code"]) for e in answer.body["Errors"]] == [(field, code)]
    assert stack.everything("shop_orders") == {}


def test_an_id_that_several_orders_answer_to_is_no_order(live: Store) -> None:
    put("1001", Aliases="77")
    put("1002", Aliases="77")
    answer = ADVERTISER.get("/Orders/77")
    assert (answer.status, "1001, 1002" in answer.body["Message"]) == (409, True)
    put("77", Aliases="")
    assert ADVERTISER.get("/Orders/77").body["Id"] == "77"


def test_orders_are_listed_by_their_days_newest_first(live: Store) -> None:
    days = {number: NOW - timedelta(hours=11 * number) for number in range(9)}
    for number, at in days.items():
        put(f"{number}%20\u00e9", OrderDate=at.isoformat(), Aliases="")
    start, end = (f"{each.date()}" for each in (days[6], days[2]))
    query = f"/Orders?StartDate={start}&EndDate={end}&PageSize=2"
    wanted = [n for n, at in days.items() if start <= f"{at.date()}" <= end]
    found, pages = [], 0
    page = ADVERTISER.get(query).body
    while True:
        assert page["@total"] == str(len(wanted))
        found += [each["Id"] for each in page["Orders"]]
        pages += 1
        if not page["@nextpageuri"]:
            break
        page = ADVERTISER.get("/Orders?" + page["@nextpageuri"].partition("?")[2]).body
    assert found == [f"{n} \u00e9" for n in wanted]
    assert pages == (len(wanted) + 1) // 2
    assert len(ADVERTISER.get("/Orders").body["Orders"]) == 9
    last = ADVERTISER.get(f"/Orders?StartDate={start}&EndDate={end}&PageSize=2&Page=3").body
    assert [each["Id"] for each in last["Orders"]] == found[4:6]


def test_too_many_days_are_refused(live: Store) -> None:
    answer = ADVERTISER.get("/Orders?StartDate=2024-01-01&EndDate=2026-01-01")
    assert (answer.status, answer.body["Errors"][0]["Code"]) == (400, "too_wide")


def test_days_without_orders_are_an_empty_list(live: Store) -> None:
    page = ADVERTISER.get("/Orders?StartDate=2026-01-01&EndDate=2026-01-03").body
    assert (page["@total"], page["Orders"], page["@nextpageuri"]) == ("0", [], "")


def test_orders_are_the_shop_s_alone(live: Store) -> None:
    assert PARTNER.get("/Orders").status == 403
    assert ADVERTISER.get("/Orders/1001").status == 404


COVERAGE = f"/Campaigns/{CAMPAIGN}/Coverage"


def covered(live: Store, *files: tuple[int, int, bool]) -> None:
    """Files of days in May."""
    for number, (first, last, complete) in enumerate(files):
        days = Coverage(date(2026, 5, first), date(2026, 5, last), complete)
        live.put_coverage(ShopSetting(SHOP), str(number), NOW, days)


def test_days_are_covered_by_the_files_together(live: Store) -> None:
    covered(live, (2, 3, True), (4, 5, True), (5, 7, False), (20, 21, True))
    body = ADVERTISER.get(f"{COVERAGE}?StartDate=2026-05-01&EndDate=2026-05-08").body
    assert (body["StartDate"], body["EndDate"]) == ("2026-05-01", "2026-05-08")
    assert body["Spans"] == [
        {"StartDate": "2026-05-02", "EndDate": "2026-05-05", "Complete": "true"},
        {"StartDate": "2026-05-06", "EndDate": "2026-05-07", "Complete": "false"},
    ]
    told = [(each["Date"][-2:], each["Coverage"]) for each in body["Days"]]
    whole = [(f"0{day}", "COMPLETE") for day in range(2, 6)]
    some = [("06", "PARTIAL"), ("07", "PARTIAL")]
    assert told == [("01", "NONE"), *whole, *some, ("08", "NONE")]


def test_a_span_that_reaches_over_the_days_asked_for_is_shown_whole(live: Store) -> None:
    covered(live, (1, 31, True))
    body = ADVERTISER.get(f"{COVERAGE}?StartDate=2026-05-10&EndDate=2026-05-10").body
    assert body["Spans"][0]["EndDate"] == "2026-05-31"
    assert body["Days"] == [{"Date": "2026-05-10", "Coverage": "COMPLETE"}]


def test_coverage_is_of_ninety_days_up_to_today_unless_days_are_named(live: Store) -> None:
    body = ADVERTISER.get(COVERAGE).body
    assert (len(body["Days"]), body["EndDate"]) == (90, NOW.date().isoformat())
    assert {each["Coverage"] for each in body["Days"]} == {"NONE"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("StartDate=2025-05-01&EndDate=2026-06-05", "too_wide"),
        ("StartDate=2026-05-02&EndDate=2026-05-01", "ends_first"),
    ],
)
def test_days_that_make_no_sense_are_refused(live: Store, query: str, code: str) -> None:
    answer = ADVERTISER.get(f"{COVERAGE}?{query}")
    assert (answer.status, answer.body["Errors"][0]["Code"]) == (400, code)
    most = ADVERTISER.get(f"{COVERAGE}?StartDate=2025-05-02&EndDate=2026-06-05").body
    assert len(most["Days"]) == 400


def test_coverage_is_the_shop_s_alone(live: Store) -> None:
    assert PARTNER.get(COVERAGE).status == 403
    assert ADVERTISER.get("/Campaigns/999/Coverage").status == 404


def test_an_id_is_as_long_as_the_one_of_a_claim(live: Store) -> None:
    longest = "Order-" + "7" * 94
    assert put(longest, Aliases="8" * 100).status == 200
    for spelled in (longest, f"%23{'7' * 94}", "8" * 100):
        assert ADVERTISER.get(f"/Orders/{spelled}").body["Id"] == longest
    assert put("7" * 101).status == 400


def tracked(order_id: str = "1001", amount: str = "100.00") -> str:
    answer = ADVERTISER.post("/Conversions", reported(order_id, Amount=amount))
    assert answer.status == 200, answer.text
    return answer.id


def undo(live: Store, how: Undoing, order_id: str = "1001", **fields: str) -> Any:
    live.put_campaign_setting(CampaignSetting(CAMPAIGN, undoing=how))
    return put(order_id, **{"Amount": "100.00", "Aliases": "", **fields})


def state_of(action_id: str) -> tuple[str, str]:
    action = ADVERTISER.get(f"/Actions/{action_id}").body
    return action["State"], action["Amount"]


UNDONE = {"Status": "UNDONE"}
PARTLY = {"Status": "PARTLY_UNDONE", "RefundedAmount": "30.00"}


@pytest.mark.parametrize(
    ("fields", "left"), [(UNDONE, ("REVERSED", "0.00")), (PARTLY, ("PENDING", "70.00"))]
)
def test_an_order_that_is_undone_takes_its_pending_action_with_it(
    live: Store, fields: dict[str, str], left: tuple[str, str]
) -> None:
    action_id = tracked("B-2")
    answer = undo(live, Undoing.CHANGE, Aliases="B-2", **fields)
    assert (answer.status, answer.body["Warnings"]) == (200, [])
    assert state_of(action_id) == left
    again = undo(live, Undoing.CHANGE, Aliases="B-2", **fields)
    assert (again.body["Result"], again.body["Warnings"]) == ("SAME", [])
    assert state_of(action_id) == left
    assert reconciliation.prove(live)["holds"]


@pytest.mark.parametrize(
    ("fields", "how"),
    [
        (UNDONE, "reverse it with DispositionCode=ITEM_RETURNED"),
        (PARTLY, "modify it with Reason=ORDER_UPDATE and Amount=70.00"),
    ],
)
def test_a_person_is_told_of_the_change_where_the_campaign_says_so(
    live: Store, fields: dict[str, str], how: str
) -> None:
    action_id = tracked()
    (warning,) = undo(live, Undoing.PROPOSE, **fields).body["Warnings"]
    assert action_id in warning
    assert warning.endswith(f"which is pending; {how}")
    assert state_of(action_id) == ("PENDING", "100.00")


def test_a_locked_action_is_only_told_of(live: Store) -> None:
    claim = PARTNER.post("/ActionInquiries", claimed("1001", TransactionDate=LONG_AGO))
    action_id = ADVERTISER.put("/ActionInquiries", accepted(claim.id)).body["ActionId"]
    (warning,) = undo(live, Undoing.CHANGE, **UNDONE).body["Warnings"]
    assert warning.endswith(f"the order of action {action_id}, which is locked")


def test_two_actions_of_an_order_are_undone_at_once(live: Store) -> None:
    both = [tracked(), ADVERTISER.post("/Conversions", reported("1001", ActionTrackerId=LEAD)).id]
    assert undo(live, Undoing.CHANGE, **UNDONE).body["Warnings"] == []
    assert {state_of(each)[0] for each in both} == {"REVERSED"}
    assert reconciliation.prove(live)["holds"]


def test_an_action_under_another_spelling_stays(live: Store) -> None:
    action_id = tracked("#1001")
    assert undo(live, Undoing.CHANGE, **UNDONE).body["Warnings"] == []
    assert state_of(action_id) == ("PENDING", "100.00")


def test_an_action_whose_id_another_order_has_too_is_only_told_of(live: Store) -> None:
    action_id = tracked("77")
    put("77", Aliases="")
    (warning,) = undo(live, Undoing.CHANGE, **UNDONE, Aliases="77").body["Warnings"]
    assert action_id in warning
    assert state_of(action_id) == ("PENDING", "100.00")


def test_a_dry_run_undoes_nothing(live: Store) -> None:
    action_id = tracked()
    undo(live, Undoing.CHANGE, **UNDONE, DryRun="true")
    assert state_of(action_id) == ("PENDING", "100.00")
