"""Actions as items, and reading them by id.

What changes while an action lives (state, dates, amounts) is in a hot item, sort key `H`. What
changes only when somebody modifies the action is in a detail item, `D`. The item has a `due_key`
while something will be due, and an `approval_key` while somebody has to decide.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from makegood.domain import calendar
from makegood.domain.actions import Action, ActionState, Disposition, Origin, Original
from makegood.domain.calendar import Due, LockKind, LockRule, PaymentRule
from makegood.domain.money import Money
from makegood.domain.orders import Item, Order
from makegood.store.carried import beyond
from makegood.store.connection import ScanPosition
from makegood.store.erased import as_decided
from makegood.store.expressions import Condition, compared, is_missing
from makegood.store.indexes import (
    Indexes,
    due_key,
    instant_at,
    order_name,
    position_at,
    shard_of,
)
from makegood.store.items import Compact, Flag, Instant, Key, Number, RawItem, Row, Text
from makegood.store.limit_usage import counts_document, counts_of
from makegood.store.migration import Wanted
from makegood.store.transactions import Writes, write_rows

Account = tuple[str, str]
"""An advertiser's money in one currency."""


class DueAction(NamedTuple):
    """An action that is due, and the account whose money it takes."""

    account: Account
    action_id: str


class ActionRow(Row):
    table = "actions"

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
    event_key = Text(null=True)
    modified_key = Text(null=True)
    locks_at = Instant()
    clears_at = Instant()
    locking = Text()
    payment = Text()
    time_zone = Text()
    contract_id = Text()
    contract_version = Number()
    origin = Text()
    inquiry_id = Text(null=True)
    shop_order_id = Text(null=True)
    state = Text()
    paid_at = Instant(null=True)
    disposition = Text(null=True)
    outside = Text(null=True)
    approval_key = Text(null=True)
    due_key = Text(null=True)
    due_at = Text(null=True)
    summed = Flag(null=True)
    erased = Number(null=True)


class ActionDetailRow(Row):
    table = "actions"

    document = Compact()


def action_key(action_id: str, part: str = "H") -> Key:
    return (ActionRow if part == "H" else ActionDetailRow), f"A#{action_id}", part


def due_of(action: Action) -> tuple[str | None, str | None]:
    """Where the action stands in what is due: by phase and shard, then instant and account."""
    due, at = action.due, action.due_at
    if due is None or at is None:
        return None, None
    currency = action.payout.currency
    shard = shard_of(action.advertiser_id, currency)
    account = f"{action.advertiser_id}#{currency}"
    return due_key(due, shard), position_at(at, f"{account}#{action.action_id}")


def action_rows(action: Action) -> list[Row]:
    """The hot item and the detail item."""
    key, at = due_of(action)
    order = action.order
    hot = ActionRow(
        *action_key(action.action_id)[1:],
        version=action.version,
        advertiser_id=action.advertiser_id,
        campaign_key=action.campaign_id,
        partner_key=action.partner_id,
        created_key=position_at(action.created_at, action.action_id),
        order_key=order_name(action.campaign_id, order.order_id),
        event_type_id=action.event_type_id,
        order_id=order.order_id,
        ordered_at=order.ordered_at,
        currency=action.payout.currency,
        amount_minor=action.order_amount.minor,
        payout_minor=action.payout.minor,
        event_at=action.event_at,
        created_at=action.created_at,
        changed_at=action.changed_at or action.created_at,
        event_key=position_at(action.event_at, action.action_id),
        modified_key=action.modified_at and position_at(action.modified_at, action.action_id),
        locks_at=action.locks_at,
        clears_at=action.clears_at,
        locking=str(action.locking),
        payment=str(action.payment),
        time_zone=action.time_zone,
        contract_id=action.contract_id,
        contract_version=action.contract_version,
        origin=action.origin.value,
        inquiry_id=action.inquiry_id or None,
        shop_order_id=action.shop_order_id or None,
        state=action.state.value,
        paid_at=action.paid_at,
        disposition=action.disposition and action.disposition.value,
        outside=action.beyond if action.outside else None,
        approval_key=action.campaign_id if action.awaits_approval else None,
        due_key=key,
        due_at=at,
        summed=action.is_summed or None,
    )
    detail = {
        "customer": order.customer_id,
        "status": order.customer_status,
        "promo": order.promo_code,
        "note": order.note,
        "country": order.customer_country,
        "region": order.customer_region,
        "city": order.customer_city,
        "postcode": order.customer_postcode,
        "source": action.source,
        "explanation": action.explanation,
        "items": [_item_document(item) for item in order.items],
        "original": action.original and _original_document(action.original),
        "counts": counts_document(action.counts),
        "beyond": "" if action.outside else action.beyond,
        "approved": action.approved,
    }
    document = {name: value for name, value in detail.items() if value}
    document |= beyond(detail, action.carried)
    return [hot, ActionDetailRow(*action_key(action.action_id, "D")[1:], document=document)]


