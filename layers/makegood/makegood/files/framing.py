"""Finds where records of CSV begin and end in a stream of bytes, and refuses stray quotes.

A record ends at a line break outside quotes, and a cell's quotes are always paired, so a line break
ends a record exactly when the quotes before it are even. Quotes that stand elsewhere would upset
the count; `check_quotes` refuses them before a record is handed out. Memory is bounded by a block.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator

from makegood.domain.problems import Fault, Invalid
from makegood.files.csv_writing import BOM

SEPARATORS = (",", ";", "\t")

_MARKS = re.compile(b"(?:%b)*+" % BOM)

_RECORD = re.compile(rb'[^"\n]*+(?:"[^"]*+"[^"\n]*+)*\n')
_IRREGULAR = {
    separator: re.compile(
        rf'["\r](?:(?<![^{separator}\n]")(?<=")[^"]*+(?:""[^"]*+)*+"(?=[{separator}\n]|\Z)'
        r"|(?P<fault>))"
    )
    for separator in (*SEPARATORS, "".join(SEPARATORS))
}
"""Finds whole quoted cells, and as `fault` the first quote or CR that has no place."""


def refused(message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault("file", message, code),))


def primed(blocks: Iterable[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """The first `size` bytes, or fewer if the stream is shorter, and then the other blocks."""
    head, rest = b"", iter(blocks)
    while len(head) < size and (block := next(rest, None)) is not None:
        head += block
    return head, rest


def unmarked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks without leading byte order marks; every program that saves a file may add one."""
    held, rest = b"", iter(blocks)
    for block in rest:
        held = _MARKS.sub(b"", held + block, count=1)
        if len(held) >= len(BOM):
            break
    yield held
    yield from rest


def framed(
    blocks: Iterable[bytes], records_max: int, bytes_max: int
) -> Iterator[tuple[int, bytes]]:
    """Whole records, blank ones too, with the line that each begins in; so many, and so long."""
    line, rest, left = 1, b"", records_max
    for block in blocks:
        data = rest + block
        start = 0
        while match := _RECORD.match(data, start):
            record = match.group()
            if len(record) > bytes_max:
                raise _too_long(record, line, bytes_max)
            if not left:
                message = f"More than {records_max:,} rows; split the file"
                raise refused(message, "too_many_rows")
            yield line, record
            left -= 1
            line += record.count(b"\n")
            start = match.end()
        rest = data[start:]
        if len(rest) > bytes_max:
            raise _too_long(rest, line, bytes_max)
    if not rest:
        return
    if _RECORD.fullmatch(rest + b"\n") is None:
        breaks, _ = fault(checked(rest, line), "".join(SEPARATORS)) or (0, "")
        message = (
            f"The quote in line {line + breaks} is never closed; write a quote in a cell twice"
        )
        raise refused(message, "unclosed_quote")
    yield line, rest


def _too_long(record: bytes, line: int, bytes_max: int) -> Invalid:
    text = checked(record, line, whole=False)
    if "\n" not in text and "\r" in text:
        return _lone_cr(line)
    what = "is a quote not closed?" if text.count('"') % 2 else "shorten it"
    message = f"The row in line {line} is longer than {bytes_max:,} bytes; {what}"
    return refused(message, "record_too_long")


def checked(data: bytes, first_line: int, whole: bool = True) -> str:
    """The text of some records; when they are not `whole`, the last character may be cut."""
    try:
        text = getincrementaldecoder("utf-8")().decode(data, final=whole)
    except UnicodeDecodeError as error:
        line = first_line + data.count(b"\n", 0, error.start)
        message = f"Line {line} is not UTF-8; save the sheet as CSV UTF-8"
        raise refused(message, "not_utf8") from error
    if "\x00" in text:
        line = first_line + text.count("\n", 0, text.index("\x00"))
        message = f"Not a CSV file, line {line} holds NUL; save the sheet as CSV UTF-8"
        raise refused(message, "not_csv")
    return text


def fault(text: str, separators: str) -> tuple[int, str] | None:
    """The first stray quote or CR, and the number of line breaks before it."""
    text = text.replace("\r\n", "\n")
    if '"' not in text and "\r" not in text:
        return None
    for match in _IRREGULAR[separators].finditer(text):
        if match.lastgroup:
            return text.count("\n", 0, match.start()), match.group()
    return None


def check_quotes(text: str, separator: str, first_line: int) -> None:
    found = fault(text, separator)
    if found is None:
        return
    breaks, what = found
    if what == "\r":
        raise _lone_cr(first_line + breaks)
    message = (
        f"A quote in line {first_line + breaks} stands where a cell neither begins nor ends; "
        "put the whole cell in quotes, and write a quote in it twice"
    )
    raise refused(message, "stray_quote")


def _lone_cr(line: int) -> Invalid:
    message = f"Line {line} has a line break of CR alone; save the sheet with CRLF or LF"
    return refused(message, "bad_line_break")
