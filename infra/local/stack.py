"""The whole stack on one machine: the emulator, and the same template built and deployed into it.

`python -m infra.local.stack up` starts it, or finds it running; `down` ends exactly the process
that `up` started. What was deployed is written to `.local/stack.json`.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
import urllib3
from botocore.config import Config

ROOT = Path(__file__).parents[2]
STATE = ROOT / ".local"
REGION = "us-east-1"
KEY_ID, SECRET = "makegood-local", "makegood-local-secret"
CONFIG = ("--config-file", str(ROOT / "samconfig.toml"), "--config-env", "local")
HEALTHY_SECONDS = 30
LAMBDA_SECONDS = 900

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack, and how to reach it."""

    endpoint: str
    pid: int
    api_url: str
    operator: str
    inbox: str
    results: str

    def client(self, service: str) -> Any:
        """A client with the operator's cloud credentials."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET,
            config=Config(read_timeout=LAMBDA_SECONDS, retries={"total_max_attempts": 1}),
        )

    def operate(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Invokes the operator function with one command."""
        answer = self.client("lambda").invoke(
            FunctionName=self.operator,
            Payload=json.dumps({"command": command, **arguments}).encode(),
        )
        body = json.loads(answer["Payload"].read())
        if "FunctionError" in answer or body.get("Status") == "ERROR":
            raise RuntimeError(f"{command}: {json.dumps(body)}")
        return body


def python_tool(name: str) -> str:
    """A command of the same environment that this runs in."""
    return str(Path(sys.executable).parent / name)


def environment(endpoint: str) -> dict[str, str]:
    """What the emulator's clients need, and nothing of the caller's own cloud."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    tools = str(Path(sys.executable).parent)
    return {
        **kept,
        "PATH": f"{tools}{os.pathsep}{kept.get('PATH', '')}",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": REGION,
        "SAM_CLI_TELEMETRY": "0",
        "PYTHON": sys.executable,
    }


def up(port: int, say: Say, state: Path = STATE) -> Stack:
    """Starts, builds and deploys; a stack that is there already is brought up to date."""
    state.mkdir(exist_ok=True)
    endpoint = f"http://127.0.0.1:{port}"
    before = load(state)
    if before is not None and before.endpoint == endpoint and healthy(endpoint):
        say(f"The emulator is running at {endpoint}")
        pid = before.pid
    else:
        if healthy(endpoint):
            raise SystemExit(f"Something else answers at {endpoint}; choose another PORT")
        say(f"Starting the emulator at {endpoint}, with IAM enforced")
        pid = start(port, state)
    stack = deploy(endpoint, pid, say, state)
    (state / "stack.json").write_text(json.dumps(asdict(stack), indent=2))
    return stack


def start(port: int, state: Path) -> int:
    """The emulator as a process of its own, on the loopback only."""
    settings = {
        **environment(f"http://127.0.0.1:{port}"),
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "STATE_DIR": str(state / "state"),
        "LOG_LEVEL": "INFO",
    }
    with (state / "emulator.log").open("ab") as log:
        process = subprocess.Popen(
            [python_tool("ministack")],
            env=settings,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    until = time.monotonic() + HEALTHY_SECONDS
    while not healthy(f"http://127.0.0.1:{port}"):
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"The emulator did not start; see {state / 'emulator.log'}")
        time.sleep(0.1)
    return process.pid


def healthy(endpoint: str) -> bool:
    try:
        answer = urllib3.request("GET", f"{endpoint}/_ministack/health", timeout=2, retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    return answer.status == 200


def deploy(endpoint: str, pid: int, say: Say, state: Path) -> Stack:
    """`sam build` and `sam deploy` of the one template; the whole output is in `.local`."""
    build = state / "build"
    say("Building the template's layers")
    sam(endpoint, state, "build", "--build-dir", str(build), "--cache-dir", str(state / "cache"))
    say("Deploying the template")
    sam(endpoint, state, "deploy", "--template-file", str(build / "template.yaml"))
    cloudformation = boto3.client(
        "cloudformation",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
    )
    found = cloudformation.describe_stacks(StackName="makegood-local")["Stacks"][0]["Outputs"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found}
    return Stack(
        endpoint=endpoint,
        pid=pid,
        api_url=f"{endpoint}/restapis/{outputs['ApiId']}/v1/_user_request_",
        operator=outputs["OperatorName"],
        inbox=outputs["InboxName"],
        results=outputs["ResultsName"],
    )


def sam(endpoint: str, state: Path, command: str, *arguments: str) -> None:
    log = state / f"sam-{command}.log"
    done = subprocess.run(
        [python_tool("sam"), command, *CONFIG, *arguments],
        cwd=ROOT,
        env=environment(endpoint),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    log.write_text(done.stdout)
    if done.returncode:
        raise SystemExit(f"sam {command} failed:\n{done.stdout[-3000:]}")


def load(state: Path = STATE) -> Stack | None:
    """What `up` wrote, if it did."""
    path = state / "stack.json"
    return Stack(**json.loads(path.read_text())) if path.exists() else None


def down(say: Say, state: Path = STATE) -> None:
    """Ends the emulator that `up` started; nothing of it is kept."""
    stack = load(state)
    if stack is None:
        say("No stack is running")
        return
    if healthy(stack.endpoint):
        os.kill(stack.pid, signal.SIGTERM)
        until = time.monotonic() + HEALTHY_SECONDS
        while healthy(stack.endpoint) and time.monotonic() < until:
            time.sleep(0.1)
    (state / "stack.json").unlink()
    say("The stack is down")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["up", "down"])
    parser.add_argument("--port", type=int, default=4566)
    arguments = parser.parse_args()
    if arguments.command == "down":
        down(print)
        return
    stack = up(arguments.port, print)
    print(f"API       {stack.api_url}")
    print(f"Operator  {stack.operator} (invoke it at {stack.endpoint})")


if __name__ == "__main__":
    main()