def _original_document(original: Original) -> dict[str, Any]:
    document = {
        "amount": _maybe_pair(original.order_amount),
        "payout": _maybe_pair(original.payout),
        "status": original.customer_status,
        "items": [_item_document(item) for item in original.items],
        "contract_version": original.contract_version,
        "explanation": original.explanation,
    }
    return document | beyond(document, original.carried)


def _original(document: Mapping[str, Any]) -> Original:
    return Original(
        Money(*document["amount"][:2]),
        Money(*document["payout"][:2]),
        document["status"],
        tuple(_item(each) for each in document["items"]),
        document["contract_version"],
        document.get("explanation", ""),
        carried=document,
    )


def _item_document(item: Item) -> dict[str, Any]:
    document = {
        "sku": item.sku,
        "quantity": item.quantity,
        "subtotal": _maybe_pair(item.subtotal),
        "rebate": _maybe_pair(item.rebate),
        "name": item.name,
        "category": item.category,
        "sub_category": item.sub_category,
        "mpn": item.mpn,
    }
    return document | beyond(document, item.carried)


def _item(document: Mapping[str, Any]) -> Item:
    subtotal, rebate = document["subtotal"], document["rebate"]
    return Item(
        document["sku"],
        document.get("quantity", 1),
        Money(*subtotal[:2]) if subtotal else None,
        document.get("name", ""),
        document.get("category", ""),
        document.get("sub_category", ""),
        document.get("mpn", ""),
        Money(*rebate[:2]) if rebate else None,
        carried=document,
    )


def action_of(hot: ActionRow, detail: ActionDetailRow | None = None) -> Action:
    """The action; without its detail item the order's customer, note and items are blank."""
    more = detail.document if detail is not None else {}
    return Action(
        action_id=hot.pk[2:],
        advertiser_id=hot.advertiser_id,
        campaign_id=hot.campaign_key,
        partner_id=hot.partner_key,
        event_type_id=hot.event_type_id,
        order=Order(
            hot.order_id,
            hot.ordered_at,
            more.get("customer", ""),
            more.get("status", ""),
            more.get("promo", ""),
            more.get("note", ""),
            tuple(_item(each) for each in more.get("items", ())),
            more.get("country", ""),
            more.get("region", ""),
            more.get("city", ""),
            more.get("postcode", ""),
        ),
        order_amount=Money(int(hot.amount_minor), hot.currency),
        payout=Money(int(hot.payout_minor), hot.currency),
        event_at=hot.event_at,
        created_at=hot.created_at,
        changed_at=hot.changed_at,
        modified_at=instant_at(hot.modified_key) if hot.modified_key else None,
        locks_at=hot.locks_at,
        clears_at=hot.clears_at,
        locking=LockRule.parse(hot.locking),
        payment=PaymentRule.parse(hot.payment),
        time_zone=hot.time_zone,
        contract_id=hot.contract_id,
        contract_version=int(hot.contract_version),
        origin=Origin(hot.origin),
        inquiry_id=hot.inquiry_id or "",
        shop_order_id=hot.shop_order_id or "",
        state=ActionState(hot.state),
        version=int(hot.version),
        paid_at=hot.paid_at,
        disposition=hot.disposition and Disposition(hot.disposition),
        source=more.get("source", ""),
        explanation=more.get("explanation", ""),
        original=_original(more["original"]) if "original" in more else None,
        counts=counts_of(more, hot.contract_id, hot.event_type_id),
        beyond=hot.outside or more.get("beyond", ""),
        outside=hot.outside is not None,
        approved=more.get("approved", False),
        stray=bool(hot.summed) != ActionState(hot.state).rules.is_set_aside,
        carried=more,
    )


def _maybe_pair(money: Money | None) -> tuple[int, str] | None:
    return None if money is None else (money.minor, money.currency)


