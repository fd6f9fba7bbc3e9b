"""A restored table is given what a restore leaves out, and a run that was cut off goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.ship import restore

PLACE = (("pk", "HASH"), ("sk", "RANGE"))
TO = datetime(2026, 11, 28, 8, 29, 59, tzinfo=UTC)
KEYS: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}


class Formation:
    """A stack with a table, and a stack in it with another."""

    def get_paginator(self, name: str) -> Any:
        assert name == "list_stack_resources"
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # noqa: N803
        inner, outer = ("Requests", restore.TABLE), ("Storage", restore.NESTED)
        own = {"stack": [("Ledger", restore.TABLE), outer], "own-Storage": [inner]}[StackName]
        return [
            {
                "StackResourceSummaries": [
                    {
                        "LogicalResourceId": each,
                        "PhysicalResourceId": f"own-{each}",
                        "ResourceType": kind,
                    }
                    for each, kind in own
                ]
            }
        ]


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        made = boto3.client("dynamodb", region_name="us-east-1")
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        tags = [{"Key": "owner", "Value": "finance"}]
        made.create_table(TableName="own-Ledger", StreamSpecification=stream, Tags=tags, **KEYS)
        made.create_table(TableName="own-Requests", **KEYS)
        lives = {"Enabled": True, "AttributeName": "expires_at"}
        made.update_time_to_live(TableName="own-Requests", TimeToLiveSpecification=lives)
        made.put_item(TableName="own-Ledger", Item={"pk": {"S": "E#1"}})
        for name in ("own-Ledger", "own-Requests"):
            made.update_continuous_backups(
                TableName=name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
        yield made
        for name in [*made.list_tables()["TableNames"]]:
            if name.startswith(("own-", "new-")):
                made.delete_table(TableName=name)


def restored(dynamodb: Any) -> dict[str, str]:
    clients = {"dynamodb": dynamodb, "cloudformation": Formation()}
    return restore.restore(clients.__getitem__, "stack", TO, "new", lambda _: None)


def test_a_restored_table_has_all_that_its_source_has(dynamodb: Any) -> None:
    given = restored(dynamodb)
    ledger = dynamodb.describe_table(TableName="new-Ledger")["Table"]
    assert given == {
        "RestoredTables": "new",
        "RestoredLedgerStream": ledger["LatestStreamArn"],
    }
    assert ledger["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert dynamodb.scan(TableName="new-Ledger")["Count"] == 1
    tags = dynamodb.list_tags_of_resource(ResourceArn=ledger["TableArn"])["Tags"]
    assert tags == [{"Key": "owner", "Value": "finance"}]
    lives = dynamodb.describe_time_to_live(TableName="new-Requests")["TimeToLiveDescription"]
    assert lives["AttributeName"] == "expires_at"
    for name in ("new-Ledger", "new-Requests"):
        told = dynamodb.describe_continuous_backups(TableName=name)
        recovery = told["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


def test_no_number_of_an_event_is_given_twice(dynamodb: Any) -> None:
    keys = [{"AttributeName": name, "KeyType": kind} for name, kind in PLACE]
    typed = [{"AttributeName": name, "AttributeType": "S"} for name, _ in PLACE]
    for name in ("own-Events", "new-Events"):
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=keys,
            AttributeDefinitions=typed,
        )
    for table, account, last in (
        ("own-Events", "PARTNER#1", 70),
        ("own-Events", "PARTNER#2", 5),
        ("new-Events", "PARTNER#1", 60),
        ("new-Events", "PARTNER#3", 8),
    ):
        place = {"pk": {"S": f"N#{account}"}, "sk": {"S": "N"}}
        dynamodb.put_item(TableName=table, Item={**place, "last": {"N": str(last)}})
    event = {"pk": {"S": "E#PARTNER#1"}, "sk": {"S": "000000000000070"}}
    dynamodb.put_item(TableName="own-Events", Item=event)
    assert restore.raise_counters(dynamodb, "own-Events", "new-Events") == 3
    rows = dynamodb.scan(TableName="new-Events")["Items"]
    assert {each["pk"]["S"]: int(each["last"]["N"]) - restore.GAP for each in rows} == {
        "N#PARTNER#1": 70,
        "N#PARTNER#2": 5,
        "N#PARTNER#3": 8,
    }


def test_a_run_that_was_cut_off_goes_on(dynamodb: Any) -> None:
    dynamodb.restore_table_to_point_in_time(
        SourceTableName="own-Ledger", TargetTableName="new-Ledger", RestoreDateTime=TO
    )
    first = restored(dynamodb)
    assert restored(dynamodb) == first
