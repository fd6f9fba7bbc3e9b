"""The use case of verifying open inquiries again: on request, and after a file of orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from makegood.domain.evidence import Evidence
from makegood.domain.inquiries import Inquiry
from makegood.domain.outcome import Outcome
from makegood.domain.problems import NotFound, RuleForbids
from makegood.domain.verification_walks import Walk
from makegood.store.work_store import WorkStore
from makegood.usecases import evidence, policy_books
from makegood.usecases.unit_of_work import Done
from makegood.usecases.view import Ask, View


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """An inquiry that is to have a new verdict."""

    inquiry_id: str


@dataclass(frozen=True, slots=True)
class VerifyWork:
    """New verdicts on one advertiser's open inquiries.

    A verdict is written even if it says the same, so that one which was made on older orders cannot
    take its place. With a `walk`, inquiries that it does not concern are left as they are, unless
    they mean another order now: a file may bring one on any day whose id comes nearer to theirs.
    """

    advertiser_id: str
    now: datetime
    walk: Walk | None = None

    def load(self, store: WorkStore, rows: Sequence[Ask[VerifyRequest]]) -> View:
        view = View(inquiries=store.inquiries(row.request.inquiry_id for row in rows))
        own = [each for each in view.inquiries.values() if self._is_ours(each)]
        view.campaigns = store.campaigns(sorted({each.campaign_id for each in own}))
        evidence.load(store, view, [each.claim for each in own])
        policy_books.load_for_verdicts(store, view, own, self.now)
        return view

    def _is_ours(self, inquiry: Inquiry) -> bool:
        return inquiry.advertiser_id == self.advertiser_id and inquiry.is_live

    def decide(self, row: Ask[VerifyRequest], view: View) -> Done:
        inquiry = view.inquiries.get(row.request.inquiry_id)
        if inquiry is None or inquiry.advertiser_id != self.advertiser_id:
            raise NotFound("There is no such inquiry in this account; check Id")
        if not inquiry.is_live:
            raise RuleForbids(
                f"Inquiry {inquiry.inquiry_id} is {inquiry.state}; only open ones are verified",
                code="not_open",
            )
        found = evidence.of(inquiry.claim, inquiry.inquiry_id, view)
        if found is None:
            raise RuleForbids(
                "There are no orders to verify it against; send a file of orders first",
                code="no_orders",
            )
        if self.walk is not None and not self._concerns(self.walk, inquiry, found):
            return Done(inquiry)
        return verified_again(inquiry, found, view, self.now)

    def _concerns(self, walk: Walk, inquiry: Inquiry, found: Evidence) -> bool:
        """Whether a claim is verified: on other days, too, where it means another order now."""
        kept = inquiry.verification
        return (
            kept is None or walk.concerns(inquiry, found.tolerance) or found.differs(inquiry, kept)
        )


def verified_again(inquiry: Inquiry, found: Evidence, view: View, now: datetime) -> Done:
    """An open inquiry with a new verdict, and what its campaign's policy says of that."""
    verified = found.verified(inquiry, now)
    made = Outcome(inquiries=((inquiry, verified),))
    entered = evidence.entered(verified, view, now)
    decided, asked = policy_books.on_verdict(verified, view, now)
    return Done(decided, made + entered + asked)
