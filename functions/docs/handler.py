"""The description of the API, and the console: pages that need no credentials and hold no data."""

import os
from pathlib import Path
from typing import Any

from makegood.api import openapi
from makegood.api.cors import Origins
from makegood.runtime import start

ORIGINS = Origins.parse(os.environ.get("ALLOWED_ORIGINS", ""))
CONSOLE = Path(__file__).with_name("console")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Besides, it tells browsers what they may ask of the API: that is open to everybody, too."""
    if event.get("httpMethod") == "OPTIONS":
        return ORIGINS.preflight(event)
    if "/console" in event["path"]:
        from makegood.api import console

        return console.answer(event, (CONSOLE, console.library()))
    return openapi.answer(event["path"])


start.started()
