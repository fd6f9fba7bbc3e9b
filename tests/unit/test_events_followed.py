"""`makegood events --follow`: what is waited out, and what ends it."""

from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from makegood_cli import accounts
from makegood_cli.client import Client, Refused, Unreachable

LOST = Unreachable("https://api", OSError())
BUSY, BROKEN, WRONG = (Refused(status, {"Message": "no"}) for status in (429, 503, 401))
KNOWN = {"API": "https://api", "ACCOUNT_SID": "MG1", "TOKEN": "t", "ROLE": "partner"}
EVENT = {"Id": "7", "EventType": "action.paid"}


def followed(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> tuple[int, BaseException | None]:
    """How many events it printed before the answers ended, or one of them ended it."""
    left: Iterator[Any] = iter(answers)

    def answer(client: Client, after: int) -> Any:
        found = next(left, KeyboardInterrupt())
        if isinstance(found, BaseException):
            raise found
        return found

    monkeypatch.setattr(Client, "events", answer)
    monkeypatch.setattr(accounts, "FOLLOW_SECONDS", 0)
    for name, text in KNOWN.items():
        monkeypatch.setenv(f"MAKEGOOD_{name}", text)
    done = CliRunner().invoke(accounts.events, ["--follow", "--json"])
    return done.output.count('"Id"'), done.exception


def test_what_passes_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [EVENT], 7
    answers = (some, LOST, some, BUSY, BROKEN, some)
    printed, ended = followed(monkeypatch, *answers)
    assert (printed, type(ended)) == (3, SystemExit)


def test_what_stays_wrong_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [EVENT], 7
    assert followed(monkeypatch, some, WRONG, some) == (1, WRONG)
