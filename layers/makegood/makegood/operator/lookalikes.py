"""Finds orders that were stored under several spellings of one id.

Somebody once pasted an invisible character into an order id, which made an order of its own. Today
such an id is refused or cleaned, so the clean id would name another order. The command reads the
tables of actions and inquiries page by page, may stop after any page, and changes nothing.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Any

from makegood.domain.actions import Action
from makegood.domain.orders import OrderCredits
from makegood.domain.problems import Malformed
from makegood.domain.texts import lookalike, visible
from makegood.operator.arguments import Arguments, Command, CommandContext, read
from makegood.store.store import Store

LISTED_MAX = 500
"""An answer ends with the page on which it reaches this many orders."""

Place = tuple[str, str]
"""A campaign's id, and an order's."""

Scanned = tuple[list[Place], list[str] | None]


def list_lookalike_orders(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Orders whose id would be spelt differently today, each with the orders that it would match.

    `cursor` continues after an earlier answer; it is blank once everything has been read.
    """
    at, after = _position(arguments)
    found: list[dict[str, Any]] = []
    while at < len(SCANS):
        places, after = SCANS[at](context.store, after)
        found += _listed(context.store, dict.fromkeys(places))
        if after is None:
            at += 1
        if len(found) >= LISTED_MAX or not context.has_time():
            break
    finished = at == len(SCANS)
    return {
        "orders": _with_each_other(found),
        "finished": finished,
        "cursor": "" if finished else _cursor(at, after),
    }


def _position(arguments: Arguments) -> tuple[int, list[str] | None]:
    """The table to read next, and the key to continue after."""
    return read(arguments, "cursor", _read_cursor) if "cursor" in arguments else (0, None)


def _read_cursor(text: str) -> tuple[int, list[str] | None]:
    try:
        at, after = json.loads(urlsafe_b64decode(text))
        if at in range(len(SCANS)) and (after is None or [*map(type, after)] == [str, str]):
            return at, after
    except (ValueError, TypeError):
        pass
    raise Malformed("bad_cursor", "Give the cursor of the answer before as it is")


def _cursor(at: int, after: list[str] | None) -> str:
    return urlsafe_b64encode(json.dumps([at, after]).encode()).decode()


def _with_actions(store: Store, after: list[str] | None) -> Scanned:
    """Orders with an action, from the orders' own items."""
    places, position = store.scan_orders(after)
    return [each for each in places if lookalike(each[1]) != each[1]], position


def _only_claimed(store: Store, after: list[str] | None) -> Scanned:
    """Orders with an inquiry but no action; `_with_actions` finds the others."""
    claimed, position = store.scan_claimed_orders(after)
    places = dict.fromkeys(each for each in claimed if lookalike(each[1]) != each[1])
    known = store.orders(places)
    return [each for each in places if not known[each].version], position


SCANS = (_with_actions, _only_claimed)
"""The tables to read, in this order."""


def _listed(store: Store, places: Iterable[Place]) -> list[dict[str, Any]]:
    """What the answer says of each order, and of the order that its clean id names."""
    both = {place: (place[0], lookalike(place[1])) for place in places}
    orders = store.orders([*both, *both.values()])
    ids = [credit.action_id for order in orders.values() for credit in order.credits]
    actions = store.actions(ids, detail=False)
    told = []
    for place, clean in both.items():
        inquiries = store.inquiries_about(*clean)
        there = bool(orders[clean].version or inquiries)
        told.append(
            {
                "campaign_id": place[0],
                "order_id": visible(place[1]),
                "clean_id": clean[1],
                "one_with": [visible(clean[1])] if there else [],
                "credited": _credited(orders[place], actions),
                "credited_to_clean_id": _credited(orders[clean], actions),
                "inquiries": store.inquiries_about(*place),
                "inquiries_of_clean_id": inquiries,
            }
        )
    return told


def _credited(order: OrderCredits, actions: dict[str, Action]) -> list[dict[str, str]]:
    return [
        {
            "action_id": each.action_id,
            "partner_id": each.partner_id,
            "event_type_id": each.event_type_id,
            "payout": str(actions[each.action_id].worth),
            "currency": actions[each.action_id].payout.currency,
        }
        for each in order.credits
        if each.action_id in actions
    ]


def _with_each_other(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The orders of an answer, each with the others that share its clean id."""
    groups: dict[Place, list[str]] = {}
    for each in found:
        groups.setdefault((each["campaign_id"], each["clean_id"]), []).append(each["order_id"])
    return [
        {
            **each,
            "one_with": each["one_with"]
            + [
                other
                for other in groups[each["campaign_id"], each["clean_id"]]
                if other != each["order_id"]
            ],
        }
        for each in found
    ]


COMMANDS = {"list_lookalike_orders": Command(list_lookalike_orders, "cursor?")}
