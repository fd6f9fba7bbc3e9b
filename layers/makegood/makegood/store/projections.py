"""The latest projections that the proof of the books made, in the ledger's table.

One forecast for each advertiser and currency; one standing for each partner and currency.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from makegood.domain.ledger import Cash
from makegood.domain.projections import Forecast, Standing
from makegood.store.connection import Connection
from makegood.store.expressions import IS_NEW, compared
from makegood.store.items import Compact, Instant, Key, Number, RawItem, Row
from makegood.store.transactions import Contested, Writes, send

FORECASTS, STANDINGS = "N#", "W#"
NO_CASH: Mapping[tuple[str, str], Cash] = MappingProxyType({})


class ForecastRow(Row):
    table = "ledger"

    as_of = Instant()
    overdue_minor = Number()
    days = Compact()
    funds_minor = Number(null=True)
    committed_minor = Number(null=True)


class StandingRow(Row):
    table = "ledger"

    as_of = Instant()
    pending_minor = Number()
    locked_minor = Number()
    overdue_minor = Number()


def _there(cash: Cash | None) -> dict[str, int]:
    if cash is None:
        return {}
    return {"funds_minor": cash.funds_minor, "committed_minor": cash.committed_minor}


def _forecast_key(advertiser_id: str, currency: str) -> Key:
    return ForecastRow, f"{FORECASTS}{advertiser_id}", currency


class Projections(Connection):
    """Reads and writes projections; one replaces an older one, never a newer one."""

    def keep_forecasts(
        self, forecasts: Iterable[Forecast], cash: Mapping[tuple[str, str], Cash] = NO_CASH
    ) -> None:
        """Writes forecasts, each beside the money that is there for it, by advertiser and currency.
        Without that, nobody is told that it is short.

        One replaces an older one, never a newer one.
        """
        self._keep(
            "forecast",
            [
                ForecastRow(
                    *_forecast_key(each.advertiser_id, each.currency)[1:],
                    as_of=each.as_of,
                    overdue_minor=each.overdue_minor,
                    days=[each.pending, each.locked],
                    **_there(cash.get((each.advertiser_id, each.currency))),
                )
                for each in forecasts
            ],
        )

    def _keep(self, label: str, rows: list[Any]) -> None:
        """Puts each over the one that was read; what is written meanwhile stays."""
        known = self.carry(rows)
        for row in rows:
            was: Any = known.get((row.pk, row.sk))
            if was is not None and was.as_of > row.as_of:
                continue
            as_read = IS_NEW if was is None else compared(type(row), "as_of", "=", was.as_of)
            with suppress(Contested):
                send(self, Writes(puts=[(label, row, as_read)]))

    def forecast_as(self, image: RawItem) -> tuple[Forecast, Cash]:
        """The forecast that an item is of, and the money that was there for it."""
        row = ForecastRow.from_raw_data(image)
        account = row.pk.removeprefix(FORECASTS), row.sk
        forecast = Forecast(
            *account, row.as_of, int(row.overdue_minor), *(tuple(each) for each in row.days[:2])
        )
        return forecast, Cash(*account, int(row.funds_minor), int(row.committed_minor))

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
                    *(tuple(each) for each in row.days[:2]),
                )
        return result

    def keep_standings(self, standings: Iterable[Standing]) -> None:
        """Writes standings; one replaces an older one, never a newer one."""
        self._keep(
            "standing",
            [
                StandingRow(
                    f"{STANDINGS}{each.partner_id}",
                    each.currency,
                    as_of=each.as_of,
                    pending_minor=each.pending_minor,
                    locked_minor=each.locked_minor,
                    overdue_minor=each.overdue_minor,
                )
                for each in standings
            ],
        )

    def standings(self, partner_id: str) -> dict[str, Standing]:
        """The latest of a partner, by currency."""
        items = self.partition("ledger", f"{STANDINGS}{partner_id}")
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
