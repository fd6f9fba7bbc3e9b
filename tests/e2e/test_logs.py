"""After everything that was played: logs hold facts and ids, and neither secrets nor customers.

What to look for is read from where it was kept, so it is whatever any test of the session has sent
by HTTP, by file or as the operator; and from the story's files for what was refused.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from makegood_cli.client import Client, Refused

from infra.local.stack import Stack
from tests.e2e.play import Played, Watched

SHORTEST = 5
"""Characters; what is shorter can stand in a log by chance."""

TOLD = {"comment", "customer", "name", "notes", "reference", "token_hash", "tracking_link"}
"""Fields of stored documents that hold a secret, or what is known of a customer or a company."""

COLUMNS = ("Order Id", "Customer Id", "Notes", "Tracking Link", "Inquiry Id")
WORD = r"\w+(?:-\w+)*"


def logged(stack: Stack) -> str:
    """All that was logged by anything, in all groups of logs."""
    logs = stack.client("logs")
    return "\n".join(
        event["message"]
        for groups in logs.get_paginator("describe_log_groups").paginate()
        for group in groups["logGroups"]
        for page in logs.get_paginator("filter_log_events").paginate(
            logGroupName=group["logGroupName"]
        )
        for event in page["events"]
    )


def found(wanted: set[str], text: str) -> set[str]:
    """Which of these the text holds: a word as a word, anything else as it is or as in JSON."""
    words = set(re.findall(WORD, text))
    return {
        each
        for each in wanted
        if (
            each in words
            if re.fullmatch(WORD, each)
            else each in text or json.dumps(each)[1:-1] in text
        )
    }


def stored(stack: Stack, table: str) -> Iterator[dict[str, Any]]:
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=stack.tables[table]):
        for item in page["Items"]:
            yield {name: next(iter(value.values())) for name, value in item.items()}


def texts(value: Any, told: bool = False) -> Iterator[str]:
    """What a document tells of a customer or a company, however deep."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from texts(each, told or name in TOLD)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, told)
    elif told and isinstance(value, str):
        yield value


def kept(stack: Stack) -> Iterator[str]:
    for table in ("directory", "inquiries", "actions"):
        for item in stored(stack, table):
            yield item.get("order_id", "")
            document = json.loads(item.get("document", "{}"))
            yield from texts(document, told=item["sk"].startswith("C#"))


def sent(played: Played) -> Iterator[str]:
    for claim in played.story.samples.claims:
        yield from (claim.row[column] for column in COLUMNS)


def refusal(client: Client) -> str:
    """The id of a request that was just refused."""
    with pytest.raises(Refused) as caught:
        client.call("GET", f"{client.root}/ActionInquiries/1")
    return caught.value.body["request_id"]


def test_logs_hold_no_secret_and_no_customer(stack: Watched, played: Played) -> None:
    clients = [played.story.advertiser, *played.story.partners.values()]
    known = {refusal(client) for client in clients} | {each.account_sid for each in clients}
    told = {each for each in (*kept(stack), *sent(played)) if len(each) >= SHORTEST}
    assert len(told) > len(played.story.samples.record)
    text = logged(stack)
    assert found(known, text) == known
    assert found(stack.tokens | told, text) == set()
    assert stack.tokens >= {each.token for each in clients}
