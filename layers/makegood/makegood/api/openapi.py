"""The API's own description, published by the API: as OpenAPI, and as a page for people.

The description is written in `infra/openapi.yaml`; `openapi.json` beside this module is the same in
the form that is published. Nothing here needs credentials or data.
"""

from functools import cache
from importlib.resources import files
from json import loads
from typing import Any

from makegood.api.openapi_page import page_of
from makegood.api.page_style import style

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"
"""The page runs nothing, and takes its style from the API alone."""


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
"""What is published, by the end of its path."""


def answer(path: str) -> dict[str, Any]:
    """The gateway's form of what is published there; the page for a path that nobody knows."""
    name = "/" + path.rstrip("/").rpartition("/")[2]
    kind, body = PUBLISHED.get(name, PUBLISHED["/docs"])
    headers = {
        "Content-Type": f"{kind}; charset=utf-8",
        "Cache-Control": "public, max-age=300",
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return {"statusCode": 200, "headers": headers, "body": body()}
