"""Stands in for GuardDuty on one machine: tags what arrives in the bucket of evidence, and tells of
it by the same event. Only its source is another, since nobody may say that they are AWS.

It calls everything clean but the text that all scanners take for a test. It is deployed where
`Environment` is `local` alone.
"""

import json
import os
from typing import Any

import boto3

TAG = "GuardDutyMalwareScanStatus"
EICAR = b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$"
"""A part of the 68 characters that scanners agreed on to be tried out with (eicar.org)."""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A batch of messages, each of which is an event of S3: an object is there."""
    for record in event["Records"]:
        scan(json.loads(record["body"])["detail"])
    return {"batchItemFailures": []}


def scan(told: dict[str, Any]) -> None:
    """Looks into the object, tags that version of it, and tells of it."""
    storage = boto3.client("s3")
    named = {"Bucket": told["bucket"]["name"], "Key": told["object"]["key"]}
    found = storage.get_object(**named)
    version = found["VersionId"]
    result = "THREATS_FOUND" if EICAR in found["Body"].read() else "NO_THREATS_FOUND"
    tags = {"TagSet": [{"Key": TAG, "Value": result}]}
    storage.put_object_tagging(**named, VersionId=version, Tagging=tags)
    entry = {
        "Source": "local.scanner",
        "DetailType": "GuardDuty Malware Protection Object Scan Result",
        "Detail": json.dumps(result_of(named, version, result)),
        "Resources": ["arn:aws:guardduty:local:000000000000:malware-protection-plan/local"],
    }
    answer = boto3.client("events", region_name=os.environ["AWS_REGION"]).put_events(
        Entries=[entry]
    )
    if answer["FailedEntryCount"]:
        raise RuntimeError("the result of a scan could not be told")


def result_of(named: dict[str, str], version: str, result: str) -> dict[str, Any]:
    """What GuardDuty's event has in its detail."""
    threats = [{"name": "EICAR-Test-File"}] if result == "THREATS_FOUND" else None
    return {
        "schemaVersion": "1.0",
        "scanStatus": "COMPLETED",
        "resourceType": "S3_OBJECT",
        "s3ObjectDetails": {
            "bucketName": named["Bucket"],
            "objectKey": named["Key"],
            "eTag": "",
            "versionId": version,
            "s3Throttled": False,
        },
        "scanResultDetails": {"scanResultStatus": result, "threats": threats},
    }
