"""KMS keys: small secrets are kept encrypted by one, each with what it belongs to; keys of their
own are derived from another, which makes MACs.

Our session reads answers as JSON has them (`patches.dynamodb_client`), so bytes come as base64.
"""

from base64 import b64decode
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from makegood.aws import clients

READ_SECONDS = 5


class Key:
    """The key's client is made at first use: few starts of a function need it."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id

    @cached_property
    def client(self) -> Any:
        return clients.client("kms", READ_SECONDS)

    def encrypt(self, secret: bytes, context: Mapping[str, str]) -> str:
        """The secret as text that only this key reads, and only with the same context."""
        answer = self.client.encrypt(
            KeyId=self.key_id, Plaintext=secret, EncryptionContext=dict(context)
        )
        return answer["CiphertextBlob"]

    def decrypt(self, text: str, context: Mapping[str, str]) -> bytes:
        answer = self.client.decrypt(
            KeyId=self.key_id, CiphertextBlob=b64decode(text), EncryptionContext=dict(context)
        )
        return b64decode(answer["Plaintext"])


@cache
def derived(key_id: str, purpose: str) -> bytes:
    """A key of 256 bits for one purpose: what the KMS key, which makes MACs, makes of its name."""
    answer = clients.client("kms", READ_SECONDS).generate_mac(
        KeyId=key_id, Message=purpose.encode(), MacAlgorithm="HMAC_SHA_256"
    )
    return b64decode(answer["Mac"])
