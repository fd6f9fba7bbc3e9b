"""Texts that people and spreadsheets send: two that look the same are the same, or are refused.

A text of one line is kept in NFC. What cannot be seen (format characters, joiners, variation
selectors, fillers), spaces that are not the plain one, and controls are taken off its ends, where
nothing visible changes, and refused anywhere else: they would make another order, customer or
reference of what looks like the first.

Patterns are compiled where they are first used, and kept by `re`; most texts are plain ASCII.
"""

import re
from unicodedata import normalize

from makegood.problems import Malformed

_CONTROL = r"\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
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
_NOTES_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"


def one_line(text: str, most: int, joiners: bool = False) -> str:
    """The text in NFC without odd ends, at most `most` characters; raises `Malformed`.

    `joiners` lets ZWJ and ZWNJ stand inside, which names of people need in some scripts.
    """
    text = trimmed(text)
    if len(text) > most:
        raise Malformed("too_long", f"At most {most} characters; shorten it")
    if text.isascii() and text.isprintable():
        return text
    found = re.search(f"[{_ODD}{'' if joiners else _JOINER}]", text)
    if found:
        raise Malformed("bad_characters", f"Holds {_told(text, found.start())}; leave it out")
    return normalize("NFC", text)


def several_lines(text: str, most: int) -> str:
    """Text that may hold line breaks and tabs, in NFC; raises `Malformed`."""
    text = text.strip()
    if len(text) > most:
        raise Malformed("too_long", f"At most {most:,} characters; shorten it")
    found = re.search(_NOTES_CONTROL, text)
    if found:
        raise Malformed("bad_characters", f"Holds {_told(text, found.start())}; leave it out")
    return text if text.isascii() else normalize("NFC", text)


def trimmed(text: str) -> str:
    """The text without what cannot be seen at its ends."""
    text = text.strip()
    if text.isascii() and text.isprintable():
        return text
    return re.sub(f"^[ {_ODD}{_JOINER}]+|[ {_ODD}{_JOINER}]+$", "", text)


def folded(text: str) -> str:
    """What two spellings of a heading share: compatibility forms, case, spaces, nothing unseen."""
    if not text.isascii():
        text = re.sub(f"[{_INVISIBLE}{_JOINER}]", "", normalize("NFKC", text))
    return " ".join(re.sub(f"[{_CONTROL}{_SPACE}]", " ", text).split()).casefold()


def _told(text: str, at: int) -> str:
    """The character at a place, for a message: its code point, and what it stands behind."""
    kind = "a control character" if re.match(f"[{_CONTROL}]", text[at]) else "an odd space"
    if re.match(f"[{_INVISIBLE}{_JOINER}]", text[at]):
        kind = "an invisible character"
    before = text[max(0, at - 20) : at]
    return f'{kind} (U+{ord(text[at]):04X}) behind "{before}"' if before else f"{kind} in front"
