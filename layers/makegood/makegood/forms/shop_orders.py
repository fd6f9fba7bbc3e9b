"""What an advertiser tells of one of its own orders, as a row of its own layout would tell it.

Who bought, with which code and through whom is taken and not kept: a claim is checked without it.
"""

from datetime import UTC

from makegood.domain import calendar, spreadsheet_damage, texts
from makegood.domain.money import Money, parse_currency
from makegood.domain.parties import Campaign
from makegood.domain.problems import Malformed
from makegood.domain.shop_orders import ALIASES_MAX, ShopOrder, ShopState
from makegood.forms.reading import ORDER_ID_MAX, Fields, Form

STATES = tuple(each for each in ShopState if each is not ShopState.UNKNOWN)

ANY_CURRENCY = "USD"
"""What amounts are read in where the currency is at fault, so that their own faults are told."""


def read_order(fields: Fields, campaign: Campaign | None) -> ShopOrder:
    """The order that `Id` names; the campaign's zone and currency hold where it names none."""
    form = Form(fields, campaign.zone if campaign else UTC, "")
    order_id = form.read("Id", read_order_id, required=True)
    known = campaign.currency if campaign else ""
    why = "Required without CampaignId; give one of them"
    currency = form.read("Currency", parse_currency, required=not known, why=why)
    form.currency = currency or known or ANY_CURRENCY
    ordered_at = form.date("OrderDate", required=True)
    if campaign is None and calendar.lacks_offset(texts.trimmed(fields.get("OrderDate", ""))):
        message = "Says no time zone; add an offset to it, or give CampaignId"
        form.fault("OrderDate", message, "no_time_zone")
    amount, refunded = form.money("Amount", required=True), form.money("RefundedAmount")
    state = form.read("Status", _state) or ShopState.SALE
    aliases = form.read("Aliases", _aliases) or ()
    form.check_currency(ordered_at)
    if state is ShopState.SALE and refunded is not None and refunded.minor:
        state = ShopState.PARTLY_UNDONE
    if state is ShopState.PARTLY_UNDONE and not (refunded and refunded.minor):
        message = "The order is partly refunded; say how much, or nobody knows what is left"
        form.fault("RefundedAmount", message, "refund_missing")
    form.done()
    if order_id is None or ordered_at is None or amount is None:
        raise ValueError("a required field was read as blank")
    return ShopOrder(
        order_id=order_id,
        ordered_at=ordered_at,
        amount=amount,
        state=state,
        status=texts.trimmed(fields.get("Status", "")).lower() or "sale",
        refunded=refunded or Money.zero(form.currency),
        aliases=aliases,
    )


def read_order_id(text: str) -> str:
    """An order's id as the shop writes it, which no spreadsheet has damaged."""
    return texts.one_line(spreadsheet_damage.check(text), ORDER_ID_MAX)


def _aliases(text: str) -> tuple[str, ...]:
    found = (texts.trimmed(each) for each in text.split("|"))
    aliases = tuple(sorted({read_order_id(each) for each in found if each}))
    if len(aliases) > ALIASES_MAX:
        raise Malformed("too_many_aliases", f"Over the limit; give at most {ALIASES_MAX}")
    return aliases


def _state(text: str) -> ShopState:
    if text.upper() not in STATES:
        raise Malformed("unknown_status", f"Not a status; give one of {', '.join(STATES)}")
    return ShopState(text.upper())
