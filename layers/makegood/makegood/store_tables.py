"""The items that the tables hold: one model for each kind, and the keys they are found by.

What changes while a thing lives (state, dates, amounts) is in a small hot item, sort key `H`; what
never changes again, or only when somebody modifies it, is in a detail item, `D`. Listing keys are
made of attributes that never change, so a change of state writes no listing index. Only `due_key`
comes and goes: it is there while something is due of the item, and the index on it is what the
sweep reads. Changes of actions are listed in the indexes of actions, in partitions of their own.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import (
    Attribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.constants import STRING
from pynamodb.models import Model

from makegood.ids import digest
from makegood.limits import Meter

SHARDS = 16
"""Partitions of what is due. One advertiser's currency is in one shard, so its order holds."""


def stamp(at: datetime) -> str:
    """An instant as sortable text, in milliseconds."""
    if at.tzinfo is None:
        raise ValueError("an instant knows its time zone")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class InstantAttribute(Attribute[datetime]):
    """An aware instant, kept as UTC text that sorts."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return stamp(value)

    def deserialize(self, value: str) -> datetime:
        return datetime.fromisoformat(value)


class CompactAttribute(Attribute[Any]):
    """Something small of no interest to queries, as compact JSON."""

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, value: str) -> Any:
        return json.loads(value)


class Row(Model):
    """What every item has. A table's name is set when the store is made."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute(null=True)


class DirectoryRow(Row):
    class Meta:
        table_name = "directory"

    document = CompactAttribute(null=True)
    campaign_ids = UnicodeSetAttribute(null=True)


class InquiryRow(Row):
    class Meta:
        table_name = "inquiries"

    advertiser_id = UnicodeAttribute()
    campaign_key = UnicodeAttribute()
    partner_key = UnicodeAttribute()
    created_key = UnicodeAttribute()
    order_key = UnicodeAttribute()
    order_id = UnicodeAttribute()
    inquiry_type = UnicodeAttribute()
    attempt = NumberAttribute()
    state = UnicodeAttribute()
    currency = UnicodeAttribute()
    amount_minor = NumberAttribute()
    expected_minor = NumberAttribute(null=True)
    ordered_at = InstantAttribute()
    created_at = InstantAttribute()
    comment_count = NumberAttribute()
    checks = CompactAttribute()
    reject_reason = NumberAttribute(null=True)
    final_minor = NumberAttribute(null=True)
    resolved_at = InstantAttribute(null=True)
    decided_by = UnicodeAttribute(null=True)
    asked_by = CompactAttribute(null=True)
    resolution_key = UnicodeAttribute(null=True)
    auto_approval_at = InstantAttribute(null=True)
    action_id = UnicodeAttribute(null=True)
    due_key = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)


class InquiryDetailRow(Row):
    class Meta:
        table_name = "inquiries"

    document = CompactAttribute()


class SpendRow(Row):
    class Meta:
        table_name = "inquiries"

    granted_minor = NumberAttribute()


class ActionRow(Row):
    class Meta:
        table_name = "actions"

    advertiser_id = UnicodeAttribute()
    campaign_key = UnicodeAttribute()
    partner_key = UnicodeAttribute()
    created_key = UnicodeAttribute()
    order_key = UnicodeAttribute()
    event_type_id = UnicodeAttribute()
    order_id = UnicodeAttribute()
    ordered_at = InstantAttribute()
    currency = UnicodeAttribute()
    amount_minor = NumberAttribute()
    payout_minor = NumberAttribute()
    event_at = InstantAttribute()
    created_at = InstantAttribute()
    changed_at = InstantAttribute()
    locks_at = InstantAttribute()
    clears_at = InstantAttribute()
    locking = UnicodeAttribute()
    payment = UnicodeAttribute()
    time_zone = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    contract_version = NumberAttribute()
    origin = UnicodeAttribute()
    inquiry_id = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    paid_at = InstantAttribute(null=True)
    disposition = UnicodeAttribute(null=True)
    outside = UnicodeAttribute(null=True)
    approval_key = UnicodeAttribute(null=True)
    due_key = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)


class ActionDetailRow(Row):
    class Meta:
        table_name = "actions"

    document = CompactAttribute()


class ActionUpdateRow(Row):
    """Listed in the same indexes as actions, in partitions of its own."""

    class Meta:
        table_name = "actions"

    campaign_key = UnicodeAttribute()
    partner_key = UnicodeAttribute()
    created_key = UnicodeAttribute()
    document = CompactAttribute()


class OrderRow(Row):
    class Meta:
        table_name = "actions"

    credits = CompactAttribute()
    newest = CompactAttribute(null=True)


