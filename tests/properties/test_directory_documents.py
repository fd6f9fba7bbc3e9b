"""A document of the directory that a later version wrote is read, and keeps what is unknown."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.approval_rules import ApprovalRule, Wait
from makegood.domain.contracts import Contract
from makegood.domain.money import Money
from makegood.domain.parties import Advertiser, EventType, Partner, PartnerKind
from makegood.domain.shop_orders import Affixes
from makegood.domain.verification_settings import CampaignSetting, ShopSetting, Undoing
from makegood.store.approval_rules import rule_of
from makegood.store.contracts import headed, name_of_terms, over
from makegood.store.directory import merged
from makegood.store.parties import advertiser_of, campaign_of, partner_of, threshold_of
from makegood.store.verification_settings import (
    campaign_document,
    campaign_setting_of,
    shop_document,
    shop_setting_of,
)

from tests.integration import market

CAMPAIGN = market.campaign()
RULE = ApprovalRule("1000", "10001", "4000", Money(600, "USD"), Money(9_000, "USD"), Wait.DAYS, 2)
PLAN = {
    "default": "5%",
    "level": "ORDER",
    "groups": [
        {
            "name": "shoes",
            "rank": 1,
            "payout": "7%",
            "when": [{"variable": "PROMO_CODE", "operator": "IS", "value": "X"}],
        }
    ],
    "limits": [{"measure": "NUMBER", "most": 5, "scope": "ALL", "every": "DAY"}],
}
TERMS = {**market.terms().to_dict(), "payouts": {"4000": PLAN, "4001": "1.50 USD"}}
CONTRACT = {**market.contract().to_dict(), "versions": [TERMS]}

Read = Callable[[Any], Any]

KINDS: dict[str, tuple[Read, Any, Any]] = {
    "advertiser": (
        advertiser_of,
        asdict(Advertiser("500", "Shop")),
        asdict(Advertiser("500", "Other")),
    ),
    "partner": (
        partner_of,
        asdict(Partner("10001", "Club", PartnerKind.CASHBACK)),
        asdict(Partner("10001", "Club", PartnerKind.OTHER)),
    ),
    "shop's setting": (
        shop_setting_of,
        shop_document(ShopSetting("500", Affixes(("WC-",), ("-EU",)), 90)),
        shop_document(ShopSetting("500", Affixes(("X-",), ("-US",)))),
    ),
    "campaign's setting": (
        campaign_setting_of,
        campaign_document(CampaignSetting("1000", tolerance_minor=5)),
        campaign_document(CampaignSetting("1000", undoing=Undoing.CHANGE)),
    ),
    "threshold": (threshold_of, asdict(Money(500, "USD")), asdict(Money(700, "USD"))),
    "campaign": (
        campaign_of,
        asdict(CAMPAIGN),
        asdict(
            replace(
                CAMPAIGN,
                names_media=True,
                event_types=(*CAMPAIGN.event_types[::-1], EventType("4002", "Install")),
            )
        ),
    ),
    "rule": (rule_of, asdict(RULE), asdict(replace(RULE, payout_max=Money(1, "USD"), days=3))),
}
"""How a kind is read, a document of it, and one that is written over it."""

UNKNOWN = st.dictionaries(
    st.sampled_from(["a_later_field", "Another", "v2"]),
    st.none() | st.booleans() | st.integers() | st.text() | st.just({"deep": [1, {"er": "2"}]}),
    max_size=3,
)

FREE_NAMES = frozenset({"payouts"})
"""Objects whose names are ids: there, what is unknown is another id, and no field."""


def grown(draw: Callable[[Any], Any], document: Any, name: str = "") -> Any:
    """The document with unknown fields in it and in every object within it."""
    if isinstance(document, dict):
        more = {} if name in FREE_NAMES else draw(UNKNOWN)
        return {**{key: grown(draw, each, key) for key, each in document.items()}, **more}
    return [grown(draw, each) for each in document] if isinstance(document, list) else document


def known_again(document: Any, shape: Any) -> bool:
    """Whether every field of the one is in the other, apart from what was written over it."""
    if isinstance(document, dict):
        return isinstance(shape, dict) and all(
            name in shape and known_again(each, shape[name]) for name, each in document.items()
        )
    if isinstance(document, list):
        return isinstance(shape, list) and all(
            any(known_again(each, one) for one in shape) for each in document
        )
    return True


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_what_is_unknown_is_read_past_and_kept(kind: str, data: st.DataObject) -> None:
    read, document, after = (each if callable(each) else as_stored(each) for each in KINDS[kind])
    later = grown(data.draw, document)
    assert read(later) == read(document)
    rewritten = merged(later, after)
    assert read(rewritten) == read(after)
    assert known_again(later, rewritten)


@given(data=st.data())
def test_a_contract_is_read_past_what_is_unknown_in_its_terms(data: st.DataObject) -> None:
    assert Contract.from_dict(grown(data.draw, CONTRACT)) == Contract.from_dict(CONTRACT)


def as_stored(document: Any) -> Any:
    return json.loads(json.dumps(document))


def test_what_this_version_knows_is_not_brought_back() -> None:
    """An event type that is gone stays gone, and what it had with it."""
    later = {**as_stored(asdict(CAMPAIGN)), "tier": "gold"}
    later["event_types"][0]["colour"] = "red"
    fewer = asdict(replace(CAMPAIGN, event_types=CAMPAIGN.event_types[1:]))
    assert campaign_of(merged(later, fewer)) == replace(
        CAMPAIGN, event_types=CAMPAIGN.event_types[1:]
    )
    assert "red" not in str(merged(later, fewer))


@given(data=st.data())
def test_a_contract_s_versions_keep_their_words_through_a_rewrite(data: st.DataObject) -> None:
    """Also in its heading; and terms are named after what they say."""
    stored = grown(data.draw, CONTRACT)
    signed = Contract.from_dict(stored)
    after = signed.replaced_by(replace(signed.read[0], valid_from=market.NOW))
    written = over(after, stored)
    assert written["versions"][0] == stored["versions"][0]
    assert known_again(stored, written)
    assert Contract.from_dict(written) == after
    heading = headed(written, headed(stored, {}) | {"of_the_heading": 1})
    assert heading["of_the_heading"] == 1
    unread = Contract.from_dict(heading)
    assert unread.read == ()
    assert [each.valid_from for each in unread.versions] == [
        each.valid_from for each in after.versions
    ]
    assert unread.with_terms(after.read) == after
    names = [name_of_terms(each) for each in written["versions"]]
    assert names == [each["kept_as"] for each in heading["versions"]]
