"""Reading what a backtest asks about claims: what stood beside each on the day that it was filed.

Everything is read by key and index, for many claims at once. Claims keep the verdict that they
have; those without one, which were decided before the shop gave orders, are verified against the
orders that it has by now. Other claims about an order count if they were open when the claim was
filed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.inquiries import Inquiry
from makegood.domain.orders import OrderCredits
from makegood.domain.parties import Campaign
from makegood.domain.policies import Policy
from makegood.domain.policy_decisions import Rulebook
from makegood.domain.shop_orders import ShopOrders
from makegood.domain.verdicts import Verdict
from makegood.store.work_store import WorkStore
from makegood.usecases import evidence, policy_books
from makegood.usecases.shops import Shop
from makegood.usecases.view import View


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A version, and what was read for asking it about some claims of a campaign."""

    policy: Policy | None
    inquiries: Mapping[str, Inquiry]
    disputed: frozenset[str]
    evidenced: frozenset[str]
    alike: Mapping[tuple[str, str], str]
    aliased: Mapping[str, OrderCredits | None]

    def as_filed(self, inquiry: Inquiry) -> Inquiry:
        """A claim with its verdict, before anybody asked or decided something."""
        return replace(self.inquiries[inquiry.inquiry_id], asked_by=(), decisions=())

    def book_of(self, inquiry: Inquiry) -> Rulebook:
        """What is known of one claim. Counts are not: nobody kept what they were on that day."""
        return Rulebook(
            policy=self.policy,
            has_evidence=inquiry.inquiry_id in self.evidenced,
            disputed=inquiry.inquiry_id in self.disputed,
            alike=self.alike.get((inquiry.campaign_id, inquiry.claim.order_id), ""),
            aliased=self.aliased[inquiry.inquiry_id],
        )


def load(
    store: WorkStore,
    campaign: Campaign,
    policy: Policy | None,
    found: Sequence[Inquiry],
    filed: Mapping[str, OrderCredits],
    rules: Mapping[tuple[str, str], ApprovalRule],
) -> Rehearsal:
    """What `policy` is asked with about these claims. What was credited for the order of each when
    it was filed, and their `rules`, are known.
    """
    view = View(campaigns={campaign.campaign_id: campaign}, rules={**rules})
    view.orders = {(order.campaign_id, order.order_id): order for order in filed.values()}
    evidence.load(store, view, [each.claim for each in found if _is_looked_up(each)])
    view.inquiries = {}  # other claims make a dispute here (`_disputed`), and no verdict
    place = campaign.advertiser_id, campaign.campaign_id
    if campaign.advertiser_id not in view.shops and (
        setting := store.verification_settings([place]).get(campaign.advertiser_id)
    ):
        nothing = ShopOrders((), setting.affixes)
        view.shops[campaign.advertiser_id] = Shop(setting, nothing)
    seen = [_verified(each, view, filed[each.inquiry_id]) for each in found]
    policy_books.load_alike(store, view, [each.claim for each in seen if each.verification])
    return Rehearsal(
        policy,
        {each.inquiry_id: each for each in seen},
        frozenset(_disputed(store, view, found)),
        frozenset(_evidenced(store, policy, found)),
        view.alike,
        {each.inquiry_id: policy_books.aliased(each.claim, view) for each in seen},
    )


def _is_looked_up(inquiry: Inquiry) -> bool:
    """Whether the shop's order is read: for a verdict, or for who is credited for it."""
    kept = inquiry.verification
    return kept is None or kept.verdict is Verdict.TAKEN


def _verified(inquiry: Inquiry, view: View, filed: OrderCredits) -> Inquiry:
    if inquiry.verification is not None:
        return inquiry
    view.orders[filed.campaign_id, filed.order_id] = filed
    found = evidence.of(inquiry.claim, inquiry.inquiry_id, view)
    return found.verified(inquiry, inquiry.created_at) if found else inquiry


def _disputed(store: WorkStore, view: View, found: Sequence[Inquiry]) -> Iterable[str]:
    """The claims beside which another one named the same order, and was not decided yet."""
    named = _named(store, view, found)
    known = {each.inquiry_id: each for each in found}
    known |= store.inquiries(sorted({one for ids in named.values() for one in ids} - known.keys()))
    for inquiry in found:
        others = (known[one] for one in named[inquiry.inquiry_id] if one in known)
        if any(_was_open(each, inquiry.created_at) for each in others):
            yield inquiry.inquiry_id


def _named(store: WorkStore, view: View, found: Sequence[Inquiry]) -> dict[str, set[str]]:
    """The other claims that name each claim's order. Where the shop has given no orders, only a
    rule of `set_rule` approves, and those alone are asked for that have one.
    """
    places = {
        each.inquiry_id: [(each.advertiser_id, key) for key in _keys_of(each, view)]
        for each in found
    }
    kept = store.mentions(place for about in places.values() for place in about)
    named = {
        inquiry_id: {one for place in about for one in kept[place].inquiry_ids}
        for inquiry_id, about in places.items()
    }
    for each in found:
        if not places[each.inquiry_id] and (each.campaign_id, each.partner_id) in view.rules:
            named[each.inquiry_id] |= {
                *store.inquiries_about(each.campaign_id, each.claim.order_id)
            }
    return {inquiry_id: about - {inquiry_id} for inquiry_id, about in named.items()}


def _keys_of(inquiry: Inquiry, view: View) -> tuple[str, ...]:
    """The keys under which claims about its order are kept: by its id, and by the shop's."""
    shop = view.shops.get(inquiry.advertiser_id)
    if shop is None:
        return ()
    meant = inquiry.verification.order_id if inquiry.verification else ""
    ids = dict.fromkeys(each for each in (inquiry.claim.order_id, meant) if each)
    return tuple(dict.fromkeys(key for each in ids for key in shop.keys_of(each)))


def _was_open(other: Inquiry, at: datetime) -> bool:
    if other.created_at > at:
        return False
    return other.is_live or (other.resolved_at or other.latest_change_at) > at


def _evidenced(store: WorkStore, policy: Policy | None, found: Sequence[Inquiry]) -> Iterable[str]:
    """The claims with a clean file of their partner's, where the version asks for that."""
    if policy is None or not policy.asks_for_evidence:
        return
    for inquiry_id in store.with_exhibits(each.inquiry_id for each in found):
        if any(file.is_compared for file in store.exhibits(inquiry_id)):
            yield inquiry_id
