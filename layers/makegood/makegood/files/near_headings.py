"""Headings that nearly match one of ours: a misspelt column of money or a key must not be ignored.

A heading is near a column if it has one letter too many, too few or wrong, or two neighbouring
letters are swapped. Accents, punctuation, and letters of other scripts that look the same make no
difference. If the column is neither money nor a key, the file only gets a warning.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from unicodedata import normalize

from makegood.domain.problems import Fault, Invalid
from makegood.domain.uploads import Kind
from makegood.files.export_rows import APPROVAL_HEADER, RESOLUTION_HEADER
from makegood.files.layouts import (
    LAYOUTS,
    RESULT_COLUMNS,
    field_of,
    plain,
    title_of,
)
from makegood.forms.fields import ITEM_PARTS, is_amount, is_count, is_id

WARNINGS_MAX = 20
_OURS = frozenset(
    plain(title)
    for titles in (
        *(titles for layout in LAYOUTS.values() for titles in (layout.columns, layout.aliases)),
        *(RESOLUTION_HEADER, APPROVAL_HEADER, RESULT_COLUMNS),
    )
    for title in titles
)
_WITH_ITEMS = tuple(kind for kind, layout in LAYOUTS.items() if layout.has_items)
_LETTERS_MIN, _ALIAS_LETTERS_MIN = 3, 5
"""Least letters of a column, and of another network's word: shorter ones are near too many."""

_ALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0458\u0455\u043c\u0442\u043d\u043a\u0432"
    "\u03b1\u03bf\u03c1\u03bd\u03b9\u03c4\u03ba\u0131",
    "aeopcxyijsmthkbaopvitki",
)


def check(header: Sequence[str], kind: Kind, foreign: bool) -> tuple[str, ...]:
    """Warnings of headings that are nearly ours, the first few; raises `Invalid` for those of money
    and keys. `foreign`: the words of other networks count as well.
    """
    warnings, faults = [], []
    for written in header:
        wire = nearly(written, kind, foreign)
        title = title_of(wire)
        if is_critical(wire):
            message = f'Nearly "{title}"; if it is that, name it so, else rename it or leave it out'
            faults.append(Fault(written, message, "misspelt_column"))
        elif wire:
            warnings.append(f'Column "{written}" is not read; it is nearly "{title}"')
    if faults:
        raise Invalid(faults=tuple(faults))
    return tuple(warnings[:WARNINGS_MAX])


def meant(header: Sequence[str], kind: Kind, wire: str, foreign: bool) -> str:
    """The heading that is near this column; None if there is none."""
    return next((each for each in header if nearly(each, kind, foreign, least=0) == wire), "")


def is_critical(wire: str) -> bool:
    """Whether a column names money, a currency, a key, or what makes an order no sale."""
    return is_id(wire) or is_amount(wire) or is_count(wire) or wire in ("Currency", "Status")


def is_known(written: str, kind: Kind) -> bool:
    """Whether a heading occurs in any file or download of ours, or in another network's files."""
    if plain(written) in _OURS:
        return True
    return any(field_of(written, each) for each in (kind, *_WITH_ITEMS))


def nearly(written: str, kind: Kind, foreign: bool = False, least: int = _LETTERS_MIN) -> str:
    """The column that a heading nobody knows may mean, by the API's name; nothing if none.

    Columns of fewer letters than `least` are near too many words.
    """
    if is_known(written, kind):
        return ""
    letters = _letters(written)
    for title, wire in _targets(kind, letters, foreign):
        if len(title) >= least and (letters == title or _one_edit(letters, title)):
            return wire
    return ""


def is_near(written: str, title: str) -> bool:
    """Whether a heading looks like this column, or is one edit off."""
    one, other = _letters(written), _letters(title)
    return one == other or _one_edit(one, other)


def _targets(kind: Kind, letters: str, foreign: bool) -> Iterator[tuple[str, str]]:
    for title, wire in LAYOUTS[kind].columns.items():
        yield _letters(title), wire
    if LAYOUTS[kind].has_items:
        runs = re.findall(r"\d+", letters)
        for run in {"".join(runs), *runs[-1:]}:
            number = run.lstrip("0") or "1"
            for part in ITEM_PARTS:
                yield f"{part.lower()}{number}", f"{part}{number}"
    for title, wire in LAYOUTS[kind].aliases.items() if foreign else ():
        if len(title) >= _ALIAS_LETTERS_MIN:
            yield _letters(title), wire


def _letters(heading: str) -> str:
    """The letters and digits of a heading as they look, without accents."""
    return "".join(filter(str.isalnum, normalize("NFKD", plain(heading)))).translate(_ALIKE)


def _one_edit(one: str, other: str) -> bool:
    """Whether one letter added, removed or changed, or a swap of two, turns one into the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    pairs: Iterable[tuple[int, tuple[str, str]]] = enumerate(zip(one, other, strict=False))
    at = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    rest, other_rest = one[at:], other[at:]
    return rest != other_rest and (
        rest[1:] == other_rest[1:]
        or rest[1:] == other_rest
        or rest == other_rest[1:]
        or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])
    )
