"""A deployed stack goes up its index steps one by one, waits for each, and goes on where it was."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from infra import index_steps

STACK = "makegood-prod"


@dataclass
class Cloud:
    """CloudFormation and DynamoDB with one stack: each update takes some looks, and may fail."""

    step: int | None = 0
    last: int = 2
    looks: int = 2
    fails_at: int | None = None
    updates: list[int] = field(default_factory=list)
    status: str = "CREATE_COMPLETE"
    left: int = 0

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        self.left -= 1
        if self.left == 0:
            failed = self.step == self.fails_at
            self.status = "UPDATE_ROLLBACK_COMPLETE" if failed else "UPDATE_COMPLETE"
            self.step = self.step - 1 if failed else self.step
        told = {"Environment": "prod"} | ({} if self.step is None else {"IndexStep": self.step})
        parameters = [{"ParameterKey": k, "ParameterValue": str(v)} for k, v in told.items()]
        outputs = [{"OutputKey": "ActionsName", "OutputValue": "Actions"}]
        stack = {"StackStatus": self.status, "Parameters": parameters, "Outputs": outputs}
        return {"Stacks": [{**stack, "StackStatusReason": "too many indexes"}]}

    def get_template_summary(self, **_: Any) -> dict[str, Any]:
        return {"Parameters": [{"ParameterKey": "IndexStep", "DefaultValue": str(self.last)}]}

    def update_stack(self, **asked: Any) -> None:
        given = asked["Parameters"]
        assert asked["UsePreviousTemplate"]
        assert {"ParameterKey": "Environment", "UsePreviousValue": True} in given
        assert not self.status.endswith("IN_PROGRESS")
        (self.step,) = (int(e["ParameterValue"]) for e in given if "ParameterValue" in e)
        self.updates.append(self.step)
        self.status, self.left = "UPDATE_IN_PROGRESS", self.looks

    def describe_table(self, **_: Any) -> dict[str, Any]:
        state = "CREATING" if self.status.endswith("IN_PROGRESS") else "ACTIVE"
        return {"Table": {"GlobalSecondaryIndexes": [{"IndexName": "by_x", "IndexStatus": state}]}}


def advanced(cloud: Cloud, to: int | None = None) -> list[str]:
    said: list[str] = []
    index_steps.advance(cloud, cloud, STACK, to, said.append, lambda _: None)
    return said


@pytest.mark.parametrize(("begins", "updates"), [(0, [1, 2]), (1, [2]), (2, [])])
def test_a_stack_goes_one_step_an_update_to_the_last(begins: int, updates: list[int]) -> None:
    cloud = Cloud(step=begins)
    said = advanced(cloud)
    assert (cloud.step, cloud.updates) == (2, updates)
    assert said[-1] == f"{STACK} is at step 2; now send the command migrate"
    assert ("  UPDATE_IN_PROGRESS, Actions by_x CREATING" in said) is bool(updates)


def test_before_an_older_version_a_stack_goes_down_the_same_way() -> None:
    cloud = Cloud(step=2)
    advanced(cloud, 0)
    assert (cloud.step, cloud.updates) == (0, [1, 0])


def test_an_update_that_fails_ends_it_and_the_next_run_tries_that_step_again() -> None:
    cloud = Cloud(fails_at=2)
    with pytest.raises(SystemExit, match="stays at step 1: too many indexes"):
        advanced(cloud)
    cloud.fails_at = None
    advanced(cloud)
    assert (cloud.step, cloud.updates) == (2, [1, 2, 2])


def test_an_update_that_is_under_way_is_waited_for() -> None:
    cloud = Cloud(step=1, status="UPDATE_IN_PROGRESS", left=4)
    advanced(cloud)
    assert cloud.updates == [2]


def test_a_stack_from_before_there_were_steps_is_told_how_to_begin() -> None:
    with pytest.raises(SystemExit, match="deploy with IndexStep=0 first"):
        advanced(Cloud(step=None))
