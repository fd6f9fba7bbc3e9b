"""A client of the HTTP API, as a partner or an advertiser would write one."""

import base64
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

WAIT_SECONDS = 120
POLL_SECONDS, POLL_SECONDS_MAX = 0.2, 1.0
TOO_MANY = 429


class Refused(Exception):
    """An answer that is not 200, with its body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status}: {body.get('Message')} {body.get('Errors')}")
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Client:
    """One account's view of the API: `audience` is Advertisers or Mediapartners."""

    base_url: str
    audience: str
    account_sid: str
    token: str
    http: urllib3.PoolManager

    @property
    def root(self) -> str:
        return f"/{self.audience}/{self.account_sid}"

    def request(
        self, method: str, uri: str, fields: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """One request; `uri` is relative to the API's base, as the answers give it.

        If the answer is 429, it waits as told and asks again.
        """
        credentials = base64.b64encode(f"{self.account_sid}:{self.token}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}"}
        body = None
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(fields)
        while True:
            answer = self.http.request(method, self.base_url + uri, body=body, headers=headers)
            if answer.status != TOO_MANY:
                return answer.status, answer.data, answer.headers
            time.sleep(float(answer.headers["Retry-After"]))

    def call(
        self, method: str, uri: str, fields: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer's JSON; raises `Refused` when it is not 200."""
        status, data, _ = self.request(method, uri, fields)
        body = json.loads(data)
        if status != 200:
            raise Refused(status, body)
        return body

    def list(self, resource: str, key: str, **filters: str) -> Iterator[dict[str, Any]]:
        """Every object of a list, page after page, by following @nextpageuri."""
        uri = f"{self.root}/{resource}?{urlencode(filters)}"
        while uri:
            page = self.call("GET", uri)
            yield from page[key]
            uri = page["@nextpageuri"]

    def upload(self, kind: str, name: str, data: bytes, **more: str) -> dict[str, Any]:
        """Uploads a file, and waits until all its rows have results."""
        return self.finished(self.send(kind, name, data, **more))

    def send(self, kind: str, name: str, data: bytes, **more: str) -> str:
        """Sends a file through its presigned form; returns the upload's URI."""
        asked = {"Kind": kind, "Name": name, "Size": str(len(data)), **more}
        opened = self.call("POST", f"{self.root}/Files", asked)
        form = opened["Upload"]
        answer = self.http.request(
            "POST",
            form["Url"],
            fields={**form["Fields"], "file": (name, data, "text/csv")},
        )
        if answer.status not in (200, 201, 204):
            raise Refused(answer.status, {"Message": answer.data.decode(errors="replace")})
        return opened["Uri"]

    def order(self, kind: str, campaign_id: str, file_format: str = "csv") -> str:
        """Orders a sheet of what waits in a campaign; returns the URI to follow."""
        asked = {"Kind": kind, "CampaignId": campaign_id, "Format": file_format}
        return self.call("POST", f"{self.root}/Sheets", asked)["QueuedUri"]

    def finished(
        self, uri: str, seen: Callable[[dict[str, Any]], None] | None = None
    ) -> dict[str, Any]:
        """Returns the upload once it is over; gives up after two minutes without progress.

        `seen` is called with the upload at each look.
        """
        until, done, pause = time.monotonic() + WAIT_SECONDS, "", POLL_SECONDS
        while time.monotonic() < until:
            upload = self.call("GET", uri)
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
        answer = self.http.request("GET", link)
        if answer.status != 200:
            raise Refused(answer.status, {"Message": "download"})
        return answer.data

    def save(self, link: str, path: Path) -> None:
        """Downloads an object of any size into a file."""
        answer = self.http.request("GET", link, preload_content=False)
        if answer.status != 200:
            raise Refused(answer.status, {"Message": "download"})
        with path.open("wb") as file:
            shutil.copyfileobj(answer, file)
        answer.release_conn()
