"""A receiver of webhooks on this machine: prints what comes, and whether its signature verifies.

`make receive` listens, makes an endpoint of the local partner's with the stack that runs here, and
deletes it again when it is interrupted.
"""

import argparse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from makegood.domain.parties import Role
from makegood_cli.session import Session
from standardwebhooks import Webhook, WebhookVerificationError

PROFILES = {Role.PARTNER: "local-partner", Role.ADVERTISER: "local-advertiser"}


class Receiver(ThreadingHTTPServer):
    """Listens on a free port of this machine; `secret` verifies, once it is known. What was
    verified is in `types`, and each call is said.
    """

    secret = ""  # not known yet # nosec B105

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(("127.0.0.1", 0), Received)
        self.say, self.types = say, list[str]()

    def heard(self, told: dict[str, Any]) -> None:
        """Notes a webhook that was verified."""
        data = told["data"]
        self.say(f"verified {data.get('Id', '')} {told['type']} {data.get('Uri', '')}")
        self.types.append(told["type"])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Received(BaseHTTPRequestHandler):
    """One call: verified, printed, and answered."""

    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            told = Webhook(self.server.secret).verify(body, dict(self.headers))
        except WebhookVerificationError as error:
            self.server.say(f"REFUSED  {error}")
            self.send_response(400)
        else:
            self.server.heard(told)
            self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The printed line says it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--role", choices=[each.lower() for each in Role], default="partner")
    role = Role(parser.parse_args().role.upper())
    receiver = Receiver(lambda line: print(line, flush=True))
    client = Session(PROFILES[role], as_json=True).client()
    made = client.call("POST", f"{client.root}/Webhooks", {"Url": receiver.url})
    receiver.secret = str(made["Secret"])
    print(f"Events of {PROFILES[role]} come to {receiver.url}; a ping within a minute", flush=True)
    try:
        receiver.serve_forever()
    except KeyboardInterrupt:
        client.call("DELETE", str(made["Uri"]))


if __name__ == "__main__":
    main()
