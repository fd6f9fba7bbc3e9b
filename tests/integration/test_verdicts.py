"""Verdicts on claims: when they are made, what they see, and whom they tell what."""

import csv
import io
from datetime import date

import pytest
from makegood.domain.inquiries import Inquiry
from makegood.domain.problems import RuleForbids
from makegood.domain.shop_orders import Affixes
from makegood.domain.uploads import Kind
from makegood.domain.verdicts import HoldKind, Verdict
from makegood.domain.verification_settings import ShopSetting
from makegood.domain.verification_walks import Walk
from makegood.forms.changes import ReversalRequest
from makegood.store.store import Store
from makegood.usecases import unit_of_work, verification_walks
from makegood.usecases.change_action import ChangeWork
from makegood.usecases.view import Ask

from tests.integration import market
from tests.integration.gateway import ADVERTISER, PARTNER
from tests.integration.ingest import Ingest, table
from tests.integration.market import LOYALTY, NOW, SHOP
from tests.integration.shop_orders import an_order, give
from tests.workbook_files import xlsx


@pytest.fixture
def shop(trading: Store) -> Store:
    """The market, and its shop's orders #1001 and #1002 in a file that is complete."""
    give(trading, an_order("#1001", "5550001"), an_order("#1002", "5550002"))
    return trading


def verdict(store: Store, inquiry: Inquiry) -> str:
    kept = store.inquiries([inquiry.inquiry_id])[inquiry.inquiry_id].verification
    return kept.verdict if kept else ""


def test_a_claim_has_its_verdict_once_it_is_filed(shop: Store) -> None:
    filed = market.file(shop, "1001")
    assert filed.verification is not None
    assert filed.verification.verdict is Verdict.MATCH
    assert filed.verification.order_id == "#1001"
    assert filed.verification.step == 3
    assert verdict(shop, filed) == "MATCH"
    assert verdict(shop, market.file(shop, "1002", TransactionAmount="99.00")) == "MISMATCH"
    assert verdict(shop, market.file(shop, "10020")) == "CANDIDATES"
    assert verdict(shop, market.file(shop, "777")) == "NOT_FOUND"


def test_two_open_claims_about_one_order_are_both_taken(shop: Store) -> None:
    first = market.file(shop, "1001")
    second = market.file(shop, "5550001", LOYALTY)
    assert (verdict(shop, first), verdict(shop, second)) == ("TAKEN", "TAKEN")
    assert second.verification.holds == (HoldKind.LIVE,)
    assert second.verification.told
    assert not shop.inquiries([first.inquiry_id])[first.inquiry_id].verification.told


@pytest.mark.parametrize("spelled", ["#1001", "1001", "No. 1001", "01-001", "5550001"])
def test_a_credit_under_any_spelling_is_in_the_way(shop: Store, spelled: str) -> None:
    market.track(shop, spelled, MediaPartnerId=LOYALTY)
    filed = market.file(shop, "001001")
    assert (filed.verification.verdict, filed.verification.holds) == ("TAKEN", (HoldKind.CREDITED,))


def test_an_affix_is_no_way_around_a_credit(shop: Store) -> None:
    shop.put_shop_setting(ShopSetting(SHOP, Affixes(("WC-",))))
    market.track(shop, "wc-1001", MediaPartnerId=LOYALTY)
    assert market.file(shop, "1001").verification.verdict is Verdict.TAKEN


def test_an_accepted_claim_is_in_the_way_of_the_next(shop: Store) -> None:
    market.accept(shop, "1001")
    filed = market.file(shop, "#1001", LOYALTY)
    assert (filed.verification.verdict, filed.verification.holds) == ("TAKEN", (HoldKind.ACCEPTED,))


def test_what_an_incorrect_inquiry_corrects_is_not_in_its_way(shop: Store) -> None:
    market.track(shop, "1001", Amount="90.00")
    filed = market.file(shop, "1001", InquiryType="INCORRECT")
    assert filed.verification.verdict is Verdict.MATCH
    other = market.file(shop, "#1001", LOYALTY, InquiryType="INCORRECT")
    assert other.verification.verdict is Verdict.TAKEN


def test_an_order_backs_one_accepted_claim_until_it_is_reversed(shop: Store) -> None:
    first, second = market.file(shop, "1001"), market.file(shop, "5550001", LOYALTY)
    market.resolve(shop, market.accepted(first.inquiry_id))
    with pytest.raises(RuleForbids, match="backs an accepted claim"):
        market.resolve(shop, market.accepted(second.inquiry_id))
    again = market.file(shop, "1001", InquiryType="INCORRECT", TransactionAmount="110.00")
    corrected = market.resolve(shop, market.accepted(again.inquiry_id)).action
    with pytest.raises(RuleForbids, match=corrected.action_id):
        market.resolve(shop, market.accepted(second.inquiry_id))
    reverse = ReversalRequest.read({"ActionId": corrected.action_id, "DispositionCode": "OTHER"})
    unit_of_work.one(shop, ChangeWork(SHOP, NOW), Ask(reverse, "test"))
    assert market.resolve(shop, market.accepted(second.inquiry_id)).action is not None


