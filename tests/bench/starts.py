"""CPU of a function's start, against a process that imports boto3 and makes one DynamoDB client.

Each start is a fresh process of the interpreter alone, on the layers as they are built for Lambda;
the floor has boto3 and what it needs, with compiled bytecode, and nothing else that could slow it
down. Neither says goodbye: a function does not end when it has started.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import ROUNDS, Figure, of_rounds

FUNCTIONS = Path("functions")
LAYERS = {"dependencies": "DependenciesLayer", "makegood": "MakegoodLayer"}
FLOOR = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
FLOOR_CODE = "import boto3; boto3.client('dynamodb')"
LIMIT = 1.0

TABLES = ("DIRECTORY", "INQUIRIES", "ACTIONS", "LEDGER", "FILES", "REQUESTS", "EVENTS")
ENVIRONMENT = {
    **{f"{name}_TABLE": name.lower() for name in TABLES},
    "INBOX_BUCKET": "inbox",
    "RESULTS_BUCKET": "results",
    "CHUNKS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/chunks",
    "SWEEP_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/sweeps.fifo",
    "ADJUSTABLE_CLOCK": "false",
    "PYTHONTZPATH": "",
    "POWERTOOLS_SERVICE_NAME": "makegood",
    "POWERTOOLS_METRICS_NAMESPACE": "Makegood",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
}


def built(folder: Path) -> list[Path]:
    """The layers, built into that folder as `sam build` builds them; their places on the path."""
    for layer, name in LAYERS.items():
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
        given = f"PYTHON={sys.executable}", f"ARTIFACTS_DIR={folder.resolve() / name}"
        make = "make", "-s", "-C", f"layers/{layer}", f"build-{name}"
        subprocess.run([*make, *given], check=True)
    return [folder / name / "python" for name in LAYERS.values()]


def alone(folder: Path) -> Path:
    """A place on the path with boto3, what it needs, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in FLOOR:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            raise SystemExit(f"{name} is not installed")
        origin = Path(found.origin)
        place = origin.parent if origin.name == "__init__.py" else origin
        (folder / place.name).symlink_to(place)
    return folder


def cpu_of(path: list[Path], code: str) -> float:
    """Milliseconds of CPU that a fresh process takes to run this."""
    places = os.pathsep.join(str(each.resolve()) for each in path)
    process = subprocess.Popen(
        [sys._base_executable, "-S", "-B", "-c", f"{code}; import os; os._exit(0)"],
        env={**ENVIRONMENT, "PYTHONPATH": places},
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"A start failed: {code}")
    return (used.ru_utime + used.ru_stime) * 1000


def figures(folder: Path, rounds: int = ROUNDS) -> list[Figure]:
    """One for each function; a round has the floor and every function once."""
    layers, floor = built(folder), [alone(folder / "boto3")]
    names = sorted(each.name for each in FUNCTIONS.iterdir())
    for name in names:
        (folder / name).mkdir(exist_ok=True)
        shutil.copy(FUNCTIONS / name / "handler.py", folder / name)
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        theirs = cpu_of(floor, FLOOR_CODE)
        for name in names:
            pairs[name].append((cpu_of([*layers, folder / name], "import handler"), theirs))
    return [of_rounds(f"init: {name}", LIMIT, "ms", pairs[name]) for name in names]
