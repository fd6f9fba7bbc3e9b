"""The emulator as a process of its own: starts it on the loopback, finds it again, ends it.

The process holds a lock on `emulator.lock` for as long as it lives. So a later command knows
whether the process that it would end is still the one that was started.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import urllib3

REGION = "us-east-1"
KEY_ID, SECRET = "makegoodlocal", "makegood-local-secret"
"""The account's own; the id of letters and digits alone, which is all that DynamoDB Local takes."""
READY_SECONDS = 60
STOP_SECONDS = 20
KEPT = ("HOME", "LANG", "LC_ALL", "TZ")
"""The only variables of the caller's environment that functions see, besides the path."""

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Emulators that this process started: it must wait for them when they end."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator."""

    pid: int
    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def tool(name: str) -> str:
    """A command of the environment that this runs in."""
    return str(Path(sys.executable).parent / name)


def path() -> str:
    tools = str(Path(sys.executable).parent)
    return f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def start(port: int, state: Path) -> Emulator:
    """Starts an emulator that enforces IAM, on the loopback only; waits until it answers."""
    temporary = state / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    if _answers(port):
        raise SystemExit(f"Port {port} is taken; choose another, as in `make up PORT={port + 1}`")
    settings = {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "PATH": path(),
        "TMPDIR": str(temporary),
        "STATE_DIR": str(temporary / "state"),
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "COGNITO_EMAIL_ENABLED": "false",
    }
    with (state / "emulator.lock").open("w") as lock, (state / "emulator.log").open("wb") as log:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        process = subprocess.Popen(
            [tool("python"), "-P", str(Path(__file__).with_name("mended_emulator.py"))],
            cwd=temporary,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(lock.fileno(),),
            start_new_session=True,
        )
    _children[process.pid] = process
    emulator = Emulator(process.pid, port)
    (state / "emulator.json").write_text(json.dumps(asdict(emulator)))
    until = time.monotonic() + READY_SECONDS
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > until:
            stop(state)
            raise SystemExit(f"The emulator did not start; see {state / 'emulator.log'}")
        time.sleep(0.1)
    return emulator


def running(state: Path) -> Emulator | None:
    """The emulator that was started for this state, if it still runs."""
    record = state / "emulator.json"
    if not record.exists() or not _locked(state):
        return None
    return Emulator(**json.loads(record.read_text()))


def stop(state: Path) -> bool:
    """Ends it and deletes what it left on disk; False if there was none."""
    emulator = running(state)
    if emulator is not None:
        os.kill(emulator.pid, signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while _locked(state) and time.monotonic() < until:
            time.sleep(0.05)
        if _locked(state):
            os.kill(emulator.pid, signal.SIGKILL)
        if child := _children.pop(emulator.pid, None):
            child.wait()
    (state / "emulator.json").unlink(missing_ok=True)
    shutil.rmtree(state / "tmp", ignore_errors=True)
    return emulator is not None


def _locked(state: Path) -> bool:
    try:
        with (state / "emulator.lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _answers(port: int) -> bool:
    url = f"http://127.0.0.1:{port}/_ministack/health"
    try:
        urllib3.request("GET", url, timeout=2, retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    return True
