"""Proposing, confirming and rejecting: commands that two people give.

A command that needs a second person is kept as it was given, and answers what it would do. Another
person confirms it; its rules are checked then against what is there then.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from makegood.domain.people import check_person
from makegood.domain.problems import Forbidden, NotFound, Unavailable
from makegood.domain.proposals import Confirmation, Proposal, ProposalState, proposal_id
from makegood.operator import deposits, setup, transfers
from makegood.operator.arguments import Arguments, Command, CommandContext, invalid, text
from makegood.operator.records import digest, size
from makegood.operator.second_person import Foreseen, Waits, refuse_if_decided, spend
from makegood.store.store import Contested

TRIES_MAX = 4
LISTED_MAX = 25
BYTES_MAX = 200_000
"""Of a proposal's arguments: an item takes 400 KB, and the answer of a function 6 MB."""

WAITING: Mapping[str, Callable[[CommandContext, Arguments], dict[str, Any]]] = {
    "refund_deposit": deposits.refund_deposit,
    "correct_deposit": deposits.correct_deposit,
    "transfer": transfers.transfer,
    "return_payment": transfers.return_payment,
    "withdraw": transfers.withdraw,
    "sign_contract": setup.sign_contract,
}
"""The commands that may wait for a second person."""


def propose(context: CommandContext, command: Arguments, waits: Waits) -> dict[str, Any]:
    """Keeps a command that waits. The same command of the same person is the same proposal."""
    _check(context, command)
    asked = digest(command)
    for _ in range(TRIES_MAX):
        mine = [p for p in context.store.proposals(context.now) if p.repeats(asked, context.caller)]
        waiting = [each for each in mine if each.waits(context.now)]
        if waiting:
            return _told(waiting[0])
        made = _proposal(context, command, asked, waits, len(mine))
        try:
            context.store.propose(made)
        except Contested:
            continue
        return _told(made)
    raise Unavailable


def foretold(context: CommandContext, command: Arguments, foreseen: Foreseen) -> dict[str, Any]:
    """What a dry run answers: what the command would do, and whether somebody has to confirm it.

    What could not be proposed is refused here, too.
    """
    waits = isinstance(foreseen, Waits)
    if waits:
        _check(context, command)
    return {
        "dry_run": True,
        "would": dict(foreseen.foresees),
        "needs_confirmation": waits,
        "confirmed_by": f"anyone who may confirm, except {context.caller}" if waits else "",
    }


def _check(context: CommandContext, command: Arguments) -> None:
    """Refuses what cannot be kept as a proposal."""
    if not context.caller:
        raise Forbidden("A command without a caller cannot be proposed", code="caller_unknown")
    check_person(context.caller)
    if size(_given(command)) > BYTES_MAX:
        raise invalid("command", f"At most {BYTES_MAX:,} bytes; give fewer groups", "too_large")


def _given(command: Arguments) -> dict[str, Any]:
    return {name: value for name, value in command.items() if name != "command"}


def _proposal(
    context: CommandContext, command: Arguments, asked: str, waits: Waits, before: int
) -> Proposal:
    return Proposal(
        proposal_id=proposal_id(asked, context.caller, context.now, before),
        command=str(command["command"]),
        arguments={**waits.fixed, **_given(command)},
        asked=asked,
        foresees=waits.foresees,
        proposed_by=context.caller,
        proposed_at=context.now,
    )


def confirm(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Carries out what somebody else proposed, once. It stays proposed if its rules forbid it now.

    Repeating a confirmation finishes one that was cut off, and moves nothing again.
    """
    before = _known(context, arguments)
    given = Confirmation(before, before.confirmed(context.caller, context.now))
    carrying_out = replace(context, caller=before.proposed_by, confirmation=given)
    result = WAITING[before.command](carrying_out, before.arguments)
    if context.dry_run:
        return {**_named(before), "result": result}
    if _known(context, arguments).state is ProposalState.WAITING:
        spend(carrying_out)
    return {**_named(given.after), "confirmed_by": context.caller, "result": result}


def reject(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Ends a proposal without carrying it out; who made it may take it back."""
    before = _known(context, arguments)
    after = before.rejected(context.caller, context.now)
    if after != before:
        try:
            context.store.decide(before, after)
        except Contested as lost:
            refuse_if_decided(lost)
            raise
    return {**_named(after), "rejected_by": after.decided_by}


def list_proposals(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """What waits for a second person, the oldest day first."""
    waiting = (each for each in context.store.proposals(context.now) if each.waits(context.now))
    listed = list(islice(waiting, LISTED_MAX + 1))
    shown = [{**_told(each), "arguments": dict(each.arguments)} for each in listed[:LISTED_MAX]]
    return {"proposals": shown, "more": len(listed) > LISTED_MAX}


def _known(context: CommandContext, arguments: Arguments) -> Proposal:
    named = text(arguments, "proposal_id")
    proposal = context.store.proposal(named)
    if proposal is None:
        raise NotFound(f"There is no proposal {named}; list those that wait")
    return proposal


def _named(proposal: Proposal) -> dict[str, Any]:
    return {
        "proposal_id": proposal.proposal_id,
        "state": proposal.state.value,
        "command": proposal.command,
        "proposed_by": proposal.proposed_by,
    }


def _told(proposal: Proposal) -> dict[str, Any]:
    return {
        **_named(proposal),
        "would": dict(proposal.foresees),
        "proposed_at": proposal.proposed_at.isoformat(),
        "expires_at": proposal.expires_at.isoformat(),
    }


COMMANDS: dict[str, Command] = {
    "confirm": Command(confirm, "proposal_id", "dry_run?"),
    "reject": Command(reject, "proposal_id"),
    "list_proposals": Command(list_proposals),
}
