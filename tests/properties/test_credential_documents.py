"""Credentials that a later version has stored open their account, and keep what is unknown."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.access import REVOKED_KEPT_MAX, VALID_MAX, Account, Rights
from makegood.domain.parties import COLLECTIONS, Role
from makegood.domain.rate_limit import Allowance
from makegood.store.access import account_document, account_key, account_of
from makegood.store.directory import ITEM_BYTES_MAX, DirectoryRow, rewritten
from makegood.store.items import bytes_of

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
READER = Rights(("Actions",), read_only=True)
BEGUN = Account(Role.PARTNER, "10001").with_token("one", NOW, READER).with_token("two", NOW)
KEY = account_key(BEGUN.account_sid)

UNKNOWN = st.dictionaries(
    st.sampled_from(["a_later_field", "later", "carried", "expires_at"]),
    st.none() | st.booleans() | st.integers() | st.text() | st.just({"deep": [1, {"er": "2"}]}),
    max_size=3,
)


def stored(account: Account) -> Any:
    return json.loads(json.dumps(account_document(account)))


def grown(draw: Callable[[Any], Any], document: Any) -> Any:
    """The document with unknown fields in it, and in every object within it."""
    if isinstance(document, dict):
        return draw(UNKNOWN) | {name: grown(draw, each) for name, each in document.items()}
    return [grown(draw, each) for each in document] if isinstance(document, list) else document


def unknown(document: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in document.items() if name not in shape}


@st.composite
def changes(draw: Callable[[Any], Any]) -> Callable[[Account], Account]:
    """One of the operator's changes."""
    second = BEGUN.credentials[1].credential_id
    return draw(
        st.sampled_from(
            [
                lambda account: account,
                lambda account: account.with_token("new", NOW),
                lambda account: account.rotated(second, "new", NOW),
                lambda account: account.revoked(second, NOW + timedelta(days=1)),
                lambda account: replace(account, allowance=Allowance(60, 5)),
            ]
        )
    )


@given(data=st.data(), change=changes())
def test_a_document_of_a_later_version_opens_the_account_and_keeps_what_is_unknown(
    data: st.DataObject, change: Callable[[Account], Account]
) -> None:
    shape = stored(BEGUN)
    later = grown(data.draw, shape)
    account = account_of(later, 1)
    for token, before in zip(("one", "two"), BEGUN.credentials, strict=True):
        admitted = account.admitted(token)
        assert admitted is not None
        assert (admitted.credential_id, admitted.rights.scopes, admitted.rights.read_only) == (
            before.credential_id,
            before.rights.scopes,
            before.rights.read_only,
        )
    changed = change(account)
    row = rewritten(KEY, account_document(changed), DirectoryRow(*KEY[1:], document=later))
    after = json.loads(json.dumps(row.document))
    assert account_of(after, 1) == changed
    assert unknown(after, shape) == unknown(later, shape)
    assert unknown(after["allowance"], shape["allowance"]) == unknown(
        later["allowance"], shape["allowance"]
    )
    for was, now, known in zip(
        later["credentials"], after["credentials"][:2], shape["credentials"], strict=True
    ):
        assert unknown(now, known) == unknown(was, known)
        assert unknown(now["rights"], known["rights"]) == unknown(was["rights"], known["rights"])


@given(data=st.data())
def test_a_rotated_token_has_the_rights_that_a_later_version_gave(data: st.DataObject) -> None:
    later = grown(data.draw, stored(BEGUN))
    account = account_of(later, 1).rotated(BEGUN.credentials[0].credential_id, "three", NOW)
    rotated = stored(account)["credentials"][-1]
    assert rotated["rights"] == later["credentials"][0]["rights"]


def test_as_many_credentials_as_an_account_may_have_take_a_tenth_of_an_item() -> None:
    account = Account(Role.PARTNER, "1" * 64)
    rights = Rights(tuple(sorted(COLLECTIONS)))
    for number in range(2 * VALID_MAX + REVOKED_KEPT_MAX):
        if number % VALID_MAX == 0:
            for each in account.credentials:
                account = account.revoked(each.credential_id, NOW)
        account = account.with_token(str(number), NOW, rights)
    for each in account.credentials:
        account = account.revoked(each.credential_id, NOW)
    assert len(account.credentials) == VALID_MAX + REVOKED_KEPT_MAX
    row = DirectoryRow(*KEY[1:], document=account_document(account), version=1)
    assert bytes_of(row.serialize()) < ITEM_BYTES_MAX / 10
