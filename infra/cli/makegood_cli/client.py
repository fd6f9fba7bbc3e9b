"""A client of the HTTP API for partners and advertisers: `Client`, and what it raises.

It asks as one account. Lists come page after page, answers are the API's own JSON, and what is
refused says why. The command line, the demo and the tests use this same client.
"""

import base64
import io
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypedDict
from urllib.parse import urlencode

import urllib3

CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0
"""How long nobody may answer, and how long a line may be silent; the API answers within 30 s."""

WAIT_SECONDS = 120
POLL_SECONDS, POLL_SECONDS_MAX = 0.2, 1.0
TOO_MANY = 429
SENT = (200, 201, 204)
"""What S3 answers when it has taken a file."""

Audience = Literal["Advertisers", "Mediapartners"]
Fields = Mapping[str, str]
Object = dict[str, Any]
"""One object of the API, as JSON: its values are strings, lists and objects."""


class Form(TypedDict):
    """Where a file is posted to, and the form fields that go before it."""

    Url: str
    Fields: dict[str, str]


class Opened(TypedDict):
    """An announced upload: its `Uri`, and the form that takes the file."""

    Status: str
    Uri: str
    Upload: Form


class Refused(Exception):
    """An answer that is not 200, with its body."""

    def __init__(self, status: int, body: Object) -> None:
        super().__init__(f"{status}: {body.get('Message')} {body.get('Errors')}")
        self.status = status
        self.body = body

    @property
    def faults(self) -> list[tuple[str, str]]:
        """What is wrong with which field, for people."""
        listed = self.body.get("Errors") or []
        return [(str(each.get("Field", "")), str(each.get("Message", ""))) for each in listed]


class Unreachable(Exception):
    """No answer came: no network, no such host, or nobody there."""

    def __init__(self, url: str, why: Exception) -> None:
        super().__init__(f"{url} does not answer: {why}")
        self.url = "/".join(url.split("/")[:3])


def connections(
    connect: float = CONNECT_SECONDS, read: float = READ_SECONDS
) -> urllib3.PoolManager:
    """Connections that give up after so many seconds, so that a line that was lost without a word
    is noticed. What may be asked twice is asked once more on a new line.
    """
    timeout = urllib3.Timeout(connect=connect, read=read)
    return urllib3.PoolManager(timeout=timeout, retries=urllib3.Retry(3, read=1))


def _object(status: int, data: bytes) -> Object:
    try:
        return json.loads(data)
    except ValueError:
        body = {"Message": "The answer is not the API's; check the API's address"}
        raise Refused(status, body) from None


