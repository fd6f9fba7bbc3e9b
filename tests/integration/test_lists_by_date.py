"""Lists by dates and filters over the store: each has what was asked for, once, and counts it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from makegood.domain import calendar
from makegood.domain.actions import Action, ActionState, Disposition
from makegood.domain.calendar import LockKind, LockRule
from makegood.domain.inquiries import Inquiry, InquiryType
from makegood.domain.money import Money
from makegood.domain.orders import Order
from makegood.domain.outcome import Outcome
from makegood.store import lists
from makegood.store.actions import by_date
from makegood.store.indexes import id_at
from makegood.store.items import stamp
from makegood.store.lock_rules import rows_of
from makegood.store.plans import Plan
from makegood.store.selection import Selection, Window
from makegood.store.store import Store

from tests.integration import market, stack
from tests.unit.memory_lists import an_action, an_inquiry

NEW_YORK = calendar.zone("America/New_York")
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
CAMPAIGNS, PARTNERS = ("1000", "1001", "1002"), ("10001", "10002")
RULES = tuple(map(LockRule.parse, ("DAY 15d", "MONTH 0m+27d", "MONTH 2m+31d", "OPEN_ENDED")))
DAYS = st.integers(-900, 0)
NEWER = {"event_key", "modified_key"}
"""The attributes of actions that the migration adds."""


def day(number: int) -> datetime:
    return NOW + timedelta(days=number)


@st.composite
def made_actions(draw: st.DrawFn, rules: tuple[LockRule, ...] = RULES) -> list[Action]:
    """Actions as the domain can have made them, at NOW."""
    found = []
    for number in range(draw(st.integers(1, 14))):
        rule = draw(st.sampled_from(rules))
        event_at, age = day(draw(DAYS)), draw(st.integers(0, 5))
        created_at = min(NOW, event_at + timedelta(days=age))
        locks_at = calendar.locks_at(rule, event_at, NEW_YORK)
        changes: dict[str, Any] = {}
        what = draw(st.sampled_from(["as made", "modified", "reversed", "approved", "outside"]))
        touched = min(NOW, created_at + timedelta(days=draw(st.integers(0, 900))))
        before_lock = touched < locks_at
        if what == "modified" and before_lock:
            changes = {"modified_at": touched}
        if what == "reversed" and before_lock:
            changes = {
                "modified_at": touched,
                "state": ActionState.REVERSED,
                "disposition": Disposition.OTHER,
            }
        if what == "outside":
            changes = {"outside": True, "beyond": "a limit"}
        if what == "approved" and before_lock and rule.kind is LockKind.OPEN_ENDED:
            changes = {"modified_at": touched, "state": ActionState.LOCKED}
            locks_at = touched
        action = an_action(
            number,
            created_at,
            campaign_id=draw(st.sampled_from(CAMPAIGNS)),
            partner_id=draw(st.sampled_from(PARTNERS)),
            event_type_id=draw(st.sampled_from(("4000", "4001"))),
            order=Order(f"O-{draw(st.integers(1, 3))}", event_at),
            event_at=event_at,
            locks_at=locks_at,
            locking=rule,
            **changes,
        )
        if action.state_at(NOW) is ActionState.LOCKED and draw(st.booleans()):
            action = an_action(number, created_at, **{**_fields(action), "state": ActionState.PAID})
        found.append(action)
    return found


def _fields(action: Action) -> dict[str, Any]:
    names = (
        "campaign_id partner_id event_type_id order event_at locks_at locking modified_at outside"
    )
    return {name: getattr(action, name) for name in names.split()}


@st.composite
def windows(draw: st.DrawFn) -> Window:
    low, high = draw(st.none() | DAYS), draw(st.none() | DAYS)
    return Window(low if low is None else day(low), high if high is None else day(high))


SOMETIMES_A_WINDOW = st.just(Window()) | windows()


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    by_partner = draw(st.booleans())
    return Selection(
        things="actions",
        campaigns=draw(st.sampled_from([(), ("1000",)]) if by_partner else CAMPAIGN_CHOICES),
        partner="10001" if by_partner else "",
        by_partner="" if by_partner else draw(st.sampled_from(["", "10002"])),
        about="",
        event_type_id=draw(st.sampled_from(["", "4001"])),
        modified=draw(SOMETIMES_A_WINDOW),
        happened=draw(SOMETIMES_A_WINDOW),
        locking=draw(SOMETIMES_A_WINDOW),
        state=draw(st.none() | st.sampled_from(ActionState)),
        awaiting=draw(st.sampled_from([False, False, True])),
        now=NOW,
    )


CAMPAIGN_CHOICES = st.sampled_from([("1000",), ("1001",), CAMPAIGNS])


def matches(selection: Selection, each: Action) -> bool:
    """What is asked for, from the thing alone."""
    state = each.state_at(NOW)
    asked = selection.state and selection.state.rules.public_name
    return (
        (not selection.partner or each.partner_id == selection.partner)
        and (not selection.campaigns or each.campaign_id in selection.campaigns)
        and selection.by_partner in ("", each.partner_id)
        and selection.event_type_id in ("", each.event_type_id)
        and (selection.modified.is_open or selection.modified.holds(each.last_modified_at))
        and selection.happened.holds(each.event_at)
        and selection.locking.holds(each.locks_at)
        and asked in (None, state.rules.public_name)
        and (not selection.awaiting or (each.awaits_approval and state is ActionState.PENDING))
    )


@pytest.fixture
def listed(store: Store) -> Store:
    for name in lists.MIGRATION.values():
        store._believe(name, True)
    return store


def walked(store: Store, plan: Plan, size: int) -> list[str]:
    """The ids of a plan, read in parts of a size, each from where the one before ended."""
    found: list[str] = []
    for stretch in plan.stretches:
        after: str | None = None
        while True:
            count = 0
            for entry in store.read_list(stretch, after, size):
                after = entry.position
                if entry.found:
                    found.append(id_at(entry.position))
                    count += 1
                if count == size:
                    break
            if count < size:
                break
    return found


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(kept=made_actions(), selection=selections(), size=st.integers(1, 5), known=st.booleans())
def test_a_list_of_actions_has_what_is_asked_for_once_and_counts_it(
    listed: Store, kept: list[Action], selection: Selection, size: int, known: bool
) -> None:
    stack.reset()
    listed._believe("actions_by_date", True)
    listed.commit(Outcome(actions=tuple((None, action) for action in kept)))
    listed._believe("lock_rules", known)
    for each in kept if known else ():
        for row in rows_of(each.campaign_id, each.partner_id, [str(each.locking)]):
            listed.write(row)
    plan = listed.list_plan(selection)
    right = {each.action_id for each in kept if matches(selection, each)}
    found = walked(listed, plan, size)
    assert len(found) == len(set(found))
    if any(stretch.index == "by_approval" for stretch in plan.stretches):
        unswept = {each.action_id for each in kept if each.state_at(NOW) is not each.state}
        found = [each for each in found if each not in unswept]
    elif plan.chooses:
        assert listed.count_list(plan.stretches, lambda: True) == len(right)
    if plan.chooses:
        assert set(found) == right
    else:
        assert set(found) >= right


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(kept=made_actions(rules=RULES[-1:]) | made_actions(), locking=windows())
def test_what_an_older_version_locked_is_listed_by_its_lock_once_it_is_migrated(
    listed: Store, kept: list[Action], locking: Window
) -> None:
    stack.reset()
    listed._believe("actions_by_date", True)
    listed.commit(Outcome(actions=tuple((None, action) for action in kept)))
    written = stack.everything("actions")
    for each in kept:
        item = as_an_older_version_left(written[f"A#{each.action_id}", "H"], each)
        wanted = by_date(item)
        assert wanted is not None
        migrated = item | {name: {"S": value} for name, value in wanted.values.items()}
        stack.client("dynamodb").put_item(TableName=stack.TABLES.actions, Item=migrated)
    selection = Selection(things="actions", campaigns=CAMPAIGNS, locking=locking, now=NOW)
    found = walked(listed, listed.list_plan(selection), 5)
    assert sorted(found) == sorted(each.action_id for each in kept if locking.holds(each.locks_at))


def as_an_older_version_left(item: dict[str, Any], action: Action) -> dict[str, Any]:
    """A version for each step that it went, the last one's date, and none of the newer keys."""
    rules = action.state.rules
    approved = action.modified_at is not None and rules.is_locked
    steps = (action.modified_at is not None) + rules.is_locked + rules.is_paid - approved
    changed_at = NOW if rules.is_paid else action.last_modified_at
    kept = {name: value for name, value in item.items() if name not in NEWER}
    return kept | {"version": {"N": str(1 + steps)}, "changed_at": {"S": stamp(changed_at)}}


