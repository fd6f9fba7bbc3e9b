"""A statement as one page of HTML, that prints well and runs nothing."""

from collections.abc import Mapping
from html import escape

from makegood.money import Money
from makegood.statements import Line, Statement

STYLE = """
:root { color-scheme: light; } @page { margin: 18mm 16mm; }
body { color: #111; font: 15px/1.45 system-ui, "Helvetica Neue", Arial, sans-serif; margin: 0 auto;
  max-width: 48rem; padding: 2rem 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } p { margin: .1rem 0; } .soft { color: #555; }
header { border-bottom: 2px solid #111; margin-bottom: 1.5rem; padding-bottom: 1rem; }
table { border-collapse: collapse; margin: 0 0 2rem; width: 100%; }
caption { font-weight: 600; padding: .25rem 0; text-align: left; }
th, td { border-bottom: 1px solid #ccc; padding: .35rem .75rem .35rem 0; text-align: left;
  vertical-align: top; } th { font-weight: 600; }
.number { font-variant-numeric: tabular-nums; padding-right: 0; text-align: right;
  white-space: nowrap; } td.number, th.number { padding-left: .75rem; }
tfoot td, tfoot th { border-bottom: 0; border-top: 2px solid #111; font-weight: 600; }
code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; }
@media print { body { font-size: 10.5pt; max-width: none; padding: 0; }
  thead { display: table-header-group; } tfoot { display: table-row-group; }
  tr { break-inside: avoid; } }
"""

REASONS = {
    "DEPOSIT": "Deposits",
    "LOCK": "Locked, set aside",
    "PAY": "Paid for actions",
    "TRANSFER": "Transfers",
    "RETURN": "Returned",
    "WITHDRAWAL": "Withdrawals",
}
WORLD = {"world:deposits": "Bank", "world:payouts": "Bank", "": ""}


def render(statement: Statement, names: Mapping[str, str]) -> str:
    """The page; `names` are what owners like `partner:10001` are called."""
    kind, _, account = statement.owner.partition(":")
    title = f"Statement {statement.statement_id}"
    view = "<meta name='viewport' content='width=device-width, initial-scale=1'>"
    body = [
        f"<header><h1>Statement for {statement.month.start:%B %Y}</h1>",
        f"<p>{escape(names.get(statement.owner, ''))}, {kind} {escape(account)}</p>",
        f"<p class='soft'>No. {escape(statement.statement_id)}, all amounts in "
        f"{statement.currency}, all days in UTC</p></header>",
        _balances(statement),
        _lines(statement, names),
        f"<p class='soft'>{statement.entry_count:,} entries of the ledger. SHA-256 of their "
        f"details: <code>{statement.checksum}</code></p>",
    ]
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'>{view}"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>"
    )


def _money(statement: Statement, minor: int) -> str:
    """Thousands apart, with a minus sign that is as wide as a digit."""
    sign, whole = ("\u2212" if minor < 0 else ""), str(Money(abs(minor), statement.currency))
    units, point, parts = whole.partition(".")
    return f"{sign}{int(units):,}{point}{parts}"


def _number(text: str) -> str:
    return f"<td class='number'>{text}</td>"


def _number_head(text: str) -> str:
    return f"<th scope='col' class='number'>{text}</th>"


def _balances(statement: Statement) -> str:
    """What there was and is; an advertiser's with the part that is promised."""
    opening, closing = statement.opening, statement.closing
    first, last = f"{statement.month.start:%-d %B %Y}", f"{statement.month.end:%-d %B %Y}"
    rows = [("Balance", opening.minor, closing.minor)]
    if statement.owner.startswith("advertiser:"):
        rows = [
            ("Cash", opening.minor, closing.minor),
            (
                "of it set aside for locked actions",
                opening.committed_minor,
                closing.committed_minor,
            ),
            (
                "of it free funds",
                opening.minor - opening.committed_minor,
                closing.minor - closing.committed_minor,
            ),
        ]
    cells = "".join(
        f"<tr><th scope='row'>{name}</th>{_number(_money(statement, before))}"
        f"{_number(_money(statement, after))}</tr>"
        for name, before, after in rows
    )
    head = f"<td></td>{_number_head(f'on {first}')}{_number_head(f'on {last}')}"
    return (
        f"<table><caption>Balances</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{cells}</tbody></table>"
    )


def _lines(statement: Statement, names: Mapping[str, str]) -> str:
    advertiser = statement.owner.startswith("advertiser:")
    rows = "".join(_line(statement, each, names, advertiser) for each in statement.lines)
    heads = ["Amount", "Set aside"] if advertiser else ["Amount"]
    head = "<th scope='col'>What</th><th scope='col'>With</th>" + "".join(
        _number_head(each) for each in ["Actions", *heads]
    )
    sums = [statement.closing.minor - statement.opening.minor]
    if advertiser:
        sums.append(statement.closing.committed_minor - statement.opening.committed_minor)
    foot = "".join(_number(_money(statement, each)) for each in sums)
    return (
        f"<table><caption>What moved</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        f"<tfoot><tr><th scope='row' colspan='3'>Change</th>{foot}</tr></tfoot></table>"
    )


def _line(statement: Statement, line: Line, names: Mapping[str, str], advertiser: bool) -> str:
    account = line.counterparty
    called = WORLD.get(account, names.get(account, account))
    count = f"{line.action_count:,}" if line.action_count else ""
    amounts = [line.minor, line.committed_minor] if advertiser else [line.minor]
    numbers = "".join(_number(_money(statement, each)) for each in amounts)
    what = REASONS.get(line.reason, line.reason)
    return f"<tr><td>{what}</td><td>{escape(called)}</td>{_number(count)}{numbers}</tr>"
