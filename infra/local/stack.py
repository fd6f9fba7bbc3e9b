"""The whole stack on one machine: the emulator, and the same template built and deployed into it.

`python -m infra.local.stack up` starts it, or brings a running one up to date; `logs` prints what
its functions logged; `down` ends it, and nothing of it is kept. What was deployed is written to
`.local/stack.json`.
"""

import argparse
import json
import os
import subprocess
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from makegood.operator.commands import function_of

from infra.local import emulator, function_url, gaps
from infra.local.emulator import KEY_ID, REGION, SECRET, Emulator

ROOT = Path(__file__).parents[2]
STATE = ROOT / ".local"
STACK_NAME = "makegood-local"
STAGE = "v1"
CONFIG = ("--config-file", str(ROOT / "samconfig.toml"), "--config-env", "local")
LAMBDA_SECONDS = 900
EVENTS_MAX = 10_000
"""The most events of a log in one answer."""

DROPPED = ("AWS_", "SAM_", "PIP_TARGET", "PIP_USER", "PIP_PREFIX", "PYENV_VERSION", "PYTHON")
"""Prefixes of the caller's variables that would mislead a build or a deployment."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack, and how to reach it."""

    endpoint: str
    pid: int
    api_url: str
    environment: str
    inbox: str
    results: str
    log_group: str
    tables: dict[str, str]
    user_pool: str = ""
    sign_in_client: str = ""
    console_url: str = ""

    def client(self, service: str) -> Any:
        """A client with the cloud account's own credentials."""
        return _client(self.endpoint, service)

    def operate(
        self, command: str, /, caller: str = function_url.CALLER, **arguments: Any
    ) -> dict[str, Any]:
        """Runs one command of the operator's; raises when it is refused."""
        event = function_url.event({"command": command, **arguments}, caller)
        answer = self.client("lambda").invoke(
            FunctionName=self.function(function_of(command)),
            Payload=json.dumps(event).encode(),
        )
        reply = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(f"{command}: {json.dumps(reply)}")
        body = function_url.answer(reply)
        if body.get("Status") == "ERROR":
            raise RuntimeError(f"{command}: {json.dumps(body)}")
        return body

    def function(self, name: str) -> str:
        """What a function of the operator's is called."""
        return f"makegood-{self.environment}-{name}"

    def logs(self, since: float = 0) -> list[str]:
        """All that the functions logged from that instant on, newest last; without Lambda's own."""
        own = ("START RequestId", "END RequestId", "REPORT RequestId")
        found = self._events(int(since * 1000))
        told = (each for each in found if not each["message"].startswith(own))
        return [each["message"] for each in sorted(told, key=logged_at)]

    def _events(self, start: int) -> Iterator[dict[str, Any]]:
        """The events of the log. An answer ends at so many of the oldest, and the emulator does not
        say that there are more: what follows is asked for from the last instant on.
        """
        pages = self.client("logs").get_paginator("filter_log_events")
        while True:
            answers = pages.paginate(logGroupName=self.log_group, startTime=start)
            found = [event for page in answers for event in page["events"]]
            if len(found) < EVENTS_MAX:
                yield from found
                return
            first, last = found[0]["timestamp"], found[-1]["timestamp"]
            start = last + (first == last)
            yield from (each for each in found if each["timestamp"] < start)


def logged_at(event: Mapping[str, Any]) -> float:
    """When a line was logged, as it says itself: all of an invocation are stamped when it ends."""
    try:
        line = json.loads(event["message"])
        if "_aws" in line:
            return line["_aws"]["Timestamp"] / 1000
        return datetime.strptime(line["timestamp"], "%Y-%m-%d %H:%M:%S,%f%z").timestamp()
    except (KeyError, TypeError, ValueError):
        return event["timestamp"] / 1000


def _client(endpoint: str, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        config=Config(read_timeout=LAMBDA_SECONDS, retries={"total_max_attempts": 1}),
    )


def up(port: int, say: Say, state: Path = STATE) -> Stack:
    """Starts the emulator, builds, deploys and migrates; updates a stack that exists."""
    stack = deploy(port, say, state)
    if not stack.operate("migrate")["finished"]:
        say("Some migrations are not finished: see the operator's guide")
    return stack


