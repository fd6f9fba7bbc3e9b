"""Which claims name an order, and how the orders of actions are spelled, by the key of the id.

Both are items of their own beside what they tell of. Claims under one key change on its version. A
spelling is only ever added; one that is its own key needs no item.
"""

from collections.abc import Iterable, Iterator

from makegood.domain.actions import Action
from makegood.domain.ids import digest
from makegood.domain.mentions import Mentions
from makegood.domain.shop_orders import PLAIN, coarsest
from makegood.store.connection import Connection
from makegood.store.expressions import added
from makegood.store.indexes import order_name
from makegood.store.items import Compact, Key, Row, Texts
from makegood.store.transactions import Writes, write_rows

KEPT_WHOLE_MAX = 120
"""Characters of a key that stands in an item's own; of a longer one stands its hash."""

Spelling = tuple[str, str]
"""A campaign, and an order's id as an action of it has it."""


class MentionRow(Row):
    table = "inquiries"

    claims = Compact()


class SpellingRow(Row):
    table = "actions"

    orders = Texts(null=True)


def _owner(advertiser_id: str, key: str) -> str:
    kept = key if len(key) <= KEPT_WHOLE_MAX else digest("order key", key)
    return f"{advertiser_id}#{kept}"


def mention_key(advertiser_id: str, key: str) -> Key:
    return MentionRow, f"NAMED#{_owner(advertiser_id, key)}", "NAMED"


def spelling_key(advertiser_id: str, key: str) -> Key:
    return SpellingRow, f"SPELT#{_owner(advertiser_id, key)}", "SPELT"


def _row(mentions: Mentions) -> Row:
    claims = list(mentions.inquiry_ids)
    place = mention_key(*mentions.place)[1:]
    return MentionRow(*place, version=mentions.version, claims=claims)


def write_mentions(writes: Writes, before: Mentions, after: Mentions) -> None:
    known = [_row(before)] if before.version else None
    write_rows(writes, f"mentions:{after.key}", known, [_row(after)])


def write_spellings(writes: Writes, made: Iterable[Action]) -> None:
    """Keeps how new actions spell their orders."""
    for place, names in spelling_places(made).items():
        change = added({"orders": sorted(names)})
        writes.updates.append(("spelling", SpellingRow(*spelling_key(*place)[1:]), change, None))


def spelling_places(made: Iterable[Action]) -> dict[tuple[str, str], set[str]]:
    """The names of orders that are not spelled as their key is, by advertiser and key: an item
    each.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for action in made:
        written = action.order.order_id
        key = coarsest(written, PLAIN)
        if key != written:
            named = found.setdefault((action.advertiser_id, key), set())
            named.add(order_name(action.campaign_id, written))
    return found


class MentionedOrders(Connection):
    """Reading who names an order, and how."""

    def mentions(self, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Mentions]:
        """The claims under each (advertiser, key)."""
        wanted = list(dict.fromkeys(places))
        rows = self.fetch(mention_key(*each) for each in wanted)
        result = {}
        for place in wanted:
            row = rows.get(mention_key(*place)[1:])
            kept = Mentions(*place, tuple(row.claims), int(row.version)) if row else None
            result[place] = kept or Mentions(*place)
        return result

    def spellings(
        self, places: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], frozenset[Spelling]]:
        """How actions of an advertiser spell the orders under each (advertiser, key), but for those
        that are spelled as the key is.
        """
        wanted = list(dict.fromkeys(places))
        rows = self.fetch(spelling_key(*each) for each in wanted)
        return {each: frozenset(_named(rows.get(spelling_key(*each)[1:]))) for each in wanted}


def _named(row: Row | None) -> Iterator[Spelling]:
    for each in (row and row.orders) or ():
        campaign_id, _, order_id = each.partition("#")
        yield campaign_id, order_id
