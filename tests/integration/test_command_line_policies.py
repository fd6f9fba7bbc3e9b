"""Policies by the command line: a file is checked, compared, drafted, tried and put in force."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from makegood.store.store import Store

from tests.integration.market import CAMPAIGN
from tests.integration.test_command_line import Shell, partner, shell

__all__ = ["partner", "shell"]

POLICY = """
Rules:
  - Name: undone
    Then: DECLINE
    Reason: 5
    When: [{Variable: VERDICT, Operator: ONE_OF, Value: [UNDONE]}]
  - Name: small matches
    Then: APPROVE
    ActionTrackerId: "4000"
    When:
      - {Variable: VERDICT, Operator: ONE_OF, Value: [MATCH]}
      - {Variable: PAYOUT, Operator: AT_MOST, Value: 20.00 USD}
    Caps: {CampaignDay: 500.00 USD}
SamplePercent: 2
Note: The first
"""


@pytest.fixture
def advertiser(partner: Shell) -> Shell:
    (partner.folder / "policy.yaml").write_text(POLICY)
    return partner


def run(shell: Shell, line: str) -> tuple[int, str]:
    verb, _, more = line.partition(" ")
    asked = f"policy {verb} --campaign-id {CAMPAIGN} {more} --profile local-advertiser"
    done = shell.run(asked)
    return done.returncode, done.stdout + done.stderr


def test_a_policy_is_drafted_compared_and_put_in_force(advertiser: Shell, live: Store) -> None:
    code, told = run(advertiser, "draft policy.yaml --json")
    assert (code, json.loads(told)["State"]) == (0, "DRAFT")
    assert run(advertiser, "diff policy.yaml --version 2") == (0, "")
    other = POLICY.replace("20.00", "30.00").replace("Reason: 5", "Reason: 6")
    (advertiser.folder / "other.yaml").write_text(other)
    code, told = run(advertiser, "diff other.yaml --version 2")
    assert code == 1
    assert told.splitlines() == [
        "- Rules.1.Reason  Transaction not completed - Order cancelled, changed, or returned",
        "+ Rules.1.Reason  Transaction cannot be traced",
        "- Rules.2.When.2.Value  20.00 USD",
        "+ Rules.2.When.2.Value  30.00 USD",
    ]
    assert run(advertiser, "activate 2")[0] == 1
    assert live.campaigns([CAMPAIGN])[CAMPAIGN].policy == 0
    assert run(advertiser, "activate 2 --yes")[0] == 0
    assert live.campaigns([CAMPAIGN])[CAMPAIGN].policy == 2
    assert run(advertiser, "diff policy.yaml") == (0, "")
    code, told = run(advertiser, "show --json")
    states = [(each["Version"], each["State"]) for each in map(json.loads, told.splitlines())]
    assert (code, states) == (0, [("2", "ACTIVE"), ("1", "PAST")])
    code, told = run(advertiser, "show 2 --json")
    assert (code, json.loads(told)["Rules"][0]["Name"]) == (0, "undone")


@pytest.mark.parametrize(
    ("was", "written", "told"),
    [
        ("Rules:", "Regeln:", "Regeln: known are"),
        ("Operator: AT_MOST", "Operator: BELOW", "Rule small matches: Operator: one of ONE_OF"),
        ("Variable: PAYOUT", "Variable: PRICE", "Rule small matches: Variable: one of VERDICT"),
        ("Then: DECLINE", "Then: NO", "Rule undone: Then: one of"),
        ("Caps:", "Cap:", "Rule small matches: Cap: known are"),
        ("Name: undone", "Title: undone", "Rule 1: Name: required"),
    ],
)
def test_a_file_is_checked_before_it_is_sent(
    advertiser: Shell, live: Store, was: str, written: str, told: str
) -> None:
    (advertiser.folder / "policy.yaml").write_text(POLICY.replace(was, written))
    code, said = run(advertiser, "draft policy.yaml")
    assert (code, told in said) == (2, True), said
    assert live.newest_policy(CAMPAIGN) == 0


def test_what_the_api_refuses_is_told_with_the_rule_s_name(advertiser: Shell) -> None:
    pays = POLICY.replace("Value: [MATCH]", "Value: [NO_DATA]")
    (advertiser.folder / "policy.yaml").write_text(pays)
    code, said = run(advertiser, "draft policy.yaml")
    assert (code, "Rule small matches" in said) == (1, True), said


def test_a_version_is_tried_over_the_claims_of_a_span(advertiser: Shell) -> None:
    assert run(advertiser, "draft policy.yaml")[0] == 0
    span = "--start-date 2026-05-01 --end-date 2026-06-30"
    ingest = advertiser.server.ingest
    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(run, advertiser, f"backtest 2 {span} --json")
        while not asked.done():
            ingest.work(ingest.chunks())
    code, told = asked.result()
    assert code == 0, told
    report, _ = json.JSONDecoder().raw_decode(told[told.index("{") :])
    assert (report["Status"], next(iter(report))) == ("DONE", "PaidWrongly")
