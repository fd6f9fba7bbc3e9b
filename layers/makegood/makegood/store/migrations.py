"""All migrations: what this version writes by itself, and items of older versions lack."""

from makegood.store.migration import Migration

MIGRATIONS: dict[str, Migration] = {}
"""All migrations by name, in the order in which they run. A name is for good."""
