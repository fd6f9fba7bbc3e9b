"""People of the demo's accounts: one for each role of the shop's, and two of a partner's.

They are invited by the operator's command, as everywhere. Nobody reads their e-mail here, so the
password that each would choose is set.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from makegood.domain.account_people import PersonRole
from makegood.domain.parties import Role

from infra.local.stack import Stack
from infra.local.story import ADVERTISER, CASHBACK

PASSWORD = "Makegood-demo-1"  # of people who exist on this machine alone # noqa: S105 # nosec B105


@dataclass(frozen=True, slots=True)
class DemoPerson:
    name: str
    email: str
    side: Role
    account_id: str
    role: PersonRole


SHOP, CLUB = (Role.ADVERTISER, ADVERTISER), (Role.PARTNER, CASHBACK)
PEOPLE = (
    DemoPerson("Rita Okafor", "rita@shop.example", *SHOP, PersonRole.REVIEWER),
    DemoPerson("Finn Larsen", "finn@shop.example", *SHOP, PersonRole.FINANCE),
    DemoPerson("Vera Costa", "vera@shop.example", *SHOP, PersonRole.VIEWER),
    DemoPerson("Ada Novak", "ada@shop.example", *SHOP, PersonRole.ADMIN),
    DemoPerson("Clara Ruiz", "clara@club.example", *CLUB, PersonRole.ADMIN),
    DemoPerson("Ravi Singh", "ravi@club.example", *CLUB, PersonRole.REVIEWER),
)


def invite(stack: Stack, people: Iterable[DemoPerson] = PEOPLE) -> None:
    """Invites all of them, and gives each the password."""
    pool = stack.client("cognito-idp")
    for each in people:
        stack.operate(
            "invite_person",
            role=each.side,
            account_id=each.account_id,
            email=each.email,
            name=each.name,
            person_role=each.role,
        )
        pool.admin_set_user_password(
            UserPoolId=stack.user_pool, Username=each.email, Password=PASSWORD, Permanent=True
        )
