"""How long an event waits for its first try: `python -m tests.bench.latency`, with a stack up.

It listens on this machine, makes an endpoint of the local partner's, and files claims one by one.
What is timed begins when the API has answered, so the claim is committed, and ends when the
webhook is there. The demo's stack has a campaign and a contract to file claims under.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

from makegood_cli.client import Client
from makegood_cli.session import Session

from infra.local.receive import Receiver

PROFILE = "local-partner"
FILED, PING = "inquiry.filed", "endpoint.ping"
PATIENCE = 120.0
BETWEEN = 1.0
"""Seconds between two claims: each is an event of its own, and not the next one's lane."""


class Clocked(Receiver):
    """A receiver that notes when each claim's webhook was there, by the claim's URI."""

    def __init__(self) -> None:
        super().__init__(lambda _: None)
        self.at: dict[str, float] = {}

    def heard(self, told: dict[str, Any]) -> None:
        super().heard(told)
        if told["type"] == FILED:
            self.at.setdefault(told["data"]["Object"]["Uri"], time.monotonic())


def waited(until: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not until():
        if time.monotonic() > end:
            raise SystemExit("What was waited for did not come")
        time.sleep(0.05)


def filed(client: Client, claim: dict[str, str]) -> tuple[str, float]:
    made = client.call("POST", f"{client.root}/ActionInquiries", claim)
    return str(made["Uri"]), time.monotonic()


def measure(client: Client, claims: int, campaign: str, ordered: str) -> list[float]:
    """Seconds of each claim, in order."""
    clocked = Clocked()
    Thread(target=clocked.serve_forever, daemon=True).start()
    made = client.call("POST", f"{client.root}/Webhooks", {"Url": clocked.url})
    clocked.secret = str(made["Secret"])
    try:
        waited(lambda: PING in clocked.types)
        mark, sent = int(time.time()), {}
        for at in range(claims):
            uri, answered = filed(
                client,
                {
                    "CampaignId": campaign,
                    "OrderId": f"LATENCY-{mark}-{at}",
                    "TransactionDate": ordered,
                    "TransactionAmount": "49.90",
                    "InquiryType": "UNTRACKED",
                },
            )
            sent[uri] = answered
            time.sleep(BETWEEN)
        waited(lambda: sent.keys() <= clocked.at.keys())
    finally:
        client.call("DELETE", str(made["Uri"]))
    return sorted(max(0.0, clocked.at[uri] - at) for uri, at in sent.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=150)
    parser.add_argument("--campaign", default="1000")
    parser.add_argument("--ordered", default="2026-08-25", help="the date of the orders")
    asked = parser.parse_args()
    client = Session(PROFILE, as_json=True).client()
    seconds = measure(client, asked.claims, asked.campaign, asked.ordered)
    most = seconds[int(len(seconds) * 0.95) - 1]
    print(
        f"{len(seconds)} events, from commit to first try: "
        f"median {statistics.median(seconds):.2f} s, 95% {most:.2f} s, at most {seconds[-1]:.2f} s"
    )


if __name__ == "__main__":
    main()
