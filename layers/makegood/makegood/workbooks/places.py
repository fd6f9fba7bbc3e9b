"""The names of columns: `A` to `Z`, then `AA` and on."""


def column_of(letters: str) -> int:
    """The place of a column from 0: `A` is 0, `AA` is 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def letters_of(column: int) -> str:
    """The name of the column in that place."""
    name, left = "", column + 1
    while left:
        left, at = divmod(left - 1, 26)
        name = chr(65 + at) + name
    return name
