"""What the templates promise: small rights, explicit limits, and a place for what fails."""

import json
import re
import tomllib
from typing import Any

import pytest
from makegood.domain.proof import OVER, Proof
from makegood.store.clearings import CLEARINGS
from makegood.store.indexes import STATEMENTS
from makegood.store.projections import FORECASTS, STANDINGS
from makegood.store.proof import PROOF

from tests.infra.sources import (
    ACCESS,
    EDGE,
    ERASURE,
    EVIDENCE,
    FUNCTIONS,
    GUARD,
    ROOT,
    STREAMS,
    TABLE_TEMPLATES,
    WEBHOOKS,
    functions,
    resources,
    statements,
    template,
)

API_FUNCTIONS = {"authorizer", "partners", "advertisers"}
ASYNCHRONOUS = {"books", "sweep"}
TABLES = (
    "Directory",
    "Inquiries",
    "Actions",
    "Ledger",
    "Files",
    "Requests",
    "Events",
    "ShopOrders",
    "Webhooks",
)
DELETES = "dynamodb:DeleteItem"
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", DELETES}
CALLS = {
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    DELETES,
    "dynamodb:DescribeTable",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
}
"""All that the store asks of DynamoDB; nothing is ever deleted but sums that are empty."""

STREAM_CALLS = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}
"""What the service asks of a stream in the name of the function that reads it."""

DESCRIPTION_CHARS_MAX = 256
"""Lambda's limit for the description of a version."""

FUNCTION_IDS = sorted(functions())


def written_tables(folder: str) -> set[str]:
    """Tables that a function may write to."""
    written = json.dumps([each for each in statements(folder) if WRITES & set(each["Action"])])
    return {table for table in TABLES if f'"{table}Arn"' in written}


def tables_as_written() -> dict[str, Any]:
    """The tables of all templates, with what stands beside their properties."""
    return {
        logical_id: resource
        for name in TABLE_TEMPLATES
        for logical_id, resource in template(name)["Resources"].items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }


def test_the_tables_are_all_named_here() -> None:
    assert set(tables_as_written()) == set(TABLES)


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


def parameters_in(value: Any) -> set[str]:
    """The parameters that a property's value comes from, directly or through a nested stack."""
    if isinstance(value, list):
        return set().union(*map(parameters_in, value))
    if not isinstance(value, dict):
        return set()
    parameters = template()["Parameters"].keys()
    match value:
        case {"Ref": name}:
            return {name} & parameters
        case {"Sub": str(text)}:
            return set(re.findall(r"\$\{(\w+)\}", text)) & parameters
        case {"GetAtt": str(place)} if ".Outputs." in place:
            nested, _, output = place.split(".")
            stack = resources("AWS::Serverless::Application")[nested]
            told = template(stack["Location"])["Outputs"][output]["Value"]
            return parameters_in(stack["Parameters"].get(told.get("Ref")))
    return set().union(*map(parameters_in, value.values()))


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


@pytest.mark.parametrize("folder", FUNCTION_IDS)
def test_rights_are_named_one_by_one(folder: str) -> None:
    for statement in statements(folder):
        assert statement["Effect"] == "Allow"
        assert all("*" not in action for action in statement["Action"])
        assert "*" not in (statement["Resource"], json.dumps(statement["Resource"]))
        actions = {each for each in statement["Action"] if each.startswith("dynamodb:")}
        assert actions <= CALLS or (folder == "events" and actions == STREAM_CALLS)


def test_every_policy_is_a_function_s_and_goes_to_it_alone() -> None:
    policies = resources("AWS::IAM::ManagedPolicy", "infra/access.yaml")
    with_rights = {folder for folder in functions() if functions()[folder].get("Policies")}
    assert {name.removesuffix("Lists").lower() for name in policies} == with_rights
    besides = {
        "treasury": [{"GetAtt": "Erasure.Outputs.Treasury"}],
        "advertisers": [{"GetAtt": "Access.Outputs.AdvertisersLists"}],
    }
    assert list(resources("AWS::IAM::ManagedPolicy", ERASURE)) == ["Treasury"]
    for folder in with_rights:
        own = [{"GetAtt": f"Access.Outputs.{folder.title()}"}]
        assert functions()[folder]["Policies"] == own + besides.get(folder, [])