def test_a_contract_s_lock_rules_are_kept_with_it(live: Store) -> None:
    version = market.terms("MONTH 1m+20d", version=2)
    pair = market.CAMPAIGN, market.CASHBACK
    signed = live.contracts([pair])[pair]
    live.put_contract(replace(signed, versions=(*signed.versions, version)))
    for owner in (f"CAMPAIGN#{market.CAMPAIGN}", f"PARTNER#{market.CASHBACK}"):
        rules = live.lock_rules(owner)
        assert {str(each) for each in rules} >= {"DAY 15d", "MONTH 1m+20d"}


def test_what_is_paid_changes_no_entry_of_a_list(listed: Store) -> None:
    """The attributes that indexes have stay what they are when an action locks and is paid."""
    table = stack.client("dynamodb").describe_table(TableName=stack.TABLES.actions)["Table"]
    named = {
        name
        for index in table["GlobalSecondaryIndexes"]
        if index["IndexName"] != "due"
        for name in (
            *index["Projection"].get("NonKeyAttributes", ()),
            *(each["AttributeName"] for each in index["KeySchema"]),
        )
    }
    assert named
    action = an_action(1, day(-30), locks_at=day(-1), clears_at=day(-1))
    locked = action.moved(ActionState.LOCKED, NOW)
    paid = locked.moved(ActionState.PAID, NOW, paid_at=NOW)
    listed.commit(Outcome(actions=((None, action),)))
    rows = []
    for before, after in ((action, locked), (locked, paid)):
        rows.append(_raw(listed))
        listed.commit(Outcome(actions=((before, after),)))
    rows.append(_raw(listed))
    entries = [{name: row.get(name) for name in named} for row in rows]
    assert entries[0] == entries[1] == entries[2]


