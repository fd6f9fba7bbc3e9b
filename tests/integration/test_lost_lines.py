"""The client on a line that is open and silent: it gives up, and says who does not answer."""

import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from makegood_cli.client import READ_SECONDS, Client, Unreachable, connections

SOON = 0.2
"""Seconds that a line may be silent here."""


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of somebody who takes calls and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def breaking_off() -> Iterator[str]:
    """The address of somebody who falls silent in the middle of a file."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            line.recv(65_536)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nId\r\n")
            kept.append(line)

        kept: list[socket.socket] = []
        Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        for line in kept:
            line.close()


def client_of(api: str) -> Client:
    return Client(api, "Mediapartners", "S", "T", connections(read=SOON))


def test_a_silent_line_is_a_lost_one(silent: str) -> None:
    client = client_of(silent)
    form = {"Url": silent, "Fields": {}}
    for ask in (
        lambda: client.get("CompanyInformation"),
        lambda: client.call("POST", client.root, {"A": "1"}),
        lambda: client.post(form, "claims.csv", b"Id"),
        lambda: client.download(silent),
    ):
        with pytest.raises(Unreachable) as caught:
            ask()
        assert caught.value.url == silent


def test_a_file_that_breaks_off_is_not_there(breaking_off: str, tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        client_of(breaking_off).save(breaking_off, tmp_path / "result.csv")
    assert list(tmp_path.iterdir()) == []


def test_every_client_gives_up_on_a_silent_line() -> None:
    timeout = Client("http://api", "Advertisers", "S", "T").http.connection_pool_kw["timeout"]
    assert timeout.read_timeout == READ_SECONDS
