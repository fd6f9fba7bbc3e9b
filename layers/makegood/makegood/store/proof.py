"""The proof of the books, kept in the ledger's table while it waits for more time."""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from makegood.store.connection import Connection
from makegood.store.expressions import at_version
from makegood.store.items import Key, Number, Row, Text
from makegood.store.transactions import Writes, send

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


class Proofs(Connection):
    """One proof at a time, written whole."""

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
        """In the place of the one at that version; raises `Contested` when that has gone on."""
        text = b64encode(zlib.compress(json.dumps(document).encode())).decode()
        parts = [text[at : at + PART_CHARS] for at in range(0, len(text), PART_CHARS)]
        writes = Writes()
        for number, part in enumerate(parts):
            row = ProofRow(*_part_key(number)[1:], version=version + 1, part=part)
            row.part_count = None if number else len(parts)
            at = at_version(ProofRow, version)
            writes.puts.append(("proof", row, None if number else at))
        send(self, writes)
