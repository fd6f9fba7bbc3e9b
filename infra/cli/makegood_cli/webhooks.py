"""Webhooks: endpoints that an account's events are sent to, and what became of each delivery."""

import click
from makegood_cli import screen
from makegood_cli.session import Session, with_fields, with_session

RESOURCE = "Webhooks"
COLUMNS = ("Id", "State", "Url", "Reason", "LastEventId")
DELIVERIES = ("Id", "EventType", "State", "DueDate", "CreationDate")
MAKING = ("openAdvertiserWebhook", "openPartnerWebhook")
CHANGING = ("changeAdvertiserWebhook", "changePartnerWebhook")


def _tell(
    session: Session, verb: str, path: str = "", fields: dict[str, str] | None = None
) -> None:
    """Asks this of endpoints, and shows the answer."""
    client = session.client()
    told = client.call(verb, f"{client.root}/{RESOURCE}{path}", fields)
    screen.one(told, session.as_json)


@click.group()
def webhooks() -> None:
    """Make, list, change and delete endpoints, and see what was sent to them."""


@webhooks.command("list")
@with_session
def list_(session: Session) -> None:
    """List endpoints, oldest first.

    \b
    Example:
      $ makegood webhooks list
    """
    screen.table(session.client().list(RESOURCE, RESOURCE), COLUMNS, session.as_json)


@webhooks.command()
@with_fields(*MAKING, leave=("Enabled",))
@with_session
def create(session: Session, fields: dict[str, str]) -> None:
    """Make an endpoint. Its secret is printed here, and never again.

    \b
    Example:
      $ makegood webhooks create --url https://hooks.example.com/makegood
    """
    _tell(session, "POST", fields=fields)


@webhooks.command()
@click.argument("webhook_id")
@with_fields(*CHANGING)
@with_session
def change(session: Session, webhook_id: str, fields: dict[str, str]) -> None:
    """Change an endpoint, or turn it off or on.

    \b
    Example:
      $ makegood webhooks change 7d22aa529c5117122358157 --enabled true
    """
    _tell(session, "PUT", f"/{webhook_id}", fields)


@webhooks.command()
@click.argument("webhook_id")
@with_session
def delete(session: Session, webhook_id: str) -> None:
    """Delete an endpoint; nothing more is sent to it.

    \b
    Example:
      $ makegood webhooks delete 7d22aa529c5117122358157
    """
    _tell(session, "DELETE", f"/{webhook_id}")


@webhooks.command()
@click.argument("webhook_id")
@with_session
def rotate(session: Session, webhook_id: str) -> None:
    """Give an endpoint a new secret; the old one signs beside it for a day.

    \b
    Example:
      $ makegood webhooks rotate 7d22aa529c5117122358157
    """
    _tell(session, "POST", f"/{webhook_id}/Rotate")


@webhooks.command()
@click.argument("webhook_id")
@with_session
def deliveries(session: Session, webhook_id: str) -> None:
    """List what was sent to an endpoint in 30 days, latest events first.

    \b
    Example:
      $ makegood webhooks deliveries 7d22aa529c5117122358157
    """
    found = session.client().list(f"{RESOURCE}/{webhook_id}/Deliveries", "Deliveries")
    screen.table(found, DELIVERIES, session.as_json)


@webhooks.command()
@click.argument("webhook_id")
@click.option("--after", type=click.IntRange(0), help="Send all events after this number anew.")
@click.option("--delivery-id", help="Send this delivery anew.")
@with_session
def replay(session: Session, webhook_id: str, after: int | None, delivery_id: str | None) -> None:
    """Send one delivery anew, or all events after a number.

    \b
    Example:
      $ makegood webhooks replay 7d22aa529c5117122358157 --after 120
    """
    if (after is None) == (delivery_id is None):
        raise click.UsageError("Give either --after or --delivery-id")
    if delivery_id:
        _tell(session, "POST", f"/{webhook_id}/Deliveries/{delivery_id}/Replay")
    else:
        _tell(session, "POST", f"/{webhook_id}/Replay", {"After": str(after)})
