"""The description of the API, for programs and for people; it needs no credentials and no data."""

from typing import Any

from makegood.api import openapi
from makegood.runtime import start


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return openapi.answer(event["path"])


start.started()
