"""Orders that are free again: what the streams tell of them has their other claims verified.

A claim whose order another one had stays TAKEN until it is asked again. The streams tell of every
way in which an order is given back, by request, file, rule or deadline, and tell it until it is
handed on. A record that comes twice has the claims verified twice.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from makegood.aws.sqs import Queue
from makegood.domain.verification_walks import looks
from makegood.store.event_images import freed_in
from makegood.store.store import Store


def hand_on(store: Store, chunks: Queue, records: Iterable[Mapping[str, Any]]) -> None:
    """Has the open claims verified that name orders which these records give back; of advertisers
    that have given orders.
    """
    freed = [each for each in map(freed_in, records) if each is not None]
    having = {each for each in {owner for owner, _ in freed} if store.has_orders(each)}
    messages = [each.message() for each in looks(pair for pair in freed if pair[0] in having)]
    if messages:
        chunks.send_all(messages)
