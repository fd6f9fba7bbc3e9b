"""The command that erases a customer; the job behind it is imported with its first call."""

from typing import Any

from makegood.domain.erasure import Subject
from makegood.domain.problems import NotFound
from makegood.operator.arguments import Arguments, Command, CommandContext, invalid, text

NAMED = ("partner_id?", "customer_id?", "inquiry_id?", "cursor?", "dry_run?")


def erase_customer(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Erases a partner's customer, or whoever an inquiry is about, from all that is kept. Send it
    again with the `cursor` that it answers, until it is `finished`; the answers are the receipt.
    """
    from makegood.jobs.erasure import Erasure, Receipt
    from makegood.store.erasures import ErasureStore

    if context.inbox is None or context.results is None or context.evidence is None:
        raise ValueError("an erasure needs the buckets of files and of evidence")
    erasure = Erasure(
        store=context.store,
        kept=ErasureStore.beside(context.store),
        inbox=context.inbox,
        results=context.results,
        evidence=context.evidence,
        subject=_subject(context, arguments),
        receipt=Receipt(),
        dry=context.dry_run,
    )
    cursor = text(arguments, "cursor") if "cursor" in arguments else ""
    return erasure.run(cursor, context.has_time).facts()


def _subject(context: CommandContext, arguments: Arguments) -> Subject:
    """By an inquiry, or by a partner and what it calls its customer; raises `Invalid`."""
    by_inquiry = "inquiry_id" in arguments
    if by_inquiry == bool(arguments.keys() & {"partner_id", "customer_id"}):
        message = "Name an inquiry_id; or a partner_id and a customer_id"
        raise invalid("inquiry_id", message, "ambiguous_subject")
    if not by_inquiry:
        return Subject(text(arguments, "partner_id"), text(arguments, "customer_id"))
    inquiry_id = text(arguments, "inquiry_id")
    inquiry = context.store.inquiries([inquiry_id]).get(inquiry_id)
    if inquiry is None:
        raise NotFound(f"There is no inquiry {inquiry_id}")
    claim = inquiry.claim
    if claim.customer_id:
        return Subject(claim.partner_id, claim.customer_id, named_by=inquiry_id)
    return Subject(claim.partner_id, inquiry_id=inquiry_id, order_id=claim.order_id)


COMMANDS = {"erase_customer": Command(erase_customer, *NAMED)}
