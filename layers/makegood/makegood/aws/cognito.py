"""The user pool: people who may sign in, each with an e-mail address, and a `sub` for good."""

from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from makegood.aws import clients
from makegood.domain.problems import Malformed, Unavailable

READ_SECONDS = 10
EXISTS = "UsernameExistsException"
BUSY = frozenset({"TooManyRequestsException", "InternalErrorException"})
NOT_SENT = frozenset({"LimitExceededException", "CodeDeliveryFailureException"})
"""No e-mail goes out: the pool has sent its most of a day, or the mail service took none."""

NOT_TAKEN = "InvalidParameterException"
SIGNED_IN_MEANWHILE = "UnsupportedUserStateException"
INVITED = "FORCE_CHANGE_PASSWORD"
"""The state of a user who has not yet signed in with the password that they were sent."""


class UserPool:
    """One pool. Its client is made at first use: few starts of a function need it."""

    def __init__(self, pool_id: str) -> None:
        self.pool_id = pool_id

    @cached_property
    def client(self) -> Any:
        return clients.client("cognito-idp", READ_SECONDS)

    def invite(self, email: str, name: str, again: bool) -> str:
        """The `sub` of the person with that address; whom the pool does not know, it invites by
        e-mail, with a password for the first time. Such a password expires, so with `again` whoever
        has not used theirs gets another one.

        Raises `Malformed` for an address that the pool does not take.
        """
        attributes = {"email": email, "email_verified": "true", "name": name}
        named = [{"Name": each, "Value": text} for each, text in attributes.items()]
        try:
            answer = self._create(Username=email, UserAttributes=named)
        except ClientError as error:
            if _code(error) == NOT_TAKEN:
                raise Malformed(
                    "bad_email",
                    "An e-mail address that can be invited: the user pool does not take this one",
                ) from error
            if _code(error) != EXISTS:
                raise
            return self._known(email, again)
        return _sub(answer["User"]["Attributes"])

    def _known(self, email: str, again: bool) -> str:
        """The `sub` of somebody whom the pool knows."""
        found = self.call("admin_get_user", Username=email)
        if again and found["UserStatus"] == INVITED:
            try:
                self._create(Username=email, MessageAction="RESEND")
            except ClientError as error:
                if _code(error) != SIGNED_IN_MEANWHILE:
                    raise
        return _sub(found["UserAttributes"])

    def _create(self, **parameters: Any) -> dict[str, Any]:
        return self.call("admin_create_user", DesiredDeliveryMediums=["EMAIL"], **parameters)

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            return getattr(self.client, operation)(UserPoolId=self.pool_id, **parameters)
        except ClientError as error:
            if _code(error) in BUSY:
                raise Unavailable from error
            if _code(error) in NOT_SENT:
                raise Unavailable(
                    "The invitation's e-mail cannot be sent just now; try again later"
                ) from error
            raise
        except BotoCoreError as error:
            raise Unavailable from error


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _sub(attributes: list[dict[str, str]]) -> str:
    return next(each["Value"] for each in attributes if each["Name"] == "sub")
