"""How a workbook is refused as a whole: what is wrong with it, and what to do instead."""

from makegood.domain.problems import Fault, Invalid

RESAVE = "open it in a spreadsheet program, and save it as .xlsx again"


def refused(message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault("file", message, code),))


def damaged(what: str) -> Invalid:
    return refused(f"The workbook is damaged: {what}; {RESAVE}", "bad_workbook")
