"""Versions of policies in the market's campaign, put in force without the API."""

from dataclasses import replace

from makegood.domain.policies import Policy
from makegood.domain.policy_versions import Version
from makegood.store.store import Store

from tests.integration.market import CAMPAIGN, NOW


def activate(store: Store, policy: Policy, shadow: bool = False) -> None:
    version = Version(CAMPAIGN, policy, NOW, "test")
    assert store.add_policy(version)
    seen = store.campaigns([CAMPAIGN])[CAMPAIGN]
    if shadow:
        store.put_in_force(seen, replace(seen, shadow=policy.version), None)
        return
    named = replace(seen, policy=policy.version, policy_since=NOW.isoformat())
    store.put_in_force(seen, named, replace(version, activated_at=NOW))


def end(store: Store) -> None:
    """The options alone are in force again."""
    seen = store.campaigns([CAMPAIGN])[CAMPAIGN]
    store.put_in_force(seen, replace(seen, policy=0, policy_since=""), None)
