"""How claims are checked, beside the advertisers and campaigns that set it."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from makegood.domain.shop_orders import Affixes, AmountBasis
from makegood.domain.verification import OtherCurrency
from makegood.domain.verification_settings import (
    CampaignSetting,
    ShopSetting,
    Undoing,
    VerificationSetting,
)
from makegood.store.directory import DirectoryRow, Documents, Seen, known
from makegood.store.items import Key
from makegood.store.shop_orders import given_key

SETTING = "VERIFICATION"
T = TypeVar("T")


def shop_setting_key(advertiser_id: str) -> Key:
    return DirectoryRow, f"ADVERTISER#{advertiser_id}", SETTING


def campaign_setting_key(campaign_id: str) -> Key:
    return DirectoryRow, f"CAMPAIGN#{campaign_id}", SETTING


def shop_document(setting: ShopSetting) -> dict[str, Any]:
    affixes = {"prefixes": setting.affixes.prefixes, "suffixes": setting.affixes.suffixes}
    return {
        "advertiser_id": setting.advertiser_id,
        "affixes": {name: list(each) for name, each in affixes.items()},
        "kept_days": setting.kept_days,
    }


def shop_setting_of(document: Mapping[str, Any]) -> ShopSetting:
    affixes = known(Affixes, document["affixes"])
    told = {name: tuple(each) for name, each in affixes.items()}
    return ShopSetting(**{**known(ShopSetting, document), "affixes": Affixes(**told)})


def campaign_document(setting: CampaignSetting) -> dict[str, Any]:
    return {
        "campaign_id": setting.campaign_id,
        "basis": {"tax": setting.basis.tax, "shipping": setting.basis.shipping},
        "tolerance_days": setting.tolerance_days,
        "tolerance_minor": setting.tolerance_minor,
        "other_currency": setting.other_currency.value,
        "undoing": setting.undoing.value,
    }


def campaign_setting_of(document: Mapping[str, Any]) -> CampaignSetting:
    told = {
        "basis": AmountBasis(**known(AmountBasis, document["basis"])),
        "other_currency": OtherCurrency(document["other_currency"]),
        "undoing": Undoing(document["undoing"]),
    }
    return CampaignSetting(**{**known(CampaignSetting, document), **told})


class VerificationSettings(Documents):
    """Reads and writes these settings; who has set nothing has the defaults."""

    def verification_settings(
        self, campaigns: Iterable[tuple[str, str]]
    ) -> dict[str, VerificationSetting]:
        """Of (advertiser, campaign) pairs: by advertiser, of those alone that have given orders;
        one read.
        """
        pairs = list(dict.fromkeys(campaigns))
        advertisers = list(dict.fromkeys(advertiser_id for advertiser_id, _ in pairs))
        rows = self.fetch(
            [
                *map(given_key, advertisers),
                *map(shop_setting_key, advertisers),
                *(campaign_setting_key(campaign_id) for _, campaign_id in pairs),
            ]
        )
        return {
            each: VerificationSetting(
                _shop_in(rows, each),
                {c: _campaign_in(rows, c) for owner, c in pairs if owner == each},
            )
            for each in advertisers
            if given_key(each)[1:] in rows
        }

    def shop_setting(self, advertiser_id: str) -> ShopSetting:
        return _shop_in(self.fetch([shop_setting_key(advertiser_id)]), advertiser_id)

    def campaign_settings(self, campaign_ids: Iterable[str]) -> dict[str, CampaignSetting]:
        """By campaign; each has one."""
        ids = list(dict.fromkeys(campaign_ids))
        rows = self.fetch(map(campaign_setting_key, ids))
        return {each: _campaign_in(rows, each) for each in ids}

    def put_shop_setting(self, setting: ShopSetting, seen: Seen[ShopSetting] | None = None) -> None:
        """Writes what an advertiser sets over any other, or over what was seen."""
        key = shop_setting_key(setting.advertiser_id)
        known_to_be = self._known(key, ShopSetting(setting.advertiser_id), seen)
        self.put(key, setting, shop_setting_of, shop_document(setting), known_to_be)

    def put_campaign_setting(
        self, setting: CampaignSetting, seen: Seen[CampaignSetting] | None = None
    ) -> None:
        """Writes what a campaign sets over any other, or over what was seen."""
        key = campaign_setting_key(setting.campaign_id)
        known_to_be = self._known(key, CampaignSetting(setting.campaign_id), seen)
        self.put(key, setting, campaign_setting_of, campaign_document(setting), known_to_be)

    def _known(self, key: Key, default: T, seen: Seen[T] | None) -> Seen[T] | None:
        """What was seen, or that nothing is kept: who has set nothing is seen with the default."""
        if seen is not None and seen.value == default and self.held(key) is None:
            return Seen(None)
        return seen


def _shop_in(rows: Mapping[tuple[str, str], Any], advertiser_id: str) -> ShopSetting:
    row = rows.get(shop_setting_key(advertiser_id)[1:])
    return ShopSetting(advertiser_id) if row is None else shop_setting_of(row.document)


def _campaign_in(rows: Mapping[tuple[str, str], Any], campaign_id: str) -> CampaignSetting:
    row = rows.get(campaign_setting_key(campaign_id)[1:])
    return CampaignSetting(campaign_id) if row is None else campaign_setting_of(row.document)
