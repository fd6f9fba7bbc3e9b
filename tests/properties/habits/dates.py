"""What spreadsheets and people do to dates."""

from random import Random

from tests.properties.habits.sheets import Cell, Must, Role, Sheet, filled, strike
from tests.properties.habits.undamaged import OLD, RECENT

SPELLINGS = {
    RECENT: [
        *("2026-03-05 10:00:00 -0500", "2026-03-05 15:00:00 UTC", "2026-03-05 15:00:00 Z"),
        *("2026-03-05T15:00:00Z", "2026-03-05T10:00:00-0500", "2026-03-05T15:00:00+00:00"),
        *("2026-03-05T10:00:00", "2026-03-05 10:00:00", "2026-03-05 10:00:00-05:00"),
        *("2026-03-05T16:00:00+01:00", "2026-03-05 10:00:00 -05:00"),
    ],
    OLD: [
        *("2026-01-20 10:00:00 -0500", "2026-01-20 15:00:00 UTC", "2026-01-20 15:00:00 Z"),
        *("2026-01-20T15:00:00Z", "2026-01-20T10:00:00-0500", "2026-01-20T15:00:00+00:00"),
        *("2026-01-20T10:00:00", "2026-01-20 10:00:00", "2026-01-20 10:00:00-05:00"),
        *("2026-01-20T16:00:00+01:00", "2026-01-20 10:00:00 -05:00"),
    ],
}
OTHER_DATES = [
    *("03/05/2026", "05/03/2026 10:00", "5.3.2026", "05.03.2026 10:00", "3/5/26", "Mar 5, 2026"),
    *(
        "46086.4166666667",
        "46086",
        "46086,4167",
        "2026-03-05 10:00:00 EST",
        "00:00.0",
        "1.77273E+12",
    ),
    *(
        "2026-03-05 10:00:00 PST",
        "2026-02-30",
        "0000-00-00",
        "1900-01-00",
        "20260305",
        "2026/03/05",
    ),
    *("2026-03-05T10:00:00.000000-05:00", "2026-03-05T10:00", "1772722800", "2026-W10-4"),
]


def date_in_a_spelling(random: Random, sheet: Sheet) -> bool:
    def write(cell: Cell) -> tuple[str, Must]:
        return random.choice(SPELLINGS[cell.meant]), Must.SAME

    return strike(random, sheet, filled(sheet, Role.DATE), write)


def date_of_a_spreadsheet(random: Random, sheet: Sheet) -> bool:
    """Orders of 5 March, 10:00 in New York: that instant, or refused."""

    def write(cell: Cell) -> tuple[str, Must]:
        return random.choice(OTHER_DATES), Must.EITHER

    found = [each for each in filled(sheet, Role.DATE) if each[2].meant == RECENT]
    return strike(random, sheet, found, write)


HABITS = [
    date_in_a_spelling,
    date_of_a_spreadsheet,
]
