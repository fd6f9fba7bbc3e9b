"""E-mails to the people who decide inquiries: once a day what is due, and at once what waits for a
second person. It is there only where the template has a sender.
"""

from typing import Any

from makegood.aws.ses import Mailbox
from makegood.aws.sqs import Queue
from makegood.jobs import mails
from makegood.runtime import queue_batches, start, telemetry
from makegood.store.mails import Mails
from makegood.store.store import Store

SETTINGS = telemetry.settings()
STORE = Store(SETTINGS.tables)
KNOWN = Mails.beside(STORE)
QUEUE, MAILBOX = Queue(SETTINGS.mails_queue), Mailbox(SETTINGS.mail_sender)
CLOCK = telemetry.Clock(STORE, SETTINGS.clock_adjustable)
LOG = telemetry.logger()
QUEUED = "aws:sqs"


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A batch of the stream of inquiries, a message, or the schedule's event."""
    if "Records" not in event:
        mails.begin_digests(QUEUE, CLOCK())
        return {}
    if any(each.get("eventSource") == QUEUED for each in event["Records"]):
        return queue_batches.each_message(event, work, retry_later=QUEUE.retry_later)
    return telemetry.each_record(event, hear)


def hear(records: list[dict[str, Any]]) -> None:
    LOG.info("second persons", inquiries=mails.hear(STORE, QUEUE, records))


def work(message: dict[str, Any]) -> None:
    """One message. Whom it tells is not logged."""
    parts = STORE, KNOWN, QUEUE, MAILBOX, SETTINGS.console_url
    post = mails.Post(*parts, CLOCK(), telemetry.wall_now())
    try:
        post.work(message)
    finally:
        LOG.info("mails", **post.facts())
        telemetry.emit_metrics("mails", {"MailsSent": post.sent, "MailsRefused": post.refused})


start.started()
