"""The process of the emulator, with two of its faults in updates of nested stacks mended.

`QUIRKS.md` names them. It forgets what `Fn::GetAtt` reads of each resource that stays as it is, so
the first reference to one fails the update. And it draws names from a seed that each bucket
changes for all that is made after it, but keeps no seed: a table that is changed gets another name,
and is replaced by an empty one. It is told what it has kept, and which seed each name is from.
"""

from typing import Any

from ministack import app
from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners

Made = tuple[str, dict[str, Any]]
"""A resource's physical id and attributes."""

_provision = provisioners._provision_resource
_update = provisioners._update_resource
_seeds: dict[tuple[str, str], str] = {}
"""Of each resource of each nested stack, the seed that its name is from."""


def _provision_resource(
    resource_type: str, logical_id: str, properties: dict[str, Any], stack_name: str
) -> Made:
    before = provisioners._NAME_SEED.get()
    made: Made = _provision(resource_type, logical_id, properties, stack_name)
    _seeds[stack_name, logical_id] = provisioners._NAME_SEED.get()
    provisioners._NAME_SEED.set(before)
    return made


def _update_resource(
    resource_type: str,
    physical_id: str,
    before: dict[str, Any],
    after: dict[str, Any],
    stack_name: str,
    logical_id: str,
) -> Made:
    if not provisioners._NAME_SEED.get():
        provisioners._NAME_SEED.set(_seeds.get((stack_name, logical_id), ""))
    kept = cloudformation._stacks[stack_name]["_resources"].get(logical_id, {})
    updated: Made = _update(
        resource_type,
        physical_id,
        before,
        after,
        stack_name,
        logical_id,
        kept.get("Attributes"),
    )
    return updated


if __name__ == "__main__":
    provisioners._provision_resource = _provision_resource
    provisioners._update_resource = _update_resource
    app.main()
