"""The runbook's drills: each condition is brought about, and its alarm's measure crosses the line.

Alarms on measures of our own are held against the lines that functions print. Those on AWS's own
measures are held against what AWS measures by: that a function raises, or a message stays.
"""

import json
from datetime import timedelta
from typing import Any

import pytest
from makegood.aws.kms import Key
from makegood.aws.sqs import Queue
from makegood.domain.verdicts import Verdict
from makegood.jobs import reconciliation
from makegood.runtime import settings
from makegood.runtime.queue_batches import BatchFailed
from makegood.store.indexes import SHARDS
from makegood.store.ledger import BalanceRow, balance_key
from makegood.store.store import Store

from tests.infra.sources import GUARD, WEBHOOKS, resources
from tests.integration import (
    evidence,
    mailing,
    market,
    policies,
    stack,
    test_authorizer,
    test_functions,
)
from tests.integration.gateway import (
    ADVERTISER,
    ARN,
    PARTNER,
    Context,
    basic,
    batch,
    function,
)
from tests.integration.ingest import received
from tests.integration.market import CASHBACK, NOW, RECENT_CLEARS_AT, RECENT_LOCKS_AT, SHARD, SHOP
from tests.integration.printed import ALARMS, Printed
from tests.integration.receivers import Receiver, look
from tests.integration.streams import Stream
from tests.integration.test_policies import verified
from tests.policies import a_policy, approve, decline

FOUR_DAYS = timedelta(days=4)


@pytest.fixture
def printed(live: Store, capsys: pytest.CaptureFixture[str]) -> Printed:
    return Printed(capsys)


def sweep() -> dict[str, Any]:
    """One message of the shop's shard."""
    message = {"shard": SHARD, "round": 1, "started": "drill"}
    return function("sweep").handler(batch(stack.SWEEP_QUEUE, message, group="1"), Context())


def test_a_late_sweep_tells_how_late_it_is(live: Store, printed: Printed) -> None:
    market.deposit(live, "20.00")
    market.accept(live, "A-1")
    live.set_clock(RECENT_LOCKS_AT + timedelta(minutes=15))
    sweep()
    assert not printed.breaches("SweepLags")
    live.set_clock(RECENT_CLEARS_AT + FOUR_DAYS)
    sweep()
    assert printed.breaches("SweepLags")


def test_a_payment_without_money_tells_how_long_it_waits(live: Store, printed: Printed) -> None:
    market.accept(live, "A-1")
    for at, late in (
        (RECENT_LOCKS_AT, False),
        (RECENT_CLEARS_AT + timedelta(days=1), False),
        (RECENT_CLEARS_AT + FOUR_DAYS, True),
    ):
        live.set_clock(at)
        sweep()
        assert printed.breaches("PaymentOverdue") is late
    sweep()
    assert not printed.breaches("SweepLags")


def test_the_breaker_of_a_policy_tells_once_that_it_opened(live: Store, printed: Printed) -> None:
    policy = a_policy(decline(), approve(), Breaker={"Last": 10, "AtLeast": 50})
    policies.activate(live, policy)
    stream = Stream(lambda: stack.everything("inquiries"))
    for at in range(11):
        verified(live, market.file(live, f"A-{at}"), Verdict.UNDONE)
    function("events").handler({"Records": stream.records()}, Context())
    assert printed.breaches("PolicyBreaker")
    (event,) = [
        each
        for each in ADVERTISER.get("/Events").body["Events"]
        if each["EventType"] == "policy.breaker"
    ]
    shown = ADVERTISER.get(f"{event['Uri']}/{policy.version}").body
    assert shown["Tripped"].startswith("0 of the last 10 decisions")
    market.file(live, "B-1")
    function("events").handler({"Records": stream.records()}, Context())
    assert not printed.breaches("PolicyBreaker")


def test_a_sweep_that_does_not_run_is_missed(live: Store) -> None:
    alarm = ALARMS["SweepStopped"]
    assert (alarm["MetricName"], alarm["TreatMissingData"]) == ("Invocations", "breaching")
    assert function("sweep").handler({"source": "aws.scheduler"}, Context()) == {}
    queue = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.ENVIRONMENT["SWEEP_QUEUE_URL"],
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    assert queue["Attributes"]["ApproximateNumberOfMessages"] == str(SHARDS)


