"""Rows that report orders which partners sent."""

from makegood.files import outcomes
from makegood.files.kinds import FileKind, as_they_are, each_alone
from makegood.files.subjects import Subjects
from makegood.forms.conversions import ConversionRequest
from makegood.usecases.report_conversion import ConversionWork

KIND = FileKind(
    request=ConversionRequest.read,
    fields=as_they_are,
    gathered=each_alone,
    work=ConversionWork,
    subjects=Subjects,
    told=outcomes.conversion_told,
    sums=outcomes.conversion_sums,
)
