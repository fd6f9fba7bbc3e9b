"""Signatures as Standard Webhooks 1.0.0 has them; its own package verifies them, too."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.webhook_signatures import headers, secret_bytes, secret_text, signature

AT = datetime(2021, 2, 25, 7, 24, 37, tzinfo=UTC)


def test_the_example_of_the_standard_is_signed_as_it_says() -> None:
    """The example of the specification; its secret has 24 bytes, which the standard allows."""
    from base64 import b64decode

    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(min_size=32, max_size=32))
def test_a_secret_is_read_as_it_is_shown(secret: bytes) -> None:
    assert secret_bytes(secret_text(secret)) == secret
    assert secret_text(secret).startswith("whsec_")


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_AAAA", "AAAA", "whsec_*", "whsec_" + "A" * 43]
)
def test_what_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a webhook's secret"):
        secret_bytes(text)


def test_each_secret_signs_and_the_signatures_stand_side_by_side() -> None:
    one, other = bytes(32), bytes(range(32))
    told = headers((one, other), "msg_1", AT, b"{}")
    assert told["webhook-id"] == "msg_1"
    assert told["webhook-timestamp"] == str(int(AT.timestamp()))
    assert told["webhook-signature"].split(" ") == [
        signature(one, "msg_1", AT, b"{}"),
        signature(other, "msg_1", AT, b"{}"),
    ]
