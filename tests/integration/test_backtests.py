"""A backtest tells what a version would have said, and first what it would have paid wrongly."""

from datetime import timedelta
from typing import Any

from makegood.domain.exhibits import Announced, Exhibit, ExhibitState, ExhibitType
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.parties import Role
from makegood.domain.verdicts import Verdict
from makegood.store.store import Store

from tests.integration import market, shop_orders
from tests.integration.gateway import ADVERTISER, OTHER_ADVERTISER
from tests.integration.ingest import Ingest
from tests.integration.market import CAMPAIGN, LOYALTY, NOW
from tests.integration.policies import end
from tests.integration.test_policies import seen, verified
from tests.integration.test_policies_api import make
from tests.policies import approve, decline, on, when

SPAN = {"StartDate": "2026-06-01", "EndDate": "2026-06-30"}


def run(store: Store, version: int = 2, **more: str) -> dict[str, Any]:
    """Orders a backtest, works it, and reads its report."""
    asked = {"CampaignId": CAMPAIGN, "Version": str(version), **SPAN, **more}
    ordered = ADVERTISER.post("/Backtests", asked)
    assert ordered.status == 200, ordered.text
    ingest = Ingest(store)
    while messages := ingest.chunks():
        ingest.work(messages)
    report = ADVERTISER.get(ordered.body["QueuedUri"])
    assert report.body["Status"] == "DONE", report.text
    return report.body


def attach(store: Store, inquiry: Inquiry) -> None:
    """A clean file of the partner's."""
    said = Announced(
        exhibit_type=next(iter(ExhibitType)),
        name="a.pdf",
        size=1,
        content_type="application/pdf",
    )
    added = Exhibit(
        inquiry_id=inquiry.inquiry_id,
        number=1,
        exhibit_id="e1",
        side=Role.PARTNER,
        user="Cashback Club",
        said=said,
        made_at=NOW,
        state=ExhibitState.CLEAN,
    )
    store.add_exhibit(added)


def became(report: dict[str, Any]) -> dict[tuple[str, str, str], tuple[str, str]]:
    return {
        (each["Answer"], each["Verdict"], each["Became"]): (
            each["Claims"],
            each["PaidWrongly"][0]["Amount"],
        )
        for each in report["Groups"]
    }


def test_what_would_have_been_paid_wrongly_is_the_first_line(live: Store) -> None:
    """Four matches: accepted, accepted for less, declined, won on appeal; one undone, one open."""
    filed = [market.file(live, f"A-{at}") for at in range(6)]
    good, less, bad, won, undone, _ = filed
    for each in (good, less, bad, won):
        verified(live, each, Verdict.MATCH)
    verified(live, undone, Verdict.UNDONE)
    market.resolve(live, market.accepted(good.inquiry_id))
    market.resolve(live, market.accepted(less.inquiry_id, FinalPayout="3.00"))
    for each in (bad, won, undone):
        market.resolve(live, market.declined(each.inquiry_id))
    appeal = market.file(live, "A-3", AppealOf=won.inquiry_id, InquiryNotes="The receipt")
    market.resolve(live, market.accepted(appeal.inquiry_id))
    make(decline(), approve())
    report = run(live)
    assert next(iter(report)) == "PaidWrongly"
    wrongly = {"Claims": "2", "Money": [{"Amount": "7.00", "Currency": "USD"}]}
    assert report["PaidWrongly"] == wrongly
    found = became(report)
    assert found["APPROVE", "MATCH", "ACCEPTED"] == ("2", "2.00")
    assert found["APPROVE", "MATCH", "DECLINED"] == ("1", "5.00")
    assert found["APPROVE", "MATCH", "WON_ON_APPEAL"] == ("1", "0.00")
    assert found["DECLINE", "UNDONE", "DECLINED"] == ("1", "0.00")
    (declined,) = [each for each in report["Groups"] if each["PaidWrongly"][0]["Amount"] == "5.00"]
    assert declined["Examples"] == [bad.inquiry_id]
    assert sum(int(each["Claims"]) for each in report["Groups"]) == 7


def test_an_accepted_claim_that_was_reversed_would_have_been_paid_wrongly(live: Store) -> None:
    inquiry = market.file(live, "A-1")
    verified(live, inquiry, Verdict.MATCH)
    market.resolve(live, market.accepted(inquiry.inquiry_id))
    action_id = seen(live, inquiry).action_id
    gone = ADVERTISER.delete(f"/Actions/{action_id}?DispositionCode=ITEM_RETURNED")
    assert gone.status == 200, gone.text
    make(approve())
    assert became(run(live)) == {("APPROVE", "MATCH", "REVERSED"): ("1", "5.00")}


