"""What spreadsheets and people do to texts: what cannot be seen, spaces, dashes, cases."""

import unicodedata
from random import Random

from tests.properties.habits.sheets import (
    CONTROLS,
    IDS,
    JOINERS,
    ODD_SPACES,
    UNSEEN,
    Cell,
    Must,
    Role,
    Sheet,
    cells,
    filled,
    strike,
)


def unseen_inside(random: Random, sheet: Sheet) -> bool:
    """What cannot be seen within an id, a code or a name: refused."""

    def write(cell: Cell) -> tuple[str, Must]:
        at = random.randrange(1, len(cell.meant))
        unseen = random.choice([*UNSEEN, *CONTROLS, *ODD_SPACES])
        return cell.meant[:at] + unseen + cell.meant[at:], Must.REFUSED

    found = [
        (row, name, cell)
        for row, name, cell in filled(sheet, *IDS, Role.NAME)
        if len(cell.meant) > 1 and not sheet.has_beside(name)
    ]
    return strike(random, sheet, found, write)


def unseen_inside_values(random: Random, sheet: Sheet) -> bool:
    """The same within amounts, dates and words; the guide leaves open which of them are read."""
    roles = Role.MONEY, Role.DATE, Role.WORD, Role.REASON, Role.COUNT

    def write(cell: Cell) -> tuple[str, Must]:
        at = random.randrange(1, len(cell.meant))
        cell.mark = ""
        unseen = random.choice([*UNSEEN, *CONTROLS, *ODD_SPACES])
        return cell.meant[:at] + unseen + cell.meant[at:], Must.EITHER

    found = [each for each in filled(sheet, *roles) if len(each[2].meant) > 1]
    return strike(random, sheet, found, write)


def unseen_at_the_ends(random: Random, sheet: Sheet) -> bool:
    """Nothing visible changes: the cell is the same, and blank where nothing else stands in it."""

    def write(cell: Cell) -> tuple[str, Must]:
        some = [*UNSEEN, *ODD_SPACES, *ODD_SPACES, *CONTROLS, " ", "\n"]
        head, tail = ("".join(random.choices(some, k=random.randrange(3))) for _ in range(2))
        return head + cell.meant + tail, Must.SAME

    roles = [*IDS, Role.MONEY, Role.DATE, Role.WORD, Role.REASON, Role.COUNT, Role.NAME]
    return strike(random, sheet, cells(sheet, *roles), write)


def joiner_in_notes(random: Random, sheet: Sheet) -> bool:
    def write(cell: Cell) -> tuple[str, Must]:
        cell.meant = f"می{random.choice(JOINERS)}خواهم {cell.meant}"
        return unicodedata.normalize("NFC", cell.meant) + " ", Must.SAME

    found = [each for each in cells(sheet, Role.NOTES) if sheet.matters(*each[:2])]
    return strike(random, sheet, found, write)


def decomposed(random: Random, sheet: Sheet) -> bool:
    def write(cell: Cell) -> tuple[str, Must]:
        return unicodedata.normalize("NFD", cell.meant), Must.SAME

    roles = Role.KEY, Role.NAME, Role.OTHER
    found = [each for each in filled(sheet, *roles) if not each[2].meant.isascii()]
    return strike(random, sheet, found, write)


def odd_space_for_a_space(random: Random, sheet: Sheet) -> bool:
    def write(cell: Cell) -> tuple[str, Must]:
        return cell.meant.replace(" ", random.choice(ODD_SPACES)), Must.EITHER

    roles = Role.KEY, Role.NAME, Role.REASON
    found = [each for each in filled(sheet, *roles) if " " in each[2].meant]
    return strike(random, sheet, found, write)


def dash_in_a_reason(random: Random, sheet: Sheet) -> bool:
    def write(cell: Cell) -> tuple[str, Must]:
        dash, must = random.choice(
            [("\u2013", Must.SAME), ("\u2014", Must.EITHER), ("\u2212", Must.EITHER)]
        )
        return cell.meant.replace(" - ", f" {dash} "), must

    found = [each for each in filled(sheet, Role.REASON) if " - " in each[2].meant]
    return strike(random, sheet, found, write)


def without_the(random: Random, sheet: Sheet) -> bool:
    def write(cell: Cell) -> tuple[str, Must]:
        return cell.meant.replace(" the sale", " sale"), Must.SAME

    found = [each for each in filled(sheet, Role.REASON) if " the sale" in each[2].meant]
    return strike(random, sheet, found, write)


def word_in_another_case(random: Random, sheet: Sheet) -> bool:
    """Only the statuses of resolutions are said to be of any case."""

    def write(cell: Cell) -> tuple[str, Must]:
        any_case = cell.meant in {"VALID", "DECLINED", "INCOMPLETE"}
        written = random.choice([cell.meant.lower(), cell.meant.title()])
        return written, Must.SAME if any_case else Must.EITHER

    found = [each for each in filled(sheet, Role.WORD) if each[2].meant != "NEW"]
    return strike(random, sheet, found, write)


def nobody(random: Random, sheet: Sheet) -> bool:
    def write(cell: Cell) -> tuple[str, Must]:
        return random.choice(["NULL", "N/A", "n/a"]), Must.SAME

    found = [each for each in cells(sheet, Role.CUSTOMER) if not each[2].meant]
    return strike(random, sheet, found, write)


HABITS = [
    unseen_inside,
    unseen_inside_values,
    unseen_at_the_ends,
    joiner_in_notes,
    decomposed,
    odd_space_for_a_space,
    dash_in_a_reason,
    without_the,
    word_in_another_case,
    nobody,
]
