"""A newer version works on the same tables: what it adds is read, and stays as it is."""

from collections import ChainMap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain

import pytest
from makegood.aws.s3 import Bucket
from makegood.domain.actions import Action
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.parties import Role
from makegood.domain.proposals import Proposal, ProposalState
from makegood.domain.rate_limit import Allowance
from makegood.domain.statements import Month
from makegood.domain.uploads import Kind
from makegood.jobs import backfill, migrations, reconciliation, statements
from makegood.operator import commands
from makegood.runtime import telemetry
from makegood.store import migration_passes
from makegood.store.actions import ActionRow
from makegood.store.migration import Migration
from makegood.store.migrations import MIGRATIONS
from makegood.store.store import Store

from tests.integration import evidence, market, newer, people, policies, stack
from tests.integration.file_steps import (
    a_chunk_is_gone_on_with,
    a_file_is_awaited_read_and_done,
    files_are_announced_in_one_month,
    files_are_worked_on,
)
from tests.integration.gateway import ADVERTISER, PARTNER, Context, function
from tests.integration.ingest import OWNERS, Ingest
from tests.integration.market import (
    BASKET,
    CAMPAIGN,
    CASHBACK,
    LONG_AGO,
    LOYALTY,
    NOW,
    RECENT_CLEARS_AT,
    RECENT_LOCKS_AT,
    SALE,
    usd,
)
from tests.integration.receivers import webhooks_are_sent_again_and_anew
from tests.integration.shop_steps import (
    a_change_is_proposed_and_dismissed,
    a_shop_gives_an_order_twice,
    its_order_backs_a_claim_and_is_free_again,
)
from tests.integration.streams import Stream

LIMITS = (
    {"measure": "PAYOUT", "most": "18.00 USD", "scope": "ALL", "every": "WEEK"},
    {"measure": "NUMBER", "most": 99, "scope": "ALL", "every": "MONTH"},
)


@dataclass
class World:
    """The market, and what is known of it by name."""

    store: Store
    ingest: Ingest
    stream: Stream
    actions: dict[str, Action] = field(default_factory=dict)

    def track(self, name: str, **fields: str) -> None:
        self.actions[name] = market.track(self.store, name, **fields)

    def change(self, name: str, **fields: str) -> None:
        answer = ADVERTISER.put(f"/Actions/{self.actions[name].action_id}", fields)
        assert answer.status == 200, answer.text


