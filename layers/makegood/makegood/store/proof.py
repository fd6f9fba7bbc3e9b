"""What the proof of the books reads: every table, page by page; and the proof itself, kept in the
ledger's table while it waits for more time.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

from makegood.domain.inquiries import InquiryType
from makegood.domain.uploads import UploadState
from makegood.store.actions import ActionRow, action_key, action_of
from makegood.store.clearings import CLEARINGS, ClearingRow, clearing_of
from makegood.store.connection import Connection, ScanPosition
from makegood.store.expressions import at_version
from makegood.store.inquiries import InquiryRow, inquiry_key
from makegood.store.items import Key, Number, RawItem, Row, Text
from makegood.store.ledger import BalanceRow, EntryRow, balances_of, entry_of
from makegood.store.orders import OrderRow, credits_of, place_of
from makegood.store.projections import FORECASTS, STANDINGS
from makegood.store.transactions import Writes, send
from makegood.store.uploads import ChunkRow, UploadRow

PROOF = "P#proof"
PART_CHARS = 350_000
"""Of a proof in one item, below DynamoDB's 400 KB."""


class ProofRow(Row):
    """A part of the latest proof; the first has its version and says how many there are."""

    table = "ledger"

    part = Text()
    part_count = Number(null=True)


def _part_key(number: int) -> Key:
    return ProofRow, PROOF, f"{number:02d}"


class StoredKind(Enum):
    """What the proof looks at."""

    ENTRY = auto()
    ENTRY_LINE = auto()
    BALANCE = auto()
    CLEARING = auto()
    FORECAST = auto()
    STANDING = auto()
    ACTION = auto()
    ORDER = auto()
    INQUIRY = auto()
    UPLOAD = auto()
    CHUNK = auto()


@dataclass(frozen=True, slots=True)
class Stored:
    """An item of a kind that the proof looks at. `key` says which, `name` how it is reported."""

    kind: StoredKind
    key: Key
    item: RawItem

    @property
    def name(self) -> str:
        return self.key[1]

    def read(self) -> Any:
        """Its value, as `_READERS` says for each kind; what is damaged raises an error."""
        return _READERS[self.kind](self.key[0].from_raw_data(self.item))


_PLACES: dict[str, tuple[tuple[str, str, StoredKind, type[Row]], ...]] = {
    "ledger": (
        ("E#", "E", StoredKind.ENTRY, EntryRow),
        ("E#", "L#", StoredKind.ENTRY_LINE, Row),
        ("B#", "", StoredKind.BALANCE, BalanceRow),
        (CLEARINGS, "", StoredKind.CLEARING, ClearingRow),
        (FORECASTS, "", StoredKind.FORECAST, Row),
        (STANDINGS, "", StoredKind.STANDING, Row),
    ),
    "actions": (
        ("A#", "H", StoredKind.ACTION, ActionRow),
        ("O#", "O", StoredKind.ORDER, OrderRow),
    ),
    "inquiries": (("I#", "H", StoredKind.INQUIRY, InquiryRow),),
    "files": (
        ("F#", "FILE", StoredKind.UPLOAD, UploadRow),
        ("F#", "CHUNK#", StoredKind.CHUNK, ChunkRow),
    ),
}
"""What the keys of each kind begin with, by table. Of some, nothing but the key is read."""

_READERS: dict[StoredKind, Callable[[Any], Any]] = {
    StoredKind.ENTRY: entry_of,
    StoredKind.ENTRY_LINE: lambda row: (row.pk[2:], row.sk[2:]),
    StoredKind.BALANCE: lambda row: (row.pk[2:], row.sk, balances_of(row)),
    StoredKind.CLEARING: clearing_of,
    StoredKind.FORECAST: lambda row: (row.pk.removeprefix(FORECASTS), row.sk),
    StoredKind.STANDING: lambda row: (row.pk.removeprefix(STANDINGS), row.sk),
    StoredKind.ACTION: action_of,
    StoredKind.ORDER: lambda row: (*place_of(row.pk), credits_of(row)),
    StoredKind.INQUIRY: lambda row: (row.pk[2:], row.state, row.action_id or ""),
    StoredKind.UPLOAD: lambda row: (
        row.pk[2:],
        row.state == UploadState.DONE.value,
        int(row.row_count),
        int(row.rows_done),
    ),
    StoredKind.CHUNK: lambda row: (row.pk[2:], sum(each[0] for each in row.counts.values())),
}


class Proofs(Connection):
    """Reads every table page by page; keeps one proof at a time, written whole."""

    def scan_stored(
        self, table: str, after: ScanPosition | None
    ) -> tuple[list[Stored], ScanPosition | None]:
        """The items of a page of a table that the proof looks at, and where to go on."""
        items, position = self.scan(table, after)
        return [each for each in map(partial(_stored, table), items) if each], position

    def corrections(self, action_ids: Iterable[str]) -> set[str]:
        """Of these actions, those that correct another by its difference, as inquiries say."""
        actions = self.fetch(action_key(each) for each in action_ids)
        about = {pk[2:]: row.inquiry_id for (pk, _), row in actions.items() if row.inquiry_id}
        inquiries = self.fetch(inquiry_key(each) for each in about.values())
        differing = {
            pk[2:]
            for (pk, _), row in inquiries.items()
            if row.inquiry_type == InquiryType.INCORRECT.value
        }
        return {action_id for action_id, each in about.items() if each in differing}

    def kept_proof(self) -> tuple[dict[str, Any] | None, int]:
        """The latest proof's document and version; None and 0 when there never was one.

        Parts of two versions make none, and the proof begins again.
        """
        first = self.fetch([_part_key(0)]).get((PROOF, "00"))
        if first is None:
            return None, 0
        version = int(first.version)
        rows = self.fetch(_part_key(each) for each in range(1, int(first.part_count)))
        parts = [first, *(rows[key] for key in sorted(rows))]
        if any(int(each.version) != version for each in parts):
            return None, version
        raw = zlib.decompress(b64decode("".join(each.part for each in parts)))
        return json.loads(raw), version

    def keep_proof(self, document: Mapping[str, Any], version: int) -> None:
        """Replaces the one at that version; raises `Contested` if that has moved on."""
        text = b64encode(zlib.compress(json.dumps(document).encode())).decode()
        parts = [text[at : at + PART_CHARS] for at in range(0, len(text), PART_CHARS)]
        rows = [
            ProofRow(*_part_key(number)[1:], version=version + 1, part=part)
            for number, part in enumerate(parts)
        ]
        rows[0].part_count = len(parts)
        self.carry(rows)
        at = at_version(ProofRow, version)
        send(
            self,
            Writes(puts=[("proof", row, None if row.part_count is None else at) for row in rows]),
        )


def _stored(table: str, item: RawItem) -> Stored | None:
    pk, sk = item["pk"]["S"], item["sk"]["S"]
    for pk_start, sk_start, kind, model in _PLACES[table]:
        if pk.startswith(pk_start) and sk.startswith(sk_start):
            return Stored(kind, (model, pk, sk), item)
    return None
