"""The way of every write of both APIs; `api.partner_writes` and `api.advertiser_writes` have what
each side may do.

Each takes the same way (`write`): its fields become a typed request of `forms`, a use case decides
and commits it, and the state that it leaves becomes the reply. Every write may have an idempotency
key. The reply is kept in the same transaction as the effect, and a repeated write gets it again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from makegood.domain import calendar, limit_usage, limits, prospects
from makegood.domain.account_people import source_of
from makegood.domain.actions import Action
from makegood.domain.calendar import LockKind, LockRule, PaymentRule
from makegood.domain.inquiries import Inquiry
from makegood.domain.kept_orders import KeptOrder
from makegood.domain.ledger import committed, funds
from makegood.domain.money import Money
from makegood.domain.parties import Caller
from makegood.domain.problems import Fault, Invalid, Problem
from makegood.domain.shop_orders import ShopOrder
from makegood.forms.reading import Fields
from makegood.store.store import Contested, Idempotency, Store, fingerprint
from makegood.usecases import unit_of_work
from makegood.usecases.take_shop_order import ShopOrderWork
from makegood.usecases.unit_of_work import Done, Work
from makegood.usecases.view import Ask

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What one request is served with: the store, who asks, now, and its idempotency key.

    `wall_now` is the real instant on a stack with an adjustable clock; expiry goes by it.
    """

    store: Store
    caller: Caller
    now: datetime
    idempotency_key: str = ""
    wall_now: datetime | None = None

    def ask(self, request: R) -> Ask[R]:
        """The request with who sent it: a person, or a machine by its account."""
        person = self.caller.person
        if person is not None:
            return Ask(request, source_of(person.person_id, person.name))
        return Ask(request, f"api:{self.caller.account_sid}")

    def idempotency(self, what: str, fields: Fields) -> Idempotency | None:
        if not self.idempotency_key:
            return None
        return Idempotency(
            account_sid=self.caller.keys,
            key=self.idempotency_key,
            fingerprint=fingerprint([what], fields),
            at=self.wall_now or self.now,
        )


@dataclass(frozen=True, slots=True)
class Written:
    """The id of what a write made or changed, and the state that it left (`unit_of_work.left_by`).

    `left` is empty if an older version, which did not keep it, answered the write. `preview` is
    what a dry run would do.
    """

    subject_id: str
    left: Mapping[str, Any] = field(default_factory=dict)
    preview: Mapping[str, Any] | None = None


def is_dry(fields: Fields) -> bool:
    """Reads DryRun: true or false, in any case; blank is false."""
    text = fields.get("DryRun", "").strip().lower()
    if text not in ("", "true", "false"):
        raise Invalid(faults=(Fault("DryRun", "true or false", "not_a_switch"),))
    return text == "true"


def comment(context: RequestContext, fields: Fields) -> Written:
    """Either side adds to the thread of an inquiry; `Id` names it."""
    from makegood.forms.comments import CommentRequest
    from makegood.usecases.comment_inquiry import CommentWork

    caller = context.caller
    work = CommentWork(caller.role, caller.account_id, context.now)
    return write(context, "comment", fields, CommentRequest.read, work)


def take_order(context: RequestContext, fields: Fields, told: ShopOrder) -> Written:
    """An advertiser tells one of its own orders, as the fields say it."""
    work = ShopOrderWork(context.caller.account_id, context.now, latest=True)
    return write(context, "take_order", fields, lambda _: told, work)


def write(
    context: RequestContext,
    what: str,
    fields: Fields,
    read: Callable[[Fields], R],
    work: Work[R],
    dry_work: Work[R] | None = None,
) -> Written:
    """The way of every write; a known idempotency key is answered without reading the rest.

    `dry_work` decides for a dry run, where that may not tell all.
    """
    if is_dry(fields):
        asking = context.ask(read(fields))
        done = unit_of_work.one(context.store, dry_work or work, asking, dry=True)
        foreseen = _foreseen(done) if dry_work else {}
        return replace(_written(done), preview={**_preview(context, done), **foreseen})
    return once(
        context,
        what,
        fields,
        lambda asked: _written(
            unit_of_work.one(context.store, work, context.ask(read(fields)), asked=asked)
        ),
        lambda before: before,
    )


