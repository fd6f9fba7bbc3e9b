"""How version 0.1.0 reads events: its store's code at commit 0c8b1c3, with a client in place of
its connection.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

DIGITS = 15
EVENTS_IN_COMMIT_MAX = 25

Item = dict[str, Any]


class EventType(StrEnum):
    INQUIRY = "ActionInquiry"
    ACTION = "Action"
    UPDATE = "ActionUpdate"


class Reader:
    def __init__(self, client: Any, table: str) -> None:
        self.client = client
        self.table = table

    def events(self, owner_name: str, after: int, limit: int) -> list[tuple[Any, ...]]:
        found = {_number(each): each for each in self._query_events(owner_name, after, limit)}
        if found:
            first = max(after + 1, min(found) - EVENTS_IN_COMMIT_MAX)
            missing = [each for each in range(first, max(found)) if each not in found]
            more = self._items(_place(owner_name, each) for each in missing[:limit])
            found.update({_number(each): each for each in more})
        return [_event(found[number]) for number in sorted(found)[:limit]]

    def _query_events(self, owner_name: str, after: int, limit: int) -> list[Item]:
        pk, low = _place(owner_name, after + 1)
        items: list[Item] = []
        more: dict[str, Any] = {}
        while len(items) < limit:
            page = self.client.query(
                TableName=self.table,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
                ExpressionAttributeValues={
                    ":pk": {"S": pk},
                    ":low": {"S": low},
                    ":high": {"S": "9" * DIGITS},
                },
                ConsistentRead=True,
                Limit=limit - len(items),
                **more,
            )
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        return items

    def _items(self, places: Any) -> list[Item]:
        keys = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in places]
        found: list[Item] = []
        for start in range(0, len(keys), 100):
            asked = {"Keys": keys[start : start + 100], "ConsistentRead": True}
            answer = self.client.batch_get_item(RequestItems={self.table: asked})
            assert not answer["UnprocessedKeys"]
            found += answer["Responses"][self.table]
        return found


def _place(owner_name: str, number: int) -> tuple[str, str]:
    return f"E#{owner_name}", f"{number:0{DIGITS}d}"


def _number(item: Item) -> int:
    return int(item["sk"]["S"])


def _event(item: Item) -> tuple[Any, ...]:
    return (
        _number(item),
        EventType(item["event_type"]["S"]),
        item["object_id"]["S"],
        int(item["version"]["N"]),
        item["state"]["S"],
        datetime.fromisoformat(item["made_at"]["S"]),
    )
