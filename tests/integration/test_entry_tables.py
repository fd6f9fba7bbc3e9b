"""The entries of funds and earnings as a table: each as it is shown, page by page."""

import base64
import csv
import io
from contextlib import closing
from decimal import Decimal

import pytest
from makegood.api import csv_lists
from makegood.domain.uploads import XLSX
from makegood.store.store import Store
from makegood.workbooks.cells import Moment, Number
from makegood.workbooks.sheets import Workbook

from tests.integration.gateway import ADVERTISER, PARTNER
from tests.integration.test_statements import traded


def test_entries_are_a_table_of_what_each_shows(live: Store) -> None:
    traded(live)
    for client, path in ((ADVERTISER, "/Funds/Entries"), (PARTNER, "/Earnings/Entries")):
        shown = client.get(path).body["Entries"]
        answer = client.get(f"{path}.csv?PageSize=1")
        assert answer.headers["Content-Type"].startswith("text/csv")
        assert answer.text.startswith("\ufeff")
        (row,) = csv.DictReader(io.StringIO(answer.text[1:]))
        assert row == {name: shown[0][name] for name in row}
        assert {"Id", "Date", "Reason", "Currency", "AmountIn", "AmountOut"} <= row.keys()
        assert ("Link" in answer.headers) == (len(shown) > 1)
        packed = client.get(f"{path}.xlsx")
        assert packed.headers["Content-Type"] == XLSX
        assert "Content-Encoding" not in packed.headers
        with closing(Workbook(io.BytesIO(base64.b64decode(packed.text)))) as workbook:
            header, *rows = (row.cells for row in workbook.rows(workbook.sheets[0]))
        assert [row[0] for row in rows] == [each["Id"] for each in shown]
        typed = dict(zip(header, rows[0], strict=False))
        assert Decimal(typed["AmountIn"]) == Decimal(shown[0]["AmountIn"])
        assert isinstance(typed["AmountIn"], Number)
        assert isinstance(typed["Date"], Moment)


def test_a_table_of_entries_is_no_longer_than_an_answer_has_room_for(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    traded(live)
    monkeypatch.setattr(csv_lists, "ENTRIES_MAX", 1)
    every = [each["Id"] for each in PARTNER.get("/Earnings/Entries").body["Entries"]]
    found = []
    for number in range(1, len(every) + 1):
        answer = PARTNER.get(f"/Earnings/Entries.csv?PageSize=20000&Page={number}")
        found += [row["Id"] for row in csv.DictReader(io.StringIO(answer.text[1:]))]
        assert ("Link" in answer.headers) == (number < len(every))
    assert found == every
