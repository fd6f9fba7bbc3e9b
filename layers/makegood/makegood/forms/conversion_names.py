"""The names that the field's API has for what a conversion says, beside those that are read here.

Its clients send all that they know. What is kept here by another name is taken under that name;
what is not kept is passed over; what neither knows is refused, because it may be misspelt. What is
passed over changes no amount: an order with discounts tells its amount, and an item with a price
its subtotal.

The names are those of the published description of the brand API (v14), and of the versions before.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from makegood.domain.problems import Fault, Invalid
from makegood.domain.texts import trimmed
from makegood.forms import fields
from makegood.forms.reading import Fields

OURS = {
    "EventTypeId": "ActionTrackerId",
    "MediaId": "MediaPartnerId",
    "Oid": "OrderId",
    "CurrencyCode": "Currency",
    "OrderPromoCode": "PromoCode",
    "OrderSubTotalPostDiscount": "Amount",
}
"""Other names of what is kept, and the names that it is read by."""

OUR_ITEM_PARTS = {
    "ItemQuantity": "ItemQty",
    "ItemSubTotal": "ItemSubtotal",
    "ItemMpn": "ItemMPN",
}

DISCOUNTS = ("OrderDiscount", "OrderDiscountRate")
ITEM_DISCOUNTS = ("ItemDiscount", "ItemDiscountRate", "ItemTotalDiscount")

NOT_KEPT = frozenset(
    {
        *("EventTypeCode", "EventCode", "DispositionCode", "Note"),
        *("ClickId", "CustomClickId", "CustomProfileId", "UniqueUrl", "ReferralId"),
        *("SubId1", "SubId2", "SubId3", "SharedId"),
        *("GoogAId", "AndroidId", "AppleIfa", "AppleIfv"),
        *("PhoneNumber", "CallerId", "CountryCode", "IpAddress", "CustomerEmail", "CustomerArea"),
        *("OrderShipping", "OrderTax", "OrderMargin", "PaymentType", "GiftPurchase"),
        *("UserAgent", "DeviceMfr", "DeviceModel", "DeviceOs", "DeviceOsVer"),
        *("PropertyId", "AppPackage", "AppInstallRef", "AppName", "AppVer"),
        *("LocationId", "LocationName", "LocationType", "SiteCategory", "TrackingConsent"),
        *DISCOUNTS,
    }
)
ITEM_NOT_KEPT = (
    *("ItemPromoCode", "ItemBrand", "ItemDeliveryType", "ItemPrice", "ItemMargin"),
    *ITEM_DISCOUNTS,
)

_ITEM = "[1-9][0-9]{0,3}"
OUR_ITEM = rf"({'|'.join(OUR_ITEM_PARTS)})({_ITEM})"
OTHER_ITEM = rf"({'|'.join(ITEM_NOT_KEPT)})({_ITEM})"
OWN_COLUMN = (
    r"Text([1-9]|[1-4][0-9]|50)|Numeric([1-9]|10)|Date([1-9]|10)|Money[1-3]"
    rf"|Item(Text|Numeric|Date|Money){_ITEM}_[1-9][0-9]?"
)
"""What a brand keeps of its own, by number."""


@dataclass(frozen=True, slots=True)
class Said:
    """A conversion by the names that are read here, and by which other names some of it came."""

    fields: Fields
    came_as: Mapping[str, str]

    def by_their_names(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Faults of fields by the names that these came as."""
        return tuple(
            replace(each, field=self.came_as.get(each.field, each.field)) for each in faults
        )


def read(sent: Fields) -> Said:
    """A conversion as it was sent; raises `Invalid` with all that is at fault in its names."""
    said: dict[str, str] = {}
    came_as: dict[str, str] = {}
    faults: list[Fault] = []
    for name, text in sorted(sent.items(), key=lambda each: _ours(each[0]) != each[0]):
        ours = _ours(name)
        if not trimmed(text):
            said.setdefault(ours, text)
        elif trimmed(said.get(ours, "")) not in ("", trimmed(text)):
            faults.append(_twice(name, came_as.get(ours, ours)))
        elif not trimmed(said.get(ours, "")):
            said[ours] = text
            if ours != name:
                came_as[ours] = name
    kept = {name: text for name, text in said.items() if not is_passed_over(name)}
    faults += [*_unread_prices(said), *_unread_discounts(said)]
    try:
        fields.check_known(kept, fields.CONVERSION_FIELDS, items=True)
    except Invalid as unknown:
        faults += unknown.faults
    if faults:
        raise Invalid(faults=tuple(faults))
    return Said(kept, came_as)


def is_passed_over(name: str) -> bool:
    """Whether the field's API knows this, and nothing of it is kept here."""
    return name in NOT_KEPT or re.fullmatch(f"{OTHER_ITEM}|{OWN_COLUMN}", name) is not None


def _ours(name: str) -> str:
    item = re.fullmatch(OUR_ITEM, name)
    return OUR_ITEM_PARTS[item.group(1)] + item.group(2) if item else OURS.get(name, name)


def _twice(name: str, other: str) -> Fault:
    message = f"{other} says the same with another value; give one of them"
    return Fault(name, message, "duplicate_parameter")


def _unread_prices(said: Fields) -> list[Fault]:
    """An item's price without its subtotal would leave the item without an amount."""
    message = "Give ItemSubTotal, the amount of all pieces after discounts, instead of their price"
    return [
        Fault(name, message, "unit_price")
        for name, text in said.items()
        if name.startswith("ItemPrice")
        and is_passed_over(name)
        and trimmed(text)
        and not trimmed(said.get(name.replace("ItemPrice", "ItemSubtotal", 1), ""))
    ]


def _unread_discounts(said: Fields) -> list[Fault]:
    """Of an order with discounts, nobody guesses what is left to pay on."""
    if trimmed(said.get("Amount", "")):
        return []
    message = "Give Amount, what is left after all discounts"
    return [
        Fault(name, message, "amount_required")
        for name, text in said.items()
        if name.startswith((*DISCOUNTS, *ITEM_DISCOUNTS)) and is_passed_over(name) and trimmed(text)
    ]
