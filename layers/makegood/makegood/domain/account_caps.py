"""How much of an account may be at work, or stored, at once; with a clear answer for each.

Sheets and files that are at work are counted among an account's latest, as its list has them some
moments ago: a few may get past at the same instant. The bytes of a month are counted in the same
transaction as the announcement, so none get past.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from makegood.domain.problems import RuleForbids
from makegood.domain.uploads import Upload, UploadState

LATEST = 150
"""The uploads that are looked at: more than all caps together."""

FORMS_MAX = 50
FORM_LIFE = timedelta(minutes=15)
"""A form takes a file for as long, so a file may still come."""

FILES_MAX = 30
SHEETS_MAX = 10
MONTH_BYTES_MAX = 100 * 1024**3
"""Of all files that are announced in a calendar month, in UTC."""


def check_room(asked: Upload, latest: Iterable[Upload], now: datetime) -> None:
    """Refuses an upload or a sheet that there is no room for; `latest` are others of the account.

    Raises `RuleForbids`.
    """
    if asked.is_made_here:
        sheets = sum(each.is_made_here and not each.is_over for each in latest)
        _refuse(sheets, SHEETS_MAX, "sheets are being made", "some are done", "too_many_sheets")
        return
    sent = [each for each in latest if not each.is_made_here]
    files = sum(each.state is UploadState.RUNNING for each in sent)
    _refuse(files, FILES_MAX, "files are at work", "some are done", "too_many_files")
    forms = sum(
        each.state is UploadState.AWAITED and now - each.created_at < FORM_LIFE for each in sent
    )
    until = "files have come, or a quarter of an hour has passed"
    _refuse(forms, FORMS_MAX, "announced files have not come yet", until, "too_many_forms")


def _refuse(count: int, most: int, what: str, until: str, code: str) -> None:
    if count >= most:
        raise RuleForbids(f"{count} {what}, and no more may be; wait until {until}", code=code)


def month_is_full() -> RuleForbids:
    """The refusal of a file that a month has no room for."""
    gigabytes = MONTH_BYTES_MAX // 1024**3
    message = f"Files of {gigabytes} GiB were announced this month, and no more may be"
    return RuleForbids(f"{message}; ask for more room", code="too_many_bytes")
