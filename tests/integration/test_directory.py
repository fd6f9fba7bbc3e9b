"""Directory documents outlive their version, are written on what was read, and fit into an item."""

from collections.abc import Callable
from typing import Any

import pytest
from makegood.domain.parties import Partner, PartnerKind
from makegood.domain.problems import Conflict, NotFound, RuleForbids, VersionConflict
from makegood.store import contracts, parties
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.market import CAMPAIGN, CASHBACK, LOYALTY, SHOP
from tests.integration.test_commands import ENDING, NEW_CAMPAIGN, RULE, run

PARTNER = {"command": "create_partner", "partner_id": CASHBACK, "name": "Cashback Club"}
ADVERTISER = {"command": "create_advertiser", "advertiser_id": SHOP, "name": "The Shop"}
OPTIONS = {"command": "set_options", "campaign_id": CAMPAIGN}


def written_by_an_older_version(store: Store, key: Any) -> None:
    """Puts a document as it was put before documents had versions."""
    model, pk, sk = key
    store.write(model(pk, sk, document=store.documents([key])[pk, sk]))


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ({**PARTNER, "kind": "CASHBACK"}, {"kind": "CONTENT"}),
        ({**PARTNER, "kind": "CASHBACK"}, {"name": "Another", "kind": "CONTENT"}),
        (ADVERTISER, {"name": "Another"}),
        (ENDING, {"ended_at": "2026-08-01T00:00:00Z"}),
    ],
)
def test_what_is_there_is_changed_only_if_that_is_asked(
    trading: Store, asked: dict[str, Any], other: dict[str, Any]
) -> None:
    first = run(trading, **asked)
    kept = stack.everything("directory")
    assert run(trading, **asked) == first
    with pytest.raises(Conflict, match=f'{" and another ".join(other)}.*"change": true') as caught:
        run(trading, **{**asked, **other})
    assert caught.value.code == "other_values"
    assert stack.everything("directory") == kept
    assert run(trading, **{**asked, **other}, change=True) == first
    assert stack.everything("directory") != kept
    assert run(trading, **{**asked, **other}) == first


@pytest.mark.parametrize(
    "asked",
    [
        {**PARTNER, "kind": "CASHBACK", "partner_id": "10010"},
        {**ADVERTISER, "advertiser_id": "5000"},
    ],
)
def test_what_is_not_there_is_not_changed(trading: Store, asked: dict[str, Any]) -> None:
    kept = stack.everything("directory")
    with pytest.raises(NotFound, match='leave out "change"'):
        run(trading, **asked, change=True)
    assert stack.everything("directory") == kept


def test_a_campaign_given_again_keeps_the_options_that_were_set_since(trading: Store) -> None:
    first = run(trading, **NEW_CAMPAIGN)
    run(trading, **OPTIONS | {"campaign_id": "1002"}, names_media=True, retroactive="FROM_APPROVAL")
    kept = stack.everything("directory")
    assert run(trading, **NEW_CAMPAIGN) == first
    assert stack.everything("directory") == kept
    for other in ({"name": "Another"}, {"retroactive": "FROM_TRANSACTION"}):
        with pytest.raises(Conflict, match="set its options instead"):
            run(trading, **NEW_CAMPAIGN | other)


CHANGES: dict[str, tuple[Callable[[Store], Any], Callable[[Store], Any], str, Any]] = {
    "partner": (
        lambda store: run(store, **PARTNER, kind="OTHER", change=True),
        lambda store: run(store, **PARTNER, kind="LOYALTY", change=True),
        "partners",
        parties.partner_key(CASHBACK),
    ),
    "advertiser": (
        lambda store: run(store, **ADVERTISER | {"name": "B"}, change=True),
        lambda store: run(store, **ADVERTISER | {"name": "A"}, change=True),
        "advertisers",
        parties.advertiser_key(SHOP),
    ),
    "campaign": (
        lambda store: run(store, **OPTIONS, names_channel=True),
        lambda store: run(store, **OPTIONS, names_media=True),
        "campaigns",
        parties.campaign_key(CAMPAIGN),
    ),
    "contract": (
        lambda store: run(store, **ENDING | {"ended_at": "2026-09-01T00:00:00Z"}),
        lambda store: run(store, **ENDING),
        "contracts",
        contracts.contract_key(CAMPAIGN, LOYALTY),
    ),
    "rule": (
        lambda store: run(store, **RULE | {"days": 3}),
        lambda store: run(store, **RULE),
        "rules",
        parties.rule_key(CAMPAIGN, CASHBACK),
    ),
}


