"""What restored tables still have to tell: changes just before their second, kept to be replayed.

A change becomes an event some seconds after it, so a second parts the last changes from their
events: the change is restored, its event is not, and a restored table's stream begins empty. Items
that say that they changed lately are kept as batches of the stream that were lost; the command
`replay_lost_batches` has them worked on. What has its event already does not get a second one. Of
an object that changed twice meanwhile, the later change is told. Statements do not say when they
were made, and are not told.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from makegood.jobs.lost_batches import FOLDER
from makegood.store.event_images import change_in

Item = Mapping[str, Any]
BATCH = 100
EVER = timedelta(days=1)


def keep(dynamodb: Any, s3: Any, bucket: str, table: str, to: datetime, lately: timedelta) -> int:
    """Keeps what a table restored to `to` says has changed in the time before; returns how many
    changes. Doing it twice keeps the same batches.
    """
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    items = (each for page in pages for each in page["Items"])
    told = (record_of(each, to) for each in items if _changed_since(each, to - lately))
    count = 0
    while batch := list(islice(told, BATCH)):
        payload = json.dumps({"payload": {"Records": batch}})
        key = f"{FOLDER}restored/{table}/{count:09d}"
        s3.put_object(Bucket=bucket, Key=key, Body=payload.encode())
        count += len(batch)
    return count


def record_of(item: Item, at: datetime) -> dict[str, Any]:
    """The record of a stream that would tell of an item as it is."""
    is_new = item.get("version", {}).get("N") == "1"
    return {
        "eventName": "INSERT" if is_new else "MODIFY",
        "dynamodb": {
            "ApproximateCreationDateTime": int(at.timestamp()),
            "Keys": {name: item[name] for name in ("pk", "sk")},
            "NewImage": dict(item),
        },
    }


def _changed_since(item: Item, since: datetime) -> bool:
    """Whether the item tells of a change, and says itself that this was since then."""
    change = change_in(record_of(item, since - EVER))
    return change is not None and change.made_at >= since
