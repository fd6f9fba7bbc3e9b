"""Makegood: action inquiries in partner marketing, from the claim to the money.

Its packages and what each may import are in `tests/infra/test_imports.py`.
"""

from makegood.runtime import start

start.begin()
