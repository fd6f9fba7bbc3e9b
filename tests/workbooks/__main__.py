"""Round trips through LibreOffice, without a screen: `python -m tests.workbooks`.

For every kind of file, as a workbook and as CSV, in three languages: a file is made, filled in by
LibreOffice as by hand, saved, and sent. What was decided must be what was filled in. Where there is
no LibreOffice, it is installed if that can be done, else it is said that nothing was tried.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.workbooks.rounds import LANGUAGES, ROUNDS, Language, Round

PACKAGES = ("libreoffice-calc", "python3-uno")
INSTALL_SECONDS, OFFICE_SECONDS = 900, 300
OFFICE = Path(__file__).with_name("office.py")
SUFFIXES = (".xlsx", ".csv")

CSV_FILTER = "Text - txt - csv (StarCalc)"
XLSX_FILTER = "Calc MS Excel 2007 XML"
UTF8, COMMA, QUOTE = "76", "44", "34"

LOCALE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>{locale}</value></prop></item></oor:items>
"""
"""What a profile of LibreOffice says of numbers and dates."""


def found() -> tuple[str, str] | None:
    """LibreOffice, and a Python that knows it; None where there is none."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        return None
    beside = Path(office).resolve().with_name("python")
    for python in (str(beside), "/usr/bin/python3"):
        try:
            subprocess.run([python, "-c", "import uno"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return office, python
    return None


def installed() -> bool:
    """Installs LibreOffice where that is allowed; whether it came."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
            subprocess.run(
                ["apt-get", "-qq", *command],
                check=True,
                capture_output=True,
                timeout=INSTALL_SECONDS,
                env=quiet,
            )
    except (subprocess.SubprocessError, OSError):
        return False
    return True


def jobs_of(language: Language, folder: Path) -> Iterator[tuple[str, str, Round, dict[str, Any]]]:
    """Each kind and format: its name, the round, and what LibreOffice is to do."""
    for kind, make in ROUNDS.items():
        for suffix in SUFFIXES:
            each = make(language, suffix)
            file, saved = folder / f"{kind}{suffix}", folder / f"{kind}-filled{suffix}"
            file.write_bytes(each.file)
            typed = [
                (each.header.index(title), row, text)
                for row, answers in enumerate(each.typed, 1)
                for title, text in answers.items()
                if text
            ]
            job = {"file": str(file), "saved": str(saved), "typed": typed}
            yield str(kind), suffix, each, {**job, **_filters(language, suffix)}


def _filters(language: Language, suffix: str) -> dict[str, Any]:
    """How a format is opened and saved; CSV with the separator that the language is used to."""
    if suffix == ".xlsx":
        return {"open": {}, "save": {"FilterName": XLSX_FILTER}}
    opened = ",".join((COMMA, QUOTE, UTF8, "1", "", "0", "false", "false"))
    mark = str(ord(language.separator))
    saved = ",".join((mark, QUOTE, UTF8, "1", "", "0", "false", "true", "false"))
    return {
        "open": {"FilterName": CSV_FILTER, "FilterOptions": opened},
        "save": {"FilterName": CSV_FILTER, "FilterOptions": saved},
    }


@contextmanager
def running(office: str, language: Language, folder: Path) -> Iterator[str]:
    """LibreOffice in a profile of its own, in that language; the name of its pipe."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    settings = profile / "user" / "registrymodifications.xcu"
    settings.write_text(LOCALE.format(locale=language.locale))
    pipe = f"makegood-{os.getpid()}-{language.locale}"
    options = ["--headless", "--invisible", "--norestore", "--nologo", "--nodefault"]
    process = subprocess.Popen(
        [
            office,
            f"-env:UserInstallation={profile.as_uri()}",
            *options,
            f"--accept=pipe,name={pipe};urp;",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield pipe
        process.wait(timeout=OFFICE_SECONDS)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()


def tried(office: str, python: str, language: Language) -> Iterator[tuple[str, str, str]]:
    """Each kind and format in one language, and what is wrong with what was decided."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobs = list(jobs_of(language, folder))
        asked = folder / "jobs.json"
        asked.write_text(json.dumps([job for *_, job in jobs]))
        with running(office, language, folder) as pipe:
            subprocess.run(
                [python, str(OFFICE), pipe, str(asked)], check=True, timeout=OFFICE_SECONDS
            )
        for kind, suffix, each, job in jobs:
            upload_id = each.ingest.send(
                each.kind, Path(job["saved"]).read_bytes(), given=dict(each.given)
            )
            each.ingest.deliver()
            decided = each.decided()
            if decided == each.expected:
                yield kind, suffix, ""
                continue
            rows = [f"{row['Code']}: {row['Message']}" for row in each.ingest.result(upload_id)]
            yield kind, suffix, f"decided {decided}, not {each.expected}; rows: {rows}"


def main() -> int:
    have = found() or (found() if installed() else None)
    if have is None:
        print("LibreOffice cannot be had here, so no round trip through it was tried.")
        print(f"On Debian: apt-get install --no-install-recommends {' '.join(PACKAGES)}")
        return 0
    print(f"{'language':10}{'kind':14}{'format':8}decisions as filled in")
    wrong = []
    for language in LANGUAGES:
        for kind, suffix, fault in tried(*have, language):
            print(
                f"{language.locale:10}{kind:14}{suffix[1:]:8}{'NO' if fault else 'yes'}", flush=True
            )
            wrong += [f"{language.locale} {kind}{suffix}: {fault}"] if fault else []
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
