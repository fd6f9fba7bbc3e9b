"""The upgrade drill: an older version's stack goes to this one, back, and forth again, at work.

`python -m infra.local.upgrade_drill --old CHECKOUT` deploys the older version into an emulator from
its own checkout, fills it, and goes the way of the operator's guide. At each stage everybody works
on (`upgrade_life`): claims are filed and paid, and the books prove. What both sides see
(`upgrade_views`) must be the same before and after each step. Ends with 1 at the first fault.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from infra import index_steps
from infra.local import emulator, function_url, gaps, stack
from infra.local.stack import STACK_NAME, STATE, Stack
from infra.local.upgrade_life import Broken, Market
from infra.local.upgrade_views import Look, differences, look

DEPLOY_OLDER = """
import sys
from pathlib import Path
from infra.local import stack
stack.up(int(sys.argv[1]), print, Path(sys.argv[2]))
"""
FILL = (150, 60, 6)
"""Orders and claims by file of the rounds that fill the older version: beyond a month's end."""

BELIEVED_SECONDS = 62
"""A process believes this long what it has read about migrations."""

POLL_SECONDS = 0.2
EXCEPTIONS = 3
"""So many of the last that were logged are shown where something reads otherwise."""

CHANGED_MEANINGS = (
    r"Actions\?.*\b(StartDate|EndDate)=",
    r" ReferringType is ",
)
"""What reads otherwise since 0.1.0, as `CHANGELOG.md` says: dates of actions mean their last
modification, and a referring type has the field's word.
"""

PASSED_OVER = (r": Events of (Entry|Funds|File|Invoice|Policy) is asked no more",)
"""What 0.1.0 does not know, and does not tell."""

LIVE = ("Authorizer", "Partners", "Advertisers")
"""The functions that are called by a published version."""

MIGRATED = (CHANGED_MEANINGS[0], r"Date\w*=.* in another order$")
"""What a migration changes in lists by date: they come in the order of that date, and what an older
version modified has the date of that, which it did not keep as such.
"""


def say(line: str) -> None:
    print(line, flush=True)


@dataclass(frozen=True, slots=True)
class OlderStack(Stack):
    """A stack of 0.1.0, which had one function for the operator, invoked directly."""

    def operate(
        self, command: str, /, caller: str = function_url.CALLER, **arguments: Any
    ) -> dict[str, Any]:
        answer = self.client("lambda").invoke(
            FunctionName=self.function("operator"),
            Payload=json.dumps({"command": command, **arguments}).encode(),
        )
        body: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer or body.get("Status") == "ERROR":
            raise RuntimeError(f"{command}: {json.dumps(body)}")
        return body


def by_two(running: Stack) -> Callable[..., dict[str, Any]]:
    """Commands, each confirmed by a second person where it waits for one."""

    def operate(command: str, /, **arguments: Any) -> dict[str, Any]:
        answer = running.operate(command, **arguments)
        if "proposal_id" not in answer:
            return answer
        proposal_id = answer["proposal_id"]
        second = function_url.SECOND_CALLER
        confirmed = running.operate("confirm", caller=second, proposal_id=proposal_id)
        result: dict[str, Any] = confirmed["result"]
        return result

    return operate


