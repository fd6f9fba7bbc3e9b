"""The API of advertisers; `makegood.api.routes` has its operations."""

from typing import Any

from makegood.api.routes import AudienceRoutes
from makegood.domain.parties import Role
from makegood.runtime import start

ROUTES = AudienceRoutes(Role.ADVERTISER)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return ROUTES.api.handle(event, context)


start.started()
