"""Reading what surrounds an open claim, for the people who decide it; all of it by key.

An advertiser whose shop has given no orders has no counts of customers, and all other signals.
"""

from makegood.domain import claim_counts, exhibits, signals
from makegood.domain.claim_counts import NOBODY, Counted, Customer
from makegood.domain.contracts import Contract, Terms
from makegood.domain.inquiries import Inquiry
from makegood.domain.parties import Campaign
from makegood.domain.problems import Forbidden
from makegood.domain.reasons import Reason
from makegood.domain.signals import Surroundings
from makegood.store.store import Store


def of(store: Store, inquiry: Inquiry, campaign: Campaign) -> tuple[Reason, ...]:
    """What there is to show of a claim; nothing once it is decided."""
    if not inquiry.is_live:
        return ()
    pair = inquiry.campaign_id, inquiry.partner_id
    version = campaign.campaign_id, campaign.policy
    policy = store.policies([version]).get(version) if campaign.policy else None
    setting = store.setting([pair], inquiry.created_at)
    around = Surroundings(
        campaign,
        counted=_counted(store, inquiry),
        run=_run(store, inquiry),
        bounds=signals.bounds_of(policy, setting.rules.get(pair)),
        terms=_terms(setting.contracts.get(pair), inquiry),
        files=_files(store, inquiry),
    )
    return signals.signals(inquiry, around)


def _terms(signed: Contract | None, inquiry: Inquiry) -> Terms | None:
    """What was agreed when it was filed; None of a contract that was signed later."""
    try:
        return signed and signed.in_force(inquiry.created_at)
    except Forbidden:
        return None


def _counted(store: Store, inquiry: Inquiry) -> Counted:
    claim = inquiry.claim
    if not claim.customer_id or not store.has_orders(inquiry.advertiser_id):
        return NOBODY
    named = store.customer_names(inquiry.advertiser_id, [claim.customer_id])
    if claim.customer_id not in named:
        return NOBODY
    customer = Customer(claim.campaign_id, claim.partner_id, named[claim.customer_id])
    wanted = [*customer.tallies, *claim_counts.spread_of(claim.campaign_id)]
    return claim_counts.counted(customer, store.tallies(wanted))


def _run(store: Store, inquiry: Inquiry) -> tuple[str, ...]:
    """The partner's claims on orders next to this one; those withdrawn count, too."""
    near = signals.neighbours(inquiry)
    found = store.inquiries(each for each in near if each != inquiry.inquiry_id) if near else {}
    claim = inquiry.claim
    own = (
        each.claim.order_id
        for each in found.values()
        if (each.partner_id, each.campaign_id) == (claim.partner_id, claim.campaign_id)
    )
    return signals.run_of(inquiry, own)


def _files(store: Store, inquiry: Inquiry) -> dict[str, tuple[Inquiry, ...]]:
    """The other claims that the files of its evidence were sent for, or of what it appeals."""
    sources = filter(None, (inquiry.claim.appeal_of, inquiry.inquiry_id))
    known = [each for source in sources for each in store.exhibits(source) if each.is_compared]
    if not known:
        return {}
    sent = store.sent_files(inquiry.advertiser_id, [each.sha256 for each in known])
    named = {each for file in sent.values() for each in file.inquiry_ids}
    found = store.inquiries(sorted(named - {inquiry.inquiry_id}))
    by_digest = {
        digest: [found[each] for each in file.inquiry_ids if each in found]
        for digest, file in sent.items()
    }
    return exhibits.same_files(inquiry, known, by_digest)
