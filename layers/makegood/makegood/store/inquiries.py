"""Inquiries as items, and reading them by id and by order.

What changes while an inquiry lives (state, dates, amounts) is in a hot item, sort key `H`. What
never changes again is in a detail item, `D`; each comment after the first is an item of its own.
`open_key` is there while somebody has to decide, `due_key` while an approval rule will, or while a
deadline is to come: `due_at` is the earliest of all that is due. `queue_key` and `queued_at` list
what somebody has to decide by its deadline, and what has none by its filing.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from makegood.domain.calendar import Due
from makegood.domain.inquiries import Claim, Comment, Inquiry, InquiryState, InquiryType
from makegood.domain.money import Money
from makegood.store.appeals import appealed_document, appealed_of
from makegood.store.carried import beyond, longer
from makegood.store.clocks import clock_document, clock_of
from makegood.store.connection import ScanPosition
from makegood.store.erased import as_decided
from makegood.store.expressions import Condition, compared, is_missing
from makegood.store.indexes import (
    ALWAYS,
    Indexes,
    StoredList,
    due_key,
    id_at,
    open_name,
    order_name,
    position_at,
    queue_name,
    shard_of,
)
from makegood.store.items import Compact, Flag, Instant, Key, Number, RawItem, Row, Text, stamp
from makegood.store.second_decisions import first_document, first_of
from makegood.store.transactions import Writes, write_rows
from makegood.store.verdicts import verdict_document, verdict_of

ABOUT_ONE_ORDER_MAX = 50


class InquiryRow(Row):
    table = "inquiries"

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
    ordered_key = Text(null=True)
    created_at = Instant()
    changed_at = Instant(null=True)
    comment_count = Number()
    commented_version = Number(null=True)
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
    clock = Compact(null=True)
    verdict = Compact(null=True)
    verdict_number = Number(null=True)
    decisions = Compact(null=True)
    open_key = Text(null=True)
    due_key = Text(null=True)
    due_at = Text(null=True)
    queue_key = Text(null=True)
    queued_at = Text(null=True)
    appeals = Flag(null=True)
    appealed = Compact(null=True)
    first_decision = Compact(null=True)
    erased = Number(null=True)


class InquiryDetailRow(Row):
    """A part of an inquiry. `side` is that of its comment, whose own row stays as long as it was:
    version 0.1.0 reads no inquiry with a longer one.
    """

    table = "inquiries"

    document = Compact()
    side = Text(null=True)


def inquiry_key(inquiry_id: str, part: str = "H") -> Key:
    return (InquiryRow if part == "H" else InquiryDetailRow), f"I#{inquiry_id}", part


def comment_key(inquiry_id: str, number: int) -> Key:
    return InquiryDetailRow, f"I#{inquiry_id}", f"C#{number:04d}"


def inquiry_rows(inquiry: Inquiry) -> list[Row]:
    """The hot item, the detail item, and one item for each comment after the first."""
    detail = InquiryDetailRow(
        *inquiry_key(inquiry.inquiry_id, "D")[1:],
        document=_detail_document(inquiry),
        side=inquiry.comments[0].side or None if inquiry.comments else None,
    )
    return [_hot_row(inquiry), detail, *_comment_rows(inquiry, 1)]


def _comment_rows(inquiry: Inquiry, first: int) -> list[Row]:
    """The items of the comments from that place on."""
    rows: list[Row] = []
    for number, comment in enumerate(inquiry.comments[first:], start=first + 1):
        key = comment_key(inquiry.inquiry_id, number)[1:]
        document = _comment_document(comment)
        rows.append(InquiryDetailRow(*key, document=document, side=comment.side or None))
    return rows


def _hot_row(inquiry: Inquiry) -> InquiryRow:
    claim = inquiry.claim
    due = inquiry.due_at
    return InquiryRow(
        *inquiry_key(inquiry.inquiry_id)[1:],
        version=inquiry.version,
        advertiser_id=inquiry.advertiser_id,
        campaign_key=claim.campaign_id,
        partner_key=claim.partner_id,
        created_key=position_at(inquiry.created_at, inquiry.inquiry_id),
        order_key=order_name(claim.campaign_id, claim.order_id),
        order_id=claim.order_id,
        inquiry_type=claim.inquiry_type.value,
        attempt=inquiry.attempt,
        state=inquiry.state.value,
        currency=claim.order_amount.currency,
        amount_minor=claim.order_amount.minor,
        expected_minor=_maybe_minor(claim.expected_payout),
        ordered_at=claim.ordered_at,
        ordered_key=position_at(claim.ordered_at, inquiry.inquiry_id),
        created_at=inquiry.created_at,
        changed_at=inquiry.latest_change_at,
        comment_count=len(inquiry.comments),
        commented_version=inquiry.commented_version,
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
        clock=clock_document(inquiry.clock),
        verdict=verdict_document(inquiry.verification),
        verdict_number=inquiry.verification and inquiry.verification.number,
        decisions=list(inquiry.decisions) or None,
        open_key=open_name(claim.campaign_id, inquiry.state) if inquiry.is_live else None,
        due_key=due and due_key(Due.APPROVE, _shard(inquiry)),
        due_at=position_at(due, inquiry.inquiry_id) if due else None,
        appeals=True if claim.appeal_of else None,
        appealed=appealed_document(inquiry.appealed),
        first_decision=first_document(inquiry.first),
        **queue_values(inquiry),
    )


def _detail_document(inquiry: Inquiry) -> dict[str, Any]:
    """What never changes again, with what a newer version has added."""
    claim = inquiry.claim
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
    return {n: each for n, each in detail.items() if each} | beyond(detail, inquiry.carried)


def queue_values(inquiry: Inquiry) -> dict[str, str | None]:
    """Where it stands among those that somebody has to decide."""
    if not inquiry.is_live:
        return {"queue_key": None, "queued_at": None}
    by = inquiry.answer_by
    name = queue_name(inquiry.campaign_id, inquiry.state, dated=by is not None)
    queued_at = position_at(by or inquiry.created_at, inquiry.inquiry_id)
    return {"queue_key": name, "queued_at": queued_at}


def _shard(inquiry: Inquiry) -> int:
    return shard_of(inquiry.advertiser_id, inquiry.claim.order_amount.currency)


def _comment_document(comment: Comment) -> tuple[str, ...]:
    said = comment.user, comment.text, stamp(comment.made_at), comment.source
    row = longer(said, comment.carried)
    return row if comment.source or len(row) > len(said) else row[:3]


def _comment(document: list[str], side: str | None) -> Comment:
    """A comment of its row; some rows have the side in their fifth place."""
    user, text, made_at, *more = document[:5]
    source, told = (*more, "", "")[:2]
    at = datetime.fromisoformat(made_at)
    return Comment(user, text, at, source, side or told, carried=document)


def inquiry_of(hot: InquiryRow, parts: Mapping[str, InquiryDetailRow]) -> Inquiry:
    """The inquiry, from its items by sort key."""
    detail = parts["D"].document
    comments = [_comment(detail["comment"], parts["D"].side)] if "comment" in detail else []
    later = range(2, int(hot.comment_count) + 1)
    more = [parts[f"C#{number:04d}"] for number in later]
    comments += [_comment(each.document, each.side) for each in more]
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
        clock=clock_of(hot.clock),
        verification=verdict_of(hot.verdict, hot.verdict_number),
        source=detail.get("source", ""),
        comments=tuple(comments),
        asked_by=tuple(hot.asked_by or ()),
        tracked_action_id=detail.get("tracked", ""),
        decisions=tuple(hot.decisions or ()),
        appealed=appealed_of(hot.appealed),
        first=first_of(hot.first_decision, hot.currency),
        commented_version=hot.commented_version,
        carried=detail,
    )


def write_inquiry(writes: Writes, before: Inquiry | None, after: Inquiry) -> None:
    label = f"inquiry:{after.inquiry_id}"
    if before is None:
        write_rows(writes, label, None, inquiry_rows(after))
        return
    as_read = as_decided(InquiryRow, before.version, before.carried)
    if (before.verification, before.decisions) != (after.verification, after.decisions):
        as_read &= _at_verdict(before)
    write_rows(writes, label, *_rows_of_both(before, after), as_read)


def _rows_of_both(before: Inquiry, after: Inquiry) -> tuple[list[Row], list[Row]]:
    """Both as rows; of what only grows, the new ones alone are made."""
    said = len(before.comments)
    if (
        _detail_parts(before) == _detail_parts(after)
        and before.carried == after.carried
        and before.comments == after.comments[:said]
    ):
        return [_hot_row(before)], [_hot_row(after), *_comment_rows(after, said)]
    return inquiry_rows(before), inquiry_rows(after)


def _at_verdict(inquiry: Inquiry) -> Condition:
    """That no other verdict has come since the inquiry was read."""
    if inquiry.verification is None:
        return is_missing("verdict_number")
    return compared(InquiryRow, "verdict_number", "=", inquiry.verification.number)


def inquiry_weight(before: Inquiry | None, after: Inquiry) -> int:
    """How many items `write_inquiry` writes, at most: hot, detail, and later comments."""
    later = max(0, len(after.comments) - 1)
    if before is None:
        return 2 + later
    same = _detail_parts(before) == _detail_parts(after)
    return 1 + (not same) + later - max(0, len(before.comments) - 1)


def _detail_parts(inquiry: Inquiry) -> tuple[Any, ...]:
    """All that the detail item is made of, and more of the claim."""
    return inquiry.claim, inquiry.source, inquiry.tracked_action_id, inquiry.comments[:1]


class Inquiries(Indexes):
    """Reading inquiries."""

    def inquiries(self, inquiry_ids: Iterable[str]) -> dict[str, Inquiry]:
        """Inquiries by id, whole, with all their comments; missing ones are left out."""
        ids = list(dict.fromkeys(inquiry_ids))
        rows = self.fetch(inquiry_key(each, part) for each in ids for part in ("H", "D"))
        more = [
            comment_key(each, number)
            for each in ids
            if (f"I#{each}", "H") in rows
            for number in range(2, int(rows[f"I#{each}", "H"].comment_count) + 1)
        ]
        rows.update(self.fetch(more))
        result = {}
        for each in ids:
            hot = rows.get((f"I#{each}", "H"))
            if hot is not None:
                parts = (
                    {sk: row for (pk, sk), row in rows.items() if pk == hot.pk}
                    if more
                    else {"D": rows[hot.pk, "D"]}
                )
                result[each] = inquiry_of(hot, parts)
        return result

    def inquiry_as(self, image: RawItem) -> Inquiry:
        """The inquiry as it was when its hot item was this."""
        hot = InquiryRow.from_raw_data(image)
        later = range(2, int(hot.comment_count) + 1)
        keys = [comment_key(hot.pk[2:], number) for number in later]
        rows = self.fetch([inquiry_key(hot.pk[2:], "D"), *keys])
        return inquiry_of(hot, {sk: row for (_, sk), row in rows.items()})

    def inquiries_about(self, campaign_id: str, order_id: str) -> list[str]:
        """Ids of the latest inquiries about an order, whoever filed them."""
        stored = StoredList.of_order("inquiries", campaign_id, order_id)
        found, _ = self.listed(stored, ALWAYS, None, ABOUT_ONE_ORDER_MAX)
        return [id_at(each) for each in found]

    def due_inquiries(self, shard: int, until: datetime) -> Iterator[str]:
        """Ids of those that an approval rule or a deadline is due for in a shard, oldest first."""
        for position in self.due("inquiries", Due.APPROVE, shard, until):
            yield id_at(position)

    def scan_claimed_orders(
        self, after: ScanPosition | None
    ) -> tuple[list[tuple[str, str]], ScanPosition | None]:
        """The (campaign, order) of each inquiry in a page of all, and where to go on."""
        items, position = self.scan("inquiries", after)
        heads = [InquiryRow.from_raw_data(item) for item in items if item["sk"]["S"] == "H"]
        return [(row.campaign_key, row.order_id) for row in heads], position


def _maybe_minor(money: Money | None) -> int | None:
    return None if money is None else money.minor


def _maybe_stamp(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def _maybe_instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
