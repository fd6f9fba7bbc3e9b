"""The writes of partners: they file, answer, withdraw and appeal.

Their way is that of every write, in `api.writes`.
"""

from dataclasses import replace

from makegood.api.writes import RequestContext, Written, write
from makegood.forms.appeals import AppealRequest
from makegood.forms.claims import AnswerRequest, ClaimRequest, WithdrawalRequest
from makegood.forms.reading import Fields
from makegood.usecases.answer_claim import AnswerWork, WithdrawalWork
from makegood.usecases.appeal_claim import AppealWork
from makegood.usecases.file_claim import ClaimWork


def submit(context: RequestContext, fields: Fields) -> Written:
    """A partner files a claim. A dry run tells what `prospects` may tell."""
    work = ClaimWork(context.caller.account_id, context.now)
    dry_work = replace(work, foresees=True)
    return write(context, "submit", fields, ClaimRequest.read, work, dry_work)


def answer(context: RequestContext, fields: Fields) -> Written:
    """A partner answers an INCOMPLETE inquiry; `Id` names it."""
    work = AnswerWork(context.caller.account_id, context.now)
    return write(context, "answer", fields, AnswerRequest.read, work)


def appeal(context: RequestContext, fields: Fields) -> Written:
    """A partner appeals a decline; `Id` names it. The appeal is an inquiry of its own."""
    work = AppealWork(context.caller.account_id, context.now)
    dry_work = replace(work, foresees=True)
    return write(context, "appeal", fields, AppealRequest.read, work, dry_work)


def withdraw(context: RequestContext, fields: Fields) -> Written:
    """A partner takes an undecided inquiry back; `Id` names it."""
    work = WithdrawalWork(context.caller.account_id, context.now)
    return write(context, "withdraw", fields, WithdrawalRequest.read, work)
