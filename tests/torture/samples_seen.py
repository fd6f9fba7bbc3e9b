"""What the product holds, by the names and in the shapes that the model of the samples has it."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from makegood.domain import ledger
from makegood.domain.actions import Action, Origin
from makegood.domain.statements import Month
from makegood.store.actions import ActionRow, action_of
from makegood.store.indexes import shard_of
from makegood.store.inquiries import InquiryRow

from tests.torture.samples_values import Key
from tests.torture.world import RESULTS, TABLES, World

SHOP, USD = "500", "USD"
ACCOUNT = f"advertiser:{SHOP}"
SHARD = shard_of(SHOP, USD)
READ_TOGETHER = 100

Shown = tuple[object, ...]


@dataclass(slots=True)
class Seen:
    """A world, looked at without faults. Ids that were met once are remembered by their names."""

    world: World
    asked: dict[str, Key] = field(default_factory=dict)
    made: dict[str, Key] = field(default_factory=dict)

    def _hot(self, kind: str) -> Iterator[dict[str, Any]]:
        pages = self.world.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=getattr(TABLES, kind), ConsistentRead=True):
            yield from (item for item in page["Items"] if item["sk"]["S"] == "H")

    def inquiries(self) -> dict[Key, Shown]:
        """All of them, as `Question.shown` tells it."""
        found: dict[Key, Shown] = {}
        for item in self._hot("inquiries"):
            row = InquiryRow.from_raw_data(item)
            key = row.partner_key, row.order_id, row.inquiry_type
            self.asked[row.pk[2:]] = key
            numbers = row.reject_reason, row.final_minor, row.difference_minor
            reason, final, differs = (None if each is None else int(each) for each in numbers)
            shown = row.state, reason, final, differs, int(row.amount_minor), row.ordered_at
            found[key] = shown if key not in found else ("there twice",)
        return found

    def undecided(self) -> list[tuple[str, Key]]:
        """Ids and names of what awaits a decision, in the order of their ids."""
        seen = self.inquiries()
        return sorted(each for each in self.asked.items() if seen[each[1]][0] == "UNRESOLVED")

    def actions(self) -> dict[Key, Shown]:
        """All of them, as `Deed.shown` tells it."""
        found: dict[Key, Shown] = {}
        for item in self._hot("actions"):
            action = action_of(ActionRow.from_raw_data(item))
            key = self.made[action.action_id] = self._key(action)
            dates = action.event_at, action.locks_at, action.clears_at, action.paid_at
            shown = str(action.state), action.sale.minor, action.worth.minor, *dates
            found[key] = shown if key not in found else ("there twice",)
        return found

    def _key(self, action: Action) -> Key:
        if action.origin is Origin.TRACKED:
            return action.partner_id, action.order.order_id, "TRACKED"
        return self.asked[action.inquiry_id]

    def unpaid(self, now: datetime) -> set[Key]:
        """What is locked and has cleared, as the sweep finds it."""
        due = self.world.store.due_actions("PAY", SHARD, now)
        return self.keys(each.action_id for each in due)

    def keys(self, action_ids: Iterable[str]) -> set[Key]:
        ids = list(action_ids)
        new = [each for each in ids if each not in self.made]
        for start in range(0, len(new), READ_TOGETHER):
            found = self.world.store.actions(new[start : start + READ_TOGETHER], detail=False)
            self.made |= {each: self._key(action) for each, action in found.items()}
        return {self.made[each] for each in ids}

    def balances(self, partners: Iterable[str]) -> dict[str, int]:
        cash = self.world.store.cash([(SHOP, USD)])[SHOP, USD]
        earned = {
            ledger.payable(each): self.world.store.payable(each, USD).minor for each in partners
        }
        own = {ledger.funds(SHOP): cash.funds_minor, ledger.committed(SHOP): cash.committed_minor}
        return own | earned

    def statement(self, owner: str, month: str) -> Shown | None:
        """Opening and closing, each with its committed part, and the lines."""
        kept = self.world.store.statement(owner, Month.parse(month), USD)
        if kept is None:
            return None
        opening, closing = (
            (each.minor, each.committed_minor) for each in (kept.opening, kept.closing)
        )
        lines = [
            (each.reason, each.counterparty, each.action_count, each.minor, each.committed_minor)
            for each in kept.lines
        ]
        return opening, closing, tuple(sorted(lines))

    def result(self, key: str) -> list[dict[str, str]]:
        """The rows of a result; none where there is no such result."""
        s3 = self.world.client("s3")
        try:
            body = s3.get_object(Bucket=RESULTS, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return []
        return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
