"""The use case of asking what would become of claims, before any is filed (`domain.prospects`)."""

from collections.abc import Sequence
from datetime import datetime

from makegood.domain import prospects
from makegood.domain.inquiries import Inquiry
from makegood.domain.problems import Problem
from makegood.domain.prospects import Foreseen
from makegood.forms.claims import ClaimRequest
from makegood.store.work_store import WorkStore
from makegood.usecases.file_claim import ClaimWork, attempts_of
from makegood.usecases.view import Ask, View


def check(
    store: WorkStore, partner_id: str, requests: Sequence[ClaimRequest], now: datetime
) -> list[Foreseen]:
    """What would become of each, as if it were the only one; nothing is written."""
    work = ClaimWork(partner_id, now, foresees=True)
    rows = [Ask(each, "") for each in requests]
    view = work.load(store, rows)
    return [_foreseen(work, row, view) for row in rows]


def _foreseen(work: ClaimWork, row: Ask[ClaimRequest], view: View) -> Foreseen:
    filed: tuple[Inquiry, ...] = ()
    try:
        claim = work.claim(row, view)
        filed = attempts_of(claim, view.inquiries.get).filed
        inquiry = work.decide(row, view).subject
    except Problem as problem:
        return prospects.of_refusal(problem, filed)
    if not isinstance(inquiry, Inquiry):
        raise TypeError("filing a claim leaves an inquiry")
    return prospects.of_inquiry(inquiry, filed)
