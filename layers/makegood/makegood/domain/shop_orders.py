"""A shop's own orders, which of them a claim means, and the days that its files cover.

An id is compared as it was written, and then step by step in forms that more spellings share:

    1 as written            5 without the advertiser's prefixes and suffixes
    2 looking the same      6 without separators
    3 without `Order no. #` 7 without zeros in front
    4 in one case

Every step builds on the one before. The first at which exactly one order answers decides. Where
several answer nobody is picked: they are proposed to a person. What a spreadsheet has damaged is
nobody's id in any of these forms: without its point, `1001.0` would be another order's `10010`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from unicodedata import normalize

from makegood.domain import spreadsheet_damage
from makegood.domain.money import Money
from makegood.domain.problems import Malformed
from makegood.domain.texts import lookalike

_DASHES = r"[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]"
_NUMBER = r"number|nummer|n[u\u00fa]mero|num|no|nr|n\u00b0|n\.o|id|ref(?:erence)?"
_ORDER = r"order|ordre|ord|bestell?(?:ung|ing)?|auftrags?|commande|pedido|ordine"
_NEXT = rf"-?(?=(?:{_NUMBER})(?![^\W\d_]))"
_LABEL = (
    rf"(?i:[\s#]*(?:order(?=[\W\d_])[-_]?[\s.:#]*|(?:{_ORDER})(?:[\s.:#]+|{_NEXT}))?"
    rf"(?:(?:no|nr|n\u00b0|number|nummer|(?<=order)id)(?=\d)|(?:{_NUMBER})[\s.:#]+)?[\s.:#]*)"
)
"""At most one word for an order and one for its number, with the marks that people put to them,
like `Order-No.: #`. `ORD-1001` and `NO-1001` stay: they may well be the shop's own prefixes.
"""

_LABEL_KEPT = r"(?i:order\b\s*)?(?i:#|no\.|nr\.|nr(?=[\s\d]))?\s*"
"""The labels that were known when the first orders were kept."""

_ENDS_IN_ZEROS = r"[0-9][.,]0+\W*"
_LAST_WITH_SEPARATORS = 5
"""The last step that leaves separators in."""

_SPARE = timedelta(days=1)
KEYS_KEPT = 256
"""Ids whose keys are remembered: each is asked for several times when its order is written."""


class ShopState(StrEnum):
    """Where the shop's order stands; UNKNOWN is a status that nobody has a rule for."""

    SALE = "SALE"
    PENDING = "PENDING"
    UNDONE = "UNDONE"
    PARTLY_UNDONE = "PARTLY_UNDONE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class AmountBasis:
    """What the campaign's commission counts beside the goods."""

    tax: bool = False
    shipping: bool = False

    @classmethod
    def of(cls, told: str) -> "AmountBasis":
        """The basis that `str` wrote; blank is goods alone."""
        words = told.split("+")
        return cls(tax="TAX" in words, shipping="SHIPPING" in words)

    def __str__(self) -> str:
        """Like `GOODS` or `GOODS+TAX+SHIPPING`."""
        more = [word for word, counts in (("TAX", self.tax), ("SHIPPING", self.shipping)) if counts]
        return "+".join(("GOODS", *more))


ALIASES_MAX = 20
"""Other ids that one order may have."""


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """One order of a shop: `amount` on the campaign's basis, `refunded` all that went back.

    `status` is the state in the shop's own word.
    """

    order_id: str
    ordered_at: datetime
    amount: Money
    state: ShopState
    status: str
    refunded: Money
    aliases: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        return self.order_id, *self.aliases

    @property
    def left(self) -> Money:
        """The amount less the whole refund, never below zero: it never overpays."""
        return max(self.amount - self.refunded, Money.zero(self.amount.currency))