POLICY_CHARS_MAX = 6_144
"""Of a managed policy, without blanks (IAM's user guide, "IAM and AWS STS quotas")."""

TABLE = "arn:aws:dynamodb:ap-southeast-2:123456789012:table/makegood-prod-Storage-{0}-Inquiries-{0}"
NAMED = "1ABCDEFGHIJKL"
LONGEST = {
    "Stream": f"{TABLE.format(NAMED)}/stream/2026-11-28T00:00:00.000",
    "Inbox": f"arn:aws:s3:::makegood-prod-storage-{NAMED}-statements-{NAMED}",
    "": TABLE.format(NAMED),
}
LONGEST["Results"] = LONGEST["Statements"] = LONGEST["Records"] = LONGEST["Lost"] = LONGEST["Inbox"]
"""What ARNs are like that CloudFormation makes."""

ARN = re.compile(r"\w*?(Stream|Inbox|Results|Statements|Records|Lost)?Arn")


@pytest.mark.parametrize("path", [ACCESS, ERASURE])
def test_a_policy_is_no_longer_than_iam_takes(path: str) -> None:
    for name, policy in resources("AWS::IAM::ManagedPolicy", path).items():
        text = json.dumps(policy["PolicyDocument"], separators=(",", ":"))
        text = (
            re.sub(r'\{"(?:Ref|Sub)":("[^"]+")\}', r"\1", text).replace("${", "").replace("}/", "/")
        )
        assert len(ARN.sub(_longest, text)) <= POLICY_CHARS_MAX, name


def _longest(found: re.Match[str]) -> str:
    """An ARN in the place of a parameter's name."""
    return LONGEST[found[1] or ""]


def test_what_is_open_to_everybody_has_no_rights() -> None:
    assert statements("docs") == []


def test_only_who_may_write_a_table_can() -> None:
    assert written_tables("authorizer") == {"Directory"}
    assert written_tables("sessions") == {"Requests"}
    assert written_tables("partners") == {
        "Directory",
        "Inquiries",
        "Files",
        "Requests",
        "Webhooks",
    }
    assert written_tables("advertisers") == set(TABLES) - {"Events"}
    assert written_tables("events") == {"Events", "Webhooks"}
    assert written_tables("webhooks") == {"Webhooks"}
    assert written_tables("ingest") == {"Inquiries", "Actions", "Ledger", "Files", "ShopOrders"}
    assert written_tables("books") == {"Ledger"}
    assert written_tables("sweep") == {"Inquiries", "Actions", "Ledger"}
    assert written_tables("setup") == written_tables("access") == {"Directory"}
    moves_money, erases = {"Directory", "Inquiries", "Actions", "Ledger"}, {"Events", "Requests"}
    assert written_tables("treasury") == moves_money | erases
    assert written_tables("confirm") == {"Directory", "Ledger"}


def test_the_authorizer_writes_nothing_but_when_tokens_were_used() -> None:
    writing = [each for each in statements("authorizer") if WRITES & set(each["Action"])]
    assert [each["Action"] for each in writing] == [["dynamodb:UpdateItem"]]
    keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["USED#*"]}}
    assert writing[0]["Condition"] == keys


def leading_keys(statement: dict[str, Any]) -> list[str]:
    return statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]


def test_the_proof_of_the_books_cannot_write_into_them() -> None:
    written, _ = [each for each in statements("books") if WRITES & set(each["Action"])]
    assert DELETES not in written["Action"]
    prefixes = leading_keys(written)
    assert prefixes == [f"{PROOF[:2]}*", f"{FORECASTS}*", f"{STANDINGS}*", f"{STATEMENTS}*"]


