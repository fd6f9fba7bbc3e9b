"""Entries of funds and earnings as a workbook: amounts are numbers, dates are in UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import Any

from makegood.domain.money import DECIMALS
from makegood.workbooks.writing import Column, Holds, TableWriter, amount, blocks_of

_AMOUNTS = frozenset({"AmountIn", "AmountOut"})
_DATE, _CURRENCY = "Date", "Currency"
_KEPT_BYTES = 1024 * 1024


def rendered(header: Sequence[str], rows: Sequence[Sequence[str]], made_at: datetime) -> bytes:
    """The workbook of these rows, which are texts as the API shows them."""
    currency_at = header.index(_CURRENCY)
    with SpooledTemporaryFile(_KEPT_BYTES) as file:
        writer = TableWriter(file, "Entries", [_column(each) for each in header], None, made_at)
        for row in rows:
            cells = [_typed(title, text) for title, text in zip(header, row, strict=True)]
            writer.add(cells, DECIMALS[row[currency_at]])
        writer.close()
        return b"".join(blocks_of(file))


def _typed(title: str, text: str) -> Any:
    if title in _AMOUNTS:
        return amount(text)
    if title == _DATE and text:
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    return text


def _column(title: str) -> Column:
    if title in _AMOUNTS:
        return Column(title=title, holds=Holds.AMOUNT)
    if title == _DATE:
        return Column(title=title, holds=Holds.MOMENT, width=20)
    return Column(title=title, width=32 if title in ("Id", "Note", "Explanation") else 18)
