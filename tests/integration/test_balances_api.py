"""Funds, earnings and entries by HTTP: each side sees its own part, as it is or as of when."""

from datetime import timedelta

import pytest
from makegood.domain.projections import DAYS, Forecasts, Standings
from makegood.jobs import backfill
from makegood.store.clearings import Backfill
from makegood.store.indexes import StoredList
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import ADVERTISER, BLOG, OTHER_ADVERTISER, OTHER_PARTNER, PARTNER
from tests.integration.market import (
    CAMPAIGN,
    CASHBACK,
    LOYALTY,
    NOW,
    RECENT_CLEARS_AT,
    RECENT_LOCKS_AT,
    SHOP,
)
from tests.integration.test_transfers import say

LATER = RECENT_CLEARS_AT + timedelta(hours=1)


def settled(store: Store, deposited: str) -> None:
    """5.00 each for two partners, the one's a day older; cleared, and paid as far as money goes."""
    if deposited:
        market.deposit(store, deposited)
    market.track(store, "A-1", EventDate="2026-05-31T10:00:00-07:00")
    market.track(store, "A-2", MediaPartnerId=LOYALTY)
    for at in (RECENT_LOCKS_AT, LATER):
        market.sweep(store, at)
    store.set_clock(LATER)


def test_funds_are_told_by_currency_as_they_are_now(live: Store) -> None:
    settled(live, "6.00")
    body = ADVERTISER.get("/Funds").body
    assert (body["@total"], body["@nextpageuri"]) == ("1", "")
    (found,) = body["Funds"]
    assert found == {
        "Currency": "USD",
        "Funds": "-4.00",
        "Committed": "5.00",
        "Cash": "1.00",
        "Overdue": "5.00",
        "OverdueCount": "1",
        "OverdueAsOf": LATER.isoformat(),
        "RequiredWithin30Days": "",
        "ForecastAsOf": "",
        "Forecast": [],
    }
    (other,) = OTHER_ADVERTISER.get("/Funds").body["Funds"]
    assert (other["Funds"], other["Overdue"]) == ("0.00", "0.00")
    market.deposit(live, "4.00", "bank-2")
    market.sweep(live, LATER)
    (found,) = ADVERTISER.get("/Funds").body["Funds"]
    assert (found["Funds"], found["Committed"], found["Overdue"]) == ("0.00", "0.00", "0.00")


