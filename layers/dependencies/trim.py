"""Leaves of botocore's data what functions need at their start: `trim.py DATA SERVICE:CALL,...`.

Other services go, and so do other calls, documentation and examples: most of what would be parsed
before the first client is there. What the calls that stay do is the same.
"""

import gzip
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

UNREAD = ("examples-1.json", "paginators-1*.json", "waiters-2.json")


def trim(data: Path, kept: dict[str, set[str]]) -> None:
    for folder in sorted(each for each in data.iterdir() if each.is_dir()):
        if folder.name not in kept:
            shutil.rmtree(folder)
    endpoints = data / "endpoints.json"
    known = json.loads(endpoints.read_text())
    for partition in known["partitions"]:
        services = partition["services"]
        partition["services"] = {
            name: services[name] for name in sorted(kept.keys() & services.keys())
        }
    write(endpoints, known)
    for packed in sorted(data.glob("*/*/*.json.gz")):
        document = json.loads(gzip.decompress(packed.read_bytes()))
        if packed.name == "service-2.json.gz":
            document = called(document, kept[packed.parent.parent.name])
        write(packed.with_suffix(""), undocumented(document))
        packed.unlink()
    for name in UNREAD:
        for each in data.glob(f"*/*/{name}"):
            each.unlink()


def called(model: dict[str, Any], calls: set[str]) -> dict[str, Any]:
    """A service with these calls alone, and what they are made of."""
    missing = calls - model["operations"].keys()
    if missing:
        raise SystemExit(f"There is no such call: {', '.join(sorted(missing))}")
    operations = {name: model["operations"][name] for name in sorted(calls)}
    reached: set[str] = set()
    waiting = set(named(operations))
    while waiting:
        reached |= waiting
        waiting = {each for name in waiting for each in named(model["shapes"][name])} - reached
    shapes = {name: model["shapes"][name] for name in sorted(reached)}
    return {**model, "operations": operations, "shapes": shapes}


def named(value: Any) -> Iterator[str]:
    """The shapes that a part of a model refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("shape"), str):
            yield value["shape"]
        for each in value.values():
            yield from named(each)
    elif isinstance(value, list):
        for each in value:
            yield from named(each)


def undocumented(value: Any) -> Any:
    """The same with no words in its documentation; a member that is called so stays."""
    if isinstance(value, list):
        return [undocumented(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: "" if name == "documentation" and isinstance(each, str) else undocumented(each)
        for name, each in value.items()
    }


def write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")))


if __name__ == "__main__":
    asked = (each.partition(":") for each in sys.argv[2:])
    trim(Path(sys.argv[1]), {name: set(calls.split(",")) for name, _, calls in asked})
