"""The use case of appealing a decline: the claim is filed again, with what it said and a new fact.

It is the same appeal as one that is filed with `AppealOf`, by the same rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.inquiries import Inquiry
from makegood.domain.problems import NotFound, RuleForbids
from makegood.forms.appeals import AppealRequest, Refiled
from makegood.store.work_store import WorkStore
from makegood.usecases.file_claim import ClaimWork, attempts_of
from makegood.usecases.unit_of_work import Done, readable
from makegood.usecases.view import Ask, View


@dataclass(frozen=True, slots=True)
class AppealWork:
    """One partner's appeals."""

    partner_id: str
    now: datetime
    foresees: bool = False

    @property
    def filing(self) -> ClaimWork:
        return ClaimWork(self.partner_id, self.now, self.foresees)

    def load(self, store: WorkStore, rows: Sequence[Ask[AppealRequest]]) -> View:
        found = View(inquiries=store.inquiries(row.request.inquiry_id for row in rows))
        view = self.filing.load(store, list(readable(rows, lambda row: self._refiled(row, found))))
        view.inquiries |= found.inquiries
        view.asked |= found.asked
        return view

    def _refiled(self, row: Ask[AppealRequest], view: View) -> Ask[Refiled]:
        return view.once(row, lambda asked: self._ask(asked, row.source, view))

    def _ask(self, asked: AppealRequest, source: str, view: View) -> Ask[Refiled]:
        inquiry = view.inquiries.get(asked.inquiry_id)
        if inquiry is None or inquiry.partner_id != self.partner_id:
            raise NotFound
        if not inquiry.state.rules.needs_reason:
            raise RuleForbids(_not_declined(inquiry), code="not_declined")
        return Ask(Refiled(inquiry, asked.text), source)

    def decide(self, row: Ask[AppealRequest], view: View) -> Done:
        """The same appeal again is the same appeal; another one is refused."""
        again = self._refiled(row, view)
        before = self._appeal(again, view)
        if before is None:
            return self._file(again, view)
        if before.claim.notes == row.request.text:
            return Done(before)
        raise RuleForbids(
            f"Inquiry {before.inquiry_id} is the appeal of {row.request.inquiry_id} already, and "
            f"is {before.state}; an inquiry is appealed once. What else you have to say is a "
            f"comment: POST ActionInquiries/{before.inquiry_id}/Comments",
            code="appealed_once",
        )

    def _appeal(self, row: Ask[Refiled], view: View) -> Inquiry | None:
        """The appeal that stands."""
        appealed = row.request.decided.inquiry_id
        filed = attempts_of(self.filing.claim(row, view), view.inquiries.get).filed
        standing = [each for each in filed if not each.state.rules.is_void]
        return next((each for each in standing if each.claim.appeal_of == appealed), None)

    def _file(self, row: Ask[Refiled], view: View) -> Done:
        """What is at fault in the notes of a claim is at fault in the text of an appeal."""
        try:
            return self.filing.decide(row, view)
        except RuleForbids as refused:
            faults = (
                replace(each, field="Text") if each.field == "InquiryNotes" else each
                for each in refused.faults
            )
            refused.faults = tuple(faults)
            raise


def _not_declined(inquiry: Inquiry) -> str:
    """Why there is nothing to appeal, and what the partner does instead."""
    named, rules = f"Inquiry {inquiry.inquiry_id} is {inquiry.state}", inquiry.state.rules
    if rules.is_live:
        return f"{named}, and only a decline is appealed; wait for its decision"
    if rules.is_void:
        return f"{named}, and only a decline is appealed; file the claim again"
    return (
        f"{named}, and only a decline is appealed here; where too little was granted, file the "
        f"claim again with AppealOf={inquiry.inquiry_id} and what it should have been"
    )
