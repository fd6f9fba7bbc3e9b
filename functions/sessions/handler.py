"""Signing in and out: `makegood.api.sessions` says how."""

import json
import secrets
import traceback
from typing import Any

from makegood.api import http, sessions
from makegood.api.callers import context_of
from makegood.api.cors import Origins
from makegood.api.http import Reply
from makegood.api.sessions import AccountAmbiguous, Fresh
from makegood.domain.problems import Internal, MethodNotAllowed, Problem
from makegood.runtime import start
from makegood.runtime.settings import metrics_line, settings, wall_now
from makegood.store.people import People

SETTINGS = settings()
STORE = People(SETTINGS.tables)
ORIGINS = Origins.parse(SETTINGS.allowed_origins)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answers one request, and logs one line about it: never a token, and of a person nothing."""
    request_id = context_of(event).get("requestId") or ""
    try:
        reply = _answered(event)
    except AccountAmbiguous as problem:
        told = http.error_reply(problem, request_id)
        reply = Reply({**told.body, "Accounts": problem.accounts}, told.status, told.headers)
    except Problem as problem:
        reply = http.error_reply(problem, request_id)
    except Exception as error:
        where = traceback.format_tb(error.__traceback__)
        told = {"message": "unexpected", "error": type(error).__name__, "where": where}
        print(json.dumps({"level": "ERROR", "request_id": request_id, **told}))
        reply = http.error_reply(Internal(), request_id)
    told = {"message": "request", "request_id": request_id, "status": reply.status}
    print(json.dumps({"level": "INFO", **told, "method": event.get("httpMethod", "")}))
    print(metrics_line("sessions", {_counted(event, reply.status): 1}))
    return reply.render({"X-Request-Id": request_id, **ORIGINS.headers(event)})


def _answered(event: dict[str, Any]) -> Reply:
    match event.get("httpMethod"):
        case "POST":
            return sessions.open_session(STORE, event, fresh())
        case "DELETE":
            return sessions.close_session(STORE, event, wall_now())
    raise MethodNotAllowed(["POST", "DELETE"])


def fresh() -> Fresh:
    """What the next session is made with."""
    return Fresh(wall_now(), secrets.token_hex(12), secrets.token_urlsafe(32))


def _counted(event: dict[str, Any], status: int) -> str:
    """What a request counts as: somebody signed in or out, or could not."""
    done = "signed_in" if event.get("httpMethod") == "POST" else "signed_out"
    return done if status < 400 else "failed" if status >= 500 else "refused"


start.started()
