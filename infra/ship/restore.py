"""Restores all tables of a stack to one second, as tables that can take the place of its own.

`python -m infra.ship.restore makegood-prod --to 2026-11-28T08:30:00Z --as makegood-r1 --region …`

DynamoDB restores a table under another name, without its stream, its time to live, its recovery,
its tags and its protection ("Restoring a table to a point in time", DynamoDB's developer guide). So
each is given again what the stack's own has. Numbers of events that were handed out since then are
not handed out again: receivers of webhooks would take new events for ones that they know. What it
prints are the parameters of the deployment that has functions, rights and event mappings go over;
the stack's own tables stay as they are. The operator's guide has all steps.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
from makegood.store.events import COUNTERS

from infra.ship import untold

STREAMED = ("Inquiries", "Actions", "Ledger", "Files")
NESTED = "AWS::CloudFormation::Stack"
TABLE, BUCKET = "AWS::DynamoDB::Table", "AWS::S3::Bucket"
EVENTS = "Events"
GAP = 10_000
"""How many more numbers are left out: for events that are still written while this runs."""

WAIT_SECONDS = 5.0

Client = Callable[[str], Any]
Say = Callable[[str], None]


def named(formation: Any, stack: str, kind: str = TABLE) -> Iterator[tuple[str, str]]:
    """Every table, or other kind of resource, of a stack and of the stacks in it: its logical id,
    and its name.
    """
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=stack)
    for each in (one for page in pages for one in page["StackResourceSummaries"]):
        if each["ResourceType"] == kind:
            yield each["LogicalResourceId"], each["PhysicalResourceId"]
        elif each["ResourceType"] == NESTED:
            yield from named(formation, each["PhysicalResourceId"], kind)


def restore(client: Client, stack: str, to: datetime, prefix: str, say: Say) -> dict[str, str]:
    """Restores all tables at once, waits, and gives each what it lacks; the parameters of the
    deployment that follows. A run that was cut off goes on: what is restored is not restored again.
    """
    dynamodb = client("dynamodb")
    tables = dict(named(client("cloudformation"), stack))
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
        if logical_id == EVENTS:
            raised = raise_counters(dynamodb, name, f"{prefix}-{logical_id}")
            say(f"the numbers of {raised} accounts' events go on above those handed out")
    return parameters


def keep_untold(
    client: Client, stack: str, to: datetime, prefix: str, lately: timedelta, say: Say
) -> None:
    """Keeps, as lost batches of the streams, changes of the time just before the second."""
    lost = dict(named(client("cloudformation"), stack, BUCKET))["Lost"]
    for logical_id in STREAMED:
        table = f"{prefix}-{logical_id}"
        kept = untold.keep(client("dynamodb"), client("s3"), lost, table, to, lately)
        say(f"{kept} changes of {table} are kept in {lost}, to be replayed")


def raise_counters(dynamodb: Any, source: str, restored: str) -> int:
    """Has the restored table number events above all that its source, or it, has ever numbered; of
    how many accounts.
    """
    highest = dict(_counters(dynamodb, restored))
    for account, last in _counters(dynamodb, source):
        highest[account] = max(last, highest.get(account, 0))
    for account, last in highest.items():
        dynamodb.update_item(
            TableName=restored,
            Key={"pk": {"S": account}, "sk": {"S": "N"}},
            UpdateExpression="SET #last = :last",
            ExpressionAttributeNames={"#last": "last"},
            ExpressionAttributeValues={":last": {"N": str(last + GAP)}},
        )
    return len(highest)


def _counters(dynamodb: Any, table: str) -> Iterator[tuple[str, int]]:
    """Each account's row that counts its events, and the number of the last."""
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="begins_with(pk, :counters)",
        ExpressionAttributeValues={":counters": {"S": COUNTERS}},
    )
    for item in (each for page in pages for each in page["Items"]):
        yield item["pk"]["S"], int(item["last"]["N"])


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
    parser.add_argument("--untold", type=int, default=15, help="minutes before the second")
    asked = parser.parse_args()

    def client(service: str) -> Any:
        return boto3.client(service, region_name=asked.region)

    found = restore(client, asked.stack, asked.to, asked.prefix, print)
    lately = timedelta(minutes=asked.untold)
    keep_untold(client, asked.stack, asked.to, asked.prefix, lately, print)
    print(" ".join(f"{name}={value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
