"""The description of the API, for programs and for people; it needs no credentials and no data."""

import os
from typing import Any

from makegood.api import openapi
from makegood.api.cors import Origins
from makegood.runtime import start

ORIGINS = Origins.parse(os.environ.get("ALLOWED_ORIGINS", ""))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Besides, it tells browsers what they may ask of the API: that is open to everybody, too."""
    if event.get("httpMethod") == "OPTIONS":
        return ORIGINS.preflight(event)
    return openapi.answer(event["path"])


start.started()