def once(
    context: RequestContext,
    what: str,
    fields: Fields,
    write: Callable[[Idempotency | None], R],
    again: Callable[[Written], R],
) -> R:
    """What a write answers; `again` makes it of the first answer to the same idempotency key. That
    may be there only once the write has failed, where the same was sent twice at once.

    `write` keeps the key that it gets, with its answer, in the transaction of its effect.
    """
    asked = context.idempotency(what, fields)
    before = replayed(context, asked)
    if before is not None:
        return again(before)
    try:
        return write(asked)
    except (Contested, Problem):
        before = replayed(context, asked)
        if before is None:
            raise
        return again(before)


def _written(done: Done) -> Written:
    return Written(unit_of_work.subject_id(done), unit_of_work.left_by(done))


def replayed(context: RequestContext, asked: Idempotency | None) -> Written | None:
    """The first answer to this key, if there is one."""
    if asked is None:
        return None
    reply = context.store.replay(asked)
    return None if reply is None else Written(reply["subject_id"], reply.get("left", {}))


def _preview(context: RequestContext, done: Done) -> Mapping[str, Any]:
    """Payout, dates, funds and limits as they would be; a dry run writes nothing."""
    action = done.action or (done.subject if isinstance(done.subject, Action) else None)
    if isinstance(done.subject, KeptOrder):
        return {}
    if action is None:
        left = unit_of_work.left_by(done)
        return {name: left[name] for name in ("State", "RejectReason", "ActionId")}
    zone, currency = calendar.zone(action.time_zone), action.payout.currency
    account = action.advertiser_id, currency
    cash = context.store.cash([account])[account]
    deltas = [entry.deltas() for entry in done.outcome.entries]
    funds_minor = cash.funds_minor + sum(
        each.get(funds(action.advertiser_id), 0) for each in deltas
    )
    committed_minor = cash.committed_minor + sum(
        each.get(committed(action.advertiser_id), 0) for each in deltas
    )
    return {
        "State": str(action.state),
        "Payout": str(action.worth),
        "Currency": currency,
        "Explanation": action.reason,
        "LockingDate": calendar.in_zone(action.locks_at, zone),
        "LockingRule": _locking_rule(action, zone),
        "ClearingDate": calendar.in_zone(action.clears_at, zone),
        "PaymentRule": _because(action.payment, "the lock", action.locks_at, zone),
        "LocksAtOnce": str(not action.state.rules.may_change).lower(),
        "PaysAtOnce": str(action.state.rules.is_paid).lower(),
        "FundsAfter": str(Money(funds_minor, currency)),
        "CommittedAfter": str(Money(committed_minor, currency)),
        **_limits_after(context.store, done, action),
    }


def _limits_after(store: Store, done: Done, action: Action) -> Mapping[str, Any]:
    """What would be left of the contract's limits; the contract is read again only where
    one counts the action, or is too small for it.
    """
    if not (action.counts or action.beyond):
        return {}
    pair = action.campaign_id, action.partner_id
    contract = store.contracts_for({pair: [action.contract_version]})[pair]
    metered = limit_usage.metered(action, contract)
    used = limits.moved(store.uses(meter for _, meter in metered), done.outcome.uses)
    after = [
        {
            "Limit": str(limit),
            "Left": limit.told(limit.most_count - used.get(meter, 0)),
            "Currency": limit.currency,
        }
        for limit, meter in metered
    ]
    return {"LimitsAfter": after}


def _foreseen(done: Done) -> Mapping[str, str]:
    """What would become of a claim, in words."""
    inquiry = done.subject
    if not isinstance(inquiry, Inquiry):
        raise TypeError("a claim leaves an inquiry")
    told = prospects.of_inquiry(inquiry, () if done.outcome else (inquiry,))
    return {"Outcome": str(told.prospect), "Explanation": told.message}


def _locking_rule(action: Action, zone: ZoneInfo) -> str:
    if action.locking.kind is LockKind.OPEN_ENDED and not action.state.rules.may_change:
        return f"{action.locking}, approved"
    return _because(action.locking, "the event", action.event_at, zone)


def _because(rule: LockRule | PaymentRule, what: str, at: datetime, zone: ZoneInfo) -> str:
    """The rule behind a date, and what it counts from."""
    return f"{rule} from {what} on {calendar.in_zone(at, zone)}"
