"""What answers requests for lists that are files as well, by what their paths end with."""

from makegood.api import actions as action_lists
from makegood.api import balances
from makegood.api import inquiries as inquiry_lists
from makegood.api.http import Reply, Request
from makegood.api.routes import AudienceRoutes
from makegood.domain.parties import Role


def inquiries(audience: AudienceRoutes, request: Request) -> Reply:
    if request.suffix == "csv" and audience.role is Role.ADVERTISER:
        from makegood.api import csv_lists

        return csv_lists.undecided(audience.store, request)
    return inquiry_lists.inquiries(audience.store, request)


def actions(audience: AudienceRoutes, request: Request) -> Reply:
    if request.suffix == "csv" and audience.role is Role.ADVERTISER:
        from makegood.api import csv_lists

        return csv_lists.awaiting(audience.store, request, audience.clock())
    return action_lists.actions(audience.store, request, audience.clock())


def entries(audience: AudienceRoutes, request: Request) -> Reply:
    if request.suffix in ("csv", "xlsx"):
        from makegood.api import csv_lists

        return csv_lists.entries(audience.store, request, audience.clock())
    return balances.entries(audience.store, request)
