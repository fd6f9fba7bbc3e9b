"""What was read of an advertiser's shop for some claims: its orders, and who else names these."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from makegood.domain.inquiries import Claim
from makegood.domain.mentions import Mentions
from makegood.domain.shop_orders import Coverage, ShopOrders, spelling_keys
from makegood.domain.verification_settings import VerificationSetting
from makegood.store.mentions import Spelling

CAMPAIGNS_SEARCHED_MAX = 20
"""Campaigns of an advertiser in which credits are looked for by an order's ids and keys. Under
spellings that are no keys they are found in all.
"""


@dataclass(slots=True)
class Shop:
    """One advertiser's shop. `mentions` and `spellings` are by key; the mentions change as claims
    are decided.
    """

    setting: VerificationSetting
    orders: ShopOrders
    coverage: tuple[Coverage, ...] = ()
    campaign_ids: Sequence[str] = ()
    mentions: dict[str, Mentions] = field(default_factory=dict)
    spellings: dict[str, frozenset[Spelling]] = field(default_factory=dict)

    def has(self, order_id: str) -> bool:
        """Whether it has one order that the id means."""
        return self.orders.find(order_id).order is not None

    def keys_of(self, order_id: str) -> tuple[str, ...]:
        """All keys of the order that an id means, by each of its ids; else those of the id."""
        keys = (spelling_keys(each, self.orders.affixes) for each in self._ids_of(order_id))
        return tuple(dict.fromkeys(key for found in keys for key in found))

    def _ids_of(self, order_id: str) -> tuple[str, ...]:
        found = self.orders.find(order_id).order
        return (order_id, *found.ids) if found else (order_id,)

    def spelled(self, claim: Claim) -> tuple[Spelling, ...]:
        """Where credits of a claim's order may be: campaigns, and ids as they are spelled there."""
        keys = self.keys_of(claim.order_id)
        ids = dict.fromkeys((*self._ids_of(claim.order_id), *keys))
        campaigns = dict.fromkeys((claim.campaign_id, *self.campaign_ids[:CAMPAIGNS_SEARCHED_MAX]))
        plain = [(campaign_id, each) for campaign_id in campaigns for each in ids]
        others = [each for key in keys for each in sorted(self.spellings.get(key, ()))]
        return tuple(dict.fromkeys((*plain, *others)))
