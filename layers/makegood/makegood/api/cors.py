"""Which pages of other origins may use the API from a browser: those that the template names.

Credentials are a header that the page's script sets, so no answer allows cookies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from makegood.api.negotiation import headers_of

METHODS = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
ASKED = (
    "Accept, Authorization, Content-Type, Idempotency-Key, If-None-Match, IR-Version, "
    "X-HTTP-Method-Override"
)
TOLD = (
    "Allow, ETag, Link, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
    "X-Request-Id"
)
KEPT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins that may, each spelled as browsers send it, like `https://reports.example`."""

    allowed: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> "Origins":
        """Origins with commas between them; none when blank."""
        return cls(frozenset(each.strip() for each in text.split(",")) - {""})

    def headers(self, event: Mapping[str, Any]) -> dict[str, str]:
        """What an answer says to the page that asks, if it may; nothing where no page may."""
        if not self.allowed:
            return {}
        vary = {"Vary": "Accept, Accept-Encoding, Origin"}
        origin = headers_of(event).get("origin", "")
        if origin not in self.allowed:
            return vary
        return {
            **vary,
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": TOLD,
        }

    def preflight(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to OPTIONS: what a client may send, and a browser from where."""
        headers = {"Allow": METHODS, "Cache-Control": "no-store", **self.headers(event)}
        if "Access-Control-Allow-Origin" in headers:
            headers |= {
                "Access-Control-Allow-Methods": METHODS,
                "Access-Control-Allow-Headers": ASKED,
                "Access-Control-Max-Age": str(KEPT_SECONDS),
            }
        return {"statusCode": 204, "headers": headers, "body": ""}


NO_ORIGINS = Origins(frozenset())