@pytest.fixture
def world(live: Store, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setitem(OWNERS, Kind.ACTIONS, (Role.ADVERTISER, market.SHOP))
    context = commands.CommandContext(live, NOW, lambda: "token", lambda: True)
    terms = {
        "valid_from": "2026-06-01T00:00:00Z",
        "locking": "DAY 15d",
        "payment": "DAY 4d",
        "payouts": {SALE: {"default": "5%", "limits": list(LIMITS)}},
    }
    command = {"command": "sign_contract", "campaign_id": CAMPAIGN, "partner_id": CASHBACK}
    commands.run(context, {**command, "terms": terms})
    tables = "inquiries", "actions", "files"
    stream = Stream(lambda: dict(ChainMap(*map(stack.everything, tables))))
    return World(live, Ingest(live), stream)


def a_claim_is_asked_about_answered_and_accepted(world: World) -> Iterator[None]:
    filed = market.file(world.store, "A-1", CustomerId="c-1")
    yield
    asked = {"Id": filed.inquiry_id, "ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which?"}
    assert ADVERTISER.put("/ActionInquiries", asked).status == 200
    yield
    path = f"/ActionInquiries/{filed.inquiry_id}"
    answer = {"TransactionAmount": "90.00", "CustomerId": "c-2", "InquiryNotes": "That one"}
    assert PARTNER.put(path, answer).status == 200
    yield
    market.resolve(world.store, {**asked, "ResolutionNotes": "And when?"})
    yield
    assert PARTNER.put(path, {"TransactionAmount": "80.00"}).status == 200
    yield
    market.resolve(world.store, market.accepted(filed.inquiry_id, **BASKET))


def a_claim_is_declined_appealed_and_withdrawn(world: World) -> Iterator[None]:
    filed = market.file(world.store, "A-2")
    yield
    market.resolve(world.store, market.declined(filed.inquiry_id))
    yield
    again = market.file(world.store, "A-2", InquiryType="DECLINED")
    yield
    assert PARTNER.delete(f"/ActionInquiries/{again.inquiry_id}").status == 200


def evidence_is_added_and_scanned(world: World) -> Iterator[None]:
    path = f"/ActionInquiries/{market.file(world.store, 'A-4').inquiry_id}"
    for content in (evidence.PDF, evidence.EICAR) * 2:
        sent = evidence.send(PARTNER, path, content)
        yield
        evidence.scan(sent)
        yield
    assert len(PARTNER.get(f"{path}/Evidence").body["Evidence"]) == 4


def both_sides_talk_about_a_claim(world: World) -> Iterator[None]:
    path = f"/ActionInquiries/{market.file(world.store, 'A-3').inquiry_id}/Comments"
    for visibility in ("INTERNAL", "PARTIES") * 2:
        said = {"Comment": "The receipt says so", "Visibility": visibility}
        assert PARTNER.post(path, said).status == 200
        yield


def a_rule_approves_twice_in_a_month(world: World) -> Iterator[None]:
    world.store.put_rule(ApprovalRule(CAMPAIGN, LOYALTY, SALE, usd("9.00"), usd("50.00")))
    for order_id in ("R-1", "R-2"):
        market.file(world.store, order_id, LOYALTY)
        yield
        assert market.sweep(world.store, NOW).approved == 1
        yield


def an_action_is_modified(world: World) -> Iterator[None]:
    world.track("M-1", **BASKET)
    yield
    world.change("M-1", Reason="OTHER", CustomerStatus="NEW")
    yield
    left = {**BASKET, "ItemQty1": "1", "ItemSubtotal1": "30.00"}
    world.change("M-1", Reason="ITEM_RETURNED", **left)
    yield
    world.change("M-1", Reason="OTHER", Amount="60.00")


def an_action_is_reset(world: World) -> Iterator[None]:
    world.change("M-1", Reason="RESET")
    yield


def an_action_outside_of_terms_is_approved(world: World) -> Iterator[None]:
    world.track("L-1", Amount="400.00", **BASKET)
    assert world.actions["L-1"].outside
    yield
    world.change("L-1", Reason="APPROVED")


def an_order_is_credited_to_two_and_one_is_reversed(world: World) -> Iterator[None]:
    world.track("O-1", MediaPartnerId=LOYALTY)
    yield
    world.track("O-1", ActionTrackerId=market.LEAD, MediaPartnerId=LOYALTY)


def the_other_is_reversed(world: World) -> Iterator[None]:
    world.change("O-1", Reason="ITEM_RETURNED", Amount="0")
    yield


def months_pass(world: World) -> Iterator[None]:
    market.deposit(world.store, "9.00", "bank-1")
    yield
    world.track("OLD-1", EventDate=LONG_AGO)
    yield
    for at in (RECENT_LOCKS_AT, RECENT_CLEARS_AT + timedelta(hours=1)):
        market.sweep(world.store, at)
        yield
    market.deposit(world.store, "99.00", "bank-2")
    yield
    market.sweep(world.store, RECENT_CLEARS_AT + timedelta(hours=2))
    yield
    bucket = Bucket(telemetry.settings().statements)
    for month in (Month(2026, 6), Month(2026, 7)):
        over = month.end + timedelta(hours=2)
        statements.scheduled(world.store, bucket, over, lambda: True)
        yield
        result = statements.all_of(world.store, bucket, month, over, lambda: True)
        assert not result.differences


def the_books_are_proven(world: World) -> Iterator[None]:
    for day in range(2):
        proof = reconciliation.daily(world.store, NOW + timedelta(days=day), lambda: True)
        assert proof is not None
        assert (proof.finished, proof.violations) == (True, {})
        yield


def sums_are_backfilled(world: World) -> Iterator[None]:
    assert backfill.run(world.store, lambda: True).complete
    yield


def a_migration_goes_on_in_slices(world: World) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(MIGRATIONS, "mixed", Migration(ActionRow, lambda _: None))
        patch.setattr(migration_passes, "PAGE_MAX", 1)
        for pages in (1, 2, 1_000):
            left = iter([True] * pages)
            progress = migrations.run(world.store, "mixed", lambda left=left: next(left, False))
            yield
        assert progress.complete
        migrations.reopen(world.store, "mixed")


def the_same_request_is_made_again(world: World) -> Iterator[None]:
    fields = market.claimed("K-1")
    first = PARTNER.post("/ActionInquiries", fields, Idempotency_Key="k-1")
    yield
    again = PARTNER.post("/ActionInquiries", fields, Idempotency_Key="k-1")
    assert (first.status, first.body) == (again.status, again.body)


def an_account_asks_often(world: World) -> Iterator[None]:
    for second in range(2):
        assert world.store.take("MG1", Allowance(), (1_780_000_000 + second) * 1_000_000)[0]
        world.store.note_use("MG1.1", NOW + timedelta(days=second))
        yield


def a_second_person_rejects_a_command(world: World) -> Iterator[None]:
    asked = Proposal("20260610-1", "withdraw", {"amount": "1.00"}, "asked", {}, "one", NOW)
    world.store.propose(asked)
    yield
    kept = world.store.proposal(asked.proposal_id)
    assert kept == asked
    rejected = replace(kept, state=ProposalState.REJECTED, version=kept.version + 1)
    world.store.decide(kept, rejected)


def a_list_is_walked_page_by_page(world: World) -> Iterator[None]:
    for page in (1, 2):
        assert PARTNER.get(f"/ActionInquiries?PageSize=1&Page={page}").status == 200
        yield


def a_contract_is_kept_again(world: World) -> Iterator[None]:
    pair = CAMPAIGN, CASHBACK
    world.store.keep_lock_rules(world.store.contracts([pair])[pair])
    yield


STEPS: dict[Callable[[World], Iterator[None]], tuple[str, ...]] = {
    a_claim_is_asked_about_answered_and_accepted: (),
    a_claim_is_declined_appealed_and_withdrawn: (),
    both_sides_talk_about_a_claim: (),
    evidence_is_added_and_scanned: (),
    a_rule_approves_twice_in_a_month: (),
    policies.claims_and_decisions_are_counted: (),
    an_action_is_modified: (),
    an_action_is_reset: ("actions.ActionDetailRow.D.document.original",),
    an_action_outside_of_terms_is_approved: (),
    an_order_is_credited_to_two_and_one_is_reversed: (),
    the_other_is_reversed: ("actions.OrderRow.O.credits",),
    files_are_worked_on: (),
    files_are_announced_in_one_month: (),
    a_file_is_awaited_read_and_done: (),
    a_chunk_is_gone_on_with: (),
    months_pass: ("actions.OrderRow.O.credits",),
    the_books_are_proven: ("ledger.ForecastRow.N#.days",),
    sums_are_backfilled: (),
    a_migration_goes_on_in_slices: (),
    the_same_request_is_made_again: (),
    an_account_asks_often: (),
    a_second_person_rejects_a_command: (),
    a_list_is_walked_page_by_page: (),
    a_change_is_proposed_and_dismissed: (),
    a_shop_gives_an_order_twice: ("shop_orders.ShopOrderRow.O#.differences",),
    its_order_backs_a_claim_and_is_free_again: (
        "inquiries.InquiryRow.H.verdict",
        "actions.ActionDetailRow.D.document.counts",
        "actions.OrderRow.O.credits",
    ),
    a_contract_is_kept_again: (),
    people.somebody_signs_in_for_two_accounts: (),
    people.somebody_is_told_by_mail: (),
    people.two_people_accept_one_claim: (),
    webhooks_are_sent_again_and_anew: ("webhooks.DeliveryRow.D#.tries",),
}
"""All that happens, and what of it takes away rows or documents, with whatever is in them: what
reset undoes, the credit of what is reversed or lapses, what is forecast anew, and old tries.
"""


def lost(before: newer.Items, after: newer.Items, goes: tuple[str, ...]) -> list[str]:
    """The marks and attributes that are gone; sums of what clears may be deleted once empty."""
    gone: list[str] = []
    for key, item in before.items():
        if key not in after:
            gone += [] if key[1].startswith("C#") else [f"the item {key}"]
            continue
        left = newer.marks(item) - newer.marks(after[key])
        gone += [each for each in left if not newer.path_of(each).startswith(goes)]
        attributes = newer.parts(item)[0]
        gone += [name for name, each in attributes.items() if after[key].get(name) != each]
    return sorted(gone)


def test_nothing_that_a_newer_version_has_added_is_lost(world: World) -> None:
    """After every step, all that is stored gets more of everything; each kind is written again."""
    stored: set[newer.Place | None] = set()
    changed: set[newer.Place | None] = set()
    before = newer.look()
    for step, goes in STEPS.items():
        for _ in chain(step(world), [None]):
            deliver(world.stream)
            after = newer.look()
            assert not lost(before, after, goes or ("none",)), step.__name__
            stored |= {newer.place_of(*key) for key in after}
            changed |= {
                newer.place_of(*key)
                for key in before.keys() & after.keys()
                if newer.parts(before[key])[1] != newer.parts(after[key])[1]
            }
            for key in after.keys() - before.keys():
                place = newer.place_of(*key)
                assert place is not None
                assert newer.is_known(place, after[key]), key
            before = newer.grow(after)
            world.stream.records()
    assert reconciliation.prove(world.store)["holds"]
    assert stored == set(newer.PLACES)
    assert changed == {each for each in newer.PLACES if not each.once}


def deliver(stream: Stream) -> None:
    answer = function("events").handler({"Records": stream.records()}, Context())
    assert answer == {"batchItemFailures": []}


def test_every_kind_of_row_is_one_that_a_newer_version_adds_to() -> None:
    assert set(newer.kinds()) == {each.kind for each in newer.PLACES}
