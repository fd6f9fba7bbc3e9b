"""The drill of a restore: tables are restored to one second, and take the place of damaged ones.

`make drill-restore PORT=…` runs it on a stack of its own, and says how long it took. The emulator
restores what a table holds now, so the tables are damaged once the restored ones are there.
"""

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from makegood_cli.client import Client

from infra.local import stack, story
from infra.local.stack import STACK_NAME, Stack
from infra.ship import restore

STATE = Path(__file__).parents[2] / ".local" / "restore"
PREFIX = "makegood-restored"


def held(made: Stack, tables: Mapping[str, str]) -> dict[str, int]:
    """How many items each table has."""
    dynamodb = made.client("dynamodb")
    pages = dynamodb.get_paginator("scan")
    return {
        kind: sum(page["Count"] for page in pages.paginate(TableName=name, Select="COUNT"))
        for kind, name in tables.items()
    }


def damage(made: Stack, name: str) -> None:
    """Deletes all that a table holds."""
    dynamodb = made.client("dynamodb")
    for page in dynamodb.get_paginator("scan").paginate(TableName=name):
        for item in page["Items"]:
            key = {part: item[part] for part in ("pk", "sk")}
            dynamodb.delete_item(TableName=name, Key=key)


def expiring(made: Stack) -> None:
    """Has items of requests expire, which the emulator leaves out of a table that it makes."""
    lives = {"Enabled": True, "AttributeName": "expires_at"}
    made.client("dynamodb").update_time_to_live(
        TableName=made.tables["requests"], TimeToLiveSpecification=lives
    )


def mapped(made: Stack) -> set[str]:
    """The streams that functions read."""
    listed = made.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    return {each["EventSourceArn"] for each in listed if "/stream/" in each["EventSourceArn"]}


def rate(made: Stack) -> float:
    """How many calls a second the gateway lets through; the emulator refuses none."""
    api_id = made.api_url.partition("/restapis/")[2].partition("/")[0]
    stage = made.client("apigateway").get_stage(restApiId=api_id, stageName="v1")
    limit: float = stage["methodSettings"]["*/*"]["throttlingRateLimit"]
    return limit


def check(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"The drill failed: {what}")
    print(f"  holds: {what}", flush=True)


def run(port: int) -> None:
    made = stack.up(port, print, STATE)
    story.set_up(made.operate)
    deposit: dict[str, Any] = {"advertiser_id": "500", "currency": "USD", "amount": "900.00"}
    made.operate("deposit", **deposit, reference="before", despite=["currency"])
    asker = made.operate("create_credential", role="ADVERTISER", account_id="500")
    expiring(made)
    kinds = ("directory", "inquiries", "actions", "ledger", "files")
    own = {kind: made.tables[kind] for kind in kinds}
    before, funds = held(made, own), made.operate("funds", advertiser_id="500", currency="USD")
    began = time.monotonic()
    made = stack.deploy(port, print, STATE, "ApiState=CLOSED")
    check(rate(made) == 0, "the API is closed")
    given = restore.restore(made.client, STACK_NAME, datetime.now(UTC), PREFIX, print)
    restored_after = time.monotonic() - began
    for name in own.values():
        damage(made, name)
    restored = " ".join(f"{name}={value}" for name, value in given.items())
    made = stack.deploy(port, print, STATE, f"{restored} ApiState=CLOSED")
    check(all(each.startswith(PREFIX) for each in made.tables.values()), "functions use the new")
    streams = {value for name, value in given.items() if name.endswith("Stream")}
    check(mapped(made) == streams, "events are made of the streams of the restored tables")
    dynamodb = made.client("dynamodb")
    lives = dynamodb.describe_time_to_live(TableName=f"{PREFIX}-Requests")
    check(lives["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED", "items expire")
    backups = dynamodb.describe_continuous_backups(TableName=f"{PREFIX}-Ledger")
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    check(recovery["PointInTimeRecoveryStatus"] == "ENABLED", "the tables can be restored again")
    check(held(made, {kind: made.tables[kind] for kind in kinds}) == before, "nothing is missing")
    proof = made.operate("reconcile")
    check(proof["holds"] and proof["finished"], "the books prove")
    check(rate(made) == 0, "the API was closed all the time")
    made = stack.deploy(port, print, STATE, f"{restored} ApiState=OPEN")
    check(rate(made) > 0, "the API is open")
    now = made.operate("funds", advertiser_id="500", currency="USD")
    check(now == funds, "the advertiser has its funds")
    shop = Client(made.api_url, "Advertisers", asker["account_sid"], asker["token"])
    (shown,) = shop.call("GET", f"{shop.root}/Funds")["Funds"]
    check(shown["Cash"] == "900.00", "the API answers by the restored tables")
    made.operate("deposit", **deposit, reference="after", despite=["currency"])
    until = time.monotonic() + 30
    events = {"events": made.tables["events"]}
    while not held(made, events)["events"] and time.monotonic() < until:
        time.sleep(0.5)
    check(held(made, events)["events"] > 0, "a change becomes an event")
    took = time.monotonic() - began
    print(f"Restored after {restored_after:.0f} s; all of it took {took:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4566)
    port = parser.parse_args().port
    try:
        run(port)
    finally:
        stack.down(print, STATE)


if __name__ == "__main__":
    main()
