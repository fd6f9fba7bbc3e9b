"""The console's files: one page, and a folder named by what is in it.

The page is asked for each time it is opened, and names the folder. What a folder holds never
changes under its name, so a browser keeps it for good; another release has another folder. The page
runs one script, which is all modules in one (`console_modules`), and the library beside it. Nothing
here needs credentials or data: the page's script is a client of the API.
"""

import base64
import re
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from html import escape
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from makegood.api.console_modules import LINKED, linked
from makegood.api.negotiation import has_already, headers_of, tag_of, takes_gzip

KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
PAGE = "page.html"
LIBRARY = "console_library"
"""The folder of the one file of others, which the build puts beside the dependencies."""

ASKED = re.compile(r"/console(?:(/)|/([0-9a-f]{16})/([a-z]+(?:_[a-z]+)*\.[a-z]+))?$")
"""The page with or without a slash, or a file of a folder."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src {connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""No script but the folder's, and no text that ever becomes markup."""

SAFE = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
FOR_GOOD = "public, max-age=31536000, immutable"
SETTINGS = ("SignInDomain", "SignInClientId")
"""The stage variables that the page's script needs."""

ORIGINS = ("SignInDomain", "UploadsOrigin", "ResultsOrigin", "EvidenceOrigin")
"""The stage variables that name where the page may connect to, besides the API."""

Event = Mapping[str, Any]
Answer = dict[str, Any]


class Files:
    """The folder as it is served: the files beside a function, the library, and the modules of the
    first linked.
    """

    def __init__(self, own: Path, library: Path) -> None:
        found = {**_files_of(own), **_files_of(library)}
        self._outside = frozenset(Path(name).stem for name in _scripts(_files_of(library)))
        modules = {Path(each).stem: found[each].decode() for each in _scripts(_files_of(own))}
        found[LINKED] = linked(modules, self._outside).encode()
        self._page = Template(found.pop(PAGE).decode())
        self._files = dict(sorted(found.items()))
        whole = b"".join(b"%b\0%b\0" % (name.encode(), data) for name, data in self._files.items())
        self.name = sha256(whole).hexdigest()[:16]

    def file(self, name: str) -> bytes | None:
        return self._files.get(name)

    def page(self, settings: Mapping[str, str], prefix: str) -> str:
        """The page; `prefix` leads from its own address to the folder."""
        folder = f"{prefix}{self.name}"
        needed = "\n".join(
            f'<link rel="modulepreload" href="{folder}/{name}.js">' for name in self._outside
        )
        texts = {name: escape(settings.get(name, "")) for name in SETTINGS}
        return self._page.substitute(texts, folder=folder, needed=needed, script=LINKED)


def _files_of(folder: Path) -> dict[str, bytes]:
    known = (each for each in sorted(folder.iterdir()) if each.suffix in KINDS or each.name == PAGE)
    return {path.name: path.read_bytes() for path in known}


def _scripts(names: Iterable[str]) -> list[str]:
    return [each for each in names if each.endswith(".js")]


def library() -> Path:
    """Where the build has put what the console takes from others."""
    found = find_spec(LIBRARY)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(f"The layer of dependencies was built without {LIBRARY}")
    return Path(next(iter(found.submodule_search_locations)))


@cache
def files(own: Path, library: Path) -> Files:
    """Read once in a process."""
    return Files(own, library)


def answer(event: Event, folders: tuple[Path, Path]) -> Answer:
    """The answer to one GET under `/console`; the folders are our own and the library's."""
    asked = ASKED.search(event["path"])
    if asked is None:
        return _gone()
    slash, folder, name = asked.groups()
    held = files(*folders)
    if name is None:
        return _page(event, held, "" if slash else "console/")
    data = held.file(name) if folder == held.name else None
    if data is None:
        return _gone()
    kind = KINDS[Path(name).suffix]
    return _answer(event, data, {"Content-Type": f"{kind}; charset=utf-8", **SAFE}, FOR_GOOD)


def _page(event: Event, held: Files, prefix: str) -> Answer:
    settings = event.get("stageVariables") or {}
    origins = [_origin(settings.get(name, "")) for name in ORIGINS]
    connect = " ".join(dict.fromkeys(["'self'", *filter(None, origins)]))
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": POLICY.format(connect=connect),
        **SAFE,
    }
    return _answer(event, held.page(settings, prefix).encode(), headers, "no-cache")


def _origin(url: str) -> str:
    """The origin of a URL; nothing where it is none, so that no setting opens the policy."""
    found = re.fullmatch(r"(https?)://([a-z0-9.-]+(?::\d{1,5})?)", url.rstrip("/"))
    return found[0] if found and urlsplit(url).hostname else ""


def _answer(event: Event, data: bytes, headers: dict[str, str], kept: str) -> Answer:
    asked = headers_of(event)
    tag = tag_of(data)
    headers |= {"Cache-Control": kept, "ETag": tag, "Vary": "Accept-Encoding"}
    if has_already(asked.get("if-none-match", ""), tag):
        return {"statusCode": 304, "headers": headers, "body": ""}
    if not takes_gzip(asked):
        return {"statusCode": 200, "headers": headers, "body": data.decode()}
    return {
        "statusCode": 200,
        "headers": {**headers, "Content-Encoding": "gzip"},
        "body": base64.b64encode(_zipped(data)).decode(),
        "isBase64Encoded": True,
    }


@cache
def _zipped(data: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    return compressor.compress(data) + compressor.flush()


def _gone() -> Answer:
    """Of another release, or of none: the page that asks has to be loaded again."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", **SAFE}
    return {"statusCode": 404, "headers": headers, "body": "There is no such file"}