def write_action(writes: Writes, before: Action | None, after: Action) -> None:
    label = f"action:{after.action_id}"
    if before is None:
        write_rows(writes, label, None, action_rows(after))
        return
    rows = action_rows(before)
    held = as_decided(ActionRow, before.version, before.carried)
    write_rows(writes, label, rows, action_rows(after), _as_marked(rows[0], held))


def action_weight(before: Action | None, after: Action) -> int:
    """How many items `write_action` writes, at most: hot and detail."""
    if before is None:
        return 2
    return 1 + (_detail_parts(before) != _detail_parts(after))


def _detail_parts(action: Action) -> tuple[Any, ...]:
    """All that the detail item is made of, and more of the order."""
    return (
        action.order,
        action.source,
        action.explanation,
        action.original,
        action.counts,
        action.beyond,
        action.outside,
        action.approved,
    )


def _as_marked(before: ActionRow, condition: Condition) -> Condition:
    """As decided; a stray also by its mark, which is mended without a new version."""
    is_set_aside = ActionState(before.state).rules.is_set_aside
    if before.summed and not is_set_aside:
        return condition & compared(ActionRow, "summed", "=", value=True)
    if is_set_aside and not before.summed:
        return condition & is_missing("summed")
    return condition


def by_date(item: RawItem) -> Wanted | None:
    """An action of an older version, by the dates of its event and of its last modification."""
    if item["sk"]["S"] != "H" or not item["pk"]["S"].startswith("A#"):
        return None
    row = ActionRow.from_raw_data(item)
    values = {"event_key": position_at(row.event_at, row.pk[2:])}
    if modified_at := _modified_at(row):
        values["modified_key"] = position_at(modified_at, row.pk[2:])
    return Wanted(values)


def _modified_at(row: ActionRow) -> datetime | None:
    """When an action of an older version was modified last; None if never, or as the row has it.

    An open-ended action whose lock date is not by its rule was approved then. Older versions kept
    besides the last change of any kind alone. It stands for the modification where there was one:
    every step makes a version, and two of them may be its lock and its payment.
    """
    rules = ActionState(row.state).rules
    if rules.is_locked and row.locking == LockKind.OPEN_ENDED:
        zone = calendar.zone(row.time_zone)
        if row.locks_at != calendar.locks_at(LockRule.parse(row.locking), row.event_at, zone):
            return row.locks_at
    by_itself = 1 + rules.is_locked + rules.is_paid
    may_move = rules.may_change or rules.is_undone
    if row.version > by_itself and (may_move or not row.modified_key):
        return row.changed_at
    return None


class Actions(Indexes):
    """Reading actions."""

    def actions(self, action_ids: Iterable[str], detail: bool = True) -> dict[str, Action]:
        """Actions by id; without `detail` the order's customer, note and items stay blank."""
        ids = list(dict.fromkeys(action_ids))
        parts = ("H", "D") if detail else ("H",)
        rows = self.fetch(action_key(each, part) for each in ids for part in parts)
        return {
            each: action_of(rows[f"A#{each}", "H"], rows.get((f"A#{each}", "D")))
            for each in ids
            if (f"A#{each}", "H") in rows
        }

    def action_as(self, image: RawItem) -> Action:
        """The action as it was when its hot item was this; its detail is as it is now."""
        hot = ActionRow.from_raw_data(image)
        key = action_key(hot.pk[2:], "D")
        return action_of(hot, self.fetch([key]).get(key[1:]))

    def due_actions(self, due: Due, shard: int, until: datetime) -> Iterator[DueAction]:
        """What is due in a shard, oldest first; the cost follows what is due in it."""
        for position in self.due("actions", due, shard, until):
            _, advertiser_id, currency, action_id = position.split("#", 3)
            yield DueAction((advertiser_id, currency), action_id)

    def unpaid_beside(self, account: Account, until: datetime) -> Iterator[DueAction]:
        """What has cleared and is not paid in the shard of an account: its own and others'."""
        return self.due_actions(Due.PAY, shard_of(*account), until)

    def scan_actions(self, after: ScanPosition | None) -> tuple[list[Action], ScanPosition | None]:
        """A page of all actions, without their detail, and where to go on."""
        items, position = self.scan("actions", after)
        heads = (item for item in items if item["sk"]["S"] == "H")
        return [action_of(ActionRow.from_raw_data(item)) for item in heads], position