def test_overdue_is_one_advertiser_s_own(live: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makegood.store.indexes.SHARDS", 1)
    settled(live, "")
    market.deposit(live, "1.00", "bank-3", market.STRANGE_SHOP)
    (other,) = OTHER_ADVERTISER.get("/Funds").body["Funds"]
    assert (other["Cash"], other["Overdue"]) == ("1.00", "0.00")


def not_backfilled(store: Store) -> None:
    """As a stack is that comes from a version without sums, until its backfill is complete."""
    store.keep_backfill(Backfill(version=store.backfill().version))


def test_before_the_backfill_is_complete_what_is_overdue_is_read_from_actions(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(live, "6.00")
    (shown,) = ADVERTISER.get("/Funds").body["Funds"]
    not_backfilled(live)
    assert ADVERTISER.get("/Funds").body["Funds"] == [shown]
    (earned,) = OTHER_PARTNER.get("/Earnings").body["Earnings"] or [None]
    assert earned is None
    monkeypatch.setattr("makegood.api.balances.OVERDUE_READ_MAX", 0)
    names = ("Overdue", "OverdueCount", "OverdueAsOf")
    (found,) = ADVERTISER.get("/Funds").body["Funds"]
    assert [found[name] for name in names] == ["", "", ""]
    made = Forecasts(LATER)
    made.add(SHOP, "USD", True, RECENT_CLEARS_AT, 700)
    live.keep_forecasts(made.made())
    (found,) = ADVERTISER.get("/Funds").body["Funds"]
    assert [found[name] for name in names] == ["7.00", "", LATER.isoformat()]
    backfill.run(live, lambda: True)
    (found,) = ADVERTISER.get("/Funds").body["Funds"]
    assert [found[name] for name in names] == [shown[name] for name in names]


def test_what_is_overdue_takes_no_reading_of_actions_however_much_it_is(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(live, "")
    monkeypatch.setattr("makegood.api.balances._read_overdue", None)
    monkeypatch.setattr("makegood.store.actions.Actions.actions", None)
    (found,) = ADVERTISER.get("/Funds").body["Funds"]
    assert (found["Overdue"], found["OverdueCount"]) == ("10.00", "2")
    for client in (PARTNER, OTHER_PARTNER):
        (found,) = client.get("/Earnings").body["Earnings"]
        assert (found["Locked"], found["Overdue"], found["OverdueCount"]) == ("5.00", "5.00", "1")


def test_what_is_locked_and_has_not_cleared_is_not_overdue(live: Store) -> None:
    market.track(live, "A-1")
    market.sweep(live, RECENT_LOCKS_AT)
    for at, overdue in (
        (RECENT_CLEARS_AT - timedelta(seconds=1), ("0.00", "0")),
        (RECENT_CLEARS_AT, ("5.00", "1")),
    ):
        live.set_clock(at)
        (owed,) = ADVERTISER.get("/Funds").body["Funds"]
        (earned,) = PARTNER.get("/Earnings").body["Earnings"]
        assert (owed["Overdue"], owed["OverdueCount"], owed["OverdueAsOf"]) == (
            *overdue,
            at.isoformat(),
        )
        assert (earned["Overdue"], earned["OverdueCount"]) == overdue
        assert (earned["Locked"], earned["OverdueAsOf"]) == ("5.00", at.isoformat())


def test_a_forecast_says_what_is_needed_on_each_of_thirty_days(live: Store) -> None:
    made = Forecasts(NOW)
    for locked, days, minor in ((True, -1, 100), (False, 0, 20), (True, 29, 3), (False, 30, 9_999)):
        made.add(SHOP, "USD", locked, NOW + timedelta(days=days, seconds=1), minor)
    live.keep_forecasts(made.made())
    (found,) = ADVERTISER.get("/Funds").body["Funds"]
    assert (found["RequiredWithin30Days"], found["ForecastAsOf"]) == ("1.23", NOW.isoformat())
    days = found["Forecast"]
    assert len(days) == DAYS
    assert days[0] == {"Date": "2026-06-10", "Amount": "0.20"}
    assert days[-1] == {"Date": "2026-07-09", "Amount": "0.03"}


def test_earnings_are_as_they_are_now_and_what_is_pending_as_of_when_it_was_summed(
    live: Store,
) -> None:
    settled(live, "6.00")
    say(live, "set_payout_threshold", amount="50.00")
    body = PARTNER.get("/Earnings").body
    assert body["Earnings"] == [
        {
            "Currency": "USD",
            "Pending": "",
            "AsOf": "",
            "Locked": "0.00",
            "Overdue": "0.00",
            "OverdueCount": "0",
            "OverdueAsOf": LATER.isoformat(),
            "Payable": "5.00",
            "PayoutThreshold": "50.00",
        }
    ]
    (other,) = OTHER_PARTNER.get("/Earnings").body["Earnings"]
    assert (other["Locked"], other["Overdue"], other["Payable"]) == ("5.00", "5.00", "0.00")
    market.track(live, "A-3")
    keep_standings(live)
    summed = ("Currency", "Pending", "AsOf", "Locked", "Overdue", "OverdueCount", "Payable")
    expected = [
        ("EUR", "0.00", LATER.isoformat(), "0.00", "0.00", "0", "0.00"),
        ("USD", "5.00", LATER.isoformat(), "0.00", "0.00", "0", "5.00"),
        ("USD", "0.00", LATER.isoformat(), "5.00", "5.00", "1", "0.00"),
    ]
    assert earnings(summed) == expected
    not_backfilled(live)
    uncounted = [(*each[:5], "", each[6]) for each in expected]
    assert earnings(summed) == uncounted
    assert BLOG.get("/Earnings").body["Earnings"] == []


def keep_standings(store: Store) -> None:
    """As the daily proof sums them, an older one of another day after a newer one."""
    made = Standings(LATER)
    for action in store.actions(
        market.listed(store, StoredList.of_campaign("actions", CAMPAIGN))
    ).values():
        made.add(action)
    made.know(CASHBACK, "EUR")
    store.keep_standings(made.made())
    older = Standings(NOW)
    older.know(LOYALTY, "USD")
    store.keep_standings(older.made())


def earnings(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [
        tuple(each[name] for name in names)
        for client in (PARTNER, OTHER_PARTNER)
        for each in client.get("/Earnings").body["Earnings"]
    ]


def test_entries_show_each_owner_its_own_part_and_nobody_else_s(live: Store) -> None:
    settled(live, "20.00")
    pays = ADVERTISER.get("/Funds/Entries?Reason=pay").body["Entries"]
    assert [(each["AmountIn"], each["AmountOut"]) for each in pays] == [("0.00", "10.00")]
    parts = {part["Counterparty"]: part for part in pays[0]["Parts"]}
    assert sorted(parts) == [f"partner:{CASHBACK}", f"partner:{LOYALTY}"]
    for client, partner_id, stranger in (
        (PARTNER, CASHBACK, LOYALTY),
        (OTHER_PARTNER, LOYALTY, CASHBACK),
    ):
        answer = client.get("/Earnings/Entries")
        (entry,) = answer.body["Entries"]
        assert (entry["AmountIn"], entry["AmountOut"]) == ("5.00", "0.00")
        assert entry["Counterparty"] == f"advertiser:{SHOP}"
        (part,) = entry["Parts"]
        assert part["Actions"] == parts[f"partner:{partner_id}"]["Actions"]
        hidden = parts[f"partner:{stranger}"]["Actions"][0]["ActionId"]
        assert stranger not in answer.text
        assert hidden not in answer.text
    assert BLOG.get("/Earnings/Entries").body["@total"] == "0"
    assert OTHER_ADVERTISER.get("/Funds/Entries").body["Entries"] == []


def test_entries_are_newest_first_paged_and_filtered(live: Store) -> None:
    settled(live, "20.00")
    say(live, "transfer", amount="1.00", reference="bonus")
    say(live, "return_payment", amount="0.25", reference="back")

    def reasons(query: str) -> list[str]:
        return [each["Reason"] for each in ADVERTISER.get(f"/Funds/Entries{query}").body["Entries"]]

    assert reasons("")[:2] == ["PAY", "LOCK"]
    assert sorted(reasons("")[2:]) == ["DEPOSIT", "RETURN", "TRANSFER"]
    assert reasons("?Reason=TRANSFER&Currency=usd") == ["TRANSFER"]
    assert reasons("?Currency=EUR") == []
    assert reasons("?StartDate=2026-06-17&EndDate=2026-06-17") == ["LOCK"]
    first = ADVERTISER.get("/Funds/Entries?PageSize=2").body
    assert first["@total"] == "5"
    following = ADVERTISER.get(first["@nextpageuri"]).body["Entries"]
    assert len({each["Id"] for each in (*first["Entries"], *following)}) == 4
    (lock,) = ADVERTISER.get("/Funds/Entries?Reason=LOCK").body["Entries"]
    assert (lock["AmountIn"], lock["AmountOut"], lock["Counterparty"]) == ("10.00", "10.00", "")
    (back,) = PARTNER.get("/Earnings/Entries?Reason=RETURN").body["Entries"]
    assert (back["AmountIn"], back["AmountOut"], back["Note"]) == ("0.00", "0.25", "back")
    (brought,) = ADVERTISER.get("/Funds/Entries?Reason=DEPOSIT").body["Entries"]
    assert brought["Counterparty"] == "world:deposits"


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("Reason=GIFT", ("Reason", "unknown_reason")),
        ("Currency=XYZ", ("Currency", "unknown_currency")),
        ("StartDate=soon", ("StartDate", "not_a_date")),
    ],
)
def test_a_filter_at_fault_is_named(live: Store, query: str, fault: tuple[str, str]) -> None:
    answer = PARTNER.get(f"/Earnings/Entries?{query}")
    assert (answer.status, answer.faults) == (400, [fault])


def test_updates_say_that_their_action_is_overdue_and_then_paid(live: Store) -> None:
    action = market.track(live, "A-1")
    fields = {"ActionId": action.action_id, "Amount": "60.00", "Reason": "ITEM_RETURNED"}
    assert ADVERTISER.put("/Actions", fields).status == 200
    details = []
    for at, deposited in ((RECENT_LOCKS_AT, ""), (LATER, ""), (LATER, "3.00")):
        if deposited:
            market.deposit(live, deposited)
        market.sweep(live, at)
        live.set_clock(at)
        shown = PARTNER.get("/ActionUpdates").body["ActionUpdates"]
        assert (
            ADVERTISER.get(f"/ActionUpdates/{shown[0]['Id']}").body["StateDetail"]
            == (shown[0]["StateDetail"])
        )
        details.append({each["StateDetail"] for each in shown})
    assert details == [{"LOCKED"}, {"OVERDUE"}, {"PAID"}]
