"""How claims are checked against a shop's orders: what its advertiser and each campaign set.

The advertiser says how its order numbers may be written and how long its orders are kept. A
campaign says what its commission counts, how far a claim may be off, and what follows when the shop
undoes an order whose action still waits for its lock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from makegood.domain.parties import Campaign
from makegood.domain.shop_orders import PLAIN, Affixes, AmountBasis
from makegood.domain.verification import OtherCurrency, Tolerance

KEPT_DAYS = 400
TOLERANCE_DAYS = 1


class Undoing(StrEnum):
    """What follows when the shop undoes an order: a person is told the change, or it is made."""

    PROPOSE = "PROPOSE"
    CHANGE = "CHANGE"


@dataclass(frozen=True, slots=True)
class ShopSetting:
    """What an advertiser sets; its orders are kept for `kept_days` from their file's start."""

    advertiser_id: str
    affixes: Affixes = PLAIN
    kept_days: int = KEPT_DAYS

    def expires_at(self, started_at: datetime) -> datetime:
        return started_at + timedelta(days=self.kept_days)


@dataclass(frozen=True, slots=True)
class CampaignSetting:
    """What a campaign sets; `tolerance_minor` is in minor units of the campaign's currency."""

    campaign_id: str
    basis: AmountBasis = field(default_factory=AmountBasis)
    tolerance_days: int = TOLERANCE_DAYS
    tolerance_minor: int = 0
    other_currency: OtherCurrency = OtherCurrency.MISMATCH
    undoing: Undoing = Undoing.PROPOSE


@dataclass(frozen=True, slots=True)
class VerificationSetting:
    """What holds for some claims of an advertiser; `campaigns` are theirs, by id."""

    shop: ShopSetting
    campaigns: Mapping[str, CampaignSetting]

    @property
    def affixes(self) -> Affixes:
        return self.shop.affixes

    def tolerance(self, campaign: Campaign, currency: str) -> Tolerance:
        """How far a claim in that currency may be off; in another than the campaign's, not at
        all: nobody has said how much that would be.
        """
        held = self.campaigns[campaign.campaign_id]
        return Tolerance(
            zone=campaign.zone,
            days=held.tolerance_days,
            amount_minor=held.tolerance_minor if currency == campaign.currency else 0,
            other_currency=held.other_currency,
        )
