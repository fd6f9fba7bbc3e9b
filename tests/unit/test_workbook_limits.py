"""No workbook can fill the memory or take a worker's time: each limit, at its edge and beyond."""

import io
import random
import time
import tracemalloc
import warnings
import zipfile
from contextlib import closing, suppress
from typing import Any

import pytest
from makegood.domain.problems import Invalid
from makegood.domain.uploads import Kind, UploadState
from makegood.workbooks import elements, package
from makegood.workbooks.package import NotAWorkbook
from makegood.workbooks.sheets import Workbook
from makegood.workbooks.styles import Shown, style_of

from tests.memory_ingest import Ingest, claim
from tests.workbook_files import book, of_rows, packed, sheet

ROWS = [claim(f"A-{at}") for at in range(3)]
GOOD = of_rows(*ROWS)
MEGABYTE = 1024 * 1024


def refusal(data: bytes) -> str:
    """The code by which a workbook is refused when it is read to its end."""
    with pytest.raises(Invalid) as caught:
        read(data)
    (fault,) = caught.value.faults
    return fault.code


def read(data: bytes) -> int:
    """Reads all sheets; how many rows they have."""
    with closing(Workbook(io.BytesIO(data))) as workbook:
        return sum(1 for each in workbook.sheets for _ in workbook.rows(each))


def of_part(part: str, **options: Any) -> bytes:
    return packed(book({"S": part}, **options))


LIMITS = [
    ("files.workbook_format.PACKED_BYTES_MAX", len(GOOD), "workbook_too_large"),
    ("workbooks.package.UNPACKED_BYTES_MAX", 3_800, "too_large_decompressed"),
    ("workbooks.package.ENTRIES_MAX", 6, "too_many_parts"),
    ("workbooks.elements.ELEMENTS_MAX", 92, "too_many_elements"),
    ("workbooks.elements.DEPTH_MAX", 5, "bad_workbook"),
    ("workbooks.strings.CELL_CHARS_MAX", 25, "cell_too_long"),
    ("workbooks.sheets.ROWS_MAX", 4, "too_many_rows"),
    ("workbooks.sheets.COLUMNS_MAX", 5, "too_many_columns"),
    ("workbooks.sheets.ROW_CHARS_MAX", 50, "record_too_long"),
    ("workbooks.sheets.SHEETS_MAX", 1, "too_many_sheets"),
    ("workbooks.styles.STYLES_MAX", 7, "bad_workbook"),
    ("files.workbook_format.UNPACKED_BYTES_MAX", 141, "too_large_decompressed"),
]
"""The least of each limit by which `GOOD` is read."""


@pytest.mark.parametrize(("limit", "least", "code"), LIMITS, ids=[each[0] for each in LIMITS])
def test_a_workbook_over_a_limit_fails_as_a_whole(
    monkeypatch: pytest.MonkeyPatch, limit: str, least: int, code: str
) -> None:
    outcomes = []
    for most in (least, least - 1):
        monkeypatch.setattr(f"makegood.{limit}", most)
        ingest = Ingest()
        upload_id = ingest.send(Kind.INQUIRIES, GOOD)
        outcomes.append((ingest.kept.uploads[upload_id].state, ingest.result(upload_id)[0]["Code"]))
    assert outcomes == [(UploadState.DONE, "unresolved"), (UploadState.FAILED, code)]


BILLION = (
    '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    "]><worksheet>&b;</worksheet>"
)
OUTSIDE = '<!DOCTYPE w SYSTEM "file:///etc/passwd"><worksheet/>'


@pytest.mark.parametrize("part", [BILLION, OUTSIDE])
def test_there_are_no_entities_and_nothing_outside_is_read(part: str) -> None:
    assert refusal(of_part(part)) == "document_type"
    assert refusal(of_part(sheet([["a"]]), strings=part)) == "document_type"
    assert refusal(packed(book({"S": sheet([])}, more={"xl/styles.xml": part.encode()}))) == (
        "document_type"
    )


@pytest.mark.parametrize(
    "rows",
    [
        "<row><c><v>" * 10_000,
        f'<row spans="{"x" * 2 * MEGABYTE}"/>',
        f"<!--{'x' * 2 * MEGABYTE}-->",
        "".join(f"<a{at}/>" for at in range(elements.NAMES_MAX + 9_000)),
        "<row>&undefined;</row>",
        "<row></c>",
    ],
    ids=["deep", "long tag", "long comment", "names", "entity", "crossed"],
)
def test_xml_that_would_fill_the_memory_is_not_that_of_a_workbook(rows: str) -> None:
    part = f"<worksheet><sheetData>{rows}</sheetData></worksheet>"
    assert refusal(of_part(part)) == "bad_workbook"


