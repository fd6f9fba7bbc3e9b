"""Workbooks part by part, as programs write them, and as none should."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from makegood.workbooks.places import letters_of

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OF_DOCUMENTS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OF_PACKAGES = "http://schemas.openxmlformats.org/package/2006"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"

FORMATS = ("yyyy-mm-dd", "dd/mm/yyyy hh:mm:ss", "0.00%", "00000", "General", "#,##0.00")
"""The formats that cells may name; `AS_DATE` and the others are their places."""

AS_DATE, AS_MOMENT, AS_PERCENTAGE, AS_ZEROS, GENERAL, AS_AMOUNT = range(1, len(FORMATS) + 1)


@dataclass(frozen=True)
class Cell:
    """A cell as it stands in the file."""

    value: str | None = None
    type: str = ""
    style: int = 0
    formula: str | None = None

    def xml(self, place: str) -> str:
        kind = f' t="{self.type}"' if self.type else ""
        formula = "" if self.formula is None else f"<f>{escape(self.formula)}</f>"
        value = "" if self.value is None else f"<v>{escape(self.value)}</v>"
        return f'<c r="{place}" s="{self.style}"{kind}>{formula}{value}</c>'


def cell_of(value: Any, since_1904: bool = False) -> Cell:
    """A value as a spreadsheet program would store it."""
    if isinstance(value, Cell):
        return value
    if isinstance(value, bool):
        return Cell(str(int(value)), "b")
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime(*value.timetuple()[:3])
        start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
        days = (moment - start).total_seconds() / 86_400
        return Cell(repr(days), style=AS_MOMENT if isinstance(value, datetime) else AS_DATE)
    return Cell(str(value), "str") if isinstance(value, str) else Cell(f"{value!s}")


def sheet(
    rows: Iterable[Sequence[Any]],
    hidden_rows: Sequence[int] = (),
    before: str = "",
    after: str = "",
    first: int = 1,
    since_1904: bool = False,
) -> str:
    """The part of a sheet. `before` and `after` stand around its rows; blank texts are no cells."""
    body = []
    for at, row in enumerate(rows, first):
        cells = "".join(
            cell_of(value, since_1904).xml(f"{letters_of(column)}{at}")
            for column, value in enumerate(row)
            if value != ""
        )
        hidden = ' hidden="1"' if at in hidden_rows else ""
        body.append(f'<row r="{at}"{hidden}>{cells}</row>')
    rows_part = "".join(body)
    return (
        f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows_part}</sheetData>{after}</worksheet>'
    )


def book(
    sheets: Mapping[str, str],
    hidden: Sequence[str] = (),
    since_1904: bool = False,
    strings: str = "",
    content_type: str = WORKBOOK,
    more: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """The parts of a workbook with these sheets, by name; `strings` is the part of shared texts."""
    listed, related, types = [], [], []
    parts: dict[str, bytes] = {}
    for at, (name, part) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name in hidden else ""
        listed.append(f'<sheet name={quoteattr(name)} sheetId="{at}"{state} r:id="rId{at}"/>')
        target = f"worksheets/sheet{at}.xml"
        related.append(_relationship(f"rId{at}", "worksheet", target))
        parts[f"xl/{target}"] = part.encode()
    related.append(_relationship("rIdA", "styles", "styles.xml"))
    if strings:
        related.append(_relationship("rIdB", "sharedStrings", "sharedStrings.xml"))
        parts["xl/sharedStrings.xml"] = strings.encode()
    types.append(f'<Override PartName="/xl/workbook.xml" ContentType="{content_type}"/>')
    dates = ' date1904="1"' if since_1904 else ""
    return {
        "[Content_Types].xml": _listing("Types", "content-types", types),
        "_rels/.rels": _relationships([_relationship("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OF_DOCUMENTS}"><workbookPr{dates}/>'
            f"<sheets>{''.join(listed)}</sheets></workbook>"
        ).encode(),
        "xl/_rels/workbook.xml.rels": _relationships(related),
        "xl/styles.xml": _styles(),
        **parts,
        **(more or {}),
    }


def packed(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packing:
        for name, body in parts.items():
            packing.writestr(name, body)
    return out.getvalue()


def xlsx(*rows: Sequence[Any], since_1904: bool = False, **options: Any) -> bytes:
    """A workbook of one sheet."""
    part = sheet(rows, since_1904=since_1904, **options)
    return packed(book({"Sheet1": part}, since_1904=since_1904))


def of_rows(*rows: Mapping[str, Any], **options: Any) -> bytes:
    """Rows under the columns of the first, as `memory_ingest.table` makes a CSV of them."""
    return xlsx(list(rows[0]), *(list(each.values()) for each in rows), **options)


def _relationship(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{OF_DOCUMENTS}/{kind}" Target="{target}"/>'


def _relationships(related: Iterable[str]) -> bytes:
    return _listing("Relationships", "relationships", related)


def _listing(element: str, namespace: str, listed: Iterable[str]) -> bytes:
    body = "".join(listed)
    return f'<{element} xmlns="{OF_PACKAGES}/{namespace}">{body}</{element}>'.encode()


def _styles() -> bytes:
    formats = "".join(
        f'<numFmt numFmtId="{200 + at}" formatCode={quoteattr(code)}/>'
        for at, code in enumerate(FORMATS)
    )
    styles = "".join(f'<xf numFmtId="{200 + at}"/>' for at in range(len(FORMATS)))
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        f'<cellXfs><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>'
    ).encode()
