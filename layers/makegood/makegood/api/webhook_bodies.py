"""Bodies of webhooks: an event as its feed shows it, with the object as that account sees it.

They are made while the event is written, of the very version that it tells. An account is shown
what `GET` of the object's address would show it then, and nothing more; links that would expire are
left out.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from makegood.api import events, presenters, statement_presenters
from makegood.api.balances import Unpaid, show_entry, show_funds
from makegood.domain.actions import Action
from makegood.domain.events import Change, Event, EventType, Owner
from makegood.domain.parties import Caller, Role, account_sid
from makegood.domain.webhooks import BODY_BYTES_MAX
from makegood.store.event_bodies import Body
from makegood.store.store import Store
from makegood.store.webhooks import endpoint_as

Shown = dict[str, Any]


class Bodies:
    """Makes bodies; `now` is the stack's own instant, which says where an action's money is."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store, self.now = store, now

    def body(self, owner: Owner, change: Change) -> Body:
        """The body of an event, but for its number."""
        make = _MAKERS[change.event_type]
        shown = make(self, owner, change)

        def numbered(number: int) -> str:
            event = Event(
                number,
                change.event_type,
                change.object_id,
                change.version,
                change.state,
                change.made_at,
                change.event_name,
            )
            text = _text(owner, event, shown)
            return text if len(text.encode()) < BODY_BYTES_MAX else bare(owner, event)

        return numbered

    def _inquiry(self, owner: Owner, change: Change) -> Shown:
        inquiry = self.store.inquiry_as(change.image)
        campaign = self.store.campaigns([inquiry.campaign_id])[inquiry.campaign_id]
        if owner.role is Role.PARTNER:
            return presenters.inquiry_for_partner(inquiry, campaign)
        return presenters.inquiry_for_advertiser(
            inquiry, campaign, self._partner(inquiry.partner_id)
        )

    def _partner(self, partner_id: str) -> str:
        found = self.store.partners([partner_id]).get(partner_id)
        return found.name if found else ""

    def _action(self, owner: Owner, change: Change) -> Shown:
        action = self.store.action_as(change.image)
        campaign = self.store.campaigns([action.campaign_id])[action.campaign_id]
        if owner.role is Role.PARTNER:
            return presenters.action_for_partner(action, campaign, self.now)
        name = self._partner(action.partner_id)
        return presenters.action_for_advertiser(action, campaign, name, self.now)

    def _update(self, owner: Owner, change: Change) -> Shown | None:
        update = self.store.updates([change.object_id]).get(change.object_id)
        action = self._action_of(update.action_id) if update else None
        if update is None or action is None:
            return None
        campaign = self.store.campaigns([update.campaign_id])[update.campaign_id]
        if owner.role is Role.PARTNER:
            return presenters.update_for_partner(update, action, campaign, self.now)
        return presenters.update_for_advertiser(update, action, campaign, self.now)

    def _action_of(self, action_id: str) -> Action | None:
        return self.store.actions([action_id]).get(action_id)

    def _file(self, owner: Owner, change: Change) -> Shown | None:
        found = self.store.upload(change.object_id)
        return presenters.upload(found, UTC, {}) if found else None

    def _entry(self, owner: Owner, change: Change) -> Shown | None:
        found = self.store.entries([change.object_id]).get(change.object_id)
        return show_entry(found, f"{owner.role.lower()}:{owner.account_id}") if found else None

    def _statement(self, owner: Owner, change: Change) -> Shown | None:
        name = f"{owner.role.lower()}:{owner.account_id}"
        found = self.store.statements_of(name, [change.object_id]).get(change.object_id)
        if found is None:
            return None
        caller = Caller(account_sid(owner.role, owner.account_id), owner.role, owner.account_id)
        from makegood.api import statements

        names = statements.names_in(self.store, [found])
        return statement_presenters.statement(found, caller, names, csv_uri="", workbook_uri="")

    def _funds(self, owner: Owner, change: Change) -> Shown:
        forecast, cash = self.store.forecast_as(change.image)
        waiting = Unpaid(None, forecast.overdue_minor, None, forecast.as_of)
        return show_funds(cash, forecast, waiting)

    def _policy(self, owner: Owner, change: Change) -> Shown:
        campaign = self.store.campaigns([change.object_id])[change.object_id]
        tripped = change.image["tripped"]["S"] if change.image else ""
        named = {"CampaignId": campaign.campaign_id, "Version": str(campaign.policy)}
        return {**named, "Tripped": tripped}

    def _webhook(self, owner: Owner, change: Change) -> Shown:
        from makegood.api import webhooks

        return webhooks.show(endpoint_as(change.image))


_MAKERS: dict[EventType, Callable[[Bodies, Owner, Change], Shown | None]] = {
    EventType.INQUIRY: Bodies._inquiry,
    EventType.ACTION: Bodies._action,
    EventType.UPDATE: Bodies._update,
    EventType.FILE: Bodies._file,
    EventType.ENTRY: Bodies._entry,
    EventType.STATEMENT: Bodies._statement,
    EventType.FUNDS: Bodies._funds,
    EventType.POLICY: Bodies._policy,
    EventType.WEBHOOK: Bodies._webhook,
}


def bare(owner: Owner, event: Event) -> str:
    """The body of an event without its object."""
    return _text(owner, event, None)


def _text(owner: Owner, event: Event, shown: Shown | None) -> str:
    told = {
        "type": event.event_name,
        "timestamp": event.made_at.astimezone(UTC).isoformat(),
        "data": {**events.show(owner, event), "Object": shown},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
