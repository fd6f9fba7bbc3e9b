"""Reads the XML of a workbook's parts while it streams, in bounded memory.

No part of a workbook has a document type, so none is read here: there are no entities, and nothing
outside is referred to. What else could fill the memory has a limit: how deep elements are nested,
how long one of them is, and how many names there are. The number of elements bounds the time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from xml.parsers import expat

from makegood.workbooks.refusals import damaged, refused

DEPTH_MAX = 64
ELEMENTS_MAX = 20_000_000
"""Tags of one part: a worker, whose time is five minutes, reads as many in one. A hundred thousand
rows of our own sheet have nine million, and sixteen where no cell is blank.
"""

TAG_BYTES_MAX = 1024 * 1024
NAMES_MAX = 5_000
"""Names of elements and attributes; the standard has fewer."""


class Reader:
    """What is done where elements start and end, by their names without prefixes.

    `text` gets the characters between tags, in pieces.
    """

    starts: Mapping[str, Callable[[Mapping[str, str]], None]] = {}
    ends: Mapping[str, Callable[[], None]] = {}

    def text(self, text: str) -> None:
        """Most have no use for it."""


def drain(blocks: Iterable[bytes], reader: Reader) -> None:
    """Reads a part to its end."""
    for _ in steps(blocks, reader):
        pass


def steps(blocks: Iterable[bytes], reader: Reader) -> Iterator[None]:
    """Reads a part; stops after each block, so that what the reader found can be taken away."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = fed = tags = 0
    starts, ends = reader.starts, reader.ends

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH_MAX:
            raise damaged("its elements are nested too deeply")
        do = starts.get(name if ":" not in name else name.rpartition(":")[2])
        if do is not None:
            do(attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        do = ends.get(name if ":" not in name else name.rpartition(":")[2])
        if do is not None:
            do()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        for block in blocks:
            parser.Parse(block)
            fed += len(block)
            tags += block.count(b"<")
            if tags > ELEMENTS_MAX:
                message = f"The workbook has a sheet of more than {ELEMENTS_MAX:,} parts; split it"
                raise refused(message, "too_many_elements")
            if fed - parser.CurrentByteIndex > TAG_BYTES_MAX or len(parser.intern) > NAMES_MAX:
                raise damaged("its XML is not that of a workbook")
            yield
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise damaged("its XML cannot be read") from error
    yield


def _refuse_document_type(*_: object) -> None:
    raise refused("The workbook has a document type, which none needs", "document_type")
