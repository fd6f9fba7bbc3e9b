"""Opens files in LibreOffice, types into their cells and saves them: `office.py PIPE JOBS`.

It runs in a Python that knows LibreOffice, which is not that of the tests, so it uses nothing of
ours. Each job names a file, what is typed where, and how it is saved.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

WAIT_SECONDS = 90


def connected(pipe: str) -> Any:
    """The desktop of the office that listens to this pipe, once it does."""
    local = uno.getComponentContext()
    manager = local.ServiceManager
    resolver = manager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)
        else:
            return context.ServiceManager.createInstanceWithContext(
                "com.sun.star.frame.Desktop", context
            )


def properties(values: dict[str, Any]) -> tuple[Any, ...]:
    made = []
    for name, value in values.items():
        each = PropertyValue()
        each.Name, each.Value = name, value
        made.append(each)
    return tuple(made)


def do(desktop: Any, job: dict[str, Any]) -> None:
    """One file: opened, filled in as by hand, saved."""
    opened = properties({"Hidden": True, **job["open"]})
    document = desktop.loadComponentFromURL(Path(job["file"]).as_uri(), "_blank", 0, opened)
    sheet = document.Sheets.getByIndex(0)
    for column, row, text in job["typed"]:
        sheet.getCellByPosition(column, row).FormulaLocal = text
    document.calculateAll()
    document.storeToURL(Path(job["saved"]).as_uri(), properties(job["save"]))
    document.close(True)


if __name__ == "__main__":
    office = connected(sys.argv[1])
    for each in json.loads(Path(sys.argv[2]).read_text()):
        do(office, each)
    office.terminate()
