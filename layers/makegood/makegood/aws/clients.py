"""Clients of AWS: botocore's own, made once in a process, with explicit timeouts and attempts.

One session loads botocore's service data once for all clients. It has botocore's handlers of events
that every service knows, and those of a service from its first client on: most of botocore's are of
services that nobody here calls. The user agent is a fixed word: botocore works out its own anew for
each call. `patches.dynamodb_client` replaces what is private in botocore, and says why.
"""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST
from botocore.session import Session

from makegood.patches import dynamodb_client

CONNECT_SECONDS = 2
ATTEMPTS_MAX = 4
AGENT = "makegood"


def client(service: str, read_seconds: int, attempts_max: int = ATTEMPTS_MAX, **more: Any) -> Any:
    """A client of a service in the environment's region, with a limit on how long it waits."""
    _handle(session(), service)
    return session().create_client(service, config=_config(read_seconds, attempts_max, **more))


def tables_client(region: str | None, read_seconds: int) -> Any:
    """A client of DynamoDB that takes and returns messages in DynamoDB's own JSON."""
    config = _config(read_seconds, account_id_endpoint_mode="disabled")
    _handle(session(), "dynamodb")
    made = session().create_client("dynamodb", region, config=config)
    dynamodb_client.write_plainly(made)
    return made


EVERY_SERVICE = ""


def handlers_of(service: str) -> list[tuple[Any, ...]]:
    """botocore's own handlers of a service's events, as it registers them: an event is named by its
    kind and the service, `before-call.s3`. What writes documentation is no handler here.
    """
    events = [(each, *each[0].split("."), EVERY_SERVICE) for each in BUILTIN_HANDLERS]
    return [each for each, kind, named, *_ in events if kind != "docs" and named == service]


@cache
def _handle(session: Session, service: str) -> None:
    """Registers the handlers of a service with the session, once."""
    emitter = session.get_component("event_emitter")
    register = {REGISTER_FIRST: emitter.register_first, REGISTER_LAST: emitter.register_last}
    for event, handler, *when in handlers_of(service):
        (register[when[0]] if when else emitter.register)(event, handler)


@cache
def session() -> Session:
    """The session that all clients of a process share; it reads the environment once."""
    made = Session(include_builtin_handlers=False)
    _handle(made, EVERY_SERVICE)
    dynamodb_client.read_plainly(made)
    return made


def _config(read_seconds: int, attempts_max: int = ATTEMPTS_MAX, **more: Any) -> Config:
    return Config(
        user_agent=AGENT,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": attempts_max, "mode": "standard"},
        **more,
    )
