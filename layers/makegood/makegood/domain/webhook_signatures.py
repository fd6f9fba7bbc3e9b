"""Signatures of webhooks: Standard Webhooks 1.0.0.

A secret is `whsec_` and the base64 of its bytes. What is signed is the id, the Unix time of the try
and the body, with dots between them; the header has a signature for each secret, with blanks
between them, so that a receiver that knows one of them can verify.
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

PREFIX = "whsec_"
SECRET_BYTES = 32
VERSION = "v1"


def secret_text(secret: bytes) -> str:
    """A secret as its owner is shown it."""
    return PREFIX + b64encode(secret).decode()


def secret_bytes(text: str) -> bytes:
    """The bytes of a secret; raises `ValueError` if it is none."""
    try:
        found = b64decode(text.removeprefix(PREFIX), validate=True)
    except Error:
        found = b""
    if not text.startswith(PREFIX) or len(found) != SECRET_BYTES:
        raise ValueError("not a webhook's secret")
    return found


def signature(secret: bytes, message_id: str, at: datetime, body: bytes) -> str:
    """Like `v1,K5oZ…`."""
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return f"{VERSION},{b64encode(hmac.digest(secret, signed, sha256)).decode()}"


def headers(secrets: Iterable[bytes], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a try; the id is the same over all tries."""
    signatures = (signature(each, message_id, at, body) for each in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
