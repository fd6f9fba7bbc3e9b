"""The use case of deciding what a shop's order asks of an action."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from makegood.domain import proposed_changes
from makegood.domain.order_proposals import OrderProposal, ProposalState
from makegood.domain.outcome import Outcome
from makegood.domain.problems import NotFound
from makegood.forms.changes import ActionName, DecidedChange
from makegood.store.work_store import WorkStore
from makegood.usecases.change_action import ChangeWork
from makegood.usecases.unit_of_work import Done
from makegood.usecases.view import Ask, View


@dataclass(frozen=True, slots=True)
class ProposalRequest:
    """A proposal, and what a person makes of it."""

    proposal_id: str
    state: ProposalState


@dataclass(frozen=True, slots=True)
class ProposalWork:
    """One advertiser's decisions; an accepted change is made with the decision, in one commit."""

    advertiser_id: str
    now: datetime

    def load(self, store: WorkStore, rows: Sequence[Ask[ProposalRequest]]) -> View:
        proposals = store.order_proposals(
            self.advertiser_id, (row.request.proposal_id for row in rows)
        )
        asks = [Ask(self._change(each), "") for each in proposals.values()]
        view = self._changes.load(store, asks)
        view.order_proposals = proposals
        ids = dict.fromkeys(each.order_id for each in proposals.values())
        view.kept_orders = store.kept_orders(self.advertiser_id, ids)
        return view

    @property
    def _changes(self) -> ChangeWork:
        return ChangeWork(self.advertiser_id, self.now)

    def _change(self, proposal: OrderProposal) -> DecidedChange:
        return DecidedChange(ActionName(proposal.action_id), proposed_changes.change_of(proposal))

    def decide(self, row: Ask[ProposalRequest], view: View) -> Done:
        proposal = view.order_proposals.get(row.request.proposal_id)
        action = proposal and view.actions.get(proposal.action_id)
        if proposal is None or action is None:
            raise NotFound
        kept = view.kept_orders.get(proposal.order_id)
        order = kept and kept.order
        after = proposed_changes.decided(
            proposal, row.request.state, order, action, row.source, self.now
        )
        if after is proposal:
            return Done(action, again=True)
        outcome = Outcome(order_proposals=((proposal, after),))
        if after.state is not ProposalState.ACCEPTED:
            return Done(action, outcome)
        made = self._changes.decide(Ask(self._change(proposal), row.source), view)
        return Done(made.subject, made.outcome + outcome, update=made.update)
