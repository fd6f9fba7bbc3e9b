"""Files as spreadsheets and programs really write them, and every way in which one can be wrong."""

import csv
import io
from collections.abc import Iterable

import pytest
from makegood.domain.problems import Fault, Invalid
from makegood.domain.uploads import Kind
from makegood.files import csv_format, csv_writing
from makegood.files.columns import Columns
from makegood.files.csv_format import Cutter

ROWS_MAX = 500
BYTES_MAX = 512 * 1024
RESOLUTIONS = b"Id,Resolution Status\n"


def cut(data: bytes, rows_max: int = ROWS_MAX, bytes_max: int = BYTES_MAX) -> Cutter:
    return Cutter([data], bytes_max, rows_max)


def rows_of(cutter: Cutter) -> list[tuple[int, list[str]]]:
    return [
        row
        for chunk in cutter
        for row in csv_format.records(chunk.data, cutter.layout, chunk.first_line)
    ]


def refusal(blocks: Iterable[bytes]) -> Fault:
    with pytest.raises(Invalid) as caught:
        list(Cutter(blocks, BYTES_MAX, ROWS_MAX))
    (fault,) = caught.value.faults
    assert fault.field == "file"
    return fault


class TestReading:
    def test_a_byte_order_mark_is_no_part_of_the_first_header(self) -> None:
        assert cut("\ufeffId,Größe\r\n1,2".encode()).header == ["Id", "Größe"]

    def test_commas_and_semicolons_are_told_apart_outside_quotes_only(self) -> None:
        assert cut(b'"a,b,c,d";e;f\n').header == ["a,b,c,d", "e", "f"]
        assert cut(b'"a;b;c;d",e,f\n').header == ["a;b;c;d", "e", "f"]
        assert cut(b"Id\n1\n").layout.separator == ","

    def test_a_header_may_hold_line_breaks_and_rows_are_counted_past_them(self) -> None:
        cutter = cut(b'"Sale\r\nAmount","a ""b"""\r\n1,2\r\n')
        assert cutter.header == ["Sale\r\nAmount", 'a "b"']
        assert rows_of(cutter) == [(3, ["1", "2"])]

    def test_blank_lines_before_the_header_are_skipped_and_counted(self) -> None:
        cutter = cut(b"\xef\xbb\xbf\r\n \r\na,b\r\n1,2\r\n")
        assert (cutter.header, rows_of(cutter)) == (["a", "b"], [(4, ["1", "2"])])

    def test_rows_keep_their_line_past_blank_lines_and_line_breaks_in_cells(self) -> None:
        cutter = cut(b'a,b\n1,"x\n\ny"\n\n \t\n"  "\n2,z\n\n3,q')
        assert rows_of(cutter) == [(2, ["1", "x\n\ny"]), (8, ["2", "z"]), (10, ["3", "q"])]

    def test_blank_lines_are_not_counted_as_rows(self) -> None:
        (chunk,) = cut(b'a,b\n\n1,2\n \n""\n3,4\n\n')
        assert (chunk.first_line, chunk.row_count) == (3, 2)

    def test_a_row_in_which_nothing_can_be_seen_is_none(self) -> None:
        blank = b',\n" ",\t\n"\n",""\n,,,,\n\xc2\xa0,\xe2\x80\x8b\n\xef\xbb\xbf\n'
        cutter = cut(b"a,b\n" + blank + b"1,\n" + blank + b",;\n" + blank, rows_max=2)
        (chunk,) = cutter
        rows = list(csv_format.records(chunk.data, cutter.layout, chunk.first_line))
        assert rows == [(9, ["1", ""]), (17, ["", ";"])]
        assert (chunk.first_line, chunk.row_count) == (9, 2)
        assert list(cut(b"a,b\n" + blank)) == []

    def test_rows_of_blank_cells_before_the_header_are_passed_over(self) -> None:
        for blank in (b",,,\n", b";;\n", b'"",\n', b"\xc2\xa0;\n", b"\t\t\n", b"\xef\xbb\xbf\n"):
            cutter = cut(blank + b"\n" + blank + b"a,b\n1,2\n")
            assert (cutter.header, rows_of(cutter)) == (["a", "b"], [(5, ["1", "2"])])

    def test_blank_cells_at_the_end_of_a_header_are_no_columns(self) -> None:
        wide = b"a,b" + b"," * 20_000 + b"\n"
        assert cut(wide + b"1,2\n").header == ["a", "b"]
        assert cut(b"a,,b, ,\xc2\xa0\n").header == ["a", "", "b"]

    def test_byte_order_marks_may_be_many_and_anywhere_before_the_header(self) -> None:
        mark = csv_writing.BOM
        for data in (mark * 3 + b'"a",b\n1,2', mark + b"\n" + mark + b'"a",b\n1,2'):
            for blocks in ([data], [data[at : at + 1] for at in range(len(data))]):
                cutter = Cutter(blocks, BYTES_MAX, ROWS_MAX)
                assert cutter.header == ["a", "b"]
                assert [cells for _, cells in rows_of(cutter)] == [["1", "2"]]

    @pytest.mark.parametrize(
        ("said", "separator"),
        [("sep=;", ";"), ("sep=,", ","), ("SEP=\t", "\t"), ("sep=\\t", "\t"), ('"sep=;"', ";"),
         ('sep=";"', ";"), ("sep=;;;;", ";"), ("\ufeffsep=;", ";"), (",,\nsep=;", ";")],
    )  # fmt: skip
    def test_a_line_that_says_the_separator_is_heeded(self, said: str, separator: str) -> None:
        data = f"{said}\r\nId,x;Note,y\tz\r\n1,2;3,4\t5\r\n".encode()
        cutter = cut(data)
        assert cutter.layout.separator == separator
        assert cutter.header == [each.strip() for each in "Id,x;Note,y\tz".split(separator)]
        (row,) = rows_of(cutter)
        assert row == (3 + said.count("\n"), "1,2;3,4\t5".split(separator))

    def test_a_separator_that_is_none_of_ours_is_refused_by_its_name(self) -> None:
        fault = refusal([b"sep=|\nId|Note\n"])
        assert (fault.code, "sep=|" in fault.message) == ("bad_separator", True)

    @pytest.mark.parametrize(
        ("head", "separator"),
        [
            ("Id;Resolution Status;a, b, c, d, e", ";"),
            ("Id,Resolution Status,a; b; c; d; e", ","),
            ("Id\tResolution Status\ta, b; c, d; e, f", "\t"),
            ("Idd;Resolution Status;a, b, c, d, e", ";"),
            ("Id", ","),
        ],
    )
    def test_the_separator_is_the_one_that_yields_the_columns(
        self, head: str, separator: str
    ) -> None:
        cutter = Cutter([head.encode() + b"\n"], BYTES_MAX, ROWS_MAX, Kind.RESOLUTIONS)
        assert cutter.layout.separator == separator

    def test_what_is_given_need_not_be_in_the_header_to_tell_the_separator(self) -> None:
        head = b"reference;amount, gross;date, local;type"
        given = {"CampaignId": "1000", "Currency": "EUR"}
        cutter = Cutter([head], BYTES_MAX, ROWS_MAX, Kind.INQUIRIES, given)
        assert cutter.header == ["reference", "amount, gross", "date, local", "type"]

    def test_a_last_line_break_may_be_missing_or_doubled(self) -> None:
        for end in (b"", b"\n", b"\r\n", b"\r\n\r\n", b"\n \n"):
            assert rows_of(cut(b"a,b\r\n1,2" + end)) == [(2, ["1", "2"])]

    def test_a_cr_within_quotes_belongs_to_the_cell(self) -> None:
        assert rows_of(cut(b'a,b\n1,"x\ry\r\nz"\n')) == [(2, ["1", "x\ry\r\nz"])]

    def test_a_header_alone_is_a_file_without_rows(self) -> None:
        assert list(cut(b"a,b\r\n\r\n")) == []


