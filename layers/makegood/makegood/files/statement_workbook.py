"""A statement's details as a workbook, beside the CSV: amounts are numbers, dates are in UTC."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from makegood.aws import s3
from makegood.aws.s3 import Bucket
from makegood.domain.money import DECIMALS
from makegood.domain.statements import HEADER, Detail, Statement, details_key
from makegood.domain.uploads import XLSX
from makegood.files.statement_details import line_items
from makegood.store.store import Store
from makegood.workbooks.writing import Column, Holds, TableWriter, amount, blocks_of

_AMOUNTS = frozenset({"Amount", "Committed"})
_SALE = "Sale Amount"
"""In the currency of the sale, which may have other decimals."""


def write(store: Store, bucket: Bucket, statement: Statement) -> None:
    """Writes the workbook on disk, and uploads it once it is whole."""
    with s3.scratch() as file:
        columns = [_column(title, DECIMALS[statement.currency]) for title in HEADER]
        made_at = statement.month.end
        writer = TableWriter(file, str(statement.month), columns, None, made_at)
        _fill(writer, line_items(store, statement))
        bucket.join(details_key(statement, ".xlsx"), blocks_of(file), XLSX)


def _fill(writer: TableWriter, details: Iterable[Detail]) -> None:
    for each in details:
        writer.add(_cells(each))
    writer.close()


def _cells(detail: Detail) -> list[Any]:
    """As `Detail.row`, typed."""
    cells: list[Any] = list(detail.row())
    cells[0] = detail.made_at.astimezone(UTC).replace(tzinfo=None)
    for at, title in enumerate(HEADER):
        if title in _AMOUNTS or title == _SALE:
            cells[at] = amount(cells[at])
    return cells


def _column(title: str, decimals: int) -> Column:
    if title == "Date":
        return Column(title=title, holds=Holds.MOMENT, width=20)
    if title in _AMOUNTS:
        return Column(title=title, holds=Holds.AMOUNT, decimals=decimals)
    if title == _SALE:
        return Column(title=title, holds=Holds.AMOUNT)
    return Column(title=title, width=32 if title in ("Entry", "Note") else 18)