@dataclass(slots=True)
class Drill:
    """Both versions, and the stack that goes from one to the other."""

    older: Path
    port: int
    state: Path
    running: Stack = field(init=False)
    market: Market = field(init=False)
    steps: list[tuple[str, float]] = field(default_factory=list)
    """What was done so far, and the seconds that it took."""

    def run(self) -> None:
        with self.step("the older version is deployed and filled"):
            emulator.start(self.port, self.state)
            self.deploy_older()
            self.market = Market(self.running.operate, self.running.api_url)
            self.market.set_up()
            for by_file in FILL:
                say(f"    {dict(self.market.work(by_file))}")
        indexes = self.indexes()
        self.forward()
        self.back(indexes)
        self.forward()

    def forward(self) -> None:
        """The guide's section "Upgrade", from the older version to the end."""
        before = self.look()
        with self.step("the new version is deployed at index step 0"):
            gaps.drop_older_policies(self.running.client)
            self.use(stack.deploy(self.port, say, self.state, "IndexStep=0"))
            self.check_live(0)
        with self.step("statements are made again, into their own bucket"):
            self.make_statements(before)
        self.compare(before, self.look(), told=CHANGED_MEANINGS)
        self.work()
        self.go_to(range(1, self.last_step() + 1))
        before = self.look()
        with self.step("stored data is migrated"):
            self.migrate()
            self.finish("backfill")
        with self.step("lists are read by the new indexes"):
            time.sleep(BELIEVED_SECONDS)
        self.compare(before, self.look(), told=MIGRATED)
        self.work()

    def back(self, indexes: dict[str, set[str]]) -> None:
        """The guide's section "To go back"."""
        before = self.look()
        with self.step("migrations are reopened"):
            for each in self.running.operate("list_migrations")["migrations"]:
                self.running.operate("reopen_migration", migration=each["migration"])
            time.sleep(BELIEVED_SECONDS)
        self.compare(before, self.look(), told=MIGRATED)
        self.work()
        self.go_to(range(self.last_step() - 1, -1, -1))
        if self.indexes() != indexes:
            raise Broken(f"indexes are {self.indexes()}, were {indexes}")
        before = self.look()
        with self.step("tables of statements are copied back, and the older version is deployed"):
            self.copy_statements()
            self.deploy_older()
        told = (*CHANGED_MEANINGS, *PASSED_OVER)
        self.compare(before, self.look(), told, fewer_fields=True)
        self.work(statements=False)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        seconds = time.monotonic() - began
        self.steps.append((title, seconds))
        say(f"[{seconds:6.1f} s] {title}")

    def say_steps(self) -> None:
        say(f"\n| Step | Seconds |\n| {'-' * 68} | {'-' * 7} |")
        for title, seconds in self.steps:
            say(f"| {title:68} | {seconds:7.1f} |")

    def use(self, running: Stack) -> None:
        """Everybody talks to this stack from now on."""
        self.running = running
        if hasattr(self, "market"):
            self.market.operate, self.market.base_url = by_two(running), running.api_url

    def deploy_older(self) -> None:
        """Deploys the older version with its own code, by its own Python."""
        if hasattr(self, "running"):
            gaps.drop_older_policies(self.running.client)
        python = self.older / ".venv" / "bin" / "python"
        subprocess.run(
            [python, "-c", DEPLOY_OLDER, str(self.port), str(self.state)],
            cwd=self.older,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        told = json.loads((self.state / "stack.json").read_text())
        kind = OlderStack if "operator" in told else Stack
        known = {each.name for each in fields(Stack)}
        given = {"environment": "local", "log_group": "/makegood/local"} | told
        self.use(kind(**{name: value for name, value in given.items() if name in known}))

    def look(self, brief: bool = False) -> Look:
        return look(self.market.clients(), self.market.campaigns(), brief)

    def compare(
        self, before: Look, after: Look, told: Iterable[str] = (), fewer_fields: bool = False
    ) -> None:
        """Raises `Broken` if anything reads otherwise, unless `told` says that it does."""
        found = [
            each
            for each in differences(before, after, fewer_fields)
            if not any(re.search(pattern, each) for pattern in told)
        ]
        if found:
            for line in [each for each in self.running.logs() if "exception" in each][-EXCEPTIONS:]:
                say(line)
            raise Broken("\n".join([f"{len(found)} things read otherwise", *found[:20]]))
        rows = sum(
            len(rows)
            for answer in after.values()
            if isinstance(answer, dict)
            for rows in answer.values()
            if isinstance(rows, list)
        )
        say(f"           {len(after)} questions are answered as before, with {rows} rows")

    def work(self, statements: bool = True) -> None:
        self.market.calls.clear()
        with self.step("claims are filed and paid, and the books prove"):
            done = self.market.work(statements=statements)
        say(f"           {done['claims paid']} paid; {dict(self.market.calls)}")

    def make_statements(self, seen: Look) -> None:
        """Makes the statements again of each month that has some."""
        months = {name.split("-", 1)[1][:7] for name in seen if ": statement " in name}
        for month in sorted(months):
            made = self.running.operate("make_statements", month=month)
            if made["differences"]:
                raise Broken(f"statements of {month} differ: {made['differences']}")

    def go_to(self, steps: Iterable[int]) -> None:
        """From index step to index step; the same is read after each as before it."""
        clients = [self.running.client(each) for each in ("cloudformation", "dynamodb")]
        before = self.look(brief=True)
        for to in steps:
            with self.step(f"index step {to}"):
                index_steps.advance(
                    *clients, STACK_NAME, to, lambda _: None, lambda _: time.sleep(POLL_SECONDS)
                )
                self.check_live(to)
            self.compare(before, self.look(brief=True))
        self.work()

    def check_live(self, step: int) -> None:
        """Raises `Broken` unless the versions that callers are answered by know the index step."""
        stacks, functions = map(self.running.client, ("cloudformation", "lambda"))
        for logical_id in LIVE:
            found = stacks.describe_stack_resource(
                StackName=STACK_NAME, LogicalResourceId=logical_id
            )
            version = functions.get_function_configuration(
                FunctionName=found["StackResourceDetail"]["PhysicalResourceId"], Qualifier="live"
            )
            known = version["Environment"]["Variables"]["INDEX_STEP"]
            if known != str(step):
                raise Broken(f"{logical_id} is live at index step {known}, and not at {step}")

    def last_step(self) -> int:
        formation = self.running.client("cloudformation")
        return index_steps.last_step(formation, STACK_NAME)

    def migrate(self) -> None:
        """Sends `migrate` until everything is finished, and says how fast it was."""
        began, calls = time.monotonic(), 1
        while not (told := self.running.operate("migrate"))["finished"]:
            calls += 1
        seconds = time.monotonic() - began
        listed = self.running.operate("list_migrations")
        if not listed["finished"]:
            raise Broken(f"migrate is finished, list_migrations says {listed}")
        seen, changed = (sum(each[of] for each in told["migrations"]) for of in ("seen", "changed"))
        say(f"           {calls} calls: {seen} items seen, {changed} changed in {seconds:.1f} s")
        say(f"           {seen / seconds:.0f} seen and {changed / seconds:.0f} changed a second")

    def finish(self, command: str) -> None:
        while not self.running.operate(command)["finished"]:
            pass

    def indexes(self) -> dict[str, set[str]]:
        """The indexes of each table, by name."""
        tables = self.running.client("dynamodb")
        found = {}
        for kind, name in self.running.tables.items():
            table = tables.describe_table(TableName=name)["Table"]
            found[kind] = {each["IndexName"] for each in table.get("GlobalSecondaryIndexes", ())}
        return found

    def copy_statements(self) -> None:
        """Copies the tables of statements to where 0.1.0 looks for them."""
        objects = self.running.client("s3")
        for source in (each["Name"] for each in objects.list_buckets()["Buckets"]):
            if "statements" not in source:
                continue
            for page in objects.get_paginator("list_objects_v2").paginate(Bucket=source):
                for each in page.get("Contents", ()):
                    place = {"Bucket": source, "Key": each["Key"]}
                    objects.copy_object(
                        CopySource=place, Bucket=self.running.results, Key=each["Key"]
                    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", type=Path, required=True, help="a checkout with its .venv")
    parser.add_argument("--port", type=int, default=4610)
    asked = parser.parse_args()
    state = STATE / "upgrade"
    state.mkdir(parents=True, exist_ok=True)
    emulator.stop(state)
    drill = Drill(asked.old.resolve(), asked.port, state)
    try:
        with drill.step("the drill as a whole"):
            drill.run()
    except Broken as fault:
        say(f"BROKEN: {fault}")
        return 1
    finally:
        drill.say_steps()
        emulator.stop(state)
    return 0


if __name__ == "__main__":
    sys.exit(main())
