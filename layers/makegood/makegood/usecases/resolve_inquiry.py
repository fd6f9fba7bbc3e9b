"""The use case of resolving inquiries, by request or by a file's row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain import policy_counts, resolutions, second_decisions
from makegood.domain.inquiries import Inquiry, InquiryState, Resolution
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.problems import NotFound
from makegood.domain.resolutions import Case, SameDecision
from makegood.forms.resolutions import ResolutionRequest
from makegood.store.work_store import WorkStore
from makegood.usecases import evidence, policy_books
from makegood.usecases.unit_of_work import Done, readable
from makegood.usecases.view import Ask, View


def load_cases(store: WorkStore, inquiry_ids: Iterable[str], now: datetime) -> View:
    """Reads all that resolutions of these inquiries are decided on."""
    view = View(inquiries=store.inquiries(inquiry_ids))
    found = list(view.inquiries.values())
    pairs = list(dict.fromkeys((each.campaign_id, each.partner_id) for each in found))
    view.campaigns, view.partners, view.contracts, view.rules = store.setting(pairs, now)
    view.orders = store.orders((each.campaign_id, each.claim.order_id) for each in found)
    partners = {each.partner_id for each in found}
    credited = (
        credit.action_id
        for order in view.orders.values()
        for credit in order.credits
        if credit.partner_id in partners
    )
    view.actions = store.actions([*credited, *(each.action_id for each in found if each.action_id)])
    view.cash = store.cash((each.advertiser_id, _currency(each)) for each in found)
    evidence.load_backings(store, view, found)
    return view


def _currency(inquiry: Inquiry) -> str:
    return inquiry.claim.order_amount.currency


def case_of(inquiry: Inquiry, view: View, picked: str = "") -> Case:
    """`picked` is the shop's order that a person picked of a verdict's candidates."""
    claim = inquiry.claim
    return Case(
        inquiry=inquiry,
        campaign=view.campaigns[inquiry.campaign_id],
        contract=view.contracts.get((inquiry.campaign_id, inquiry.partner_id)),
        order=view.orders[inquiry.campaign_id, claim.order_id],
        earlier=view.actions,
        cash=view.cash[inquiry.advertiser_id, _currency(inquiry)],
        used=view.uses,
        backed=evidence.backed(inquiry, view, picked),
        appealed=view.inquiries.get(claim.appeal_of),
    )


def load_uses(
    store: WorkStore, view: View, accepted: Iterable[tuple[Inquiry, Resolution]], now: datetime
) -> None:
    """What is used of the limits that the actions of these acceptances come under."""
    meters = readable(
        accepted, lambda pair: resolutions.meters_of(pair[1], case_of(pair[0], view), now)
    )
    view.uses = store.uses(meter for found in meters for meter in found)


def _as_asked(inquiry: Inquiry) -> Inquiry:
    """The inquiry as the row that asked for more left it, whatever has happened since."""
    return replace(
        inquiry,
        state=InquiryState.INCOMPLETE,
        reject_reason=None,
        final_payout=None,
        difference=None,
        action_id="",
    )


@dataclass(frozen=True, slots=True)
class ResolutionWork:
    """One advertiser's resolutions; the source of a row is kept as who decided.

    A row that is worked on again tells the same: what became of the inquiry, and of its action.

    `repeatable`: the same decision again is no conflict, as in a file that is uploaded twice.
    """

    advertiser_id: str
    now: datetime
    repeatable: bool = False

    def load(self, store: WorkStore, rows: Sequence[Ask[ResolutionRequest]]) -> View:
        view = load_cases(store, (row.request.inquiry_id for row in rows), self.now)
        if any(contract.has_limits for contract in view.contracts.values()):
            load_uses(store, view, readable(rows, lambda row: self._read(row, view)), self.now)
        policy_books.load_policies(store, view)
        return view

    def _inquiry(self, row: Ask[ResolutionRequest], view: View) -> Inquiry:
        """The row's inquiry; a foreign one is not found."""
        inquiry = view.inquiries.get(row.request.inquiry_id)
        if inquiry is None or inquiry.advertiser_id != self.advertiser_id:
            raise NotFound("There is no such inquiry in this account; check Id")
        return inquiry

    def _read(self, row: Ask[ResolutionRequest], view: View) -> tuple[Inquiry, Resolution]:
        """The row's inquiry, and what the row says of it."""
        inquiry = self._inquiry(row, view)
        return inquiry, self._resolution(row, inquiry, view)

    def _resolution(self, row: Ask[ResolutionRequest], inquiry: Inquiry, view: View) -> Resolution:
        campaign, currency = view.campaigns[inquiry.campaign_id], _currency(inquiry)
        return view.once(row, lambda request: request.resolution(campaign, currency))

    def decide(self, row: Ask[ResolutionRequest], view: View) -> Done:
        inquiry = self._inquiry(row, view)
        if row.once and inquiry.decided_by == row.source:
            told = self._warnings(row, inquiry, view)
            action = view.actions.get(inquiry.action_id)
            return Done(inquiry, action=action, again=True, warnings=told)
        if row.once and (row.source in inquiry.asked_by or inquiry.holds_word_of(row.source)):
            return Done(_as_asked(inquiry), again=True)
        resolution = self._resolution(row, inquiry, view)
        case = case_of(inquiry, view, resolution.shop_order_id)
        try:
            decided, action, outcome = resolutions.resolve(resolution, case, self.now, row.source)
        except SameDecision:
            if not self.repeatable:
                raise
            return Done(inquiry)
        outcome += self._counted(inquiry, decided, view)
        return Done(decided, outcome, action, warnings=self._warnings(row, decided, view))

    def _counted(self, inquiry: Inquiry, decided: Inquiry, view: View) -> Outcome:
        """What the campaign's policy counts of a person's decision."""
        if not inquiry.decisions and not view.campaigns[inquiry.campaign_id].policy:
            return NOTHING
        question = policy_books.question_of(inquiry, view)
        return policy_counts.counted(inquiry, question, decided, self.now)

    def _warnings(
        self, row: Ask[ResolutionRequest], decided: Inquiry, view: View
    ) -> tuple[str, ...]:
        """What is told of the grant, held against the row's own order amount, else the claim's; or
        that it waits for a second person.
        """
        if decided.awaits_second:
            return (second_decisions.WAITS,)
        if decided.final_payout is None:
            return ()
        amount = self._resolution(row, decided, view).order_amount or decided.claim.order_amount
        return resolutions.warnings(decided.final_payout, amount)
