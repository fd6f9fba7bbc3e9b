"""What is stored comes back as it was, whatever kind it is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from makegood.domain import ledger
from makegood.domain.access import Account, Rights
from makegood.domain.actions import Action, ActionState, Disposition, Origin
from makegood.domain.approval_rules import ApprovalRule, Wait
from makegood.domain.calendar import LockRule, PaymentRule
from makegood.domain.deadlines import Clock, Deadlines, Silence, Step
from makegood.domain.inquiries import Claim, Comment, Inquiry, InquiryState, InquiryType
from makegood.domain.ledger import Cash, Entry, Share
from makegood.domain.money import Money
from makegood.domain.orders import Credit, Item, Order, OrderCredits
from makegood.domain.outcome import Outcome, RuleSpend
from makegood.domain.parties import Retroactive, Role
from makegood.domain.problems import Conflict
from makegood.domain.rate_limit import Allowance
from makegood.domain.uploads import Count, Kind, Place, Upload, UploadState
from makegood.domain.verdicts import Check, HoldKind, KeptVerdict, Verdict
from makegood.store.store import Contested, Idempotency, Store, fingerprint

from tests.integration import market, stack
from tests.integration.market import CAMPAIGN, CASHBACK, LOYALTY, NOW, SALE, SHOP, usd

SOON = NOW + timedelta(days=3)

CLAIM = Claim(
    partner_id=CASHBACK,
    campaign_id=CAMPAIGN,
    order_id="Ö-1 \N{EURO SIGN}",
    inquiry_type=InquiryType.INCORRECT,
    order_amount=Money(123_456, "KWD"),
    ordered_at=NOW - timedelta(days=9, milliseconds=1),
    expected_payout=Money(0, "KWD"),
    partner_reference="ref-1",
    resolution_deadline_at=SOON,
    customer_id="customer-1",
    tracking_link="https://example.com/?click=1",
    inquired_at=NOW - timedelta(days=1),
    notes="two\nlines",
    appeal_of="77",
)
INQUIRY = Inquiry(
    inquiry_id="782287",
    advertiser_id=SHOP,
    claim=CLAIM,
    created_at=NOW,
    attempt=1,
    state=InquiryState.DECLINED,
    version=5,
    reject_reason=9,
    final_payout=Money(5, "KWD"),
    resolved_at=SOON,
    decided_by="api:MG1",
    resolution_key="key",
    asked_by=("file:1:2", "file:1:3"),
    auto_approval_at=SOON,
    checks=("one", "two"),
    action_id="1000.4000.1",
    source="file:1:2",
    comments=tuple(Comment(f"user {at}", f"text {at}", NOW, "file:1:2"[at:]) for at in range(9)),
    tracked_action_id="1000.4000.2",
    clock=Clock(
        Deadlines(9, Silence.APPROVE_IF_MATCHED, Money(5, "KWD"), SALE, partner_days=4),
        NOW,
        SOON,
        NOW + timedelta(hours=1),
        SOON + timedelta(hours=1),
        Step.MOST,
        told_in=4,
    ),
    verification=KeptVerdict(
        Verdict.TAKEN,
        "The shop has an order #1. This order has been credited or accepted already.",
        SOON,
        number=3,
        order_id="#1",
        left=Money(123_000, "KWD"),
        step=3,
        checks=(
            Check("date", "2026-03-01", "2026-03-01", holds=True),
            Check("amount", "123.456 KWD", "123.000 KWD", holds=False),
        ),
        candidates=("#2", "#3"),
        holds=(HoldKind.CREDITED, HoldKind.LIVE),
        told=True,
    ),
)
BARE_INQUIRY = Inquiry(
    "782288",
    SHOP,
    Claim(CASHBACK, CAMPAIGN, "1", InquiryType.UNTRACKED, usd("1.00"), NOW),
    NOW,
)
ITEMS = (
    Item("sku-1", 3, usd("9.99"), "name", "category", "sub", "mpn", usd("0.00")),
    Item("sku-2"),
)
ACTION = Action(
    action_id="1000.4000.158133",
    advertiser_id=SHOP,
    campaign_id=CAMPAIGN,
    partner_id=CASHBACK,
    event_type_id=SALE,
    order=Order(
        "A-1",
        NOW - timedelta(days=30),
        "customer",
        "new",
        "PROMO",
        "note",
        ITEMS,
        "US",
        "NY",
        "New York",
        "10001",
    ),
    order_amount=usd("100.00"),
    payout=usd("5.00"),
    event_at=NOW - timedelta(days=30),
    created_at=NOW,
    locks_at=NOW - timedelta(days=10),
    clears_at=NOW - timedelta(days=5),
    locking=LockRule.parse("MONTH 0m+27d"),
    payment=PaymentRule.parse("WEEK 2d"),
    time_zone="America/Los_Angeles",
    contract_id="C1",
    contract_version=2,
    origin=Origin.INQUIRY,
    state=ActionState.PAID,
    version=3,
    inquiry_id="782287",
    paid_at=NOW,
    disposition=Disposition.OTHER,
    source="file:1:3",
    changed_at=SOON,
    explanation="Contract version 2, default: 5% of 100.00 USD = 5.00 USD",
)
SHARES = (Share("a-1", CASHBACK, usd("1.50")), Share("a-2", LOYALTY, usd("2.00")))


def entries() -> tuple[Entry, ...]:
    locked, paid = ledger.lock(SHOP, SHARES, NOW), ledger.pay(SHOP, SHARES, SOON)
    assert locked is not None
    assert paid is not None
    return ledger.deposit(SHOP, usd("9.00"), "bank-1", NOW), locked, paid


@pytest.mark.parametrize("inquiry", [INQUIRY, BARE_INQUIRY], ids=["full", "bare"])
def test_an_inquiry_comes_back_with_all_its_fields_and_comments(
    store: Store, inquiry: Inquiry
) -> None:
    store.commit(Outcome(inquiries=((None, inquiry),)))
    assert store.inquiries([inquiry.inquiry_id, "none"]) == {inquiry.inquiry_id: inquiry}


def test_a_changed_inquiry_comes_back_as_it_became(store: Store) -> None:
    before = replace(BARE_INQUIRY, state=InquiryState.INCOMPLETE, auto_approval_at=SOON)
    after = replace(
        before,
        state=InquiryState.UNRESOLVED,
        version=2,
        claim=replace(before.claim, order_amount=usd("2.00"), customer_id="customer-2"),
        auto_approval_at=None,
        comments=INQUIRY.comments,
    )
    store.commit(Outcome(inquiries=((None, before),)))
    store.commit(Outcome(inquiries=((before, after),)))
    assert store.inquiries([after.inquiry_id]) == {after.inquiry_id: after}


def test_of_two_verdicts_made_at_once_the_second_is_refused(store: Store) -> None:
    first = KeptVerdict(Verdict.NO_DATA, "There is no order.", NOW)
    second = KeptVerdict(Verdict.MATCH, "The shop has an order 1.", SOON, number=2)
    store.commit(Outcome(inquiries=((None, BARE_INQUIRY),)))
    verified = replace(BARE_INQUIRY, verification=first)
    store.commit(Outcome(inquiries=((BARE_INQUIRY, verified),)))
    with pytest.raises(Contested):
        store.commit(Outcome(inquiries=((BARE_INQUIRY, replace(verified, verification=second)),)))
    again = replace(verified, verification=second)
    store.commit(Outcome(inquiries=((verified, again),)))
    assert store.inquiries(["782288"]) == {"782288": again}


def test_a_decision_leaves_the_verdict_that_came_after_it_was_read(store: Store) -> None:
    verdict = KeptVerdict(Verdict.NO_DATA, "There is no order.", NOW)
    declined = replace(BARE_INQUIRY, state=InquiryState.DECLINED, version=2, reject_reason=6)
    store.commit(Outcome(inquiries=((None, BARE_INQUIRY),)))
    store.commit(Outcome(inquiries=((BARE_INQUIRY, replace(BARE_INQUIRY, verification=verdict)),)))
    store.commit(Outcome(inquiries=((BARE_INQUIRY, declined),)))
    assert store.inquiries(["782288"]) == {"782288": replace(declined, verification=verdict)}


def test_an_action_comes_back_with_its_items(store: Store) -> None:
    store.commit(Outcome(actions=((None, ACTION),)))
    assert store.actions([ACTION.action_id, "none"]) == {ACTION.action_id: ACTION}


def test_an_action_without_its_detail_lacks_just_what_never_changes(store: Store) -> None:
    store.commit(Outcome(actions=((None, ACTION),)))
    short = replace(ACTION, source="", explanation="", order=Order("A-1", ACTION.order.ordered_at))
    assert store.actions([ACTION.action_id], detail=False) == {ACTION.action_id: short}


def test_an_order_that_nothing_is_credited_for_comes_back_empty(store: Store) -> None:
    held = (Credit(SALE, CASHBACK, "a-1", by_promo_code=True), Credit(SALE, LOYALTY, "a-2"))
    before, after = OrderCredits(CAMPAIGN, "A#1"), OrderCredits(CAMPAIGN, "A#1", held, 1)
    store.commit(Outcome(orders=((before, after),)))
    nothing = OrderCredits(CAMPAIGN, "A-2")
    found = store.orders([(CAMPAIGN, "A#1"), (CAMPAIGN, "A-2")])
    assert found == {(CAMPAIGN, "A#1"): after, (CAMPAIGN, "A-2"): nothing}


def test_entries_come_back_with_what_they_settle(store: Store) -> None:
    store.commit(Outcome(entries=entries()))
    assert store.entries([each.entry_id for each in entries()]) == {
        each.entry_id: each for each in entries()
    }


def test_cash_is_read_of_each_advertiser_and_currency(store: Store) -> None:
    store.commit(Outcome(entries=entries()[:2]))
    assert store.cash([(SHOP, "USD"), (SHOP, "EUR")]) == {
        (SHOP, "USD"): Cash(SHOP, "USD", 550, 350, 1),
        (SHOP, "EUR"): Cash(SHOP, "EUR"),
    }


def test_what_a_rule_granted_comes_back_by_month(store: Store) -> None:
    before = RuleSpend(CAMPAIGN, CASHBACK, "2026-06", "USD")
    after = replace(before, granted_minor=1470, version=1)
    store.commit(Outcome(spends=((before, after),)))
    assert store.spend(CAMPAIGN, CASHBACK, "2026-06", "USD") == after
    assert store.spend(CAMPAIGN, CASHBACK, "2026-07", "USD") == replace(before, month="2026-07")


def test_who_takes_part_comes_back(store: Store) -> None:
    market.set_up(store)
    changed = market.campaign(
        names_media=True, declines_tracked=True, retroactive=Retroactive.FROM_APPROVAL
    )
    store.put_campaign(changed)
    assert store.campaigns([CAMPAIGN, "none"]) == {CAMPAIGN: changed}
    assert store.partners(["none", CASHBACK]) == {CASHBACK: market.PARTNERS[0]}
    assert store.advertisers([SHOP])[SHOP].name == "The Shop"


def test_a_contract_comes_back_with_all_its_versions_and_its_end(store: Store) -> None:
    versions = market.terms(), market.terms("OPEN_ENDED", "MONTH 1m+2d", "0.125%", version=2)
    signed = replace(market.contract(CASHBACK, *versions), ended_at=SOON)
    store.put_contract(signed)
    assert store.contracts([(CAMPAIGN, CASHBACK), (CAMPAIGN, LOYALTY)]) == {
        (CAMPAIGN, CASHBACK): signed
    }


def test_a_rule_and_an_account_s_access_come_back(store: Store) -> None:
    rule = ApprovalRule(
        CAMPAIGN, CASHBACK, SALE, usd("5.00"), usd("50.00"), Wait.DAYS_AFTER_MONTH, 3
    )
    account = Account(Role.PARTNER, CASHBACK, allowance=Allowance(7_200, 100))
    account = account.with_token("1", NOW, Rights(("Actions", "Files"), read_only=True))
    account = account.revoked(account.credentials[0].credential_id, NOW)
    account = account.with_token("2", NOW, name="Import", made_by="person:1 Ada")
    store.put_rule(rule)
    assert store.put_account(account)
    assert store.rules([(CAMPAIGN, CASHBACK)]) == {(CAMPAIGN, CASHBACK): rule}
    assert store.account(account.account_sid) == replace(account, version=1)
    assert store.account("MG2") is None


def test_the_clock_comes_back_where_it_was_set(store: Store) -> None:
    assert store.adjusted_clock() is None
    store.set_clock(NOW)
    assert store.adjusted_clock() == NOW


def test_an_idempotency_key_answers_as_before_and_to_the_same_request_only(store: Store) -> None:
    asked = Idempotency("MG1", "key", fingerprint(["submit"], {"a": "1", "b": "2"}), NOW)
    assert store.replay(asked) is None
    store.commit(Outcome(), replace(asked, reply={"subject_id": "7"}))
    again = replace(asked, fingerprint=fingerprint(["submit"], {"b": "2", "a": "1"}))
    assert store.replay(again) == {"subject_id": "7"}
    assert store.replay(replace(asked, account_sid="MG2")) is None
    with pytest.raises(Conflict) as caught:
        store.replay(replace(asked, fingerprint=fingerprint(["answer"], {"a": "1", "b": "2"})))
    assert caught.value.code == "idempotency_key_reused"


def test_a_bucket_gives_what_it_holds_and_fills_up_again(store: Store) -> None:
    allowance, second = Allowance(3_600, 3), 1_000_000
    start = 1_780_000_000 * second

    def ask(*seconds: int, on: Store = store) -> list[bool]:
        return [on.take("MG1", allowance, start + each * second)[0] for each in seconds]

    assert ask(0, 0, 0, 0) == [True, True, True, False]
    assert ask(1, 1) == [True, False]
    assert ask(100, 100, 100, 100) == [True, True, True, False]
    assert ask(100, 101, 101, on=stack.rival()) == [False, True, False]
    assert ask(101, 102, 200) == [False, True, True]
    assert store.take("MG2", allowance, start) == (True, start + second)


def test_a_request_is_one_write_however_full_its_bucket_is(store: Store) -> None:
    calls: list[str] = []
    event = "before-call.dynamodb.UpdateItem"
    store.client.meta.events.register(event, lambda **_: calls.append("write"), unique_id="count")
    now = 1_780_000_000 * 1_000_000
    for at in (now, now, now + 1, now + 10**9, now + 10**9):
        assert store.take("MG3", Allowance(), at)[0]
    store.client.meta.events.unregister(event, unique_id="count")
    assert len(calls) == 5


def test_what_a_file_is_warned_of_and_what_its_chunks_noted_are_kept(store: Store) -> None:
    place = Place(Role.PARTNER, CASHBACK, Kind.INQUIRIES, "upload-1", "claims.csv")
    store.open_upload(Upload(place, NOW, state=UploadState.RUNNING))
    store.cut_upload("upload-1", 2, 2, "checksum", ["Cut"])
    assert store.uploads(["upload-1"])["upload-1"].warnings == ("Cut",)
    store.finish_chunk("upload-1", 1, "part-1", {"APPLIED": Count(1)})
    store.finish_chunk("upload-1", 2, "part-2", {"APPLIED": Count(1)}, {"comma": 3})
    assert [noted for *_, noted in store.finished_chunks("upload-1", 2)] == [{}, {"comma": 3}]
    store.finish_upload("upload-1", UploadState.DONE, NOW, "", ["Cut", "Joined"])
    assert store.uploads(["upload-1"])["upload-1"].warnings == ("Cut", "Joined")


def test_sums_of_a_chunk_are_kept_by_name_and_those_of_an_older_version_are_read(
    store: Store,
) -> None:
    """It wrote one sum, of several things."""
    named = Count(2, {"payouts_granted": {"USD": 500, "EUR": -7}, "order_amounts": {}})
    store.finish_chunk("upload-2", 1, "part-1", {"APPLIED": named, "REJECTED": Count(1)})
    older: Any = Count(3, {"USD": 500})
    store.finish_chunk("upload-2", 2, "part-2", {"APPLIED": older, "REJECTED": Count(1)})
    first, second = (counts for _, counts, _ in store.finished_chunks("upload-2", 2))
    assert first == {"APPLIED": named, "REJECTED": Count(1)}
    assert second == {"APPLIED": Count(3, {"unnamed": {"USD": 500}}), "REJECTED": Count(1)}
