"""Adds what the emulator leaves out or misreads when it deploys (see `QUIRKS.md`).

SAM writes an API as one document. The emulator reads paths and authorizers from it, but ignores the
method ANY and the gateway's own answers. Both are taken from the deployed template, so nothing is
stated twice. Where a right covers a second call on AWS, that call is added to the deployed
policies.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

ANY = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
RESPONSES = "x-amazon-apigateway-gateway-responses"
API = "Api"
ALSO = {
    "sqs:SendMessage": "sqs:SendMessageBatch",
    "s3:DeleteObjectVersion": "s3:DeleteObject",
}
"""Calls that need no right of their own on AWS, by the call whose right covers them."""

UNKNOWN = ("kms:EncryptionContext:", "ses:FromAddress")
"""What begins the names of conditions that never hold there."""

UNNAMED = "ses:SendEmail"
"""A call whose resource the emulator does not see: only a right on all of them is given."""

BUCKETS = ("UploadsOrigin", "ResultsOrigin", "EvidenceOrigin")
"""Stage variables that say where buckets are: on this machine, at the emulator's own origin."""

MakeClient = Callable[[str], Any]


def complete_api(client: MakeClient, stack_name: str, stage: str) -> None:
    """Adds what is missing to the deployed API, and redeploys its stage."""
    formation, gateway = client("cloudformation"), client("apigateway")
    listed = formation.describe_stack_resources(StackName=stack_name)["StackResources"]
    physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed}
    body = formation.get_template(StackName=stack_name, TemplateStage="Processed")["TemplateBody"]
    template = json.loads(body) if isinstance(body, str) else body
    document = template["Resources"][API]["Properties"]["Body"]
    api_id = physical[API]
    _add_methods(gateway, api_id, document, physical)
    (stack,) = formation.describe_stacks(StackName=stack_name)["Stacks"]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    for kind, response in document[RESPONSES].items():
        headers = _resolved(response["responseParameters"], given, template["Conditions"])
        gateway.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            statusCode=response["statusCode"],
            responseParameters={name: text for name, text in headers.items() if text is not None},
            responseTemplates=response["responseTemplates"],
        )
    gateway.create_deployment(restApiId=api_id, stageName=stage)


class SignIn(NamedTuple):
    """The pool of people, and the console as the pool's client."""

    pool_id: str
    client_id: str


def console_urls(endpoint: str, api_id: str, stage: str) -> tuple[str, str]:
    """Where the console is: at an address like AWS's, which browsers resolve, and at the API's.

    At the first one it is of another origin than the pool and the buckets, as on AWS.
    """
    port = endpoint.rpartition(":")[2]
    return (
        f"http://{api_id}.execute-api.localhost:{port}/{stage}/console/",
        f"{endpoint}/restapis/{api_id}/{stage}/_user_request_/console/",
    )


def complete_sign_in(
    client: MakeClient, endpoint: str, api: tuple[str, str], sign_in: SignIn
) -> None:
    """Tells the pool where the console is, and the console where the pool is: on this machine both
    are known once the API is there. So are the buckets. An API is its id and its stage.
    """
    api_id, stage = api
    urls = console_urls(endpoint, *api)
    client("cognito-idp").update_user_pool_client(
        UserPoolId=sign_in.pool_id,
        ClientId=sign_in.client_id,
        CallbackURLs=[*urls],
        LogoutURLs=[*urls],
    )
    told = {
        "SignInDomain": endpoint,
        "SignInCallback": urls[0],
        **dict.fromkeys(BUCKETS, endpoint),
    }
    client("apigateway").update_stage(
        restApiId=api_id,
        stageName=stage,
        patchOperations=[
            {"op": "replace", "path": f"/variables/{name}", "value": value}
            for name, value in told.items()
        ],
    )


def complete_policies(client: MakeClient) -> None:
    """Adds to each policy the calls that its rights cover on AWS, and takes out conditions and
    resources that the emulator does not know.
    """
    iam = client("iam")
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        place = {"PolicyArn": policy["Arn"]}
        kept = iam.get_policy_version(**place, VersionId=policy["DefaultVersionId"])
        document = kept["PolicyVersion"]["Document"]
        added = [
            (statement["Action"], more)
            for statement in document["Statement"]
            for call, more in ALSO.items()
            if call in statement["Action"] and more not in statement["Action"]
        ]
        for actions, more in added:
            actions.append(more)
        known = [_known(each) for each in document["Statement"]]
        if added or known != document["Statement"]:
            document["Statement"] = known
            written = json.dumps(document)
            iam.create_policy_version(**place, PolicyDocument=written, SetAsDefault=True)


def _known(statement: dict[str, Any]) -> dict[str, Any]:
    """A statement without what the emulator does not know."""
    known = dict(statement)
    if any(name in str(known.get("Condition")) for name in UNKNOWN):
        del known["Condition"]
    if UNNAMED in known["Action"]:
        known["Resource"] = "*"
    return known


def drop_older_policies(client: MakeClient) -> None:
    """Deletes the versions of policies that are not in force. A policy has five versions at most,
    and each deployment and each call of `complete_policies` makes another.
    """
    iam = client("iam")
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        for each in iam.list_policy_versions(PolicyArn=policy["Arn"])["Versions"]:
            if not each["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=policy["Arn"], VersionId=each["VersionId"])


def _add_methods(
    gateway: Any, api_id: str, document: dict[str, Any], physical: dict[str, str]
) -> None:
    resources = gateway.get_resources(restApiId=api_id, limit=500)["items"]
    authorizers = gateway.get_authorizers(restApiId=api_id)["items"]
    authorizer_ids = {each["name"]: each["id"] for each in authorizers}
    for resource in resources:
        methods = document["paths"].get(resource["path"], {})
        if ANY not in methods or "ANY" in resource.get("resourceMethods", {}):
            continue
        (scheme,) = [name for each in methods[ANY]["security"] for name in each]
        place = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": "ANY"}
        gateway.put_method(**place, authorizationType="CUSTOM", authorizerId=authorizer_ids[scheme])
        gateway.put_integration(
            **place,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=_filled_in(
                methods[ANY][INTEGRATION]["uri"]["Fn::Sub"],
                {**physical, "AWS::Region": gateway.meta.region_name},
            ),
        )


def _resolved(written: Any, given: dict[str, str], conditions: dict[str, Any]) -> Any:
    """What stands in a template, with its functions applied to the parameters given; None where it
    stands for no value.
    """
    if isinstance(written, list):
        return [_resolved(each, given, conditions) for each in written]
    if not isinstance(written, dict):
        return written
    ((name, inside), *more) = written.items()
    if more or not name.startswith(("Fn::", "Ref")):
        return {key: _resolved(each, given, conditions) for key, each in written.items()}
    if name == "Ref":
        return given.get(inside)
    if name == "Fn::If":
        condition, yes, no = inside
        holds = _resolved(conditions[condition], given, conditions)
        return _resolved(yes if holds else no, given, conditions)
    values = _resolved(inside, given, conditions)
    match name:
        case "Fn::Not":
            return not values[0]
        case "Fn::Equals":
            return values[0] == values[1]
        case "Fn::Split":
            return values[1].split(values[0])
        case "Fn::Select":
            return values[1][int(values[0])]
        case "Fn::Sub":
            return _filled_in(*values)
    raise ValueError(name)


def _filled_in(written: str, values: dict[str, str]) -> str:
    """The text with `Fn::Sub` applied."""
    return re.sub(r"\$\{([^}]+)\}", lambda found: values[found.group(1)], written)
