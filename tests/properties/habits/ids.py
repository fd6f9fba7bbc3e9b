"""What spreadsheets make of ids: numbers, errors, formulas; and of other cells, too."""

from random import Random

from tests.properties.habits.amounts import grouped
from tests.properties.habits.sheets import (
    IDS,
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

ERRORS = [
    *("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"),
    *("#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#ÜBERLAUF!", "#NOM?", "#VALEUR!", "#NOMBRE!", "#NUL!"),
    *("#N/D", "#¡REF!", "#¿NOMBRE?", "#¡VALOR!", "#¡DIV/0!", "#RIF!", "#NOME?", "#VALORE!"),
    *("#N/B", "#VERW!", "#NAAM?", "#WAARDE!", "#GETAL!", "#DEEL/0!", "#N/D!", "#ADR!", "#NAZWA?"),
    *("#ARG!", "#LICZBA!", "#SAKNAS!", "#REFERENS!", "#NAMN?", "#I/T", "#NAVN?", "#VÆRDI!"),
    *("#PUUTTUU!", "#VIITTAUS!", "#ARVO!", "#ODKAZ!", "#NÁZEV?", "#HIV!", "#ÉRTÉK!", "#HIÁNYZIK"),
    *(
        "#\u041d/\u0414",
        "#ССЫЛКА!",
        "#ИМЯ?",
        "#ЗНАЧ!",
        "#ДЕЛ/0!",
        "#YOK",
        "#BAŞV!",
        "#AD?",
        "#DEĞER!",
    ),
    *("#DEĞER!", "#ERROR!", "#GETTING_DATA", "Err:502", "Err:508", "#########", "#n/a", "#ref!"),
]


def whole_number(cell: Cell) -> bool:
    return cell.meant.isascii() and cell.meant.isdigit() and len(cell.meant) > 3


def id_as_a_number(random: Random, sheet: Sheet) -> bool:
    """An exponent with a mantissa point, or `.0`: refused, but for our id beside its text."""

    def write(cell: Cell) -> tuple[str, Must]:
        digits = cell.meant.lstrip("0")
        exponent = len(digits) - 1
        mantissa = f"{digits[0]}.{digits[1:6]}".ljust(4, "0")
        full = f"{digits[0]}.{digits[1:15]}"
        plain = f"{mantissa}E+{exponent:02}"
        written = random.choice(
            [
                *(plain, plain.replace(".", ","), plain.lower(), f"{mantissa}E+{exponent:03}"),
                *(f"{mantissa}E{exponent}", f"{full}E+{exponent:02}", f"{digits[0]}.E+{exponent}"),
                *(f"{digits}.0", f"{digits}.00", f"{digits}.000000", f"{digits},0", f"{digits}."),
                *(f" {plain}", f"{digits}.0 ", f"{digits},0", f"{digits},00", f"{digits},000"),
            ]
        )
        return written, Must.REFUSED

    found = [
        (row, name, cell)
        for row, name, cell in filled(sheet, *IDS)
        if whole_number(cell) and not sheet.has_beside(name)
    ]
    return strike(random, sheet, found, write)


def id_that_came_back(random: Random, sheet: Sheet) -> bool:
    """Beside `Inquiry` every spelling is recognised or refused."""

    def write(cell: Cell) -> tuple[str, Must]:
        number, digits = int(cell.meant), cell.meant
        rounded, groups = f"{number:.5E}", f"{number:,}"
        at, unseen = random.randrange(1, len(digits)), random.choice([*UNSEEN, *ODD_SPACES])
        written = [
            *(rounded, rounded.replace("+", "+0"), rounded.replace(".", ","), rounded.lower()),
            *(f"{number:.14E}", f"{number:.2E}", f"{number:.0E}", f"{digits}.0", f"{digits}.00"),
            *(groups, groups.replace(",", "."), groups.replace(",", " ")),
            *(f"{number // 10}0", f"{digits[:15]}0", f"'{digits}", f"#{digits}", f"={digits}"),
            *(f'="{digits}"', f"{digits[:at]}{unseen}{digits[at:]}"),
        ]
        return random.choice(written), Must.EITHER

    found = [each for each in filled(sheet, Role.OURS) if sheet.has_beside(each[1])]
    return strike(random, sheet, found, write)


def id_of_another_row(random: Random, sheet: Sheet) -> bool:
    """One column was sorted or dragged alone: the id is another's, or a little more.

    One that ends in a zero could be the same id, rounded to fifteen digits.
    """
    ids = [row["Id"].meant for row in sheet.rows if "Id" in row]

    def write(cell: Cell) -> tuple[str, Must]:
        more = [str(int(cell.meant) + 1), str(int(cell.meant) + 2)]
        return random.choice([*ids, *(each for each in more if each[-1] != "0")]), Must.REFUSED

    beside = sheet.heads.get("Inquiry", Cell(""))
    found = [each for each in filled(sheet, Role.OURS) if sheet.has_beside(each[1])]
    if beside.must is Must.TOLD or not strike(random, sheet, found, write):
        return False
    for row in sheet.rows:
        row["Inquiry"].habit = row["Inquiry"].habit or sheet.habit
    return True


def own_id_grouped(random: Random, sheet: Sheet) -> bool:
    """Ids of ours with thousands grouped: the same id, or none."""

    def write(cell: Cell) -> tuple[str, Must]:
        return grouped(cell.meant, random.choice([",", ".", " ", "\xa0", "'"])), Must.EITHER

    found = [each for each in filled(sheet, Role.OURS) if whole_number(each[2])]
    return strike(random, sheet, found, write)


def lost_zeros(random: Random, sheet: Sheet) -> bool:
    """Leading zeros are gone that the shop's own column still shows; four digits are left, for of
    fewer nothing is told.
    """

    def write(cell: Cell) -> tuple[str, Must]:
        return cell.meant.lstrip("0"), Must.REFUSED

    found = [
        (row, name, cell)
        for row, name, cell in filled(sheet, Role.KEY)
        if cell.meant[0] == "0" and len(cell.meant.lstrip("0")) > 3
        if row.get("Shop Order", Cell("")).written == cell.meant
    ]
    return strike(random, sheet, found, write)


def apostrophe(random: Random, sheet: Sheet) -> bool:
    def write(cell: Cell) -> tuple[str, Must]:
        return f"'{cell.meant}", Must.SAME

    found = [each for each in filled(sheet, *IDS) if each[2].meant.isdigit()]
    return strike(random, sheet, found, write)


def error_of_a_formula(random: Random, sheet: Sheet) -> bool:
    def write(cell: Cell) -> tuple[str, Must]:
        cell.mark = ""
        return random.choice(ERRORS), Must.REFUSED

    roles = [*IDS, Role.MONEY, Role.DATE, Role.COUNT]
    return strike(random, sheet, cells(sheet, *roles), write)


def error_elsewhere(random: Random, sheet: Sheet) -> bool:
    """As a name it may be a text like any other; it is no word of ours."""

    def write(cell: Cell) -> tuple[str, Must]:
        return random.choice(ERRORS), Must.EITHER

    return strike(random, sheet, filled(sheet, Role.WORD, Role.REASON, Role.NAME), write)


FORMULAS = [
    *("=1+1", "=A1", '=HYPERLINK("x";"y")', '="0012345"', "=", "@SUM(A1)", "@a", "+A1", "-B2+1"),
    *("+cmd|' /C calc'!A0", "-1+1", "--1", " =1+1", "\t=1+1", "\u200b=1+1", "\xa0@a"),
]


def formula(random: Random, sheet: Sheet) -> bool:
    """Whatever the column is, and whether or not the row would read it."""

    def write(cell: Cell) -> tuple[str, Must]:
        cell.mark = ""
        return random.choice(FORMULAS), Must.REFUSED

    return strike(random, sheet, cells(sheet, *Role), write, anywhere=True)


def error_in_their_column(random: Random, sheet: Sheet) -> bool:
    def write(cell: Cell) -> tuple[str, Must]:
        return random.choice([*ERRORS, "1.6E+13", "a\u200bb", "1.500", "0\xa0"]), Must.SAME

    return strike(random, sheet, cells(sheet, Role.OTHER), write)


HABITS = [
    id_as_a_number,
    id_that_came_back,
    id_of_another_row,
    own_id_grouped,
    lost_zeros,
    apostrophe,
    error_of_a_formula,
    error_elsewhere,
    error_in_their_column,
    formula,
]
