"""Rows become items and items rows again."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from makegood.store.approval_rules import SpendRow
from makegood.store.directory import DirectoryRow
from makegood.store.items import bytes_of, stamp
from makegood.store.ledger import BalanceRow

AT = datetime(2026, 6, 10, 12, 0, 0, 123000, tzinfo=UTC)


def test_an_item_comes_back_as_its_row() -> None:
    row = DirectoryRow("A", "B", version=3, document={"a": ["é", 1]}, campaign_ids={"1", "2"})
    item = row.serialize()
    assert item["document"] == {"S": '{"a":["é",1]}'}
    assert vars(DirectoryRow.from_raw_data(item)) == vars(row)


def test_what_is_not_kept_is_none_or_its_default() -> None:
    row = BalanceRow.from_raw_data({"pk": {"S": "B#1"}, "sk": {"S": "USD"}, "other": {"S": "x"}})
    assert (row.minor, row.committed_minor, row.version) == (0, None, None)


def test_a_row_has_nothing_that_its_kind_has_not() -> None:
    with pytest.raises(ValueError, match="BalanceRow has no major"):
        BalanceRow("B#1", "USD", major=1)


def test_a_row_that_lacks_something_is_not_written() -> None:
    with pytest.raises(ValueError, match="SpendRow S#1 lacks granted_minor"):
        SpendRow("S#1", "2026-06#USD").serialize()


def test_both_hours_of_an_autumn_night_have_their_own_stamps() -> None:
    first = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    stamps = [stamp(each) for each in (first, first.replace(fold=1))]
    assert stamps == ["2026-11-01T05:30:00.000Z", "2026-11-01T06:30:00.000Z"]


def test_an_instant_is_stamped_in_utc_whatever_its_zone() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=-7)))
    assert stamp(elsewhere) == stamp(AT) == "2026-06-10T12:00:00.123Z"
    with pytest.raises(ValueError, match="knows its time zone"):
        stamp(AT.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("typed", "size"),
    [
        ({"S": "é"}, 3),
        ({"SS": ["a", "bc"]}, 3 + 3 + 4),
        ({"L": [{"S": "a"}, {"N": "12"}]}, 3 + 3 + 4),
        ({"M": {"x": {"L": [{"S": "a"}]}}}, 3 + 1 + 3 + 3),
        ({"NULL": True}, 1),
    ],
)
def test_what_a_newer_version_has_added_is_measured_too(typed: dict, size: int) -> None:
    assert bytes_of({"": typed}) == size
