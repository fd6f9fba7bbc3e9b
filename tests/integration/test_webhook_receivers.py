"""Receivers as the guide has them take what is sent, and nothing that is forged."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from makegood.domain import webhook_signatures
from makegood.jobs.webhook_sender import Sender

from infra.local.stack import STATE
from tests.infra.pages import text_of

SECRET = bytes(range(32))
BODY = (
    '{"type":"inquiry.filed","timestamp":"2026-06-10T12:00:00+00:00","data":{"Name":"Ä"}}'.encode()
)
NODE, NPM = shutil.which("node"), shutil.which("npm")
TOOLS = {"python": (sys.executable, "py"), "javascript": (NODE, "js"), "js": (NODE, "js")}
"""Node is not on every machine; Python is. What is written as `js` needs npm's package."""

PINNED = Path(__file__).parent / "npm"
"""npm's package and what it needs, each with its hash."""


@pytest.fixture(scope="module")
def installed() -> Path:
    """npm's packages, kept for the next run; skips where there is no Node or no registry."""
    if not (NODE and NPM):
        pytest.skip("there is no Node with npm on this machine")
    folder, names = STATE / "npm", ("package.json", "package-lock.json")
    wanted = [(PINNED / each).read_text() for each in names]
    known = [folder / each for each in names]
    if all(each.exists() for each in known) and [each.read_text() for each in known] == wanted:
        return folder / "node_modules"
    shutil.rmtree(folder, ignore_errors=True)
    building = folder.with_name(f"npm-{os.getpid()}")
    building.mkdir(parents=True)
    for each in names:
        shutil.copy(PINNED / each, building)
    asked = [NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(asked, cwd=building, capture_output=True, text=True, timeout=120)
    if done.returncode:
        shutil.rmtree(building)
        unreached = ("ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH")
        assert any(each in done.stderr for each in unreached), done.stderr
        pytest.skip("npm's registry is not reached from this machine")
    building.rename(folder)
    return folder / "node_modules"


def written(language: str) -> str:
    """The guide's receiver, as it stands there."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", text_of("webhooks"), re.DOTALL)
    return found


@contextmanager
def received(
    language: str, folder: Path, packages: Path | str
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The receiver at work: its URL and its process."""
    tool, suffix = TOOLS[language]
    assert tool
    path = folder / f"receiver.{suffix}"
    path.write_text(written(language))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = webhook_signatures.secret_text(SECRET)
    process = subprocess.Popen(
        [tool, str(path), str(port)],
        env={"WEBHOOK_SECRET": secret, "PATH": "/usr/bin:/bin", "NODE_PATH": str(packages)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "the receiver does not start"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/", process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.mark.parametrize("language", TOOLS)
def test_the_receiver_of_the_guide_takes_what_is_signed_and_nothing_else(
    language: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if TOOLS[language][0] is None:
        pytest.skip("there is no Node on this machine")
    packages = request.getfixturevalue("installed") if language == "js" else ""
    now, sender = datetime.now(UTC), Sender(loopback=True, seconds=5)
    signed = webhook_signatures.headers((bytes(32), SECRET), "msg_1", now, BODY)
    forged = webhook_signatures.headers((bytes(32),), "msg_1", now, BODY)
    with received(language, tmp_path, packages) as (url, process):
        assert not sender.send(url, forged, BODY).is_success
        assert not sender.send(url, signed, BODY.replace(b"filed", b"faked")).is_success
        assert not sender.send(url, {**signed, "webhook-id": "msg_2"}, BODY).is_success
        assert sender.send(url, signed, BODY).is_success
        process.kill()
        assert process.stdout
        assert process.stdout.read().split() == ["inquiry.filed"]


@pytest.mark.parametrize("language", TOOLS)
def test_a_receiver_has_ten_lines_or_so(language: str) -> None:
    assert len([line for line in written(language).splitlines() if line.strip()]) <= 12
