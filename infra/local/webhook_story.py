"""The demo's act of webhooks: one inquiry's life, as a receiver of its partner's hears of it."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Thread

from makegood_cli.client import Client

from infra.local.receive import Receiver
from infra.local.story import CAMPAIGN, CASHBACK, SETTLED_AT, Story

PING = "endpoint.ping"
LIFE = ("inquiry.filed", "inquiry.incomplete", "inquiry.answered", "inquiry.declined")
WAITED_SECONDS = 180
"""How long a ping or a life may take: both come within a minute or so."""


def hear(story: Story, say: Callable[[str], None]) -> list[str]:
    """Makes an endpoint, plays a life, and says what came, verified; returns what did not come."""
    partner, receiver = story.partners[CASHBACK], Receiver(say)
    Thread(target=receiver.serve_forever, daemon=True).start()
    fields = {"Url": receiver.url, "EventTypes": ",".join(LIFE)}
    made = partner.call("POST", f"{partner.root}/Webhooks", fields)
    receiver.secret = str(made["Secret"])
    try:
        missing = _awaited(receiver, (PING,))
        if not missing:
            _live(story.advertiser, partner)
            missing = _awaited(receiver, LIFE)
    finally:
        partner.call("DELETE", str(made["Uri"]))
        receiver.shutdown()
        receiver.server_close()
    faults = [f"no webhook of {each} has come" for each in missing]
    for each in faults:
        say(f"NOT AS IT MUST BE: {each}")
    return faults


def _live(shop: Client, partner: Client) -> None:
    """A claim is filed, asked about, answered and declined: no money moves."""
    ordered_at = SETTLED_AT - timedelta(days=10)
    claim = {
        "CampaignId": CAMPAIGN,
        "OrderId": "HEARD-OF-1",
        "TransactionDate": ordered_at.isoformat(),
        "TransactionAmount": "49.90",
        "InquiryType": "UNTRACKED",
    }
    uri = partner.call("POST", f"{partner.root}/ActionInquiries", claim)["Uri"]
    at_the_shop = f"{shop.root}/ActionInquiries/{uri.rpartition('/')[2]}"
    asked = {"ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which shop was it?"}
    shop.call("PUT", at_the_shop, asked)
    partner.call("PUT", uri, {"InquiryNotes": "The one online"})
    declined = {"ResolutionStatus": "DECLINED", "RejectReason": "Transaction cannot be traced"}
    shop.call("PUT", at_the_shop, declined)


def _awaited(receiver: Receiver, names: tuple[str, ...]) -> list[str]:
    """Waits until all of these came; returns those that did not."""
    until = time.monotonic() + WAITED_SECONDS
    while time.monotonic() < until:
        if set(names) <= set(receiver.types):
            break
        time.sleep(0.2)
    return [each for each in names if each not in receiver.types]
