"""Files that were packed: gzip is unpacked as it streams by, all else is told what to do."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest
from makegood.domain.problems import Invalid
from makegood.files import csv_format, unpacking

from tests.unit.test_csv_format import refusal


class TestGzip:
    def unpack(self, *blocks: bytes, limit: int = 10**6) -> bytes:
        return b"".join(csv_format.decompressed(blocks, limit))

    def test_what_is_not_gzip_goes_through_as_it_is(self) -> None:
        assert self.unpack(b"a,b\n", b"1,2\n") == b"a,b\n1,2\n"
        assert self.unpack() == self.unpack(b"") == b""
        assert self.unpack(b"\x1f") == b"\x1f"

    def test_gzip_is_known_and_unpacked_however_its_bytes_arrive(self) -> None:
        packed = gzip.compress(b"a,b\n" * 1000)
        assert self.unpack(packed) == b"a,b\n" * 1000
        assert self.unpack(b"", *(packed[at : at + 1] for at in range(len(packed)))) == (
            b"a,b\n" * 1000
        )

    def test_several_members_and_their_padding_are_one_file(self) -> None:
        packed = gzip.compress(b"a") + b"\0" * 9 + gzip.compress(b"") + gzip.compress(b"b") + b"\0"
        assert self.unpack(packed) == b"ab"
        assert self.unpack(*(packed[at : at + 1] for at in range(len(packed)))) == b"ab"

    def test_a_broken_or_short_gzip_is_refused(self) -> None:
        packed = gzip.compress(bytes(range(256)) * 40)
        for data in (packed[:-1], packed[:11], packed[:2], packed[:40] + b"x" + packed[41:]):
            with pytest.raises(Invalid) as caught:
                self.unpack(data)
            assert caught.value.reason_code() == "bad_gzip"

    def test_a_file_may_hold_its_most_bytes_and_not_one_more(self) -> None:
        for data in (b"x" * 99, gzip.compress(b"x" * 99)):
            assert len(self.unpack(data, limit=99)) == 99
            with pytest.raises(Invalid) as caught:
                self.unpack(data, limit=98)
            assert caught.value.reason_code() == "too_large_decompressed"

    def test_a_bomb_is_unpacked_in_bounded_pieces_and_stopped(self) -> None:
        bomb = gzip.compress(bytes(50 * 1024 * 1024), 1)
        pieces = []
        with pytest.raises(Invalid):
            pieces.extend(csv_format.decompressed([bomb], 10**6))
        stream = csv_format.decompressed([bomb], 10**6)
        assert len(next(stream)) <= unpacking.PIECE_BYTES_MAX


class TestArchives:
    def test_a_zip_is_told_to_be_unpacked_and_a_workbook_to_be_saved(self) -> None:
        for names, told in (
            (["claims.csv"], "unpack"),
            (["March/claims (1).CSV", "__MACOSX/x"], "unpack"),
            (["notes.pdf"], "unpack"),
            (["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"], "save the sheet"),
            (["mimetype", "content.xml"], "save the sheet"),
            (["xl/worksheets/sheet1.xml", "[Content_Types].xml"], "save the sheet"),
        ):
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as archive:
                for name in names:
                    archive.writestr(name, "Id,Resolution Status\n")
            fault = refusal([out.getvalue()])
            assert (fault.code, told in fault.message) == ("not_csv", True)
            assert ("unpack" in fault.message) != ("save the sheet" in fault.message)

    def test_other_archives_are_told_to_be_unpacked_and_old_workbooks_to_be_saved(self) -> None:
        for data in (bz2.compress(b"a,b\n"), lzma.compress(b"a,b\n"), gzip.compress(b"a,b\n")):
            assert "unpack" in refusal([data]).message
        assert "save the sheet" in refusal([b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]).message
