"""What the template promises of webhooks: who sends may do little, and what fails is heard of."""

import json

from makegood.api.webhook_repeats import KEPT_ANSWER

from tests.infra.sources import WEBHOOKS, functions, resources, statements


def test_the_workers_of_webhooks_have_a_dead_letter_queue_with_an_alarm() -> None:
    queues = resources("AWS::SQS::Queue", WEBHOOKS)
    assert queues["Wakes"]["RedrivePolicy"]["deadLetterTargetArn"] == {"GetAtt": "WakesDead.Arn"}
    assert queues["Wakes"]["VisibilityTimeout"] >= functions()["webhooks"]["Timeout"]
    alarms = json.dumps(resources("AWS::CloudWatch::Alarm", WEBHOOKS))
    assert '"WakesDead.QueueName"' in alarms


def test_who_sends_webhooks_reads_and_marks_deliveries_wakes_others_and_does_nothing_else() -> None:
    allowed = {
        (call, json.dumps(each["Resource"]))
        for each in statements("webhooks")
        for call in each["Action"]
    }
    table, queue = json.dumps({"Ref": "WebhooksArn"}), json.dumps({"Ref": "WakesArn"})
    assert allowed == {
        ("dynamodb:BatchGetItem", json.dumps({"Ref": "EventsArn"})),
        ("dynamodb:BatchGetItem", table),
        ("dynamodb:UpdateItem", table),
        ("dynamodb:Query", json.dumps({"Sub": "${WebhooksArn}/index/due"})),
        ("kms:Decrypt", json.dumps({"Ref": "SecretsArn"})),
        ("sqs:ReceiveMessage", queue),
        ("sqs:DeleteMessage", queue),
        ("sqs:GetQueueAttributes", queue),
        ("sqs:SendMessage", queue),
    }
    bodies = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["B#*"]}}
    assert next(each.get("Condition") for each in statements("webhooks")) == bodies


def test_who_answers_requests_reads_the_secrets_of_kept_answers_alone() -> None:
    for folder in ("partners", "advertisers"):
        (allowed,) = (each for each in statements(folder) if "kms:Decrypt" in each["Action"])
        assert allowed["Action"] == ["kms:Decrypt"]
        assert allowed["Condition"] == {
            "StringEquals": {"kms:EncryptionContext:purpose": KEPT_ANSWER}
        }
