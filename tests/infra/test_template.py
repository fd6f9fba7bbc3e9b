"""What the templates promise of functions: limits, versions that callers move to, parameters."""

import re
import tomllib
from fnmatch import fnmatch
from typing import Any

import pytest
from makegood.domain.proof import OVER, Proof

from tests.infra.sources import (
    EDGE,
    EVIDENCE,
    FUNCTIONS,
    ROOT,
    STREAMS,
    WEBHOOKS,
    functions,
    resources,
    template,
)

API_FUNCTIONS = {"authorizer", "partners", "advertisers"}

DESCRIPTION_CHARS_MAX = 256
"""Lambda's limit for the description of a version."""

FUNCTION_IDS = sorted(functions())


def test_every_function_is_a_folder_and_every_folder_a_function() -> None:
    assert set(functions()) == {path.name for path in FUNCTIONS.iterdir()}


@pytest.mark.parametrize("folder", FUNCTION_IDS)
def test_a_function_states_its_limits(folder: str) -> None:
    properties = functions()[folder]
    assert properties["Timeout"] > 0
    assert properties["MemorySize"] >= 512


@pytest.mark.parametrize("folder", sorted(API_FUNCTIONS))
def test_what_a_caller_waits_for_starts_from_a_snapshot(folder: str) -> None:
    properties = functions()[folder]
    assert properties["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert properties["AutoPublishAlias"] == "live"
    assert properties["Timeout"] < 29


def test_a_version_follows_its_layers() -> None:
    assert template()["Globals"]["Function"]["AutoPublishAliasAllProperties"] is True
    for layer in resources("AWS::Serverless::LayerVersion").values():
        assert layer["PublishLambdaVersion"] is True


def parameters_in(value: Any, path: str = "template.yaml") -> set[str]:
    """The main template's parameters that a property's value comes from, in whichever template it
    stands: directly, by a condition, or through a nested stack.
    """
    described = template(path)
    names: set[str] = set()
    match value:
        case list():
            return set().union(*(parameters_in(each, path) for each in value))
        case {"Ref": name}:
            names = {name}
        case {"Sub": str(text)}:
            names = set(re.findall(r"\$\{(\w+)\}", text))
        case {"If": [condition, *chosen]}:
            return parameters_in([described["Conditions"][condition], *chosen], path)
        case {"GetAtt": str(place)} if ".Outputs." in place:
            nested, _, output = place.split(".")
            location = resources("AWS::Serverless::Application", path)[nested]["Location"]
            return parameters_in(template(location)["Outputs"][output]["Value"], location)
        case dict():
            return set().union(*(parameters_in(each, path) for each in value.values()))
    names &= described["Parameters"].keys()
    if path == "template.yaml":
        return names
    (given,) = (
        each["Parameters"]
        for each in resources("AWS::Serverless::Application").values()
        if each["Location"] == path
    )
    return parameters_in([given[each] for each in names if each in given])


BESIDE_THE_FUNCTION = (
    "VersionDescription",
    "DeploymentPreference",
    "Events",
    "EventInvokeConfig",
    "ReservedConcurrentExecutions",
)
"""What SAM makes resources of their own of, and what holds for all versions."""

PUBLISHED = sorted(name for name, each in functions().items() if "AutoPublishAlias" in each)


@pytest.mark.parametrize("folder", PUBLISHED)
def test_a_parameter_reaches_the_version_that_callers_are_answered_by(folder: str) -> None:
    """CloudFormation replaces a version whose description changes (`AWS::Lambda::Version`, update
    requires replacement), and SAM one whose text in the template does (its issue 3820). Lambda
    refuses a version of what has not changed, so the description has nothing else.
    """
    description = functions()[folder]["VersionDescription"]
    properties = {
        name: each for name, each in functions()[folder].items() if name not in BESIDE_THE_FUNCTION
    }
    read = parameters_in([properties, template()["Globals"]["Function"]])
    assert {"IndexStep", "LogLevel", "AllowedOrigins", "AdjustableClock"} <= read
    assert parameters_in(description) == read


def test_the_description_of_a_version_has_room_for_every_value() -> None:
    text = functions()["partners"]["VersionDescription"]["Sub"]
    for name in parameters_in({"Sub": text}):
        given = template()["Parameters"][name]
        longest = given.get("MaxLength") or max(map(len, map(str, given["AllowedValues"])))
        text = text.replace(f"${{{name}}}", "x" * longest)
    assert len(text) <= DESCRIPTION_CHARS_MAX


def test_alarms_are_set_on_what_the_proof_measures() -> None:
    alarms = resources("AWS::CloudWatch::Alarm", "infra/alarms.yaml")
    namespace = template()["Globals"]["Function"]["Environment"]["Variables"][
        "POWERTOOLS_METRICS_NAMESPACE"
    ]
    ours = [each for each in alarms.values() if each["Namespace"] == namespace]
    assert {each["MetricName"] for each in ours} >= set(Proof(look=OVER).measures())


def test_what_is_reached_by_an_alias_alone_goes_over_to_a_new_version_gradually() -> None:
    by_hand, retried = {"setup", "access", "treasury", "confirm"}, {"mails"}
    alarms = {
        next(iter(each["AlarmName"].values()))
        for name in ("infra/alarms.yaml", EVIDENCE, WEBHOOKS)
        for each in resources("AWS::CloudWatch::Alarm", name).values()
    }
    for folder, properties in functions().items():
        if folder in by_hand | retried:
            continue
        assert properties["AutoPublishAlias"] == "live", folder
        preference = properties["DeploymentPreference"]
        assert preference["Enabled"] == {"Ref": "GradualDeployment"}
        assert preference["Type"].startswith("Canary")
        named = {each["Sub"] for each in preference["Alarms"]}
        assert named <= alarms
        if folder in ("evidence", "ingest", "sweep", "webhooks"):
            assert f"makegood-${{Environment}}-{folder}-errors" in named, "dead queues are too late"
    mappings = resources("AWS::Lambda::EventSourceMapping").values()
    named = {each["FunctionName"]["Ref"].rpartition(".")[2] for each in mappings}
    assert named == {"Alias", "Mails"}, "mails are sent by what was deployed last"
    (streams,) = [
        each
        for each in resources("AWS::Serverless::Application").values()
        if each["Location"] == STREAMS
    ]
    assert streams["Parameters"]["EventsName"] == {"Ref": "Events.Alias"}


def test_nothing_is_reserved_unless_a_parameter_says_so() -> None:
    none = {"Ref": "AWS::NoValue"}
    for folder, name in {
        "authorizer": "Authorizer",
        "partners": "Api",
        "advertisers": "Api",
    }.items():
        reserved = functions()[folder]["ReservedConcurrentExecutions"]
        assert reserved == {"If": [f"{name}Reserved", {"Ref": f"{name}Concurrency"}, none]}
        assert template()["Parameters"][f"{name}Concurrency"]["Default"] == 0


def overrides(environment: str) -> str:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    return config[environment]["deploy"]["parameters"]["parameter_overrides"]


def test_production_lives_by_the_real_clock_and_is_heard() -> None:
    of_prod = {"Equals": [{"Ref": "Environment"}, "prod"]}
    rules = [each for each in template()["Rules"].values() if each["RuleCondition"] == of_prod]
    demanded = [each["Assert"] for rule in rules for each in rule["Assertions"]]
    assert demanded == [
        {"Equals": [{"Ref": "AdjustableClock"}, "false"]},
        {"Equals": [{"Ref": "WebhooksLoopback"}, "false"]},
        {"Not": [{"Equals": [{"Ref": "AlarmTopicArn"}, ""]}]},
        {"Not": [{"Equals": [{"Ref": "RecordLockYears"}, "0"]}]},
    ]
    assert "RecordLockYears=1" in overrides("prod")
    assert template()["Parameters"]["AdjustableClock"]["Default"] == "false"
    assert template()["Parameters"]["WebhooksLoopback"]["Default"] == "false"
    assert "WebhooksLoopback=true" not in overrides("prod")
    assert "AdjustableClock=true" not in overrides("prod")
    for name in ("dev", "prod"):
        assert "DeletionProtection=true" in overrides(name), "what is not said stays as it was"


def test_a_budget_is_told_to_somebody() -> None:
    rule = template()["Rules"]["BudgetsAreHeard"]
    assert rule["RuleCondition"] == {"Not": [{"Equals": [{"Ref": "BudgetAmount"}, "0"]}]}
    assert [each["Assert"] for each in rule["Assertions"]] == [
        {"Not": [{"Equals": [{"Ref": "AlarmTopicArn"}, ""]}]}
    ]


def test_a_closed_api_lets_no_call_through() -> None:
    (everywhere, *_) = template()["Resources"]["Api"]["Properties"]["MethodSettings"]
    assert everywhere["ResourcePath"] == "/*"
    assert everywhere["ThrottlingRateLimit"] == {"If": ["ApiOpen", 1000, 0]}
    assert everywhere["ThrottlingBurstLimit"] == {"If": ["ApiOpen", 5000, 0]}


def test_a_firewall_counts_the_addresses_of_clients() -> None:
    """Behind CloudFront, all that the stage sees are CloudFront's addresses."""
    rule = template()["Rules"]["TheWallSeesAddresses"]
    assert rule["RuleCondition"] == {"Equals": [{"Ref": "Cdn"}, "true"]}
    assert [each["Assert"] for each in rule["Assertions"]] == [
        {"Equals": [{"Ref": "WafRate"}, "0"]}
    ]


def test_pages_for_everybody_are_kept_near_their_readers() -> None:
    """Their answers say themselves how long: the page is asked for again, its files stay."""
    network = template(EDGE)["Resources"]["Network"]["Properties"]["DistributionConfig"]
    kept = [each["PathPattern"] for each in network["CacheBehaviors"]]
    paths = [each["Properties"]["Path"] for each in functions()["docs"]["Events"].values()]
    pages = [each for each in paths if each.startswith(("/docs", "/console"))]
    assert {"/docs", "/console", "/console/{proxy+}"} <= set(pages)
    assert [page for page in pages if not any(fnmatch(page, each) for each in kept)] == []


def test_metrics_get_through_and_requests_do_not_come_into_logs() -> None:
    """Lambda drops lines below its level, and metrics are lines; at DEBUG, botocore logs bodies."""
    every = template()["Globals"]["Function"]
    assert every["LoggingConfig"]["ApplicationLogLevel"] == "INFO"
    assert "DEBUG" not in template()["Parameters"]["LogLevel"]["AllowedValues"]
