"""Sends an operator's commands to the functions of a stack, and reads its records.

On AWS a command is a signed request to its function's URL. A stack on one machine has no such URLs:
its emulator keeps them and serves none. There the function is invoked with the event that its URL
would make, in the name of the profile's `caller`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import botocore.session
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected
from makegood_cli import names
from makegood_cli.client import Refused, Unreachable
from makegood_cli.problems import CREDENTIALS, USAGE, Stop
from makegood_cli.profiles import Profile

SECONDS = 900
"""What a command may take, as a function may run."""

LOCAL_REGION = "us-east-1"
OUTPUTS = {
    "SetupUrl": "setup_url",
    "AccessUrl": "access_url",
    "TreasuryUrl": "treasury_url",
    "ConfirmUrl": "confirm_url",
    "RecordsName": "records",
}
"""What a stack's outputs are called in a profile."""

Answer = dict[str, Any]


@dataclass
class Operator:
    """An operator's view of one stack."""

    profile: Profile

    def run(self, command: str, arguments: Mapping[str, Any]) -> Answer:
        """What a command answers.

        Raises `Refused`; `Unreachable` where no answer came, and then nobody knows whether it ran.
        """
        function = names.commands()[command]["function"]
        asked = {"command": command, **arguments}
        local = bool(self.profile.endpoint)
        body = self._invoked(function, asked) if local else self._signed(function, asked)
        if body.get("Status") == "ERROR":
            raise Refused(int(body.get("status", 400)), body)
        return body

    def records(self, days: Iterable[date]) -> Iterator[Answer]:
        """The records of commands on these days, the oldest first."""
        storage = self._client("s3")
        bucket = self.profile.records
        if not bucket:
            raise Stop(f"Profile {self.profile.name} names no bucket of records", CREDENTIALS)
        try:
            for day in days:
                pages = storage.get_paginator("list_objects_v2").paginate(
                    Bucket=bucket, Prefix=f"{day:%Y/%m/%d}/"
                )
                for page in pages:
                    for each in page.get("Contents", ()):
                        found = storage.get_object(Bucket=bucket, Key=each["Key"])
                        yield {"key": each["Key"], **json.loads(found["Body"].read())}
        except (BotoCoreError, ClientError) as error:
            raise self._problem(error, bucket) from error

    def _signed(self, function: str, asked: Mapping[str, Any]) -> Answer:
        url = getattr(self.profile, f"{function}_url")
        if not url:
            raise Stop(
                f"Profile {self.profile.name} has no URL of {function}; "
                "`makegood configure --role operator` reads it from the stack",
                CREDENTIALS,
            )
        request = AWSRequest(
            "POST", url, data=json.dumps(asked), headers={"Content-Type": "application/json"}
        )
        try:
            credentials = self.session.get_credentials()
        except BotoCoreError as error:
            raise Stop(f"AWS credentials cannot be had: {error}", CREDENTIALS) from error
        if credentials is None:
            raise Stop("There are no AWS credentials; sign in with the AWS CLI", CREDENTIALS)
        SigV4Auth(credentials, "lambda", self.profile.region).add_auth(request)
        try:
            answer = urllib3.PoolManager().request(
                "POST",
                url,
                body=request.body,
                headers=dict(request.headers.items()),
                timeout=SECONDS,
                retries=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(url, error) from error
        try:
            body = json.loads(answer.data)
        except ValueError:
            body = {}
        if answer.status != 200 and "Status" not in body:
            told = body.get("Message") or body.get("message") or "Refused"
            raise Refused(answer.status, {"Message": told})
        return body

    def _invoked(self, function: str, asked: Mapping[str, Any]) -> Answer:
        try:
            answer = self._client("lambda").invoke(
                FunctionName=f"makegood-{self.profile.environment}-{function}",
                Payload=json.dumps(event(asked, self.profile.caller)).encode(),
            )
            reply = json.loads(answer["Payload"].read())
        except (BotoCoreError, ClientError) as error:
            raise self._problem(error, self.profile.endpoint) from error
        if "FunctionError" in answer:
            raise Refused(500, {"Message": json.dumps(reply)})
        return json.loads(reply["body"])

    def _problem(self, error: Exception, what: str) -> Exception:
        if isinstance(error, HTTPClientError | NotConnected):
            return Unreachable(self.profile.endpoint or what, error)
        return Stop(f"{what}: {error}", CREDENTIALS)

    @cached_property
    def session(self) -> Any:
        return botocore.session.Session(profile=self.profile.aws_profile or None)

    def _client(self, service: str) -> Any:
        config = Config(read_timeout=SECONDS, retries={"total_max_attempts": 1})
        local = {
            "endpoint_url": self.profile.endpoint,
            "aws_access_key_id": self.profile.aws_access_key_id,
            "aws_secret_access_key": self.profile.aws_secret_access_key,
        }
        region = self.profile.region or LOCAL_REGION
        more = local if self.profile.endpoint else {}
        return self.session.create_client(service, region_name=region, config=config, **more)


def event(command: Mapping[str, Any], caller: str) -> Answer:
    """What the URL of a function hands to it: the payload format 2.0, as far as it is relied on."""
    return {
        "version": "2.0",
        "rawPath": "/",
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "accountId": "000000000000",
            "authorizer": {"iam": {"userArn": caller, "userId": caller.rpartition("/")[2]}},
            "http": {"method": "POST", "path": "/", "sourceIp": "127.0.0.1"},
        },
        "body": json.dumps(command),
        "isBase64Encoded": False,
    }


def outputs_of(stack: str, profile: Profile) -> Profile:
    """The profile, with what a stack's outputs name; raises `Stop` where they cannot be read."""
    try:
        formation = Operator(profile)._client("cloudformation")
        (described,) = formation.describe_stacks(StackName=stack)["Stacks"]
    except (HTTPClientError, NotConnected) as error:
        raise Unreachable(f"CloudFormation in {profile.region}", error) from error
    except (BotoCoreError, ClientError) as error:
        raise Stop(
            f"The stack {stack} cannot be read in {profile.region}: {error}. Sign in with the AWS "
            "CLI; --aws-profile and --region name another account and region",
            CREDENTIALS,
        ) from error
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())}
    missing = [name for name in OUTPUTS if name not in outputs]
    if missing:
        raise Stop(f"The stack {stack} has no output {', '.join(missing)}", USAGE)
    return replace(
        profile,
        api=outputs.get("ApiUrl", ""),
        **{name: outputs[output] for output, name in OUTPUTS.items()},
    )
