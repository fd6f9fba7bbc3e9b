"""The whole stack for the tests that need it: built, deployed and ended once a session.

It lives beside the one of `make up`, with a port and a folder of its own. Sessions of one checkout
wait for each other, so whatever a session that died has left can be ended by the next.
"""

import fcntl
import socket
from collections.abc import Iterator

import pytest

from infra.local import stack as local
from infra.local.stack import STATE
from tests.e2e.play import Played, Watched, play, watched


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="session")
def stack() -> Iterator[Watched]:
    state = STATE / "e2e"
    state.mkdir(parents=True, exist_ok=True)
    with (state / "session.lock").open("w") as session:
        fcntl.flock(session, fcntl.LOCK_EX)
        local.down(print, state)
        try:
            yield watched(local.up(free_port(), print, state))
        finally:
            local.down(print, state)


@pytest.fixture(scope="session")
def played(stack: Watched) -> Played:
    """The story, played once for all tests that look at what came of it."""
    return play(stack)
