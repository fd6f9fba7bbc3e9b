"""Which claims name an order, whoever filed them and however they spell its id.

Claims are kept under the coarsest key of the id that they name (`shop_orders.coarsest`). What two
claims keep under one key changes on its version: of two that are filed at once, the second sees the
first.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

MENTIONS_MAX = 100
"""Claims kept under one key; of more, the latest."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """The ids of an advertiser's claims under one key, the latest last. Some may be decided."""

    advertiser_id: str
    key: str
    inquiry_ids: tuple[str, ...] = ()
    version: int = 0

    @property
    def place(self) -> tuple[str, str]:
        return self.advertiser_id, self.key

    def with_claim(self, inquiry_id: str, decided: Collection[str]) -> "Mentions":
        """These with one more, without those that are known to be decided."""
        left = [each for each in self.inquiry_ids if each not in decided]
        kept = (*left, inquiry_id)[-MENTIONS_MAX:]
        return replace(self, inquiry_ids=kept, version=self.version + 1)