@dataclass(frozen=True, slots=True)
class Coverage:
    """The local days that a file covers, both included; raises `Malformed`.

    `complete`: it holds every order of them.
    """

    start: date
    end: date
    complete: bool

    def __post_init__(self) -> None:
        if self.end < self.start:
            message = f"CoverageEnd {self.end} is before CoverageStart {self.start}; swap them"
            raise Malformed("coverage_ends_first", message)

    def rules_out(self, day: date) -> bool:
        """Whether an order of that day would be in the file, with a day to spare on both sides."""
        return self.complete and self.start + _SPARE <= day <= self.end - _SPARE

    def begun_on(self, today: date) -> "Coverage":
        """What a file may say that work began on that local day: of days that are not over nobody
        has every order.
        """
        if not self.complete or self.end < today:
            return self
        if self.start >= today:
            return replace(self, complete=False)
        return replace(self, end=today - timedelta(days=1))


def added_up(files: Iterable[Coverage]) -> tuple[Coverage, ...]:
    """The days that files cover together, in their order: whole days first of all.

    Complete files that overlap, or follow each other without a day between them, are one. Days of
    other files count where no complete file has them.
    """
    listed = list(files)
    whole = _joined((each.start, each.end) for each in listed if each.complete)
    known = _joined((each.start, each.end) for each in listed)
    parts = [Coverage(*each, complete=True) for each in whole]
    for first, last in known:
        start = first
        for begin, end in whole:
            if begin > last or end < start:
                continue
            if begin > start:
                parts.append(Coverage(start, begin - _SPARE, complete=False))
            start = end + _SPARE
        if start <= last:
            parts.append(Coverage(start, last, complete=False))
    return tuple(sorted(parts, key=lambda each: each.start))


