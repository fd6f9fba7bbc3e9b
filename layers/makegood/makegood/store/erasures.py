"""Rewrites what items say of a customer, each on condition that it still is as it was read.

Heads of inquiries and actions say nothing of a customer. They are marked with their documents, so
that whoever has read one before is refused and reads again (`store.erased`), and in the way of
migrations, which no event tells of. Nothing is read but by key and by index.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from botocore.exceptions import ClientError

from makegood.domain import erasure
from makegood.domain.erasure import MARK, Subject
from makegood.domain.events import EventType, Owner
from makegood.domain.problems import Unavailable
from makegood.store.actions import ActionDetailRow, action_key
from makegood.store.connection import Connection, refused
from makegood.store.event_bodies import BodyRow, body_key
from makegood.store.events import Events
from makegood.store.expressions import Change, Condition, at_version, change_of, within
from makegood.store.indexes import ALWAYS, Indexes, StoredList, id_at
from makegood.store.inquiries import InquiryDetailRow, inquiry_key
from makegood.store.items import Compact, Key, RawItem, Row
from makegood.store.migration import MIGRATED, version_of
from makegood.store.requests import HASHED, RequestRow, hashed
from makegood.store.transactions import Contested, Writes, send

TOGETHER = 100
"""Things of a list that are looked at before the time is."""

TRIES_MAX = 5
SAID = ("C#", "N#")
"""Sort keys of comments and notes begin so."""

Documented = Mapping[str, Any]
Page = tuple[list[str], str | None]
"""Ids, and the position that the next page of them goes on after; None at the end."""


class ErasureStore(Events, Indexes):
    """What the operator's erasure reads and rewrites."""

    @classmethod
    def beside(cls, store: Connection) -> Self:
        """On the tables of another store."""
        return cls(store.tables)

    def claims_of(self, subject: Subject, after: str | None) -> Page:
        """Inquiries of the subject on a page of its partner's."""
        if subject.inquiry_id:
            return [subject.inquiry_id], None
        return self._with_customer("inquiries", subject, after, lambda i: inquiry_key(i, "D"))

    def actions_of(self, subject: Subject, after: str | None) -> Page:
        """Actions of the subject on a page of its partner's."""
        if subject.inquiry_id:
            hot = self.fetch([inquiry_key(subject.inquiry_id)])
            return [row.action_id for row in hot.values() if row.action_id], None
        return self._with_customer("actions", subject, after, lambda i: action_key(i, "D"))

    def _with_customer(
        self, things: str, subject: Subject, after: str | None, key_of: Callable[[str], Key]
    ) -> Page:
        stored = StoredList.of_partner(things, subject.partner_id)
        positions, onward = self.listed(stored, ALWAYS, after, TOGETHER)
        keys = {each: key_of(each) for each in map(id_at, positions)}
        rows = self.fetch(keys.values())
        details = {each: rows[key[1:]].document for each, key in keys.items() if key[1:] in rows}
        found = [
            each
            for each, document in details.items()
            if document.get("customer", "") == subject.customer_id
        ]
        return found, onward

    def erase_claim(self, inquiry_id: str, subject: Subject) -> set[str]:
        """Erases an inquiry with its comments and notes; returns what its texts came from."""
        sources = set()
        for item in self.partition("inquiries", f"I#{inquiry_id}"):
            is_said = item["sk"]["S"].startswith(SAID)
            if not is_said and item["sk"]["S"] != "D":
                continue
            sources |= _sources(Compact().deserialize(item["document"]["S"]))
            if is_said:
                self._rewrite(InquiryDetailRow, item, erasure.said_without)
                continue
            self._rewrite_marked(
                InquiryDetailRow,
                item,
                lambda kept: erasure.claim_without(kept, subject.customer_id),
            )
        return sources

    def erase_action(self, action_id: str, subject: Subject) -> set[str]:
        """Erases the customer of an action; returns what it came from."""
        key = action_key(action_id, "D")
        item = self.raw("actions", {"pk": {"S": key[1]}, "sk": {"S": key[2]}})
        if item is None:
            return set()
        self._rewrite_marked(
            ActionDetailRow, item, lambda kept: erasure.order_without(kept, subject.customer_id)
        )
        return _sources(Compact().deserialize(item["document"]["S"]))

    def _rewrite_marked(
        self, kind: type[Row], item: RawItem, without: Callable[[Documented], Documented]
    ) -> None:
        """The same for a document that bears a mark; its head bears it from the same moment on."""
        for _ in range(TRIES_MAX):
            before = Compact().deserialize(item["document"]["S"])
            after = without(before)
            if after == before:
                return
            head = self.raw(kind.table, {**item, "sk": {"S": "H"}})
            if head is None:
                return
            try:
                send(self, _marking(kind, item, head, after))
            except Contested:
                item = self.raw(kind.table, item) or item
            else:
                return
        raise Unavailable

    def _rewrite(
        self, kind: type[Row], item: RawItem, without: Callable[[Any], Any], name: str = "document"
    ) -> None:
        """Puts another value in the place of the one that was read, and of no other."""
        read = kind.kept.codes[name][2]
        for _ in range(TRIES_MAX):
            before = read(item[name]["S"])
            after = without(before)
            if after == before:
                return
            row = kind(item["pk"]["S"], item["sk"]["S"])
            as_read = Condition(f"#{name} = :was", (name,), ((":was", item[name]),))
            try:
                self.update(row, change_of(kind, {name: after}), as_read)
            except ClientError as error:
                if not refused(error):
                    raise
                item = self.raw(kind.table, item) or {}
                if name not in item:
                    return
            else:
                return
        raise Unavailable

    def erase_bodies(self, owner: Owner, after: int, subject: Subject) -> tuple[int, int | None]:
        """Erases bodies of a page of an account's events; returns how many, and the number to go on
        after.
        """
        events = self.events(owner, after, TOGETHER)
        if not events:
            return 0, None
        keys = {each.number: _detail_of(each.event_type, each.object_id) for each in events}
        details = self.fetch(key for key in keys.values() if key)
        own = [inquiry_key(subject.named_by, "D")]
        marked = [
            number
            for number, key in keys.items()
            if key and (row := details.get(key[1:])) and (key in own or row.document.get(MARK))
        ]
        bodies = self.fetch(body_key(owner, number) for number in marked)
        for (pk, sk), row in bodies.items():
            item = {"pk": {"S": pk}, "sk": {"S": sk}, "body": {"S": row.body}}
            self._rewrite(BodyRow, item, lambda kept: _body_without(kept, subject), "body")
        return len(bodies), events[-1].number

    def erase_requests(self, keys: str, after: str, subject: Subject) -> tuple[int, str | None]:
        """Erases what somebody's repeated writes are known by (`Caller.keys`), and what they were
        answered; a repeat is known as before. Returns how many, and the key to go on after.
        """
        stretch = within("pk", f"K#{keys}", "sk", (after or "0", "~"))
        page = next(self.pages("requests", stretch, most=TOGETHER, ConsistentRead=True))
        rewritten = 0
        for item in page["Items"]:
            if item.get("fingerprint", {}).get("S", HASHED).startswith(HASHED):
                continue
            if "reply" in item:
                self._rewrite(RequestRow, item, lambda kept: _reply_without(kept, subject), "reply")
            self._rewrite(RequestRow, item, hashed, "fingerprint")
            rewritten += 1
        follows = "LastEvaluatedKey" in page
        return rewritten, page["Items"][-1]["sk"]["S"] if follows else None