def test_a_changed_balance_is_a_violation(live: Store, printed: Printed) -> None:
    market.deposit(live, "20.00")
    function("books").handler({}, Context(300_000))
    assert not printed.breaches("BooksBroken")
    row = BalanceRow(*balance_key(f"advertiser:{SHOP}", "USD")[1:])
    stack.client("dynamodb").update_item(
        TableName=stack.TABLES.ledger,
        Key=row.place,
        UpdateExpression="ADD minor :cent",
        ExpressionAttributeValues={":cent": {"N": "1"}},
    )
    live.set_clock(NOW + timedelta(days=1))
    function("books").handler({}, Context(300_000))
    assert printed.breaches("BooksBroken")


def test_a_proof_that_does_not_end_is_missed(live: Store, printed: Printed) -> None:
    alarm = ALARMS["BooksUnproven"]
    assert (alarm["MetricName"], alarm["TreatMissingData"]) == ("books_proven", "breaching")
    market.deposit(live, "20.00")
    assert reconciliation.daily(live, NOW, lambda: False) is not None
    list(printed.lines())
    function("books").handler({}, Context(300_000))
    told = [line for line in printed.lines() if "books_proven" in line]
    assert [each["books_proven"] for each in told] in ([[1]], [1])


def test_a_chunk_that_is_set_aside_is_counted(
    live: Store, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makegood.files.ingestion.CHUNK_ROWS_MAX", 2)
    test_functions.TestIngest().arrive(3)
    (message, *_) = [json.loads(each["Body"]) for each in received()]
    list(printed.lines())
    function("ingest").handler(batch("test-chunks-dead", message), Context())
    assert printed.breaches("ChunkSetAside")


def without_chunks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A chunk's message, whose object is gone."""
    monkeypatch.setattr("makegood.files.ingestion.CHUNK_ROWS_MAX", 2)
    test_functions.TestIngest().arrive(3)
    s3 = stack.client("s3")
    for each in s3.list_objects_v2(Bucket=stack.RESULTS)["Contents"]:
        s3.delete_object(Bucket=stack.RESULTS, Key=each["Key"])
    return next(json.loads(each["Body"]) for each in received())


def given_back(queue: str, message: dict[str, Any]) -> bool:
    try:
        function("ingest").handler(batch(queue, message), Context())
    except BatchFailed:
        return True
    return False


def test_a_chunk_that_cannot_be_set_aside_stays_in_its_queue(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert given_back("test-chunks-dead", without_chunks(monkeypatch))
    alarm = ALARMS["ChunksDeadFilled"]
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesNotVisible"
    dead = resources("AWS::SQS::Queue", stack.STORAGE)["ChunksDead"]
    assert dead["VisibilityTimeout"] > alarm["Period"]


def test_a_chunk_that_fails_waits_in_its_queue(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, paused = without_chunks(monkeypatch), []
    monkeypatch.setattr(
        "makegood.aws.sqs.Queue.retry_later", lambda queue, receipt, count: paused.append(count)
    )
    assert given_back(stack.CHUNKS_QUEUE, message)
    assert paused == [1]
    assert ALARMS["ChunksWait"]["MetricName"] == "ApproximateAgeOfOldestMessage"


def set_aside_after_all_tries(logical_id: str, **message: str) -> bool:
    """Whether a message that nobody deletes ends where the template says."""
    sqs = stack.client("sqs")
    queue = resources("AWS::SQS::Queue", stack.STORAGE)[logical_id]
    declared, suffix = queue["RedrivePolicy"], ".fifo" if queue.get("FifoQueue") else ""
    assert declared["deadLetterTargetArn"] == {"GetAtt": f"{logical_id}Dead.Arn"}
    fifo = {"FifoQueue": "true"} if suffix else {}
    dead = sqs.create_queue(QueueName=f"dead{suffix}", Attributes=fifo)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    policy = {
        "deadLetterTargetArn": arn["Attributes"]["QueueArn"],
        "maxReceiveCount": declared["maxReceiveCount"],
    }
    tried = sqs.create_queue(
        QueueName=f"tried{suffix}",
        Attributes={**fifo, "VisibilityTimeout": "0", "RedrivePolicy": json.dumps(policy)},
    )["QueueUrl"]
    sqs.send_message(QueueUrl=tried, MessageBody="{}", **message)
    for _ in range(declared["maxReceiveCount"]):
        assert sqs.receive_message(QueueUrl=tried)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=tried)
    return bool(sqs.receive_message(QueueUrl=dead)["Messages"])


def test_a_message_that_always_fails_ends_in_the_dead_letter_queue(live: Store) -> None:
    group = {"MessageGroupId": "1", "MessageDeduplicationId": "1"}
    assert set_aside_after_all_tries("Sweeps", **group)
    assert ALARMS["SweepsDeadFilled"]["MetricName"] == "ApproximateNumberOfMessagesVisible"


def test_an_arrival_that_cannot_be_read_is_given_back_and_set_aside_in_the_end(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused = []
    monkeypatch.setattr(Queue, "retry_later", lambda queue, receipt, count: paused.append(count))
    key = f"partners/{CASHBACK}/inquiries/upload-1/gone.csv"
    told = {"detail": {"object": {"key": key, "version-id": "", "etag": "none"}}}
    assert given_back(stack.ARRIVALS_QUEUE, told)
    assert paused == [1]
    assert set_aside_after_all_tries("Arrivals")
    assert ALARMS["ArrivalsDeadFilled"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert ALARMS["ArrivalsWait"]["MetricName"] == "ApproximateAgeOfOldestMessage"


NO_ARRIVAL = {"source": "aws.s3", "detail": {}}
NO_CHANGE = {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "7", "NewImage": {}}}


def test_what_cannot_be_received_goes_to_the_queue_of_events(live: Store) -> None:
    good = {"eventName": "REMOVE", "dynamodb": {"Keys": {"pk": {"S": "-"}, "sk": {"S": "-"}}}}
    answer = function("events").handler({"Records": [good, NO_CHANGE]}, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "7"}]}
    with pytest.raises(KeyError):
        function("events").handler({"Records": [NO_CHANGE, good]}, Context())
    (rule,) = resources("AWS::Events::Rule", stack.STORAGE).values()
    assert "EventsDead" in json.dumps([each["DeadLetterConfig"] for each in rule["Targets"]])
    key = f"partners/{CASHBACK}/inquiries/upload-1/a.csv"
    stack.client("s3").put_object(Bucket=stack.INBOX, Key=key, Body=b"")
    arrived = {"detail": {"object": {"key": key}}}
    assert function("ingest").handler(arrived, Context()) == {}
    assert PARTNER.get("/Files/upload-1").body["Status"] == "FAILED"
    for name in ("InquiriesStream", "ActionsStream"):
        mapping = resources("AWS::Lambda::EventSourceMapping", "template.yaml")[name]
        assert "Lost.Outputs.LostArn" in json.dumps(mapping["DestinationConfig"])


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("partners", None),
        ("advertisers", None),
        ("ingest", NO_ARRIVAL),
        ("sweep", {"Records": [{}]}),
        ("events", {"Records": None}),
    ],
)
def test_a_function_that_cannot_answer_fails(live: Store, name: str, event: Any) -> None:
    with pytest.raises((AttributeError, KeyError, TypeError)):
        function(name).handler(event, Context())
    alarm = ALARMS[f"{name.capitalize()}Fails"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Errors")


def test_the_books_cannot_be_proven_without_their_table(live: Store) -> None:
    with (
        stack.refused("Scan", "ResourceNotFoundException", on=function("books").STORE),
        pytest.raises(Exception, match="ResourceNotFoundException"),
    ):
        function("books").handler({}, Context(300_000))
    assert ALARMS["BooksFails"]["MetricName"] == "Errors"


def test_an_authorizer_that_cannot_read_is_told_apart_from_a_wrong_token(
    live: Store, printed: Printed
) -> None:
    live.put_account(test_authorizer.NOBODY.with_token(test_authorizer.TOKEN, NOW))
    signed = {"methodArn": ARN, "headers": {"Authorization": basic(PARTNER.sid, "wrong")}}
    with pytest.raises(Exception, match="Unauthorized"):
        function("authorizer").handler(signed, Context())
    assert not printed.breaches("AuthorizerFails")
    store = function("authorizer").STORE
    with (
        stack.refused("BatchGetItem", "ProvisionedThroughputExceededException", on=store),
        pytest.raises(Exception, match=r"^(?!Unauthorized)"),
    ):
        function("authorizer").handler(signed, Context())
    assert printed.breaches("AuthorizerFails")


def test_a_store_that_is_out_of_reach_is_answered_with_503(live: Store) -> None:
    store = function("partners").ROUTES.store
    with stack.refused("BatchGetItem", "ProvisionedThroughputExceededException", on=store):
        assert PARTNER.get("/CompanyInformation").status == 503
    assert ALARMS["ApiFails"]["MetricName"] == "5XXError"


def test_an_endpoint_that_is_gone_is_counted_for_its_alarm(
    live: Store, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.statuses = [410, 204]
    made = PARTNER.post("/Webhooks", {"Url": receiver.url}).body
    look()
    assert '"disabled":[1.0]' in capsys.readouterr().out
    alarm = resources("AWS::CloudWatch::Alarm", WEBHOOKS)["EndpointDisabled"]
    assert alarm["MetricName"] == "disabled"
    assert PARTNER.get(made["Uri"]).body["State"] == "DISABLED"
    PARTNER.put(made["Uri"], {"Enabled": "true"})
    look()
    assert PARTNER.get(made["Uri"]).body["State"] == "ENABLED"


def test_a_worker_that_cannot_decrypt_gives_its_message_back(
    live: Store, receiver: Receiver
) -> None:
    made = PARTNER.post("/Webhooks", {"Url": receiver.url}).body
    wake = {"role": "PARTNER", "account_id": CASHBACK, "endpoint_id": made["Id"]}
    record = {"messageId": "m", "receiptHandle": "r", "body": json.dumps(wake), "attributes": {}}
    worker = function("webhooks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "KEY", Key("alias/other"))
        patch.setattr(worker.KEY, "decrypt", _refuse)
        with pytest.raises(BatchFailed):
            worker.handler({"Records": [record]}, Context())
    assert ALARMS["WebhooksFails"]["MetricName"] == "Errors"
    assert receiver.got == []
    later = settings.wall_now() + timedelta(seconds=61)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker.telemetry, "wall_now", lambda: later)
        assert worker.handler({"Records": [record]}, Context()) == {"batchItemFailures": []}
    assert receiver.types == ["endpoint.ping"]


def test_a_result_without_its_tag_is_given_back(live: Store) -> None:
    path = f"/ActionInquiries/{market.file(live, 'A-1').inquiry_id}"
    sent = evidence.send(PARTNER, path)
    assert evidence.tell(sent) == [{"itemIdentifier": "m"}]
    assert ALARMS["EvidenceFails"]["MetricName"] == "Errors"
    assert PARTNER.get(f"{path}/Evidence").body["Evidence"][0]["Status"] == "AWAITED"
    evidence.scan(sent)
    assert PARTNER.get(f"{path}/Evidence").body["Evidence"][0]["Status"] == "CLEAN"


def test_a_mail_that_ses_does_not_take_is_given_back(live: Store) -> None:
    market.file(live, "A-1", now=market.NOW)
    mailing.anybody(live, "sub-anna")
    mailing.waits_for_second(live, "A-2", by="ben")
    assert mailing.worked(verified=False) == 2
    assert mailing.sent() == []
    assert mailing.worked() == 0
    assert [to for to, _ in mailing.sent()] == ["sub-anna@shop.example"]


def _refuse(*_: object) -> bytes:
    raise PermissionError("AccessDeniedException")


def test_refused_sign_ins_are_counted_and_answered_at_once(
    live: Store, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("a refusal holds the function"))
    headers = {"Authorization": basic("MG" + "0" * 20, "zebra-token")}
    event = {"methodArn": ARN, "headers": headers}
    event["requestContext"] = {"identity": {"sourceIp": "192.0.2.7"}}
    for _ in range(6):
        with pytest.raises(Exception, match="Unauthorized"):
            function("authorizer").handler(event, Context())
    lines = [*printed.lines()]
    alarm = resources("AWS::CloudWatch::Alarm", GUARD)["SignInsRefused"]
    assert sum(each.get(alarm["MetricName"], 0) for each in lines) == 6
    told = [each for each in lines if each.get("message") == "sign-in refused"]
    assert {each["source"] for each in told} == {"192.0.2.7"}
    assert "zebra-token" not in json.dumps(lines)
