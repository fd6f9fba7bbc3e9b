"""Reading what decisions by policy need, for the inquiries of campaigns that have a policy.

A campaign says itself whether it has one, so where it has none, nothing more is read. Orders that
are alike are also read for claims that an approval rule or silence may decide.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from makegood.domain import automatic_decisions, policy_decisions
from makegood.domain.automatic_decisions import Filing
from makegood.domain.inquiries import Claim, Inquiry
from makegood.domain.orders import OrderCredits
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.parties import Campaign, PartnerKind
from makegood.domain.policy_decisions import Question, Rulebook
from makegood.domain.shop_orders import PLAIN, spelling_keys
from makegood.store.mentions import Spelling
from makegood.store.work_store import WorkStore
from makegood.usecases import evidence
from makegood.usecases.view import View


def has_policy(campaign: Campaign) -> bool:
    return bool(campaign.policy or campaign.shadow)


def may_decide(claim: Claim, view: View) -> bool:
    """Whether the claim's campaign has a policy, or its partner an approval rule there."""
    pair = claim.campaign_id, claim.partner_id
    return has_policy(view.campaigns[claim.campaign_id]) or pair in view.rules


def load_policies(store: WorkStore, view: View) -> None:
    """The versions in force and in the shadow of the campaigns in view."""
    asked = [each for each in view.campaigns.values() if has_policy(each)]
    if asked:
        numbers = ((each, number) for each in asked for number in (each.policy, each.shadow))
        view.policies = store.policies((each.campaign_id, at) for each, at in numbers if at)


def load_books(store: WorkStore, view: View, found: Iterable[Inquiry], now: datetime) -> None:
    """What is counted for these inquiries, and the breakers of their campaigns."""
    load_policies(store, view)
    asked = [each for each in found if has_policy(view.campaigns[each.campaign_id])]
    if not asked:
        return
    for campaign in {each.campaign_id: view.campaigns[each.campaign_id] for each in asked}.values():
        policy = view.policies.get((campaign.campaign_id, campaign.policy))
        if policy is not None and policy.may_trip:
            whose = campaign.campaign_id, campaign.advertiser_id, campaign.policy_since
            view.breakers[campaign.campaign_id] = store.breaker(*whose)
    _load_evidence(store, view, asked)
    questions = [question_of(each, view) for each in asked]
    wanted = [tally for each in questions for tally in policy_decisions.asked_tallies(each, now)]
    view.tallies = store.tallies(wanted)


def _load_evidence(store: WorkStore, view: View, asked: Iterable[Inquiry]) -> None:
    """Which of these have a clean file of their partner's, where a version asks for that."""
    for each in asked:
        campaign = view.campaigns[each.campaign_id]
        versions = (
            view.policies.get((campaign.campaign_id, number))
            for number in (campaign.policy, campaign.shadow)
        )
        if any(version.asks_for_evidence for version in versions if version):
            files = store.exhibits(each.inquiry_id)
            if any(file.is_compared for file in files):
                view.evidenced.add(each.inquiry_id)


def load_caps(store: WorkStore, view: View, found: Iterable[Inquiry], now: datetime) -> None:
    """What is used of the caps of the rules that would approve these inquiries."""
    asked = [each for each in found if has_policy(view.campaigns[each.campaign_id])]
    questions = (question_of(each, view) for each in asked)
    wanted = [tally for each in questions for tally in policy_decisions.cap_tallies(each, now)]
    if wanted:
        view.tallies |= store.tallies(wanted)


def load_for_verdicts(
    store: WorkStore, view: View, found: Sequence[Inquiry], now: datetime
) -> None:
    """What the policy is asked with about open inquiries that get a new verdict."""
    pairs = list(dict.fromkeys((each.campaign_id, each.partner_id) for each in found))
    if not pairs:
        return
    setting = store.setting(pairs, now)
    view.campaigns |= setting.campaigns
    view.partners |= setting.partners
    view.contracts |= setting.contracts
    view.rules |= setting.rules
    keys = {(each.campaign_id, each.claim.order_id) for each in found}
    view.orders |= store.orders(sorted(keys - view.orders.keys()))
    credited = (credit for order in view.orders.values() for credit in order.credits)
    holders = {credit.partner_id for credit in credited}
    view.partners |= store.partners(sorted(holders - view.partners.keys()))
    view.disputed |= {each.inquiry_id for each in found if evidence.is_disputed(each, view)}
    load_alike(store, view, [each.claim for each in found if may_decide(each.claim, view)])
    load_books(store, view, found, now)


def on_verdict(verified: Inquiry, view: View, now: datetime) -> tuple[Inquiry, Outcome]:
    """An inquiry that has a new verdict, after its campaign's policy."""
    question = question_of(verified, view)
    if question.book.policy is None and question.book.shadow is None and question.rule is None:
        return verified, NOTHING
    filing = Filing(
        campaign=question.campaign,
        partner=view.partners[verified.partner_id],
        contract=question.contract,
        order=question.order,
        attempts=(),
        inquiry_id=verified.inquiry_id,
        credited=view.partners,
        rule=question.rule,
        book=question.book,
    )
    return automatic_decisions.on_verdict(verified, filing, now)


