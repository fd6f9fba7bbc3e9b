"""E-mails by Amazon SES, from one address of an identity that is verified."""

from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from makegood.aws import clients
from makegood.domain.problems import Unavailable

READ_SECONDS = 10
REFUSED = "BadRequestException"
"""What SES answers of a mail that it takes at no try, as to an address that is none. An identity
that is not verified is `MessageRejected`, and somebody mends that."""


class Mailbox:
    """The sender of this installation's mails. Its client is made at first use."""

    def __init__(self, sender: str) -> None:
        self.sender = sender

    @cached_property
    def client(self) -> Any:
        return clients.client("sesv2", READ_SECONDS)

    def send(self, to: str, subject: str, text: str) -> bool:
        """Sends a mail of plain text; False if SES refused it for good. Raises `Unavailable`, with
        SES's own code alone, where it may take it later: what it says besides has the address.
        """
        said = {"Subject": _content(subject), "Body": {"Text": _content(text)}}
        try:
            self.client.send_email(
                FromEmailAddress=self.sender,
                Destination={"ToAddresses": [to]},
                Content={"Simple": said},
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == REFUSED:
                return False
            raise Unavailable(f"SES answered {code}") from None
        except BotoCoreError as error:
            raise Unavailable(f"SES was not reached: {type(error).__name__}") from None
        return True


def _content(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
