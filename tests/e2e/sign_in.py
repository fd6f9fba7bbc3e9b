"""Signing in without a browser: the pool's pages, the code, and its exchange, by HTTP.

The form's address and its names are the emulator's own; what comes before and after is as on AWS.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import urllib3

from infra.local.stack import Stack

HTTP = urllib3.PoolManager()


@dataclass(frozen=True, slots=True)
class Pkce:
    """A secret of the client's, and what it says of it when it asks for a code."""

    verifier: str

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def fresh() -> Pkce:
    return Pkce(secrets.token_urlsafe(48))


def code_of(stack: Stack, email: str, password: str, pkce: Pkce) -> str:
    """The code that the pool sends to the console; blank where it sends none."""
    asked = {
        "response_type": "code",
        "client_id": stack.sign_in_client,
        "redirect_uri": stack.console_url,
        "scope": "openid email profile",
        "state": "here",
        "code_challenge": pkce.challenge,
        "code_challenge_method": "S256",
    }
    page = HTTP.request("GET", f"{stack.endpoint}/oauth2/authorize?{urlencode(asked)}")
    assert page.status == 200, page.data
    form = {**asked, "username": email, "password": password}
    answer = form_post(f"{stack.endpoint}/login", form)
    where = urlsplit(answer.headers.get("Location", ""))
    told = parse_qs(where.query)
    if "code" not in told:
        return ""
    assert stack.console_url == f"{where.scheme}://{where.netloc}{where.path}"
    assert told["state"] == ["here"]
    return told["code"][0]


def tokens_of(stack: Stack, code: str, verifier: str) -> dict[str, Any]:
    """What the pool gives for a code: tokens, or an error."""
    answer = form_post(
        f"{stack.endpoint}/oauth2/token",
        {
            "grant_type": "authorization_code",
            "client_id": stack.sign_in_client,
            "redirect_uri": stack.console_url,
            "code": code,
            "code_verifier": verifier,
        },
    )
    return json.loads(answer.data)


def form_post(url: str, fields: dict[str, str]) -> urllib3.BaseHTTPResponse:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return HTTP.request("POST", url, body=urlencode(fields), headers=kind, redirect=False)


def id_token(stack: Stack, email: str, password: str) -> dict[str, Any]:
    """The tokens of somebody who signs in."""
    pkce = fresh()
    return tokens_of(stack, code_of(stack, email, password, pkce), pkce.verifier)


def call(
    stack: Stack, method: str, path: str, authorization: str, fields: dict[str, str] | None = None
) -> tuple[int, Any]:
    """Status and body of a request to the API."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
    answer = HTTP.request(
        method,
        stack.api_url + path,
        body=urlencode(fields) if fields else None,
        headers={"Authorization": authorization, **kind},
    )
    return answer.status, json.loads(answer.data) if answer.data else None
