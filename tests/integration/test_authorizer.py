"""The function that says who is asking."""

import base64
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from makegood.domain.access import Account, Rights
from makegood.domain.parties import Role, account_sid
from makegood.domain.problems import RuleForbids
from makegood.domain.rate_limit import Allowance
from makegood.store.access import account_document, account_key
from makegood.store.directory import DirectoryRow
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import (
    ARN,
    Context,
    basic,
    function,
    operate,
)
from tests.integration.market import (
    CASHBACK,
)

SID = account_sid(Role.PARTNER, CASHBACK)
TOKEN = "a token: with a colon"
NOBODY = Account(Role.PARTNER, CASHBACK)


class TestAuthorizer:
    @pytest.fixture(autouse=True)
    def _known(self, live: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.keep(live, NOBODY.with_token(TOKEN, market.NOW))
        monkeypatch.setattr(function("authorizer"), "STORE", stack.another())

    def keep(self, store: Store, account: Account) -> Account:
        """Keeps an account's access, and says what is kept."""
        known = store.account(SID)
        assert store.put_account(replace(account, version=known.version if known else 0))
        kept = store.account(SID)
        assert kept is not None
        return kept

    def ask(self, headers: dict[str, str] | None) -> dict[str, Any]:
        event = {"type": "REQUEST", "methodArn": ARN, "headers": headers}
        return function("authorizer").handler(event, Context())

    @pytest.mark.parametrize("name", ["Authorization", "authorization"])
    def test_who_signs_in_may_call_the_api_as_themselves(self, name: str) -> None:
        answer = self.ask({name: basic(SID, TOKEN)})
        (statement,) = answer["policyDocument"]["Statement"]
        assert (statement["Effect"], statement["Resource"]) == (
            "Allow",
            "arn:aws:execute-api:us-east-1:123456789012:api1/prod/*",
        )
        assert (answer["principalId"], answer["context"]) == (
            SID,
            {"accountSid": SID, "role": "PARTNER", "accountId": CASHBACK, "readOnly": "false"},
        )

    def test_what_a_token_opens_and_how_often_is_passed_on(self, live: Store) -> None:
        rights = Rights(("Actions", "Files"), read_only=True)
        account = NOBODY.with_token("r", market.NOW, rights)
        self.keep(live, replace(account, allowance=Allowance(60, 5)))
        assert self.ask({"Authorization": basic(SID, "r")})["context"] == {
            "accountSid": SID,
            "role": "PARTNER",
            "accountId": CASHBACK,
            "readOnly": "true",
            "scopes": "Actions,Files",
            "perHour": "60",
            "burst": "5",
        }

    def test_last_use_is_noted_once_an_hour_and_for_each_token(self, live: Store) -> None:
        kept = self.keep(live, NOBODY.with_token(TOKEN, market.NOW).with_token("2", market.NOW))
        first, second = (each.credential_id for each in kept.credentials)
        noted = []
        for minutes, token in ((0, TOKEN), (59, TOKEN), (60, TOKEN), (61, "2")):
            live.set_clock(market.NOW + timedelta(minutes=minutes))
            self.ask({"Authorization": basic(SID, token)})
            noted.append(live.last_uses(kept))
        hour = market.NOW + timedelta(hours=1)
        assert noted[:3] == [{first: market.NOW}, {first: market.NOW}, {first: hour}]
        assert noted[3] == {first: hour, second: hour + timedelta(minutes=1)}

    @pytest.mark.parametrize(
        "code", ["ConditionalCheckFailedException", "AccessDeniedException", "ThrottlingException"]
    )
    def test_who_signs_in_comes_in_though_their_use_cannot_be_noted(
        self, live: Store, code: str
    ) -> None:
        kept = live.account(SID)
        assert kept is not None
        with stack.refused("UpdateItem", code, on=function("authorizer").STORE):
            answer = self.ask({"Authorization": basic(SID, TOKEN)})
        assert answer["principalId"] == SID
        assert live.last_uses(kept) == {}
        self.ask({"Authorization": basic(SID, TOKEN)})
        assert live.last_uses(kept) == {kept.credentials[0].credential_id: market.NOW}

    def test_what_a_later_version_has_stored_lets_in_who_signs_in(self, live: Store) -> None:
        kept = live.account(SID)
        assert kept is not None
        later = account_document(kept) | {"tier": "gold"}
        later["allowance"] |= {"burst_seconds": 3}
        later["credentials"][0] |= {"expires_at": None}
        later["credentials"][0]["rights"] |= {"networks": ["10.0.0.0/8"]}
        place = {"pk": {"S": f"CREDENTIAL#{SID}"}, "sk": {"S": "CREDENTIAL"}}
        item = DirectoryRow(*account_key(SID)[1:], document=later, version=1).serialize()
        table = live.tables.directory
        live.client.put_item(TableName=table, Item={**item, "later": {"SS": ["x"]}})
        assert self.ask({"Authorization": basic(SID, TOKEN)})["principalId"] == SID
        named = {"credential_id": kept.credentials[0].credential_id}
        made = operate({"command": "rotate_credential", **named})
        operate({"command": "revoke_credential", **named})
        operate({"command": "set_rate", "role": "PARTNER", "account_id": CASHBACK, "burst": 5})
        assert self.ask({"Authorization": basic(SID, made["token"])})["principalId"] == SID
        stored = live.client.get_item(TableName=table, Key=place)["Item"]
        written = json.loads(stored["document"]["S"])
        assert (stored["later"], stored["version"]) == ({"SS": ["x"]}, {"N": "4"})
        assert written["tier"] == "gold"
        assert written["allowance"] == {"per_hour": 3600, "burst": 5, "burst_seconds": 3}
        first, second = written["credentials"]
        assert (first["expires_at"], "expires_at" in second) == (None, False)
        assert (
            first["rights"]
            == second["rights"]
            == later["credentials"][0]["rights"] | {"scopes": ["*"]}
        )

    def test_a_credential_that_does_not_fit_is_refused_and_revoking_one_is_not(
        self, live: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept = live.account(SID)
        assert kept is not None
        monkeypatch.setattr("makegood.store.directory.ITEM_BYTES_MAX", 9_000)
        document = account_document(kept) | {"later": "x" * 9_000}
        live.write(DirectoryRow(*account_key(SID)[1:], document=document, version=1))
        held = stack.everything("directory")
        with pytest.raises(RuleForbids, match="shorten what a later version has added") as refused:
            live.put_account(replace(kept.with_token("2", market.NOW), version=1))
        assert refused.value.code == "too_large"
        assert stack.everything("directory") == held
        revoked = kept.revoked(kept.credentials[0].credential_id, market.NOW)
        assert live.put_account(replace(revoked, version=1))

    def test_a_sign_in_reads_one_item_and_writes_once_an_hour(self, live: Store) -> None:
        kept = self.keep(live, NOBODY.with_token(TOKEN, market.NOW).with_token("2", market.NOW))
        with stack.calls(on=function("authorizer").STORE) as made:
            for token in (TOKEN, "2", TOKEN, "2", "wrong"):
                with suppress(Exception):
                    self.ask({"Authorization": basic(SID, token)})
        reads = [call for name, call in made if name == "BatchGetItem"]
        access = {"pk": {"S": f"CREDENTIAL#{SID}"}, "sk": {"S": "CREDENTIAL"}}
        asked = [
            key for call in reads for each in call["RequestItems"].values() for key in each["Keys"]
        ]
        assert asked == [access] * 5
        written = [call["Key"]["sk"]["S"] for name, call in made if name == "UpdateItem"]
        assert written == [each.credential_id for each in kept.credentials]

    def test_processes_note_a_use_once_between_them(
        self, live: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept = live.account(SID)
        assert kept is not None
        (credential,) = kept.credentials
        processes = [stack.another() for _ in range(3)]
        for minutes, process, noted in (
            (0, 0, 0),
            (10, 1, 0),
            (59, 2, 0),
            (60, 1, 60),
            (61, 2, 60),
            (119, 0, 60),
            (120, 2, 120),
        ):
            monkeypatch.setattr(function("authorizer"), "STORE", processes[process])
            live.set_clock(market.NOW + timedelta(minutes=minutes))
            self.ask({"Authorization": basic(SID, TOKEN)})
            expected = market.NOW + timedelta(minutes=noted)
            assert live.last_uses(kept) == {credential.credential_id: expected}

    def test_what_an_earlier_version_noted_is_listed_until_a_later_use(self, live: Store) -> None:
        kept = self.keep(live, NOBODY.with_token(TOKEN, market.NOW).with_token("2", market.NOW))
        first, second = (each.credential_id for each in kept.credentials)
        noted = {first: "2026-01-02T03:04:05.000Z", "MG0.gone": "2026-01-02T03:04:05.000Z"}
        live.write(DirectoryRow(f"USED#{SID}", "USED", document=noted))
        earlier = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert live.last_uses(kept) == {first: earlier}
        self.ask({"Authorization": basic(SID, "2")})
        assert live.last_uses(kept) == {first: earlier, second: market.NOW}
        self.ask({"Authorization": basic(SID, TOKEN)})
        assert live.last_uses(kept) == {first: market.NOW, second: market.NOW}
        later = {first: "2027-01-02T03:04:05.000Z"}
        live.write(DirectoryRow(f"USED#{SID}", "USED", document=later))
        assert live.last_uses(kept)[first] == earlier.replace(year=2027)

    @pytest.mark.parametrize(
        "headers",
        [
            None,
            {},
            {"Authorization": ""},
            {"Authorization": "Basic"},
            {"Authorization": "Basic !!!"},
            {"Authorization": "Basic \xe4"},
            {"Authorization": "Basic " + base64.b64encode(b"\xff:x").decode()},
            {"Authorization": "Basic " + base64.b64encode(SID.encode()).decode()},
            {"Authorization": "Bearer " + TOKEN},
            {"Authorization": basic(SID, "wrong")},
            {"Authorization": basic(SID, "")},
            {"Authorization": basic(SID.lower(), TOKEN)},
            {"Authorization": basic("MG" + "0" * 20, TOKEN)},
            {"Authorization": basic("M" * 5000, TOKEN)},
        ],
    )
    def test_everybody_else_is_unauthorized(self, headers: dict[str, str] | None) -> None:
        with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
            self.ask(headers)

    def test_a_revoked_token_is_unauthorized(self, live: Store) -> None:
        kept = live.account(SID)
        assert kept is not None
        self.keep(live, kept.revoked(kept.credentials[0].credential_id, market.NOW))
        with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
            self.ask({"Authorization": basic(SID, TOKEN)})
