"""What the proof of the books keeps in the ledger's table: itself while it waits, and forecasts."""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from makegood.domain.projections import Forecast
from makegood.store.connection import Calls
from makegood.store.expressions import IS_NEW, at_version, compared
from makegood.store.items import Compact, Instant, Number, Row, Text
from makegood.store.tables import Key
from makegood.store.transactions import Contested, Writes, send

PROOF = "P#proof"
FORECASTS = "N#"
PART_CHARS = 350_000
"""Of a proof in one item, below DynamoDB's 400 KB."""


class ProofRow(Row):
    """A part of the latest proof; the first has its version and says how many there are."""

    table_name = "ledger"

    part = Text()
    part_count = Number(null=True)


class ForecastRow(Row):
    table_name = "ledger"

    as_of = Instant()
    overdue_minor = Number()
    days = Compact()


def _part_key(number: int) -> Key:
    return ProofRow, PROOF, f"{number:02d}"


def _forecast_key(advertiser_id: str, currency: str) -> Key:
    return ForecastRow, f"{FORECASTS}{advertiser_id}", currency


def forecast_owner(pk: str) -> str:
    """The advertiser that a forecast's key names."""
    return pk.removeprefix(FORECASTS)


class Books(Calls):
    """One proof at a time, written whole; one forecast for each advertiser and currency."""

    def models(self) -> dict[str, tuple[type[Row], ...]]:
        known = super().models()
        return {**known, "ledger": (*known["ledger"], ProofRow, ForecastRow)}

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
        send(self.client, writes)

    def keep_forecasts(self, forecasts: Iterable[Forecast]) -> None:
        """Each in the place of an older one."""
        for each in forecasts:
            row = ForecastRow(
                *_forecast_key(each.advertiser_id, each.currency)[1:],
                as_of=each.as_of,
                overdue_minor=each.overdue_minor,
                days=[each.pending, each.locked],
            )
            older = IS_NEW | compared(ForecastRow, "as_of", "<=", each.as_of)
            try:
                send(self.client, Writes(puts=[("forecast", row, older)]))
            except Contested:
                continue

    def forecasts(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Forecast]:
        """The latest forecast of each (advertiser, currency); missing ones are left out."""
        wanted = list(dict.fromkeys(keys))
        rows = self.fetch(_forecast_key(*each) for each in wanted)
        result = {}
        for advertiser_id, currency in wanted:
            row = rows.get(_forecast_key(advertiser_id, currency)[1:])
            if row is not None:
                result[advertiser_id, currency] = Forecast(
                    advertiser_id,
                    currency,
                    row.as_of,
                    int(row.overdue_minor),
                    *(tuple(each) for each in row.days),
                )
        return result
