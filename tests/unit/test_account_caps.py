"""How much of an account may be at work at once, to the last one and one past it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from makegood.domain import account_caps
from makegood.domain.account_caps import FILES_MAX, FORM_LIFE, FORMS_MAX, SHEETS_MAX, check_room
from makegood.domain.parties import Role
from makegood.domain.problems import RuleForbids
from makegood.domain.uploads import Kind, Place, SheetKind, Upload, UploadState

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def an_upload(
    state: UploadState = UploadState.AWAITED,
    kind: Kind | SheetKind = Kind.ORDERS,
    age: timedelta = timedelta(),
) -> Upload:
    place = Place(Role.ADVERTISER, "500", kind, "upload", "a.csv")
    return Upload(place, NOW - age, 1_000, state=state)


def code_of(asked: Upload, latest: Sequence[Upload]) -> str:
    try:
        check_room(asked, latest, NOW)
    except RuleForbids as problem:
        return problem.code
    return ""


SHEET = an_upload(kind=SheetKind.UNDECIDED)


@pytest.mark.parametrize(
    ("asked", "one", "most", "code"),
    [
        (an_upload(), an_upload(), FORMS_MAX, "too_many_forms"),
        (an_upload(), an_upload(UploadState.RUNNING), FILES_MAX, "too_many_files"),
        (SHEET, SHEET, SHEETS_MAX, "too_many_sheets"),
    ],
)
def test_a_cap_is_reached_by_the_last_one(asked: Upload, one: Upload, most: int, code: str) -> None:
    assert code_of(asked, [one] * (most - 1)) == ""
    assert code_of(asked, [one] * most) == code
    assert most < account_caps.LATEST


@pytest.mark.parametrize(
    "other",
    [
        an_upload(UploadState.DONE),
        an_upload(UploadState.FAILED),
        an_upload(age=FORM_LIFE),
        an_upload(UploadState.RUNNING, SheetKind.APPROVALS),
    ],
    ids=["done", "failed", "a form that has expired", "a sheet"],
)
def test_what_is_over_or_of_another_kind_takes_no_room(other: Upload) -> None:
    assert code_of(an_upload(), [other] * account_caps.LATEST) == ""


def test_files_take_no_room_of_sheets() -> None:
    assert code_of(SHEET, [an_upload(UploadState.RUNNING)] * account_caps.LATEST) == ""
