"""The demo's second shop: its claims are looked at once they are verified, which follows the
export; and what it pays is no fault of the first shop's proof.
"""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from infra.local import proof, shop_story
from infra.local.shop_story import ShopStory
from infra.local.story import CAMPAIGN, CASHBACK, PARTNERS

Claims = list[dict[str, Any]]

WAITING: dict[str, Any] = {"Verification": {"Verdict": ""}}
VERIFIED: dict[str, Any] = {"Verification": {"Verdict": "MATCH"}}


class Played:
    """A shop whose claims are listed so, one look after the other and the last again and again;
    and the sweep, which notes what was listed before it.
    """

    def __init__(self, *looks: Claims) -> None:
        self.looks = [*looks]
        self.seen: Claims = []
        self.swept: list[Claims] = []

    def list(self, path: str, name: str, **asked: str) -> Claims:
        self.seen = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return self.seen

    def sweep(self) -> None:
        self.swept.append(self.seen)

    def decided(self) -> Claims:
        return ShopStory(self, self, []).decided()  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_story, "PAUSE_SECONDS", 0)


def test_the_sweep_waits_until_every_claim_has_a_verdict() -> None:
    swept = [VERIFIED, {**VERIFIED, "ResolutionStatus": "VALID"}]
    played = Played([WAITING, WAITING], [VERIFIED, WAITING], [VERIFIED, VERIFIED], swept)
    assert played.decided() == swept
    assert played.swept == [[VERIFIED, VERIFIED]]


def test_what_has_no_verdict_in_time_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_story, "VERIFIED_SECONDS", 0)
    played = Played([VERIFIED, WAITING])
    assert played.decided() == [VERIFIED, WAITING]
    assert len(played.swept) == 1


def _faults(payable_cents: int, granted: str, campaign_id: str = shop_story.CAMPAIGN) -> list[str]:
    """Of a proof in which nothing is due, and one action of 1.39 USD is paid."""
    paid = {"Id": "1", "Oid": "#104266", "CampaignId": campaign_id, "Payout": "1.39"}
    action = {**paid, "ClearedDate": "2026-09-02", "ReferringType": "ACTION_INQUIRY"}
    lists = {CASHBACK: {"Actions": [action], "ActionInquiries": []}}
    nothing = {"Actions": [], "ActionInquiries": []}
    balances = {f"partner:{CASHBACK}:payable USD": payable_cents, "world": -payable_cents}
    report = {"holds": True, "violations": {}, "balances": balances}
    story: Any = SimpleNamespace(
        samples=SimpleNamespace(conversions=[], claims=[], record={}, of=lambda partner_id: []),
        partners={
            each: SimpleNamespace(list=lambda path, name, each=each: lists.get(each, nothing)[name])
            for each in PARTNERS
        },
        stack=SimpleNamespace(operate=lambda command: report),
    )
    return proof.prove(story, {CASHBACK: Decimal(granted)}).faults


def test_what_the_second_shop_has_granted_is_paid_besides() -> None:
    assert _faults(139, "1.39") == []


def test_a_cent_more_or_less_than_it_has_granted_is_a_fault() -> None:
    assert _faults(140, "1.39") != []
    assert _faults(0, "1.39") != []


def test_what_is_not_due_in_the_first_campaign_is_a_fault() -> None:
    assert f"#104266 paid 1.39 to {CASHBACK}, owed 0.00" in _faults(139, "0.00", CAMPAIGN)


def test_the_accepted_claims_alone_are_granted() -> None:
    found = [
        {"ResolutionStatus": "VALID", "FinalPayout": "1.39"},
        {"ResolutionStatus": "VALID", "FinalPayout": "0.75"},
        {"ResolutionStatus": "DECLINED", "FinalPayout": ""},
    ]
    assert ShopStory.granted(found) == Decimal("2.14")
