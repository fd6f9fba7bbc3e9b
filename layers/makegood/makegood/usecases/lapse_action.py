"""The use case of reversing actions that are outside of terms on their lock date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from makegood.domain import action_lifecycle
from makegood.domain.problems import NotFound
from makegood.store.work_store import WorkStore
from makegood.usecases.unit_of_work import Done
from makegood.usecases.view import Ask, View


@dataclass(frozen=True, slots=True)
class DueAction:
    """An action that the store says is due."""

    action_id: str


@dataclass(frozen=True, slots=True)
class LapseWork:
    """Reverses what is due; the source of a row is kept as who reversed it."""

    now: datetime

    def load(self, store: WorkStore, rows: Sequence[Ask[DueAction]]) -> View:
        view = View(actions=store.actions(row.request.action_id for row in rows))
        view.orders = store.orders(
            (each.campaign_id, each.order.order_id) for each in view.actions.values()
        )
        return view

    def decide(self, row: Ask[DueAction], view: View) -> Done:
        action = view.actions.get(row.request.action_id)
        if action is None:
            raise NotFound
        if action.locks_at > self.now:
            return Done(action)
        order = view.orders[action.campaign_id, action.order.order_id]
        outcome = action_lifecycle.lapse(action, order, self.now, row.source)
        return Done(outcome.actions[0][1] if outcome else action, outcome)