class UseRow(Row):
    """What is used of one limit: for one order or customer or all, in one period."""

    class Meta:
        table_name = "actions"

    used = NumberAttribute()


class EntryRow(Row):
    class Meta:
        table_name = "ledger"

    reason = UnicodeAttribute()
    currency = UnicodeAttribute()
    postings = CompactAttribute()
    made_at = InstantAttribute()
    note = UnicodeAttribute(null=True)
    corrects = UnicodeAttribute(null=True)
    account_key = UnicodeAttribute()
    created_key = UnicodeAttribute()


class EntryLineRow(Row):
    """Lists an entry under one more owner of an account that it touches."""

    class Meta:
        table_name = "ledger"

    account_key = UnicodeAttribute()
    created_key = UnicodeAttribute()


class BalanceRow(Row):
    class Meta:
        table_name = "ledger"

    minor = NumberAttribute(default=0)
    committed_minor = NumberAttribute(null=True)


class RequestRow(Row):
    class Meta:
        table_name = "requests"

    expires_at = NumberAttribute()
    fingerprint = UnicodeAttribute(null=True)
    reply = CompactAttribute(null=True)
    count = NumberAttribute(null=True)


Key = tuple[type[Row], str, str]


def inquiry_key(inquiry_id: str, part: str = "H") -> Key:
    return (InquiryRow if part == "H" else InquiryDetailRow), f"I#{inquiry_id}", part


def comment_key(inquiry_id: str, number: int) -> Key:
    return InquiryDetailRow, f"I#{inquiry_id}", f"C#{number:04d}"


def action_key(action_id: str, part: str = "H") -> Key:
    return (ActionRow if part == "H" else ActionDetailRow), f"A#{action_id}", part


def update_key(update_id: str) -> Key:
    """The key of an action's change; an id that is none names nothing."""
    action_id, _, version = update_id.rpartition(".")
    return ActionUpdateRow, f"A#{action_id}", f"U#{version.zfill(6)}"


def once_key(action_id: str, row_name: str) -> Key:
    """The mark that a row of a file leaves on the action that it changed."""
    return ActionDetailRow, f"A#{action_id}", f"S#{digest('row', row_name)}"


def updates_owner(owner_id: str) -> str:
    """The index partition of a campaign's or partner's changes of actions."""
    return f"U#{owner_id}"


def order_key(campaign_id: str, order_id: str) -> Key:
    return OrderRow, f"O#{campaign_id}#{order_id}", "O"


def order_name(campaign_id: str, order_id: str) -> str:
    """An order, as the indexes by order name it."""
    return f"{campaign_id}#{order_id}"


def use_key(meter: Meter) -> Key:
    whose = f"{meter.contract_id}#{meter.event_type_id}#{meter.limit}"
    return UseRow, f"M#{whose}#{meter.period}", f"M#{digest('of', meter.of)}"


def spend_key(campaign_id: str, partner_id: str, month: str, currency: str) -> Key:
    return SpendRow, f"S#{campaign_id}#{partner_id}", f"{month}#{currency}"


def entry_key(entry_id: str) -> Key:
    return EntryRow, f"E#{entry_id}", "E"


def line_key(entry_id: str, owner: str) -> Key:
    return EntryLineRow, f"E#{entry_id}", f"L#{owner}"


def balance_key(owner: str, currency: str) -> Key:
    """An advertiser's funds and committed money are one item; every other account is its own."""
    return BalanceRow, f"B#{owner}", currency


def request_key(account_sid: str, idempotency_key: str) -> Key:
    return RequestRow, f"K#{account_sid}", digest("key", idempotency_key)


def shard_of(advertiser_id: str, currency: str) -> int:
    return int(digest("shard", advertiser_id, currency)[:8], 16) % SHARDS


def due_key(phase: str, shard: int) -> str:
    return f"{phase}#{shard:02d}"


THROTTLES = frozenset(
    {
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
    }
)
"""Errors of a call that pass by themselves."""

MODELS: dict[str, tuple[type[Row], ...]] = {
    "directory": (DirectoryRow,),
    "inquiries": (InquiryRow, InquiryDetailRow, SpendRow),
    "actions": (ActionRow, ActionDetailRow, ActionUpdateRow, OrderRow, UseRow),
    "ledger": (EntryRow, EntryLineRow, BalanceRow),
    "requests": (RequestRow,),
}


def bind(models: Iterable[type[Row]], table_name: str) -> None:
    """Gives the models of one table its name."""
    for model in models:
        model.Meta.table_name = table_name
        model._connection = None