@pytest.mark.parametrize("old", [False, True], ids=["versioned", "unversioned"])
@pytest.mark.parametrize("kind", CHANGES)
def test_of_two_operators_who_change_the_same_the_second_is_told(
    trading: Store, monkeypatch: pytest.MonkeyPatch, kind: str, old: bool
) -> None:
    """The first one's change comes between the second's read and its write."""
    first, second, reads, key = CHANGES[kind]
    if old and trading.held(key):
        written_by_an_older_version(trading, key)
    read = getattr(Store, reads)
    between = [first]

    def overtaken(store: Store, *asked: Any) -> Any:
        found = read(store, *asked)
        if between:
            between.pop()(store)
        return found

    monkeypatch.setattr(Store, reads, overtaken)
    with pytest.raises(VersionConflict, match="changed by somebody else meanwhile"):
        second(trading)
    monkeypatch.undo()
    kept = stack.everything("directory")
    first(trading)  # is what is there already
    assert stack.everything("directory") == kept


@pytest.mark.parametrize("old", [False, True], ids=["versioned", "unversioned"])
def test_a_change_after_the_last_read_is_not_written_over(
    trading: Store, monkeypatch: pytest.MonkeyPatch, old: bool
) -> None:
    """The store's own read sees the document as before; the condition of the write does not."""
    key = parties.partner_key(CASHBACK)
    if old:
        written_by_an_older_version(trading, key)
    before = trading.held(key)
    trading.put_partner(Partner(CASHBACK, "First", PartnerKind.LOYALTY))
    monkeypatch.setattr(Store, "held", lambda *asked: before)
    with pytest.raises(VersionConflict):
        trading.put_partner(Partner(CASHBACK, "Second", PartnerKind.OTHER))
    monkeypatch.undo()
    assert trading.partners([CASHBACK])[CASHBACK].name == "First"


def test_an_attribute_of_a_later_version_stays_with_its_document(trading: Store) -> None:
    """In the item, in the document, and in each event type."""
    key = parties.campaign_key(CAMPAIGN)
    document = trading.held(key).document | {"tier": "gold"}
    document["event_types"][0]["colour"] = "red"
    name = {"#later": "later", "#d": "document"}
    stack.client("dynamodb").update_item(
        TableName=trading.tables.directory,
        Key={"pk": {"S": key[1]}, "sk": {"S": key[2]}},
        UpdateExpression="SET #later = :later, #d = :d",
        ExpressionAttributeNames=name,
        ExpressionAttributeValues={
            ":later": {"M": {"x": {"N": "1"}}},
            ":d": key[0].typed("document", document),
        },
    )
    run(trading, **OPTIONS, names_media=True)
    assert trading.campaigns([CAMPAIGN])[CAMPAIGN] == market.campaign(names_media=True)
    item = stack.everything("directory")[key[1:]]
    assert item["later"] == {"M": {"x": {"N": "1"}}}
    assert trading.held(key).document == document | {"names_media": True}


def test_a_campaign_that_fits_no_item_is_refused_before_anything_is_written(
    trading: Store,
) -> None:
    kept = stack.everything("directory")
    types = {f"{number}": "é" * 255 for number in range(1_000)}
    with pytest.raises(
        RuleForbids, match=r"CAMPAIGN 1002 would take .* fewer event types"
    ) as caught:
        run(trading, **NEW_CAMPAIGN | {"event_types": types})
    assert caught.value.code == "too_large"
    assert stack.everything("directory") == kept


def test_the_campaigns_of_an_advertiser_are_as_many_as_its_set_holds(
    trading: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parties, "CAMPAIGNS_MAX", 2)
    trading.put_campaign(market.campaign(campaign_id="1003"))
    kept = stack.everything("directory")
    with pytest.raises(RuleForbids, match="make another advertiser") as caught:
        trading.put_campaign(market.campaign(campaign_id="1004"))
    assert caught.value.code == "too_many_campaigns"
    assert stack.everything("directory") == kept
    trading.put_campaign(market.campaign(campaign_id="1003", names_media=True))


def test_as_many_campaigns_as_an_advertiser_may_have_fit_into_an_item(store: Store) -> None:
    ids = [f"{number:064}" for number in range(parties.CAMPAIGNS_MAX)]
    model, pk, sk = parties.campaigns_key(SHOP)
    store.write(model(pk, sk, campaign_ids=ids))
    assert len(store.campaign_ids_of(SHOP)) == parties.CAMPAIGNS_MAX
