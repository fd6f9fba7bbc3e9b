"""The tokens of an account by HTTP, for its ADMINs: the machines that sign in for it.

Imported with the first request about tokens. A token is shown once, in the answer that makes it;
the store keeps its hash. A client that lost the answer sends the request again with its idempotency
key, and is answered with the token for a day: it is kept encrypted as part of that answer.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from makegood.api import filters
from makegood.api.http import Reply, Request
from makegood.api.routes import AudienceRoutes
from makegood.aws.kms import Key
from makegood.domain import access, texts
from makegood.domain.access import Account, Credential, Rights
from makegood.domain.account_people import shown_source, source_of
from makegood.domain.parties import EVERYTHING
from makegood.domain.problems import VersionConflict
from makegood.forms import fields
from makegood.forms.reading import Fields, Form
from makegood.store.store import Idempotency

NAME_MAX = 100
SHOWN_FOR = timedelta(hours=24)
"""How long a request that is sent again is answered with the token of its first answer."""


def tokens(audience: AudienceRoutes, request: Request) -> Reply:
    """Every token, oldest first, those that were revoked lately as well; there are few."""
    account = _account(audience, request)
    used = audience.store.last_uses(account)
    shown = [_shown(each, used.get(each.credential_id)) for each in account.credentials]
    return Reply({"Tokens": shown})


def make(audience: AudienceRoutes, request: Request) -> Reply:
    """Makes a token: `Name`, `Scopes`, `ReadOnly`."""
    fields.check_known(request.fields, fields.TOKEN_FIELDS)
    asked = audience.context(request).idempotency("make_token", request.fields)
    before = asked and audience.store.replay(asked)
    if asked and before:
        made = _account(audience, request).credential(before["subject_id"])
        return Reply({**_shown(made), **_shown_again(audience, asked, before)})
    name, rights = _asked(request.fields)
    person = request.caller.person
    made_by = source_of(person.person_id, person.name) if person else ""
    token = audience.new_token()
    account = _account(audience, request).with_token(token, audience.clock(), rights, name, made_by)
    made = account.credentials[-1]
    if asked:
        kept = {
            "token": _key(audience).encrypt(token.encode(), _purpose(asked)),
            "token_until": (audience.wall_clock() + SHOWN_FOR).isoformat(),
        }
        asked = replace(asked, reply={"subject_id": made.credential_id, **kept})
    _keep(audience, account, asked)
    return Reply({**_shown(made), "Token": token})


def revoke(audience: AudienceRoutes, request: Request, token_id: str) -> Reply:
    """Ends a token; again changes nothing. The authorizer may know it for a minute more."""
    asked = audience.context(request).idempotency("revoke_token", {"Id": token_id})
    before = _account(audience, request)
    if asked and audience.store.replay(asked):
        return Reply(_shown(before.credential(token_id)))
    account = before.revoked(token_id, audience.clock())
    if account != before or asked:
        asked = asked and replace(asked, reply={"subject_id": token_id})
        _keep(audience, account, asked)
    return Reply(_shown(account.credential(token_id)))


def _account(audience: AudienceRoutes, request: Request) -> Account:
    caller = request.caller
    known = audience.store.account(caller.account_sid)
    return known or Account(caller.role, caller.account_id)


def _keep(audience: AudienceRoutes, account: Account, asked: Idempotency | None) -> None:
    if not audience.store.put_account(account, asked):
        raise VersionConflict("Somebody changed this account's tokens meanwhile; send it again")


def _asked(given: Fields) -> tuple[str, Rights]:
    """A new token's name and rights; raises `Invalid` with every field that is at fault."""
    form = Form(given, UTC, "")
    name = form.read("Name", _name, required=True, why="What uses the token")
    scopes = form.read("Scopes", lambda text: text.replace(",", " ").split()) or [EVERYTHING]
    read_only = form.read("ReadOnly", filters.switch) or False
    rights = form.read("Scopes", lambda _: access.rights(scopes, read_only))
    form.done()
    return name or "", rights or access.rights(scopes, read_only)


def _name(text: str) -> str:
    return texts.one_line(text, NAME_MAX)


def _key(audience: AudienceRoutes) -> Key:
    return Key(audience.settings.webhooks_key)


def _purpose(asked: Idempotency) -> dict[str, str]:
    """What a kept token is encrypted with besides; the functions' rights name the purpose."""
    return {"purpose": "kept answer", "account": asked.account_sid}


def _shown_again(
    audience: AudienceRoutes, asked: Idempotency, kept: dict[str, Any]
) -> dict[str, str]:
    if audience.wall_clock() >= datetime.fromisoformat(kept["token_until"]):
        return {}
    return {"Token": _key(audience).decrypt(kept["token"], _purpose(asked)).decode()}


def _shown(credential: Credential, used_at: datetime | None = None) -> dict[str, Any]:
    rights, revoked_at = credential.rights, credential.revoked_at
    return {
        "Id": credential.credential_id,
        "Name": credential.name,
        "Scopes": list(rights.scopes),
        "ReadOnly": str(rights.read_only).lower(),
        "State": str(credential.state),
        "CreatedBy": shown_source(credential.made_by),
        "CreationDate": credential.created_at.isoformat(),
        "RevocationDate": revoked_at.isoformat() if revoked_at else "",
        "LastUseDate": used_at.isoformat() if used_at else "",
    }
