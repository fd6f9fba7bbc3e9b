"""What a change tells: nothing, one thing, or several in the order in which they happened."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from makegood.domain.event_names import (
    APPEALS,
    APPROVED,
    ASKS,
    DUE_SOON,
    MEANINGS,
    OVERDUE,
    EventName,
    of_funds,
    told,
)
from makegood.domain.events import Change, EventType, Owner
from makegood.domain.parties import Role

AT = datetime(2026, 6, 10, 12, tzinfo=UTC)
INQUIRY, ACTION, UPDATE = EventType.INQUIRY, EventType.ACTION, EventType.UPDATE


def change(kind: EventType, version: int, state: str, *hints: str) -> Change:
    return Change(
        kind, "1", version, state, "1000", "10001", "500", AT, AT, is_new=version == 1, hints=hints
    )


@pytest.mark.parametrize(
    ("seen", "names"),
    [
        (change(INQUIRY, 1, "UNRESOLVED"), ["inquiry.filed"]),
        (change(INQUIRY, 1, "UNRESOLVED", APPEALS), ["inquiry.appealed"]),
        (change(INQUIRY, 1, "DECLINED"), ["inquiry.filed", "inquiry.declined"]),
        (change(INQUIRY, 1, "VALID"), ["inquiry.filed", "inquiry.accepted"]),
        (change(INQUIRY, 2, "VALID"), ["inquiry.accepted"]),
        (change(INQUIRY, 2, "VALID", APPEALS), ["inquiry.accepted"]),
        (change(INQUIRY, 2, "WITHDRAWN"), ["inquiry.withdrawn"]),
        (change(INQUIRY, 2, "INCOMPLETE", ASKS), ["inquiry.incomplete"]),
        (change(INQUIRY, 3, "INCOMPLETE"), ["inquiry.answered"]),
        (change(INQUIRY, 3, "UNRESOLVED"), ["inquiry.answered"]),
        (change(INQUIRY, 2, "UNRESOLVED", DUE_SOON), ["inquiry.due_soon"]),
        (change(INQUIRY, 3, "UNRESOLVED", OVERDUE), ["inquiry.overdue"]),
        (change(INQUIRY, 3, "DECLINED", OVERDUE), ["inquiry.overdue", "inquiry.declined"]),
        (change(INQUIRY, 3, "VALID", OVERDUE), ["inquiry.overdue", "inquiry.accepted"]),
        (change(ACTION, 1, "PENDING"), ["action.created"]),
        (change(ACTION, 1, "LOCKED"), ["action.created", "action.locked"]),
        (change(ACTION, 1, "PAID"), ["action.created", "action.locked", "action.paid"]),
        (change(ACTION, 2, "PENDING"), [""]),
        (change(ACTION, 2, "REVERSED"), [""]),
        (change(ACTION, 2, "LOCKED"), ["action.locked"]),
        (change(ACTION, 3, "PAID"), ["action.paid"]),
        (change(UPDATE, 2, "PENDING", "ITEM_RETURNED"), ["action.modified"]),
        (change(UPDATE, 2, "PENDING", APPROVED), ["action.approved"]),
        (change(UPDATE, 2, "LOCKED", APPROVED), ["action.approved"]),
        (change(UPDATE, 2, "REVERSED", "ITEM_RETURNED"), ["action.reversed"]),
        (change(EventType.FILE, 1, "DONE"), ["file.finished"]),
        (change(EventType.FILE, 1, "FAILED"), ["file.failed"]),
    ],
)
def test_a_change_tells_what_happened(seen: Change, names: list[str]) -> None:
    assert [each.event_name for each in told(seen)] == names


def test_one_event_stands_for_the_version_and_the_others_have_names_of_their_own() -> None:
    created = change(ACTION, 1, "PAID")
    first, *others = told(created)
    assert (first.name, first.is_new) == (created.name, True)
    assert [each.name for each in others] == [
        f"{created.name}#action.locked",
        f"{created.name}#action.paid",
    ]
    assert not any(each.is_new for each in others)


@pytest.mark.parametrize(
    ("money", "names"),
    [
        ((0, 0, 0, 0), []),
        ((100, 200, 200, 0), []),
        ((100, 200, 201, 0), ["funds.low"]),
        ((0, 200, 200, 1), ["funds.overdue"]),
        ((-1, 200, 200, 0), ["funds.negative"]),
        ((-1, 0, 1, 1), ["funds.negative", "funds.low", "funds.overdue"]),
    ],
)
def test_a_day_tells_what_is_short(money: tuple[int, int, int, int], names: list[str]) -> None:
    assert of_funds(*money) == names


def test_what_one_account_has_alone_is_told_to_it_alone() -> None:
    seen = replace(change(EventType.FILE, 1, "DONE"), partner_id="")
    assert seen.owners == (Owner(Role.ADVERTISER, "500"),)


def test_every_name_has_its_meaning() -> None:
    assert list(MEANINGS) == list(EventName)
