"""Rows that decide inquiries."""

from functools import partial

from makegood.files import outcomes
from makegood.files.kinds import FileKind, each_alone
from makegood.files.layouts import is_undecided, with_whole_id
from makegood.files.outcomes import NotDecided
from makegood.files.subjects import InquirySubjects
from makegood.forms.reading import Fields
from makegood.forms.resolutions import ResolutionRequest
from makegood.usecases.resolve_inquiry import ResolutionWork


def _decided(fields: Fields) -> Fields:
    """A row of the undecided download asks nothing while its answers are blank."""
    whole = with_whole_id(fields)
    if is_undecided(whole):
        raise NotDecided
    return whole


KIND = FileKind(
    request=partial(ResolutionRequest.read, date_required=True),
    fields=_decided,
    gathered=each_alone,
    work=partial(ResolutionWork, repeatable=True),
    subjects=InquirySubjects,
    told=outcomes.inquiry_told,
    sums=outcomes.resolution_sums,
)
