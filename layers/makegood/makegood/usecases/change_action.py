"""The use case of changing actions, by request or by a file's row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain import action_changes, limit_usage
from makegood.domain.action_changes import Held
from makegood.domain.actions import Action, ActionUpdate
from makegood.domain.limits import Meter
from makegood.domain.problems import Conflict, NotFound
from makegood.forms import changes
from makegood.forms.changes import ActionName, ChangeRequest
from makegood.store.contracts import Need
from makegood.store.work_store import WorkStore
from makegood.usecases.unit_of_work import Done, readable
from makegood.usecases.view import Ask, View

CAMPAIGNS_SEARCHED_MAX = 20
"""Campaigns that an order is looked for in when its campaign is not named."""


def _as_left_by(update: ActionUpdate, action: Action) -> Action:
    """The action as a change left it, whatever has changed since; a reversed one stays reversed.

    The update tells what it was worth then, in or outside of terms.
    """
    if update.state.rules.is_undone:
        return action
    return replace(action, state=update.state, payout=update.payout, outside=False)


def _action_ids(names: Sequence[ActionName], view: View) -> list[str]:
    """The actions that are named, and the newest ones of the orders that were found."""
    newest = [action_id for order in view.orders.values() for _, action_id in order.newest]
    return [*(each.action_id for each in names if each.action_id), *newest]


@dataclass(frozen=True, slots=True)
class ChangeWork:
    """One advertiser's changes; the source of a row is kept as who made it.

    `in_file`: what is just so already is no conflict, and no row is worked on twice.
    """

    advertiser_id: str
    now: datetime
    in_file: bool = False

    def load(self, store: WorkStore, rows: Sequence[Ask[ChangeRequest]]) -> View:
        names = [row.request.name for row in rows]
        view = View(campaigns=store.campaigns(self._campaign_ids(names, store)))
        view.orders = store.orders(self._orders_named(names, view))
        view.actions = store.actions(_action_ids(names, view))
        own = [each for each in view.actions.values() if each.advertiser_id == self.advertiser_id]
        view.orders |= store.orders((each.campaign_id, each.order.order_id) for each in own)
        view.contracts = store.contracts_for(self._terms_of(own))
        claimed = {each.campaign_id for each in own if each.inquiry_id}
        view.campaigns |= store.campaigns(sorted(claimed - view.campaigns.keys()))
        view.uses = store.uses(self._meters(own, view))
        if self.in_file:
            view.worked_on = store.worked_on(self._actions_of_rows(rows, view))
        return view

    def _terms_of(self, own: Sequence[Action]) -> dict[tuple[str, str], list[Need]]:
        """The contract versions of these actions: now, as each was priced, and as it was made."""
        needs: dict[tuple[str, str], list[Need]] = {}
        for each in own:
            versions = each.contract_version, each.as_created().contract_version
            needs.setdefault((each.campaign_id, each.partner_id), [self.now]).extend(versions)
        return needs

    def _campaign_ids(self, names: Sequence[ActionName], store: WorkStore) -> list[str]:
        """Those that are named, and all of the advertiser's where an order is named alone."""
        campaign_ids = {each.campaign_id for each in names if each.campaign_id}
        if any(not each.action_id and not each.campaign_id for each in names):
            campaign_ids |= set(store.campaign_ids_of(self.advertiser_id))
        return sorted(campaign_ids)

    def _orders_named(self, names: Sequence[ActionName], view: View) -> list[tuple[str, str]]:
        """Campaign and order, wherever an action named by its order may be."""
        found = readable(names, lambda name: self._keys(name, view))
        return [key for keys in found for key in keys]

    def _meters(self, own: Sequence[Action], view: View) -> Iterator[Meter]:
        """The limits that these actions come under."""
        for each in own:
            contract = view.contracts.get((each.campaign_id, each.partner_id))
            if contract:
                yield from limit_usage.meters_of(each, contract, self.now)

    def _actions_of_rows(
        self, rows: Sequence[Ask[ChangeRequest]], view: View
    ) -> Iterator[tuple[str, str]]:
        """The id of each row's action, and the row's source."""
        return readable(rows, lambda row: (self._action(row, view).action_id, row.source))

    def _keys(self, name: ActionName, view: View) -> list[tuple[str, str]]:
        """Campaign and order, for each of the advertiser's campaigns that may have the order."""
        found = [
            each.campaign_id
            for each in view.campaigns.values()
            if not name.action_id
            and each.advertiser_id == self.advertiser_id
            and name.campaign_id in ("", each.campaign_id)
            and any(known.event_type_id == name.event_type_id for known in each.event_types)
        ]
        if len(found) > CAMPAIGNS_SEARCHED_MAX:
            raise changes.needs_campaign()
        return [(campaign_id, name.order_id) for campaign_id in found]

    def _newest(self, name: ActionName, view: View) -> str:
        """The id of the order's newest action of the event type."""
        orders = [view.orders[key] for key in self._keys(name, view)]
        newest = [each for order in orders if (each := order.newest_of(name.event_type_id))]
        if len(newest) > 1:
            raise changes.needs_campaign()
        return newest[0] if newest else ""

    def _action(self, row: Ask[ChangeRequest], view: View) -> Action:
        """The action that a row is about; a foreign one is not found."""
        name = row.request.name
        action = view.actions.get(name.action_id or self._newest(name, view))
        if action is None or action.advertiser_id != self.advertiser_id:
            named = "ActionId" if name.action_id else "OrderId and ActionTrackerId"
            raise NotFound(f"There is no such action in this account; check {named}")
        if action.created_at > self.now and not name.action_id:
            raise Conflict(
                f"Action {action.action_id} of this order came after this was asked; give ActionId",
                code="newer_action",
            )
        return action

    def decide(self, row: Ask[ChangeRequest], view: View) -> Done:
        action = self._action(row, view)
        change = row.request.change(action)
        before = view.worked_on.get((action.action_id, row.source))
        if self.in_file and before is not None:
            return Done(_as_left_by(before, action), again=True, update=before)
        if self.in_file and action_changes.is_done(change, action):
            return Done(action)
        held = Held(
            action,
            view.orders[action.campaign_id, action.order.order_id],
            view.contracts.get((action.campaign_id, action.partner_id)),
            view.uses,
            view.campaigns.get(action.campaign_id),
        )
        changed, outcome = action_changes.decide(change, held, self.now, row.source)
        if self.in_file:
            updates = tuple(replace(each, once=row.source) for each in outcome.updates)
            outcome = replace(outcome, updates=updates)
        update = outcome.updates[0] if outcome.updates else None
        return Done(changed, outcome, update=update)
