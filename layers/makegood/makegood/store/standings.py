"""The latest standing of each partner and currency: one small item each in the ledger's table."""

from collections.abc import Iterable

from makegood.domain.projections import Standing
from makegood.store.connection import Calls
from makegood.store.expressions import IS_NEW, compared
from makegood.store.items import Instant, Number, Row
from makegood.store.transactions import Contested, Writes, send

STANDINGS = "W#"


class StandingRow(Row):
    table_name = "ledger"

    as_of = Instant()
    pending_minor = Number()
    locked_minor = Number()
    overdue_minor = Number()


def standing_owner(pk: str) -> str:
    """The partner that a standing's key names."""
    return pk.removeprefix(STANDINGS)


class Standings(Calls):
    """One item for each partner and currency, so all of a partner's are one query."""

    def models(self) -> dict[str, tuple[type[Row], ...]]:
        known = super().models()
        return {**known, "ledger": (*known["ledger"], StandingRow)}

    def keep_standings(self, standings: Iterable[Standing]) -> None:
        """Each in the place of an older one, never of a younger."""
        for each in standings:
            row = StandingRow(
                f"{STANDINGS}{each.partner_id}",
                each.currency,
                as_of=each.as_of,
                pending_minor=each.pending_minor,
                locked_minor=each.locked_minor,
                overdue_minor=each.overdue_minor,
            )
            older = IS_NEW | compared(StandingRow, "as_of", "<=", each.as_of)
            try:
                send(self.client, Writes(puts=[("standing", row, older)]))
            except Contested:
                continue

    def standings(self, partner_id: str) -> dict[str, Standing]:
        """The latest of a partner, by currency."""
        items = self.partition(self.tables.ledger, f"{STANDINGS}{partner_id}")
        rows = [StandingRow.from_raw_data(item) for item in items]
        return {
            row.sk: Standing(
                partner_id,
                row.sk,
                row.as_of,
                int(row.pending_minor),
                int(row.locked_minor),
                int(row.overdue_minor),
            )
            for row in rows
        }