def test_a_bomb_is_left_where_it_is_known_in_bounded_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(package, "UNPACKED_BYTES_MAX", 30 * MEGABYTE)
    blanks = [
        sheet([["a"]]).replace("<row", " " * 40 * MEGABYTE + "<row"),
        sheet([["a"]]).replace("<row", "<!-- -->" * 6 * MEGABYTE + "<row", 1),
    ]
    tracemalloc.start()
    try:
        for part in blanks:
            data = of_part(part)
            assert len(data) < 100_000
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            assert refusal(data) == "too_large_decompressed"
            assert tracemalloc.get_traced_memory()[1] - before < 8 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_texts_that_cells_share_do_not_multiply_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("makegood.files.workbook_format.UNPACKED_BYTES_MAX", MEGABYTE)
    shared = f"<sst><si><t>{'x' * 30_000}</t></si></sst>"
    header = "".join(f'<c t="str"><v>{each}</v></c>' for each in ROWS[0])
    rows = '<row><c t="s"><v>0</v></c></row>' * 100
    part = f"<worksheet><sheetData><row>{header}</row>{rows}</sheetData></worksheet>"
    ingest = Ingest()
    upload_id = ingest.send(Kind.INQUIRIES, of_part(part, strings=shared))
    assert [each["Code"] for each in ingest.result(upload_id)] == ["too_large_decompressed"]


def test_formats_and_lists_of_parts_take_no_time_and_no_memory_without_end() -> None:
    started = time.process_time()
    assert style_of("[" * MEGABYTE) is Shown.NUMBER
    assert time.process_time() - started < 1
    many = "".join(f'<Relationship Id="r{at}" Target="a"/>' for at in range(2_000))
    related = f"<Relationships>{many}</Relationships>".encode()
    parts = book({"S": sheet([["a"]])}, more={"xl/_rels/workbook.xml.rels": related})
    assert refusal(packed(parts)) == "bad_workbook"


def zip_of(entries: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as packing:
        warnings.simplefilter("ignore")
        for name, body in entries:
            packing.writestr(name, body)
    return out.getvalue()


def test_two_parts_of_one_name_are_refused_as_programs_take_different_ones() -> None:
    parts = list(book({"S": sheet([["a"]])}).items())
    again = ("XL/worksheets/Sheet1.xml", sheet([["b"]]).encode())
    assert refusal(zip_of([*parts, again])) == "bad_workbook"
    assert refusal(zip_of([*parts, parts[-1]])) == "bad_workbook"


def test_what_spreadsheets_do_not_unpack_is_not_unpacked() -> None:
    parts = list(book({"S": sheet([["a"]])}).items())
    assert refusal(zip_of(parts, zipfile.ZIP_LZMA)) == "bad_workbook"
    assert refusal(zip_of(parts, zipfile.ZIP_BZIP2)) == "bad_workbook"
    locked = bytearray(GOOD)
    at = locked.rindex(b"PK\x01\x02")
    locked[at + 8] |= 1
    assert refusal(bytes(locked)) == "encrypted"


def test_a_directory_that_is_too_long_is_not_read() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packing:
        for at in range(1_500):
            packing.writestr(f"{at}{'x' * 1_000}", b"")
    assert refusal(held.getvalue()) == "bad_workbook"


def test_what_is_outside_of_the_package_is_not_there() -> None:
    related = (
        b'<Relationships><Relationship Id="rId1" TargetMode="External" '
        b'Type="x/worksheet" Target="file:///etc/passwd"/></Relationships>'
    )
    parts = book({"S": sheet([["a"]])}, more={"xl/_rels/workbook.xml.rels": related})
    assert read(packed(parts)) == 0
    inside = related.replace(b' TargetMode="External"', b"").replace(b"file://", b"../../..")
    parts = book({"S": sheet([["a"]])}, more={"xl/_rels/workbook.xml.rels": inside})
    assert refusal(packed(parts)) == "bad_workbook"


@pytest.mark.parametrize("seed", range(400))
def test_a_damaged_workbook_is_refused_or_read_and_nothing_else(seed: int) -> None:
    dice = random.Random(seed)
    data = bytearray(GOOD)
    for _ in range(dice.randint(1, 8)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    if seed % 3 == 0:
        del data[dice.randrange(len(data)) :]
    with suppress(Invalid, NotAWorkbook):
        assert read(bytes(data)) <= len(ROWS) + 1


@pytest.mark.parametrize("seed", range(300))
def test_a_damaged_part_is_refused_or_read_and_nothing_else(seed: int) -> None:
    dice = random.Random(seed)
    parts = {name: bytearray(body) for name, body in book({"S": sheet([["a", 1]] * 3)}).items()}
    for _ in range(dice.randint(1, 4)):
        part = parts[dice.choice(list(parts))]
        part[dice.randrange(len(part))] = dice.choice(b'<>/"=&0A1z\xff \x00')
    with suppress(Invalid, NotAWorkbook):
        read(packed({name: bytes(body) for name, body in parts.items()}))
