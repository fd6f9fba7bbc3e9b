"""The evidence for verdicts: read for many claims at once, and told of one.

An advertiser that has never given orders has no shop, and nothing is read for its claims. For all
others everything is found by key: the orders by the claims' ids, other claims and credits by the
keys of the orders that were found.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from makegood.domain.backings import Backed
from makegood.domain.evidence import Evidence, claimed_event_type, in_the_way
from makegood.domain.inquiries import Claim, Inquiry
from makegood.domain.mentions import Mentions
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.shop_orders import PLAIN, ShopOrder, ShopOrders, coarsest
from makegood.domain.verdicts import HoldKind
from makegood.domain.verification import Hold
from makegood.store.work_store import WorkStore
from makegood.usecases.shops import Shop
from makegood.usecases.view import View

RIVALS_MAX = 10
"""Open claims about one order that get a new verdict with another one; where there are more, all
that are left out wait for a person already.
"""


def load_orders(store: WorkStore, view: View, claims: Iterable[Claim]) -> None:
    """The shops of these claims, with the orders that they may mean. Their campaigns are known."""
    claimed = _by_advertiser(claims, view)
    if not claimed:
        return
    pairs = [(owner, each.campaign_id) for owner, ours in claimed.items() for each in ours]
    for advertiser_id, setting in store.verification_settings(pairs).items():
        ids = [each.order_id for each in claimed[advertiser_id]]
        orders = store.shop_orders(advertiser_id, ids, setting.affixes)
        view.shops[advertiser_id] = Shop(setting, ShopOrders(orders, setting.affixes))


def _by_advertiser(claims: Iterable[Claim], view: View) -> dict[str, list[Claim]]:
    result: dict[str, list[Claim]] = {}
    for claim in claims:
        if campaign := view.campaigns.get(claim.campaign_id):
            result.setdefault(campaign.advertiser_id, []).append(claim)
    return result


def load(store: WorkStore, view: View, claims: Sequence[Claim]) -> None:
    """All that verdicts on these claims are made of."""
    load_orders(store, view, claims)
    for advertiser_id, ours in _by_advertiser(claims, view).items():
        if advertiser_id not in view.shops:
            continue
        shop = view.shops[advertiser_id]
        shop.coverage = store.coverage(advertiser_id)
        shop.campaign_ids = store.campaign_ids_of(advertiser_id)
        _load_near(store, advertiser_id, shop, ours)
        rivals = _load_rivals(store, view, advertiser_id, ours)
        known = [each for each in (*ours, *rivals) if shop.has(each.order_id)]
        spelled = (place for each in known for place in shop.spelled(each))
        view.orders |= store.orders(each for each in spelled if each not in view.orders)


def _more(shop: Shop, orders: Iterable[ShopOrder]) -> None:
    """Orders that the shop has besides."""
    both = dict.fromkeys((*shop.orders.orders, *orders))
    shop.orders = ShopOrders(tuple(both), shop.orders.affixes)


def _load_near(store: WorkStore, advertiser_id: str, shop: Shop, claims: Iterable[Claim]) -> None:
    """Orders that a person may pick from, for claims that mean none."""
    unknown = [each for each in claims if not shop.orders.find(each.order_id).orders]
    near = [
        order
        for each in unknown
        for order in store.near_orders(advertiser_id, each.order_amount, each.ordered_at)
    ]
    if near:
        _more(shop, near)


def _load_rivals(
    store: WorkStore, view: View, advertiser_id: str, claims: Iterable[Claim]
) -> list[Claim]:
    """The claims that name the orders of these, with the orders that they may mean themselves."""
    shop = view.shops[advertiser_id]
    keys = dict.fromkeys(key for each in claims for key in shop.keys_of(each.order_id))
    places = [(advertiser_id, key) for key in keys]
    shop.mentions = {key: each for (_, key), each in store.mentions(places).items()}
    shop.spellings = {key: each for (_, key), each in store.spellings(places).items()}
    named = {each for mentions in shop.mentions.values() for each in mentions.inquiry_ids}
    view.inquiries |= store.inquiries(sorted(named - view.inquiries.keys()))
    rivals = [view.inquiries[each].claim for each in sorted(named) if each in view.inquiries]
    _load_campaigns(store, view, shop, {each.campaign_id for each in rivals})
    if further := {each.order_id for each in rivals} - {each.order_id for each in claims}:
        _more(shop, store.shop_orders(advertiser_id, sorted(further), shop.orders.affixes))
    return rivals


def _load_campaigns(store: WorkStore, view: View, shop: Shop, campaign_ids: set[str]) -> None:
    """Further campaigns of the shop's advertiser, with what they set."""
    if further := sorted(campaign_ids - shop.setting.campaigns.keys()):
        view.campaigns |= store.campaigns(further)
        settings = {**shop.setting.campaigns, **store.campaign_settings(further)}
        shop.setting = replace(shop.setting, campaigns=settings)


def of(claim: Claim, inquiry_id: str, view: View, also: Sequence[Inquiry] = ()) -> Evidence | None:
    """What is known of the order of a claim; None where its advertiser has given no orders.

    `also` are claims that are about to be filed.
    """
    campaign = view.campaigns[claim.campaign_id]
    shop = view.shops.get(campaign.advertiser_id)
    if shop is None:
        return None
    others = [*_mentioned(claim, inquiry_id, shop, view), *also]
    return Evidence(
        shop.orders,
        shop.coverage,
        tuple(_holds(claim, shop, view, others)) if shop.has(claim.order_id) else (),
        shop.setting.tolerance(campaign, claim.order_amount.currency),
        claimed_event_type(campaign),
    )


