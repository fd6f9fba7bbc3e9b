"""The entries of funds and earnings as a table: each as it is shown, page by page."""

import csv
import io

from makegood.store.store import Store

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
