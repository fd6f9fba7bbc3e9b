"""What a path ends in: the form that is asked for, or a part of an id."""

from urllib.parse import quote, unquote

import pytest
from makegood.api import http
from makegood.domain.texts import ending_a_path


@pytest.mark.parametrize(
    ("sent", "path", "suffix"),
    [
        ("/A/1/Things", "/A/1/Things", ""),
        ("/A/1/Things/", "/A/1/Things", ""),
        ("/A/1/Things.json", "/A/1/Things", "json"),
        ("/A/1/Actions.CSV", "/A/1/Actions", "csv"),
        ("/A/1/Funds/Entries.xlsx", "/A/1/Funds/Entries", "xlsx"),
        ("/A/1/Campaigns/1000.xml", "/A/1/Campaigns/1000", "xml"),
        ("/A/1/Actions/1/Items.xml", "/A/1/Actions/1/Items", "xml"),
        ("/A/1/Campaigns.csv", "/A/1/Campaigns.csv", ""),
        ("/A/1/Actions.xlsx", "/A/1/Actions.xlsx", ""),
        ("/A/1/Orders/1001.csv", "/A/1/Orders/1001.csv", ""),
        ("/A/1/Orders/1001.xml", "/A/1/Orders/1001.xml", ""),
        ("/A/1/Orders/1001.xml.json", "/A/1/Orders/1001.xml", "json"),
        ("/A/1/Actions/1/Items/X.xlsx", "/A/1/Actions/1/Items/X.xlsx", ""),
        ("/A/1/Actions/1000.4636.158133", "/A/1/Actions/1000.4636.158133", ""),
        ("/A/1/Actions/1000.4636.158133.json", "/A/1/Actions/1000.4636.158133", "json"),
    ],
)
def test_a_suffix_is_taken_off_the_path(sent: str, path: str, suffix: str) -> None:
    assert http.split_suffix(sent) == (path, suffix)


@pytest.mark.parametrize("text", ["1001", "X.json", "X.JSON", "X.csv", "X.json.xml", "a/b.json"])
def test_a_path_that_we_give_leads_to_the_text_that_is_in_it(text: str) -> None:
    path, _ = http.split_suffix(f"/A/1/Orders/{quote(ending_a_path(text), safe='')}")
    assert unquote(path.removeprefix("/A/1/Orders/")) == text
