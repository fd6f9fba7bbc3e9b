"""A statement as one page of HTML that prints well and runs no script."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from html import escape

from makegood.api.page_style import style
from makegood.domain.money import Money
from makegood.domain.statements import Detail, Line, Statement

ITEMS_MAX = 500
"""Line items on the page; all of them are in the table that it links to."""

STYLE = style("statement.css")
"""The style is inside the page, because people save the page as one file."""

REASONS = {
    "DEPOSIT": "Deposits",
    "REFUND": "Refunds of deposits",
    "CORRECTION": "Corrections of deposits",
    "LOCK": "Locked, set aside",
    "PAY": "Paid for actions",
    "TRANSFER": "Transfers",
    "RETURN": "Returned",
    "WITHDRAWAL": "Withdrawals",
}
FREE_FUNDS = (
    "<p class='soft'>Free funds are the cash that no locked action has a claim on. Below zero, "
    "more is set aside than there is cash: actions are then paid as they clear, the oldest first, "
    "as far as the cash goes.</p>"
)
WORLD = {"world:deposits": "Bank", "world:payouts": "Bank", "": ""}


def render(
    statement: Statement,
    names: Mapping[str, str],
    items: Sequence[Detail] = (),
    csv_link: str = "",
) -> str:
    """The page; `names` are what owners like `partner:10001` are called, `items` the first of the
    details, and `csv_link` is where all of them are.
    """
    kind, _, account = statement.owner.partition(":")
    title = f"Statement {statement.statement_id}"
    view = "<meta name='viewport' content='width=device-width, initial-scale=1'>"
    body = [
        f"<header><h1>Statement for {statement.month.start:%B %Y}</h1>",
        f"<p>{escape(names.get(statement.owner, ''))}, {kind} {escape(account)}</p>",
        f"<p class='soft'>No. {escape(statement.statement_id)}, all amounts in "
        f"{statement.currency}, all days in UTC</p></header>",
        _balances(statement),
        _overdue(statement),
        _lines(statement, names),
        _items(statement, names, items, csv_link),
        f"<p class='soft'>{statement.entry_count:,} entries of the ledger. SHA-256 of their "
        f"details: <code>{statement.checksum}</code></p>",
    ]
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'>{view}"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>"
    )


def _money(statement: Statement, minor: int) -> str:
    """An amount with separated thousands, and a minus sign as wide as a digit."""
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
    explained = FREE_FUNDS if statement.owner.startswith("advertiser:") else ""
    return (
        f"<table><caption>Balances</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{cells}</tbody></table>{explained}"
    )


def _overdue(statement: Statement) -> str:
    """What an advertiser owed at the month's end, where that is known, and what would pay it."""
    overdue, needed = statement.overdue, statement.deposit_needed_minor
    if overdue is None or needed is None:
        return ""
    last = f"{statement.month.end:%-d %B %Y}"
    count = f"{overdue.action_count:,} action{'' if overdue.action_count == 1 else 's'}"
    return (
        f"<table><caption>Due by {last}</caption><tbody>"
        f"<tr><th scope='row'>Owed, not covered</th>{_number(count)}"
        f"{_number(_money(statement, overdue.minor))}</tr>"
        f"<tr><th scope='row' colspan='2'>The least deposit that covers it</th>"
        f"{_number(_money(statement, needed))}</tr></tbody></table>"
    )


def _items(
    statement: Statement, names: Mapping[str, str], items: Sequence[Detail], csv_link: str
) -> str:
    """Order by order, as far as a page goes."""
    advertiser = statement.owner.startswith("advertiser:")
    numbers = ["Sale", "Amount", *(["Set aside"] if advertiser else [])]
    head = "".join(f"<th scope='col'>{each}</th>" for each in ("Day", "What", "With", "Order"))
    head += "".join(_number_head(each) for each in numbers)
    rows = "".join(_item(statement, each, names, advertiser) for each in items[:ITEMS_MAX])
    cut = f" (the first {ITEMS_MAX:,})" if len(items) > ITEMS_MAX else ""
    link = (
        f"<p><a href='{escape(csv_link)}'>All line items as CSV</a> "
        "<span class='soft'>(the link works for a quarter of an hour)</span></p>"
        if csv_link
        else ""
    )
    return (
        f"{link}<table class='items'><caption>Line items{cut}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _item(statement: Statement, item: Detail, names: Mapping[str, str], advertiser: bool) -> str:
    amounts = [item.sale_amount, item.amount, *([item.committed] if advertiser else [])]
    numbers = "".join(
        _number("" if each is None else _money(statement, each.minor)) for each in amounts
    )
    what, note = REASONS.get(item.reason, item.reason), "" if item.action_id else item.note
    return (
        f"<tr><td class='day'>{item.made_at.astimezone(UTC):%-d %b}</td><td>{what}</td>"
        f"<td>{escape(_called(item.counterparty, names))}</td>"
        f"<td>{escape(item.order_id or note)}</td>{numbers}</tr>"
    )


def _called(account: str, names: Mapping[str, str]) -> str:
    return WORLD.get(account, names.get(account, account))


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
    called, count = _called(line.counterparty, names), f"{line.action_count:,}"
    amounts = [line.minor, line.committed_minor] if advertiser else [line.minor]
    numbers = "".join(_number(_money(statement, each)) for each in amounts)
    what = REASONS.get(line.reason, line.reason)
    return f"<tr><td>{what}</td><td>{escape(called)}</td>{_number(count)}{numbers}</tr>"
