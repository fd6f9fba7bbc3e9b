"""A command that waits for a second person.

    WAITING ── another person confirms ──▶ CONFIRMED
            ── anybody takes it back ────▶ REJECTED
            ── seven days pass ──────────▶ expired; nothing is written then

What is confirmed is what was proposed: the arguments that are kept here, and no others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from makegood.domain.ids import digest
from makegood.domain.people import check_person, may_be_one_person
from makegood.domain.problems import Conflict, Forbidden

LIVES = timedelta(days=7)
"""How long a proposal may be confirmed."""


class ProposalState(StrEnum):
    WAITING = "WAITING"
    CONFIRMED = "CONFIRMED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A command and its `arguments`, as they will be run. `asked` is the digest of the command as
    it came; `foresees` says what it would do, as things stood then.
    """

    proposal_id: str
    command: str
    arguments: Mapping[str, Any]
    asked: str
    foresees: Mapping[str, Any]
    proposed_by: str
    proposed_at: datetime
    state: ProposalState = ProposalState.WAITING
    decided_by: str = ""
    decided_at: datetime | None = None
    version: int = 1

    @property
    def expires_at(self) -> datetime:
        return self.proposed_at + LIVES

    def waits(self, at: datetime) -> bool:
        return self.state is ProposalState.WAITING and at < self.expires_at

    def repeats(self, asked: str, caller: str) -> bool:
        """Whether the same person asked for the same: that is no second proposal."""
        return self.asked == asked and may_be_one_person(caller, self.proposed_by)

    def confirmed(self, caller: str, at: datetime) -> "Proposal":
        """This proposal, confirmed; itself where this caller has confirmed it before.

        Raises `Forbidden` for who may have proposed it, `Conflict` where it does not wait any more.
        """
        check_person(caller)
        if may_be_one_person(caller, self.proposed_by):
            raise Forbidden(
                f"{self.proposed_by} proposed it, and you may be the same person; "
                "somebody else has to confirm it",
                code="own_proposal",
            )
        if (self.state, self.decided_by) == (ProposalState.CONFIRMED, caller):
            return self
        return self._decided(ProposalState.CONFIRMED, caller, at)

    def rejected(self, caller: str, at: datetime) -> "Proposal":
        """This proposal, rejected, or taken back by who made it; itself where it was before."""
        check_person(caller)
        if self.state is ProposalState.REJECTED:
            return self
        return self._decided(ProposalState.REJECTED, caller, at)

    def _decided(self, state: ProposalState, caller: str, at: datetime) -> "Proposal":
        if self.state is not ProposalState.WAITING:
            raise Conflict(
                f"{self.decided_by} has {self.state.lower()} proposal {self.proposal_id} already",
                code=f"proposal_{self.state.lower()}",
            )
        if not self.waits(at):
            raise Conflict(
                f"Proposal {self.proposal_id} expired on {self.expires_at.isoformat()}; "
                "propose it again",
                code="proposal_expired",
            )
        version = self.version + 1
        return replace(self, state=state, decided_by=caller, decided_at=at, version=version)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A proposal as it was read, and as the second person leaves it."""

    before: Proposal
    after: Proposal

    @property
    def by(self) -> str:
        return self.after.decided_by


def proposal_id(asked: str, caller: str, at: datetime, before: int) -> str:
    """Like `20261128-5f2a…`: by its day, so that those of the last days are read together. `before`
    counts the same proposals that were made and decided earlier.
    """
    return f"{day_of(at)}-{digest('proposal', asked, caller, str(before))[:20]}"


def day_of(at: datetime) -> str:
    """The day, as ids of proposals begin with it."""
    return f"{at:%Y%m%d}"
