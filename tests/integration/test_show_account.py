"""What whoever is paged sees of an account: credentials, contracts, and the latest files."""

import pytest
from makegood.domain.parties import Role
from makegood.domain.uploads import Kind
from makegood.operator import accounts
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import operate
from tests.integration.ingest import Ingest
from tests.integration.market import CAMPAIGN, CASHBACK, CONTENT, LOYALTY, SHOP, STRANGE_SHOP


def shown(role: Role, account_id: str) -> dict:
    return operate({"command": "show_account", "role": role.value, "account_id": account_id})


def test_an_account_is_shown_with_what_is_its_own_and_nobody_else_s(live: Store) -> None:
    ingest = Ingest(live)
    ids = [ingest.upload(Kind.INQUIRIES, b"Id\r\n", owner_id=CASHBACK) for _ in range(2)]
    ingest.upload(Kind.INQUIRIES, b"Id\r\n", owner_id=LOYALTY)
    made = operate({"command": "create_credential", "role": "PARTNER", "account_id": CASHBACK})
    found = shown(Role.PARTNER, CASHBACK)
    assert [each["credential_id"] for each in found["credentials"]] == [made["credential_id"]]
    assert made["token"] not in str(found)
    assert [(each["campaign_id"], each["partner_id"]) for each in found["contracts"]] == [
        (CAMPAIGN, CASHBACK)
    ]
    assert [each["upload_id"] for each in found["files"]] == ids[::-1]
    assert "a file.csv" not in str(found)


def test_an_advertiser_s_contracts_are_those_of_its_campaigns(live: Store) -> None:
    partners = {each["partner_id"] for each in shown(Role.ADVERTISER, SHOP)["contracts"]}
    assert partners == {CASHBACK, LOYALTY, CONTENT}
    strange = shown(Role.ADVERTISER, STRANGE_SHOP)["contracts"]
    assert {each["campaign_id"] for each in strange} <= {market.STRANGE_CAMPAIGN}


def test_what_is_left_out_is_told(live: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "CONTRACTS_MAX", 2)
    monkeypatch.setattr(accounts, "FILES_MAX", 1)
    monkeypatch.setattr(accounts, "MEMBERS", 1)
    ingest = Ingest(live)
    for _ in range(2):
        ingest.upload(Kind.CONVERSIONS, b"Id\r\n", owner_id=SHOP)
    found = shown(Role.ADVERTISER, SHOP)
    assert (len(found["contracts"]), found["more_contracts"]) == (2, True)
    assert (len(found["files"]), found["more_files"]) == (1, True)
    assert (
        operate({"command": "show_account", "role": "PARTNER", "account_id": "0"})["status"] == 404
    )
