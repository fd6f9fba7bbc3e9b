"""The use case of filing claims, by request or by a file's row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from makegood.domain import claims, ids, prospects, second_claims
from makegood.domain.automatic_decisions import Filing
from makegood.domain.inquiries import Claim, Inquiry
from makegood.domain.outcome import Outcome
from makegood.domain.parties import Campaign
from makegood.domain.policy_decisions import NO_RULEBOOK
from makegood.domain.problems import Internal
from makegood.store.contracts import Need
from makegood.store.work_store import WorkStore
from makegood.usecases import customers, evidence, policy_books
from makegood.usecases.unit_of_work import Done, readable
from makegood.usecases.view import Ask, View

PROBES_MAX = 4


class Claiming(Protocol):
    """A request that asks for a claim to be filed."""

    @property
    def campaign_id(self) -> str: ...

    def claim(self, campaign: Campaign, partner_id: str) -> Claim:
        """The claim; raises `Invalid` if it cannot be read."""


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


@dataclass(frozen=True, slots=True)
class ClaimWork:
    """One partner's claims. `foresees`: nothing will be written, and what becomes of a claim is
    told as `prospects` may tell it.
    """

    partner_id: str
    now: datetime
    foresees: bool = False

    def load(self, store: WorkStore, rows: Sequence[Ask[Claiming]]) -> View:
        view = View()
        pairs = list(dict.fromkeys((row.request.campaign_id, self.partner_id) for row in rows))
        view.campaigns, view.partners, view.contracts, view.rules = store.setting(pairs, self.now)
        filed = list(readable(rows, lambda row: self.claim(row, view)))
        view.orders = store.orders((each.campaign_id, each.order_id) for each in filed)
        self._load_attempts(store, view, filed)
        self._load_appealed(store, view, filed)
        if any(map(policy_books.has_policy, view.campaigns.values())):
            self._load_books(store, view, filed)
        evidence.load(store, view, filed)
        holders = {credit.partner_id for order in view.orders.values() for credit in order.credits}
        view.partners.update(store.partners(sorted(holders - view.partners.keys())))
        policy_books.load_alike(store, view, [each for each in filed if self._is_ruled(each, view)])
        self._load_customers(store, view, filed)
        return view

    def _load_customers(self, store: WorkStore, view: View, filed: Sequence[Claim]) -> None:
        """The customers of claims on shops that have given orders."""
        for advertiser_id in view.shops:
            met = (
                (each.campaign_id, self.partner_id, each.customer_id)
                for each in filed
                if view.campaigns[each.campaign_id].advertiser_id == advertiser_id
            )
            customers.load(store, view, advertiser_id, met)

    def _is_ruled(self, claim: Claim, view: View) -> bool:
        """Whether it will have a verdict, and something that may decide on that."""
        has_shop = view.campaigns[claim.campaign_id].advertiser_id in view.shops
        return has_shop and policy_books.may_decide(claim, view)

    def _load_books(self, store: WorkStore, view: View, filed: Sequence[Claim]) -> None:
        """What policies need of the claims that are new."""
        new = [self._as_filed(each, view) for each in filed]
        asked = [each for each in new if policy_books.has_policy(view.campaigns[each.campaign_id])]
        policy_books.load_disputes(store, view, asked)
        policy_books.load_books(store, view, asked, self.now)

    def _as_filed(self, claim: Claim, view: View) -> Inquiry:
        """The inquiry that a claim becomes if nothing else does: whom its policy counts for."""
        attempts = attempts_of(claim, view.inquiries.get)
        advertiser_id = view.campaigns[claim.campaign_id].advertiser_id
        return Inquiry(attempts.free_id, advertiser_id, claim, self.now, len(attempts.filed))

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

    def _load_appealed(self, store: WorkStore, view: View, filed: Sequence[Claim]) -> None:
        """Of inquiries that claims appeal: the terms of their day, and their files of evidence."""
        needs: dict[tuple[str, str], list[Need]] = {}
        for each in filed:
            appealed = view.inquiries.get(each.appeal_of)
            if appealed is not None:
                pair = each.campaign_id, self.partner_id
                needs.setdefault(pair, [self.now]).append(appealed.created_at)
                view.exhibits[each.appeal_of] = store.exhibits(each.appeal_of)
        if needs:
            view.contracts |= store.contracts_for(needs)

    def claim(self, row: Ask[Claiming], view: View) -> Claim:
        """The row as a claim; a campaign that the partner has no contract with is not found."""
        return view.once(row, lambda request: self._read(request, view))

    def _read(self, request: Claiming, view: View) -> Claim:
        campaign = view.campaigns.get(request.campaign_id)
        if campaign is None or (request.campaign_id, self.partner_id) not in view.contracts:
            raise claims.unknown_campaign()
        return request.claim(campaign, self.partner_id)

    def decide(self, row: Ask[Claiming], view: View) -> Done:
        claim = self.claim(row, view)
        pair = claim.campaign_id, self.partner_id
        attempts = attempts_of(claim, view.inquiries.get)
        own = next((each for each in attempts.filed if each.source == row.source), None)
        if row.once and own is not None:
            return Done(own, again=True)
        partner = view.partners[self.partner_id]
        book = NO_RULEBOOK
        campaign = view.campaigns[claim.campaign_id]
        if campaign.declines_tracked or policy_books.may_decide(claim, view):
            book = policy_books.book_of(self._as_filed(claim, view), view)
        filing = Filing(
            campaign=campaign,
            partner=partner,
            contract=view.contracts.get(pair),
            order=view.orders[claim.campaign_id, claim.order_id],
            attempts=attempts.filed,
            inquiry_id=attempts.free_id,
            credited=view.partners,
            rule=view.rules.get(pair),
            book=book,
            evidence=evidence.of(claim, attempts.free_id, view),
            exhibits=view.exhibits.get(claim.appeal_of, ()),
        )
        inquiry, outcome = claims.submit(claim, filing, self.now, row.source)
        is_new = inquiry.inquiry_id == attempts.free_id
        if is_new and self.foresees:
            foreseen = prospects.as_foreseen(inquiry, filing.order)
            return Done(foreseen, Outcome(inquiries=((None, foreseen),)))
        if is_new:
            outcome += evidence.entered(inquiry, view, self.now)
            return Done(inquiry, outcome + customers.claimed(inquiry, view))
        return Done(
            inquiry,
            outcome,
            again=row.once and not outcome and inquiry.holds_word_of(row.source),
            warnings=second_claims.warnings(claim, inquiry, attempts.filed, partner.name),
        )
