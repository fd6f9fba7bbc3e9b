"""How hypothesis looks for trouble: moderately everywhere, and the same way each time in CI."""

import os

from hypothesis import settings

settings.register_profile("here", deadline=None, max_examples=40)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")
