"""The use case of reporting conversions, by request or by a file's row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from makegood.domain import action_lifecycle
from makegood.domain.limits import Meter
from makegood.domain.orders import Conversion
from makegood.domain.parties import own_campaign
from makegood.domain.problems import Forbidden
from makegood.forms.conversions import ConversionRequest
from makegood.store.work_store import WorkStore
from makegood.usecases import customers
from makegood.usecases.unit_of_work import Done, readable
from makegood.usecases.view import Ask, View


@dataclass(frozen=True, slots=True)
class ConversionWork:
    """One advertiser's conversions."""

    advertiser_id: str
    now: datetime

    def load(self, store: WorkStore, rows: Sequence[Ask[ConversionRequest]]) -> View:
        view = View()
        view.campaigns = store.campaigns(dict.fromkeys(row.request.campaign_id for row in rows))
        conversions = list(readable(rows, lambda row: self.conversion(row, view)))
        view.contracts = store.contracts_for(
            {(each.campaign_id, each.partner_id): [self.now] for each in conversions}
        )
        view.orders = store.orders((each.campaign_id, each.order.order_id) for each in conversions)
        view.actions = store.actions(
            action_lifecycle.conversion_action_id(each) for each in conversions
        )
        meters = readable(conversions, lambda each: self._meters(each, view))
        view.uses = store.uses(meter for found in meters for meter in found)
        self._load_customers(store, view, conversions)
        return view

    def _load_customers(
        self, store: WorkStore, view: View, conversions: Sequence[Conversion]
    ) -> None:
        """The customers of new orders, if the shop has given orders."""
        met = [
            (each.campaign_id, each.partner_id, each.order.customer_id)
            for each in conversions
            if each.order.customer_id
            and action_lifecycle.conversion_action_id(each) not in view.actions
        ]
        if met and store.has_orders(self.advertiser_id):
            customers.load(store, view, self.advertiser_id, met)

    def _meters(self, conversion: Conversion, view: View) -> list[Meter]:
        contract = view.contracts.get((conversion.campaign_id, conversion.partner_id))
        if contract is None or not contract.has_limits:
            return []
        campaign = view.campaigns[conversion.campaign_id]
        return action_lifecycle.conversion_meters(conversion, campaign, contract, self.now)

    def conversion(self, row: Ask[ConversionRequest], view: View) -> Conversion:
        """The row as a conversion; a foreign campaign is not found."""
        return view.once(row, lambda request: self._read(request, view))

    def _read(self, request: ConversionRequest, view: View) -> Conversion:
        campaign = view.campaigns.get(request.campaign_id)
        return request.conversion(own_campaign(campaign, self.advertiser_id))

    def decide(self, row: Ask[ConversionRequest], view: View) -> Done:
        conversion = self.conversion(row, view)
        existing = view.actions.get(action_lifecycle.conversion_action_id(conversion))
        if row.once and existing is not None and existing.source == row.source:
            return Done(existing, again=True)
        contract = view.contracts.get((conversion.campaign_id, conversion.partner_id))
        if contract is None:
            raise Forbidden(
                f"There is no contract with partner {conversion.partner_id}; check MediaPartnerId, "
                "or sign one first",
                code="no_contract",
            )
        action, outcome = action_lifecycle.convert(
            conversion,
            campaign=view.campaigns[conversion.campaign_id],
            contract=contract,
            order=view.orders[conversion.campaign_id, conversion.order.order_id],
            existing=existing,
            now=self.now,
            source=row.source,
            used=view.uses,
        )
        if existing is None:
            outcome += customers.tracked(action, view)
        return Done(action, outcome)
