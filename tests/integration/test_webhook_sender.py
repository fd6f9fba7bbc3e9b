"""The sender against real servers of this machine that answer slowly, wrongly, or not at all."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from makegood.domain.webhook_addresses import Target
from makegood.jobs import webhook_sender
from makegood.jobs.webhook_sender import (
    BODY_BYTES_READ,
    HEAD_BYTES_MAX,
    TEXT_CHARS,
    Sender,
)

Serve = Callable[[socket.socket], None]
Wrap = Callable[[socket.socket], socket.socket]
FAST = 0.6
HERE = Sender(loopback=True, seconds=FAST)
LATE = 2.0
"""No try of `HERE` may take so long, whatever the other side does."""


@contextmanager
def served(
    serve: Serve, wrap: Callable[[socket.socket], socket.socket] | None = None
) -> Iterator[int]:
    """A server on this machine that does that with each connection; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                with wrap(connection) if wrap else connection as made:
                    serve(made)
            except OSError:
                continue

    Thread(target=run, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def requested(connection: socket.socket) -> bytes:
    """A request, up to the end of its body."""
    data = b""
    while b"\r\n\r\n" not in data or not data.endswith(b"}"):
        more = connection.recv(65_536)
        if not more:
            break
        data += more
    return data


def answering(*parts: bytes, pause: float = 0, forever: bool = False) -> Serve:
    def serve(connection: socket.socket) -> None:
        requested(connection)
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        while forever:
            connection.sendall(parts[-1])
            time.sleep(pause)

    return serve


def sent(port: int, sender: Sender = HERE, path: str = "/x") -> webhook_sender.Answer:
    return sender.send(f"http://127.0.0.1:{port}{path}", {"webhook-id": "msg_1"}, b"{}")


def test_a_request_is_what_the_standard_wants_and_its_answer_is_kept() -> None:
    seen: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        seen.append(requested(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine and more")

    with served(serve) as port:
        answer = sent(port)
    assert (answer.status, answer.fault, answer.text) == (200, "", "fine")
    head, _, body = seen[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert (lines[0], body) == ("POST /x HTTP/1.1", b"{}")
    assert {
        f"Host: 127.0.0.1:{port}",
        "webhook-id: msg_1",
        "Content-Length: 2",
        "Accept-Encoding: identity",
    } <= set(lines)


@pytest.mark.parametrize(
    ("parts", "status", "fault"),
    [
        ([b"HTTP/1.1 204\r\n\r\n"], 204, ""),
        ([b"HTTP/1.0 500 No\r\n\r\n"], 500, ""),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 410 Gone\r\n\r\n"], 410, ""),
        ([b""], 0, "closed"),
        ([b"hello\r\n\r\n"], 0, "not_http"),
        ([b"HTTP/1.1 999 ?\r\n\r\n"], 0, "not_http"),
        ([b"HTTP/2 200\r\n\r\n"], 0, "not_http"),
        ([b"HTTP/1.1 200 OK\r\nX: 1"], 0, "not_http"),
        ([b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * HEAD_BYTES_MAX], 0, "head_too_large"),
        ([b"HTTP/1.1 100 C\r\n\r\n" * 2_000], 0, "head_too_large"),
    ],
)
def test_an_answer_is_its_status_or_a_fault(parts: list[bytes], status: int, fault: str) -> None:
    with served(answering(*parts)) as port:
        answer = sent(port)
    assert (answer.status, answer.fault) == (status, fault)


def test_redirects_are_not_followed() -> None:
    asked: list[bytes] = []
    with served(lambda each: asked.append(requested(each))) as secret:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:{secret}/\r\n\r\n".encode()
        with served(answering(moved)) as port:
            answer = sent(port)
    assert (answer.status, answer.is_success, asked) == (307, False, [])


@pytest.mark.parametrize(
    ("serve", "status"),
    [
        (lambda _: time.sleep(LATE), 0),
        (answering(b"H", b"T", b"T", b"P", b"/", b"1", pause=0.2), 0),
        (answering(b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n", pause=0.05, forever=True), 0),
        (answering(b"HTTP/1.1 200 OK\r\n\r\n", b"x", pause=0.05, forever=True), 200),
        (answering(b"HTTP/1.1 500 No\r\n\r\n", b"x", pause=0.05, forever=True), 500),
    ],
    ids=["silent", "slow status", "slow head", "slow body", "slow body of a refusal"],
)
def test_no_slowness_takes_more_than_the_time_of_a_try(serve: Serve, status: int) -> None:
    begun = time.monotonic()
    with served(serve) as port:
        answer = sent(port)
    assert (answer.status, answer.fault) == (status, "" if status else "timeout")
    assert time.monotonic() - begun < LATE


def test_of_a_body_no_more_is_read_than_is_kept_and_nothing_is_unpacked() -> None:
    import gzip

    bomb = gzip.compress(b"0" * 10_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    with served(answering(head, bomb, forever=True)) as port:
        answer = sent(port)
    assert (answer.status, len(answer.text) <= TEXT_CHARS) == (200, True)
    read: list[int] = []

    def count(connection: socket.socket) -> None:
        requested(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        sent_bytes = 0
        try:
            while sent_bytes < 50_000_000:
                sent_bytes += connection.send(b"x" * 65_536)
        finally:
            read.append(sent_bytes)

    with served(count) as port:
        answer = sent(port)
        time.sleep(0.2)
    assert len(answer.text) == TEXT_CHARS <= BODY_BYTES_READ
    assert read[0] < 50_000_000


def test_what_an_answer_says_is_kept_without_controls() -> None:
    with served(answering(b"HTTP/1.1 500 No\r\n\r\n\x1b[31mred\x00\xff\r\n")) as port:
        text = sent(port).text
    assert text.isprintable()
    assert "red" in text


def test_retry_after_is_told_whatever_its_case() -> None:
    with served(answering(b"HTTP/1.1 503 Busy\r\nRETRY-AFTER:  120 \r\n\r\n")) as port:
        assert sent(port).retry_after == "120"


def test_nobody_there_is_unreachable() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        assert sent(deaf.getsockname()[1]).fault == "unreachable"


def addressed(*addresses: str) -> tuple[Sender, list[Target]]:
    """A sender whose names have these addresses, and what was resolved."""
    asked: list[Target] = []

    def resolve(to: Target) -> list[str]:
        asked.append(to)
        return list(addresses)

    return Sender(seconds=FAST, resolve=resolve), asked


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["169.254.169.254"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["10.0.0.1"],
        ["fd00:ec2::254"],
    ],
)
def test_a_name_is_resolved_once_and_nothing_is_connected_to_where_an_address_is_refused(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object, **__: object) -> socket.socket:
        raise AssertionError("connected")

    monkeypatch.setattr(socket, "create_connection", connect)
    sender, asked = addressed(*addresses)
    answer = sender.send("https://hooks.example.com/", {}, b"{}")
    assert (answer.fault, len(asked)) == ("refused_address", 1)


def test_the_checked_address_is_connected_to_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        asked.append(address)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", connect)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    sender, names = addressed("8.8.8.8", "2606:4700::1111")
    assert sender.send("https://hooks.example.com/", {}, b"{}").fault == "unreachable"
    assert asked == [("8.8.8.8", 443), ("2606:4700::1111", 443)]
    assert len(names) == 1


def test_a_name_without_addresses_and_a_resolver_that_hangs_are_faults() -> None:
    sender, _ = addressed()
    assert sender.send("https://hooks.example.com/", {}, b"{}").fault == "unresolved"

    def hang(_: Target) -> list[str]:
        time.sleep(LATE)
        return ["8.8.8.8"]

    begun = time.monotonic()
    answer = Sender(seconds=FAST, resolve=hang).send("https://hooks.example.com/", {}, b"{}")
    assert (answer.fault, time.monotonic() - begun < LATE) == ("timeout", True)


def test_this_machine_is_out_of_reach_unless_the_parameter_says_so() -> None:
    with served(answering(b"HTTP/1.1 200 OK\r\n\r\n")) as port:
        assert sent(port, Sender(seconds=FAST)).fault == "bad_url"


def certified(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate of that name that it signed itself, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context


@pytest.mark.parametrize(
    ("name", "trusted", "expected"),
    [
        ("localhost", True, (200, "")),
        ("other.example.com", True, (0, "tls")),
        ("localhost", False, (0, "tls")),
    ],
    ids=["the name's own", "another name's", "nobody's"],
)
def test_the_certificate_must_be_the_name_s(
    tmp_path: Path, name: str, trusted: bool, expected: tuple[int, str]
) -> None:
    path, context = certified(tmp_path, name)
    named: list[str | None] = []
    context.sni_callback = lambda _, sni, __: named.append(sni)

    def trust() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(path) if trusted else None)

    sender = Sender(loopback=True, seconds=LATE, trust=trust, resolve=lambda _: ["127.0.0.1"])
    serve = answering(b"HTTP/1.1 200 OK\r\n\r\n")
    with served(serve, lambda each: context.wrap_socket(each, server_side=True)) as port:
        answer = sender.send(f"https://localhost:{port}/", {}, b"{}")
    assert (answer.status, answer.fault) == expected
    assert named == ["localhost"]


def test_a_handshake_that_never_ends_is_cut_off() -> None:
    begun = time.monotonic()
    with served(lambda _: time.sleep(LATE)) as port:
        answer = HERE.send(f"https://localhost:{port}/", {}, b"{}")
    assert (answer.fault, time.monotonic() - begun < LATE) == ("timeout", True)
