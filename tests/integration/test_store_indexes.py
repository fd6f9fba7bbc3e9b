"""Lists are read newest first, what is due oldest first, and neither loses nor repeats a thing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from makegood.domain.actions import ActionState
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.outcome import Outcome
from makegood.store import indexes
from makegood.store.indexes import ALWAYS, StoredList, id_at
from makegood.store.store import Store

from tests.infra.sources import stored_tables
from tests.integration.market import CAMPAIGN, CASHBACK, LOYALTY, NOW, SHARD, SHOP, counted, listed
from tests.integration.stack import SHAPE, TABLES, client
from tests.integration.test_store_transactions import LOCKED, PENDING
from tests.integration.test_store_values import BARE_INQUIRY

MINUTE = timedelta(minutes=1)


def filed(inquiry_id: int, minutes: int, partner_id: str = CASHBACK) -> Outcome:
    claim = replace(BARE_INQUIRY.claim, partner_id=partner_id)
    inquiry = replace(
        BARE_INQUIRY,
        inquiry_id=str(inquiry_id),
        claim=claim,
        created_at=NOW + minutes * MINUTE,
    )
    return Outcome(inquiries=((None, inquiry),))


def pages(store: Store, size: int, between: Callable[[], object] = lambda: None) -> list[list[str]]:
    result, after = [], None
    while True:
        found, after = store.listed(
            StoredList.of_campaign("inquiries", CAMPAIGN), ALWAYS, after, size
        )
        result.append([id_at(each) for each in found])
        if after is None:
            return result
        between()


def test_a_campaigns_inquiries_are_listed_newest_first_and_ties_by_id(store: Store) -> None:
    for inquiry_id, minutes in [(31, 0), (33, 1), (32, 1), (30, 2), (34, 1)]:
        store.commit(filed(inquiry_id, minutes))
    assert [each for page in pages(store, 2) for each in page] == ["30", "34", "33", "32", "31"]


@pytest.mark.parametrize(("tables_at", "process_at"), [(8, 0), (0, 8), (4, 0), (4, 8)])
def test_a_list_finds_its_index_whatever_step_its_process_knows(
    store: Store, tables_at: int, process_at: int
) -> None:
    """A published version of a function keeps the step of its publication."""
    name = f"test-inquiries-at-{tables_at}"
    if name not in client("dynamodb").list_tables()["TableNames"]:
        properties = stored_tables(tables_at)["Inquiries"]
        shape = {each: properties[each] for each in SHAPE}
        client("dynamodb").create_table(TableName=name, **shape)
    process = Store(replace(TABLES, inquiries=name, index_step=process_at))
    for inquiry_id in (31, 32, 33):
        process.commit(filed(inquiry_id, inquiry_id))
    assert pages(process, 2) == [["33", "32"], ["31"]]
    assert counted(process, StoredList.of_partner("inquiries", CASHBACK)) == 3


def test_a_list_stays_what_it_was_while_things_arrive_and_change(store: Store) -> None:
    for at in range(5):
        store.commit(filed(30 + at, at))
    arriving = iter(range(40, 50))

    def meanwhile() -> None:
        store.commit(filed(next(arriving), 60))
        seen = store.inquiries(["31"])["31"]
        incomplete = replace(seen, state=InquiryState.INCOMPLETE, version=seen.version + 1)
        store.commit(Outcome(inquiries=((seen, incomplete),)))

    listed = [each for page in pages(store, 2, meanwhile) for each in page]
    assert listed == ["34", "33", "32", "31", "30"]


def test_a_partners_list_holds_its_own_only(store: Store) -> None:
    store.commit(filed(31, 0))
    store.commit(filed(32, 1, LOYALTY))
    assert listed(store, StoredList.of_partner("inquiries", LOYALTY)) == ["32"]
    assert counted(store, StoredList.of_partner("inquiries", CASHBACK)) == 1


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (None, None, ["32", "31", "30"]),
        (NOW + MINUTE, None, ["32", "31"]),
        (None, NOW + MINUTE, ["31", "30"]),
        (NOW + MINUTE, NOW + MINUTE, ["31"]),
        (NOW + 2 * MINUTE, NOW + MINUTE, []),
    ],
    ids=["open", "from", "until", "both ends belong to it", "upside down"],
)
def test_a_list_is_narrowed_to_when_things_were_created(
    store: Store, low: datetime | None, high: datetime | None, expected: list[str]
) -> None:
    for at in range(3):
        store.commit(filed(30 + at, at))
    assert listed(store, StoredList.of_campaign("inquiries", CAMPAIGN), (low, high)) == expected
    assert counted(store, StoredList.of_campaign("inquiries", CAMPAIGN), (low, high)) == len(
        expected
    )


def test_actions_are_listed_and_counted_like_inquiries(store: Store) -> None:
    for at in range(3):
        made = replace(PENDING, action_id=f"1000.4000.{at}", created_at=NOW + at * MINUTE)
        store.commit(Outcome(actions=((None, made),)))
    newest, since = ["1000.4000.2", "1000.4000.1"], (NOW + MINUTE, None)
    assert listed(store, StoredList.of_campaign("actions", CAMPAIGN), since) == newest
    assert counted(store, StoredList.of_partner("actions", CASHBACK)) == 3


def test_a_list_is_counted_no_longer_than_there_is_time_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(3):
        store.commit(filed(30 + at, at))
    whole = store.call

    def in_small_pages(operation: str, **asked: Any) -> dict[str, Any]:
        return whole(operation, **{**asked, "Limit": 1})

    monkeypatch.setattr(store, "call", in_small_pages)
    assert counted(store, StoredList.of_partner("inquiries", CASHBACK)) == 3
    with pytest.raises(indexes.Uncounted) as stopped:
        counted(store, StoredList.of_partner("inquiries", CASHBACK), has_time=lambda: False)
    assert stopped.value.count == 1


def due_ids(store: Store, phase: str, until: datetime) -> list[str]:
    return [each.action_id for each in store.due_actions(phase, SHARD, until)]


def test_what_is_due_is_read_oldest_first_up_to_an_instant(store: Store) -> None:
    for at, minutes in enumerate([3, 1, 2, 5]):
        locks_at = NOW + minutes * MINUTE
        made = replace(PENDING, action_id=f"1000.4000.{at}", locks_at=locks_at)
        store.commit(Outcome(actions=((None, made),)))
    assert due_ids(store, "LOCK", NOW) == []
    assert due_ids(store, "LOCK", NOW + 3 * MINUTE) == ["1000.4000.1", "1000.4000.2", "1000.4000.0"]
    assert list(store.due_actions("LOCK", SHARD, NOW + MINUTE)) == [((SHOP, "USD"), "1000.4000.1")]


def test_an_action_is_due_to_lock_then_to_pay_then_no_more(store: Store) -> None:
    paid = replace(LOCKED, state=ActionState.PAID, version=3)
    found = []
    for before, after in [(None, PENDING), (PENDING, LOCKED), (LOCKED, paid)]:
        store.commit(Outcome(actions=((before, after),)))
        found.append([phase for phase in ("LOCK", "PAY") if due_ids(store, phase, NOW)])
    assert found == [["LOCK"], ["PAY"], []]


def test_an_inquiry_is_due_while_a_rule_may_approve_it(store: Store) -> None:
    before = replace(BARE_INQUIRY, auto_approval_at=NOW)
    after = replace(before, auto_approval_at=None, version=2)
    store.commit(Outcome(inquiries=((None, before),)))
    assert len(list(store.due_inquiries(SHARD, NOW))) == 1
    store.commit(Outcome(inquiries=((before, after),)))
    assert list(store.due_inquiries(SHARD, NOW)) == []


def test_an_inquiry_is_listed_by_its_state_while_it_waits_for_somebody(store: Store) -> None:
    seen: Inquiry | None = None
    found = []
    steps = (InquiryState.UNRESOLVED, InquiryState.INCOMPLETE, InquiryState.DECLINED)
    for version, state in enumerate(steps, 1):
        then = replace(BARE_INQUIRY, state=state, version=version)
        store.commit(Outcome(inquiries=((seen, then),)))
        seen = then
        states = ("UNRESOLVED", "INCOMPLETE", "DECLINED")
        lists = (StoredList.open_inquiries(CAMPAIGN, each) for each in states)
        found.append([len(listed(store, each)) for each in lists])
    assert found == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_a_name_too_long_to_be_a_key_names_nothing(store: Store) -> None:
    assert store.inquiries(["9" * 3000]) == {}
    assert store.account("M" * 3000) is None
    assert store.contracts([("1", "2" * 1500)]) == {}
