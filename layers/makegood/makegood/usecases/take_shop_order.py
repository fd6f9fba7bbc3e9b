"""The use case of taking a shop's own orders, by request or by a file's rows.

An order that the shop has undone takes its pending actions with it, in the same commit, where their
campaign says so; else it is proposed to a person, and the answer tells of it. Actions are those
that the order backs, however their claims spell it, and those that are tracked under one of its ids
as it is written: money moves here, and another spelling that nobody has verified may be another
order's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from makegood.domain import proposed_changes, undoing
from makegood.domain.action_changes import Change
from makegood.domain.actions import Action
from makegood.domain.calendar import MILLISECOND
from makegood.domain.kept_orders import KeptOrder, take
from makegood.domain.order_proposals import OrderProposal
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.problems import Problem
from makegood.domain.shop_orders import PLAIN, ShopOrder
from makegood.domain.verification_settings import CampaignSetting, ShopSetting, Undoing
from makegood.forms.changes import ActionName, DecidedChange
from makegood.store.work_store import WorkStore
from makegood.usecases.change_action import ChangeWork
from makegood.usecases.unit_of_work import Done
from makegood.usecases.view import Ask, View

CAMPAIGNS_SEARCHED_MAX = 100
"""Campaigns in which the actions of an undone order are looked for."""

CHANGED_MAX = 4
"""Actions of one order that are changed with it, in one transaction; of more it is proposed."""

PROPOSED_MAX = 20
"""Changes that one order proposes; of more is told."""


@dataclass(frozen=True, slots=True)
class ShopOrderWork:
    """One advertiser's orders; `now` is the start of the file, or the instant of the request.

    A request is the `latest` of what is known: it replaces whatever is there.
    """

    advertiser_id: str
    now: datetime
    latest: bool = False

    def load(self, store: WorkStore, rows: Sequence[Ask[ShopOrder]]) -> View:
        """Beside the orders, the actions of those that the shop has undone."""
        ids = dict.fromkeys(row.request.order_id for row in rows)
        view = self._actions(store, rows)
        view.kept_orders = store.kept_orders(self.advertiser_id, ids)
        view.shop_setting = store.shop_setting(self.advertiser_id)
        return view

    def _actions(self, store: WorkStore, rows: Sequence[Ask[ShopOrder]]) -> View:
        undone = [row for row in rows if row.request.state in undoing.UNDOING]
        if not undone:
            return View()
        campaign_ids = store.campaign_ids_of(self.advertiser_id)[:CAMPAIGNS_SEARCHED_MAX]
        ids = dict.fromkeys(each for row in undone for each in row.request.ids)
        credited = store.orders((campaign, each) for campaign in campaign_ids for each in ids)
        tracked = (credit.action_id for order in credited.values() for credit in order.credits)
        found = dict.fromkeys((*tracked, *self._backed(store, campaign_ids, ids)))
        asks = [Ask(DecidedChange(ActionName(each)), each) for each in found]
        view = self._changes.load(store, asks)
        actions = view.actions.values()
        view.campaign_settings = store.campaign_settings(each.campaign_id for each in actions)
        credited_ids = {each.order.order_id for each in actions}
        view.order_proposals = store.order_proposals(
            self.advertiser_id, self._proposals(rows, view)
        )
        for order in store.shop_orders(self.advertiser_id, credited_ids, PLAIN):
            for each in credited_ids.intersection(order.ids):
                view.named.setdefault(each, set()).add(order.order_id)
        return view

    def _backed(
        self, store: WorkStore, campaign_ids: Sequence[str], ids: Iterable[str]
    ) -> Iterator[str]:
        """The actions of accepted claims, however these spell the order: it backs them by its id.

        A former id of the order is an alias of it.
        """
        campaigns = store.campaigns(campaign_ids).values()
        types = {each.event_type_id for campaign in campaigns for each in campaign.event_types}
        places = ((self.advertiser_id, order, each) for order in ids for each in sorted(types))
        for backing in store.backings(places).values():
            yield from sorted(backing.holders)

    def _proposals(self, rows: Sequence[Ask[ShopOrder]], view: View) -> Iterator[str]:
        """Ids of what these orders may propose."""
        for row in rows:
            for action in self._actions_of(row.request, view):
                if change := undoing.change_of(row.request, action):
                    yield proposed_changes.proposal_id(action, change)

    @property
    def _changes(self) -> ChangeWork:
        return ChangeWork(self.advertiser_id, self.now)

    def decide(self, row: Ask[ShopOrder], view: View) -> Done:
        before = view.kept_orders.get(row.request.order_id)
        setting = view.shop_setting or ShopSetting(self.advertiser_id)
        started_at, source = self.now, row.source
        if self.latest:
            known = before.started_at + MILLISECOND if before else started_at
            started_at = max(started_at, known)
            source = f"{source}:{started_at.isoformat()}"
        sent = KeptOrder.sent(setting, row.request, started_at, source)
        taking, kept = take(before, sent)
        if kept is before:
            return Done(kept, NOTHING, taking=taking)
        outcome = Outcome(kept_orders=((before, kept),))
        made, warnings = self._undone(kept, row.source, view)
        return Done(kept, outcome + made, taking=taking, warnings=warnings)

    def _undone(self, kept: KeptOrder, source: str, view: View) -> tuple[Outcome, tuple[str, ...]]:
        """What the order's state makes of its actions, each on what the one before leaves; what it
        proposes, and what is told of those that stay.
        """
        order, proposed = kept.order, list[OrderProposal]()
        asked = [(each, undoing.change_of(order, each)) for each in self._actions_of(order, view)]
        wanted = [(action, change) for action, change in asked if change is not None]
        if not wanted:
            return NOTHING, ()
        seen, made, warnings = view.copy(), NOTHING, list[str]()
        for number, (action, change) in enumerate(wanted):
            if number < CHANGED_MAX and self._is_made(action, order, view):
                done, warning = self._change(action, change, source, seen)
                seen.apply(done)
                made += done
            else:
                warning = undoing.told(change, action, self.now)
                known = proposed_changes.proposal_id(action, change) in view.order_proposals
                if action.may_change(self.now) and not known:
                    proposed.append(proposed_changes.proposed(kept, action, change, self.now))
            warnings += [warning] if warning else []
        offered = tuple((None, each) for each in proposed[:PROPOSED_MAX])
        return made + Outcome(order_proposals=offered), tuple(warnings)

    def _actions_of(self, order: ShopOrder, view: View) -> Iterator[Action]:
        """Those that the order backs; and those that no order is known to back, and that are
        tracked under one of its ids.
        """
        for _, action in sorted(view.actions.items()):
            named = action.shop_order_id or action.order.order_id
            if named in order.ids and action.advertiser_id == self.advertiser_id:
                yield action

    def _is_made(self, action: Action, order: ShopOrder, view: View) -> bool:
        """Whether the change is made: never where another order of the shop has the id, too."""
        if view.named.get(action.order.order_id, set()) - {order.order_id}:
            return False
        default = CampaignSetting(action.campaign_id)
        setting = view.campaign_settings.get(action.campaign_id, default)
        return setting.undoing is Undoing.CHANGE and action.may_change(self.now)

    def _change(
        self, action: Action, change: Change, source: str, view: View
    ) -> tuple[Outcome, str]:
        """The change as it is made, or why it is not."""
        asked = DecidedChange(ActionName(action.action_id), change)
        try:
            return self._changes.decide(Ask(asked, source), view).outcome, ""
        except Problem as problem:
            return NOTHING, problem.message
