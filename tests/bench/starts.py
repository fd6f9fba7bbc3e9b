"""CPU of a function's start, against a process that imports boto3 and makes one DynamoDB client.

Each start is a fresh process of the interpreter alone, with the path that Lambda gives it: the
function's folder, and one folder that all layers are put into. The floor's has boto3 and what it
needs, with compiled bytecode, and nothing else that could slow it down. Neither says goodbye: a
function does not end when it has started.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import Figure, of_rounds

FUNCTIONS = Path("functions")
LAYERS = {"dependencies": "DependenciesLayer", "makegood": "MakegoodLayer"}
FLOOR = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
FLOOR_CODE = "import boto3; boto3.client('dynamodb')"
LIMIT = 1.0
ROUNDS = 15
"""Whole processes are more at the mercy of what else a machine does than work in one is."""

TABLES = (
    "DIRECTORY",
    "INQUIRIES",
    "ACTIONS",
    "LEDGER",
    "FILES",
    "REQUESTS",
    "EVENTS",
    "SHOP_ORDERS",
    "WEBHOOKS",
)
ENVIRONMENT = {
    **{f"{name}_TABLE": name.lower() for name in TABLES},
    "INBOX_BUCKET": "inbox",
    "RESULTS_BUCKET": "results",
    "STATEMENTS_BUCKET": "statements",
    "RECORDS_BUCKET": "records",
    "ARRIVALS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/arrivals",
    "CHUNKS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/chunks",
    "SWEEP_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/sweeps.fifo",
    "WEBHOOKS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/webhooks",
    "WEBHOOKS_KEY": "webhooks",
    "LOST_BUCKET": "lost",
    "REPLAYS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/replays",
    "WEBHOOKS_LOOPBACK": "false",
    "ADJUSTABLE_CLOCK": "false",
    "INDEX_STEP": "8",
    "SECOND_PERSON": "required",
    "CONFIRM_AMOUNT_ABOVE": "0",
    "CONFIRM_RATE_ABOVE": "20",
    "CONFIRM_FLAT_ABOVE": "20",
    "PYTHONTZPATH": "",
    "POWERTOOLS_SERVICE_NAME": "makegood",
    "POWERTOOLS_METRICS_NAMESPACE": "Makegood",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
}


def built(folder: Path) -> Path:
    """The layers, built as `sam build` builds them, and put into one place as Lambda puts them."""
    shutil.rmtree(folder, ignore_errors=True)
    for layer, name in LAYERS.items():
        (folder / name).mkdir(parents=True)
        given = f"PYTHON={sys.executable}", f"ARTIFACTS_DIR={folder.resolve() / name}"
        make = "make", "-s", "-C", f"layers/{layer}", f"build-{name}"
        subprocess.run([*make, *given], check=True)
        shutil.copytree(folder / name / "python", folder / "opt", dirs_exist_ok=True)
    return folder / "opt"


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


def cpu_of(function: Path, layers: Path, code: str) -> float:
    """Milliseconds of CPU that a fresh process takes to run this."""
    places = os.pathsep.join(str(each.resolve()) for each in (function, layers))
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
    """One for each function; each start is beside one of the floor, in the same half second."""
    layers, floor = built(folder / "layers"), alone(folder / "boto3")
    names = sorted(each.name for each in FUNCTIONS.iterdir())
    for name in ("nothing", *names):
        (folder / name).mkdir(exist_ok=True)
    for name in names:
        shutil.copy(FUNCTIONS / name / "handler.py", folder / name)
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            theirs = cpu_of(folder / "nothing", floor, FLOOR_CODE)
            pairs[name].append((cpu_of(folder / name, layers, "import handler"), theirs))
    return [of_rounds(f"init: {name}", LIMIT, "ms", pairs[name]) for name in names]
