"""Texts that look the same are the same, or are refused."""

import unicodedata

import pytest
from makegood.domain import texts
from makegood.domain.problems import Malformed

FORMATS = [chr(each) for each in range(0x110000) if unicodedata.category(chr(each)) == "Cf"]
IGNORABLE = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180f\u3164\ufe00\ufe0f\uffa0"
    "\U000e0001\U000e0041\U000e0100\U000e01ef"
)
SPACES = "\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u2800\u3000"
CONTROLS = "\x00\x07\t\n\r\x1f\x7f\x85\x9f"
ODD = [*FORMATS, *IGNORABLE, *SPACES, *CONTROLS]


@pytest.mark.parametrize("odd", [f"U+{ord(each):04X}" for each in ODD])
def test_what_cannot_be_seen_is_taken_off_the_ends_and_refused_inside(odd: str) -> None:
    character = chr(int(odd[2:], 16))
    assert texts.one_line(f"{character}CD1 {character}{character}", 100) == "CD1"
    with pytest.raises(Malformed) as refused:
        texts.one_line(f"CD{character}1", 100)
    assert refused.value.code == "bad_characters"
    assert odd in refused.value.message


def test_a_broken_character_is_refused_wherever_it_stands() -> None:
    for text in ("CD\ud800", "\udfffCD", "C\uffffD"):
        for read in (texts.one_line, texts.several_lines):
            with pytest.raises(Malformed, match="broken character"):
                read(text, 100)


def test_ends_are_looked_at_once_however_much_is_odd() -> None:
    odd = "\u200b" * 200_000
    assert texts.trimmed(f"{odd}a{odd}b{odd}") == f"a{odd}b"
    assert texts.trimmed(odd) == texts.several_lines(odd, 10) == ""


def test_a_joiner_at_the_end_of_a_name_is_part_of_it() -> None:
    name = "\u0d30\u0d3e\u0d1c\u0d28\u0d4d\u200d"
    assert texts.one_line(f"\u200d{name} \u200b", 100, joiners=True) == name


def test_words_are_the_same_whatever_their_case_and_accents() -> None:
    assert texts.caseless("MU\u0308LLER\xa0") == texts.caseless("m\xfcller") == "m\xfcller"
    assert texts.caseless("STRASSE") == texts.caseless("stra\xdfe")


def test_what_cannot_be_seen_is_told_by_its_code() -> None:
    assert texts.visible("CD1\u200b") == "CD1<U+200B>"
    assert texts.visible("Mu\u0308ller") == "Mu<U+0308>ller"
    assert texts.visible("M\xfcller 1") == "M\xfcller 1"


def test_two_ways_to_write_a_letter_are_one_text() -> None:
    assert texts.one_line("Mu\u0308ller", 100) == texts.one_line("M\xfcller", 100) == "M\xfcller"


def test_joiners_stay_in_names_of_people_and_in_notes() -> None:
    name = "\u0dc1\u0dca\u200d\u0dbb\u0dd3"
    assert texts.one_line(name, 100, joiners=True) == name
    assert texts.several_lines(f"{name}\nsecond line", 100) == f"{name}\nsecond line"
    with pytest.raises(Malformed):
        texts.one_line(name, 100)


def test_an_ordinary_text_is_as_it_is() -> None:
    for text in ("#1001", "219E01", "1E5", "A-1 b", "\xc5ngstr\xf6m", "\u6ce8\u6587 7"):
        assert texts.one_line(text, 100) == text


def test_a_text_may_have_just_so_many_characters() -> None:
    assert len(texts.one_line("x" * 100, 100)) == 100
    with pytest.raises(Malformed) as refused:
        texts.one_line("x" * 101, 100)
    assert refused.value.code == "too_long"


def test_headings_are_the_same_whatever_cannot_be_seen_in_them() -> None:
    written = (
        "Final Payout",
        "final\xa0payout",
        "\ufeff\ufeffFINAL\u3000PAYOUT\u200b",
        "Final\nPayout ",
    )
    assert {texts.folded(each) for each in written} == {"final payout"}
    assert texts.folded("\uff29\uff44") == "id"
