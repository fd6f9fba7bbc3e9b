"""Signals by HTTP: the advertiser sees them with their numbers, the partner nothing of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.aws import kms
from makegood.aws.s3 import Bucket
from makegood.domain import exhibits
from makegood.domain.ids import digest
from makegood.domain.signals import Signal
from makegood.jobs.evidence_scans import erase_evidence
from makegood.store.store import Store

from tests.integration import evidence, market, stack
from tests.integration.gateway import ADVERTISER, OTHER_PARTNER, PARTNER, Client, function
from tests.integration.market import claimed
from tests.integration.shop_orders import give
from tests.integration.test_threads import everything_shown

SHOPPER = "shopper-1"


@pytest.fixture
def shop(live: Store) -> Store:
    """The market with a shop that has given orders."""
    give(live)
    return live


def filed(order_id: str, client: Client = PARTNER, **fields: str) -> str:
    fields = {"CustomerId": SHOPPER, "TransactionAmount": "12.34", **fields}
    answer = client.post("/ActionInquiries", claimed(order_id, **fields))
    assert answer.status == 200, answer.text
    return answer.id


def told(inquiry_id: str) -> dict[str, dict[str, str]]:
    """The facts of each signal that the advertiser is shown."""
    body = ADVERTISER.get(f"/ActionInquiries/{inquiry_id}/Explanation").body
    return {
        each["Code"]: {fact["Name"]: fact["Value"] for fact in each["Facts"]}
        for each in body["Reasons"]
        if each["About"] == "SIGNAL"
    }


def unusual(store: Store) -> str:
    """A claim that shows every signal there is a rule for."""
    for number, customer in enumerate(["b", "b", "c", "c"]):
        filed(f"U-{number}X", CustomerId=customer)
    for number in range(41, 44):
        last = filed(f"N-{number}", TransactionAmount="50.00")
    return last


def test_a_claim_shows_what_is_unusual_about_it(shop: Store) -> None:
    found = told(unusual(shop))
    assert found[Signal.CLAIMS_PER_ORDER] == {
        "Claims": "3",
        "TrackedOrders": "0",
        "Median": "more than 1, at most 2",
    }
    assert found[Signal.ROUND_AMOUNT] == {
        "Amount": "50.00 USD",
        "RoundClaims": "3",
        "Claims": "3",
    }
    run = {"Claims": "3", "First": "N-41", "Last": "N-43"}
    assert found[Signal.CONSECUTIVE_ORDERS] == run


def test_a_tracked_order_counts_for_its_customer(shop: Store) -> None:
    for number in range(5):
        market.track(shop, f"T-{number}", CustomerId=SHOPPER)
    assert Signal.CLAIMS_PER_ORDER not in told(unusual(shop))


def test_a_withdrawn_or_decided_claim_shows_none(shop: Store) -> None:
    inquiry_id = unusual(shop)
    declined = {"ResolutionStatus": "DECLINED", "RejectReason": "Transaction cannot be traced"}
    assert ADVERTISER.put(f"/ActionInquiries/{inquiry_id}", declined).status == 200
    assert told(inquiry_id) == {}


@pytest.mark.parametrize("client", [PARTNER, OTHER_PARTNER])
def test_no_read_of_a_partner_shows_a_signal(shop: Store, client: Client) -> None:
    path = f"/ActionInquiries/{unusual(shop)}"
    (name,) = shop.customer_names(market.SHOP, [SHOPPER]).values()
    for shown in everything_shown(client, path).values():
        assert "SIGNAL" not in shown
        assert name not in shown
        assert not [each for each in Signal if each in shown]
        assert "median" not in shown


def test_customers_are_kept_by_a_name_that_is_each_advertiser_s_own(shop: Store) -> None:
    filed("A-7")
    names = [shop.customer_names(each, [SHOPPER])[SHOPPER] for each in (market.SHOP, "501")]
    assert names[0] != names[1]
    kept = [pk for pk, _ in stack.everything("inquiries") if pk.startswith("TALLY#")]
    guessed = [digest("claimed", f"{market.CASHBACK}#{each}") for each in (SHOPPER, names[0])]
    assert [any(each in pk for pk in kept) for each in guessed] == [False, True]


def test_claims_on_a_shop_without_orders_are_not_counted(live: Store, monkeypatch) -> None:
    def never(*_: object) -> bytes:
        raise AssertionError

    monkeypatch.setattr(kms, "derived", never)
    inquiry_id = filed("A-8", TransactionAmount="50.00")
    market.track(live, "T-8", CustomerId=SHOPPER)
    assert told(inquiry_id) == {Signal.ROUND_AMOUNT: {"Amount": "50.00 USD"}}


def test_a_stack_without_the_key_counts_nobody(shop: Store, monkeypatch) -> None:
    keyless = replace(shop.tables, customers_key="")
    for name in ("advertisers", "partners"):
        monkeypatch.setattr(function(name).ROUTES.store, "tables", keyless)
    found = told([filed(f"B-{each}0", TransactionAmount="50.00") for each in range(3)][-1])
    assert found == {Signal.ROUND_AMOUNT: {"Amount": "50.00 USD"}}


def test_the_last_day_of_the_window_is_shown(shop: Store) -> None:
    for days, shown in ((180, True), (179, False)):
        ordered = (market.NOW - timedelta(days=days)).isoformat()
        found = told(filed(f"A-{days}", TransactionDate=ordered))
        assert (Signal.LAST_DAY in found) is shown


# One file on two claims


def sent_files() -> list[dict]:
    """What is kept of which claims each file was sent for."""
    items = stack.everything("requests").items()
    return [item for (pk, _), item in items if pk.startswith("SENT#")]


def sent_with(inquiry_id: str, client: Client = PARTNER, content: bytes = evidence.PNG) -> None:
    """A file of a claim's evidence that the scanner finds clean."""
    path = f"/ActionInquiries/{inquiry_id}"
    sent = evidence.send(client, path, content, ContentType="image/png", Name="Receipt.png")
    evidence.scan(sent)


