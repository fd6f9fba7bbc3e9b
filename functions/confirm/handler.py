"""What a second person says to commands that wait for one, behind a URL of its own."""

from typing import Any

from makegood.api import http
from makegood.operator import commands
from makegood.operator.endpoint import Endpoint
from makegood.runtime import start

ENDPOINT = Endpoint(commands.CONFIRM, http.error_reply, http.Reply)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return ENDPOINT.answer(event, context)


start.started()
