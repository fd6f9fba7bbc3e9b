"""The proof from outside: compares what users can see with the truth about every claim."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from infra.local import truth
from infra.local.story import CAMPAIGN, PARTNERS, Story
from infra.local.truth import GENUINE, PAID_TRUTHS

BY_INQUIRY = "ACTION_INQUIRY"


@dataclass(slots=True)
class Findings:
    """What was found, and every fault."""

    claims: Counter[tuple[str, str]] = field(default_factory=Counter)
    earned: dict[str, Decimal] = field(default_factory=dict)
    expected: dict[str, Decimal] = field(default_factory=dict)
    reconciled: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def check(self, holds: bool, what: str) -> None:
        if not holds:
            self.faults.append(what)


def prove(story: Story, elsewhere: Mapping[str, Decimal] | None = None) -> Findings:
    """Checks that every genuine claim is paid once, nothing else is, and the books agree.

    The claims are those of the story's campaign. `elsewhere` is what other shops have granted each
    partner, by its id: the partners' accounts hold that besides.
    """
    findings = Findings()
    samples = story.samples
    findings.expected = truth.expected_payouts(samples.conversions, samples.claims, samples.record)
    for partner_id in PARTNERS:
        _partner(story, partner_id, findings)
    _books(story, elsewhere or {}, findings)
    return findings


def _partner(story: Story, partner_id: str, findings: Findings) -> None:
    client = story.partners[partner_id]
    paid: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for action in client.list("Actions", "Actions"):
        if action["CampaignId"] != CAMPAIGN:
            continue
        if action["ClearedDate"]:
            paid[action["Oid"]].append(action)
        else:
            findings.check(action["State"] == "REVERSED", f"{action['Id']} was never paid")
    states = {
        (each["OrderId"], each["InquiryType"]): each["ResolutionStatus"]
        for each in client.list("ActionInquiries", "ActionInquiries")
        if each["CampaignId"] == CAMPAIGN
    }
    tracked = {
        row["Order Id"]: Decimal(row["Amount"])
        for row in story.samples.conversions
        if row["Partner Id"] == partner_id
    }
    due = {order_id: truth.payout(partner_id, amount) for order_id, amount in tracked.items()}
    for claim in story.samples.of(partner_id):
        state = states.get((claim.order_id, claim.row["Type"]), "refused")
        findings.claims[claim.truth, state] += 1
        if claim.truth in PAID_TRUTHS:
            amount = Decimal(story.samples.record[claim.order_id]["Amount"])
            due[claim.order_id] = truth.payout(partner_id, amount)
            _genuine(claim.truth, claim.order_id, paid[claim.order_id], findings)
    _orders(partner_id, due, paid, findings)


def _genuine(kind: str, order_id: str, paid: list[dict[str, Any]], findings: Findings) -> None:
    by_inquiry = [each for each in paid if each["ReferringType"] == BY_INQUIRY]
    findings.check(
        len(by_inquiry) == 1,
        f"{order_id} ({kind}) has {len(by_inquiry)} actions paid by inquiry, not one",
    )
    findings.check(
        kind != GENUINE or len(paid) == 1, f"{order_id} was untracked, and is paid besides"
    )


def _orders(
    partner_id: str,
    due: dict[str, Decimal],
    paid: dict[str, list[dict[str, Any]]],
    findings: Findings,
) -> None:
    """Compares order by order, to the cent, and finds orders that are not due."""
    total = Decimal("0.00")
    for order_id in due.keys() | paid.keys():
        got = sum((Decimal(each["Payout"]) for each in paid.get(order_id, ())), Decimal("0.00"))
        total += got
        owed = due.get(order_id, Decimal("0.00"))
        findings.check(got == owed, f"{order_id} paid {got} to {partner_id}, owed {owed}")
    findings.earned[partner_id] = total


def _books(story: Story, elsewhere: Mapping[str, Decimal], findings: Findings) -> None:
    """Checks the ledger's own proof, and its balances against what was counted outside."""
    report = story.stack.operate("reconcile")
    findings.reconciled = report
    findings.check(report["holds"], f"the ledger is broken: {report['violations']}")
    balances = report["balances"]
    findings.check(sum(balances.values()) == 0, "the balances do not sum to zero")
    for partner_id in PARTNERS:
        minor = balances.get(f"partner:{partner_id}:payable USD", 0)
        here = Decimal(minor).scaleb(-2) - elsewhere.get(partner_id, Decimal("0.00"))
        for what, amount in (
            ("was counted", findings.earned[partner_id]),
            ("is expected", findings.expected.get(partner_id, Decimal("0.00"))),
        ):
            findings.check(
                here == amount,
                f"partner {partner_id} has {here} of campaign {CAMPAIGN}, {amount} {what}",
            )
