"""Writes the description of the API in the form that is published, from the one that is edited."""

import json
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
WRITTEN = ROOT / "infra" / "openapi.yaml"
PUBLISHED = ROOT / "layers" / "makegood" / "makegood" / "openapi.json"


def published() -> str:
    """The written description as compact JSON."""
    described = yaml.safe_load(WRITTEN.read_text(encoding="utf-8"))
    return json.dumps(described, ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    PUBLISHED.write_text(published(), encoding="utf-8")
