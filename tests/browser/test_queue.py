"""Reviewers work through their queue."""

from tests.browser.conftest import OpenConsole
from tests.browser.seed import Seeded


def test_the_queue_shows_what_is_open(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    console.open("#/queue")
    console.shots("queue")
