"""How values become items and items become values again, kind by kind.

The two directions of one kind stand together; nothing else knows how a value is stored.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from makegood.domain.actions import Action, ActionState, Disposition, Origin, Original
from makegood.domain.calendar import LockRule, PaymentRule
from makegood.domain.inquiries import Claim, Comment, Inquiry, InquiryState, InquiryType
from makegood.domain.money import Money
from makegood.domain.orders import Credit, Item, Order, OrderCredits
from makegood.store.items import Row, stamp
from makegood.store.limit_usage import counts_document, counts_of
from makegood.store.tables import (
    ActionDetailRow,
    ActionRow,
    InquiryDetailRow,
    InquiryRow,
    OrderRow,
    action_key,
    comment_key,
    due_key,
    inquiry_key,
    open_name,
    order_key,
    order_name,
    shard_of,
)


def due_of(action: Action) -> tuple[str | None, str | None]:
    """Where the action stands in what is due: by phase and shard, then instant and account."""
    phase, at = {
        ActionState.PENDING: ("LAPSE" if action.outside else "LOCK", action.locks_at),
        ActionState.LOCKED: ("PAY", action.clears_at),
    }.get(action.state, (None, None))
    if phase is None or at is None:
        return None, None
    currency = action.payout.currency
    shard = shard_of(action.advertiser_id, currency)
    account = f"{action.advertiser_id}#{currency}"
    return due_key(phase, shard), f"{stamp(at)}#{account}#{action.action_id}"


def inquiry_rows(inquiry: Inquiry) -> list[Row]:
    """The hot item, the detail item, and one item for each comment after the first."""
    claim = inquiry.claim
    due = inquiry.auto_approval_at if inquiry.is_live else None
    shard = shard_of(inquiry.advertiser_id, claim.order_amount.currency)
    hot = InquiryRow(
        *inquiry_key(inquiry.inquiry_id)[1:],
        version=inquiry.version,
        advertiser_id=inquiry.advertiser_id,
        campaign_key=claim.campaign_id,
        partner_key=claim.partner_id,
        created_key=f"{stamp(inquiry.created_at)}#{inquiry.inquiry_id}",
        order_key=order_name(claim.campaign_id, claim.order_id),
        order_id=claim.order_id,
        inquiry_type=claim.inquiry_type.value,
        attempt=inquiry.attempt,
        state=inquiry.state.value,
        currency=claim.order_amount.currency,
        amount_minor=claim.order_amount.minor,
        expected_minor=_maybe_minor(claim.expected_payout),
        ordered_at=claim.ordered_at,
        created_at=inquiry.created_at,
        changed_at=inquiry.latest_change_at,
        comment_count=len(inquiry.comments),
        checks=list(inquiry.checks),
        reject_reason=inquiry.reject_reason,
        final_minor=_maybe_minor(inquiry.final_payout),
        difference_minor=_maybe_minor(inquiry.difference),
        resolved_at=inquiry.resolved_at,
        decided_by=inquiry.decided_by or None,
        asked_by=list(inquiry.asked_by) or None,
        resolution_key=inquiry.resolution_key or None,
        auto_approval_at=inquiry.auto_approval_at,
        action_id=inquiry.action_id or None,
        open_key=open_name(claim.campaign_id, inquiry.state) if inquiry.is_live else None,
        due_key=due_key("APPROVE", shard) if due else None,
        due_at=f"{stamp(due)}#{inquiry.inquiry_id}" if due else None,
    )
    first = inquiry.comments[0] if inquiry.comments else None
    detail = {
        "reference": claim.partner_reference,
        "deadline": _maybe_stamp(claim.resolution_deadline_at),
        "customer": claim.customer_id,
        "link": claim.tracking_link,
        "inquired": _maybe_stamp(claim.inquired_at),
        "notes": claim.notes,
        "appeal_of": claim.appeal_of,
        "source": inquiry.source,
        "tracked": inquiry.tracked_action_id,
        "comment": first and _comment_document(first),
    }
    document = {name: value for name, value in detail.items() if value}
    rows: list[Row] = [
        hot,
        InquiryDetailRow(*inquiry_key(inquiry.inquiry_id, "D")[1:], document=document),
    ]
    for number, comment in enumerate(inquiry.comments[1:], start=2):
        key = comment_key(inquiry.inquiry_id, number)[1:]
        rows.append(InquiryDetailRow(*key, document=_comment_document(comment)))
    return rows


def _comment_document(comment: Comment) -> list[str]:
    said = [comment.user, comment.text, stamp(comment.made_at)]
    return [*said, comment.source] if comment.source else said


def _comment(document: list[str]) -> Comment:
    user, text, made_at, *source = document
    return Comment(user, text, datetime.fromisoformat(made_at), *source)


def inquiry_of(hot: InquiryRow, parts: Mapping[str, InquiryDetailRow]) -> Inquiry:
    """The inquiry, from its items by sort key."""
    detail = parts["D"].document
    comments = [_comment(detail["comment"])] if "comment" in detail else []
    later = range(2, int(hot.comment_count) + 1)
    comments += [_comment(parts[f"C#{number:04d}"].document) for number in later]
    expected, final, differs = hot.expected_minor, hot.final_minor, hot.difference_minor
    claim = Claim(
        partner_id=hot.partner_key,
        campaign_id=hot.campaign_key,
        order_id=hot.order_id,
        inquiry_type=InquiryType(hot.inquiry_type),
        order_amount=Money(int(hot.amount_minor), hot.currency),
        ordered_at=hot.ordered_at,
        expected_payout=None if expected is None else Money(int(expected), hot.currency),
        partner_reference=detail.get("reference", ""),
        resolution_deadline_at=_maybe_instant(detail.get("deadline")),
        customer_id=detail.get("customer", ""),
        tracking_link=detail.get("link", ""),
        inquired_at=_maybe_instant(detail.get("inquired")),
        notes=detail.get("notes", ""),
        appeal_of=detail.get("appeal_of", ""),
    )
    return Inquiry(
        inquiry_id=hot.pk[2:],
        advertiser_id=hot.advertiser_id,
        claim=claim,
        created_at=hot.created_at,
        changed_at=hot.changed_at,
        attempt=int(hot.attempt),
        state=InquiryState(hot.state),
        version=int(hot.version),
        reject_reason=None if hot.reject_reason is None else int(hot.reject_reason),
        final_payout=None if final is None else Money(int(final), hot.currency),
        difference=None if differs is None else Money(int(differs), hot.currency),
        resolved_at=hot.resolved_at,
        decided_by=hot.decided_by or "",
        resolution_key=hot.resolution_key or "",
        auto_approval_at=hot.auto_approval_at,
        checks=tuple(hot.checks),
        action_id=hot.action_id or "",
        source=detail.get("source", ""),
        comments=tuple(comments),
        asked_by=tuple(hot.asked_by or ()),
        tracked_action_id=detail.get("tracked", ""),
    )


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
        created_key=f"{stamp(action.created_at)}#{action.action_id}",
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
        locks_at=action.locks_at,
        clears_at=action.clears_at,
        locking=str(action.locking),
        payment=str(action.payment),
        time_zone=action.time_zone,
        contract_id=action.contract_id,
        contract_version=action.contract_version,
        origin=action.origin.value,
        inquiry_id=action.inquiry_id or None,
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
    return [hot, ActionDetailRow(*action_key(action.action_id, "D")[1:], document=document)]


def _original_document(original: Original) -> dict[str, Any]:
    return {
        "amount": _maybe_pair(original.order_amount),
        "payout": _maybe_pair(original.payout),
        "status": original.customer_status,
        "items": [_item_document(item) for item in original.items],
        "contract_version": original.contract_version,
        "explanation": original.explanation,
    }


def _original(document: Mapping[str, Any]) -> Original:
    return Original(
        Money(*document["amount"]),
        Money(*document["payout"]),
        document["status"],
        tuple(_item(each) for each in document["items"]),
        document["contract_version"],
        document.get("explanation", ""),
    )


def _item_document(item: Item) -> dict[str, Any]:
    return {
        "sku": item.sku,
        "quantity": item.quantity,
        "subtotal": _maybe_pair(item.subtotal),
        "rebate": _maybe_pair(item.rebate),
        "name": item.name,
        "category": item.category,
        "sub_category": item.sub_category,
        "mpn": item.mpn,
    }


def _item(document: Mapping[str, Any]) -> Item:
    money = {
        name: Money(*document[name]) if document[name] else None for name in ("subtotal", "rebate")
    }
    return Item(**{**document, **money})


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
        locks_at=hot.locks_at,
        clears_at=hot.clears_at,
        locking=LockRule.parse(hot.locking),
        payment=PaymentRule.parse(hot.payment),
        time_zone=hot.time_zone,
        contract_id=hot.contract_id,
        contract_version=int(hot.contract_version),
        origin=Origin(hot.origin),
        inquiry_id=hot.inquiry_id or "",
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
        stray=bool(hot.summed) != (hot.state == ActionState.LOCKED.value),
    )


def order_row(order: OrderCredits) -> OrderRow:
    held = [
        [each.event_type_id, each.partner_id, each.action_id, each.by_promo_code]
        for each in order.credits
    ]
    key = order_key(order.campaign_id, order.order_id)[1:]
    newest = dict(order.newest) or None
    return OrderRow(*key, version=order.version, credits=held, newest=newest)


def order_of(campaign_id: str, order_id: str, row: OrderRow | None) -> OrderCredits:
    if row is None:
        return OrderCredits(campaign_id, order_id)
    held = tuple(Credit(*each) for each in row.credits)
    newest = tuple((row.newest or {}).items())
    return OrderCredits(campaign_id, order_id, held, int(row.version), newest)


def _maybe_minor(money: Money | None) -> int | None:
    return None if money is None else money.minor


def _maybe_pair(money: Money | None) -> list[Any] | None:
    return None if money is None else [money.minor, money.currency]


def _maybe_stamp(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def _maybe_instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
