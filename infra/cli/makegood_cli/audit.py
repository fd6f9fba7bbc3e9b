"""The records of the operator's commands: who asked what, when, and what came of it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click
from makegood_cli import screen
from makegood_cli.problems import USAGE, Stop
from makegood_cli.session import Session, with_session

COLUMNS = ("at", "caller", "command", "about", "outcome")
DAY = click.DateTime(formats=["%Y-%m-%d"])
DAYS_MAX = 366


@click.command()
@click.option("--since", type=DAY, help="The first day, in UTC; yesterday unless set.")
@click.option("--until", type=DAY, help="The last day, in UTC; today unless set.")
@click.option("--caller", help="Whose commands: a part of the caller's ARN.")
@click.option("--command", help="Which command, like deposit or create_credential.")
@click.option("--account", help="About which advertiser, partner, campaign or credential.")
@with_session
def audit(
    session: Session,
    since: datetime | None,
    until: datetime | None,
    caller: str | None,
    command: str | None,
    account: str | None,
) -> None:
    """Show who sent which commands, and what came of them, the oldest first.

    \b
    Example:
      $ makegood audit --since 2026-11-01 --caller alice --command withdraw --account 10001
    """
    from makegood_cli.operate import operator_of

    today = datetime.now(UTC).date()
    first = since.date() if since else today - timedelta(days=1)
    last = until.date() if until else max(today, first)
    if not 0 <= (last - first).days <= DAYS_MAX:
        raise Stop(f"Name up to {DAYS_MAX} days, the first before the last", USAGE)
    found = rows(operator_of(session).records(_days(first, last)))
    wanted = (
        each
        for each in found
        if (caller or "") in each["caller"]
        and (command is None or each["command"] == command)
        and (account is None or account in each["ids"])
    )
    screen.table(wanted, COLUMNS, session.as_json)


def _days(first: date, last: date) -> Iterator[date]:
    for day in range((last - first).days + 1):
        yield first + timedelta(days=day)


def rows(records: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each command once, of its two records; `unanswered` if only that it was asked is kept."""
    halves: dict[str, Mapping[str, Any]] = {}
    for each in records:
        other = halves.pop(each["request_id"], None)
        if other is None:
            halves[each["request_id"]] = each
        else:
            yield _row(max(each, other, key=_is_answer))
    yield from map(_row, halves.values())


def _is_answer(record: Mapping[str, Any]) -> bool:
    return "answered_at" in record


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    about = record.get("about", {})
    return {
        "at": record["at"],
        "caller": record["caller"],
        "command": record["command"],
        "about": " ".join([*map(str, about.values()), record.get("proposal", "")]).strip(),
        "outcome": _outcome(record),
        "address": record.get("address", ""),
        "request_id": record["request_id"],
        "second_person": record.get("second_person", ""),
        "ids": [*map(str, about.values()), *_ids(record.get("result", {}))],
    }


def _outcome(record: Mapping[str, Any]) -> str:
    if "refused" in record:
        return f"refused: {record['refused']['code']}"
    return (
        str(record.get("result", {}).get("state") or "done") if _is_answer(record) else "unanswered"
    )


def _ids(result: Mapping[str, Any]) -> list[str]:
    """The ids in an answer: older records say by them alone what a command was about."""
    return [str(each) for name, each in result.items() if name.endswith(("_id", "_sid"))]
