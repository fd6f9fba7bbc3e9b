"""Rows that file claims."""

from makegood.files import outcomes
from makegood.files.kinds import FileKind, as_they_are, each_alone
from makegood.files.subjects import Subjects
from makegood.forms.claims import ClaimRequest
from makegood.usecases.file_claim import ClaimWork

KIND = FileKind(
    request=ClaimRequest.read,
    fields=as_they_are,
    gathered=each_alone,
    work=ClaimWork,
    subjects=Subjects,
    told=outcomes.inquiry_told,
    sums=outcomes.claim_sums,
)