class TestCutting:
    def test_a_chunk_ends_at_its_most_rows_and_one_more_begins_the_next(self) -> None:
        chunks = list(cut(b"a,b\n" + b"1,2\n" * 5, rows_max=2))
        assert [(each.number, each.first_line, each.row_count) for each in chunks] == [
            (1, 2, 2),
            (2, 4, 2),
            (3, 6, 1),
        ]
        assert len(list(cut(b"a,b\n" + b"1,2\n" * 4, rows_max=2))) == 2

    def test_a_chunk_ends_at_its_most_bytes(self) -> None:
        assert [each.data for each in cut(b"a,b\n1,2\n3,4\n5,6\n", bytes_max=8)] == [
            b"1,2\n3,4\n",
            b"5,6\n",
        ]

    def test_a_record_above_a_chunks_bytes_is_a_chunk_of_its_own(self) -> None:
        chunks = list(cut(b"a,b\n1,2\n1,22222222\n3,4\n", bytes_max=4))
        assert [each.row_count for each in chunks] == [1, 1, 1]

    def test_no_cut_falls_within_quotes(self) -> None:
        chunks = list(cut(b'a,b\n1,"x\n"\n2,"y ""\n"" z"\n', rows_max=1))
        assert [each.data for each in chunks] == [b'1,"x\n"\n', b'2,"y ""\n"" z"\n']
        assert [each.first_line for each in chunks] == [2, 4]

    def test_blank_lines_do_not_pile_up(self) -> None:
        chunks = list(cut(b"a,b\n1,2\n" + b"\n" * 1000 + b"3,4\n", bytes_max=16))
        assert [each.first_line for each in chunks] == [2, 1003]
        assert all(len(each.data) <= 16 for each in chunks)

    def test_chunks_come_while_the_file_is_still_being_read(self) -> None:
        def endless() -> Iterable[bytes]:
            yield b"a,b\n"
            while True:
                yield b"1,2\n" * 100

        assert next(iter(Cutter(endless(), BYTES_MAX, 50))).row_count == 50


