"""What spreadsheets and people do to amounts and quantities."""

from random import Random

from tests.properties.habits.sheets import Cell, Must, Role, Sheet, filled, strike


def grouped(digits: str, by: str, indian: bool = False) -> str:
    head, tail = digits[:-3], digits[-3:]
    size, parts = 2 if indian else 3, []
    while head:
        head, part = head[:-size], head[-size:]
        parts.insert(0, part)
    return by.join([*parts, tail])


STYLES: list[tuple[str, str, str, bool]] = [
    ("German", ".", ",", False),
    ("English", ",", ".", False),
    ("French", "\u202f", ",", False),
    ("French, no-break", "\xa0", ",", False),
    ("French, plain", " ", ",", False),
    ("Swiss", "'", ".", False),
    ("Swiss, curved", "\u2019", ".", False),
    ("Indian", ",", ".", True),
    ("no groups, comma", "", ",", False),
    ("no groups, point", "", ".", False),
]


def amount_in_a_style(random: Random, sheet: Sheet) -> bool:
    """The amount as some country writes it, with its cents: one reading."""
    _, by, mark, indian = random.choice(STYLES)

    def write(cell: Cell) -> tuple[str, Must]:
        whole, _, cents = cell.meant.partition(".")
        cell.mark = mark
        cents = cents or "00"
        if cents.endswith("0") and random.random() < 0.3:
            cents = cents[:-1]
        return f"{grouped(whole, by, indian)}{mark}{cents}", Must.SAME

    return strike(random, sheet, filled(sheet, Role.MONEY), write)


def amount_with_zeros(random: Random, sheet: Sheet) -> bool:
    """Zeros behind the cents; with three digits there are two readings, but for 0.500, 1234.500."""

    def write(cell: Cell) -> tuple[str, Must]:
        whole, _, cents = cell.meant.partition(".")
        mark = random.choice([".", ".", ","])
        decimals = cents.ljust(random.choice([3, 4, 5]), "0")
        two = len(decimals) == 3 and len(whole) <= 3 and not whole.startswith("0")
        cell.mark = "" if two else mark
        return f"{whole}{mark}{decimals}", Must.REFUSED if two else Must.SAME

    return strike(random, sheet, filled(sheet, Role.MONEY), write)


def amount_with_two_readings(random: Random, sheet: Sheet) -> bool:
    """Thousands behind one lone mark."""

    def write(cell: Cell) -> tuple[str, Must]:
        whole = cell.meant.partition(".")[0]
        cell.mark = ""
        return f"{whole[:-3]}{random.choice('.,')}{whole[-3:]}", Must.REFUSED

    found = [each for each in filled(sheet, Role.MONEY) if each[2].meant in {"1234.00", "2000.00"}]
    return strike(random, sheet, found, write)


def amount_grouped_whole(random: Random, sheet: Sheet) -> bool:
    """Whole thousands with a space or an apostrophe, neither of which is ever a decimal mark, or
    millions with a mark that stands twice.
    """

    def write(cell: Cell) -> tuple[str, Must]:
        whole = cell.meant.partition(".")[0]
        by = random.choice(
            ["\u202f", "\xa0", " ", "'", "\u2019", *(".,.," if len(whole) > 6 else "")]
        )
        cell.mark = {".": ",", ",": "."}.get(by, "")
        return grouped(whole, by), Must.SAME

    found = [each for each in filled(sheet, Role.MONEY) if each[2].meant.endswith("000.00")]
    return strike(random, sheet, found, write)


def amount_as_shown(random: Random, sheet: Sheet) -> bool:
    """With a sign of its currency, an exponent, wide digits: the guide says nothing of these."""

    def write(cell: Cell) -> tuple[str, Must]:
        meant = cell.meant
        cell.mark = ""
        return (
            random.choice(
                [
                    *(f"${meant}", f"{meant} $", f"USD {meant}", f"{meant} USD", f"US${meant}"),
                    *(f"{float(meant):.2E}", f"{float(meant):.1E}".replace(".", ",")),
                    *(f"+{meant}", f"{meant}-", f"({meant})", f"{meant}%", f"'{meant}"),
                    "".join(chr(ord(each) + 0xFEE0) for each in meant),
                    meant.replace(".", "·"),
                    meant.replace(".", "\u066b"),
                    random.choice(["NULL", "N/A", "nan", "-", "—", "."]),
                ]
            ),
            Must.EITHER,
        )

    return strike(random, sheet, filled(sheet, Role.MONEY), write)


def quantity_with_zeros(random: Random, sheet: Sheet) -> bool:
    def write(cell: Cell) -> tuple[str, Must]:
        shape = random.choice([".0000", ".0000", ".0", ".00", ",0", ".000", ",000"])
        return cell.meant + shape, Must.SAME if shape == ".0000" else Must.EITHER

    return strike(random, sheet, filled(sheet, Role.COUNT), write)


def number_beyond_measure(random: Random, sheet: Sheet) -> bool:
    def write(cell: Cell) -> tuple[str, Must]:
        cell.mark = ""
        return random.choice(["9" * 16, "9" * 30, "9" * 400, "9" * 5000, "1e400"]), Must.REFUSED

    found = filled(sheet, Role.MONEY, Role.COUNT, Role.OURS, Role.DATE)
    return strike(random, sheet, [each for each in found if not sheet.has_beside(each[1])], write)


def digits_of_another_script(random: Random, sheet: Sheet) -> bool:
    """Digits of Arabic, Hindi and others, wide ones and raised ones: the same number, or none."""

    def write(cell: Cell) -> tuple[str, Must]:
        cell.mark = ""
        zero = random.choice("\u0660\u06f0\u0966\uff10\u2070\u2080\U0001d7ce")
        some = [each if random.random() < 0.5 else "0" for each in "0123456789"]
        digits = {each: chr(ord(zero) + int(each)) for each in "0123456789" if each in some}
        return "".join(digits.get(each, each) for each in cell.meant), Must.EITHER

    found = filled(sheet, Role.MONEY, Role.COUNT, Role.OURS, Role.DATE)
    return strike(random, sheet, found, write)


HABITS = [
    amount_in_a_style,
    amount_with_zeros,
    amount_with_two_readings,
    amount_grouped_whole,
    amount_as_shown,
    quantity_with_zeros,
    number_beyond_measure,
    digits_of_another_script,
]
