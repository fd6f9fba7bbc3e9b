"""What each function's role may do is what it can do, and what another's may it cannot.

The rights are read from the templates of policies, with the deployed stack's names put in. Every
call that any function may make is made with every role, and so are a few that none may make. Calls
are built to come to nothing even where they are let through: they are authorized first, and then
ask for what is not there.

What the emulator cannot show is left out: rights to streams, whose names it does not see in the
call, and conditions on keys (see `infra/local/QUIRKS.md`).
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.emulator import REGION
from infra.local.gaps import ALSO
from infra.local.stack import STACK_NAME, Stack
from tests.infra.sources import functions, statements, template

REFUSED = {"AccessDenied", "AccessDeniedException"}
GRANTED = {
    "ConditionalCheckFailedException",
    "InvalidCiphertextException",
    "InvalidPasswordException",
    "InvalidMessageContents",
    "InvalidParameterException",
    "InvalidParameterValue",
    "NoSuchKey",
    "NoSuchVersion",
    "ReceiptHandleIsInvalid",
    "TransactionCanceledException",
    "UserNotFoundException",
}
"""What a call ends with that was let through, and asked for what is not there."""

WHOLE_TABLE = {"dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem"} | {
    f"dynamodb:{verb}Item" for verb in ("Delete", "Get", "Put", "Update")
}
"""Calls that name no index, though a right to them may stand beside one."""

NOBODY = {
    "dynamodb:DeleteItem": ("DirectoryArn", "InquiriesArn", "ActionsArn", "LedgerArn", "FilesArn"),
    "sqs:SendMessage": ("ChunksDeadArn",),
    "s3:DeleteObject": ("InboxArn/partners/x", "ResultsArn/partners/x"),
    "lambda:InvokeFunction": ("OperatorArn",),
    "iam:ListRoles": ("*",),
}
"""Calls that no function may make, not even the operator."""

FORBIDDEN = {
    "authorizer": [("dynamodb:PutItem", "DirectoryArn"), ("dynamodb:BatchGetItem", "LedgerArn")],
    "partners": [
        ("dynamodb:PutItem", "LedgerArn"),
        ("dynamodb:UpdateItem", "ActionsArn"),
        ("s3:PutObject", "InboxArn/advertisers/x"),
        ("s3:GetObject", "ResultsArn/advertisers/x"),
        ("s3:GetObject", "InboxArn/partners/x"),
        ("s3:PutObject", "EvidenceArn/advertisers/x"),
        ("s3:DeleteObjectVersion", "EvidenceArn/partners/x"),
    ],
    "advertisers": [
        ("dynamodb:PutItem", "EventsArn"),
        ("s3:PutObject", "InboxArn/partners/x"),
        ("s3:GetObject", "ResultsArn/partners/x"),
        ("s3:PutObject", "EvidenceArn/partners/x"),
        ("s3:DeleteObjectVersion", "EvidenceArn/partners/x"),
    ],
    "evidence": [
        ("s3:PutObject", "EvidenceArn/partners/x"),
        ("s3:GetObject", "InboxArn/partners/x"),
        ("dynamodb:PutItem", "InquiriesArn"),
        ("dynamodb:UpdateItem", "DirectoryArn"),
    ],
    "sessions": [
        ("dynamodb:UpdateItem", "DirectoryArn"),
        ("dynamodb:BatchGetItem", "RequestsArn"),
        ("cognito-idp:AdminCreateUser", "PoolArn"),
    ],
    "docs": [("dynamodb:BatchGetItem", "DirectoryArn"), ("s3:GetObject", "ResultsArn/partners/x")],
    "ingest": [
        ("sqs:SendMessage", "SweepsArn"),
        ("dynamodb:PutItem", "DirectoryArn"),
        ("s3:PutObject", "InboxArn/partners/x"),
    ],
    "sweep": [("s3:GetObject", "InboxArn/partners/x"), ("sqs:SendMessage", "ChunksArn")],
    "books": [("dynamodb:UpdateItem", "LedgerArn"), ("dynamodb:PutItem", "ActionsArn")],
    "events": [("dynamodb:PutItem", "ActionsArn"), ("dynamodb:PutItem", "LedgerArn")],
    "setup": [("dynamodb:PutItem", "LedgerArn"), ("s3:GetObject", "RecordsArn/x")],
    "access": [("dynamodb:PutItem", "LedgerArn"), ("s3:GetObject", "RecordsArn/x")],
    "confirm": [
        ("dynamodb:PutItem", "ActionsArn"),
        ("dynamodb:Scan", "LedgerArn"),
        ("s3:GetObject", "RecordsArn/x"),
    ],
    "webhooks": [
        ("dynamodb:PutItem", "WebhooksArn"),
        ("dynamodb:Query", "EventsArn"),
        ("dynamodb:BatchGetItem", "DirectoryArn"),
        ("kms:Encrypt", "SecretsArn"),
        ("sqs:SendMessage", "ChunksArn"),
    ],
    "treasury": [
        ("s3:GetObject", "InboxArn/partners/x"),
        ("dynamodb:PutItem", "EventsArn"),
        ("s3:GetObject", "RecordsArn/x"),
    ],
}
"""What must stay refused whatever `access.yaml` is changed to: a deed, and whose it is not."""


class Call(NamedTuple):
    """Something that a role may ask for, and of what: the name of a resource."""

    action: str
    resource: str


class Deployed(NamedTuple):
    """The stack as its roles see it."""

    stack: Stack
    physical: Mapping[str, str]
    names: Mapping[str, str]
    """The resources that rights are about, by the parameters that rights name them with."""

    def arn(self, written: str) -> str:
        """What `Ref`, or `Sub` without its braces, makes of it."""
        name, slash, rest = written.partition("/")
        return self.names.get(name, name) + slash + rest


def written(resource: Any) -> list[str]:
    """A statement's resources, each as `NameArn` or `NameArn/rest`."""
    if isinstance(resource, list):
        return [each for one in resource for each in written(one)]
    (text,) = resource.values()
    return [text.replace("${", "").replace("}", "")]


