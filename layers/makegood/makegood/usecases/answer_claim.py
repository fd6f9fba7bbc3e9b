"""The use cases of answering and withdrawing an undecided inquiry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from makegood.domain import claims
from makegood.domain.claims import Filing
from makegood.domain.inquiries import Inquiry
from makegood.domain.orders import OrderCredits
from makegood.domain.problems import NotFound
from makegood.forms.claims import AnswerRequest, WithdrawalRequest
from makegood.store.contracts import Need
from makegood.store.work_store import WorkStore
from makegood.usecases import evidence, policy_books
from makegood.usecases.unit_of_work import Done
from makegood.usecases.view import Ask, View


def _load(store: WorkStore, partner_id: str, inquiry_ids: Iterable[str]) -> View:
    """These inquiries, and what a partner's word on them is held against."""
    view = View(inquiries=store.inquiries(inquiry_ids))
    found = view.inquiries.values()
    view.campaigns = store.campaigns(sorted({each.campaign_id for each in found}))
    filed: dict[tuple[str, str], list[Need]] = {}
    for each in found:
        filed.setdefault((each.campaign_id, partner_id), []).append(each.created_at)
    view.contracts = store.contracts_for(filed)
    view.partners = store.partners([partner_id])
    return view


def _own(inquiry_id: str, partner_id: str, view: View) -> Inquiry:
    """One of the partner's own inquiries; a foreign one is not found."""
    inquiry = view.inquiries.get(inquiry_id)
    if inquiry is None or inquiry.partner_id != partner_id:
        raise NotFound
    return inquiry


@dataclass(frozen=True, slots=True)
class AnswerWork:
    """One partner's answers to its INCOMPLETE inquiries. A policy that asked is asked again; what a
    person asked is left to people.
    """

    partner_id: str
    now: datetime

    def load(self, store: WorkStore, rows: Sequence[Ask[AnswerRequest]]) -> View:
        view = _load(store, self.partner_id, (row.request.inquiry_id for row in rows))
        own = [each for each in view.inquiries.values() if each.partner_id == self.partner_id]
        evidence.load(store, view, [each.claim for each in own if each.verification])
        self._load_books(store, view, own)
        return view

    def _load_books(self, store: WorkStore, view: View, own: Sequence[Inquiry]) -> None:
        """What the policies of these inquiries' campaigns are asked with; the terms that they were
        filed under stay in view.
        """
        asked = [each for each in own if policy_books.has_policy(view.campaigns[each.campaign_id])]
        if not asked:
            return
        policy_books.load_disputes(store, view, asked)
        policy_books.load_for_verdicts(store, view, asked, self.now)
        needs: dict[tuple[str, str], list[Need]] = {}
        for each in own:
            terms = needs.setdefault((each.campaign_id, self.partner_id), [self.now])
            terms.append(each.created_at)
        view.contracts |= store.contracts_for(needs)

    def decide(self, row: Ask[AnswerRequest], view: View) -> Done:
        inquiry = _own(row.request.inquiry_id, self.partner_id, view)
        campaign = view.campaigns[inquiry.campaign_id]
        changed, notes = row.request.answer(campaign, inquiry.claim)
        filing = Filing(
            campaign=campaign,
            partner=view.partners[self.partner_id],
            contract=view.contracts.get((inquiry.campaign_id, self.partner_id)),
            order=OrderCredits(inquiry.campaign_id, inquiry.claim.order_id),
            attempts=(),
            inquiry_id=inquiry.inquiry_id,
            evidence=evidence.of(changed, inquiry.inquiry_id, view),
        )
        answered, outcome = claims.answer(inquiry, changed, notes, filing, self.now)
        if not policy_books.has_policy(campaign):
            return Done(answered, outcome)
        after, asked = policy_books.on_verdict(answered, view, self.now)
        return Done(after, outcome + asked)


@dataclass(frozen=True, slots=True)
class WithdrawalWork:
    """One partner's withdrawals."""

    partner_id: str
    now: datetime

    def load(self, store: WorkStore, rows: Sequence[Ask[WithdrawalRequest]]) -> View:
        return _load(store, self.partner_id, (row.request.inquiry_id for row in rows))

    def decide(self, row: Ask[WithdrawalRequest], view: View) -> Done:
        inquiry = _own(row.request.inquiry_id, self.partner_id, view)
        return Done(*claims.withdraw(inquiry, self.now))
