"""Limits on their way: signed, reached by two at once, approved by API and by file, and swept."""

from datetime import timedelta

import pytest
from makegood.domain.actions import Action, ActionState
from makegood.domain.limits import recounted
from makegood.domain.parties import Role
from makegood.domain.problems import Invalid
from makegood.domain.uploads import Kind
from makegood.forms.conversions import ConversionRequest
from makegood.jobs import reconciliation
from makegood.operator import commands
from makegood.store.store import Store
from makegood.usecases import unit_of_work
from makegood.usecases.report_conversion import ConversionWork
from makegood.usecases.unit_of_work import Done
from makegood.usecases.view import Ask

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, PARTNER
from tests.integration.ingest import OWNERS, Ingest, table
from tests.integration.market import CAMPAIGN, CASHBACK, NOW, RECENT_LOCKS_AT, SALE, SHOP

WEEKLY = {"measure": "PAYOUT", "most": "12.00 USD", "scope": "ALL", "every": "WEEK"}
WORDS = "12.00 USD a week in all"


def sign(store: Store, *limits: object, locking: str = "DAY 15d") -> None:
    """Version 2 of the cashback partner's contract: 5% of a sale, as far as its limits go."""
    context = commands.CommandContext(store, NOW, lambda: "token", lambda: True)
    terms = {
        "valid_from": "2026-06-01T00:00:00Z",
        "locking": locking,
        "payment": "DAY 4d",
        "payouts": {SALE: {"default": "5%", "limits": list(limits)}},
    }
    command = {"command": "sign_contract", "campaign_id": CAMPAIGN, "partner_id": CASHBACK}
    commands.run(context, {**command, "terms": terms})


def seen(store: Store, action: Action) -> Action:
    return store.actions([action.action_id])[action.action_id]


def used(store: Store) -> list[int]:
    """What the counters show; it is what all actions take."""
    rows = stack.everything("actions")
    ids = [pk[2:] for pk, sk in rows if sk == "H"]
    counts = [use for each in store.actions(ids).values() for use in each.counts]
    kept = {pk: int(row["used"]["N"]) for (pk, _), row in rows.items() if pk.startswith("M#")}
    assert +recounted(counts) == {each: n for each, n in store.uses(recounted(counts)).items() if n}
    assert sum(kept.values()) == sum(recounted(counts).values())
    return list(kept.values())


def over_the_edge(store: Store) -> list[Action]:
    """Two sales that fit the week, and one that does not."""
    sign(store, WEEKLY)
    made = [market.track(store, f"A-{at}") for at in range(3)]
    assert [each.outside for each in made] == [False, False, True]
    return made


@pytest.fixture
def ingest(live: Store, monkeypatch: pytest.MonkeyPatch) -> Ingest:
    monkeypatch.setitem(OWNERS, Kind.ACTIONS, (Role.ADVERTISER, SHOP))
    return Ingest(live)


def test_of_two_at_once_at_the_edge_one_is_in_and_one_outside(trading: Store) -> None:
    sign(trading, WEEKLY)
    market.track(trading, "A-0")
    with stack.before_commits(lambda: market.track(stack.rival(), "A-1")):
        late = market.track(trading, "A-2")
    rows = stack.everything("actions")
    first = trading.actions([pk[2:] for pk, sk in rows if sk == "H"])
    assert sorted(each.outside for each in first.values()) == [False, False, True]
    assert (late.outside, late.beyond) == (True, WORDS)
    assert seen(trading, late) == late
    assert used(trading) == [1_000]