@dataclass(frozen=True, slots=True)
class Client:
    """One account's view of the API: `base_url` ends before the first slash of the API's paths."""

    base_url: str
    audience: Audience
    account_sid: str
    token: str = field(repr=False)
    http: urllib3.PoolManager = field(default_factory=connections, repr=False)

    @property
    def root(self) -> str:
        return f"/{self.audience}/{self.account_sid}"

    def request(
        self, method: str, uri: str, fields: Fields | None = None, key: str = ""
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """One request; `uri` is relative to the API's base, as the answers give it.

        `key` is an Idempotency-Key: the same request gets the first answer then. If the answer is
        429, it waits as told and asks again. Raises `Unreachable`.
        """
        credentials = base64.b64encode(f"{self.account_sid}:{self.token}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}"}
        if key:
            headers["Idempotency-Key"] = key
        body = None
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(fields)
        while True:
            answer = self._send(method, self.base_url + uri, body=body, headers=headers)
            if answer.status != TOO_MANY:
                return answer.status, answer.data, answer.headers
            time.sleep(float(answer.headers["Retry-After"]))

    def _send(self, method: str, url: str, **more: Any) -> Any:
        try:
            return self.http.request(method, url, **more)
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(url.partition("?")[0], error) from error

    def call(self, method: str, uri: str, fields: Fields | None = None, key: str = "") -> Object:
        """The answer's JSON; raises `Refused` when it is not 200."""
        status, data, _ = self.request(method, uri, fields, key)
        body = _object(status, data)
        if status != 200:
            raise Refused(status, body)
        return body

    def page(self, resource: str) -> bytes:
        """Something of the account that is no JSON, like the page of a statement."""
        status, data, _ = self.request("GET", f"{self.root}/{resource}")
        if status != 200:
            raise Refused(status, _object(status, data))
        return data

    def get(self, resource: str) -> Object:
        """One object of the account, like `ActionInquiries/1234`."""
        return self.call("GET", f"{self.root}/{resource}")

    def events(self, after: int) -> tuple[list[Object], int]:
        """The changes after this number that are there, and the number to ask after next."""
        uri, found, last = f"{self.root}/Events?After={after}", [], after
        while uri:
            page = self.call("GET", uri)
            found += page["Events"]
            uri, last = page["@nextpageuri"], int(page["LastEventId"])
        return found, last

    def list(self, resource: str, key: str, **filters: str) -> Iterator[Object]:
        """Every object of a list, page after page, by following @nextpageuri."""
        uri = f"{self.root}/{resource}?{urlencode(filters)}"
        while uri:
            page = self.call("GET", uri)
            yield from page[key]
            uri = page["@nextpageuri"]

    def upload(self, kind: str, name: str, data: bytes, **more: str) -> Object:
        """Uploads a file, and waits until all its rows have results."""
        return self.finished(self.send(kind, name, data, **more))

    def send(self, kind: str, name: str, data: bytes, **more: str) -> str:
        """Sends a file through its presigned form; returns the upload's URI."""
        opened = self.announce(kind, name, len(data), **more)
        self.post(opened["Upload"], name, data)
        return opened["Uri"]

    def announce(self, kind: str, name: str, size: int, key: str = "", **more: str) -> Opened:
        """Announces a file of this many bytes."""
        asked = {"Kind": kind, "Name": name, "Size": str(size), **more}
        body = self.call("POST", f"{self.root}/Files", asked, key)
        return {"Status": body["Status"], "Uri": body["Uri"], "Upload": body["Upload"]}

    def post(self, form: Form, name: str, data: bytes, content_type: str = "text/csv") -> None:
        """Posts a file to the form of its announcement.

        It is sent in blocks, since a time limit holds for each piece that is sent at once.
        """
        fields = {**form["Fields"], "file": (name, data, content_type)}
        body, kind = urllib3.encode_multipart_formdata(fields)
        headers = {"Content-Type": kind, "Content-Length": str(len(body))}
        answer = self._send("POST", form["Url"], body=io.BytesIO(body), headers=headers)
        if answer.status not in SENT:
            raise Refused(answer.status, {"Message": answer.data.decode(errors="replace")})

    def order(self, kind: str, campaign_id: str, file_format: str = "csv") -> str:
        """Orders a sheet of what waits in a campaign; returns the URI to follow."""
        asked = {"Kind": kind, "CampaignId": campaign_id, "Format": file_format}
        return self.call("POST", f"{self.root}/Sheets", asked)["QueuedUri"]

    def finished(self, uri: str, seen: Callable[[Object], None] | None = None) -> Object:
        """Returns the upload once it is over; gives up after two minutes without progress.

        `seen` is called with the upload at each look. A lost line is progress that did not come.
        """
        until, done, pause = time.monotonic() + WAIT_SECONDS, "", POLL_SECONDS
        while time.monotonic() < until:
            try:
                upload = self.call("GET", uri)
            except Unreachable:
                time.sleep(POLL_SECONDS_MAX)
                continue
            if seen is not None:
                seen(upload)
            if upload["RowsDone"] != done:
                until, done = time.monotonic() + WAIT_SECONDS, upload["RowsDone"]
            if upload["Status"] in ("DONE", "FAILED"):
                return upload
            time.sleep(pause)
            pause = min(2 * pause, POLL_SECONDS_MAX)
        raise TimeoutError(f"{uri} has not moved for {WAIT_SECONDS} seconds")

    def download(self, link: str) -> bytes:
        """Downloads a small object."""
        answer = self._send("GET", link)
        if answer.status != 200:
            raise Refused(answer.status, {"Message": "download"})
        return answer.data

    def save(self, link: str, path: Path) -> None:
        """Downloads an object of any size into a file, which is there once it is whole.

        Raises `Unreachable`.
        """
        answer = self._send("GET", link, preload_content=False)
        if answer.status != 200:
            raise Refused(answer.status, {"Message": "download"})
        part = path.with_name(f"{path.name}.part")
        try:
            with part.open("wb") as file:
                shutil.copyfileobj(answer, file)
        except urllib3.exceptions.HTTPError as error:
            part.unlink()
            raise Unreachable(link.partition("?")[0], error) from error
        answer.release_conn()
        part.replace(path)
