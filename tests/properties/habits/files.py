"""What spreadsheets and people do to headers, and to files as a whole."""

from random import Random

from makegood.domain.uploads import Kind

from tests.properties.habits.sheets import IDS, UNSEEN, Cell, Must, Role, Sheet

WHITE = [
    *("\xa0", "  ", "\t", "\u2003", "\u3000", "\u202f", "_", "-", " \u200b", "\u2028", "\x85"),
    *("\n", "\r\n", " \n", "\n\n", "\u2009 ", ""),
]
OF_OTHERS = {"enquiryid"}
"""Words of other networks beside one of ours: nothing is told of them."""

OTHER_WORDS = {
    "Inquiry Id": ["enquiry_id", "UniqueId"],
    "Campaign Id": ["merchant_id", "MID", "advertiser_id"],
    "Order Id": ["reference"],
    "Sale Amount": ["amount", "Order Amount", "SaleValue"],
    "Transaction Date": ["date", "Order Date"],
    "Expected Payout": ["commission"],
    "Customer Id": ["customer_reference", "Member ID", "sid"],
    "Notes": ["description", "Comments", "inquiry"],
}
"""What other networks call columns of inquiries."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def heads(sheet: Sheet) -> list[Cell]:
    """The headings of ours that nothing has struck."""
    return [
        head
        for name, head in sheet.heads.items()
        if not head.habit and sheet.roles[name] is not Role.OTHER
    ]


def untouched(sheet: Sheet, head: Cell) -> bool:
    return not any(row[head.meant].habit for row in sheet.rows)


def respell(sheet: Sheet, written: str, head: Cell) -> bool:
    if written == head.meant:
        return False
    head.become(written, Must.SAME, sheet.habit)
    return True


def heading_case(random: Random, sheet: Sheet) -> bool:
    head = random.choice(heads(sheet))
    ways = [head.meant.upper(), head.meant.lower(), head.meant.swapcase()]
    return respell(sheet, random.choice(ways), head)


def heading_white_space(random: Random, sheet: Sheet) -> bool:
    """Any white space, line breaks, hyphens, underscores; in the middle and around."""
    head = random.choice(heads(sheet))
    around = [*WHITE, "", "", ""]
    inner = head.meant.replace(" ", random.choice(WHITE))
    written = random.choice(around) + inner + random.choice(around)
    return respell(sheet, written, head)


def heading_unseen(random: Random, sheet: Sheet) -> bool:
    head = random.choice(heads(sheet))
    at = random.randrange(len(head.meant) + 1)
    if " " in head.meant and random.random() < 0.5:
        at = head.meant.index(" ")
    unseen = random.choice(UNSEEN)
    written = head.meant[:at] + unseen + head.meant[at:]
    return respell(sheet, written, head)


def heading_compatibility(random: Random, sheet: Sheet) -> bool:
    """Wide letters, ligatures, and the letters of mathematics and circles."""
    head = random.choice(heads(sheet))
    way = random.randrange(4)
    written = ""
    for each in head.meant:
        if way == 0 and "!" <= each <= "~":
            written += chr(ord(each) + 0xFEE0)
        elif way == 1 and each in LETTERS:
            written += chr(0x1D41A + LETTERS.index(each))
        elif way == 2 and each in LETTERS:
            written += chr(0x24D0 + LETTERS.index(each))
        else:
            written += each
    if way == 3:
        written = written.replace("fi", "\ufb01").replace("st", "\ufb06").replace("Fi", "\ufb01")
    return respell(sheet, written, head)


def edited(random: Random, text: str) -> str:
    """One letter more, less, or another."""
    at = random.choice([at for at, each in enumerate(text) if each.isalpha()])
    letter = random.choice(LETTERS)
    return random.choice(
        [
            text[:at] + text[at + 1 :],
            text[:at] + letter + text[at:],
            text[:at] + letter + text[at + 1 :],
        ]
    )


def weight(sheet: Sheet, name: str) -> Must:
    """What comes of a heading near this one: money, currency, counts and keys fail the file."""
    role = sheet.roles[name]
    if name in sheet.needed_by_all or role in IDS | {Role.MONEY, Role.COUNT}:
        return Must.REFUSED
    return Must.EITHER if role is Role.BESIDE else Must.TOLD


def heading_nearly_ours(random: Random, sheet: Sheet) -> bool:
    """One letter off. Where it is passed over, its column is as one of theirs."""
    found = [head for head in heads(sheet) if untouched(sheet, head)]
    if not found:
        return False
    head = random.choice(found)
    name, written = head.meant, edited(random, head.meant)
    if any(_folded(each) == _folded(written) for each in sheet.roles):
        return False
    if _folded(written) in OF_OTHERS:
        return False
    sheet.must[sheet.habit] = weight(sheet, name)
    head.become(written, Must.TOLD, sheet.habit)
    head.meant = "Nothing Of Ours"
    return True


def words_of_another_network(random: Random, sheet: Sheet) -> bool:
    """The same columns, one at least that every file must have. Such a file must say its currency,
    and its dates their offset: nothing else strikes those.
    """
    needed = [name for name in OTHER_WORDS if name in sheet.needed and not sheet.heads[name].habit]
    titles = {"Currency", "Transaction Date"} & set(sheet.roles)
    said = [row[name] for row in sheet.rows for name in titles]
    if sheet.kind is not Kind.INQUIRIES or not needed:
        return False
    if not all(cell.written and not cell.habit for cell in said):
        return False
    sure = random.choice(needed)
    for head in heads(sheet):
        if head.meant == sure or (head.meant in OTHER_WORDS and random.random() < 0.5):
            respell(sheet, random.choice(OTHER_WORDS[head.meant]), head)
    for cell in said:
        cell.habit = sheet.habit
    if "Currency" not in titles:
        sheet.must[sheet.habit] = Must.REFUSED
    return True


def _folded(text: str) -> str:
    return text.casefold().replace(" ", "")


def columns_in_another_order(random: Random, sheet: Sheet) -> bool:
    random.shuffle(sheet.order)
    return True


def blank_rows(random: Random, sheet: Sheet) -> bool:
    """Before the header, between rows and at the end."""
    at = random.choice([0, random.randrange(1, len(sheet.rows) + 2)])
    width = len(sheet.order)
    nothing = ["", "\0" * (width - 1), " ", "\0 " * (width - 1), '""\0""', "\xa0\0\xa0", "\0" * 30]
    sheet.blanks.setdefault(at, []).extend(random.choices(nothing, k=random.randint(1, 3)))
    return True


def blank_columns(random: Random, sheet: Sheet) -> bool:
    """Beyond the header, or with a blank heading: nothing that can be seen."""
    sheet.blank_cells = random.choices(["", "", " ", "\xa0", "\u200b"], k=random.randint(1, 5))
    sheet.blank_heads = random.random() < 0.5
    return True


def blank_ends_dropped(random: Random, sheet: Sheet) -> bool:
    sheet.drops_blank_ends = True
    return True


def another_separator(random: Random, sheet: Sheet) -> bool:
    sheet.separator = random.choice([";", ";", ";", "\t", "|"])
    if sheet.separator == "|":
        sheet.must[sheet.habit] = Must.EITHER
    return True


def separator_said(random: Random, sheet: Sheet) -> bool:
    sheet.says_separator = True
    return True


def another_line_end(random: Random, sheet: Sheet) -> bool:
    sheet.newline = random.choice(["\n", "\n", "\n", "\r"])
    if sheet.newline == "\r":
        sheet.must[sheet.habit] = Must.EITHER
    return True


def everything_quoted(random: Random, sheet: Sheet) -> bool:
    sheet.quotes_all = True
    return True


def byte_order_marks(random: Random, sheet: Sheet) -> bool:
    sheet.byte_order_marks = random.randint(1, 3)
    return True


def packed(random: Random, sheet: Sheet) -> bool:
    sheet.packed = True
    return True


def another_encoding(random: Random, sheet: Sheet) -> bool:
    sheet.encoding = random.choice(["utf-16", "cp1252", "utf-16-le"])
    sheet.must[sheet.habit] = Must.EITHER
    return True


HEADING_HABITS = [
    *(heading_case, heading_white_space, heading_unseen, heading_compatibility),
    *(heading_nearly_ours, words_of_another_network),
]
FILE_HABITS = [
    *(columns_in_another_order, blank_rows, blank_columns, blank_ends_dropped, another_separator),
    *(separator_said, another_line_end, everything_quoted, byte_order_marks, packed),
    another_encoding,
]