def is_stale(inquiry: Inquiry, view: View) -> bool:
    """Whether an open claim's verdict is not what the shop says of its order now: there is another
    order, or it has changed, and the walk that follows a file has not come to the claim.
    """
    shop, kept = view.shops.get(inquiry.advertiser_id), inquiry.verification
    if shop is None or not inquiry.is_live:
        return False
    if kept is None:
        return True
    campaign, currency = view.campaigns[inquiry.campaign_id], inquiry.claim.order_amount.currency
    alone = Evidence(shop.orders, (), (), shop.setting.tolerance(campaign, currency))
    return alone.differs(inquiry, kept)


def borne_out(inquiry: Inquiry, view: View) -> Outcome:
    """That the shop's order which an inquiry means is still as it was read when this is written."""
    shop = view.shops.get(inquiry.advertiser_id)
    order = shop.orders.find(inquiry.claim.order_id).order if shop else None
    return Outcome(borne_out_by=((inquiry.advertiser_id, order),)) if order else NOTHING


def is_disputed(inquiry: Inquiry, view: View) -> bool:
    """Whether another live claim names the order of this one."""
    shop = view.shops.get(inquiry.advertiser_id)
    if shop is None:
        return False
    others = _mentioned(inquiry.claim, inquiry.inquiry_id, shop, view)
    return any(each.is_live for each in others)


def _mentioned(claim: Claim, inquiry_id: str, shop: Shop, view: View) -> list[Inquiry]:
    """The other claims that name a claim's order."""
    named = (
        each
        for key in shop.keys_of(claim.order_id)
        if key in shop.mentions
        for each in shop.mentions[key].inquiry_ids
    )
    ids = [each for each in dict.fromkeys(named) if each != inquiry_id]
    return [view.inquiries[each] for each in ids if each in view.inquiries]


def _holds(claim: Claim, shop: Shop, view: View, others: Sequence[Inquiry]) -> Iterator[Hold]:
    """Credits and open claims on the order that a claim means."""
    accepted = {each.action_id for each in others}
    own = claim.campaign_id, claim.order_id
    for place in shop.spelled(claim):
        order = view.orders[place]
        for credit in in_the_way(claim, order) if place == own else order.credits:
            kind = HoldKind.ACCEPTED if credit.action_id in accepted else HoldKind.CREDITED
            yield Hold(kind, credit.action_id, credit.event_type_id, order.order_id)
    for each in others:
        if each.is_live:
            yield Hold(HoldKind.LIVE, each.inquiry_id, "", each.claim.order_id)


def entered(inquiry: Inquiry, view: View, now: datetime) -> Outcome:
    """Keeps that this open claim names its order, if that is not kept yet.

    Claims about the same order get a new verdict with it: each is in the other's way, whichever
    came first.
    """
    shop = view.shops.get(inquiry.advertiser_id)
    if shop is None or not inquiry.is_live:
        return NOTHING
    key = coarsest(inquiry.claim.order_id, PLAIN)
    before = shop.mentions.get(key) or Mentions(inquiry.advertiser_id, key)
    if inquiry.inquiry_id in before.inquiry_ids:
        return NOTHING
    others = _mentioned(inquiry.claim, inquiry.inquiry_id, shop, view)
    decided = {each.inquiry_id for each in others if not each.is_live}
    rivals = [each for each in others if each.is_live and each.verification][-RIVALS_MAX:]
    return Outcome(
        mentions=((before, before.with_claim(inquiry.inquiry_id, decided)),),
        inquiries=tuple((each, _beside(each, inquiry, view, now)) for each in rivals),
    )


def _beside(rival: Inquiry, inquiry: Inquiry, view: View, now: datetime) -> Inquiry:
    """An open claim with the verdict that it has beside another."""
    evidence = of(rival.claim, rival.inquiry_id, view, also=(inquiry,))
    return evidence.verified(rival, now) if evidence else rival


def load_backings(store: WorkStore, view: View, inquiries: Iterable[Inquiry]) -> None:
    """What the orders back already that these inquiries mean, or that somebody may pick."""
    undecided = [each for each in inquiries if each.is_live]
    load_orders(store, view, (each.claim for each in undecided))
    places = []
    for each in undecided:
        shop = view.shops.get(each.advertiser_id)
        found = shop.orders.find(each.claim.order_id).order if shop else None
        candidates = each.verification.candidates if each.verification else ()
        types = view.campaigns[each.campaign_id].event_types
        places += [
            (each.advertiser_id, order_id, one.event_type_id)
            for order_id in ((found.order_id,) if found else candidates)
            for one in types
        ]
    view.backings = store.backings(places) if places else {}


def backed(inquiry: Inquiry, view: View, picked: str = "") -> Backed | None:
    """The shop's order that the inquiry means, else the one that was picked, and what it backs."""
    shop = view.shops.get(inquiry.advertiser_id)
    found = shop.orders.find(inquiry.claim.order_id).order if shop else None
    order_id = found.order_id if found else picked
    if not order_id:
        return None
    places = [each for each in view.backings if each[:2] == (inquiry.advertiser_id, order_id)]
    return Backed(
        inquiry.advertiser_id, order_id, {each[2]: view.backings[each] for each in places}
    )
