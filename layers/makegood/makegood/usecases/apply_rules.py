"""The use case of deciding inquiries whose approval rule or deadline is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from makegood.domain import approval_rules, automatic_decisions, silence
from makegood.domain.automatic_decisions import FallenDue
from makegood.domain.inquiries import Inquiry
from makegood.domain.outcome import RuleSpend
from makegood.domain.problems import NotFound
from makegood.store.work_store import WorkStore
from makegood.usecases import evidence, policy_books
from makegood.usecases.resolve_inquiry import case_of, load_cases, load_uses
from makegood.usecases.unit_of_work import Done
from makegood.usecases.verify_claims import verified_again
from makegood.usecases.view import Ask, View


@dataclass(frozen=True, slots=True)
class DueInquiry:
    """An inquiry that the store says is due."""

    inquiry_id: str


@dataclass(frozen=True, slots=True)
class ApprovalWork:
    """Decides what is due by the rule that it waited for, or tells of a deadline and decides by
    what the contract says of silence. Where both are due, the rule comes first; the deadline is
    still due after it.

    Nothing is decided on a verdict that is not what the shop says now: while a file of orders is at
    work, its walk has not come to the claim. That is verified instead, and stays due. An approval
    is written on condition that the order is as it was read.
    """

    now: datetime

    def load(self, store: WorkStore, rows: Sequence[Ask[DueInquiry]]) -> View:
        view = load_cases(store, (row.request.inquiry_id for row in rows), self.now)
        found = list(view.inquiries.values())
        view.rules = store.rules(
            dict.fromkeys((each.campaign_id, each.partner_id) for each in found)
        )
        policy_books.load_disputes(store, view, found)
        self._load_evidence(store, view, found)
        policy_books.load_books(store, view, found, self.now)
        policy_books.load_alike(
            store, view, [each.claim for each in found if self._may_be_decided(each)]
        )
        policy_books.load_caps(store, view, found, self.now)
        ruled = [(each, view.rules.get((each.campaign_id, each.partner_id))) for each in found]
        answers = [
            (each, automatic_decisions.resolution_by(rule, each)) for each, rule in ruled if rule
        ]
        silent = [(each, silence.answer_of(each)) for each in found if each.clock]
        answers += [(each, answer) for each, answer in silent if answer]
        load_uses(store, view, answers, self.now)
        for each in found:
            key = self._spend_key(each, view)
            if key not in view.spends:
                view.spends[key] = store.spend(*key)
        return view

    def _load_evidence(self, store: WorkStore, view: View, found: Sequence[Inquiry]) -> None:
        """What verdicts are made of, where one of these is not what the shop says now."""
        if any(evidence.is_stale(each, view) for each in found):
            live = [each for each in found if each.is_live]
            evidence.load(store, view, [each.claim for each in live])
            policy_books.load_for_verdicts(store, view, live, self.now)

    def _may_be_decided(self, inquiry: Inquiry) -> bool:
        """Whether a rule or silence may decide it on its verdict."""
        waits = inquiry.auto_approval_at is not None or silence.answer_of(inquiry) is not None
        return waits and inquiry.verification is not None

    def _spend_key(self, inquiry: Inquiry, view: View) -> tuple[str, str, str, str]:
        month = approval_rules.month_of(self.now, view.campaigns[inquiry.campaign_id].zone)
        currency = inquiry.claim.order_amount.currency
        return inquiry.campaign_id, inquiry.partner_id, month, currency

    def spend_of(self, inquiry: Inquiry, view: View) -> RuleSpend:
        return view.spends[self._spend_key(inquiry, view)]

    def decide(self, row: Ask[DueInquiry], view: View) -> Done:
        inquiry = view.inquiries.get(row.request.inquiry_id)
        if inquiry is None:
            raise NotFound
        by_rule = inquiry.auto_approval_at is not None and inquiry.auto_approval_at <= self.now
        if not by_rule and not silence.is_due(inquiry, self.now):
            return Done(inquiry)
        if evidence.is_stale(inquiry, view):
            found = evidence.of(inquiry.claim, inquiry.inquiry_id, view)
            return verified_again(inquiry, found, view, self.now) if found else Done(inquiry)
        due = FallenDue(
            case_of(inquiry, view),
            view.rules.get((inquiry.campaign_id, inquiry.partner_id)),
            self.spend_of(inquiry, view),
            disputed=inquiry.inquiry_id in view.disputed,
            kind=policy_books.kind_of(inquiry, view),
            book=policy_books.book_of(inquiry, view),
            credited=view.partners,
        )
        if by_rule:
            policy = {"kind": due.kind, "book": due.book, "credited": due.credited}
            decided, action, outcome = automatic_decisions.decide(
                due.case, due.rule, due.spend, self.now, due.disputed, **policy
            )
        else:
            decided, action, outcome = silence.decide(due, self.now)
        if action is not None:
            outcome += evidence.borne_out(inquiry, view)
        return Done(decided, outcome, action)
