"""What the advertisers' API may write of policies."""

import json

from tests.infra.sources import statements

WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}


def test_an_advertiser_writes_versions_of_policies_and_which_is_in_force_and_no_document() -> None:
    writing = [
        each
        for each in statements("advertisers")
        if WRITES & set(each["Action"]) and "DirectoryArn" in json.dumps(each["Resource"])
        if "PEOPLE" not in json.dumps(each)
    ]
    limits = {each["Action"][0]: each["Condition"]["ForAllValues:StringLike"] for each in writing}
    assert limits == {
        "dynamodb:PutItem": {"dynamodb:LeadingKeys": ["POLICY#*"]},
        "dynamodb:UpdateItem": {
            "dynamodb:LeadingKeys": ["CAMPAIGN#*"],
            "dynamodb:Attributes": ["pk", "sk", "policy", "counted", "version"],
        },
    }
