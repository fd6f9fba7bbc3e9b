"""How claims are checked against a shop's orders: what the operator sets for its advertiser, and
for each campaign.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from makegood.domain import texts
from makegood.domain.amounts import read_bounded
from makegood.domain.money import Money
from makegood.domain.parties import Campaign, own_campaign
from makegood.domain.problems import Malformed
from makegood.domain.shop_orders import AmountBasis
from makegood.domain.verification import OtherCurrency
from makegood.domain.verification_settings import CampaignSetting, ShopSetting, Undoing
from makegood.operator.arguments import (
    Arguments,
    Command,
    CommandContext,
    count,
    invalid,
    known_advertiser,
    read,
    text,
)
from makegood.store.directory import Seen

TOLERANCE_DAYS_MAX = 30
KEPT_DAYS_MIN, KEPT_DAYS_MAX = 30, 3_660
AFFIXES_MAX, AFFIX_CHARS_MAX = 20, 20

BASES: Mapping[str, AmountBasis] = {
    str(each): each
    for each in (AmountBasis(tax, shipping) for tax in (False, True) for shipping in (False, True))
}
"""Every basis by its name, like `GOODS+TAX`."""

OF_SHOP = ("prefixes", "suffixes", "kept_days")
OF_CAMPAIGN = ("amount_basis", "tolerance_days", "tolerance_amount", "other_currency", "undoing")

AGAIN = (
    "Orders that were given before are found by their old affixes until they expire; upload them "
    "again to have them found by the new ones"
)


def set_verification(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Sets how claims are checked against a shop's orders, and shows it. What is not named stays
    as it is.
    """
    advertiser_id = known_advertiser(context, arguments)
    campaign = _campaign(context, arguments, advertiser_id)
    shop = context.store.shop_setting(advertiser_id)
    given = _shop(arguments, shop)
    settled = None
    if campaign is not None:
        there = context.store.campaign_settings([campaign.campaign_id])[campaign.campaign_id]
        settled = _settled(arguments, there, campaign)
        if settled != there:
            context.store.put_campaign_setting(settled, Seen(there))
    if given != shop:
        context.store.put_shop_setting(given, Seen(shop))
    return {
        **_shop_shown(given),
        **({} if settled is None or campaign is None else _campaign_shown(settled, campaign)),
        **({"note": AGAIN} if given.affixes != shop.affixes else {}),
    }


def _campaign(context: CommandContext, arguments: Arguments, advertiser_id: str) -> Campaign | None:
    if "campaign_id" in arguments:
        campaign_id = text(arguments, "campaign_id")
        return own_campaign(context.store.campaigns([campaign_id]).get(campaign_id), advertiser_id)
    if named := [each for each in OF_CAMPAIGN if each in arguments]:
        message = f"Required with {', '.join(named)}: that is set for a campaign"
        raise invalid("campaign_id", message, "required")
    return None


def _shop(arguments: Arguments, there: ShopSetting) -> ShopSetting:
    affixes = replace(
        there.affixes,
        **{n: _affixes(arguments, n) for n in ("prefixes", "suffixes") if n in arguments},
    )
    days = there.kept_days
    if "kept_days" in arguments:
        days = count(arguments, "kept_days", KEPT_DAYS_MAX, KEPT_DAYS_MIN)
    return replace(there, affixes=affixes, kept_days=days)


def _affixes(arguments: Arguments, name: str) -> tuple[str, ...]:
    """A list of what order numbers begin or end with; an empty one takes all away."""
    given = arguments[name]
    message = f"A list of up to {AFFIXES_MAX} texts of up to {AFFIX_CHARS_MAX} characters"
    if not isinstance(given, list) or len(given) > AFFIXES_MAX:
        raise invalid(name, message, "not_affixes")
    try:
        read_affixes = tuple(texts.one_line(each, AFFIX_CHARS_MAX) for each in given)
    except (Malformed, TypeError, AttributeError) as error:
        raise invalid(name, message, "not_affixes") from error
    if "" in read_affixes:
        raise invalid(name, f"{message}; none of them blank", "not_affixes")
    return tuple(dict.fromkeys(read_affixes))


def _settled(arguments: Arguments, there: CampaignSetting, campaign: Campaign) -> CampaignSetting:
    changes: dict[str, Any] = {}
    if "amount_basis" in arguments:
        changes["basis"] = read(arguments, "amount_basis", _basis)
    if "tolerance_days" in arguments:
        changes["tolerance_days"] = count(arguments, "tolerance_days", TOLERANCE_DAYS_MAX)
    if "tolerance_amount" in arguments:
        amount = read(
            arguments, "tolerance_amount", lambda t: read_bounded(t, campaign.currency, 0)
        )
        changes["tolerance_minor"] = amount.minor
    if "other_currency" in arguments:
        changes["other_currency"] = read(arguments, "other_currency", OtherCurrency)
    if "undoing" in arguments:
        changes["undoing"] = read(arguments, "undoing", Undoing)
    return replace(there, **changes)


def _basis(given: str) -> AmountBasis:
    if given not in BASES:
        raise Malformed("unknown_basis", f"Not a basis; give one of {', '.join(BASES)}")
    return BASES[given]


def _shop_shown(shop: ShopSetting) -> dict[str, Any]:
    return {
        "advertiser_id": shop.advertiser_id,
        "prefixes": list(shop.affixes.prefixes),
        "suffixes": list(shop.affixes.suffixes),
        "kept_days": shop.kept_days,
    }


def _campaign_shown(setting: CampaignSetting, campaign: Campaign) -> dict[str, Any]:
    tolerance = Money(setting.tolerance_minor, campaign.currency)
    return {
        "campaign_id": setting.campaign_id,
        "amount_basis": str(setting.basis),
        "tolerance_days": setting.tolerance_days,
        "tolerance_amount": f"{tolerance} {campaign.currency}",
        "other_currency": setting.other_currency.value,
        "undoing": setting.undoing.value,
    }


COMMANDS: dict[str, Command] = {
    "set_verification": Command(
        set_verification,
        "advertiser_id",
        "campaign_id?",
        *(f"{each}?" for each in (*OF_SHOP, *OF_CAMPAIGN)),
    )
}
"""The setting of verification is the directory's, and moves no money."""
