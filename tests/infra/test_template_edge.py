"""What the templates promise of the API's gateway, and of what stands before it."""

from tests.infra.sources import EDGE, GUARD, functions, resources, template


def test_what_is_open_to_everybody_is_throttled_by_itself() -> None:
    api = resources("AWS::Serverless::Api")["Api"]
    limits = {each["ResourcePath"]: each["ThrottlingRateLimit"] for each in api["MethodSettings"]}
    for event in functions()["docs"]["Events"].values():
        if event["Properties"]["Method"] == "GET":
            path = f"/{event['Properties']['Path'].replace('/', '~1')}"
            assert limits[path] < limits["/*"]["If"][1], path


def test_the_gateway_logs_once_the_account_has_the_role_that_it_logs_with() -> None:
    assert template()["Resources"]["Api"]["DependsOn"] == "Guard"
    logs = resources("AWS::Serverless::Api")["Api"]["AccessLogSetting"]["If"]
    assert (logs[0], logs[2]) == ("AccessLogged", {"Ref": "AWS::NoValue"})
    assert "authorizer.principalId" in logs[1]["Format"]
    assert "header" not in logs[1]["Format"].lower()


def test_what_stands_before_the_api_is_there_by_parameters_alone() -> None:
    for path in (EDGE, GUARD):
        for name, each in template(path)["Resources"].items():
            assert "Condition" in each or name == "SignInsRefused"
    assert template()["Resources"]["Edge"]["Condition"] == "Edged"


def test_a_revoked_token_lives_for_a_minute_at_most() -> None:
    assert template()["Parameters"]["AuthorizerSeconds"]["MaxValue"] <= 60
    authorizers = resources("AWS::Serverless::Api")["Api"]["Auth"]["Authorizers"]
    assert authorizers.keys() == {"Basic", "Pool"}
    assert authorizers["Basic"]["Identity"] == {
        "Headers": ["Authorization"],
        "ReauthorizeEvery": {"Ref": "AuthorizerSeconds"},
    }
    assert authorizers["Pool"] == {"UserPoolArn": {"GetAtt": "People.Outputs.PoolArn"}}


def test_the_api_has_one_stage() -> None:
    """Without a version of the document, SAM deploys a second one that no limit holds for."""
    api = resources("AWS::Serverless::Api")["Api"]
    assert api["OpenApiVersion"] == "3.0.1"
    assert api["MethodSettings"][0]["ThrottlingRateLimit"]["If"][1] > 0
