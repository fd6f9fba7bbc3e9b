"""Changes of actions on their way to being decided, from a form or from a file's row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain import action_changes, limit_usage
from makegood.domain.action_changes import Change, Held
from makegood.domain.actions import Action, ActionState, ActionUpdate
from makegood.domain.problems import Conflict, NotFound
from makegood.forms import changes
from makegood.forms.changes import ActionName
from makegood.store.work_store import WorkStore
from makegood.usecases.unit_of_work import Asked, Done, View, readable

CAMPAIGNS_SEARCHED_MAX = 20
"""Campaigns that an order is looked for in when its campaign is not named."""


def _as_left_by(update: ActionUpdate, action: Action) -> Action:
    """The action as a change left it, whatever was changed since; what is reversed stays so.

    The update tells what it was worth then, in or outside of terms.
    """
    if update.state is ActionState.REVERSED:
        return action
    return replace(action, state=update.state, payout=update.payout, outside=False)


@dataclass(frozen=True, slots=True)
class ChangeWork:
    """Rows are fields of one advertiser's changes; their source is kept as who made them.

    `reversing`: the form is a reversal. `in_file`: the row's reason may reverse, too; what is just
    so already is no conflict; and no row is worked on twice.
    """

    advertiser_id: str
    now: datetime
    reversing: bool = False
    in_file: bool = False

    def load(self, store: WorkStore, rows: Sequence[Asked]) -> View:
        view = View()
        names = list(readable(rows, lambda row: changes.action_name(row.fields)))
        campaign_ids = {each.campaign_id for each in names if each.campaign_id}
        if any(not each.action_id and not each.campaign_id for each in names):
            campaign_ids |= set(store.campaign_ids_of(self.advertiser_id))
        view.campaigns = store.campaigns(sorted(campaign_ids))
        keys = [
            key for each in readable(names, lambda name: self._keys(name, view)) for key in each
        ]
        view.orders = store.orders(keys)
        newest = [action_id for order in view.orders.values() for _, action_id in order.newest]
        named = [each.action_id for each in names if each.action_id]
        view.actions = store.actions([*named, *newest])
        own = [each for each in view.actions.values() if each.advertiser_id == self.advertiser_id]
        view.orders |= store.orders((each.campaign_id, each.order.order_id) for each in own)
        view.contracts = store.contracts(
            dict.fromkeys((each.campaign_id, each.partner_id) for each in own)
        )
        view.uses = store.uses(
            meter
            for each in own
            if (contract := view.contracts.get((each.campaign_id, each.partner_id)))
            for meter in limit_usage.meters_of(each, contract, self.now)
        )
        if self.in_file:
            found = readable(rows, lambda row: (self._action(row, view).action_id, row.source))
            view.worked_on = store.worked_on(found)
        return view

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

    def _action(self, row: Asked, view: View) -> Action:
        """The action that a row is about; a foreign one is not found."""
        name = changes.action_name(row.fields)
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

    def decide(self, row: Asked, view: View) -> Done:
        action = self._action(row, view)
        change = self._change(row, action)
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
        )
        changed, outcome = action_changes.decide(change, held, self.now, row.source)
        if self.in_file:
            updates = tuple(replace(each, once=row.source) for each in outcome.updates)
            outcome = replace(outcome, updates=updates)
        update = outcome.updates[0] if outcome.updates else None
        return Done(changed, outcome, update=update)

    def _change(self, row: Asked, action: Action) -> Change:
        if self.reversing:
            return changes.reversal(row.fields)
        if self.in_file:
            return changes.row_change(row.fields, action)
        return changes.action_change(row.fields, action)
