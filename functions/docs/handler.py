"""The description of the API, for programs and for people; it needs no credentials and no data."""

from typing import Any

from makegood import publication, start


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return publication.answer(event["path"])


start.started()