def test_what_stood_beside_a_claim_keeps_rules_from_it_as_it_did_then(live: Store) -> None:
    """A dispute, a credited order that is alike, evidence, and a customer nobody counted."""
    shop_orders.give(live, *(shop_orders.an_order(each) for each in ("A-1", "A-2", "A-3", "A-4")))
    first = market.file(live, "A-1")
    rival = market.file(live, "A-1", LOYALTY, at=NOW + timedelta(hours=1))
    market.resolve(live, market.declined(rival.inquiry_id), at=NOW + timedelta(days=1))
    market.track(live, "a2", MediaPartnerId=LOYALTY)
    alike, shown, plain = (
        market.file(live, each, CustomerId="C-1") for each in ("A-2", "A-3", "A-4")
    )
    attach(live, shown)
    for each in (first, rival, alike, shown, plain):
        verified(live, each, Verdict.MATCH)
    proven = approve(on("MATCH"), when("EVIDENCE", "ONE_OF", ["YES"]), name="proven")
    rare = approve(on("MATCH"), when("CUSTOMER_CLAIMS", "AT_MOST", 9, 30), name="rare")
    make(proven, rare)
    examples = {
        each: (group["Answer"], group["Why"], group["Rule"])
        for group in run(live)["Groups"]
        for each in group["Examples"]
    }
    person = "REVIEW", "NO_RULE", ""
    assert examples == {
        first.inquiry_id: person,
        rival.inquiry_id: ("REVIEW", "DISPUTED", ""),
        alike.inquiry_id: ("REVIEW", "ALIKE", ""),
        shown.inquiry_id: ("APPROVE", "RULE", "proven"),
        plain.inquiry_id: person,
    }


def test_what_was_decided_before_the_first_order_file_is_verified_for_the_rehearsal(
    live: Store,
) -> None:
    """Its own action is not in its way; an order that is credited under another id is."""
    live.put_campaign(market.campaign(declines_tracked=True))
    good, bad, missing, aliased, again = (
        market.file(live, each) for each in ("A-1", "A-2", "Unheard of", "777", "A-5")
    )
    market.resolve(live, market.accepted(good.inquiry_id))
    for each in (bad, missing, aliased, again):
        market.resolve(live, market.declined(each.inquiry_id))
    appeal = market.file(live, "A-5", AppealOf=again.inquiry_id, InquiryNotes="The receipt")
    market.track(live, "A-4", MediaPartnerId=LOYALTY)
    known = [shop_orders.an_order(each) for each in ("A-1", "#A-2", "A-5")]
    shop_orders.give(live, *known, shop_orders.an_order("A-4", "777"))
    make(approve(), decline(on("NOT_FOUND"), name="nowhere", reason=6))
    said = {
        each: (group["Answer"], group["Verdict"], group["Rule"])
        for group in run(live)["Groups"]
        for each in group["Examples"]
    }
    assert said == {
        good.inquiry_id: ("APPROVE", "MATCH", "matches"),
        bad.inquiry_id: ("APPROVE", "MATCH", "matches"),
        missing.inquiry_id: ("DECLINE", "NOT_FOUND", "nowhere"),
        aliased.inquiry_id: ("DECLINE", "TAKEN", "tracked-orders"),
        again.inquiry_id: ("APPROVE", "MATCH", "matches"),
        appeal.inquiry_id: ("REVIEW", "MATCH", ""),
    }
    assert seen(live, good).verification is None


def test_claims_of_another_span_are_left_out_and_nothing_is_decided(live: Store) -> None:
    verified(live, market.file(live, "A-1"), Verdict.UNDONE)
    later = market.file(live, "A-2", at=NOW + timedelta(days=40))
    make(decline(on("UNDONE", "MATCH"), reason=4))
    report = run(live)
    assert report["RowsTotal"] == "1"
    assert became(report) == {("DECLINE", "UNDONE", "OPEN"): ("1", "0.00")}
    assert seen(live, later).state is InquiryState.UNRESOLVED
    assert run(live, version=1)["PaidWrongly"]["Claims"] == "0"
    end(live)


def test_a_backtest_is_of_a_version_that_is_there_and_of_a_span(live: Store) -> None:
    make(decline())
    fields = {"CampaignId": CAMPAIGN, "Version": "2", **SPAN}
    refused = {
        "Version": ({"Version": "x"}, 400),
        "EndDate": ({"EndDate": "2026-05-01"}, 400),
        "StartDate": ({"StartDate": ""}, 400),
    }
    for name, (change, status) in refused.items():
        answer = ADVERTISER.post("/Backtests", {**fields, **change})
        assert (answer.status, answer.body["Errors"][0]["Field"]) == (status, name)
    assert ADVERTISER.post("/Backtests", {**fields, "Version": "9"}).status == 404
    assert OTHER_ADVERTISER.post("/Backtests", fields).status == 404
