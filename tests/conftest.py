"""How hypothesis looks for trouble, and which tests share a process where several run side by side.

Hypothesis looks moderately everywhere, and the same way each time in CI. `pytest tests/properties
--hypothesis-profile=long` looks a hundred times longer.
"""

import os

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("here", deadline=None, max_examples=25)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
settings.register_profile("long", settings.get_profile("here"), max_examples=2_500)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


EMULATED = ("tests/bench/", "tests/e2e/", "tests/torture/")
"""Tests that start an emulator of their own, with a place that is theirs while it runs."""


class ByWhatIsShared(LoadScopeScheduling):
    """Tests of one module share its tables; those that start an emulator do so one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return "emulator" if nodeid.startswith(EMULATED) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByWhatIsShared:
    return ByWhatIsShared(config, log)
