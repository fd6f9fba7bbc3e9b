"""The writes of advertisers: they resolve, convert, modify and reverse. `api.writes` has the way of
every write.
"""

from makegood.api.writes import RequestContext, Written, write
from makegood.forms.changes import ModificationRequest, ReversalRequest
from makegood.forms.conversions import ConversionRequest
from makegood.forms.reading import Fields
from makegood.forms.resolutions import ResolutionRequest
from makegood.usecases.change_action import ChangeWork
from makegood.usecases.report_conversion import ConversionWork
from makegood.usecases.resolve_inquiry import ResolutionWork


def resolve(context: RequestContext, fields: Fields) -> Written:
    """An advertiser decides an inquiry; `Id` names it."""
    work = ResolutionWork(context.caller.account_id, context.now)
    return write(context, "resolve", fields, ResolutionRequest.read, work)


def convert(context: RequestContext, fields: Fields) -> Written:
    """An advertiser reports a tracked order."""
    work = ConversionWork(context.caller.account_id, context.now)
    return write(context, "convert", fields, ConversionRequest.read, work)


def modify(context: RequestContext, fields: Fields) -> Written:
    """An advertiser modifies, resets or approves an action, as the `Reason` says."""
    work = ChangeWork(context.caller.account_id, context.now)
    return write(context, "modify", fields, ModificationRequest.read, work)


def reverse(context: RequestContext, fields: Fields) -> Written:
    """An advertiser reverses an action; `DispositionCode` says why."""
    work = ChangeWork(context.caller.account_id, context.now)
    return write(context, "reverse", fields, ReversalRequest.read, work)