def _raw(store: Store) -> dict[str, Any]:
    items, _ = store.scan("actions")
    return next(item for item in items if item["sk"]["S"] == "H")


@st.composite
def made_inquiries(draw: st.DrawFn) -> list[Inquiry]:
    found = []
    for number in range(draw(st.integers(1, 12))):
        created_at = day(draw(DAYS))
        found.append(
            an_inquiry(
                number + 1,
                created_at,
                campaign_id=draw(st.sampled_from(CAMPAIGNS)),
                partner_id=draw(st.sampled_from(PARTNERS)),
                inquiry_type=draw(st.sampled_from(InquiryType)),
                order_amount=Money(2000, draw(st.sampled_from(("USD", "EUR")))),
                order_id=f"O-{draw(st.integers(1, 3))}",
                ordered_at=created_at - timedelta(days=draw(st.integers(0, 90))),
            )
        )
    return found


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kept=made_inquiries(),
    created=SOMETIMES_A_WINDOW,
    ordered=SOMETIMES_A_WINDOW,
    by_partner=st.booleans(),
    campaigns=CAMPAIGN_CHOICES,
    about=st.sampled_from(["", "", "O-1"]),
    inquiry_type=st.sampled_from(["", InquiryType.UNTRACKED]),
    currency=st.sampled_from(["", "EUR"]),
    size=st.integers(1, 5),
)
def test_a_list_of_inquiries_has_what_is_asked_for_once_and_counts_it(
    listed: Store,
    kept: list[Inquiry],
    created: Window,
    ordered: Window,
    by_partner: bool,
    campaigns: tuple[str, ...],
    about: str,
    inquiry_type: str,
    currency: str,
    size: int,
) -> None:
    stack.reset()
    listed._believe("inquiries_by_date", True)
    listed.commit(Outcome(inquiries=tuple((None, inquiry) for inquiry in kept)))
    selection = Selection(
        things="inquiries",
        partner="10001" if by_partner else "",
        campaigns=campaigns,
        about=about,
        inquiry_type=inquiry_type,
        currency=currency,
        created=created,
        happened=ordered,
    )
    plan = listed.list_plan(selection)
    right = {
        each.inquiry_id
        for each in kept
        if each.campaign_id in campaigns
        and (not by_partner or each.partner_id == "10001")
        and about in ("", each.claim.order_id)
        and inquiry_type in ("", each.claim.inquiry_type)
        and currency in ("", each.claim.order_amount.currency)
        and created.holds(each.created_at)
        and ordered.holds(each.claim.ordered_at)
    }
    found = walked(listed, plan, size)
    assert len(found) == len(set(found))
    if plan.chooses:
        assert set(found) == right
        assert listed.count_list(plan.stretches, lambda: True) == len(right)
    else:
        assert set(found) >= right
        assert about