def test_two_that_both_fit_do_not_get_in_each_other_s_way(
    trading: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign(trading, WEEKLY)
    monkeypatch.setattr(unit_of_work, "TRIES_MAX", 1)
    with stack.before_commits(lambda: market.track(stack.rival(), "A-1")):
        assert not market.track(trading, "A-2").outside
    assert used(trading) == [1_000]


def asked_at(at: int, **fields: str) -> Ask[ConversionRequest]:
    """That row of a file."""
    request = ConversionRequest.read(market.reported(f"A-{at}", **fields))
    return Ask(request, f"file:1:{at}", once=True)


def test_rows_of_one_file_fill_a_limit_in_their_order(trading: Store) -> None:
    sign(trading, WEEKLY, {"measure": "NUMBER", "most": 1, "scope": "CUSTOMER"})
    customers = ["C-1", "C-1", "", "C-2"]
    rows = [asked_at(at, CustomerId=customer) for at, customer in enumerate(customers)]
    results = unit_of_work.many(trading, ConversionWork(SHOP, NOW), rows)
    made = [each.subject for each in results if isinstance(each, Done)]
    beyond = [each.beyond for each in made if isinstance(each, Action)]
    assert beyond == ["", "1 action for each customer", "", WORDS]
    again = unit_of_work.many(trading, ConversionWork(SHOP, NOW), rows)
    assert [isinstance(each, Done) and each.again for each in again] == [True] * 4
    assert sorted(used(trading)) == [1, 1_000]


def test_a_file_that_somebody_takes_the_room_from_is_decided_anew(trading: Store) -> None:
    sign(trading, WEEKLY)
    rows = [asked_at(at) for at in range(2)]
    with stack.before_commits(lambda: market.track(stack.rival(), "B-1")):
        results = unit_of_work.many(trading, ConversionWork(SHOP, NOW), rows)
    made = [each.subject for each in results if isinstance(each, Done)]
    assert [each.outside for each in made if isinstance(each, Action)] == [False, True]
    assert used(trading) == [1_000]


def test_a_correction_in_the_place_of_a_full_limit_s_last_use_still_fits(trading: Store) -> None:
    sign(trading, {"measure": "NUMBER", "most": 1})
    market.track(trading, "A-1")
    inquiry = market.file(trading, "A-1", InquiryType="INCORRECT", TransactionAmount="120.00")
    action = market.resolve(trading, market.accepted(inquiry.inquiry_id)).action
    assert action is not None
    assert (action.beyond, str(action.payout)) == ("", "6.00")
    assert used(trading) == [1]


def test_the_sweep_reverses_what_stays_outside_and_locks_the_others(trading: Store) -> None:
    *within, outside = over_the_edge(trading)
    early = market.sweep(trading, RECENT_LOCKS_AT - timedelta(milliseconds=1))
    assert (early.locked, early.lapsed) == (0, 0)
    result = market.sweep(trading, RECENT_LOCKS_AT)
    assert (result.locked, result.lapsed, result.conflicts) == (2, 1, 0)
    assert {seen(trading, each).state for each in within} == {ActionState.LOCKED}
    gone = seen(trading, outside)
    assert (gone.state, gone.disposition) == (ActionState.REVERSED, "NOT_COMPLIANCE_TERMS")
    (update,) = trading.updates([f"{outside.action_id}.2"]).values()
    assert update.made_by == "sweep"
    assert market.sweep(trading, RECENT_LOCKS_AT).lapsed == 0
    assert used(trading) == [1_000]
    assert reconciliation.prove(trading)["holds"]


def test_what_is_approved_by_the_api_counts_and_locks_on_its_date(live: Store) -> None:
    *_, outside = over_the_edge(live)
    assert ADVERTISER.put(f"/Actions/{outside.action_id}", {"Reason": "APPROVED"}).status == 200
    assert used(live) == [1_500]
    assert ADVERTISER.put(f"/Actions/{outside.action_id}", {"Reason": "APPROVED"}).status == 200
    result = market.sweep(live, RECENT_LOCKS_AT)
    assert (result.locked, result.lapsed) == (3, 0)
    assert market.cash(live) == ("-15.00", "15.00")
    assert used(live) == [1_500]


def test_what_is_approved_by_file_counts_once(live: Store, ingest: Ingest) -> None:
    within, _, outside = over_the_edge(live)
    ids = [outside.action_id, within.action_id]
    data = table(["ActionId", "Reason"], *[[each, "APPROVED"] for each in ids])
    results = ingest.results(ingest.upload(Kind.ACTIONS, data))
    assert [each for each, _ in results] == ["APPLIED", "REJECTED"]
    assert results[1][1] == "not_open_ended"
    assert ingest.results(ingest.upload(Kind.ACTIONS, data))[0][0] == "UNCHANGED"
    assert (seen(live, outside).outside, seen(live, outside).approved) == (False, True)
    assert used(live) == [1_500]


def test_under_an_open_ended_contract_an_approval_locks_it(live: Store) -> None:
    sign(live, {"measure": "NUMBER", "most": 1}, locking="OPEN_ENDED")
    market.track(live, "A-1")
    outside = market.track(live, "A-2")
    awaiting = ADVERTISER.get(f"/Actions?CampaignId={CAMPAIGN}&AwaitingApproval=true").body
    assert len(awaiting["Actions"]) == 2
    ADVERTISER.put(f"/Actions/{outside.action_id}", {"Reason": "APPROVED"})
    assert seen(live, outside).state is ActionState.LOCKED
    assert used(live) == [2]


def test_what_is_given_back_makes_room_and_what_grows_too_far_goes_outside(live: Store) -> None:
    first, second, outside = over_the_edge(live)
    grow = {"Reason": "ORDER_UPDATE", "Amount": "160.00"}
    ADVERTISER.put(f"/Actions/{first.action_id}", grow)
    assert seen(live, first).outside
    assert used(live) == [500]
    ADVERTISER.put(f"/Actions/{outside.action_id}", {"Reason": "ORDER_UPDATE", "Amount": "90.00"})
    assert not seen(live, outside).outside
    ADVERTISER.delete(f"/Actions/{second.action_id}?DispositionCode=OTHER")
    assert used(live) == [450]


def test_both_sides_see_what_was_intended_and_what_it_pays_as_things_are(live: Store) -> None:
    *_, outside = over_the_edge(live)
    told = f"Outside of terms: beyond {WORDS}"
    shown = ADVERTISER.get(f"/Actions/{outside.action_id}").body
    money = ("Payout", "DeltaPayout", "IntendedPayout", "ClientCost")
    assert [shown[name] for name in money] == ["0.00", "-5.00", "5.00", "0.00"]
    assert (shown["State"], shown["Note"]) == ("PENDING", told)
    assert shown["StateDetail"] == "OUTSIDE_OF_TERMS"
    assert shown["StateDetailDescription"].endswith("it is beyond 12.00 USD a week in all")
    theirs = PARTNER.get(f"/Actions/{outside.action_id}").body
    assert (theirs["Payout"], theirs["IntendedPayout"]) == ("0.00", "5.00")
    awaiting = ADVERTISER.get(f"/Actions?CampaignId={CAMPAIGN}&AwaitingApproval=true").body
    assert [each["Id"] for each in awaiting["Actions"]] == [outside.action_id]
    market.sweep(live, RECENT_LOCKS_AT)
    (update,) = PARTNER.get(f"/ActionUpdates?CampaignId={CAMPAIGN}").body["ActionUpdates"]
    assert (update["State"], update["ReportingState"]) == ("REVERSED", "NOT_COMPLIANCE_TERMS")
    assert update["StateDetail"] == "REVERSED"
    assert "NOT_COMPLIANCE_TERMS; it was beyond" in update["StateDetailDescription"]
    assert update["DeltaPayout"] == "0.00"


def test_both_sides_read_the_limits_of_a_contract(live: Store) -> None:
    sign(live, WEEKLY, {"measure": "NUMBER", "most": 3, "scope": "CUSTOMER", "every": "DAY"})
    (contract,) = PARTNER.get("/Contracts").body["Contracts"]
    (pays,) = contract["Terms"]["EventPayouts"]
    assert [" ".join(each.values()) for each in pays["Limits"]] == [
        "PAYOUT 12.00 USD ALL WEEK",
        "NUMBER 3  CUSTOMER DAY",
    ]


def test_previews_say_that_it_would_be_beyond_the_limit(live: Store) -> None:
    over_the_edge(live)
    fields = {**market.reported("A-9"), "DryRun": "true"}
    preview = ADVERTISER.post("/Conversions", fields).body["Preview"]
    assert preview["Payout"] == "0.00"
    assert preview["Explanation"].endswith(f"; beyond {WORDS}, outside of terms")
    inquiry = market.file(live, "A-8")
    fields = {**market.accepted(inquiry.inquiry_id), "DryRun": "true"}
    preview = ADVERTISER.put("/ActionInquiries", fields).body["Preview"]
    assert preview["Payout"] == "5.00"
    assert preview["Explanation"].endswith(f"; beyond {WORDS}, approved by the advertiser")
    assert preview["LimitsAfter"] == [{"Limit": WORDS, "Left": "-3.00", "Currency": "USD"}]
    assert used(live) == [1_000]


def test_previews_tell_what_they_leave_of_each_limit(live: Store) -> None:
    sign(live, WEEKLY, {"measure": "NUMBER", "most": 3, "scope": "ORDER"})
    market.track(live, "A-1")
    inquiry = market.file(live, "A-8")
    fields = {**market.accepted(inquiry.inquiry_id), "DryRun": "true"}
    preview = ADVERTISER.put("/ActionInquiries", fields).body["Preview"]
    each_order = {"Limit": "3 actions for each order", "Left": "2", "Currency": ""}
    weekly = {"Limit": WORDS, "Left": "2.00", "Currency": "USD"}
    assert preview["LimitsAfter"] == [weekly, each_order]


def test_a_limit_at_fault_is_not_signed(trading: Store) -> None:
    with pytest.raises(Invalid) as caught:
        sign(trading, {**WEEKLY, "every": "FORTNIGHT"})
    (fault,) = caught.value.faults
    assert "every is one of DAY, WEEK, MONTH, QUARTER, NEVER" in fault.message
