"""One try of a webhook over HTTP/1.1: to a checked address, in fifteen seconds all in all.

The name is resolved once. Every address of it is checked, and one of these is connected to; the
name goes into SNI, and the certificate must be the name's. Sockets are used directly: the standard
library's clients renew their time at each read, follow the environment's proxies, or resolve again.
Redirects are not followed, nothing is decompressed, and of an answer no more is read than is kept.
"""

import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Thread
from time import monotonic

from makegood.domain.problems import Malformed
from makegood.domain.webhook_addresses import Target, refused_of, target
from makegood.domain.webhooks import Answer

SECONDS = 15.0
HEAD_BYTES_MAX = 16_384
BODY_BYTES_READ = 4_096
TEXT_CHARS = 256
ADDRESSES_TRIED = 3
AGENT = "Makegood-Webhooks/1"

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]")

Resolve = Callable[[Target], list[str]]


class Failed(Exception):
    """A try without an answer; its text is the fault's code."""


def resolve(to: Target) -> list[str]:
    """The addresses of a name, in the order in which the system prefers them."""
    try:
        found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends from this process. `loopback` lets it reach this machine; production never sets it."""

    loopback: bool = False
    seconds: float = SECONDS
    resolve: Resolve = field(default_factory=lambda: resolve)
    trust: Callable[[], ssl.SSLContext] = field(default_factory=lambda: ssl.create_default_context)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What came of one try; never raises for what the other side does."""
        begun = monotonic()
        time = _Time(begun + self.seconds)
        try:
            head, text = self._exchange(url, headers, body, time)
        except Failed as failure:
            return Answer(fault=str(failure), milliseconds=_since(begun))
        except TimeoutError:
            return Answer(fault="timeout", milliseconds=_since(begun))
        except ssl.SSLError:
            return Answer(fault="tls", milliseconds=_since(begun))
        except OSError:
            return Answer(fault="closed", milliseconds=_since(begun))
        return Answer(
            head.status,
            milliseconds=_since(begun),
            text=text,
            retry_after=head.fields.get("retry-after", "")[:TEXT_CHARS],
        )

    def _exchange(
        self, url: str, headers: Mapping[str, str], body: bytes, time: "_Time"
    ) -> "tuple[_Head, str]":
        try:
            to = target(url, loopback=self.loopback)
        except Malformed:
            raise Failed("bad_url") from None
        with self._connected(to, time) as connection:
            stream = _Stream(connection, time)
            stream.write(_request(to, headers, body))
            head = stream.head()
            return head, stream.text(head)

    def _connected(self, to: Target, time: "_Time") -> socket.socket:
        """A connection to one of the checked addresses; over TLS, with the name checked, too."""
        addresses = _within(time, lambda: self.resolve(to))
        if not addresses:
            raise Failed("unresolved")
        if refused_of(addresses, loopback=to.is_loopback):
            raise Failed("refused_address")
        plain = _plain(addresses[:ADDRESSES_TRIED], to.port, time)
        if not to.is_tls:
            return plain
        try:
            plain.settimeout(time.left())
            return self.trust().wrap_socket(plain, server_hostname=to.host)
        except BaseException:
            plain.close()
            raise


@dataclass(frozen=True, slots=True)
class _Time:
    """Until when a try may take; every wait is for what is left of it."""

    end: float

    def left(self) -> float:
        seconds = self.end - monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


def _since(begun: float) -> int:
    return round((monotonic() - begun) * 1000)


def _within(time: _Time, ask: Callable[[], list[str]]) -> list[str]:
    """Resolving takes no limit of time, so another thread does it, and may be left behind."""
    found: Queue[list[str]] = Queue()
    Thread(target=lambda: found.put(ask()), daemon=True).start()
    try:
        return found.get(timeout=time.left())
    except Empty:
        raise TimeoutError from None


def _plain(addresses: list[str], port: int, time: _Time) -> socket.socket:
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=time.left())
        except TimeoutError:
            raise
        except OSError:
            continue
    raise Failed("unreachable")


def _request(to: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    fields = {
        "Host": to.authority,
        "User-Agent": AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {to.path} HTTP/1.1\r\n{lines}\r\n".encode("ascii") + body


@dataclass(frozen=True, slots=True)
class _Head:
    status: int
    fields: Mapping[str, str]


class _Stream:
    """Reads no byte more than it has to, and waits no longer than there is time."""

    def __init__(self, connection: socket.socket, time: _Time) -> None:
        self.connection, self.time = connection, time
        self.read = b""

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self.connection.settimeout(self.time.left())
            view = view[self.connection.send(view) :]

    def _more(self, most: int) -> bool:
        """Reads on; False at the end of what the other side sends."""
        self.connection.settimeout(self.time.left())
        data = self.connection.recv(min(most, BODY_BYTES_READ))
        self.read += data
        return bool(data)

    def head(self) -> _Head:
        """The final answer's head: interim answers (1xx) are passed over, within the same limit."""
        taken = 0
        while True:
            while (end := self.read.find(b"\r\n\r\n")) < 0:
                if taken + len(self.read) >= HEAD_BYTES_MAX:
                    raise Failed("head_too_large")
                if not self._more(HEAD_BYTES_MAX - taken - len(self.read)):
                    raise Failed("closed" if not self.read else "not_http")
            first, *others = self.read[:end].split(b"\r\n")
            self.read, taken = self.read[end + 4 :], taken + end + 4
            status = _STATUS.fullmatch(first)
            if status is None:
                raise Failed("not_http")
            if status[1][:1] != b"1":
                return _Head(int(status[1]), dict(_fields(others)))

    def text(self, head: _Head) -> str:
        """How the body begins. The answer is known by its head: what is cut off does not matter."""
        length = head.fields.get("content-length", "")
        most = min(int(length[:9]), BODY_BYTES_READ) if length.isdecimal() else BODY_BYTES_READ
        try:
            while len(self.read) < most and self._more(most - len(self.read)):
                continue
        except OSError:
            pass
        return _UNPRINTABLE.sub(" ", self.read[:most].decode("utf-8", "replace"))[:TEXT_CHARS]


def _fields(lines: list[bytes]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(b":")
        if colon:
            yield name.decode("latin-1").strip().lower(), value.decode("latin-1").strip()
