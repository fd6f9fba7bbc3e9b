"""Who may send the operator's commands, and what the functions that run them may do."""

import json
import re

import pytest
from makegood.operator import commands
from makegood.store.proposals import PROPOSALS

from tests.infra.sources import ROOT, functions, resources, statements, template


def test_the_operator_is_reached_by_signed_requests_of_iam_identities_alone() -> None:
    for folder, properties in functions().items():
        assert ("FunctionUrlConfig" in properties) is (folder in commands.FUNCTIONS)
    for folder in commands.FUNCTIONS:
        assert "Events" not in functions()[folder]
        assert functions()[folder]["FunctionUrlConfig"] == {"AuthType": "AWS_IAM"}
    assert resources("AWS::Lambda::Url") == resources("AWS::Lambda::Permission") == {}


@pytest.mark.parametrize("folder", sorted(commands.FUNCTIONS))
def test_operators_invoke_a_function_through_its_url_alone(folder: str) -> None:
    policies = resources("AWS::IAM::ManagedPolicy", "infra/records.yaml")
    url, through_url = policies[f"{folder.title()}Operators"]["PolicyDocument"]["Statement"]
    assert url["Action"] == ["lambda:InvokeFunctionUrl"]
    assert url["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}
    assert through_url["Action"] == ["lambda:InvokeFunction"]
    assert through_url["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    name = functions()[folder]["FunctionName"]["Sub"]
    for statement in (url, through_url):
        assert statement["Resource"]["Sub"].endswith(f":function:{name}")


@pytest.mark.parametrize("folder", sorted(commands.FUNCTIONS))
def test_records_are_only_added_to(folder: str) -> None:
    rights = [each for each in statements(folder) if "RecordsArn" in json.dumps(each)]
    assert [each["Action"] for each in rights] == [["s3:PutObject"]]
    others = [each for each in functions() if each not in commands.FUNCTIONS]
    assert [each for each in others if "RecordsArn" in json.dumps(statements(each))] == []
    bucket = resources("AWS::S3::Bucket", "infra/records.yaml")["Records"]
    assert bucket["ObjectLockEnabled"] is True
    assert {name for rule in bucket["LifecycleConfiguration"]["Rules"] for name in rule} == {
        "Id",
        "Status",
        "AbortIncompleteMultipartUpload",
    }


def test_who_proposes_cannot_decide_and_who_decides_cannot_propose() -> None:
    def calls(folder: str) -> set[str]:
        of_proposals = [each for each in statements(folder) if f'"{PROPOSALS}"' in json.dumps(each)]
        return {action for each in of_proposals for action in each["Action"]}

    assert calls("setup") == calls("treasury") == {"dynamodb:PutItem"}
    assert calls("confirm") == {"dynamodb:UpdateItem"}
    assert [name for name in functions() if calls(name)] == ["setup", "treasury", "confirm"]


def test_the_command_that_sweeps_may_do_what_the_sweep_may() -> None:
    def rights(folder: str) -> set[tuple[str, str]]:
        return {
            (action, json.dumps(resource))
            for each in statements(folder)
            for action in each["Action"]
            for resource in (
                each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]
            )
            if action.startswith("dynamodb:")
        }

    assert rights("sweep") <= rights("treasury")


def test_a_parameter_has_cloudtrail_tell_of_every_invocation_and_of_every_record() -> None:
    """Data events, which CloudTrail logs of what a selector names alone."""
    records = template("infra/records.yaml")
    assert records["Conditions"]["Trailed"] == {"Equals": [{"Ref": "Trail"}, "true"]}
    nested = resources("AWS::Serverless::Application")["Records"]
    assert nested["Parameters"]["Trail"] == {"Ref": "Trail"}
    trail = records["Resources"]["DataTrail"]
    assert (trail["Condition"], trail["Properties"]["IsLogging"]) == ("Trailed", True)
    logged = {}
    for selector in trail["Properties"]["AdvancedEventSelectors"]:
        fields = {each.pop("Field"): each for each in selector["FieldSelectors"]}
        assert fields["eventCategory"] == {"Equals": ["Data"]}
        (kind,) = fields["resources.type"]["Equals"]
        logged[kind] = fields["resources.ARN"]
    assert logged.keys() == {"AWS::S3::Object", "AWS::Lambda::Function"}
    assert logged["AWS::S3::Object"] == {"StartsWith": [{"Sub": "${Records.Arn}/"}]}
    named = [each["Sub"].rpartition(":")[2] for each in logged["AWS::Lambda::Function"]["Equals"]]
    names = [functions()[folder]["FunctionName"]["Sub"] for folder in commands.FUNCTIONS]
    assert sorted(named) == sorted(names)


def test_the_organisation_s_policy_of_the_guide_denies_all_but_signed_urls() -> None:
    guide = (ROOT / "infra/guides/operators.md").read_text()
    blocks = re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
    (policy,) = [json.loads(each) for each in blocks if "lambda:InvokedViaFunctionUrl" in each]
    invoke, configure = policy["Statement"]
    assert (invoke["Effect"], configure["Effect"]) == ("Deny", "Deny")
    assert invoke["Action"] == "lambda:InvokeFunction"
    assert invoke["Condition"] == {"BoolIfExists": {"lambda:InvokedViaFunctionUrl": "false"}}
    assert sorted(each.rpartition("-")[2] for each in invoke["Resource"]) == sorted(
        commands.FUNCTIONS
    )
    assert configure["Condition"] == {"StringNotEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}