@pytest.mark.parametrize("folder", sorted(functions()))
def test_nothing_is_deleted_but_sums_of_what_clears(folder: str) -> None:
    deleting = [each for each in statements(folder) if DELETES in each["Action"]]
    assert bool(deleting) is (folder in {"books", "treasury"})
    for each in deleting:
        assert each["Action"] == [DELETES]
        assert (each["Resource"], leading_keys(each)) == ({"Ref": "LedgerArn"}, [f"{CLEARINGS}*"])


def test_alarms_are_set_on_what_the_proof_measures() -> None:
    alarms = resources("AWS::CloudWatch::Alarm", "infra/alarms.yaml")
    namespace = template()["Globals"]["Function"]["Environment"]["Variables"][
        "POWERTOOLS_METRICS_NAMESPACE"
    ]
    ours = [each for each in alarms.values() if each["Namespace"] == namespace]
    assert {each["MetricName"] for each in ours} >= set(Proof(look=OVER).measures())


@pytest.mark.parametrize(
    ("folder", "foreign"), [("partners", "advertisers"), ("advertisers", "partners")]
)
def test_either_side_signs_for_its_own_objects_only(folder: str, foreign: str) -> None:
    for statement in statements(folder):
        if statement["Action"][0].startswith("s3:"):
            named = statement["Resource"]
            shared = named == {"Sub": "${EvidenceArn}/*"}
            for each in named if isinstance(named, list) else [named]:
                if shared:
                    assert all(":GetObjectVersion" in action for action in statement["Action"])
                    continue
                assert each["Sub"].endswith(f"/{folder}/*")
                assert foreign not in each["Sub"]


@pytest.mark.parametrize("folder", sorted(ASYNCHRONOUS))
def test_what_fails_behind_nobody_s_back_is_kept(folder: str) -> None:
    properties = functions()[folder]
    assert properties["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Type"] == "SQS"
    for event in properties["Events"].values():
        assert "DeadLetterConfig" in event["Properties"]
        assert "RetryPolicy" in event["Properties"]


def test_queues_hand_back_single_messages_and_never_run_wild() -> None:
    mappings = resources("AWS::Lambda::EventSourceMapping")
    assert mappings
    for mapping in mappings.values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        if "StartingPosition" not in mapping:
            assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_a_stream_is_read_from_its_beginning_and_what_fails_for_good_is_set_aside() -> None:
    kind = "AWS::Lambda::EventSourceMapping"
    mappings = [*resources(kind).values(), *resources(kind, STREAMS).values()]
    streams = [each for each in mappings if "StartingPosition" in each]
    tables = resources("AWS::DynamoDB::Table", "infra/storage.yaml").values()
    assert len(streams) == sum("StreamSpecification" in each for each in tables) == 4
    for mapping in streams:
        assert mapping["StartingPosition"] == "TRIM_HORIZON"
        assert mapping["BisectBatchOnFunctionError"] is True
        assert 0 < mapping["MaximumRetryAttempts"] <= 50
        kept = mapping["DestinationConfig"]["OnFailure"]["Destination"]
        assert kept in ({"GetAtt": "Lost.Outputs.LostArn"}, {"Ref": "LostArn"})


def test_what_is_reached_by_an_alias_alone_goes_over_to_a_new_version_gradually() -> None:
    by_hand = {"setup", "access", "treasury", "confirm"}
    alarms = {
        next(iter(each["AlarmName"].values()))
        for name in ("infra/alarms.yaml", EVIDENCE, WEBHOOKS)
        for each in resources("AWS::CloudWatch::Alarm", name).values()
    }
    for folder, properties in functions().items():
        if folder in by_hand:
            continue
        assert properties["AutoPublishAlias"] == "live", folder
        preference = properties["DeploymentPreference"]
        assert preference["Enabled"] == {"Ref": "GradualDeployment"}
        assert preference["Type"].startswith("Canary")
        assert {each["Sub"] for each in preference["Alarms"]} <= alarms
    mappings = resources("AWS::Lambda::EventSourceMapping").values()
    assert {each["FunctionName"]["Ref"].rpartition(".")[2] for each in mappings} == {"Alias"}
    (streams,) = [
        each
        for each in resources("AWS::Serverless::Application").values()
        if each["Location"] == STREAMS
    ]
    assert streams["Parameters"]["EventsName"] == {"Ref": "Events.Alias"}


