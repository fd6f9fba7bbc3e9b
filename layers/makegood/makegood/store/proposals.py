"""Proposals: commands that wait for a second person.

They lie in one partition of the directory, by the day of their making: those that still wait are
of the last days, so listing them costs the same however many there ever were.
"""

from collections.abc import Iterator
from datetime import datetime

from makegood.domain.proposals import LIVES, Proposal, ProposalState, day_of
from makegood.store.connection import Connection
from makegood.store.expressions import IS_NEW, at_version, within
from makegood.store.items import Compact, Instant, Key, Row, Text
from makegood.store.transactions import Writes, send

PROPOSALS = "PROPOSALS"
PROPOSAL = "proposal"
"""What a proposal's write is labelled with, where it is lost to another decision."""


class ProposalRow(Row):
    table = "directory"

    command = Text()
    arguments = Compact()
    asked = Text()
    foresees = Compact()
    proposed_by = Text()
    proposed_at = Instant()
    state = Text()
    decided_by = Text(null=True)
    decided_at = Instant(null=True)


def proposal_key(proposal_id: str) -> Key:
    return ProposalRow, PROPOSALS, proposal_id


def proposal_row(proposal: Proposal) -> ProposalRow:
    return ProposalRow(
        *proposal_key(proposal.proposal_id)[1:],
        version=proposal.version,
        command=proposal.command,
        arguments=proposal.arguments,
        asked=proposal.asked,
        foresees=proposal.foresees,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        state=proposal.state.value,
        decided_by=proposal.decided_by or None,
        decided_at=proposal.decided_at,
    )


def proposal_of(row: ProposalRow) -> Proposal:
    return Proposal(
        proposal_id=row.sk,
        command=row.command,
        arguments=row.arguments,
        asked=row.asked,
        foresees=row.foresees,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        state=ProposalState(row.state),
        decided_by=row.decided_by or "",
        decided_at=row.decided_at,
        version=int(row.version),
    )


def deciding(before: Proposal, after: Proposal) -> Writes:
    """The decision on a proposal, for the transaction of what it does; on condition that nobody
    else has decided on it.
    """
    rows = proposal_row(before), proposal_row(after)
    held = at_version(ProposalRow, before.version)
    return Writes(moves=[(f"{PROPOSAL}:{before.proposal_id}", *rows, held)])


class Proposals(Connection):
    """Keeps proposals and what was decided on them; none is ever deleted."""

    def proposal(self, proposal_id: str) -> Proposal | None:
        key = proposal_key(proposal_id)
        row = self.fetch([key]).get(key[1:])
        return None if row is None else proposal_of(row)

    def proposals(self, now: datetime) -> Iterator[Proposal]:
        """Every proposal of the last days, decided or not: whatever still waits is among them."""
        days = within("pk", PROPOSALS, "sk", (day_of(now - LIVES), "~"))
        for page in self.pages("directory", days, ConsistentRead=True):
            yield from (proposal_of(ProposalRow.from_raw_data(each)) for each in page["Items"])

    def propose(self, proposal: Proposal) -> None:
        """Keeps a new proposal; raises `Contested` if there is one of its id."""
        send(
            self,
            Writes(puts=[(f"{PROPOSAL}:{proposal.proposal_id}", proposal_row(proposal), IS_NEW)]),
        )

    def decide(self, before: Proposal, after: Proposal) -> None:
        """Writes what was decided; raises `Contested` if somebody else has decided meanwhile."""
        send(self, deciding(before, after))