def test_one_file_on_claims_of_two_orders_is_shown_with_them(live: Store) -> None:
    claims = first, second = filed("F-10"), filed("F-30")
    foreign = filed("F-50", OTHER_PARTNER)
    for inquiry_id in (*claims, second):
        sent_with(inquiry_id)
    sent_with(foreign, OTHER_PARTNER)
    found = told(first)[Signal.SAME_FILE]
    assert (found["Claims"], found["OtherPartners"]) == ("2", "1")
    (shown,) = [
        each
        for each in ADVERTISER.get(f"/ActionInquiries/{first}/Explanation").body["Reasons"]
        if each["Code"] == Signal.SAME_FILE
    ]
    assert f"{second}, {foreign}. Of these, 1 is by another partner." in shown["Text"]
    assert Signal.SAME_FILE in told(foreign)
    for client, own, others in ((PARTNER, first, [foreign]), (OTHER_PARTNER, foreign, claims)):
        for text in everything_shown(client, f"/ActionInquiries/{own}").values():
            assert not [each for each in (*others, Signal.SAME_FILE) if each in text]


def test_what_is_no_other_claim_shows_nothing_of_its_file(live: Store) -> None:
    first, withdrawn, other = filed("F-10"), filed("F-30"), filed("F-50")
    sent_with(first)
    sent_with(withdrawn)
    sent_with(other, content=evidence.PNG + b" of another screen")
    sent_with(other, ADVERTISER)
    assert Signal.SAME_FILE in told(first)
    assert PARTNER.delete(f"/ActionInquiries/{withdrawn}").status == 200
    assert [told(each) for each in (first, other)] == [{}, {}]
    declined = market.declined(first)
    assert ADVERTISER.put("/ActionInquiries", declined).status == 200
    appeal = filed("F-10", AppealOf=first, InquiryNotes="see the receipt again")
    sent_with(appeal)
    assert told(appeal) == {}
    sent_with(filed("F-70"))
    assert told(appeal)[Signal.SAME_FILE]["Claims"] == "1"


def test_a_file_that_is_erased_is_known_for_its_claim_no_more(live: Store) -> None:
    first, second = filed("F-10"), filed("F-30")
    for inquiry_id in (first, second):
        sent_with(inquiry_id)
    (before,) = sent_files()
    assert int(before["expires_at"]["N"]) == (market.NOW + exhibits.SENT_KEPT_FOR).timestamp()
    assert erase_evidence(live, Bucket(stack.EVIDENCE), second) == 1
    (item,) = sent_files()
    assert item["claims"]["S"] == f'["{first}"]'
    assert told(first) == {}


def test_scans_of_one_file_that_end_at_once_lose_no_claim(live: Store) -> None:
    claims = [filed(f"F-{number}0X") for number in range(6)]
    sent = [
        evidence.send(PARTNER, f"/ActionInquiries/{each}", evidence.PNG, ContentType="image/png")
        for each in claims
    ]
    for each in sent:
        evidence.tag(each)
    with ThreadPoolExecutor(len(sent)) as crew:
        failed = [each for each in crew.map(evidence.tell, sent) if each]
    assert failed == []
    (item,) = sent_files()
    assert all(each in item["claims"]["S"] for each in claims)
    assert told(claims[0])[Signal.SAME_FILE]["Claims"] == "5"
