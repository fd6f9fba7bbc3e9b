"""Policies by HTTP: drafts are checked, one version is in force, and what it counts is shown."""

import json
from typing import Any

import pytest
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.inquiries import InquiryState
from makegood.domain.verdicts import Verdict
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import ADVERTISER, OTHER_ADVERTISER, PARTNER, Answer
from tests.integration.market import CAMPAIGN, CASHBACK, SALE, usd
from tests.integration.test_policies import verified
from tests.policies import approve, decline, on, when

PATH = f"/Campaigns/{CAMPAIGN}/Policies"


def make(*rules: Any, **more: Any) -> Answer:
    event = ADVERTISER.event(
        "POST", PATH, json.dumps({"Rules": [*rules], **more}), {"Content-Type": "application/json"}
    )
    return ADVERTISER.send(event)


def state_of(version: int) -> str:
    return ADVERTISER.get(f"{PATH}/{version}").body["State"]


def put(version: int, state: str) -> Answer:
    return ADVERTISER.put(f"{PATH}/{version}", {"State": state})


def test_a_draft_is_shown_as_it_was_made_and_can_be_made_again_from_that(live: Store) -> None:
    rule = approve(on("MATCH"), when("AGE_DAYS", "AT_MOST", 9), Wait="DAYS", Days=3)
    made = make(rule, decline(), SamplePercent=0.5, Breaker={"Last": 20}, Note="First")
    assert (made.status, made.body["Version"]) == (200, "2")
    shown = ADVERTISER.get(f"{PATH}/2").body
    assert (shown["State"], shown["SamplePercent"], shown["Note"]) == ("DRAFT", "0.5", "First")
    assert shown["Rules"][0]["When"][1] == when("AGE_DAYS", "AT_MOST", "9")
    kept = {name: shown[name] for name in ("Breaker", "SamplePercent")}
    again = make(*shown["Rules"], **kept)
    assert again.body["Version"] == "3"
    assert ADVERTISER.get(f"{PATH}/3").body["Rules"] == shown["Rules"]


def test_the_same_key_names_the_same_draft(live: Store) -> None:
    fields = {"Rules": json.dumps([decline()])}
    answers = [ADVERTISER.post(PATH, fields, Idempotency_Key="one") for _ in range(2)]
    assert [each.body["Version"] for each in answers] == ["2", "2"]


def test_versions_are_listed_the_newest_first_and_have_a_most(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makegood.api.policies.VERSIONS_MAX", 4)
    assert [make(decline()).status for _ in range(3)] == [200, 200, 200]
    refused = make(decline())
    assert (refused.status, refused.body["code"]) == (422, "policies_full")
    page = ADVERTISER.get(f"{PATH}?PageSize=3").body
    assert (page["@total"], [each["Version"] for each in page["Policies"]]) == (
        "4",
        ["4", "3", "2"],
    )
    rest = ADVERTISER.get(f"{PATH}?{page['@nextpageuri'].partition('?')[2]}").body
    assert [each["Version"] for each in rest["Policies"]] == ["1"]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([approve(when("AGE_DAYS", "AT_MOST", 9))], "Rule matches: it pays without a verdict"),
        ([approve(), approve(name="late")], "Rule late: it can never match: rule matches holds"),
        ([decline(on("MATCH"))], "Rule undone: it contradicts itself: reason 5 needs VERDICT"),
        ([{**approve(), "Typo": "1"}], "check Typo"),
        ([], "A policy has 1 to 50 rules"),
    ],
)
def test_a_senseless_policy_is_refused_with_the_rules_name(
    live: Store, rules: Any, told: str
) -> None:
    refused = make(*rules)
    assert refused.status == 400
    (fault,) = refused.body["Errors"]
    assert fault["Field"] == "Rules"
    assert told in fault["Message"]
    assert len(ADVERTISER.get(PATH).body["Policies"]) == 1


def test_one_version_is_in_force_and_one_may_be_in_its_shadow(live: Store) -> None:
    for rule in (decline(), approve(), approve(on("MATCH", "MISMATCH"))):
        make(rule)
    assert put(2, "ACTIVE").body["State"] == "ACTIVE"
    assert put(3, "SHADOW").body["State"] == "SHADOW"
    assert put(3, "ACTIVE").body["State"] == "ACTIVE"
    assert [state_of(each) for each in (1, 2, 3, 4)] == ["PAST", "PAST", "ACTIVE", "DRAFT"]
    assert put(3, "SHADOW").status == 422
    assert put(1, "ACTIVE").body["State"] == "ACTIVE"
    listed = ADVERTISER.get(f"{PATH}?PageSize=2")
    assert [each["Version"] for each in listed.body["Policies"]] == ["4", "3"]
    assert listed.body["@total"] == "4"
    rest = ADVERTISER.get(f"{PATH}?PageSize=2&Page=2").body["Policies"]
    assert [each["Version"] for each in rest] == ["2", "1"]


def test_counting_goes_on_where_the_version_before_counted_customers_too(live: Store) -> None:
    few = approve(on("MATCH"), when("CUSTOMER_CLAIMS", "AT_MOST", 2, 30))
    for rule in (few, {**few, "Name": "few"}, approve()):
        make(rule)
    since = []
    for version in (2, 3, 4, 3):
        put(version, "ACTIVE")
        campaign = live.campaigns([CAMPAIGN])[CAMPAIGN]
        since.append((campaign.counted_since, campaign.policy_since))
    first, again = since[0][0], since[3][0]
    assert [each for each, _ in since] == [first, first, first, again]
    assert (first, again) == (since[0][1], since[3][1])


def test_what_options_say_is_the_first_version(live: Store) -> None:
    live.put_rule(ApprovalRule(CAMPAIGN, CASHBACK, SALE, usd("6.00"), usd("60.00")))
    live.put_campaign(market.campaign(declines_tracked=True))
    shown = ADVERTISER.get(f"{PATH}/1").body
    assert (shown["State"], shown["SamplePercent"]) == ("ACTIVE", "0")
    assert [each["Name"] for each in shown["Rules"]] == ["tracked-orders", "approval:10001"]


def test_a_version_in_force_decides_and_tells_how_people_agreed(live: Store) -> None:
    make(decline(), approve(), SamplePercent="100")
    put(2, "ACTIVE")
    sampled, undone = (market.file(live, each) for each in ("A-1", "A-2"))
    verified(live, sampled, Verdict.MATCH)
    assert verified(live, undone, Verdict.UNDONE).state is InquiryState.DECLINED
    market.resolve(live, market.accepted(sampled.inquiry_id))
    assert ADVERTISER.get(f"{PATH}/2").body["Sample"] == {"Agreed": "1", "Differed": "0"}


def test_an_operators_change_of_the_campaign_keeps_its_policy(live: Store) -> None:
    make(decline())
    put(2, "ACTIVE")
    campaign = live.campaigns([CAMPAIGN])[CAMPAIGN]
    live.put_campaign(market.replace(campaign, names_media=True))
    assert (live.campaigns([CAMPAIGN])[CAMPAIGN].names_media, state_of(2)) == (True, "ACTIVE")


def test_a_policy_is_the_advertisers_own(live: Store) -> None:
    make(decline())
    assert OTHER_ADVERTISER.get(f"{PATH}/2").status == 404
    assert OTHER_ADVERTISER.put(f"{PATH}/2", {"State": "ACTIVE"}).status == 404
    assert PARTNER.get(PATH).status == 403
    assert put(9, "ACTIVE").status == 404
    assert put(2, "DRAFT").status == 400
