"""What a spreadsheet makes of an id that it takes for a number or a formula: told, never mended.

    #N/A  #REF!  #WERT!  Err:502  ####    an error, in any language, or a column too narrow to show
    1.6E+13  2,71E+15  2E+15              a number of which only the first digits are left
    12345.0  12345,00  12345.  12,345.0   a number where an id was
    12345 beside 0012345                  zeros in front are lost, and another column still has them

Which id it was nobody can say, so the cell is refused. Real ids that look alike stay: `219E01` and
`1E5` have neither a point nor a plus, `#1001` has no letters, `1.5.2` is no number.

Patterns are compiled where they are first used, and kept by `re`: few starts of a function read
files. Those that begin with `_ANY` search whole rows, whose cells NUL joins: no file holds it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from makegood.domain.problems import Malformed
from makegood.domain.texts import trimmed

_NAMED = (
    r"N/A[^\0]*|N/[BDTV]|NV|I/T|\u041d/\u0414|\u0394/\u03a5|YOK|HI\u00c1NYZIK"
    r"|NEN\u00cd_K_DISPOZICI|NEDOSTUPN\u00dd|GETTING_DATA|LOADING|ERROR|DELETED"
)
"""Errors that no mark ends: not available in 26 languages, and data that had not come yet."""

_MARKED = r"[\u00a1\u00bf]?[^\W\d_][^\s\0]*[!?]"
"""All the others, of any language: `#REF!`, `#BEZUG!`, `#NOM?`, `#DIV/0!` and their like."""

_NUMBERED = r"(?:Err|Error|Erreur|Errore|Fehler|Fel|Fout|B\u0142\u0105d|Hiba|Chyba)\s?:5\d\d"
_ERROR = rf"(?i:#(?:{_NAMED}|{_MARKED})|{_NUMBERED}|\#{{2,}})"
_ROUNDED = r"[+-]?[0-9]+(?:[.,][0-9]*[Ee][+-]?[0-9]+|[Ee]\+[0-9]+)"
_GROUPED = r"[0-9]{1,3}(?:(?:,[0-9]{3})+\.|(?:[.'][0-9]{3})+,)0+"
_DECIMAL = rf"[+-]?(?:[0-9]+[.,]0*|{_GROUPED})"
_ZEROS = r"['#]?0+([1-9][0-9]{3,})"
_END = r"\s*(?=\0|\Z)"
_ANY_ERROR = rf"\0\s*{_ERROR}{_END}"
_ANY_NUMBER = rf"\0\s*(?:{_ROUNDED}|{_DECIMAL}){_END}"
_ANY_ZEROS = rf"\0\s*{_ZEROS}{_END}"
_AS_TEXT = "format the column as text, and copy it from its source again"


def check(text: str) -> str:
    """The text of an id, a code or a reference, as it is; raises `Malformed` if it is damaged."""
    if not re.search("[#.,+:]", text):
        return text
    check_error(text)
    if re.fullmatch(_ROUNDED, text):
        message = f'"{text}" is a number that a spreadsheet has rounded; {_AS_TEXT}'
        raise Malformed("rounded_id", message)
    if re.fullmatch(_DECIMAL, text):
        message = f'"{text}" is a number that a spreadsheet made of it; {_AS_TEXT}'
        raise Malformed("id_as_number", message)
    return text


def check_error(text: str) -> str:
    """Any text as it is; raises `Malformed` if it is the error of a spreadsheet."""
    if re.fullmatch(_ERROR, text):
        message = f'"{text}" is the error of a spreadsheet; write the value itself'
        raise Malformed("spreadsheet_error", message)
    return text


def is_suspect(cells: Sequence[str], ids: Iterable[int]) -> bool:
    """False only if nothing in a row is damaged; quicker than to look at each cell.

    `ids` are the places of ids, codes and references.
    """
    text, width = "".join(cells), len(cells)
    if not (text.isascii() and text.isprintable()):
        cells = [trimmed(each) for each in cells]
    row = "\0" + "\0".join(cells)
    if ("#" in row or ":5" in row) and re.search(_ANY_ERROR, row):
        return True
    named = "\0" + "\0".join([cells[at] for at in ids if at < width])
    if ("." in named or "," in named or "+" in named) and re.search(_ANY_NUMBER, named):
        return True
    led = "\x000" in row or "'0" in row or "#0" in row or " 0" in row
    return led and re.search(_ANY_ZEROS, row) is not None


def lost_zeros(cells: Sequence[str], ids: Iterable[int], beside: Iterable[int]) -> Iterator[int]:
    """The places of ids whose number stands `beside` with zeros in front; four digits at least."""
    matches = (re.fullmatch(_ZEROS, trimmed(cells[at])) for at in beside if at < len(cells))
    whole = {match.group(1) for match in matches if match}
    return (at for at in ids if at < len(cells) and trimmed(cells[at]) in whole)


def zeros_lost() -> Malformed:
    message = f"Another column of the row has it with zeros in front; {_AS_TEXT}"
    return Malformed("lost_zeros", message)
