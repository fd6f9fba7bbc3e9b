"""The shopper's order: its basket, the conversion that reports it, and who is credited for it."""

from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.carried import Carrying
from makegood.domain.money import Money

ITEMS_MAX = 50


@dataclass(frozen=True, slots=True)
class Item(Carrying):
    """One line of the shopper's basket."""

    sku: str
    quantity: int = 1
    subtotal: Money | None = None
    name: str = ""
    category: str = ""
    sub_category: str = ""
    mpn: str = ""
    rebate: Money | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The shopper's purchase as the advertiser knows it; the basket and the customer's status are
    all of it that a modification may change. What is not known of the customer is blank.
    """

    order_id: str
    ordered_at: datetime
    customer_id: str = ""
    customer_status: str = ""
    promo_code: str = ""
    note: str = ""
    items: tuple[Item, ...] = ()
    customer_country: str = ""
    customer_region: str = ""
    customer_city: str = ""
    customer_postcode: str = ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A tracked order as the advertiser reports it; accepting it makes an action."""

    campaign_id: str
    event_type_id: str
    partner_id: str
    order: Order
    order_amount: Money


@dataclass(frozen=True, slots=True)
class Credit(Carrying):
    """One action's hold on an order: who is credited for what, until the action is reversed."""

    event_type_id: str
    partner_id: str
    action_id: str
    by_promo_code: bool = False


@dataclass(frozen=True, slots=True)
class OrderCredits:
    """Everything credited for one order of one campaign.

    Every action that comes or goes changes it, on its `version`: that is what keeps an order from
    being paid twice to one partner for one event type. `newest` are pairs of an event type's id and
    its newest action, which stays when that action is reversed.
    """

    campaign_id: str
    order_id: str
    credits: tuple[Credit, ...] = ()
    version: int = 0
    newest: tuple[tuple[str, str], ...] = ()

    def newest_of(self, event_type_id: str) -> str:
        """The id of the event type's newest action; blank when there never was one."""
        return dict(self.newest).get(event_type_id, "")

    def of(self, partner_id: str, event_type_id: str) -> tuple[Credit, ...]:
        return tuple(
            credit
            for credit in self.credits
            if credit.partner_id == partner_id and credit.event_type_id == event_type_id
        )

    def with_credit(self, credit: Credit) -> "OrderCredits":
        newest = {**dict(self.newest), credit.event_type_id: credit.action_id}
        return replace(
            self,
            credits=(*self.credits, credit),
            version=self.version + 1,
            newest=tuple(newest.items()),
        )

    def without(self, action_id: str) -> "OrderCredits":
        left = tuple(credit for credit in self.credits if credit.action_id != action_id)
        return replace(self, credits=left, version=self.version + 1)
