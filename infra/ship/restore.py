"""Restores all tables of a stack to one second, as tables that can take the place of its own.

`python -m infra.ship.restore makegood-prod --to 2026-11-28T08:30:00Z --as makegood-r1 --region …`

DynamoDB restores a table under another name, without its stream, its time to live, its recovery,
its tags and its protection ("Restoring a table to a point in time", DynamoDB's developer guide). So
each is given again what the stack's own has. What it prints are the parameters of the deployment
that has functions, rights and event mappings go over; the stack's own tables stay as they are. The
operator's guide has all steps.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import boto3

STREAMED = ("Inquiries", "Actions", "Ledger", "Files")
NESTED = "AWS::CloudFormation::Stack"
TABLE = "AWS::DynamoDB::Table"
WAIT_SECONDS = 5.0

Client = Callable[[str], Any]
Say = Callable[[str], None]


def tables_of(formation: Any, stack: str) -> Iterator[tuple[str, str]]:
    """Every table of a stack and of the stacks in it: its logical id, and its name."""
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=stack)
    for each in (one for page in pages for one in page["StackResourceSummaries"]):
        if each["ResourceType"] == TABLE:
            yield each["LogicalResourceId"], each["PhysicalResourceId"]
        elif each["ResourceType"] == NESTED:
            yield from tables_of(formation, each["PhysicalResourceId"])


def restore(client: Client, stack: str, to: datetime, prefix: str, say: Say) -> dict[str, str]:
    """Restores all tables at once, waits, and gives each what it lacks; the parameters of the
    deployment that follows. A run that was cut off goes on: what is restored is not restored again.
    """
    dynamodb = client("dynamodb")
    tables = dict(tables_of(client("cloudformation"), stack))
    there = set(_names(dynamodb))
    for logical_id, name in tables.items():
        if f"{prefix}-{logical_id}" not in there:
            dynamodb.restore_table_to_point_in_time(
                SourceTableName=name,
                TargetTableName=f"{prefix}-{logical_id}",
                RestoreDateTime=to,
            )
    parameters = {"RestoredTables": prefix}
    for logical_id, name in tables.items():
        described = _settled(dynamodb, f"{prefix}-{logical_id}")
        stream = complete(dynamodb, name, described)
        if logical_id in STREAMED:
            parameters[f"Restored{logical_id}Stream"] = stream
        say(f"{name} is restored as {prefix}-{logical_id}")
    return parameters


def _names(dynamodb: Any) -> Iterator[str]:
    for page in dynamodb.get_paginator("list_tables").paginate():
        yield from page["TableNames"]


def _settled(dynamodb: Any, name: str) -> dict[str, Any]:
    """The table once it, and all of its indexes, can be used."""
    while True:
        found: dict[str, Any] = dynamodb.describe_table(TableName=name)["Table"]
        indexes = found.get("GlobalSecondaryIndexes", ())
        states = {found["TableStatus"], *(each.get("IndexStatus", "ACTIVE") for each in indexes)}
        if states == {"ACTIVE"}:
            return found
        time.sleep(WAIT_SECONDS)


def complete(dynamodb: Any, source: str, restored: dict[str, Any]) -> str:
    """Gives a restored table what its source has and it lacks; the ARN of its stream, if any."""
    own = dynamodb.describe_table(TableName=source)["Table"]
    name = restored["TableName"]
    stream = own.get("StreamSpecification")
    if stream and not restored.get("LatestStreamArn"):
        dynamodb.update_table(TableName=name, StreamSpecification=stream)
        restored = _settled(dynamodb, name)
    ttl = dynamodb.describe_time_to_live(TableName=source)["TimeToLiveDescription"]
    now = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if "AttributeName" in ttl and "AttributeName" not in now:
        enabled = {"Enabled": True, "AttributeName": ttl["AttributeName"]}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=enabled)
    _recoverable(dynamodb, name, _recovery(dynamodb, source))
    tags = dynamodb.list_tags_of_resource(ResourceArn=own["TableArn"])["Tags"]
    ours = [each for each in tags if not each["Key"].startswith("aws:")]
    if ours:
        dynamodb.tag_resource(ResourceArn=restored["TableArn"], Tags=ours)
    if own.get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
        restored = _settled(dynamodb, name)
    arn: str = restored.get("LatestStreamArn", "")
    return arn


def _recoverable(dynamodb: Any, name: str, recovery: dict[str, Any]) -> None:
    """A table that has just been made refuses this for some moments, active as it is."""
    while True:
        try:
            dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification=recovery
            )
        except dynamodb.exceptions.ContinuousBackupsUnavailableException:
            time.sleep(WAIT_SECONDS)
        else:
            return


def _recovery(dynamodb: Any, source: str) -> dict[str, Any]:
    told = dynamodb.describe_continuous_backups(TableName=source)["ContinuousBackupsDescription"]
    days = told["PointInTimeRecoveryDescription"].get("RecoveryPeriodInDays")
    return {
        "PointInTimeRecoveryEnabled": True,
        **({"RecoveryPeriodInDays": days} if days else {}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stack")
    parser.add_argument("--to", required=True, type=datetime.fromisoformat)
    parser.add_argument("--as", dest="prefix", required=True)
    parser.add_argument("--region", required=True)
    asked = parser.parse_args()

    def client(service: str) -> Any:
        return boto3.client(service, region_name=asked.region)

    found = restore(client, asked.stack, asked.to, asked.prefix, print)
    print(" ".join(f"{name}={value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
