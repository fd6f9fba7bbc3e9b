"""What answers advertisers' writes whose fields come in more than one form."""

from makegood.api import advertiser_writes
from makegood.api.http import Reply, Request
from makegood.api.routes import AudienceRoutes, named
from makegood.domain.problems import Problem
from makegood.forms import conversion_names, fields


def convert(audience: AudienceRoutes, request: Request) -> Reply:
    """Its fields may have the names of the field's API, and are at fault by those."""
    said = conversion_names.read(request.fields)
    try:
        written = advertiser_writes.convert(audience.context(request), said.fields)
    except Problem as refused:
        refused.faults = said.by_their_names(refused.faults)
        raise
    return audience.written(request, "Actions", written)


def reverse(audience: AudienceRoutes, request: Request, **ids: str) -> Reply:
    """Not every client sends a body with DELETE, so the fields may be in the query, too."""
    fields.check_known(request.fields, fields.REVERSAL_FIELDS)
    queried = fields.only_known(request.query, fields.REVERSAL_FIELDS)
    asked = {**queried, **request.fields, **named(ids)}
    written = advertiser_writes.reverse(audience.context(request), asked)
    return audience.written(request, "Actions", written)
