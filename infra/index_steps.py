"""Takes a deployed stack to the last of its template's index steps, one step an update.

`python -m infra.index_steps STACK` goes on from the step that the stack is at, with the template
and parameters that it was deployed with. DynamoDB adds one index of a table at a time, and fills it
from the items that there are; each update waits for that. A run that was cut off goes on when it is
started again. `--to` names another step: an older version may have fewer.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3

PARAMETER = "IndexStep"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
POLL_SECONDS = 10
UNDER_WAY = ("CREATING", "UPDATING", "DELETING")

Say = Callable[[str], None]
Pause = Callable[[float], None]


def advance(
    formation: Any,
    tables: Any,
    stack: str,
    to: int | None = None,
    say: Say = print,
    pause: Pause = time.sleep,
) -> None:
    """Takes the stack step by step to that one, or to the last, and says what is under way.

    `formation` and `tables` are clients of CloudFormation and DynamoDB. Raises `SystemExit` where a
    step fails: the stack stays at the step before, as CloudFormation has rolled it back.
    """
    target = last_step(formation, stack) if to is None else to
    _wait(formation, tables, stack, say, pause)
    while (step := int(_parameters(formation, stack)[PARAMETER])) != target:
        onward = step + 1 if step < target else step - 1
        say(f"{stack} goes from step {step} to {onward}, on the way to {target}")
        others = _parameters(formation, stack).keys() - {PARAMETER}
        formation.update_stack(
            StackName=stack,
            UsePreviousTemplate=True,
            Capabilities=CAPABILITIES,
            Parameters=[
                {"ParameterKey": PARAMETER, "ParameterValue": str(onward)},
                *({"ParameterKey": each, "UsePreviousValue": True} for each in sorted(others)),
            ],
        )
        described = _wait(formation, tables, stack, say, pause)
        if described["StackStatus"] != "UPDATE_COMPLETE":
            reason = described.get("StackStatusReason", "its events say why")
            raise SystemExit(f"{stack} stays at step {step}: {reason}")
    say(f"{stack} is at step {target}; now send the command migrate")


def _described(formation: Any, stack: str) -> dict[str, Any]:
    described: dict[str, Any] = formation.describe_stacks(StackName=stack)["Stacks"][0]
    return described


def _parameters(formation: Any, stack: str) -> dict[str, str]:
    """What the stack was deployed with; raises `SystemExit` if its template has no steps."""
    told = _described(formation, stack).get("Parameters", ())
    found = {each["ParameterKey"]: each["ParameterValue"] for each in told}
    if PARAMETER not in found:
        raise SystemExit(f"{stack} has no {PARAMETER}: deploy with {PARAMETER}=0 first")
    return found


def last_step(formation: Any, stack: str) -> int:
    """The step that a new stack of the template would take."""
    _parameters(formation, stack)
    summary = formation.get_template_summary(StackName=stack)
    defaults = {each["ParameterKey"]: each.get("DefaultValue") for each in summary["Parameters"]}
    return int(defaults[PARAMETER])


def _wait(formation: Any, tables: Any, stack: str, say: Say, pause: Pause) -> dict[str, Any]:
    """Waits until nothing is under way, and says each change; how the stack is then."""
    told = ""
    while True:
        described = _described(formation, stack)
        making = list(_indexes_under_way(tables, described))
        now = ", ".join([described["StackStatus"], *making])
        if now != told:
            say(f"  {now}")
            told = now
        if not described["StackStatus"].endswith("_IN_PROGRESS") and not making:
            return described
        pause(POLL_SECONDS)


def _indexes_under_way(tables: Any, described: dict[str, Any]) -> Iterator[str]:
    """Indexes of the stack's tables that are not active, like `Actions by_order CREATING`."""
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())}
    for output in ("InquiriesName", "ActionsName", "LedgerName", "FilesName"):
        if output in outputs:
            table = tables.describe_table(TableName=outputs[output])["Table"]
            for each in table.get("GlobalSecondaryIndexes", ()):
                if each.get("IndexStatus") in UNDER_WAY:
                    yield f"{outputs[output]} {each['IndexName']} {each['IndexStatus']}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stack", help="the stack's name, like makegood-prod")
    parser.add_argument("--region", help="its region, if your AWS settings do not say it")
    parser.add_argument("--to", type=int, help="the step to go to; the last, if none is named")
    asked = parser.parse_args()
    advance(
        boto3.client("cloudformation", region_name=asked.region),
        boto3.client("dynamodb", region_name=asked.region),
        asked.stack,
        asked.to,
    )


if __name__ == "__main__":
    main()
