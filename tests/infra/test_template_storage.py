"""What the templates promise of tables, buckets and logs: encrypted, recoverable, hard to lose."""

from typing import Any

import pytest

from tests.infra.sources import TABLE_TEMPLATES, TABLES, TEMPLATES, resources, template


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


def kept_by(kind: str) -> dict[str, dict[str, Any]]:
    """What is of one type in any template, by template and logical id."""
    return {
        f"{path} {name}": properties
        for path in TEMPLATES
        for name, properties in resources(kind, path).items()
    }


def test_everything_that_keeps_data_is_encrypted_with_the_key_that_a_parameter_names() -> None:
    key, none = {"Ref": "KeyArn"}, {"Ref": "AWS::NoValue"}
    buckets = kept_by("AWS::S3::Bucket")
    del buckets["infra/records.yaml TrailLogs"]  # CloudTrail's own, with what it logs of calls
    assert len(buckets) >= 6
    for name, bucket in buckets.items():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        condition, own, _ = rule["If"]
        assert condition == "OwnKey", name
        assert own["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key, name
        assert own["BucketKeyEnabled"], "a call to KMS for each object would cost more than S3"
    queues = kept_by("AWS::SQS::Queue")
    del queues["infra/evidence.yaml Arrivals"]  # of the stand-in for the scanner, never on AWS
    assert len(queues) >= 10
    for name, queue in queues.items():
        assert queue["KmsMasterKeyId"] == {"If": ["OwnKey", key, none]}, name
        assert queue["SqsManagedSseEnabled"] == {"If": ["OwnKey", False, True]}, name
    for name, logs in kept_by("AWS::Logs::LogGroup").items():
        assert logs["KmsKeyId"] == {"If": ["OwnKey", key, none]}, name
        text, _ = logs["LogGroupName"]["Sub"]
        assert text.startswith("/makegood/"), f"the key's policy does not let {name} use it"


def test_logs_outlive_the_stack_and_do_not_stand_in_the_way_of_the_next_one() -> None:
    logs = template("template.yaml")["Resources"]["Logs"]
    assert logs["DeletionPolicy"] == "RetainExceptOnCreate"
    assert logs["UpdateReplacePolicy"] == "Retain"
    text, names = logs["Properties"]["LogGroupName"]["Sub"]
    assert text == "/makegood/${Environment}/${Id}"
    assert names == {"Id": {"Select": [2, {"Split": ["/", {"Ref": "AWS::StackId"}]}]}}


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


def test_every_key_rotates_but_those_that_make_macs_which_kms_does_not_rotate() -> None:
    """KMS rotates symmetric keys for encryption alone (its developer guide, "Rotate keys")."""
    keys = [each for path in TEMPLATES for each in resources("AWS::KMS::Key", path).values()]
    assert keys
    for key in keys:
        makes_macs = key.get("KeyUsage") == "GENERATE_VERIFY_MAC"
        assert makes_macs or key["EnableKeyRotation"] is True, key["Description"]
