"""What an advertiser reports: an order that was tracked."""

from dataclasses import dataclass
from typing import Self

from makegood.domain.orders import Conversion, Order
from makegood.domain.parties import Campaign
from makegood.forms import items, reading
from makegood.forms.reading import Fields, Form, read_id


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """An order of this campaign."""

    campaign_id: str
    unread: Fields

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(reading.campaign_id(fields), fields)

    def conversion(self, campaign: Campaign) -> Conversion:
        """Its amount may be zero, as a lead's is; left out, it is what its items come to."""
        form = Form.of(self.unread, campaign)
        event_type_id = form.text("ActionTrackerId", required=True)
        order_id = form.text("OrderId", reading.ORDER_ID_MAX, required=True)
        ordered_at = form.date("EventDate", required=True)
        amount = form.money("Amount", required=not items.have_subtotals(form))
        partner_id = form.read("MediaPartnerId", read_id, required=True)
        customer_id = form.customer_id()
        customer_status = form.text("CustomerStatus")
        promo_code = form.text("PromoCode")
        customer_country = form.text("CustomerCountry")
        customer_region = form.text("CustomerRegion")
        customer_city = form.text("CustomerCity")
        customer_postcode = form.text("CustomerPostCode")
        bought = items.items(form)
        if amount is None and not form.faults:
            amount = items.amount(form, bought)
        form.check_currency(ordered_at)
        form.done()
        if ordered_at is None or amount is None or partner_id is None:
            raise ValueError("a required field was read as blank")
        order = Order(
            order_id=order_id,
            ordered_at=ordered_at,
            customer_id=customer_id,
            customer_status=customer_status,
            promo_code=promo_code,
            items=bought,
            customer_country=customer_country,
            customer_region=customer_region,
            customer_city=customer_city,
            customer_postcode=customer_postcode,
        )
        return Conversion(
            campaign_id=campaign.campaign_id,
            event_type_id=event_type_id,
            partner_id=partner_id,
            order=order,
            order_amount=amount,
        )
