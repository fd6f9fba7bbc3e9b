"""What a migration writes about one item, and on which condition; and that it is no event."""

from typing import Any

import pytest
from makegood.store.event_images import change_in
from makegood.store.items import Row, Text, Texts
from makegood.store.migration import MIGRATED, Migration, Unreadable, Wanted


class ThingRow(Row):
    table = "actions"

    name = Text()
    tags = Texts(null=True)


KEY = {"pk": {"S": "X#1"}, "sk": {"S": "H"}}


def wanting(**values: Any) -> Migration:
    return Migration(ThingRow, lambda _: Wanted(values))


def test_what_is_as_it_should_be_lacks_nothing() -> None:
    item = {**KEY, "name": {"S": "a"}, "tags": {"SS": ["y", "x"]}}
    assert wanting(name="a", tags={"x", "y"}).lacking(item) is None
    assert wanting(tags=None).lacking({**KEY, "name": {"S": "a"}}) is None
    assert Migration(ThingRow, lambda _: None).lacking(item) is None


def test_only_what_differs_is_written_with_the_mark_of_the_version_it_had() -> None:
    item = {**KEY, "name": {"S": "a"}, "tags": {"SS": ["x"]}, "version": {"N": "4"}}
    lacking = wanting(name="a", tags=None).lacking(item)
    assert lacking is not None
    assert dict(lacking.change.sets) == {"tags": None, MIGRATED: {"N": "4"}}


def test_an_item_with_a_version_is_held_by_it_and_one_without_by_all_that_it_has() -> None:
    item = {**KEY, "name": {"S": "a"}, "other": {"BOOL": True}}
    with_version = wanting(tags={"x"}).lacking({**item, "version": {"N": "4"}})
    without = wanting(tags={"x"}).lacking(item)
    assert with_version is not None
    assert without is not None
    assert dict(with_version.as_read.values) == {":version_is": {"N": "4"}}
    assert dict(without.as_read.values) == {f":{name}_is": each for name, each in item.items()}
    for lacking in (with_version, without):
        assert lacking.as_read.text.startswith("attribute_exists(pk)")
        assert "attribute_not_exists(#tags)" in lacking.as_read.text


def test_what_cannot_be_read_is_named_by_its_key() -> None:
    migration = Migration(ThingRow, lambda item: Wanted({"name": item["missing"]}))
    with pytest.raises(Unreadable, match="X#1 H"):
        migration.lacking(KEY)


def test_a_migration_s_write_is_no_event_and_the_next_change_is_one() -> None:
    image = {
        "campaign_key": {"S": "1000"},
        "partner_key": {"S": "700"},
        "advertiser_id": {"S": "500"},
        "state": {"S": "PENDING"},
        "version": {"N": "3"},
    }

    def record(**more: Any) -> dict[str, Any]:
        told = {
            "Keys": {"pk": {"S": "A#1"}, "sk": {"S": "H"}},
            "NewImage": {**image, **more},
            "ApproximateCreationDateTime": 1_800_000_000,
        }
        return {"eventName": "MODIFY", "dynamodb": told}

    assert change_in(record(**{MIGRATED: {"N": "3"}})) is None
    after = change_in(record(**{MIGRATED: {"N": "3"}, "version": {"N": "4"}}))
    assert after is not None
    assert after.version == 4
    assert change_in(record()) is not None
