"""Makes a stack ready to be deployed to: `python -m infra.ship.prepare dev --region eu-central-1`.

A stack that does not exist yet is made without protection, because CloudFormation cannot take back
what is protected; the deployment that follows protects its tables. Of one that exists, the versions
of functions are deleted that no alias points to, but for the newest of these, which is the way back
if the next deployment is worse. SnapStart is paid for each version: what is deleted costs nothing.
"""

import argparse
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[2]
LATEST = "$LATEST"
PROTECTED, UNPROTECTED = "DeletionProtection=true", "DeletionProtection=false"
UNMADE = {"REVIEW_IN_PROGRESS"}
"""The state of a stack whose first change set was made and never carried out."""

STILLBORN = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
"""The states of a stack whose first deployment failed: it can be deleted, and nothing else."""

Run = Callable[[Sequence[str]], Any]
Say = Callable[[str], None]


def overrides(environment: str) -> str:
    """The parameters that `samconfig.toml` gives an environment."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    given: str = config[environment]["deploy"]["parameters"]["parameter_overrides"]
    return given


def exists(formation: Any, stack: str, say: Say) -> bool:
    """Whether there is a stack that can be deployed to. One whose first deployment failed has never
    held anything, and is deleted.
    """
    try:
        (found,) = formation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return False
    if found["StackStatus"] in STILLBORN:
        say(f"{stack} was never made to its end: what there is of it is deleted")
        formation.delete_stack(StackName=stack)
        formation.get_waiter("stack_delete_complete").wait(StackName=stack)
        return False
    return found["StackStatus"] not in UNMADE


def first_deployment(environment: str, arguments: Sequence[str], parameters: str) -> list[str]:
    """The command that makes the stack as it will be, but unprotected."""
    return [
        str(Path(sys.executable).with_name("sam")),
        *("deploy", "--config-env", environment, *arguments),
        *("--parameter-overrides", parameters.replace(PROTECTED, UNPROTECTED)),
    ]


def function_names(formation: Any, stack: str) -> Iterator[str]:
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=stack)
    for page in pages:
        for each in page["StackResourceSummaries"]:
            if each["ResourceType"] == "AWS::Lambda::Function":
                yield each["PhysicalResourceId"]


def dispensable(versions: Iterable[str], used: Iterable[str]) -> list[str]:
    """The versions that nobody points to, oldest first, without the newest of them."""
    unused = set(versions) - {LATEST, *used}
    return sorted(unused, key=int)[:-1]


def used_versions(aliases: Iterable[dict[str, Any]]) -> Iterator[str]:
    """What aliases point to, with what a gradual deployment has them point to as well."""
    for alias in aliases:
        yield alias["FunctionVersion"]
        yield from alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})


def prune(functions: Any, name: str) -> list[str]:
    """Deletes what is dispensable of a function's versions; returns their numbers. Lambda refuses
    to delete what an alias points to, so a version that comes into use meanwhile stays.
    """
    listed = functions.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    versions = [each["Version"] for page in listed for each in page["Versions"]]
    pages = functions.get_paginator("list_aliases").paginate(FunctionName=name)
    aliases = [each for page in pages for each in page["Aliases"]]
    gone = dispensable(versions, used_versions(aliases))
    for version in gone:
        functions.delete_function(FunctionName=name, Qualifier=version)
    return gone


def prepare(
    environment: str,
    arguments: Sequence[str],
    formation: Any,
    functions: Any,
    run: Run,
    say: Say,
) -> None:
    """`arguments` are further ones of `sam deploy`; `run` runs a command, or raises."""
    stack = f"makegood-{environment}"
    if not exists(formation, stack, say):
        say(f"{stack} is not there yet: it is made unprotected")
        run(first_deployment(environment, arguments, overrides(environment)))
        return
    for name in function_names(formation, stack):
        if gone := prune(functions, name):
            say(f"{name}: deleted the versions {', '.join(gone)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environment", choices=["dev", "prod"])
    parser.add_argument("--region", required=True)
    known, rest = parser.parse_known_args()
    prepare(
        known.environment,
        ("--region", known.region, *rest),
        boto3.client("cloudformation", region_name=known.region),
        boto3.client("lambda", region_name=known.region),
        lambda command: subprocess.run(command, cwd=ROOT, check=True),
        lambda line: print(line, flush=True),
    )


if __name__ == "__main__":
    main()
