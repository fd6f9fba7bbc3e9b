"""What the templates promise of queues, streams and calls that nobody waits for."""

import json

import pytest

from tests.infra.sources import STREAMS, functions, resources

ASYNCHRONOUS = {"books", "sweep", "mails"}


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
    streams = [
        each
        for each in mappings
        if "StartingPosition" in each and each["FunctionName"] != {"Ref": "Mails"}
    ]
    tables = resources("AWS::DynamoDB::Table", "infra/storage.yaml").values()
    assert len(streams) == sum("StreamSpecification" in each for each in tables) == 4
    for mapping in streams:
        assert mapping["StartingPosition"] == "TRIM_HORIZON"
        assert mapping["BisectBatchOnFunctionError"] is True
        assert 0 < mapping["MaximumRetryAttempts"] <= 50
        kept = mapping["DestinationConfig"]["OnFailure"]["Destination"]
        assert kept in ({"GetAtt": "Lost.Outputs.LostArn"}, {"Ref": "LostArn"})


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
