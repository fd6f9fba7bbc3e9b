"""Claims on their way to becoming inquiries, from a form or from a file's row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from makegood.domain import claims, ids, second_claims
from makegood.domain.automatic_decisions import Filing
from makegood.domain.inquiries import Claim, Inquiry
from makegood.domain.orders import OrderCredits
from makegood.domain.problems import Internal, NotFound
from makegood.forms import forms
from makegood.store.work_store import WorkStore
from makegood.usecases.unit_of_work import Asked, Done, View, readable

PROBES_MAX = 4


@dataclass(frozen=True, slots=True)
class Attempts:
    """The inquiries that were filed for one claim before, and the id that is free after them."""

    filed: tuple[Inquiry, ...]
    free_id: str


def _is_of(inquiry: Inquiry, claim: Claim, attempt: int) -> bool:
    """Whether an inquiry is that attempt of the claim, and not another that has its number."""
    theirs = inquiry.claim
    return inquiry.attempt == attempt and (
        theirs.partner_id,
        theirs.campaign_id,
        theirs.order_id,
        theirs.inquiry_type,
    ) == (claim.partner_id, claim.campaign_id, claim.order_id, claim.inquiry_type)


def attempts_of(claim: Claim, find: Callable[[str], Inquiry | None]) -> Attempts:
    """Walks the derived ids of a claim until one is free; a foreign number is probed past."""
    filed: list[Inquiry] = []
    while True:
        for probe in range(PROBES_MAX):
            inquiry_id = ids.inquiry_number(
                claim.partner_id,
                claim.campaign_id,
                claim.order_id,
                claim.inquiry_type,
                len(filed),
                probe,
            )
            found = find(inquiry_id)
            if found is None:
                return Attempts(tuple(filed), inquiry_id)
            if _is_of(found, claim, len(filed)):
                filed.append(found)
                break
        else:
            raise Internal("No free inquiry number for this claim")


def _campaign_id(row: Asked) -> str:
    return forms.campaign_id(row.fields)


@dataclass(frozen=True, slots=True)
class ClaimWork:
    """Rows are fields of one partner's claims."""

    partner_id: str
    now: datetime

    def load(self, store: WorkStore, rows: Sequence[Asked]) -> View:
        view = View()
        pairs = list(
            dict.fromkeys((each, self.partner_id) for each in readable(rows, _campaign_id))
        )
        view.campaigns, view.partners, view.contracts, view.rules = store.setting(pairs)
        filed = list(readable(rows, lambda row: self.claim(row, view)))
        view.orders = store.orders((each.campaign_id, each.order_id) for each in filed)
        holders = {credit.partner_id for order in view.orders.values() for credit in order.credits}
        view.partners.update(store.partners(sorted(holders - view.partners.keys())))
        self._load_attempts(store, view, filed)
        return view

    def _load_attempts(self, store: WorkStore, view: View, filed: Sequence[Claim]) -> None:
        """All attempts of all claims, a batch for each further attempt."""
        looked: set[str] = set()
        while filed:
            frontier = [attempts_of(each, view.inquiries.get).free_id for each in filed]
            wanted = [each for each in frontier if each not in looked]
            found = store.inquiries(wanted)
            looked.update(wanted)
            view.inquiries.update(found)
            filed = [claim for claim, free in zip(filed, frontier, strict=True) if free in found]

    def claim(self, row: Asked, view: View) -> Claim:
        """The row as a claim; a campaign that is not there is not found."""
        return view.once(row, self._read)

    def _read(self, row: Asked, view: View) -> Claim:
        campaign = view.campaigns.get(forms.campaign_id(row.fields))
        if campaign is None:
            raise NotFound("There is no such campaign; check CampaignId")
        return forms.claim(row.fields, campaign, self.partner_id)

    def decide(self, row: Asked, view: View) -> Done:
        claim = self.claim(row, view)
        pair = claim.campaign_id, self.partner_id
        attempts = attempts_of(claim, view.inquiries.get)
        own = next((each for each in attempts.filed if each.source == row.source), None)
        if row.once and own is not None:
            return Done(own, again=True)
        partner = view.partners[self.partner_id]
        filing = Filing(
            campaign=view.campaigns[claim.campaign_id],
            partner=partner,
            contract=view.contracts.get(pair),
            order=view.orders[claim.campaign_id, claim.order_id],
            attempts=attempts.filed,
            inquiry_id=attempts.free_id,
            credited=view.partners,
            rule=view.rules.get(pair),
        )
        inquiry, outcome = claims.submit(claim, filing, self.now, row.source)
        if inquiry.inquiry_id == attempts.free_id:
            return Done(inquiry, outcome)
        return Done(
            inquiry,
            outcome,
            again=row.once and not outcome and inquiry.holds_word_of(row.source),
            warnings=second_claims.warnings(claim, inquiry, attempts.filed, partner.name),
        )


@dataclass(frozen=True, slots=True)
class ReplyWork:
    """Rows are fields of a partner's answers to its INCOMPLETE inquiries, or withdrawals."""

    partner_id: str
    now: datetime
    withdrawing: bool = False

    def load(self, store: WorkStore, rows: Sequence[Asked]) -> View:
        view = View(inquiries=store.inquiries(forms.inquiry_id(row.fields) for row in rows))
        campaigns = {each.campaign_id for each in view.inquiries.values()}
        view.campaigns = store.campaigns(sorted(campaigns))
        view.contracts = store.contracts((each, self.partner_id) for each in sorted(campaigns))
        view.partners = store.partners([self.partner_id])
        return view

    def decide(self, row: Asked, view: View) -> Done:
        inquiry = view.inquiries.get(forms.inquiry_id(row.fields))
        if inquiry is None or inquiry.partner_id != self.partner_id:
            raise NotFound
        if self.withdrawing:
            return Done(*claims.withdraw(inquiry, self.now))
        campaign = view.campaigns[inquiry.campaign_id]
        changed, notes = forms.answer(row.fields, campaign, inquiry.claim)
        filing = Filing(
            campaign=campaign,
            partner=view.partners[self.partner_id],
            contract=view.contracts.get((inquiry.campaign_id, self.partner_id)),
            order=OrderCredits(inquiry.campaign_id, inquiry.claim.order_id),
            attempts=(),
            inquiry_id=inquiry.inquiry_id,
        )
        return Done(*claims.answer(inquiry, changed, notes, filing, self.now))
