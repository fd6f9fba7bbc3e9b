"""Conditions and changes, in DynamoDB's words."""

from makegood.store.actions import ActionRow
from makegood.store.expressions import (
    IS_NEW,
    Change,
    at_version,
    change_of,
    changed,
    compared,
    conditioned,
    is_missing,
)
from makegood.store.ledger import BalanceRow


def test_what_is_not_there_has_no_version() -> None:
    assert at_version(ActionRow, 0) is IS_NEW
    assert conditioned(IS_NEW) == {"ConditionExpression": "attribute_not_exists(pk)"}


def test_a_condition_names_what_it_compares() -> None:
    assert conditioned(compared(BalanceRow, "minor", ">=", 5) | is_missing("minor")) == {
        "ConditionExpression": "(#minor >= :minor_is) OR (attribute_not_exists(#minor))",
        "ExpressionAttributeNames": {"#minor": "minor"},
        "ExpressionAttributeValues": {":minor_is": {"N": "5"}},
    }


def test_two_bounds_of_one_attribute_keep_their_values_apart() -> None:
    bounds = [compared(BalanceRow, "minor", ">=", each) for each in (5, 7, 5)]
    said = conditioned(bounds[0] & bounds[1] & bounds[2])
    assert said["ConditionExpression"] == (
        "((#minor >= :minor_is) AND (#minor >= :minor_is_too)) AND (#minor >= :minor_is)"
    )
    assert said["ExpressionAttributeValues"] == {
        ":minor_is": {"N": "5"},
        ":minor_is_too": {"N": "7"},
    }


def test_a_change_sets_removes_and_adds() -> None:
    change = change_of(ActionRow, {"state": "PAID", "due_key": None})
    assert changed(change, at_version(ActionRow, 3)) == {
        "UpdateExpression": "SET #state = :state REMOVE #due_key",
        "ConditionExpression": "#version = :version_is",
        "ExpressionAttributeNames": {
            "#version": "version",
            "#state": "state",
            "#due_key": "due_key",
        },
        "ExpressionAttributeValues": {":version_is": {"N": "3"}, ":state": {"S": "PAID"}},
    }
    assert changed(Change(adds=(("minor", -5),)), None) == {
        "UpdateExpression": "ADD #minor :minor",
        "ExpressionAttributeNames": {"#minor": "minor"},
        "ExpressionAttributeValues": {":minor": {"N": "-5"}},
    }


def test_a_change_that_only_removes_has_no_values() -> None:
    assert "ExpressionAttributeValues" not in changed(Change((("due_key", None),)), None)
