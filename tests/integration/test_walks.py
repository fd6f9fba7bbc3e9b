"""What is remembered of pages that were asked for by their numbers."""

import pytest
from makegood.domain.problems import Unavailable
from makegood.store.requests import CUT_SECONDS, WALK_SECONDS, Walked, WalkRow
from makegood.store.store import Store

AT = 1_780_000_000


def expiry(store: Store, page: int) -> int:
    row = store.fetch([(WalkRow, "W#walk", str(page))])["W#walk", str(page)]
    return int(row.expires_at) - AT


def test_the_size_of_cut_pages_outlives_their_beginnings(live: Store) -> None:
    """It is that of the last reading of the first page."""
    live.keep_walk("walk", 2, Walked("b", 5), AT)
    live.keep_walk("walk", 3, Walked("c", 5), AT)
    assert [live.walked_to("walk", page) for page in (2, 3, 4)] == [
        Walked("b", 5),
        Walked("c", 5),
        Walked("", 5),
    ]
    assert (expiry(live, 2), expiry(live, 3)) == (CUT_SECONDS, WALK_SECONDS)
    live.keep_walk("walk", 2, Walked("d"), AT)
    assert live.walked_to("walk", 4) == Walked()
    assert live.walked_to("other", 2) == Walked()


def test_a_page_that_was_cut_is_not_answered_where_that_cannot_be_kept(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(Store, "write", fails)
    live.keep_walk("walk", 2, Walked("b"), AT)
    live.keep_walk("walk", 3, Walked("c", 5), AT)
    with pytest.raises(Unavailable):
        live.keep_walk("walk", 2, Walked("b", 5), AT)