def load_disputes(store: WorkStore, view: View, found: Sequence[Inquiry]) -> None:
    """Which of these inquiries' orders another live inquiry is about."""
    others = {
        each.inquiry_id: store.inquiries_about(each.campaign_id, each.claim.order_id)
        for each in found
    }
    known = store.inquiries({inquiry_id for about in others.values() for inquiry_id in about})
    view.disputed = {
        inquiry_id
        for inquiry_id, about in others.items()
        if any(known[each].is_live for each in about if each != inquiry_id and each in known)
    }


def load_alike(store: WorkStore, view: View, claims: Sequence[Claim]) -> None:
    """Credited orders whose ids differ from these claims' in spelling alone.

    They are for claims with a verdict: without one nothing decides but a rule of `set_rule`, whose
    outcome stays as it is.
    """
    if not claims:
        return
    keys = {(each.campaign_id, each.order_id): _keys_of(each, view) for each in claims}
    spelled = store.spellings(place for places in keys.values() for place in places)
    others = {
        (campaign_id, order_id): [
            (campaign_id, other)
            for other in _spellings(campaign_id, places, spelled)
            if other != order_id
        ]
        for (campaign_id, order_id), places in keys.items()
    }
    wanted = dict.fromkeys(each for found in others.values() for each in found)
    view.orders |= store.orders(each for each in wanted if each not in view.orders)
    for place, found in others.items():
        credited = (each[1] for each in found if view.orders[each].credits)
        view.alike[place] = next(credited, "")


def _keys_of(claim: Claim, view: View) -> list[tuple[str, str]]:
    """The advertiser and each key under which spellings of a claim's order id are kept."""
    advertiser_id = view.campaigns[claim.campaign_id].advertiser_id
    shop = view.shops.get(advertiser_id)
    affixes = shop.orders.affixes if shop else PLAIN
    return [(advertiser_id, key) for key in spelling_keys(claim.order_id, affixes)]


def _spellings(
    campaign_id: str,
    places: Iterable[tuple[str, str]],
    spelled: Mapping[tuple[str, str], Iterable[Spelling]],
) -> Iterator[str]:
    """Ids that orders of the campaign may have under these keys; a key may be an id itself."""
    for place in places:
        yield place[1]
        yield from sorted(other for where, other in spelled[place] if where == campaign_id)


def book_of(inquiry: Inquiry, view: View) -> Rulebook:
    """What was read for this inquiry."""
    campaign = view.campaigns[inquiry.campaign_id]
    alike = view.alike.get((inquiry.campaign_id, inquiry.claim.order_id), "")
    credited = aliased(inquiry.claim, view)
    if not has_policy(campaign):
        return Rulebook(alike=alike, aliased=credited)
    return Rulebook(
        policy=view.policies.get((campaign.campaign_id, campaign.policy)),
        shadow=view.policies.get((campaign.campaign_id, campaign.shadow)),
        has_evidence=inquiry.inquiry_id in view.evidenced,
        disputed=inquiry.inquiry_id in view.disputed,
        alike=alike,
        aliased=credited,
        tallies=view.tallies,
        breaker=view.breakers.get(campaign.campaign_id),
    )


def aliased(claim: Claim, view: View) -> OrderCredits | None:
    """What its campaign has credited under another id of the claim's order, where the claim names
    one of the shop's ids as it is written. An id that differs in spelling alone is for a person.
    """
    campaign = view.campaigns[claim.campaign_id]
    shop = view.shops.get(campaign.advertiser_id)
    if shop is None or not (campaign.declines_tracked or has_policy(campaign)):
        return None
    found = shop.orders.find(claim.order_id).order
    if found is None or claim.order_id not in found.ids:
        return None
    own = {*spelling_keys(claim.order_id, shop.orders.affixes)}
    others = (
        each for each in found.ids if own.isdisjoint(spelling_keys(each, shop.orders.affixes))
    )
    credited = (view.orders.get((claim.campaign_id, each)) for each in others)
    return next((order for order in credited if order and order.credits), None)


def question_of(inquiry: Inquiry, view: View) -> Question:
    pair = inquiry.campaign_id, inquiry.partner_id
    return Question(
        inquiry=inquiry,
        campaign=view.campaigns[inquiry.campaign_id],
        partner_kind=kind_of(inquiry, view),
        contract=view.contracts.get(pair),
        order=view.orders[inquiry.campaign_id, inquiry.claim.order_id],
        rule=view.rules.get(pair),
        book=book_of(inquiry, view),
    )


def kind_of(inquiry: Inquiry, view: View) -> PartnerKind:
    partner = view.partners.get(inquiry.partner_id)
    return partner.kind if partner is not None else PartnerKind.OTHER
