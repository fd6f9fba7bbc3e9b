"""Monthly statements as the API shows them: as the field's invoices, with all that the books say.

An invoice of the field's is between one advertiser and one partner. A statement has everybody that
its owner dealt with, so the invoice's other side has a name only where there is one alone. The
invoice's total is what partners were paid, less what they gave back; a line that is no payment adds
nothing to it. Nothing here is taxed. Of fields of the field's API that are not kept, the value is
"".
"""

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from makegood.domain.ledger import EntryReason
from makegood.domain.money import Money
from makegood.domain.parties import Caller, Role, account_path
from makegood.domain.statements import Line, Statement

PAYMENTS = {
    EntryReason.PAY: "MEDIA_PAYOUT",
    EntryReason.TRANSFER: "BONUS",
    EntryReason.RETURN: "BONUS",
}
"""What moves money between an advertiser and a partner, and what the field calls it."""

OTHER_SIDE = {Role.ADVERTISER: "Media", Role.PARTNER: "Recipient"}
"""What the fields with the invoice's other side begin with, for its owner."""

Names = Mapping[str, str]
"""Names by owners, like `partner:10001`."""


def statement(
    shown: Statement, caller: Caller, names: Names, csv_uri: str, workbook_uri: str
) -> dict[str, Any]:
    uri = f"{account_path(caller.role, caller.account_id)}/Invoices/{shown.statement_id}"
    came = sum(max(each.minor, 0) for each in shown.lines)
    overdue, needed = shown.overdue, shown.deposit_needed_minor
    payments = [each for each in shown.lines if each.reason in PAYMENTS]
    others = {each.counterparty for each in payments}
    other = others.pop() if len(others) == 1 else ""

    def text(minor: int) -> str:
        return str(Money(minor, shown.currency))

    return {
        "Id": shown.statement_id,
        f"{OTHER_SIDE[caller.role]}Id": other.partition(":")[2],
        f"{OTHER_SIDE[caller.role]}Name": names.get(other, ""),
        "Currency": shown.currency,
        "TotalAmount": text(_paid(payments, caller.role)),
        "TotalVatAmount": text(0),
        "StartDate": shown.month.start.astimezone(UTC).isoformat(),
        "EndDate": shown.month.end.astimezone(UTC).isoformat(),
        "CreatedDate": shown.month.end.astimezone(UTC).isoformat(),
        "OpeningBalance": text(shown.opening.minor),
        "AmountIn": text(came),
        "AmountOut": text(came - shown.closing.minor + shown.opening.minor),
        "ClosingBalance": text(shown.closing.minor),
        "OpeningCommitted": text(shown.opening.committed_minor),
        "ClosingCommitted": text(shown.closing.committed_minor),
        "OverdueCount": str(overdue.action_count) if overdue else "",
        "Overdue": text(overdue.minor) if overdue else "",
        "DepositNeeded": "" if needed is None else text(needed),
        "EntryCount": str(shown.entry_count),
        "Checksum": shown.checksum,
        "LineItems": [_line(each, caller.role, shown.currency) for each in shown.lines],
        "DetailedLineItems": _by_account(payments, caller.role, names, shown.currency),
        "PDF": "",
        "CsvUri": csv_uri,
        "WorkbookUri": workbook_uri,
        "PageUri": f"{uri}/Page",
        "Uri": uri,
    }


def _paid(payments: Iterable[Line], role: Role) -> int:
    """What partners were paid, in minor units; for an advertiser, that went out."""
    moved = sum(each.minor for each in payments)
    return -moved if role is Role.ADVERTISER else moved


def _line(line: Line, role: Role, currency: str) -> dict[str, str]:
    """What moved for one reason with one counterparty; first as the field has it, then as ours."""
    payment = PAYMENTS.get(EntryReason(line.reason), "")
    paid = str(Money(_paid([line], role) if payment else 0, currency))
    return {
        "CampaignId": "",
        "CampaignName": "",
        "Description": payment,
        "EventMonthYear": "",
        "NetItemAmount": paid,
        "VatItemAmount": str(Money(0, currency)),
        "TotalItemAmount": paid,
        "Status": "PAID" if payment else "",
        "DueDate": "",
        "PaidDate": "",
        "Reason": line.reason,
        "Counterparty": line.counterparty,
        "Actions": str(line.action_count),
        "Amount": str(Money(line.minor, currency)),
        "Committed": str(Money(line.committed_minor, currency)),
    }


def _by_account(
    payments: Iterable[Line], role: Role, names: Names, currency: str
) -> list[dict[str, str]]:
    """What was paid, by counterparty: for actions, and otherwise."""
    by_account: dict[str, list[Line]] = {}
    for each in payments:
        by_account.setdefault(each.counterparty, []).append(each)

    def text(lines: Iterable[Line]) -> str:
        return str(Money(_paid(lines, role), currency))

    return [
        {
            "AccountId": account.partition(":")[2],
            "Name": names.get(account, ""),
            "ProgramId": "",
            "ProgramName": "",
            "EventMonthYear": "",
            "ActionAmount": text(each for each in lines if each.reason == EntryReason.PAY),
            "OtherAmount": text(each for each in lines if each.reason != EntryReason.PAY),
            "TotalAmount": text(lines),
        }
        for account, lines in by_account.items()
    ]
