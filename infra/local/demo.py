"""The main job, played on the samples: `make demo`.

Prints each act as it happens, and the proof at the end; exits non-zero if the proof finds a fault.
The stack keeps running, and the demo prints how to try it by hand.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from infra.local import people, profiles, stack, webhook_story
from infra.local.proof import Findings, prove
from infra.local.shop_story import ShopStory
from infra.local.story import (
    ADVERTISER,
    CAMPAIGN,
    CASHBACK,
    SETTLED_AT,
    SHORT_MONTH,
    Samples,
    Story,
)

STARTED = time.monotonic()


def say(line: str) -> None:
    print(line, flush=True)


def act(title: str) -> None:
    say(f"\n[{time.monotonic() - STARTED:5.1f}s] {title}")


def counts(found: Mapping[str, int]) -> None:
    for name, count in sorted(found.items()):
        say(f"  {count:5}  {name}")


def play(story: Story) -> Findings:
    """Plays all acts; returns the proof."""
    act("Seed: the shop, its campaign, a cashback and a loyalty partner under contract")
    credentials = story.seed()
    profiles.forget()
    profiles.write_operators(story.stack)
    profiles.write_accounts(story.stack, credentials)
    act("The clock moves through eighteen months: tracked orders come in, lock, and are paid")
    counts(story.track())
    money(story)
    act("1 July 2026: both partners file their claims")
    counts(story.file_claims())
    act("Declined at once, because the order is credited already")
    counts(story.reasons())
    act("The shop downloads what is undecided, decides it against its records, and uploads it")
    decided, results = story.resolve()
    counts(decided)
    say("  and what came of it:")
    counts(results)
    money(story)
    act("The shop deposits less than it owes; the clock moves on")
    for day, swept, funds in story.fall_short():
        say(
            f"  {day}  {swept['locked']:4} locked, {swept['paid']:4} paid, "
            f"{swept['overdue']:4} overdue   funds {funds['funds']:>9}  "
            f"committed {funds['committed']:>8}  cash {funds['cash']:>8}"
        )
    act("The shop deposits the rest")
    swept, _ = story.settle()
    say(f"  {swept['paid']:4} paid, {swept['overdue']:4} overdue")
    money(story)
    act("The statements of the last month are made again, and compared with the ledger")
    say(f"  {story.state():4} statements; each month has those of everybody whose money moved")
    act("Another shop: claims come, then its Shopify export; what is clear decides itself")
    faults, granted = shop_act(ShopStory.open(story))
    act("Proof")
    findings = prove(story, {CASHBACK: granted})
    findings.faults += faults
    report(findings)
    act("A partner is paid out: one person asks for it, a second confirms it")
    asked, paid = story.pay_out(CASHBACK)
    say(f"  {asked['proposed_by']} asks for {asked['would']['amount']} USD")
    say(f"  {paid['confirmed_by']} confirms {paid['result']['amount']} USD")
    act("One more inquiry's life, as the partner's receiver of webhooks hears of it")
    findings.faults += webhook_story.hear(story, lambda line: say(f"  {line}"))
    people.invite(story.stack)
    by_hand(story, credentials)
    return findings


def shop_act(shop: ShopStory) -> tuple[list[str], Decimal]:
    """Plays the act of the order export; returns what is not as the samples' truth says, and what
    the shop has granted the partner in USD.
    """
    say("  the partner files claims:")
    counts(shop.file())
    say(f"  version {shop.set_policy()} of the campaign's policy is in force")
    say("  the shop drops its export:")
    counts(shop.drop_export())
    found = shop.decided()
    say("  verdicts, and what became of the claims:")
    counts(Counter(f"{each['Verification']['Verdict']:14} {_became(each)}" for each in found))
    waiting = [each for each in found if each["ResolutionStatus"] == "UNRESOLVED"]
    say(f"  {len(found) - len(waiting)} of {len(found)} decided themselves; a person picks from")
    for each in waiting:
        if candidates := each["Verification"]["Candidates"]:
            say(f"    {', '.join(candidates)} for {each['OrderId']}")
    faults = shop.proof(found)
    if not faults:
        say("  Every verdict is the one that its claim deserves, and nothing is paid wrongly")
    return faults, shop.granted(found)


def _became(inquiry: Mapping[str, str]) -> str:
    """How an inquiry was decided, or that it waits."""
    state = inquiry["ResolutionStatus"]
    return "waits for a person" if state == "UNRESOLVED" else state.lower()


def money(story: Story) -> None:
    funds = story.funds()
    say(f"  funds {funds['funds']}, committed {funds['committed']}, cash {funds['cash']} USD")


def report(findings: Findings) -> None:
    """Prints claims by truth and outcome, the money by account, and the ledger's proof."""
    say("  Claims by truth and outcome")
    for (kind, outcome), count in sorted(findings.claims.items()):
        say(f"  {count:5}  {kind:30} {outcome}")
    say("  Money by account, in USD")
    for account, minor in findings.reconciled["balances"].items():
        say(f"  {Decimal(minor).scaleb(-2):12}  {account.removesuffix(' USD')}")
    say("  Ledger")
    counts(Counter(findings.reconciled["counts"]))
    say(f"  {'holds' if findings.reconciled['holds'] else 'IS BROKEN'}: it sums to zero, every")
    say("  balance is the sum of its postings, every action is locked and paid at most once")
    if findings.faults:
        say(f"  NOT AS IT MUST BE, {len(findings.faults)} times:")
        for fault in findings.faults[:20]:
            say(f"    {fault}")
    else:
        say("  Every genuine claim is paid exactly once, and nothing else is paid")


def by_hand(story: Story, credentials: Mapping[str, tuple[str, str]]) -> None:
    """Prints how to go on by hand: links, credentials, and three commands."""
    api, now = story.stack.api_url, f"{SETTLED_AT:%-d %B %Y, %H:%M} UTC"
    act("The stack is running; `make down` ends it")
    say(f"  It is {now} there, and stays so until `set_clock` says otherwise.\n")
    say(f"  The API, described        {api}/docs")
    for who, (account_sid, token) in credentials.items():
        kind, _, account = who.partition(" ")
        audience = "Advertisers" if kind == "advertiser" else "Mediapartners"
        page = f"Invoices/{account or ADVERTISER}-{SHORT_MONTH}-USD/Page"
        signed_in = api.replace("://", f"://{account_sid}:{token}@", 1)
        say(f"  Statement, {who:15}{signed_in}/{audience}/{account_sid}/{page}")
    say("\n  Who may sign in, as SID:TOKEN")
    for who, (account_sid, token) in credentials.items():
        say(f"    {who:15} {account_sid}:{token}")
    tool = ".venv/bin/makegood"
    say("\n  The command line has a profile for each; try these:")
    say(f"    {tool} inquiries list --campaign-id {CAMPAIGN} --profile local-advertiser --limit 5")
    say(f"    {tool} funds --profile local-advertiser")
    say(f"    {tool} earnings --profile local-partner")
    say(f"    {tool} audit --profile local-operator --command withdraw")
    say(f"\n  The console, where people sign in with the password {people.PASSWORD}")
    say(f"    {story.stack.console_url}")
    for each in people.PEOPLE:
        say(f"    {each.email:20} {each.role:9} of {each.side.lower()} {each.account_id}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4566)
    arguments = parser.parse_args()
    act("The stack: the template, built and deployed into an emulator with IAM enforced")
    stack.down(lambda line: None)
    running = stack.up(arguments.port, lambda line: say(f"  {line}"))
    findings = play(Story(running, Samples(), say))
    return 1 if findings.faults else 0


if __name__ == "__main__":
    sys.exit(main())
