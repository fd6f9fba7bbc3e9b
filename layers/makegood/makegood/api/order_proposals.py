"""What later orders of the shop ask of pending actions, by HTTP: listed, accepted or dismissed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from makegood.api import filters, listing, writes
from makegood.api.filters import Matches
from makegood.api.http import Reply, Request
from makegood.api.listing import BEGINNING, Listing
from makegood.api.writes import RequestContext
from makegood.domain import calendar, proposed_changes
from makegood.domain.account_people import shown_source
from makegood.domain.actions import Action
from makegood.domain.order_proposals import DECISIONS, OrderProposal, ProposalState
from makegood.domain.parties import Role, account_path
from makegood.domain.problems import Fault, Invalid, NotFound
from makegood.domain.texts import trimmed
from makegood.forms import fields
from makegood.forms.reading import Fields
from makegood.store.indexes import id_at, position_at
from makegood.store.lists import Entry
from makegood.store.plans import Plan
from makegood.store.store import Store
from makegood.usecases.decide_proposal import ProposalRequest, ProposalWork

Beside = tuple[OrderProposal, ProposalState, Action | None]
"""A proposal with its state now, and its action."""


@dataclass(frozen=True, slots=True)
class Proposed(Listing):
    """An advertiser's proposals, those of the newest actions first: all, or of one state as it is
    kept.
    """

    owner: str = field(kw_only=True)
    now: datetime = field(kw_only=True)
    kept: ProposalState | None = field(kw_only=True)

    @classmethod
    def of(cls, store: Store, owner: str, state: ProposalState | None, now: datetime) -> Self:
        """Those that are in a state now. Which of the open ones are void is not kept: to know it,
        they are read.
        """
        kept = ProposalState.OPEN if state is ProposalState.VOID else state
        plan = Plan((), chooses=kept is not ProposalState.OPEN)
        tests: tuple[Matches, ...] = (lambda each: each[1] is state,) if state else ()
        return cls(store, plan, "", tests, owner=owner, now=now, kept=kept)

    def _entries(self, after: str | None, count: int) -> Iterator[Entry]:
        last = id_at(after) if after else None
        for each in self.store.proposed(self.owner, last, count, self.kept):
            yield Entry(position_at(BEGINNING, each), found=True)

    def _read(self, ids: list[str]) -> Mapping[str, Any]:
        return beside(self.store, self.owner, ids, self.now)

    def _count_entries(self, after: str | None) -> int:
        return self.store.count_proposed(self.owner, id_at(after) if after else None, self.kept)


def beside(store: Store, owner: str, ids: list[str], now: datetime) -> dict[str, Beside]:
    """Proposals beside their orders and actions as these are now; two reads for all of them."""
    found = store.order_proposals(owner, ids)
    orders = store.kept_orders(owner, dict.fromkeys(each.order_id for each in found.values()))
    actions = store.actions(dict.fromkeys(each.action_id for each in found.values()))
    result: dict[str, Beside] = {}
    for name, each in found.items():
        kept, action = orders.get(each.order_id), actions.get(each.action_id)
        state = proposed_changes.state_of(each, kept and kept.order, action, now)
        result[name] = each, state, action
    return result


def proposals(store: Store, request: Request, now: datetime) -> Reply:
    form = filters.form_of(request.query)
    named = filters.state_of(form, "State", ProposalState)
    form.done()
    state = ProposalState(named) if named else None
    found = Proposed.of(store, request.caller.account_id, state, now)
    return listing.reply(request, "Proposals", found, lambda known: [_shown(*e) for e in known])


def proposal(store: Store, request: Request, proposal_id: str, now: datetime) -> Reply:
    for each in beside(store, request.caller.account_id, [proposal_id], now).values():
        return Reply(_shown(*each))
    raise NotFound


def decide(context: RequestContext, request: Request, proposal_id: str) -> None:
    """Accepts or dismisses one, as the fields say."""
    fields.check_known(request.fields, fields.PROPOSAL_FIELDS)
    asked = {**request.fields, "Id": proposal_id}
    work = ProposalWork(context.caller.account_id, context.now)
    writes.write(context, "proposal", asked, _read, work)


def _read(asked: Fields) -> ProposalRequest:
    text = trimmed(asked.get("State", "")).upper()
    if text not in DECISIONS:
        told = f"Give one of {', '.join(DECISIONS)}"
        raise Invalid(faults=(Fault("State", told, "unknown_state"),))
    return ProposalRequest(asked["Id"], ProposalState(text))


def _shown(proposal: OrderProposal, state: ProposalState, action: Action | None) -> dict[str, Any]:
    base = account_path(Role.ADVERTISER, proposal.advertiser_id)
    zone = calendar.zone(action.time_zone if action else "UTC")
    amount, decided_at = proposal.amount, proposal.decided_at
    return {
        "Id": proposal.proposal_id,
        "State": str(state),
        "Change": "REVERSE" if amount is None else "MODIFY",
        "Reason": "ITEM_RETURNED" if amount is None else "ORDER_UPDATE",
        "Amount": "" if amount is None else str(amount),
        "Currency": "" if amount is None else amount.currency,
        "OrderId": proposal.order_id,
        "ActionId": proposal.action_id,
        "ActionUri": f"{base}/Actions/{proposal.action_id}",
        "LockingDate": calendar.in_zone(action.locks_at, zone) if action else "",
        "CreationDate": calendar.in_zone(proposal.made_at, zone),
        "DecidedBy": shown_source(proposal.decided_by),
        "DecisionDate": calendar.in_zone(decided_at, zone) if decided_at else "",
        "Uri": f"{base}/Proposals/{proposal.proposal_id}",
    }
