"""Index steps of a template: what its tables are at each, and whether DynamoDB takes the way there.

DynamoDB adds or removes one index of a table at a time, and wants the definitions of exactly the
attributes that keys use. So each new index has a step of its own: the template's condition `Step1`
says that the stack's `IndexStep` is at least 1, and what belongs to the index stands in
`!If [Step1, …, !Ref AWS::NoValue]`. All that is without a condition is step 0.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

STEP = re.compile(r"Step([1-9]\d*)")
TABLE = "AWS::DynamoDB::Table"
NOTHING = {"Ref": "AWS::NoValue"}

Template = Mapping[str, Any]
Table = Mapping[str, Any]


def last_step(template: Template) -> int:
    """The highest step that a condition names; 0 where there is none."""
    found = map(STEP.fullmatch, template.get("Conditions", {}))
    return max((int(each[1]) for each in found if each), default=0)


def tables_at(template: Template, step: int | None = None) -> dict[str, dict[str, Any]]:
    """Properties of the tables at a step, by logical id; at the last one, if none is said.

    Only conditions of steps are decided; other `If`s stay as they are.
    """
    at = last_step(template) if step is None else step
    return {
        logical_id: _decided(template, resource.get("Properties", {}), at)
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == TABLE
    }


def holds(template: Template, condition: Any, step: int) -> bool:
    """Whether a condition of steps holds at a step, as CloudFormation decides."""
    if isinstance(condition, str):
        return holds(template, template["Conditions"][condition], step)
    ((form, given),) = condition.items()
    match form:
        case "Condition":
            return holds(template, given, step)
        case "Not":
            return not holds(template, given[0], step)
        case "And":
            return all(holds(template, each, step) for each in given)
        case "Or":
            return any(holds(template, each, step) for each in given)
        case "Equals":
            left, right = (str(step) if each == {"Ref": "IndexStep"} else each for each in given)
            return str(left) == str(right)
    raise ValueError(f"a condition of steps has no {form}")


def _decided(template: Template, value: Any, step: int) -> Any:
    """The value with every `If` of a step decided, and what is then nothing left out."""
    if isinstance(value, dict) and value.keys() == {"If"}:
        name, yes, no = value["If"]
        if not STEP.fullmatch(name):
            return {"If": [name, *(_decided(template, each, step) for each in (yes, no))]}
        return _decided(template, yes if holds(template, name, step) else no, step)
    if isinstance(value, dict):
        decided = {name: _decided(template, each, step) for name, each in value.items()}
        return {name: each for name, each in decided.items() if each != NOTHING}
    if isinstance(value, list):
        return [each for one in value if (each := _decided(template, one, step)) != NOTHING]
    return value


def faults(template: Template) -> Iterator[str]:
    """What CloudFormation would refuse on the way from step to step, or could not tell apart."""
    last = last_step(template)
    for step in range(1, last + 1):
        name = f"Step{step}"
        if name not in template["Conditions"]:
            yield f"there is no {name}"
            return
        wrong = [at for at in range(last + 1) if holds(template, name, at) != (at >= step)]
        if wrong:
            yield f"{name} does not hold from step {step} on"
    for step in range(last + 1):
        for table, properties in tables_at(template, step).items():
            yield from _definitions(f"{table} at step {step}", properties)
            if step:
                before = tables_at(template, step - 1)[table]
                yield from _moved(f"{table} from step {step - 1} to {step}", before, properties)


def _indexes(table: Table) -> dict[str, Any]:
    return {each["IndexName"]: each for each in table.get("GlobalSecondaryIndexes", ())}


def _definitions(name: str, table: Table) -> Iterator[str]:
    """Definitions are of exactly what keys use, each once."""
    schemas = [table, *_indexes(table).values()]
    used = {key["AttributeName"] for each in schemas for key in each["KeySchema"]}
    defined = [each["AttributeName"] for each in table["AttributeDefinitions"]]
    if sorted(defined) != sorted(used):
        yield f"{name} defines {sorted(defined)}, and uses {sorted(used)}"


def _moved(name: str, before: Table, after: Table) -> Iterator[str]:
    """One index at most comes or goes, none changes, and nothing else does."""
    was, now = _indexes(before), _indexes(after)
    if len(was.keys() ^ now.keys()) > 1:
        yield f"{name}: {sorted(was.keys() ^ now.keys())} are several at once"
    if changed := sorted(each for each in was.keys() & now.keys() if was[each] != now[each]):
        yield f"{name}: {changed} cannot be changed, only made anew under another name"
    moving = {"GlobalSecondaryIndexes", "AttributeDefinitions"}
    if {k: v for k, v in before.items() if k not in moving} != {
        k: v for k, v in after.items() if k not in moving
    }:
        yield f"{name}: more than indexes changes"