def test_what_is_open_to_everybody_is_throttled_by_itself() -> None:
    api = resources("AWS::Serverless::Api")["Api"]
    limits = {each["ResourcePath"]: each["ThrottlingRateLimit"] for each in api["MethodSettings"]}
    for event in functions()["docs"]["Events"].values():
        if event["Properties"]["Method"] == "GET":
            path = f"/{event['Properties']['Path'].replace('/', '~1')}"
            assert limits[path] < limits["/*"], path


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


def workers(queue: str) -> str:
    """The folder of the function that works on a queue's messages."""
    (mapping,) = [
        each
        for each in resources("AWS::Lambda::EventSourceMapping").values()
        if each["EventSourceArn"] == {"GetAtt": f"Storage.Outputs.{queue}Arn"}
    ]
    return mapping["FunctionName"]["Ref"].removesuffix(".Alias").lower()


def test_a_file_that_arrives_comes_into_a_queue_that_its_rule_alone_fills() -> None:
    (rule,) = resources("AWS::Events::Rule", "infra/storage.yaml").values()
    assert rule["EventPattern"]["detail"] == {"bucket": {"name": [{"Ref": "Inbox"}]}}
    (target,) = rule["Targets"]
    assert target["Arn"] == {"GetAtt": "Arrivals.Arn"}
    assert target["DeadLetterConfig"] == {"Arn": {"GetAtt": "EventsDead.Arn"}}
    policy = resources("AWS::SQS::QueuePolicy", "infra/storage.yaml")["ArrivalsPolicy"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (policy["Queues"], statement["Action"]) == ([{"Ref": "Arrivals"}], "sqs:SendMessage")
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"GetAtt": "Arrival.Arn"}}}
    assert "Events" not in functions()["ingest"]


def test_every_queue_has_a_dead_letter_queue_with_an_alarm() -> None:
    queues = resources("AWS::SQS::Queue", "infra/storage.yaml")
    dead = {name for name in queues if name.endswith("Dead")}
    for name in set(queues) - dead:
        assert queues[name]["RedrivePolicy"]["deadLetterTargetArn"] == {"GetAtt": f"{name}Dead.Arn"}
        assert queues[name]["VisibilityTimeout"] >= functions()[workers(name)]["Timeout"]
    alarms = json.dumps(resources("AWS::CloudWatch::Alarm", "infra/alarms.yaml"))
    assert {name for name in dead if f'"{name}Name"' not in alarms} == set()


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_encrypted_recoverable_and_hard_to_lose(table: str) -> None:
    resource = tables_as_written()[table]
    properties = resource["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"] == {
        "If": [
            "OwnKey",
            {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "KeyArn"}},
            {"SSEEnabled": True},
        ]
    }
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert properties["DeletionProtectionEnabled"] == {"If": ["Protected", True, False]}
    assert resource["UpdateReplacePolicy"] == "Retain"
    assert "'ProjectionType': 'ALL'" not in str(properties)


