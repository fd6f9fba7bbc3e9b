"""E-mails as the function sends them on moto: what waits, who is told, and what was sent."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from makegood.domain.account_people import PersonRole
from makegood.domain.parties import Role
from makegood.forms.resolutions import ResolutionRequest
from makegood.runtime.queue_batches import BatchFailed
from makegood.store.directory import Seen
from makegood.store.store import Store
from makegood.usecases import unit_of_work
from makegood.usecases.resolve_inquiry import ResolutionWork
from makegood.usecases.view import Ask
from moto.backends import get_backend

from tests.integration import market, people, stack
from tests.integration.gateway import Context, as_event, function
from tests.integration.market import CAMPAIGN, SHOP
from tests.integration.streams import Stream

URL = stack.ENVIRONMENT["MAILS_QUEUE_URL"]


def anybody(store: Store, sub: str, role: PersonRole = PersonRole.REVIEWER) -> None:
    """Somebody of the shop, who is told as `<sub>@shop.example`."""
    people.invited(store, Role.ADVERTISER, SHOP, role, sub)


def waits_for_second(store: Store, order_id: str, by: str) -> str:
    """An inquiry that `by` has accepted first; the function heard of it."""
    careful = replace(seen := store.campaigns([CAMPAIGN])[CAMPAIGN], second_above=1)
    store.put_campaign(careful, Seen(seen))
    inquiry_id = market.file(store, order_id).inquiry_id
    stream = Stream(lambda: stack.everything("inquiries"))
    stream.records()
    asked = ResolutionRequest.read(market.accepted(inquiry_id))
    ask = Ask(asked, f"person:{by} {by}")
    unit_of_work.one(store, ResolutionWork(SHOP, market.NOW), ask)
    heard = stream.records()
    assert hear(heard) == hear(heard) == {"batchItemFailures": []}
    return inquiry_id


def hear(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return function("mails").handler({"Records": list(records)}, Context())


def worked(*, verified: bool = True) -> int:
    """Works on all messages that are there, and on those that come of it; returns how many were
    given back. What is delayed is there at once, and worked on when this is called again.
    """
    sqs, ses = stack.client("sqs"), stack.client("sesv2")
    if verified:
        ses.create_email_identity(EmailIdentity=stack.SENDER)
    failed = 0
    while received := sqs.receive_message(QueueUrl=URL, MaxNumberOfMessages=10).get("Messages"):
        try:
            answer = function("mails").handler(as_event("test-mails", received), Context())
            again = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        except BatchFailed:
            again = {each["MessageId"] for each in received}
        failed += len(again)
        for each in received:
            receipt = each["ReceiptHandle"]
            if each["MessageId"] not in again:
                sqs.delete_message(QueueUrl=URL, ReceiptHandle=receipt)
    for handle in _hidden():
        handle.change_visibility(0)
    return failed


def _hidden() -> list[Any]:
    """Messages that wait for another try, or for their time."""
    queue = get_backend("sqs")[stack.ACCOUNT]["us-east-1"].get_queue("test-mails")
    for each in queue._messages:
        each.delayed_until = 0
    return [each for each in queue._messages if not each.visible]


def morning() -> None:
    """The schedule's event."""
    function("mails").handler({}, Context())


def sent() -> list[tuple[str, str]]:
    """To whom, and what, in order."""
    told = get_backend("ses")[stack.ACCOUNT]["us-east-1"].sent_messages
    return [(to, each.body) for each in told for to in each.destinations["ToAddresses"]]