def rights(folder: str) -> list[Call]:
    """What a function's policy says, and that what it failed at may be set aside."""
    found = [
        Call(action, resource)
        for statement in statements(folder)
        for action in statement["Action"]
        for resource in written(statement["Resource"])
        if not resource.endswith("StreamArn")
    ]
    if "EventInvokeConfig" in functions()[folder]:
        found.append(Call("sqs:SendMessage", "EventsDeadArn"))
    return found


ALWAYS = {
    each["Properties"]["CodeUri"].removeprefix("functions/")
    for each in template()["Resources"].values()
    if each["Type"] == "AWS::Serverless::Function" and "Condition" not in each
}
"""The functions that every stack has; the others are not in this one."""

RIGHTS = {folder: rights(folder) for folder in sorted(ALWAYS)}


def asked() -> list[Call]:
    """One call for each right of any function, and those that nobody may make."""
    granted = {
        Call(action, resource.replace("*", "x"))
        for calls in RIGHTS.values()
        for action, resource in calls
        if action not in WHOLE_TABLE or "/index/" not in resource
    }
    refused = {Call(action, each) for action, names in NOBODY.items() for each in names}
    forbidden = {Call(*each) for calls in FORBIDDEN.values() for each in calls}
    return sorted(granted | refused | forbidden)


def may(folder: str, call: Call) -> bool:
    """Whether it may here, where some rights take another with them (`gaps.ALSO`)."""
    return any(
        call.action in (action, ALSO.get(action)) and fnmatchcase(call.resource, resource)
        for action, resource in RIGHTS[folder]
    )


@pytest.fixture(scope="module")
def deployed(stack: Stack) -> Deployed:
    formation = stack.client("cloudformation")
    listed = formation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed}
    names = {
        each["ParameterKey"]: each["ParameterValue"]
        for nested in ("Access", "Erasure")
        for described in formation.describe_stacks(StackName=physical[nested])["Stacks"]
        for each in described["Parameters"]
    }
    return Deployed(stack, physical, {**names, "OperatorArn": stack.function("treasury")})


NAMED_APART = {"access": "AccessFunction", "webhooks": "WebhooksFunction"}
"""Functions whose names a nested stack has, too."""


class Role:
    """A function's execution role, with credentials of its own."""

    def __init__(self, folder: str, deployed: Deployed) -> None:
        self.folder, self.deployed = folder, deployed
        logical_id = NAMED_APART.get(folder, folder.title())
        function = deployed.physical[logical_id]
        found = deployed.stack.client("lambda").get_function_configuration(FunctionName=function)
        assumed = deployed.stack.client("sts").assume_role(
            RoleArn=found["Role"], RoleSessionName=folder
        )["Credentials"]
        self.session = boto3.Session(
            assumed["AccessKeyId"],
            assumed["SecretAccessKey"],
            assumed["SessionToken"],
            region_name=REGION,
        )
        self.clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self.clients:
            endpoint = self.deployed.stack.endpoint
            self.clients[service] = self.session.client(service, endpoint_url=endpoint)
        return self.clients[service]

    def can(self, call: Call) -> bool:
        """Whether it is let through; what it asks for must be what is not there."""
        service = call.action.partition(":")[0]
        arn = self.deployed.arn(call.resource)
        try:
            ATTEMPTS[call.action](self.client(service), arn.rpartition(":")[2])
        except ClientError as error:
            code = error.response["Error"]["Code"]
            assert code in REFUSED | GRANTED, (self.folder, call, code)
            return code in GRANTED
        return True


KEY = {"pk": {"S": "nothing"}, "sk": {"S": "nothing"}}
IF_THERE = {"ConditionExpression": "attribute_exists(pk)"}


def table(name: str) -> dict[str, Any]:
    """The table, and the index when the name is of one."""
    whole, _, index = name.removeprefix("table/").partition("/index/")
    return {"TableName": whole, **({"IndexName": index} if index else {})}


def batch_get(client: Any, name: str) -> None:
    client.batch_get_item(RequestItems={table(name)["TableName"]: {"Keys": [KEY]}})