def _joined(spans: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    joined: list[tuple[date, date]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + _SPARE:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


@dataclass(frozen=True, slots=True)
class Affixes:
    """What the advertiser puts before and behind its order numbers, like `WC-`."""

    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()

    def off(self, key: str) -> str:
        """A key in one case without the longest prefix and suffix; never without everything."""
        for each in sorted(map(_one_case, self.prefixes), key=len, reverse=True):
            if each and key.startswith(each) and key != each:
                key = key[len(each) :]
                break
        for each in sorted(map(_one_case, self.suffixes), key=len, reverse=True):
            if each and key.endswith(each) and key != each:
                key = key[: -len(each)]
                break
        return key


PLAIN = Affixes()
"""Of an advertiser that has declared none."""


def keys(written: str, affixes: Affixes) -> tuple[str, ...]:
    """The forms of an id, one a step; blank where nothing is left of it."""
    shown = _shown(written)
    return written, shown, *_further(_bare(shown), affixes)


def _further(bare: str, affixes: Affixes) -> tuple[str, ...]:
    """The forms of the third step and those behind it."""
    cased = bare.casefold()
    own = affixes.off(cased)
    joined = re.sub(r"[\W_]", "", own)
    return bare, cased, own, joined, joined.lstrip("0")


@lru_cache(KEYS_KEPT)
def coarsest(written: str, affixes: Affixes) -> str:
    """The key that all spellings of an id share which any step takes for one another."""
    return next(each for each in reversed((written, *keys(written, affixes))) if each)


@lru_cache(KEYS_KEPT)
def place_key(written: str) -> str:
    """The key of the place where an order of this id is kept: it never changes with what is known
    of labels, or what is kept would not be found.
    """
    if written.lstrip("# ")[:1].isdigit():
        return coarsest(written, PLAIN)
    shown = _shown(written)
    bare = re.sub(r"\s", "", re.sub(f"^{_LABEL_KEPT}", "", shown))
    return next(each for each in reversed((written, shown, *_further(bare, PLAIN))) if each)


def spelling_keys(written: str, affixes: Affixes) -> tuple[str, ...]:
    """The coarsest keys, in which affixes count, of all ids that may be spellings of this one.

    They find what was kept before the affixes were declared, and what is kept with them; and what
    was kept while fewer labels were known.
    """
    own, bare = keys(written, affixes)[4:5], coarsest(written, affixes)
    cores = dict.fromkeys((bare, *own))
    affixed = (
        f"{prefix}{core}{suffix}"
        for core in cores
        for prefix in ("", *affixes.prefixes)
        for suffix in ("", *affixes.suffixes)
    )
    found = (coarsest(each, PLAIN) for each in (written, *affixed) if each)
    return tuple(dict.fromkeys((*found, place_key(written))))


def _shown(written: str) -> str:
    return re.sub(_DASHES, "-", normalize("NFKC", lookalike(written))).strip()


def _bare(shown: str) -> str:
    """Without the label in front, and without blanks."""
    if not shown[:1].isdigit():
        shown = re.sub(f"^{_LABEL}", "", shown)
    return re.sub(r"\s", "", shown)


def _one_case(affix: str) -> str:
    return re.sub(r"\s", "", _shown(affix)).casefold()


def damage(written: str, affixes: Affixes = PLAIN) -> str:
    """What a spreadsheet did to an id, in words; blank if it is whole.

    It is looked for behind labels and affixes, too, and before punctuation.
    """
    whole = written.isascii() and not re.search("[.,+]", written)
    forms = () if whole else keys(written, affixes)[1:_LAST_WITH_SEPARATORS]
    for each in (written, *(re.sub(r"^[\W_]+|[\W_]+$", "", form) for form in forms)):
        try:
            spreadsheet_damage.check(each)
        except Malformed as malformed:
            return malformed.message
    return ""


def _steps(written: str, affixes: Affixes) -> Iterator[tuple[int, str]]:
    """The steps at which an id is compared, with its forms. One that ends like a number that was
    made of it keeps its separators, whatever is in front of it.
    """
    found = keys(written, affixes)
    whole = re.search(f"{_ENDS_IN_ZEROS}$", found[1]) is None
    last = len(found) if whole else _LAST_WITH_SEPARATORS
    return ((step, key) for step, key in enumerate(found[:last], 1) if key)


@dataclass(frozen=True, slots=True)
class Found:
    """The orders that answer to an id: one at `step`, several that nobody can tell apart, or none.

    `step` is 0 where there is none.
    """

    orders: tuple[ShopOrder, ...] = ()
    step: int = 0

    @property
    def order(self) -> ShopOrder | None:
        return self.orders[0] if len(self.orders) == 1 else None


@dataclass(frozen=True, slots=True)
class ShopOrders:
    """Orders of one advertiser by every form of their ids; each order comes once."""

    orders: tuple[ShopOrder, ...]
    affixes: Affixes = field(default_factory=Affixes)
    _by_key: dict[tuple[int, str], frozenset[ShopOrder]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found: dict[tuple[int, str], set[ShopOrder]] = {}
        for order in self.orders:
            for written in order.ids:
                for step, key in _steps(written, self.affixes):
                    found.setdefault((step, key), set()).add(order)
        by_key = {each: frozenset(orders) for each, orders in found.items()}
        object.__setattr__(self, "_by_key", by_key)

    def find(self, written: str) -> Found:
        """The order that an id means; a damaged id means none."""
        if damage(written, self.affixes):
            return Found()
        for step, key in _steps(written, self.affixes):
            if orders := self._by_key.get((step, key)):
                return Found(tuple(sorted(orders, key=lambda each: each.order_id)), step)
        return Found()

    def near(self, written: str, among: Iterable[ShopOrder]) -> Iterator[ShopOrder]:
        """Those of which an id is one edit off: a character, or two that changed places."""
        if damage(written, self.affixes):
            return
        wanted = keys(written, self.affixes)[-2:]
        for order in among:
            ours = (keys(each, self.affixes)[-2:] for each in order.ids)
            pairs = (pair for each in ours for pair in zip(wanted, each, strict=True))
            if any(_is_one_edit(one, other) for one, other in pairs):
                yield order


def _is_one_edit(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if len({*pair}) > 1),
        min(len(one), len(other)),
    )
    one, other = one[start:], other[start:]
    if len(one) != len(other):
        return one[1:] == other or one == other[1:]
    return one[1:] == other[1:] or (one[:2] == other[1::-1] and one[2:] == other[2:])
