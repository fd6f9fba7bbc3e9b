"""Files of evidence: sent by their forms, and scanned as GuardDuty would."""

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from makegood.runtime.queue_batches import BatchFailed

from tests.integration import stack
from tests.integration.gateway import Client, Context, function

PDF, PNG, JPEG = b"%PDF-1.7 a receipt", b"\x89PNG\r\n\x1a\n a screen", b"\xff\xd8\xff\xe0 a photo"
EICAR = b"%PDF-1.7 $EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CLEAN, BAD = "NO_THREATS_FOUND", "THREATS_FOUND"


@dataclass(frozen=True, slots=True)
class Sent:
    """An object as it was put: its key, its version, and what the scanner will find."""

    key: str
    version: str
    result: str


def announced(content: bytes = PDF, **fields: str) -> dict[str, str]:
    """The fields that announce such a file, with others added or in place."""
    return {
        "Type": "receipt",
        "Name": "Receipt.pdf",
        "Size": str(len(content)),
        "ContentType": "application/pdf",
        **fields,
    }


def put(opened: dict[str, Any], content: bytes) -> Sent:
    """Puts the file where its form would."""
    form = opened["Upload"]["Fields"]
    stored = stack.client("s3").put_object(
        Bucket=stack.EVIDENCE, Key=form["key"], Body=content, ContentType=form["Content-Type"]
    )
    result = BAD if b"EICAR" in content else CLEAN
    return Sent(form["key"], stored["VersionId"], result)


def send(client: Client, path: str, content: bytes = PDF, **fields: str) -> Sent:
    """Announces a file and puts it."""
    answer = client.post(f"{path}/Evidence", announced(content, **fields))
    assert answer.status == 200, answer.text
    return put(answer.body, content)


def tag(sent: Sent) -> None:
    """What the scanner leaves on the object; a version that was deleted meanwhile takes nothing."""
    tags = {"TagSet": [{"Key": "GuardDutyMalwareScanStatus", "Value": sent.result}]}
    try:
        stack.client("s3").put_object_tagging(
            Bucket=stack.EVIDENCE, Key=sent.key, VersionId=sent.version, Tagging=tags
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchVersion":
            raise


def tell(sent: Sent, bucket: str = stack.EVIDENCE) -> list[dict[str, str]]:
    """Delivers the scanner's event; returns what is to be delivered again."""
    event = {
        "source": "aws.guardduty",
        "detail-type": "GuardDuty Malware Protection Object Scan Result",
        "detail": {
            "schemaVersion": "1.0",
            "scanStatus": "COMPLETED",
            "resourceType": "S3_OBJECT",
            "s3ObjectDetails": {
                "bucketName": bucket,
                "objectKey": sent.key,
                "eTag": "e",
                "versionId": sent.version,
                "s3Throttled": False,
            },
            "scanResultDetails": {"scanResultStatus": sent.result, "threats": None},
        },
    }
    record = {"messageId": "m", "receiptHandle": "r", "attributes": {}, "body": json.dumps(event)}
    try:
        answer = function("evidence").handler({"Records": [record]}, Context())
    except BatchFailed:
        return [{"itemIdentifier": "m"}]
    return answer["batchItemFailures"]


def scan(sent: Sent) -> None:
    """The scanner looks into the object, tags it, and tells of it."""
    tag(sent)
    assert tell(sent) == []


def versions() -> set[str]:
    """The keys of all that is kept."""
    found = stack.client("s3").list_object_versions(Bucket=stack.EVIDENCE)
    return {each["Key"] for each in found.get("Versions", ())}
