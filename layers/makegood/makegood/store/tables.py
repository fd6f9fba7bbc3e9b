"""The items that the tables hold: one model for each kind, and the keys they are found by.

What changes while a thing lives (state, dates, amounts) is in a small hot item, sort key `H`; what
never changes again, or only when somebody modifies it, is in a detail item, `D`. Listing keys are
made of attributes that never change, so a change of state writes no listing index. Few come and go:
`due_key` is there while something is due of the item, and the index on it is what the sweep reads;
`open_key` and `approval_key` are there while somebody has to decide. Changes of actions are listed
in the indexes of actions, in partitions of their own.
"""

from collections.abc import Iterable
from functools import lru_cache

from makegood.domain.clearings import Place
from makegood.domain.ids import digest
from makegood.domain.limits import Meter
from makegood.store.items import Compact, Flag, Instant, Number, Row, Text, Texts, stamp

SHARDS_REMEMBERED_MAX = 10_000

UPDATES, STATEMENTS = "U#", "T#"
"""What the partitions begin with that list these, in the indexes of actions and of entries."""

CLEARINGS = "C#"
"""What the partitions of an account's sums of what clears begin with."""

SHARDS = 16
"""Partitions of what is due. One advertiser's currency is in one shard, so its order holds."""


class DirectoryRow(Row):
    table_name = "directory"

    document = Compact(null=True)
    campaign_ids = Texts(null=True)


class InquiryRow(Row):
    table_name = "inquiries"

    advertiser_id = Text()
    campaign_key = Text()
    partner_key = Text()
    created_key = Text()
    order_key = Text()
    order_id = Text()
    inquiry_type = Text()
    attempt = Number()
    state = Text()
    currency = Text()
    amount_minor = Number()
    expected_minor = Number(null=True)
    ordered_at = Instant()
    created_at = Instant()
    changed_at = Instant(null=True)
    comment_count = Number()
    checks = Compact()
    reject_reason = Number(null=True)
    final_minor = Number(null=True)
    difference_minor = Number(null=True)
    resolved_at = Instant(null=True)
    decided_by = Text(null=True)
    asked_by = Compact(null=True)
    resolution_key = Text(null=True)
    auto_approval_at = Instant(null=True)
    action_id = Text(null=True)
    open_key = Text(null=True)
    due_key = Text(null=True)
    due_at = Text(null=True)


class InquiryDetailRow(Row):
    table_name = "inquiries"

    document = Compact()


class SpendRow(Row):
    table_name = "inquiries"

    granted_minor = Number()


class ActionRow(Row):
    table_name = "actions"

    advertiser_id = Text()
    campaign_key = Text()
    partner_key = Text()
    created_key = Text()
    order_key = Text()
    event_type_id = Text()
    order_id = Text()
    ordered_at = Instant()
    currency = Text()
    amount_minor = Number()
    payout_minor = Number()
    event_at = Instant()
    created_at = Instant()
    changed_at = Instant()
    locks_at = Instant()
    clears_at = Instant()
    locking = Text()
    payment = Text()
    time_zone = Text()
    contract_id = Text()
    contract_version = Number()
    origin = Text()
    inquiry_id = Text(null=True)
    state = Text()
    paid_at = Instant(null=True)
    disposition = Text(null=True)
    outside = Text(null=True)
    approval_key = Text(null=True)
    due_key = Text(null=True)
    due_at = Text(null=True)
    summed = Flag(null=True)


class ActionDetailRow(Row):
    table_name = "actions"

    document = Compact()


class ActionUpdateRow(Row):
    """Listed in the same indexes as actions, in partitions of its own."""

    table_name = "actions"

    campaign_key = Text()
    partner_key = Text()
    created_key = Text()
    document = Compact()


class OrderRow(Row):
    table_name = "actions"

    credits = Compact()
    newest = Compact(null=True)


class UseRow(Row):
    """What is used of one limit: for one order or customer or all, in one period."""

    table_name = "actions"

    used = Number()


class EntryRow(Row):
    table_name = "ledger"

    reason = Text()
    currency = Text()
    postings = Compact()
    made_at = Instant()
    note = Text(null=True)
    corrects = Text(null=True)
    explanation = Text(null=True)
    account_key = Text()
    created_key = Text()


class EntryLineRow(Row):
    """Lists an entry under one more owner of an account that it touches."""

    table_name = "ledger"

    account_key = Text()
    created_key = Text()


class BalanceRow(Row):
    table_name = "ledger"

    minor = Number(default=0)
    committed_minor = Number(null=True)


class ClearingRow(Row):
    """What of an account clears at one instant and is not paid; it is only ever added to."""

    table_name = "ledger"

    minor = Number()
    count = Number()


class RequestRow(Row):
    table_name = "requests"

    expires_at = Number()
    fingerprint = Text(null=True)
    reply = Compact(null=True)
    count = Number(null=True)


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
    return f"{UPDATES}{owner_id}"


def order_key(campaign_id: str, order_id: str) -> Key:
    return OrderRow, f"O#{campaign_id}#{order_id}", "O"


def order_name(campaign_id: str, order_id: str) -> str:
    """An order, as the indexes by order name it."""
    return f"{campaign_id}#{order_id}"


def open_name(campaign_id: str, state: str) -> str:
    """The index partition of a campaign's inquiries that are in a state to be decided."""
    return f"{campaign_id}#{state}"


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


def clearing_key(place: Place) -> Key:
    """A partner's sum is in a part for each shard, so that no two sweeps write the same one."""
    shard = shard_of(place.advertiser_id, place.currency)
    at = f"{place.currency}#{stamp(place.clears_at)}#{shard:02d}"
    return ClearingRow, f"{CLEARINGS}{place.owner}", at


def request_key(account_sid: str, idempotency_key: str) -> Key:
    return RequestRow, f"K#{account_sid}", digest("key", idempotency_key)


@lru_cache(SHARDS_REMEMBERED_MAX)
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
    "ledger": (EntryRow, EntryLineRow, BalanceRow, ClearingRow),
    "requests": (RequestRow,),
}


def bind(models: Iterable[type[Row]], table_name: str) -> None:
    """Gives the models of one table its name."""
    for model in models:
        model.table_name = table_name
