"""How hypothesis looks for trouble: moderately everywhere, and the same way each time in CI.

`pytest tests/properties --hypothesis-profile=long` looks a hundred times longer.
"""

import os

from hypothesis import settings

settings.register_profile("here", deadline=None, max_examples=25)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
settings.register_profile("long", settings.get_profile("here"), max_examples=2_500)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")
