"""The API's description, published by the API itself: as OpenAPI, and as a page for people.

The description is edited in `infra/openapi.yaml`; `openapi.json` in the package is the published
form. Nothing here needs credentials or data.
"""

from functools import cache
from importlib.resources import files
from json import loads
from typing import Any

from makegood.api.openapi_page import page_of
from makegood.api.page_style import style

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"
"""The page runs no script, and takes its style from the API alone."""


@cache
def document() -> str:
    """The description as JSON text."""
    return (files("makegood") / "openapi.json").read_text(encoding="utf-8")


@cache
def page() -> str:
    """The description as a page without scripts, that prints as well."""
    return page_of(loads(document()))


def stylesheet() -> str:
    """The page's style sheet."""
    return style("docs.css")


PUBLISHED = {
    "/docs": ("text/html", page),
    "/docs.css": ("text/css", stylesheet),
    "/openapi.json": ("application/json", document),
}
"""What is published, by the last part of its path."""


def answer(path: str) -> dict[str, Any]:
    """The answer to a path, as the gateway wants it; the page for an unknown path."""
    name = "/" + path.rstrip("/").rpartition("/")[2]
    kind, body = PUBLISHED.get(name, PUBLISHED["/docs"])
    headers = {
        "Content-Type": f"{kind}; charset=utf-8",
        "Cache-Control": "public, max-age=300",
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return {"statusCode": 200, "headers": headers, "body": body()}