def query(client: Any, name: str) -> None:
    """An index that the last step has removed is missed only by who may ask for it."""
    target = table(name)
    owner = target.get("IndexName", "").removeprefix("by_").partition("_")[0]
    try:
        client.query(
            **target,
            KeyConditionExpression="#key = :key",
            ExpressionAttributeNames={"#key": f"{owner}_key" if owner else "pk"},
            ExpressionAttributeValues={":key": {"S": "nothing"}},
        )
    except ClientError as error:
        if "does not have the specified index" not in error.response["Error"]["Message"]:
            raise


def check(client: Any, name: str) -> None:
    item = {"ConditionCheck": {**table(name), "Key": KEY, **IF_THERE}}
    client.transact_write_items(TransactItems=[item])


def stored(name: str) -> dict[str, str]:
    bucket, _, key = name.partition("/")
    return {"Bucket": bucket, "Key": key}


def queue(client: Any, name: str) -> dict[str, str]:
    return {"QueueUrl": f"{client.meta.endpoint_url}/000000000000/{name}"}


NO_HANDLE = {"ReceiptHandle": "none"}
ATTEMPTS: dict[str, Callable[[Any, str], object]] = {
    "dynamodb:BatchGetItem": batch_get,
    "dynamodb:Query": query,
    "dynamodb:Scan": lambda client, name: client.scan(**table(name), Limit=1),
    "dynamodb:DescribeTable": lambda client, name: client.describe_table(**table(name)),
    "dynamodb:PutItem": lambda client, name: client.put_item(**table(name), Item=KEY, **IF_THERE),
    "dynamodb:UpdateItem": lambda client, name: client.update_item(
        **table(name), Key=KEY, **IF_THERE
    ),
    "dynamodb:DeleteItem": lambda client, name: client.delete_item(
        **table(name), Key=KEY, **IF_THERE
    ),
    "dynamodb:ConditionCheckItem": check,
    "s3:PutObject": lambda client, name: client.put_object(**stored(name), IfMatch='"none"'),
    "s3:GetObject": lambda client, name: client.get_object(**stored(name)),
    "s3:GetObjectVersion": lambda client, name: client.get_object(**stored(name), VersionId="none"),
    "s3:DeleteObject": lambda client, name: client.delete_object(**stored(name)),
    "s3:DeleteObjectVersion": lambda client, name: client.delete_object(
        **stored(name), VersionId="none"
    ),
    "s3:GetObjectVersionTagging": lambda client, name: client.get_object_tagging(
        **stored(name), VersionId="none"
    ),
    "s3:ListBucket": lambda client, name: client.list_objects_v2(Bucket=name, MaxKeys=1),
    "s3:ListBucketVersions": lambda client, name: client.list_object_versions(
        Bucket=name, MaxKeys=1
    ),
    "sqs:SendMessage": lambda client, name: client.send_message(
        **queue(client, name), MessageBody="\x01"
    ),
    "sqs:ReceiveMessage": lambda client, name: client.receive_message(
        **queue(client, name), MaxNumberOfMessages=11
    ),
    "sqs:DeleteMessage": lambda client, name: client.delete_message(
        **queue(client, name), **NO_HANDLE
    ),
    "sqs:ChangeMessageVisibility": lambda client, name: client.change_message_visibility(
        **queue(client, name), **NO_HANDLE, VisibilityTimeout=0
    ),
    "sqs:GetQueueAttributes": lambda client, name: client.get_queue_attributes(
        **queue(client, name), AttributeNames=["QueueArn"]
    ),
    "lambda:InvokeFunction": lambda client, name: client.invoke(
        FunctionName=name, InvocationType="DryRun"
    ),
    "kms:Encrypt": lambda client, name: client.encrypt(
        KeyId=name.removeprefix("key/"), Plaintext=b"nothing"
    ),
    "kms:Decrypt": lambda client, name: client.decrypt(
        KeyId=name.removeprefix("key/"), CiphertextBlob=b"nothing"
    ),
    "cognito-idp:AdminCreateUser": lambda client, name: client.admin_create_user(
        UserPoolId=name.removeprefix("userpool/"), Username="nobody", TemporaryPassword="short!"
    ),
    "cognito-idp:AdminGetUser": lambda client, name: client.admin_get_user(
        UserPoolId=name.removeprefix("userpool/"), Username="nobody"
    ),
    "kms:GenerateMac": lambda client, name: client.generate_mac(
        KeyId=name.removeprefix("key/"), Message=b"nothing", MacAlgorithm="HMAC_SHA_256"
    ),
    "iam:ListRoles": lambda client, _: client.list_roles(MaxItems=1),
}


@pytest.fixture(params=RIGHTS)
def role(request: pytest.FixtureRequest, deployed: Deployed) -> Role:
    return Role(request.param, deployed)


def test_a_role_can_do_what_its_function_may_and_nothing_that_another_may(role: Role) -> None:
    calls = asked()
    wanted = {call for call in calls if may(role.folder, call)}
    assert {call for call in calls if role.can(call)} == wanted
    assert len(wanted) < len(calls)


def test_no_role_does_what_is_kept_from_it_on_purpose(role: Role) -> None:
    assert [each for each in FORBIDDEN[role.folder] if role.can(Call(*each))] == []
