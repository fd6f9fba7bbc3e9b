"""What the reference store knows of shops' own orders: settings, coverage, who gave any."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from makegood.domain.backings import Backing
from makegood.domain.kept_orders import KeptOrder
from makegood.domain.order_proposals import OrderProposal
from makegood.domain.shop_orders import Affixes, Coverage, ShopOrder
from makegood.domain.verification_settings import CampaignSetting, ShopSetting
from makegood.store.backings import Place

from tests.reference import Memory


@dataclass
class ShopMemory(Memory):
    """The reference store with readings of shops' orders."""

    settings: dict[str, CampaignSetting] = field(default_factory=dict)
    covered: dict[str, Coverage] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)

    def kept_orders(self, advertiser_id: str, ids: Iterable[str]) -> dict[str, KeptOrder]:
        return {each: self.taken[each] for each in ids if each in self.taken}

    def shop_orders(
        self, advertiser_id: str, ids: Iterable[str], affixes: Affixes
    ) -> tuple[ShopOrder, ...]:
        """All there are, unless nothing is asked: those that answer to the ids are among them."""
        if not any(ids):
            return ()
        return tuple(self.taken[each].order for each in sorted(self.taken))

    def shop_setting(self, advertiser_id: str) -> ShopSetting:
        return ShopSetting(advertiser_id)

    def campaign_settings(self, campaign_ids: Iterable[str]) -> dict[str, CampaignSetting]:
        return {each: self.settings.get(each, CampaignSetting(each)) for each in campaign_ids}

    def order_proposals(self, advertiser_id: str, ids: Iterable[str]) -> dict[str, OrderProposal]:
        return {each: self.proposed[each] for each in ids if each in self.proposed}

    def backings(self, places: Iterable[Place]) -> dict[Place, Backing]:
        """Nothing is accepted here on a shop's order."""
        return {each: Backing(*each) for each in places}

    def has_orders(self, advertiser_id: str) -> bool:
        return advertiser_id in self.given

    def customer_names(self, advertiser_id: str, customer_ids: Iterable[str]) -> dict[str, str]:
        return {each: f"{advertiser_id}:{each}" for each in customer_ids}

    def begin_orders(self, advertiser_id: str) -> None:
        self.given.add(advertiser_id)

    def put_coverage(
        self, setting: ShopSetting, upload_id: str, started_at: datetime, coverage: Coverage
    ) -> None:
        self.covered[upload_id] = coverage
