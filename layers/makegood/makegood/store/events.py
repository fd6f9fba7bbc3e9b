"""Events as items: numbered for each account, written once, read in order; and counts of lists.

The table's stream tells what changed. A transaction takes the account's counter on, and writes
the events with a mark for each, so a change that is delivered again is known by its mark, and no
event can turn up before a number that was handed out. How many things each list has is counted in
the same transaction, once for each thing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from makegood.aws.retry import pause
from makegood.domain.actions import ActionState, wire_state
from makegood.domain.events import Change, Event, EventType, Owner
from makegood.domain.parties import Role
from makegood.domain.problems import Unavailable
from makegood.store.connection import Connection
from makegood.store.indexes import StoredList
from makegood.store.items import Compact
from makegood.store.transactions import (
    ATTEMPTS_MAX,
    BACKOFF_SECONDS,
    BACKOFF_SECONDS_MAX,
    TRANSIENT,
)

EVENTS_IN_COMMIT_MAX = 25
"""With a mark each, the counter and as many counts, within the 100 writes of a transaction."""

EVENT_DAYS = 90
DIGITS = 15
PASSING = TRANSIENT | {"ConditionalCheckFailed"}
Item = dict[str, Any]
KINDS = {
    EventType.INQUIRY: "inquiries",
    EventType.ACTION: "actions",
    EventType.UPDATE: "updates",
}
LISTS = {Role.ADVERTISER: StoredList.of_campaign, Role.PARTNER: StoredList.of_partner}


def change_of(record: Mapping[str, Any]) -> Change | None:
    """What a record of a stream says has changed; None of items that are no object's head.

    An update does not know its advertiser; it is left blank. What was written before inquiries
    kept when they changed has the stream's date.
    """
    told = record["dynamodb"]
    image = told.get("NewImage")
    pk, sk = told["Keys"]["pk"]["S"], told["Keys"]["sk"]["S"]
    is_head = sk == "H" and pk[:2] in ("I#", "A#")
    if image is None or not (is_head or (pk.startswith("A#") and sk.startswith("U#"))):
        return None
    campaign_id, partner_id = image["campaign_key"]["S"], image["partner_key"]["S"]
    stored_at = datetime.fromtimestamp(int(told["ApproximateCreationDateTime"]), UTC)
    is_new = record["eventName"] == "INSERT"
    if not is_head:
        document = Compact().deserialize(image["document"]["S"])
        version, state = document["version"], wire_state(ActionState(document["state"]))
        update_id = f"{pk[2:]}.{version}"
        owners = campaign_id[2:], partner_id[2:], ""
        at = datetime.fromisoformat(document["at"])
        return Change(EventType.UPDATE, update_id, version, state, *owners, at, stored_at, is_new)
    event_type = EventType.INQUIRY if pk.startswith("I#") else EventType.ACTION
    state = image["state"]["S"]
    if event_type is EventType.ACTION:
        state = wire_state(ActionState(state))
    version, owners = int(image["version"]["N"]), (campaign_id, partner_id)
    at = datetime.fromisoformat(image["changed_at"]["S"]) if "changed_at" in image else stored_at
    owner = image["advertiser_id"]["S"]
    return Change(event_type, pk[2:], version, state, *owners, owner, at, stored_at, is_new)


class Events(Connection):
    """The table of events."""

    def add_events(self, owner: Owner, changes: Sequence[Change]) -> None:
        """Writes an event of each change that has none yet, in this order."""
        unique = list({each.name: each for each in changes}.values())
        for start in range(0, len(unique), EVENTS_IN_COMMIT_MAX):
            self._add(owner, unique[start : start + EVENTS_IN_COMMIT_MAX])

    def _add(self, owner: Owner, changes: list[Change]) -> None:
        for attempt in range(ATTEMPTS_MAX):
            marks = {_mark(owner, each): each for each in changes}
            known = self._items([_counter(owner), *marks])
            number = int(known.get(_counter(owner), {"last": {"N": "0"}})["last"]["N"])
            fresh = [change for mark, change in marks.items() if mark not in known]
            if not fresh:
                return
            try:
                self.call("transact_write_items", TransactItems=self._writes(owner, number, fresh))
            except ClientError as error:
                reasons = error.response.get("CancellationReasons", [])
                if not {each.get("Code") for each in reasons} & PASSING:
                    raise
            else:
                return
            pause(attempt, BACKOFF_SECONDS, BACKOFF_SECONDS_MAX)
        raise Unavailable

    def _writes(self, owner: Owner, last: int, changes: list[Change]) -> list[Item]:
        table = self.tables.events
        counter = {
            "TableName": table,
            "Key": _key(*_counter(owner)),
            "UpdateExpression": "SET #last = :next",
            "ConditionExpression": "#last = :last" if last else "attribute_not_exists(#last)",
            "ExpressionAttributeNames": {"#last": "last"},
            "ExpressionAttributeValues": {":next": {"N": str(last + len(changes))}},
        }
        if last:
            counter["ExpressionAttributeValues"][":last"] = {"N": str(last)}
        writes: list[Item] = [{"Update": counter}]
        for number, change in enumerate(changes, last + 1):
            expires = int((change.stored_at + timedelta(days=EVENT_DAYS)).timestamp())
            expiring = {"expires_at": {"N": str(expires)}}
            mark = {**_key(*_mark(owner, change)), **expiring}
            event = {**_key(*_place(owner, number)), **_shown(change), **expiring}
            for item in (mark, event):
                put = {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
                writes.append({"Put": {"TableName": table, **put}})
        counts = Counter(_count_key(owner, each) for each in changes if each.is_new)
        for key, count in counts.items():
            added = {
                "TableName": table,
                "Key": _key(*key),
                "UpdateExpression": "ADD #count :more",
                "ExpressionAttributeNames": {"#count": "count"},
                "ExpressionAttributeValues": {":more": {"N": str(count)}},
            }
            writes.append({"Update": added})
        return writes

    def _items(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """Items by key, consistently."""
        wanted = [_key(*each) for each in keys]
        found: dict[tuple[str, str], Item] = {}
        for start in range(0, len(wanted), 100):
            asked = {"Keys": wanted[start : start + 100], "ConsistentRead": True}
            for _, item in self._batch({self.tables.events: asked}):
                found[item["pk"]["S"], item["sk"]["S"]] = item
        return found

    def events(self, owner: Owner, after: int, limit: int) -> list[Event]:
        """The events that follow a number, oldest first.

        A query may see a part of a transaction; numbers that are missing are read by key, which
        sees it whole. What is missing still has expired.
        """
        found = {_number(each): each for each in self._query_events(owner, after, limit)}
        if found:
            first = max(after + 1, min(found) - EVENTS_IN_COMMIT_MAX)
            missing = [each for each in range(first, max(found)) if each not in found]
            more = self._items(_place(owner, each) for each in missing[:limit])
            found.update({_number(each): each for each in more.values()})
        return [_event(found[number]) for number in sorted(found)[:limit]]

    def _query_events(self, owner: Owner, after: int, limit: int) -> list[Item]:
        pk, low = _place(owner, after + 1)
        items: list[Item] = []
        more: dict[str, Any] = {}
        while len(items) < limit:
            page = self.call(
                "query",
                TableName=self.tables.events,
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

    def listed_count(self, stored: StoredList) -> int:
        """How many things a list has had so far, as of some seconds ago.

        Of a list of what waits, all that its campaign has had: it is never longer.
        """
        counted = stored.counted
        key = f"C#{counted.index}#{counted.owner}", counted.things
        item = self._items([key]).get(key)
        return int(item["count"]["N"]) if item else 0


def _key(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _counter(owner: Owner) -> tuple[str, str]:
    return f"N#{owner.name}", "N"


def _place(owner: Owner, number: int) -> tuple[str, str]:
    return f"E#{owner.name}", f"{number:0{DIGITS}d}"


def _mark(owner: Owner, change: Change) -> tuple[str, str]:
    return f"M#{owner.name}#{change.object_id}", change.name


def _count_key(owner: Owner, change: Change) -> tuple[str, str]:
    stored = LISTS[owner.role](KINDS[change.event_type], change.listed_under(owner))
    return f"C#{stored.index}#{stored.owner}", stored.things


def _shown(change: Change) -> Item:
    return {
        "event_type": {"S": str(change.event_type)},
        "object_id": {"S": change.object_id},
        "version": {"N": str(change.version)},
        "state": {"S": change.state},
        "made_at": {"S": change.made_at.isoformat()},
    }


def _number(item: Item) -> int:
    return int(item["sk"]["S"])


def _event(item: Item) -> Event:
    return Event(
        _number(item),
        EventType(item["event_type"]["S"]),
        item["object_id"]["S"],
        int(item["version"]["N"]),
        item["state"]["S"],
        datetime.fromisoformat(item["made_at"]["S"]),
    )
