"""Texts that people and spreadsheets send: two that look the same are the same, or are refused.

A text of one line is kept in NFC. What cannot be seen (format characters, joiners, variation
selectors, fillers), spaces that are not the plain one, and controls are taken off its ends, where
nothing visible changes, and refused anywhere else: they would make another order, customer or
reference of what looks like the first.

Patterns are compiled where they are first used, and kept by `re`; most texts are plain ASCII.
"""

import re
from unicodedata import normalize

from makegood.domain.problems import Malformed

_CONTROL = r"\x00-\x1f\x7f-\x9f"
_BROKEN = r"\ud800-\udfff\ufffe\uffff"
"""Halves of characters, and what is none: a text with them is damaged, wherever they stand."""

_SPACE = r"\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000"
_JOINER = r"\u200c\u200d"
_INVISIBLE = (
    r"\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    r"\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Unicode's format characters (Cf) and default-ignorable code points, without the two joiners."""

_ODD = _CONTROL + _SPACE + _INVISIBLE
_NOTES_CONTROL = rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_BROKEN}]"


def one_line(text: str, most: int, joiners: bool = False) -> str:
    """The text in NFC without odd ends, at most `most` characters; raises `Malformed`.

    `joiners` lets ZWJ and ZWNJ stand inside and behind, as names of people need in some scripts.
    """
    text = trimmed(text, joiners)
    if not (text.isascii() and text.isprintable()):
        _check(text, f"[{_ODD}{_BROKEN}{'' if joiners else _JOINER}]")
        text = normalize("NFC", text)
    if len(text) > most:
        raise Malformed("too_long", f"At most {most:,} characters; shorten it")
    return text


def several_lines(text: str, most: int) -> str:
    """Text that may hold line breaks, tabs and joiners, in NFC; raises `Malformed`.

    One in which there is nothing to see is blank.
    """
    text = text.strip() if trimmed(text) else ""
    _check(text, _NOTES_CONTROL)
    if not text.isascii():
        text = normalize("NFC", text)
    if len(text) > most:
        raise Malformed("too_long", f"At most {most:,} characters; shorten it")
    return text


def _check(text: str, odd: str) -> None:
    found = re.search(odd, text)
    if found:
        raise Malformed("bad_characters", f"Holds {_told(text, found.start())}; leave it out")


def trimmed(text: str, joiners: bool = False) -> str:
    """The text without what cannot be seen at its ends; `joiners` may stay at the end of a word."""
    text = text.strip()
    if text.isascii() and text.isprintable():
        return text
    start = _odd_length(text, _JOINER)
    end = len(text) - _odd_length(text[::-1], "" if joiners else _JOINER)
    return text[start:end]


def _odd_length(text: str, more: str) -> int:
    """How many characters at the beginning cannot be seen, `more` counted among them."""
    found = re.match(f"[ {_ODD}{more}]*", text)
    return found.end() if found else 0


def caseless(text: str) -> str:
    """What two spellings of a word share: case, ends that cannot be seen, and how accents are
    written.
    """
    text = trimmed(text)
    if text.isascii():
        return text.casefold()
    return normalize("NFC", normalize("NFC", text).casefold())


def lookalike(text: str) -> str:
    """The one-line text of today that looks the same: nothing unseen, plain spaces, NFC."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = re.sub(f"[{_INVISIBLE}{_JOINER}{_BROKEN}]", "", text)
    return normalize("NFC", re.sub(f"[{_CONTROL}{_SPACE}]", " ", text).strip())


def visible(text: str) -> str:
    """The text with everything in it that cannot be seen, and every accent on its own, as a code
    like `<U+200B>`.
    """
    hidden = rf"[{_ODD}{_BROKEN}{_JOINER}\u0300-\u036f]"
    return re.sub(hidden, lambda match: f"<U+{ord(match.group()):04X}>", text)


def folded(text: str) -> str:
    """What two spellings of a heading share: compatibility forms, case, spaces, nothing unseen."""
    if not text.isascii():
        text = re.sub(f"[{_INVISIBLE}{_JOINER}]", "", normalize("NFKC", text))
    return " ".join(re.sub(f"[{_CONTROL}{_SPACE}]", " ", text).split()).casefold()


def _told(text: str, at: int) -> str:
    """The character at a place, for a message: its code point, and what it stands behind."""
    kind = "an odd space"
    for told, characters in (
        ("a control character", _CONTROL),
        ("a broken character", _BROKEN),
        ("an invisible character", _INVISIBLE + _JOINER),
    ):
        if re.match(f"[{characters}]", text[at]):
            kind = told
    before = text[max(0, at - 20) : at]
    return f'{kind} (U+{ord(text[at]):04X}) behind "{before}"' if before else f"{kind} in front"


def ending_a_path(text: str) -> str:
    """A text as the last part of a path, before it is quoted. What ends in `.json` gets that twice,
    since it is taken off the end of any path once.
    """
    return f"{text}.json" if text.lower().endswith(".json") else text
