"""The operator's commands, by the function that runs them.

A command is a JSON object with `command` and its arguments in the words of the code. Each of the
four functions has the rights that its own commands need; see `endpoint` for who may send one.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from makegood.operator import (
    accounts,
    credentials,
    deposits,
    erasure,
    lookalikes,
    maintenance,
    people,
    proposals,
    setup,
    transfers,
    verification,
)
from makegood.operator.arguments import Arguments, Command, CommandContext, invalid, switch
from makegood.operator.second_person import Foreseen, Waits

DRY = "dry_run?"
MOVED = ("advertiser_id", "partner_id", "currency", "amount", "reference", "action_id?", DRY)
REFUNDED = ("advertiser_id", "currency", "amount", "reference", "explanation", DRY)
PAIR = ("campaign_id", "partner_id")
OPTIONS = (*(f"{each}?" for each in setup.SWITCHES), "retroactive?", "second_above?")

SETUP: dict[str, Command] = {
    "create_advertiser": Command(setup.create_advertiser, "advertiser_id", "name", "change?"),
    "create_partner": Command(setup.create_partner, "partner_id", "name", "kind", "change?"),
    "create_campaign": Command(
        setup.create_campaign,
        *("campaign_id", "advertiser_id", "name", "time_zone", "currency", "event_types"),
        "retroactive?",
    ),
    "set_options": Command(setup.set_options, "campaign_id", *OPTIONS),
    "sign_contract": Command(setup.sign_contract, *PAIR, "terms", DRY),
    "show_contract": Command(setup.show_contract, *PAIR),
    "end_contract": Command(setup.end_contract, *PAIR, "ended_at", "change?"),
    "set_rule": Command(
        setup.set_rule, *PAIR, "event_type_id", "payout_max", "month_max", "wait", "days?"
    ),
    "show_account": Command(accounts.show_account, "role", "account_id"),
    "set_clock": Command(maintenance.set_clock, "at"),
    **verification.COMMANDS,
    **lookalikes.COMMANDS,
}
"""What changes the directory, and no money."""

ACCESS: dict[str, Command] = credentials.COMMANDS | people.COMMANDS
"""What changes who comes in, and how often."""

TREASURY: dict[str, Command] = {
    "deposit": Command(
        deposits.deposit, "advertiser_id", "currency", "amount", "reference", "despite?", DRY
    ),
    "refund_deposit": Command(deposits.refund_deposit, *REFUNDED),
    "correct_deposit": Command(deposits.correct_deposit, *REFUNDED),
    "transfer": Command(transfers.transfer, *MOVED, "despite?"),
    "return_payment": Command(transfers.return_payment, *MOVED),
    "withdraw": Command(transfers.withdraw, "partner_id", "currency", "reference", "amount?", DRY),
    "set_payout_threshold": Command(
        transfers.set_payout_threshold, "partner_id", "currency", "amount"
    ),
    "funds": Command(deposits.funds, "advertiser_id", "currency"),
    "sweep": Command(maintenance.sweep, "as_of?"),
    "make_statements": Command(maintenance.make_statements, "month?"),
    "reconcile": Command(maintenance.prove),
    "replay_lost_batches": Command(maintenance.replay_lost_batches, DRY),
    "backfill": Command(maintenance.run_backfill),
    "migrate": Command(maintenance.migrate, "migration?"),
    "list_migrations": Command(maintenance.list_migrations),
    "reopen_migration": Command(maintenance.reopen_migration, "migration"),
    **erasure.COMMANDS,
}
"""What moves money, and what proves it."""

CONFIRM: dict[str, Command] = proposals.COMMANDS
"""What a second person answers to what waits for one."""

FUNCTIONS: dict[str, Mapping[str, Command]] = {
    "setup": SETUP,
    "access": ACCESS,
    "treasury": TREASURY,
    "confirm": CONFIRM,
}
COMMANDS: dict[str, Command] = SETUP | ACCESS | TREASURY | CONFIRM


def function_of(command: str) -> str:
    """The function that runs a command; raises `Invalid` where there is no such command."""
    for name, known in FUNCTIONS.items():
        if command in known:
            return name
    raise _unknown(COMMANDS)


def run(
    context: CommandContext, command: Arguments, known: Mapping[str, Command] = COMMANDS
) -> dict[str, Any]:
    """Runs one command of those that are known, and answers with what it made or found; with what
    it would do, where it waits for a second person or is a dry run.
    """
    name = str(command.get("command", ""))
    if name not in known:
        raise _unknown(known)
    known[name].check(name, command)
    dry_run = switch(command, "dry_run")
    asked = {each: value for each, value in command.items() if each != "dry_run"}
    try:
        result = known[name].run(replace(context, dry_run=dry_run), asked)
    except Waits as waits:
        if not dry_run:
            return proposals.propose(context, asked, waits)
        return proposals.foretold(context, asked, waits)
    except Foreseen as foreseen:
        return proposals.foretold(context, asked, foreseen)
    return {**result, "dry_run": True} if dry_run else result


def _unknown(known: Mapping[str, Command]) -> Exception:
    return invalid("command", f"One of {', '.join(sorted(known))}", "unknown_command")
