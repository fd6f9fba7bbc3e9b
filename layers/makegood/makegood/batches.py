"""Messages of queues, one by one: a batch fails in part."""

import json
from collections.abc import Callable
from typing import Any

from makegood.runtime import logger

GROUP = "MessageGroupId"


def each_message(
    event: dict[str, Any],
    work: Callable[[dict[str, Any]], None],
    give_back: Callable[[str, int], None] | None = None,
) -> dict[str, Any]:
    """Works on every message of a batch; those that fail are delivered again, the others not.

    Where one of a group fails, those of it that follow wait for it. `give_back` takes the receipt
    of one that failed, and how often it was received by now.
    """
    failed, blocked = [], set()
    for record in event["Records"]:
        group = record["attributes"].get(GROUP)
        if group is None or group not in blocked:
            try:
                work(json.loads(record["body"]))
                continue
            except Exception:
                logger().exception("message failed, and is delivered again")
        blocked.add(group)
        failed.append({"itemIdentifier": record["messageId"]})
        if give_back:
            received = record["attributes"].get("ApproximateReceiveCount") or "1"
            give_back(record["receiptHandle"], int(received))
    return {"batchItemFailures": failed}