def test_a_walk_gives_open_claims_their_verdicts(trading: Store) -> None:
    shop = trading
    old = [market.file(shop, each) for each in ("1001", "777")]
    also = market.file(shop, "5550001", LOYALTY)
    assert [verdict(shop, each) for each in (*old, also)] == ["", "", ""]
    give(shop, an_order("#1001", "5550001"))
    first = Walk(SHOP, date(2026, 6, 1), date(2026, 6, 1))
    stretches = verification_walks.walk(shop, Walk.of(first.message()), NOW)
    assert sum(len(verification_walks.walk(shop, each, NOW)) for each in stretches) == 0
    assert [verdict(shop, each) for each in (*old, also)] == ["TAKEN", "NOT_FOUND", "TAKEN"]


def test_a_person_picks_a_candidate_and_it_backs_that_claim_alone(live: Store) -> None:
    give(live, an_order("#1001"), an_order("#1002"))
    first, second = (market.file(live, each) for each in ("10011", "10012"))
    kept = live.inquiries([first.inquiry_id])[first.inquiry_id].verification
    assert (kept.verdict, "#1001" in kept.candidates) == (Verdict.CANDIDATES, True)
    answer = ADVERTISER.put(
        "/ActionInquiries", market.accepted(first.inquiry_id, ShopOrderId="#1001")
    )
    assert answer.status == 200, answer.text
    path = f"/ActionInquiries/{first.inquiry_id}"
    assert ADVERTISER.get(path).body["Verification"]["Picked"] == "#1001"
    told = ADVERTISER.get(f"{path}/Explanation").body
    assert "Whoever accepted it picked order #1001." in told["Text"]
    assert "#1001" not in PARTNER.get(f"{path}/Explanation").text
    assert "#1001" not in PARTNER.get(path).text
    action = live.actions([answer.body["ActionId"]])[answer.body["ActionId"]]
    assert action.shop_order_id == "#1001"
    taken = ADVERTISER.put(
        "/ActionInquiries", market.accepted(second.inquiry_id, ShopOrderId="#1001")
    )
    assert (taken.status, taken.body["code"]) == (422, "order_backs_another")
    assert ADVERTISER.put("/ActionInquiries", market.accepted(second.inquiry_id)).status == 200


@pytest.mark.parametrize("written", [table, xlsx])
def test_a_file_picks_a_candidate_as_a_request_does(live: Store, written) -> None:
    """The sheet names the candidates beside the column that picks one."""
    give(live, an_order("#1001"), an_order("#1002"))
    filed = [market.file(live, each).inquiry_id for each in ("10011", "10012", "10013", "10014")]
    sheet = ADVERTISER.get(f"/ActionInquiries.csv?CampaignId={market.CAMPAIGN}").text
    rows = {row["Id"]: row for row in csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff")))}
    assert "#1001" in rows[filed[0]]["Candidates"].split(" | ")
    header = list(rows[filed[0]])
    for inquiry_id, status, picked in (
        (filed[0], "VALID", "#1001"),
        (filed[1], "VALID", "#1001"),
        (filed[2], "VALID", "#9"),
        (filed[3], "", "#1002"),
    ):
        rows[inquiry_id] |= {"Resolution Status": status, "Shop Order Id": picked}
        rows[inquiry_id]["Action Tracker"] = market.SALE
    ingest = Ingest(live)
    body = written(header, *([rows[each][name] for name in header] for each in filed))
    upload_id = ingest.upload(Kind.RESOLUTIONS, body)
    assert ingest.results(upload_id) == [
        ("APPLIED", "valid"),
        ("REJECTED", "order_backs_another"),
        ("REJECTED", "no_candidate"),
        ("REJECTED", "required"),
    ]
    message = ingest.result(upload_id)[2]["Message"]
    assert message == "Shop Order Id: Not a candidate of this claim; give one of #1001"
    kept = live.inquiries(filed)[filed[0]]
    assert kept.verification is not None
    assert kept.verification.picked == "#1001"
    assert live.actions([kept.action_id])[kept.action_id].shop_order_id == "#1001"
    again = ingest.upload(Kind.RESOLUTIONS, body)
    assert ingest.results(again)[0] == ("UNCHANGED", "same_valid")


@pytest.mark.parametrize("order_id", ["1001", "#1001"])
def test_only_a_candidate_can_be_picked(live: Store, order_id: str) -> None:
    give(live, an_order("#1001"))
    filed = market.file(live, order_id)
    refused = ADVERTISER.put(
        "/ActionInquiries", market.accepted(filed.inquiry_id, ShopOrderId="#9")
    )
    assert (refused.status, refused.faults) == (400, [("ShopOrderId", "no_candidate")])
