"""Orders of before ids had one spelling are found by a command, page after page."""

from typing import Any

import pytest
from makegood.domain import texts
from makegood.domain.problems import Invalid
from makegood.operator import commands
from makegood.operator.arguments import CommandContext
from makegood.store.store import Store

from tests.integration import market
from tests.integration.market import CAMPAIGN, CASHBACK, LOYALTY, NOW, SALE

ODD, ACCENT = "CD1\u200b", "Mu\u0308ller-7"


@pytest.fixture
def as_before(trading: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Ids were stored as they came: one order was paid twice, and others are alone."""
    with monkeypatch.context() as before:
        before.setattr(texts, "one_line", lambda text, *_: text)
        before.setattr(texts, "trimmed", lambda text, *_: text)
        market.track(trading, "CD1")
        market.track(trading, ODD)
        market.file(trading, ACCENT)
        market.file(trading, "\xadA-9")
        market.file(trading, "A\xad-9", LOYALTY)
        market.track(trading, "A-2")
    return trading


def listed(store: Store, has_time: bool = True, **arguments: Any) -> dict[str, Any]:
    context = CommandContext(store, NOW, lambda: "token", lambda: has_time)
    return commands.run(context, {"command": "list_lookalike_orders", **arguments})


def test_orders_that_would_be_one_are_listed_with_what_is_credited(as_before: Store) -> None:
    answer = listed(as_before)
    assert (answer["finished"], answer["cursor"]) == (True, "")
    found = {each["order_id"]: each for each in answer["orders"]}
    assert found.keys() == {"CD1<U+200B>", "Mu<U+0308>ller-7", "<U+00AD>A-9", "A<U+00AD>-9"}
    paid = found["CD1<U+200B>"]
    assert (paid["campaign_id"], paid["clean_id"], paid["one_with"]) == (CAMPAIGN, "CD1", ["CD1"])
    for credited in (paid["credited"], paid["credited_to_clean_id"]):
        (credit,) = credited
        told = {name: credit[name] for name in ("partner_id", "event_type_id", "payout")}
        assert told == {"partner_id": CASHBACK, "event_type_id": SALE, "payout": "5.00"}
    alone = found["Mu<U+0308>ller-7"]
    assert (alone["clean_id"], alone["one_with"]) == ("M\xfcller-7", [])
    assert alone["credited"] == alone["credited_to_clean_id"] == []
    assert len(alone["inquiries"]) == 1
    assert found["A<U+00AD>-9"]["one_with"] == ["<U+00AD>A-9"]
    assert found["<U+00AD>A-9"]["one_with"] == ["A<U+00AD>-9"]


def test_the_list_goes_on_where_it_had_no_more_time(as_before: Store) -> None:
    whole = listed(as_before)["orders"]
    first = listed(as_before, has_time=False)
    assert not first["finished"]
    second = listed(as_before, cursor=first["cursor"])
    assert second["finished"]
    ids = [each["order_id"] for each in (*first["orders"], *second["orders"])]
    assert ids == [each["order_id"] for each in whole]


@pytest.mark.parametrize("cursor", ["x", "WzBd", "WzIsbnVsbF0=", "WzAsWzEsMl1d"])
def test_a_cursor_is_given_back_as_it_was_told(trading: Store, cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        listed(trading, cursor=cursor)
    assert [(each.field, each.code) for each in refused.value.faults] == [("cursor", "bad_cursor")]


def test_an_ordinary_store_lists_none(trading: Store) -> None:
    market.track(trading, "A-1")
    market.file(trading, "M\xfcller-7")
    assert listed(trading)["orders"] == []