class TestRefusing:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "empty_file"),
            (b"\xef\xbb\xbf", "empty_file"),
            (b"\r\n  \n", "empty_file"),
            ("Größe,Id\n".encode("latin-1"), "not_utf8"),
            ("Id,Note\n1,é\n".encode("utf-16"), "not_utf8"),
            ("Id,Note\n1,e\n".encode("utf-16-le"), "not_csv"),
            (b"PK\x03\x04\x14\x00\x06\x00" + b"\x9c" * 70_000, "not_csv"),
            (b"a,b\n1,\x00\n", "not_csv"),
            (b"\x00" * 70_000, "not_csv"),
            (b"\xff" * 70_000, "not_utf8"),
            (b"a,b\r1,2\r3,4\r", "bad_line_break"),
            (b"a,b\r" + b"1,2\r" * 20_000, "bad_line_break"),
            (b"a,b\n1,2\r3,4\n", "bad_line_break"),
            (b'a,"b\n1,2\n', "unclosed_quote"),
            (b'a,b\n1,5" pipe\n2,6" pipe\n', "stray_quote"),
            (b'a,b\n1,"x"y\n', "stray_quote"),
            (b'a,b\n1, "x"\n', "stray_quote"),
            (b'a,b"c"\n', "stray_quote"),
        ],
    )
    def test_a_file_that_is_no_csv_says_so(self, data: bytes, code: str) -> None:
        assert refusal([data]).code == code

    def test_what_must_be_saved_otherwise_says_how(self) -> None:
        for data in (b"PK\x03\x04", b"a\x00b", b"\xff\xfea\x00"):
            assert "save the sheet as CSV UTF-8" in refusal([data]).message

    def test_a_workbook_is_known_however_its_bytes_arrive(self) -> None:
        assert refusal([b"P", b"", b"K\x03", b"\x04"]).code == "not_csv"

    def test_a_column_named_pk_makes_no_workbook(self) -> None:
        assert cut(b"PK,Id\n1,2\n").header == ["PK", "Id"]

    def test_a_quote_that_is_never_closed_is_named_by_its_line(self) -> None:
        for data in (b'a,b\n1,2\n3,"x\ny\n', b'a,b\n1,2\n3,"x', b'a,b\n"1\n","x ""y""\n'):
            fault = refusal([data])
            assert (fault.code, "line 3" in fault.message) == ("unclosed_quote", True)

    def test_a_stray_quote_is_named_before_it_misleads_the_cut(self) -> None:
        fault = refusal([b'a,b\n1,5" pipe\n2,"x\ny"\n3,z"\n'])
        assert (fault.code, "line 2" in fault.message) == ("stray_quote", True)

    def test_what_is_not_utf8_is_named_by_its_line(self) -> None:
        data = b'a,b\n1,"x\n\xe9"\n'
        assert "Line 3" in refusal([data]).message
        assert "Line 502" in refusal([b"a,b\n" + b"1,2\n" * 500 + b"1,\xe9\n"]).message

    def test_a_character_may_be_cut_by_blocks_but_not_by_the_end(self) -> None:
        assert rows_of(Cutter([b"a,b\n1,\xc3", b"\xa9\n"], 99, 9)) == [(2, ["1", "é"])]
        assert refusal([b"a,b\n1,\xc3"]).code == "not_utf8"

    def test_a_record_may_have_its_most_bytes_and_not_one_more(self) -> None:
        limit = csv_format.RECORD_BYTES_MAX
        longest = b"1," + b"x" * (limit - 3) + b"\n"
        assert len(list(cut(b"a,b\n" + longest))) == 1
        for data in (b"x" + longest, b"1" + longest[:-1] + b"y"):
            fault = refusal([b"a,b\n" + data])
            assert (fault.code, "line 2" in fault.message) == ("record_too_long", True)

    def test_a_record_that_is_too_long_is_no_less_utf8_where_it_is_broken_off(self) -> None:
        for shift in (b"", b"x"):
            fault = refusal([b"a,b\n" + shift + "\u00e9".encode() * 40_000 + b"\xc3", b"\xa9\n"])
            assert fault.code == "record_too_long"

    def test_a_quote_that_swallows_the_file_is_not_read_to_its_end(self) -> None:
        def endless() -> Iterable[bytes]:
            yield b'a,b\n1,"x\n'
            while True:
                yield b"1,2\n" * 1000

        fault = refusal(endless())
        assert (fault.code, "quote" in fault.message) == ("record_too_long", True)

    def test_too_many_columns_are_refused(self) -> None:
        names = [f"c{at}" for at in range(csv_format.COLUMNS_MAX)]
        assert len(cut(",".join(names).encode()).header) == csv_format.COLUMNS_MAX
        assert refusal([",".join([*names, "x"]).encode()]).code == "too_many_columns"

    def test_too_many_rows_are_refused_blank_ones_too(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(csv_format, "RECORDS_MAX", 4)
        assert len(rows_of(cut(b"a,b\n" + b"1,2\n" * 3))) == 3
        for data in (b"a,b\n" + b"1,2\n" * 4, b"a,b\n1,2\n\n\n\n", b"\n" * 5):
            assert refusal([data]).code == "too_many_rows"


class TestWriting:
    def test_a_file_of_ours_runs_nowhere_and_is_what_spreadsheets_expect(self) -> None:
        body = csv_writing.render([["Id", "Note"], ["1", "=1+1"], ["2", 'a "b", c\nd']])
        assert body == b'Id,Note\r\n1,\'=1+1\r\n2,"a ""b"", c\nd"\r\n'

    def test_a_downloaded_cell_is_understood_when_it_comes_back(self) -> None:
        body = csv_writing.render(
            [["Id", "Resolution Status", "Customer Id"], ["1", "VALID", "-x1"]]
        )
        cutter = cut(body)
        found = Columns.match(cutter.header, Kind.RESOLUTIONS)
        ((_, cells),) = rows_of(cutter)
        assert found.faults(cells) == ()
        assert found.fields(cells)["CustomerId"] == "-x1"

    def test_what_no_text_can_hold_is_written_as_a_question_mark(self) -> None:
        assert csv_writing.render([["\ud800"]]) == b"?\r\n"


def test_the_reader_agrees_with_a_spreadsheets_own() -> None:
    """The rows of the sample files, as two different spreadsheets save them."""
    for separator, newline, mark in ((",", "\r\n", "\ufeff"), (";", "\r\n", ""), (",", "\n", "")):
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=separator, lineterminator=newline)
        rows = [
            ["inquiry_id", "campaign_id", "order_id", "notes"],
            ["10002-1", "1000", "CD100025", 'Said "thank you" page loaded,\nthen nothing'],
            ["10001-2", "1000", "CD100088", "Größe L; 2 für 1"],
        ]
        writer.writerows(rows)
        cutter = cut((mark + out.getvalue()).encode())
        assert [cutter.header, *(cells for _, cells in rows_of(cutter))] == rows