def _marking(kind: type[Row], item: RawItem, head: RawItem, after: Documented) -> Writes:
    """Writes a document and marks its head, if both are as they were read."""
    detail, hot = (kind(each["pk"]["S"], each["sk"]["S"]) for each in (item, head))
    change = change_of(kind, {"document": after})
    marks = Change(((MARK, {"N": str(after[MARK])}), (MIGRATED, version_of(head))))
    as_read = Condition("#document = :was", ("document",), ((":was", item["document"]),))
    at_head = at_version(kind, int(version_of(head)["N"]))
    return Writes(
        updates=[("detail", detail, change, as_read), ("head", hot, marks, at_head)],
    )


def _detail_of(event_type: EventType, object_id: str) -> Key | None:
    """The item that says whether an event's object was erased."""
    if event_type is EventType.INQUIRY:
        return inquiry_key(object_id, "D")
    if event_type is EventType.ACTION:
        return action_key(object_id, "D")
    if event_type is EventType.UPDATE:
        return action_key(object_id.rpartition(".")[0], "D")
    return None


def _sources(document: Any) -> set[str]:
    """Where a document and its comment came from, like `file:{upload}:{line}`."""
    if isinstance(document, Mapping):
        first: Iterable[Any] = document.get("comment") or ()
        return {str(document.get("source", "")), *map(str, list(first)[3:4])} - {""}
    return {str(each) for each in document[3:4]} if isinstance(document, list) else set()


def _body_without(body: str, subject: Subject) -> str:
    shown = erasure.shown_without(json.loads(body), subject.customer_id)
    return json.dumps(shown, ensure_ascii=False)


def _reply_without(reply: Documented, subject: Subject) -> Any:
    return erasure.shown_without(reply, subject.customer_id)
