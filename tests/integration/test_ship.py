"""What goes before a deployment: a first one without protection, and versions that go."""

from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra.ship import prepare

NOW = "2026-11-28T12:00:00Z"


def formation(status: str = "", deleted: bool = False) -> Any:
    """CloudFormation with one stack in a state, or with none; one that is to be deleted."""
    keys = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}
    client = boto3.client("cloudformation", region_name="us-east-1", **keys)
    stubber = Stubber(client)
    if status:
        stack = {"StackName": "makegood-dev", "CreationTime": NOW, "StackStatus": status}
        stubber.add_response("describe_stacks", {"Stacks": [stack]})
        if deleted:
            stubber.add_response("delete_stack", {})
            gone = [{**stack, "StackStatus": "DELETE_COMPLETE"}]
            stubber.add_response("describe_stacks", {"Stacks": gone})
        stubber.add_response("list_stack_resources", {"StackResourceSummaries": []})
    else:
        stubber.add_client_error("describe_stacks", "ValidationError")
    stubber.activate()
    return client


class Lambda:
    """A function's versions and aliases as Lambda's API tells them, page by page."""

    def __init__(self, versions: Sequence[str], aliases: Sequence[dict[str, Any]]) -> None:
        self.versions, self.aliases = list(versions), aliases

    def get_paginator(self, name: str) -> Any:
        pages = {
            "list_versions_by_function": [{"Versions": [{"Version": v}]} for v in self.versions],
            "list_aliases": [{"Aliases": [each]} for each in self.aliases],
        }[name]
        return type("Pages", (), {"paginate": lambda self, **_: pages})()

    def delete_function(self, FunctionName: str, Qualifier: str) -> None:  # noqa: N803
        self.versions.remove(Qualifier)


@pytest.mark.parametrize("status", ["", "REVIEW_IN_PROGRESS"])
def test_a_stack_that_is_not_there_is_made_unprotected_with_its_other_parameters(
    status: str,
) -> None:
    ran: list[Sequence[str]] = []
    prepare.prepare("prod", ("--region", "us-east-1"), formation(status), None, ran.append, print)
    ((*_, flag, parameters),) = ran
    assert flag == "--parameter-overrides"
    after = prepare.overrides("prod").split()
    assert "DeletionProtection=true" in after, "SAM keeps what is not said, and so no protection"
    unprotected = {"DeletionProtection=true": "DeletionProtection=false"}
    assert parameters.split() == [unprotected.get(each, each) for each in after]
    assert ran[0][1:4] == ["deploy", "--config-env", "prod"]


def test_a_stack_whose_first_deployment_failed_is_deleted_and_made() -> None:
    client, ran = formation("ROLLBACK_COMPLETE", deleted=True), []
    prepare.prepare("dev", (), client, None, ran.append, print)
    assert [each[1] for each in ran] == ["deploy"]


def test_a_stack_that_is_there_is_never_unprotected() -> None:
    ran: list[Sequence[str]] = []
    prepare.prepare("dev", (), formation("UPDATE_COMPLETE"), None, ran.append, print)
    assert ran == []


@pytest.mark.parametrize(
    ("versions", "aliases", "kept"),
    [
        (("$LATEST", "1"), [{"FunctionVersion": "1"}], ["$LATEST", "1"]),
        (("$LATEST", "1", "2", "3"), [{"FunctionVersion": "3"}], ["$LATEST", "2", "3"]),
        (
            ("$LATEST", *map(str, range(8, 12))),
            [
                {
                    "FunctionVersion": "8",
                    "RoutingConfig": {"AdditionalVersionWeights": {"10": 0.1}},
                }
            ],
            ["$LATEST", "8", "10", "11"],
        ),
        (("$LATEST",), [], ["$LATEST"]),
    ],
    ids=["one", "older ones go", "both of a gradual deployment stay", "no version"],
)
def test_versions_go_that_nobody_points_to_but_for_the_newest_of_them(
    versions: Sequence[str], aliases: Sequence[dict[str, Any]], kept: list[str]
) -> None:
    functions = Lambda(versions, aliases)
    prepare.prune(functions, "makegood-dev-partners")
    assert functions.versions == kept
    assert prepare.prune(functions, "makegood-dev-partners") == []
