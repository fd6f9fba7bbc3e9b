"""Rows that change or reverse actions."""

from functools import partial

from makegood.files import outcomes
from makegood.files.kinds import FileKind, as_they_are, each_alone
from makegood.files.subjects import ActionSubjects
from makegood.forms.changes import ChangeRow
from makegood.usecases.change_action import ChangeWork

KIND = FileKind(
    request=ChangeRow.read,
    fields=as_they_are,
    gathered=each_alone,
    work=partial(ChangeWork, in_file=True),
    subjects=ActionSubjects,
    told=outcomes.change_told,
    sums=outcomes.change_sums,
)
