"""The operator's commands that move money and prove the books, behind a URL of its own."""

from typing import Any

from makegood.api import http
from makegood.operator import commands
from makegood.operator.endpoint import Endpoint
from makegood.runtime import start

ENDPOINT = Endpoint(commands.TREASURY, http.error_reply, http.Reply)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return ENDPOINT.answer(event, context)


start.started()
