"""The user pool: people who may sign in, each with an e-mail address, and a `sub` for good."""

from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from makegood.aws import clients
from makegood.domain.problems import Unavailable

READ_SECONDS = 10
EXISTS = "UsernameExistsException"
BUSY = frozenset({"TooManyRequestsException", "InternalErrorException"})


class UserPool:
    """One pool. Its client is made at first use: few starts of a function need it."""

    def __init__(self, pool_id: str) -> None:
        self.pool_id = pool_id

    @cached_property
    def client(self) -> Any:
        return clients.client("cognito-idp", READ_SECONDS)

    def invite(self, email: str, name: str) -> str:
        """The `sub` of the person with that address; whom the pool does not know, it invites by
        e-mail, with a password for the first time.
        """
        attributes = {"email": email, "email_verified": "true", "name": name}
        try:
            answer = self.call(
                "admin_create_user",
                Username=email,
                UserAttributes=[{"Name": each, "Value": text} for each, text in attributes.items()],
                DesiredDeliveryMediums=["EMAIL"],
            )
        except ClientError as error:
            if _code(error) != EXISTS:
                raise
            answer = {"User": self.call("admin_get_user", Username=email)}
            return _sub(answer["User"]["UserAttributes"])
        return _sub(answer["User"]["Attributes"])

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            return getattr(self.client, operation)(UserPoolId=self.pool_id, **parameters)
        except ClientError as error:
            if _code(error) in BUSY:
                raise Unavailable from error
            raise
        except BotoCoreError as error:
            raise Unavailable from error


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _sub(attributes: list[dict[str, str]]) -> str:
    return next(each["Value"] for each in attributes if each["Name"] == "sub")
