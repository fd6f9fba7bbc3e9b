"""The functions behind a port, as the gateway, a function's invocation and S3 serve them.

A program in a process of its own talks to what this process keeps on moto.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from makegood.store.store import Store

from infra.local import function_url
from tests.infra.sources import template
from tests.integration import stack
from tests.integration.gateway import ARN, Context, function
from tests.integration.ingest import Ingest

INVOKED = "/2015-03-31/functions/"
URLS = "/urls/"
SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=(\w+)/\d{8}/us-east-1/lambda/aws4_request, .*")
AUDIENCES = {"Advertisers": "advertisers", "Mediapartners": "partners"}
BUCKETS = (stack.INBOX, stack.RESULTS, stack.STATEMENTS)


@dataclass(slots=True)
class Server:
    """Where it is served, and what it works with; `down` has it answer nothing sensible."""

    url: str
    ingest: Ingest
    asked: list[str] = field(default_factory=list)

    @property
    def api(self) -> str:
        return f"{self.url}/v1"


@contextmanager
def served(store: Store) -> Iterator[Server]:
    """Serves the live market on a port of its own."""

    class Handler(_Handler):
        ingest = Ingest(store)

    http = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{http.server_port}", Handler.ingest)
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class _Handler(BaseHTTPRequestHandler):
    ingest: ClassVar[Ingest]

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path.startswith(INVOKED):
            self._invoke(path, body)
        elif path.startswith(URLS):
            self._sent_to_url(path.removeprefix(URLS), body)
        elif path.startswith("/v1/"):
            self._ask(body)
        else:
            self._store(unquote(path), body)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - as http.server names them

    def _tell(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _invoke(self, path: str, body: bytes) -> None:
        name = path.removeprefix(INVOKED).partition("/")[0].rpartition("-")[2]
        answer = function(name).handler(json.loads(body), Context())
        self._tell(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _sent_to_url(self, name: str, body: bytes) -> None:
        """A function's URL: it names the caller of what is signed for Lambda, takes no other."""
        signed = SIGNED.fullmatch(self.headers.get("Authorization") or "")
        if signed is None:
            self._tell(403, b'{"Message":"Forbidden"}', {})
            return
        caller = f"arn:aws:iam::000000000000:user/{signed[1]}"
        answer = function(name).handler(function_url.event(json.loads(body), caller), Context())
        self._tell(answer["statusCode"], answer["body"].encode(), dict(answer["headers"]))

    def _ask(self, body: bytes) -> None:
        headers = dict(self.headers.items())
        try:
            admitted = function("authorizer").handler(
                {"type": "REQUEST", "methodArn": ARN, "headers": headers}, Context()
            )
        except function("authorizer").Refused:
            responses = template()["Resources"]["Api"]["Properties"]["GatewayResponses"]
            refused = responses["UNAUTHORIZED"]["ResponseTemplates"]["application/json"]
            self._tell(401, refused.encode(), {})
            return
        parts = urlsplit(self.path)
        path = unquote(parts.path.removeprefix("/v1"))
        event = {
            "resource": "/{proxy+}",
            "httpMethod": self.command,
            "path": path,
            "headers": headers,
            "multiValueQueryStringParameters": parse_qs(parts.query, keep_blank_values=True),
            "body": body.decode() or None,
            "isBase64Encoded": False,
            "requestContext": {"requestId": "request-1", "authorizer": admitted["context"]},
        }
        answer = function(AUDIENCES[path.split("/")[1]]).handler(event, Context())
        text = answer["body"]
        for bucket in BUCKETS:
            here = f"http://{self.headers['Host']}/{bucket}"
            text = text.replace(f"https://{bucket}.s3.amazonaws.com", here)
        self._tell(answer["statusCode"], text.encode(), dict(answer["headers"]))

    def _store(self, path: str, body: bytes) -> None:
        bucket, _, key = path.removeprefix("/").partition("/")
        if self.command == "GET":
            found = stack.client("s3").get_object(Bucket=bucket, Key=key)
            self._tell(200, found["Body"].read(), {})
            return
        kind = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = {
            each.get_param("name", header="content-disposition"): each.get_payload(decode=True)
            for each in BytesParser(policy=HTTP).parsebytes(kind + body).iter_parts()
        }
        put = stack.client("s3").put_object(
            Bucket=bucket, Key=parts["key"].decode(), Body=parts["file"]
        )
        self._tell(204, b"", {})
        self.ingest.receive(parts["key"].decode(), put["VersionId"])
        self.ingest.work(self.ingest.chunks())
