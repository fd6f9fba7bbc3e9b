"""What becomes of an account's tokens: made, rotated, revoked, and never more than may be."""

from datetime import UTC, datetime

import pytest
from makegood.domain.access import REVOKED_KEPT_MAX, VALID_MAX, Account, Rights, rights
from makegood.domain.parties import Role
from makegood.domain.problems import Conflict, Malformed, NotFound

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
NOBODY = Account(Role.PARTNER, "10001")
READER = Rights(("Actions",), read_only=True)


def opened(account: Account, *tokens: str) -> list[bool]:
    return [account.admitted(each) is not None for each in tokens]


def test_a_token_is_kept_as_a_hash_that_only_itself_opens() -> None:
    account = NOBODY.with_token("s3cret", NOW, READER)
    assert "s3cret" not in str(account)
    assert opened(account, "s3cret", "S3cret", "") == [True, False, False]
    other = Account(Role.PARTNER, "10002", account.credentials)
    assert opened(other, "s3cret") == [False]


def test_a_token_says_what_uses_it_and_who_made_it_and_its_successor_does() -> None:
    account = NOBODY.with_token("one", NOW, READER, "Nightly import", "person:1 Ada")
    account = account.rotated(account.credentials[0].credential_id, "two", NOW)
    told = {(each.name, each.made_by, each.rights) for each in account.credentials}
    assert told == {("Nightly import", "person:1 Ada", READER)}


@pytest.mark.parametrize("scopes", [["Actions", "Files"], ["Files", "Actions", "Files"], ["*"]])
def test_rights_are_to_collections_once_each(scopes: list[str]) -> None:
    assert rights(scopes, read_only=True) == Rights(tuple(sorted(set(scopes))), read_only=True)


@pytest.mark.parametrize("scopes", [[], ["Actionz"], ["Actions", ""], ["actions"], ["Tokens"]])
def test_no_right_is_to_what_is_not_there_or_makes_rights(scopes: list[str]) -> None:
    with pytest.raises(Malformed, match="Any of ActionInquiries") as refused:
        rights(scopes, read_only=False)
    assert refused.value.code == "unknown_scope"


def test_two_tokens_of_a_line_are_valid_until_one_is_revoked() -> None:
    account = NOBODY.with_token("one", NOW, READER)
    (first,) = account.credentials
    account = account.rotated(first.credential_id, "two", NOW)
    second = account.credentials[-1]
    assert opened(account, "one", "two") == [True, True]
    assert second.rights == READER
    for each in (first, second):
        with pytest.raises(Conflict, match="revoke one") as caught:
            account.rotated(each.credential_id, "three", NOW)
        assert caught.value.code == "rotation_underway"
    account = account.revoked(first.credential_id, NOW)
    account = account.rotated(second.credential_id, "three", NOW)
    assert opened(account, "one", "two", "three") == [False, True, True]


def test_what_is_revoked_stays_so_from_its_first_day() -> None:
    account = NOBODY.with_token("one", NOW)
    credential_id = account.credentials[0].credential_id
    account = account.revoked(credential_id, NOW)
    assert account.revoked(credential_id, NOW.replace(year=2027)) == account
    with pytest.raises(Conflict) as caught:
        account.rotated(credential_id, "two", NOW)
    assert caught.value.code == "credential_revoked"
    with pytest.raises(NotFound):
        account.revoked("MG0.x", NOW)


def test_an_account_has_so_many_valid_tokens_and_forgets_the_oldest_revoked() -> None:
    account = NOBODY
    for number in range(VALID_MAX):
        account = account.with_token(f"old-{number}", NOW)
    with pytest.raises(Conflict) as caught:
        account.with_token("one more", NOW)
    assert caught.value.code == "too_many_credentials"
    for number in range(REVOKED_KEPT_MAX + 2):
        revoked = account.credentials[-1].credential_id
        account = account.revoked(revoked, NOW).with_token(f"new-{number}", NOW)
    assert len([each for each in account.credentials if each.is_valid]) == VALID_MAX
    assert len(account.credentials) == VALID_MAX + REVOKED_KEPT_MAX
    assert opened(account, "old-0", f"old-{VALID_MAX - 1}") == [True, False]
