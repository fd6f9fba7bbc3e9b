"""What holds for every file, however it is written, packed and handed over in blocks."""

import csv
import gzip
import io
import re
from collections.abc import Iterator
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.problems import Invalid
from makegood.domain.texts import trimmed
from makegood.domain.uploads import Kind
from makegood.files import csv_format, csv_writing
from makegood.files.columns import Columns
from makegood.files.csv_format import Cutter
from makegood.files.csv_injection import any_formula, defused, is_formula, understood

texts = st.text(st.sampled_from("ab\"\n\r,;=+-@'1. \té\u00a0"), max_size=8)
odd_texts = st.lists(st.integers(1, 0x10FFFF).map(chr), max_size=5).map("".join)
tables = st.lists(st.lists(texts, min_size=2, max_size=4), min_size=1, max_size=8)
raw = st.binary(max_size=60) | st.lists(
    st.sampled_from([b"a", b'"', b"\n", b"\r\n", b"\r", b",", b";", b" ", b"\xc3\xa9", b"\x00"]),
    max_size=30,
).map(b"".join)


@st.composite
def blocks_of(draw: st.DrawFn, data: bytes) -> Iterator[bytes]:
    """The bytes in blocks that fall anywhere."""
    ends = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return iter([data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)])


def read(cutter: Cutter) -> list[tuple[int, list[str]]]:
    return [
        row
        for chunk in cutter
        for row in csv_format.records(chunk.data, cutter.layout, chunk.first_line)
    ]


@given(
    st.data(),
    tables,
    st.sampled_from([",", ";"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
    st.booleans(),
    st.integers(1, 4),
    st.integers(1, 40),
)
def test_what_is_cut_and_read_is_what_was_written(
    data: st.DataObject,
    table: list[list[str]],
    separator: str,
    newline: str,
    quoting: int,
    marked: bool,
    packed: bool,
    rows_max: int,
    bytes_max: int,
) -> None:
    if any("\r" in cell for row in table for cell in row):
        quoting = csv.QUOTE_ALL  # the writer of older Pythons leaves a lone CR bare
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator=newline, quoting=quoting)
    header = ["Id", "x,y;z", "Größe\nL"]
    lines = []
    for row in [header, *table]:
        lines.append(out.getvalue().count("\n") + 1)
        writer.writerow(row)
    content = ("\ufeff" * marked + out.getvalue()).encode()
    content = gzip.compress(content, 1) if packed else content
    blocks = csv_format.decompressed(data.draw(blocks_of(content)), 10**6)
    cutter = Cutter(blocks, bytes_max, rows_max)
    assert cutter.header == header
    chunks = list(cutter)
    rows = [csv_format.records(each.data, cutter.layout, each.first_line) for each in chunks]
    read_rows = [list(each) for each in rows]
    seen = [row for row in zip(lines[1:], table, strict=True) if any(map(trimmed, row[1]))]
    assert [row for part in read_rows for row in part] == seen
    assert [each.row_count for each in chunks] == [len(part) for part in read_rows]
    assert [each.number for each in chunks] == list(range(1, len(chunks) + 1))
    assert all(each.row_count <= rows_max for each in chunks)
    assert all(len(each.data) <= bytes_max or each.row_count == 1 for each in chunks)


@given(st.data(), raw, st.integers(1, 3))
def test_any_bytes_are_read_as_a_spreadsheet_would_or_refused(
    data: st.DataObject, body: bytes, rows_max: int
) -> None:
    content = b"a,b\n" + body
    with suppress(Invalid):
        cutter = Cutter(data.draw(blocks_of(content)), 20, rows_max)
        chunks = list(cutter)
        text = content.decode()
        whole = csv.reader(io.StringIO(text, newline="\n"), strict=True)
        kept = [row for row in whole if any(map(trimmed, row))]
        parts = [
            list(csv_format.records(each.data, cutter.layout, each.first_line)) for each in chunks
        ]
        rows = [row for part in parts for row in part]
        assert [cells for _, cells in rows] == kept[1:]
        assert [each.row_count for each in chunks] == [len(part) for part in parts]
        lines = text.split("\n")
        for line, cells in rows:
            assert lines[line - 1].lstrip('"').startswith(re.split('["\n\r]', cells[0])[0])


@given(st.data(), raw)
def test_any_bytes_at_all_are_read_or_refused_wherever_blocks_fall(
    data: st.DataObject, content: bytes
) -> None:
    def outcome(blocks: Iterator[bytes]) -> object:
        try:
            cutter = Cutter(csv_format.decompressed(blocks, 10**6), 20, 2)
            return cutter.header, read(cutter)
        except Invalid as problem:
            return problem.faults

    assert outcome(data.draw(blocks_of(content))) == outcome(iter([content]))


@given(st.data(), st.binary(max_size=40), st.binary(max_size=10))
def test_any_broken_gzip_is_read_or_refused(
    data: st.DataObject, content: bytes, junk: bytes
) -> None:
    packed = gzip.compress(content)
    at = data.draw(st.integers(2, len(packed)))
    broken = packed[:at] + junk + packed[at + len(junk) :]
    with suppress(Invalid):
        b"".join(csv_format.decompressed(data.draw(blocks_of(broken)), 10**6))


@given(st.lists(texts | odd_texts, min_size=1, max_size=4))
def test_a_row_of_ours_is_understood_as_it_was_and_cannot_run(row: list[str]) -> None:
    written = defused(row)
    assert [understood(cell) for cell in written] == row
    for cell in written:
        assert not is_formula(cell)
        assert cell[:1] not in ("\t", "\r")
        for piece in re.split("[;\t\r\n]", cell):
            assert not is_formula(piece.lstrip('"'))


@given(st.lists(texts, min_size=1, max_size=4))
def test_no_formula_of_a_row_is_overlooked(row: list[str]) -> None:
    if not any_formula(row):
        assert not any(is_formula(cell) for cell in row)


@given(tables)
def test_a_file_of_ours_reads_back(table: list[list[str]]) -> None:
    body = csv_writing.render([["a", "b"], *table])
    cutter = Cutter([body], 10**6, 10**3)
    rows = [[understood(cell) for cell in cells] for _, cells in read(cutter)]
    surviving = [row for row in table if any(map(trimmed, defused(row)))]
    assert rows == surviving


@given(st.lists(texts | st.sampled_from(["Id", "Resolution Status", "item sku 1"]), max_size=6))
def test_any_header_and_row_are_matched_or_refused(names: list[str]) -> None:
    for kind in Kind:
        with suppress(Invalid):
            found = Columns.match([*names, "id", "RESOLUTION_STATUS"], kind)
            assert len(found.fields(names)) <= len(names)
            assert all(found.header_of(fault.field) for fault in found.faults(names))
