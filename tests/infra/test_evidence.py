"""What `infra/evidence.yaml` promises: nobody reads a file before its scan, and nobody but the
scanner says that it was clean.
"""

import pytest
from makegood.domain import exhibits

from infra.local.scanner import handler as stand_in
from tests.infra.sources import EVIDENCE, functions, resources, template

(BUCKET,) = resources("AWS::S3::Bucket", EVIDENCE).values()
(POLICY,) = resources("AWS::S3::BucketPolicy", EVIDENCE).values()
STATEMENTS = {each["Sid"]: each for each in POLICY["PolicyDocument"]["Statement"]}
SCANNER = {"If": ["ByGuardDuty", {"GetAtt": "Scanner.Arn"}, "nobody"]}
EVERY_OBJECT = {"Sub": "${Evidence.Arn}/*"}


def test_nobody_reads_an_object_that_is_not_tagged_clean_but_the_scanner() -> None:
    denied = STATEMENTS["NobodyReadsBeforeTheScan"]
    assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
    assert set(denied["Action"]) == {"s3:GetObject", "s3:GetObjectVersion"}
    assert denied["Resource"] == EVERY_OBJECT
    tag = f"s3:ExistingObjectTag/{exhibits.SCAN_TAG}"
    expected = {tag: exhibits.CLEAN_RESULT, "aws:PrincipalArn": SCANNER}
    assert denied["Condition"] == {"StringNotEquals": expected}


def test_nobody_tags_an_object_but_the_scanner() -> None:
    denied = STATEMENTS["NobodyButTheScannerTags"]
    assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
    verbs = {"PutObjectTagging", "DeleteObjectTagging"}
    verbs |= {"PutObjectVersionTagging", "DeleteObjectVersionTagging"}
    assert set(denied["Action"]) == {f"s3:{each}" for each in verbs}
    assert denied["Condition"] == {"StringNotEquals": {"aws:PrincipalArn": SCANNER}}


def test_the_bucket_is_private_encrypted_versioned_and_takes_tls_only() -> None:
    assert set(BUCKET["PublicAccessBlockConfiguration"].values()) == {True}
    assert BUCKET["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["If"][0] == "OwnKey"
    tls = STATEMENTS["TlsOnly"]
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_evidence_is_kept_as_long_as_a_parameter_says() -> None:
    (rule,) = BUCKET["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == {"Ref": "Days"}
    given = resources("AWS::Serverless::Application")["EvidenceStore"]["Parameters"]
    assert given["Days"] == {"Ref": "EvidenceDays"}


def test_a_browser_posts_what_a_form_allows_and_reads_nothing() -> None:
    """The form is the permission, and no cookie goes along. The console's origin is the API's, and
    the API is made after the bucket.
    """
    (rule,) = BUCKET["CorsConfiguration"]["CorsRules"]
    assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == (["*"], ["POST"])


def test_it_is_off_unless_a_parameter_switches_it_on() -> None:
    assert template()["Parameters"]["EvidenceScanning"]["Default"] == "false"
    given = resources("AWS::Serverless::Application")["EvidenceStore"]["Parameters"]
    assert given["Scanning"] == {"Ref": "EvidenceScanning"}
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["EVIDENCE_SCANNING"] == {"Ref": "EvidenceScanning"}


def test_guardduty_scans_on_aws_and_the_stand_in_on_one_machine_alone() -> None:
    (plan,) = resources("AWS::GuardDuty::MalwareProtectionPlan", EVIDENCE).values()
    assert plan["Actions"] == {"Tagging": {"Status": "ENABLED"}}
    conditions = template(EVIDENCE)["Conditions"]
    assert conditions["ByGuardDuty"] == {"And": [{"Condition": "Scanned"}, {"Condition": "OnAws"}]}
    not_on_aws = {"Not": [{"Condition": "OnAws"}]}
    assert conditions["ByStandIn"] == {"And": [{"Condition": "Scanned"}, not_on_aws]}
    made = template(EVIDENCE)["Resources"]
    for name in ("StandIn", "StandInRole", "StandInArrivals", "Arrival", "Arrivals"):
        assert made[name]["Condition"] == "ByStandIn", name
    for name in ("Plan", "Scanner"):
        assert made[name]["Condition"] == "ByGuardDuty", name


def test_results_come_into_a_queue_that_its_rule_alone_fills() -> None:
    rule = resources("AWS::Events::Rule", EVIDENCE)["Result"]
    pattern = rule["EventPattern"]
    assert pattern["source"] == [{"If": ["ByStandIn", "local.scanner", "aws.guardduty"]}]
    assert pattern["detail-type"] == ["GuardDuty Malware Protection Object Scan Result"]
    assert pattern["detail"] == {"s3ObjectDetails": {"bucketName": [{"Ref": "Evidence"}]}}
    (statement,) = resources("AWS::SQS::QueuePolicy", EVIDENCE)["ScansPolicy"]["PolicyDocument"][
        "Statement"
    ]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"GetAtt": "Result.Arn"}}}
    queue = resources("AWS::SQS::Queue", EVIDENCE)["Scans"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"GetAtt": "ScansDead.Arn"}
    assert queue["VisibilityTimeout"] >= functions()["evidence"]["Timeout"]
    (alarm,) = resources("AWS::CloudWatch::Alarm", EVIDENCE).values()
    assert alarm["Dimensions"][0]["Value"] == {"GetAtt": "ScansDead.QueueName"}


@pytest.mark.parametrize("content", [b"clean", stand_in.EICAR])
def test_the_stand_in_tells_what_guardduty_tells(content: bytes) -> None:
    """By the names in GuardDuty's user guide, "Monitoring S3 object scans with EventBridge"."""
    result = "THREATS_FOUND" if stand_in.EICAR in content else exhibits.CLEAN_RESULT
    told = stand_in.result_of({"Bucket": "b", "Key": "k"}, "v", result)
    assert told["s3ObjectDetails"]["objectKey"] == "k"
    assert told["s3ObjectDetails"]["versionId"] == "v"
    assert told["scanResultDetails"]["scanResultStatus"] == result
    assert bool(told["scanResultDetails"]["threats"]) == (result == "THREATS_FOUND")
    assert stand_in.TAG == exhibits.SCAN_TAG
