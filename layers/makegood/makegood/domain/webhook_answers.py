"""What a try makes of its delivery and of the endpoint.

An answer changes an endpoint only if it counts: the URL that gave it is still the endpoint's, and
while the endpoint is PENDING, it answers a ping. So no endpoint is turned on, or given up, by what
another URL answered.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from makegood.domain.webhooks import (
    CLEAN,
    EDGES,
    Answer,
    Delivery,
    DeliveryState,
    Endpoint,
    Step,
    Try,
)

FAILING_FOR = timedelta(days=5)
"""An endpoint that fails for so long without one success is disabled."""

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after each try the next one follows; Standard Webhooks proposes them."""

JITTER = 0.2
"""The part of a pause by which it may be longer."""

PAUSE_MAX = timedelta(hours=24)
"""The longest that `Retry-After` may ask for."""

PROBE_PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5))
"""While an endpoint fails, one delivery at a time is tried, with these pauses between them."""

GONE = 410
_CHANGING = {each for each, to in EDGES.items() if each[0] is not to}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a try makes of its delivery and of the endpoint."""

    delivery: Delivery
    endpoint: Endpoint


def answered(
    endpoint: Endpoint, url: str, delivery: Delivery, answer: Answer, now: datetime, jitter: float
) -> Outcome:
    """Decides what follows a try that ended at `now`; `url` is where it was sent, and `jitter` from
    0 up to 1.
    """
    made = Try(now, answer.status, answer.fault, answer.milliseconds, answer.text)
    tried = replace(delivery, tries=(*delivery.tries, made), version=delivery.version + 1)
    counts = endpoint.lanes > 0 and endpoint.url == url and endpoint.may_send(delivery)
    if answer.is_success:
        done = replace(tried, state=DeliveryState.DELIVERED, due_at=None)
        return Outcome(done, _succeeded(endpoint) if counts else endpoint)
    due_at = next_try_at(len(tried.tries), answer.retry_after, now, jitter)
    state = DeliveryState.WAITING if due_at else DeliveryState.FAILED
    failed = replace(tried, state=state, due_at=due_at)
    return Outcome(failed, _failed(endpoint, answer, now) if counts else endpoint)


def _succeeded(endpoint: Endpoint) -> Endpoint:
    if endpoint.failures or (endpoint.state, Step.ANSWERED) in _CHANGING:
        return endpoint.after(Step.ANSWERED, **CLEAN)
    return endpoint


def _failed(endpoint: Endpoint, answer: Answer, now: datetime) -> Endpoint:
    since = endpoint.failing_since or now
    failures = endpoint.failures + 1
    pause = PROBE_PAUSES[min(failures, len(PROBE_PAUSES)) - 1]
    step, reason = Step.FAILED, ""
    if answer.status == GONE:
        step, reason = Step.WAS_GONE, "It answered 410 Gone"
    elif now - since >= FAILING_FOR:
        step, reason = Step.EXHAUSTED, f"It failed for {FAILING_FOR.days} days"
    next_at = now + pause if step is Step.FAILED else now
    return endpoint.after(
        step,
        reason=reason or endpoint.reason,
        failures=failures,
        failing_since=since,
        next_try_at=next_at,
        quiet_until=_quiet_until(endpoint, answer, now),
    )


def _quiet_until(endpoint: Endpoint, answer: Answer, now: datetime) -> datetime | None:
    """The latest that any answer asked for: tries at once may be answered differently."""
    asked = asked_pause(answer.retry_after, now)
    known = endpoint.quiet_until
    if not asked or (known is not None and known >= now + asked):
        return known
    return now + asked


def next_try_at(tries: int, retry_after: str, now: datetime, jitter: float) -> datetime | None:
    """When the next try follows so many; None once there is none. `Retry-After` may put it off."""
    if tries > len(PAUSES):
        return None
    usual = PAUSES[tries - 1] * (1 + JITTER * jitter)
    return now + max(usual, asked_pause(retry_after, now))


def asked_pause(retry_after: str, now: datetime) -> timedelta:
    """What `Retry-After` asks for, in seconds or as a date; nothing if it is neither, and a day at
    most.
    """
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), PAUSE_MAX)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return timedelta(0)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta(0)), PAUSE_MAX)
