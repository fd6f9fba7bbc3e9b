"""The use case of a comment on an inquiry, by either of its sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from makegood.domain import threads
from makegood.domain.inquiries import Inquiry
from makegood.domain.parties import Role
from makegood.domain.problems import NotFound
from makegood.domain.threads import Visibility
from makegood.forms.comments import CommentRequest
from makegood.store.work_store import WorkStore
from makegood.usecases.unit_of_work import Done
from makegood.usecases.view import Ask, View


@dataclass(frozen=True, slots=True)
class CommentWork:
    """One account's comments on inquiries of its own."""

    side: Role
    account_id: str
    now: datetime

    def load(self, store: WorkStore, rows: Sequence[Ask[CommentRequest]]) -> View:
        view = View(inquiries=store.inquiries(row.request.inquiry_id for row in rows))
        found = [each for each in view.inquiries.values() if self._is_own(each)]
        view.campaigns = store.campaigns(sorted({each.campaign_id for each in found}))
        view.partners = store.partners(sorted({each.partner_id for each in found}))
        internal = {
            row.request.inquiry_id for row in rows if row.request.visibility is Visibility.INTERNAL
        }
        view.notes = {
            each.inquiry_id: store.notes(each.inquiry_id, self.side)
            for each in found
            if each.inquiry_id in internal
        }
        return view

    def _is_own(self, inquiry: Inquiry) -> bool:
        advertiser = self.side is Role.ADVERTISER
        return self.account_id == (inquiry.advertiser_id if advertiser else inquiry.partner_id)

    def decide(self, row: Ask[CommentRequest], view: View) -> Done:
        inquiry = view.inquiries.get(row.request.inquiry_id)
        if inquiry is None or not self._is_own(inquiry):
            raise NotFound
        if self.side is Role.ADVERTISER:
            user = view.campaigns[inquiry.campaign_id].name
        else:
            user = view.partners[inquiry.partner_id].name
        said = self.side, user, row.request.text, self.now, row.source
        if row.request.visibility is Visibility.PARTIES:
            return Done(*threads.comment(inquiry, *said))
        return Done(inquiry, threads.note(inquiry, view.notes[inquiry.inquiry_id], *said))