def deploy(port: int, say: Say, state: Path = STATE, more: str = "") -> Stack:
    """Starts the emulator, builds and deploys; updates a stack that exists. `more` are parameters
    of the template besides those that stay or that `samconfig.toml` gives, like `IndexStep=0`.
    """
    state.mkdir(parents=True, exist_ok=True)
    found = emulator.running(state)
    if found is None:
        (state / "stack.json").unlink(missing_ok=True)
        say(f"Starting the emulator at http://127.0.0.1:{port}, with IAM enforced")
        found = emulator.start(port, state)
    else:
        say(f"The emulator is running at {found.endpoint}")
    began = time.monotonic()
    say("Building the layers")
    build = state / "build"
    _sam(found, state, "build", "--build-dir", str(build), "--cache-dir", str(state / "cache"))
    say(f"Deploying the template (built in {time.monotonic() - began:.0f} s)")
    given = ("--parameter-overrides", f"{_overrides()} {more}") if more else ()
    _sam(found, state, "deploy", "--template-file", str(build / "template.yaml"), *given)
    stack = _finish(found)
    (state / "stack.json").write_text(json.dumps(asdict(stack), indent=2))
    say(f"The stack is up after {time.monotonic() - began:.0f} s: {stack.api_url}")
    return stack


def _overrides() -> str:
    """The parameters that `samconfig.toml` gives, which others on the command line replace."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    overrides: str = config["local"]["deploy"]["parameters"]["parameter_overrides"]
    return overrides


def _finish(found: Emulator) -> Stack:
    def client(service: str) -> Any:
        return _client(found.endpoint, service)

    described = client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
    gaps.complete_api(client, STACK_NAME, STAGE)
    gaps.complete_policies(client)
    pool = gaps.SignIn(outputs["UserPoolId"], outputs["SignInClientId"])
    gaps.complete_sign_in(client, found.endpoint, (outputs["ApiId"], STAGE), pool)
    names = ("Directory", "Inquiries", "Actions", "Ledger", "Files", "Requests", "Events")
    return Stack(
        endpoint=found.endpoint,
        pid=found.pid,
        api_url=f"{found.endpoint}/restapis/{outputs['ApiId']}/{STAGE}/_user_request_",
        environment="local",
        inbox=outputs["InboxName"],
        results=outputs["ResultsName"],
        log_group=outputs["LogsName"],
        tables={name.lower(): outputs[f"{name}Name"] for name in names},
        user_pool=outputs["UserPoolId"],
        sign_in_client=outputs["SignInClientId"],
        console_url=gaps.console_urls(found.endpoint, outputs["ApiId"], STAGE)[0],
    )


def _sam(found: Emulator, state: Path, command: str, *arguments: str) -> None:
    """Runs one SAM command against the emulator; its output goes to a file of its own."""
    kept = {name: each for name, each in os.environ.items() if not name.startswith(DROPPED)}
    nowhere = str(state / "none")
    settings = {
        **kept,
        "PATH": emulator.path(),
        "PYTHON": emulator.tool("python"),
        "AWS_ENDPOINT_URL": found.endpoint,
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(state / "sam"),
    }
    done = subprocess.run(
        [emulator.tool("sam"), command, *CONFIG, *arguments],
        cwd=ROOT,
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    (state / f"sam-{command}.log").write_text(done.stdout)
    if done.returncode:
        raise SystemExit(f"sam {command} failed:\n{done.stdout[-3000:]}")


def bring_up(port: int, say: Say) -> Stack:
    """Starts the stack or brings it up to date, with somebody in it and a profile for each."""
    from infra.local import profiles, story

    if load() is None:
        profiles.forget()
    stack = up(port, say)
    profiles.write_operators(stack)
    if not profiles.has_accounts():
        profiles.write_accounts(stack, story.set_up(stack.operate))
    say(f"API  {stack.api_url}")
    say("Try  .venv/bin/makegood inquiries list --profile local-partner")
    return stack


def load(state: Path = STATE) -> Stack | None:
    """The stack that `up` left, while its emulator runs."""
    path = state / "stack.json"
    if not path.exists() or emulator.running(state) is None:
        return None
    return Stack(**json.loads(path.read_text()))


def down(say: Say, state: Path = STATE) -> None:
    """Ends the emulator that `up` started; nothing of it is kept."""
    ended = emulator.stop(state)
    (state / "stack.json").unlink(missing_ok=True)
    say("The stack is down" if ended else "No stack is running")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["up", "down", "logs"])
    parser.add_argument("--port", type=int, default=4566)
    arguments = parser.parse_args()
    if arguments.command == "down":
        down(print)
    elif arguments.command == "up":
        bring_up(arguments.port, lambda line: print(line, flush=True))
    else:
        stack = load()
        if stack is None:
            raise SystemExit("No stack is running; start one with `make up`")
        for line in stack.logs():
            print(line)


if __name__ == "__main__":
    main()
