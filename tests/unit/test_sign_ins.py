"""Who is refused again and again waits longer and longer, and nobody else does."""

from makegood.domain.sign_ins import (
    FREE,
    PAUSE_SECONDS_MAX,
    SOURCES_MAX,
    WINDOW_SECONDS,
    Refusals,
)


def pauses(refusals: Refusals, source: str, times: int, now: float = 0.0) -> list[float]:
    return [refusals.pause_after(source, now) for _ in range(times)]


def test_the_first_refusals_cost_nothing_and_each_further_one_more_up_to_a_most() -> None:
    refusals = Refusals()
    assert pauses(refusals, "a", FREE) == [0.0] * FREE
    further = pauses(refusals, "a", 8)
    assert further[0] > 0
    assert further == sorted(further)
    assert further[-1] == PAUSE_SECONDS_MAX
    assert refusals.pause_after("b", 0.0) == 0.0, "another source has nothing to do with it"


def test_after_a_minute_a_source_begins_anew() -> None:
    refusals = Refusals()
    pauses(refusals, "a", FREE + 3)
    assert refusals.pause_after("a", WINDOW_SECONDS) == 0.0


def test_many_sources_take_no_more_room() -> None:
    refusals = Refusals()
    pauses(refusals, "a", FREE + 1)
    for at in range(SOURCES_MAX):
        refusals.pause_after(f"source {at}", 1.0)
    assert len(refusals._seen) == SOURCES_MAX
    assert refusals.pause_after("a", 1.0) == 0.0