@pytest.mark.parametrize("bucket", ["Inbox", "Results", "Statements"])
def test_a_bucket_is_private_encrypted_and_takes_tls_only(bucket: str) -> None:
    properties = resources("AWS::S3::Bucket", "infra/storage.yaml")[bucket]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert "BucketEncryption" in properties
    assert "LifecycleConfiguration" in properties
    policy = resources("AWS::S3::BucketPolicy", "infra/storage.yaml")[f"{bucket}Policy"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_statements_never_expire_and_a_parameter_keeps_anybody_from_deleting_them() -> None:
    bucket = resources("AWS::S3::Bucket", "infra/storage.yaml")["Statements"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert {name for name in rule if "Expiration" in name} == set()
    assert bucket["ObjectLockEnabled"] is True, "it can be switched on for a new bucket alone"
    years = {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": {"Ref": "StatementLockYears"}}}
    assert bucket["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"If": ["StatementsLocked", years, {"Ref": "AWS::NoValue"}]},
    }


def test_everything_that_keeps_data_is_encrypted_with_the_key_that_a_parameter_names() -> None:
    key, none = {"Ref": "KeyArn"}, {"Ref": "AWS::NoValue"}
    for name, bucket in resources("AWS::S3::Bucket", "infra/storage.yaml").items():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        condition, own, _ = rule["If"]
        assert condition == "OwnKey", name
        assert own["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key, name
        assert own["BucketKeyEnabled"], "a call to KMS for each object would cost more than S3"
    queues = [resources("AWS::SQS::Queue", each) for each in ("infra/storage.yaml", WEBHOOKS)]
    for name, queue in [pair for each in queues for pair in each.items()]:
        assert queue["KmsMasterKeyId"] == {"If": ["OwnKey", key, none]}, name
        assert queue["SqsManagedSseEnabled"] == {"If": ["OwnKey", False, True]}, name
    (logs,) = resources("AWS::Logs::LogGroup").values()
    assert logs["KmsKeyId"] == {"If": ["OwnKey", key, none]}


def test_logs_outlive_the_stack_and_do_not_stand_in_the_way_of_the_next_one() -> None:
    logs = template("template.yaml")["Resources"]["Logs"]
    assert logs["DeletionPolicy"] == "RetainExceptOnCreate"
    assert logs["UpdateReplacePolicy"] == "Retain"
    text, names = logs["Properties"]["LogGroupName"]["Sub"]
    assert text == "/makegood/${Environment}/${Id}"
    assert names == {"Id": {"Select": [2, {"Split": ["/", {"Ref": "AWS::StackId"}]}]}}


def overrides(environment: str) -> str:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    return config[environment]["deploy"]["parameters"]["parameter_overrides"]


def test_production_lives_by_the_real_clock_and_is_heard() -> None:
    demanded = []
    for rule in template()["Rules"].values():
        assert rule["RuleCondition"] == {"Equals": [{"Ref": "Environment"}, "prod"]}
        demanded += [each["Assert"] for each in rule["Assertions"]]
    assert demanded == [
        {"Equals": [{"Ref": "AdjustableClock"}, "false"]},
        {"Equals": [{"Ref": "WebhooksLoopback"}, "false"]},
        {"Not": [{"Equals": [{"Ref": "AlarmTopicArn"}, ""]}]},
    ]
    assert template()["Parameters"]["AdjustableClock"]["Default"] == "false"
    assert template()["Parameters"]["WebhooksLoopback"]["Default"] == "false"
    assert "WebhooksLoopback=true" not in overrides("prod")
    assert "AdjustableClock=true" not in overrides("prod")
    for name in ("dev", "prod"):
        assert "DeletionProtection=true" in overrides(name), "what is not said stays as it was"


def test_metrics_get_through_and_requests_do_not_come_into_logs() -> None:
    """Lambda drops lines below its level, and metrics are lines; at DEBUG, botocore logs bodies."""
    every = template()["Globals"]["Function"]
    assert every["LoggingConfig"]["ApplicationLogLevel"] == "INFO"
    assert "DEBUG" not in template()["Parameters"]["LogLevel"]["AllowedValues"]


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
    assert api["MethodSettings"][0]["ThrottlingRateLimit"] > 0


def test_restored_tables_take_the_place_of_the_stacks_own_everywhere() -> None:
    """Each output that names a table, its ARN or its stream says the restored one instead."""
    for path in TABLE_TEMPLATES:
        outputs = template(path)["Outputs"]
        tables = resources("AWS::DynamoDB::Table", path)
        for name, output in outputs.items():
            for table in tables:
                own = ({"Ref": table}, {"GetAtt": f"{table}.Arn"}, {"GetAtt": f"{table}.StreamArn"})
                assert output["Value"] not in own, f"{name} names {table} alone"
        restored = [each for each in outputs.values() if "Restored" in str(each["Value"])]
        assert len(restored) == 2 * len(tables) + sum(
            "StreamSpecification" in each for each in tables.values()
        )
