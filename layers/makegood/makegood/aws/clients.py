"""Clients of AWS: botocore's own, made once in a process, with explicit timeouts and attempts.

One session loads botocore's service data once for all clients. Their user agent is a fixed word:
botocore works out its own anew for each call. `patches.dynamodb_client` replaces what is private in
botocore, and says why.
"""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session

from makegood.patches import dynamodb_client

CONNECT_SECONDS = 2
ATTEMPTS_MAX = 4
AGENT = "makegood"


def client(service: str, read_seconds: int, attempts_max: int = ATTEMPTS_MAX, **more: Any) -> Any:
    """A client of a service in the environment's region, with a limit on how long it waits."""
    return session().create_client(service, config=_config(read_seconds, attempts_max, **more))


def tables_client(region: str | None, read_seconds: int) -> Any:
    """A client of DynamoDB that takes and returns messages in DynamoDB's own JSON."""
    config = _config(read_seconds, account_id_endpoint_mode="disabled")
    made = session().create_client("dynamodb", region, config=config)
    dynamodb_client.write_plainly(made)
    return made


@cache
def session() -> Session:
    """The session that all clients of a process share; it reads the environment once."""
    made = Session()
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
