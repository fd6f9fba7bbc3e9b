"""Whatever a newer version adds to documents and to their rows is read past, and written again."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.actions import Original
from makegood.domain.inquiries import Comment
from makegood.domain.limits import Meter, Use
from makegood.domain.money import Money
from makegood.domain.orders import Credit, Item, OrderCredits
from makegood.domain.parties import Role
from makegood.domain.uploads import Count
from makegood.store.actions import action_of, action_rows
from makegood.store.inquiries import inquiry_of, inquiry_rows
from makegood.store.items import Row
from makegood.store.orders import order_of, order_row

from tests.builders import an_action, an_inquiry

AT = datetime(2026, 6, 10, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=3), each, max_size=3)
    ),
    max_leaves=5,
)
FIELDS = st.dictionaries(st.text(max_size=4).map("~{}".format), JSON, max_size=3)
PLACES = st.lists(JSON, max_size=3)
MONEY = st.builds(Money, st.integers(0, 10**6), st.just("USD"))
TEXT = st.sampled_from(["", "a", "b"])
ITEMS = st.lists(
    st.builds(
        Item,
        st.sampled_from(["SHOES", "HAT"]),
        st.integers(0, 3),
        st.none() | MONEY,
        TEXT,
        TEXT,
        rebate=st.none() | MONEY,
    ),
    max_size=3,
).map(tuple)
ORIGINALS = st.builds(Original, MONEY, MONEY, TEXT, ITEMS, st.integers(1, 3), TEXT)
SIDE = st.just("") | st.sampled_from(Role)
COMMENTS = st.lists(st.builds(Comment, TEXT, TEXT, st.just(AT), TEXT, SIDE), max_size=3).map(tuple)
CREDITS = st.lists(st.builds(Credit, TEXT, TEXT, TEXT, st.booleans()), max_size=3).map(tuple)


def uses(contract_id: str, event_type_id: str) -> st.SearchStrategy[tuple[Use, ...]]:
    meters = st.builds(Meter, st.just(contract_id), st.just(event_type_id), TEXT, TEXT, TEXT)
    return st.lists(st.builds(Use, meters, st.integers(1, 9)), max_size=2).map(tuple)


def stored(row: Any) -> Any:
    """The row as it comes back from the table."""
    return type(row).from_raw_data(row.serialize())


def written(rows: list[Row], sk: str) -> Any:
    """The document that an item of these will hold."""
    (document,) = (vars(each)["document"] for each in rows if each.sk == sk)
    return json.loads(json.dumps(document))


@given(st.data())
def test_a_detail_of_an_action_is_written_as_it_was(data: st.DataObject) -> None:
    draw = data.draw
    action = an_action()
    order = replace(action.order, items=draw(ITEMS), note=draw(TEXT), customer_id=draw(TEXT))
    action = replace(
        action,
        order=order,
        original=draw(st.none() | ORIGINALS),
        counts=draw(uses(action.contract_id, action.event_type_id)),
        beyond=draw(TEXT),
    )
    hot, detail = map(stored, action_rows(action))
    document = detail.document
    document |= draw(FIELDS)
    items = [*document.get("items", ()), *document.get("original", {}).get("items", ())]
    for item in items:
        item |= draw(FIELDS)
        for name in ("subtotal", "rebate"):
            if item[name]:
                item[name] += draw(PLACES)
    for use in document.get("counts", ()):
        use += draw(PLACES)
    if "original" in document:
        document["original"] |= draw(FIELDS)
        document["original"]["payout"] += draw(PLACES)
    read = action_of(hot, detail)
    assert read == replace(action, changed_at=read.changed_at)
    assert written(action_rows(read), "D") == document
    changed = replace(read, order=replace(read.order, promo_code="another"), version=9)
    assert written(action_rows(changed), "D") == {**document, "promo": "another"}


@given(st.data())
def test_details_and_comments_of_an_inquiry_are_written_as_they_were(data: st.DataObject) -> None:
    draw = data.draw
    inquiry = an_inquiry()
    claim = replace(inquiry.claim, notes=draw(TEXT), customer_id=draw(TEXT))
    inquiry = replace(inquiry, claim=claim, comments=draw(COMMENTS), source=draw(TEXT))
    hot, *others = map(stored, inquiry_rows(inquiry))
    parts = {each.sk: each for each in others}
    for sk, part in parts.items():
        if sk == "D":
            part.document |= draw(FIELDS)
        comment = part.document.get("comment") if sk == "D" else part.document
        if comment and (places := draw(PLACES)):
            comment += [""] * (5 - len(comment)) + places
    read = inquiry_of(hot, parts)
    assert read == inquiry
    rows = inquiry_rows(read.commented("shop", "more", AT, side=Role.ADVERTISER))
    for sk, part in parts.items():
        if read.comments or sk != "D":
            assert written(rows, sk) == part.document


@given(COMMENTS)
def test_a_comment_is_a_row_that_the_first_version_reads(comments: tuple[Comment, ...]) -> None:
    """It unpacks `user, text, made_at, *source` into a comment of these four."""
    rows = [
        each for each in inquiry_rows(replace(an_inquiry(), comments=comments)) if each.sk != "H"
    ]
    said = [each.document for each in rows if each.sk != "D"]
    said += [each.document["comment"] for each in rows if "comment" in each.document]
    assert len(said) == len(comments)
    assert all(3 <= len(row) <= 4 for row in said)


def test_a_comment_with_its_side_in_the_row_is_read() -> None:
    said = Comment("shop", "Yes", AT)
    hot, detail = map(stored, inquiry_rows(replace(an_inquiry(), comments=(said,))))
    detail.document["comment"] = ["shop", "Yes", AT.isoformat(), "", "ADVERTISER"]
    (comment,) = inquiry_of(hot, {"D": detail}).comments
    assert (comment.user, comment.source, comment.side) == ("shop", "", "ADVERTISER")


@given(CREDITS, st.data())
def test_credits_of_an_order_are_written_as_they_were(
    held: tuple[Credit, ...], data: st.DataObject
) -> None:
    order = OrderCredits("1000", "A-1", held, 2)
    row = stored(order_row(order))
    for each in row.credits:
        each += data.draw(PLACES)
    read = order_of("1000", "A-1", row)
    assert read == order
    more = stored(order_row(read.with_credit(Credit("4000", "10001", "a-9"))))
    assert more.credits == [*row.credits, ["4000", "10001", "a-9", False]]
    left = read.without("a")
    kept = [each for each in row.credits if each[2] != "a"]
    assert stored(order_row(left)).credits == kept


@given(PLACES, st.integers(0, 9))
def test_a_count_keeps_its_further_places(places: list[Any], rows: int) -> None:
    read = Count.kept([1, {"payouts": {"USD": 5}}, *places])
    assert read == Count(1, {"payouts": {"USD": 5}})
    assert read.plus(rows, {"payouts": {"USD": 1}}) == Count(1 + rows, {"payouts": {"USD": 6}})
    assert read.plus(rows, {}).carried[2:] == places


@given(st.dictionaries(st.text(max_size=4).map("~{}".format), st.text(max_size=3), max_size=3))
def test_a_row_that_replaces_another_takes_its_unknown_attributes(more: dict[str, str]) -> None:
    row = order_row(OrderCredits("1000", "A-1", version=2))
    item = row.serialize() | {name: {"S": each} for name, each in more.items()}
    read = type(row).from_raw_data(item)
    row.unknown = read.unknown
    assert order_of("1000", "A-1", read) == OrderCredits("1000", "A-1", version=2)
    assert row.serialize() == read.serialize() == item
