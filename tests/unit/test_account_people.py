"""What each role may do, and what becomes of an account's people."""

from datetime import UTC, datetime, timedelta

import pytest
from makegood.domain.account_people import (
    MAILED_AGAIN_AFTER,
    MAILED_MAX,
    PEOPLE_MAX,
    AccountPeople,
    Person,
    PersonRole,
    PersonState,
    check_may,
    check_may_send,
    file_source,
    person_of,
    read_email,
    sender_of,
    shown_source,
    source_of,
)
from makegood.domain.parties import COLLECTIONS, PEOPLE_ONLY, SCOPES, Caller, Role, SignedIn
from makegood.domain.problems import (
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    RuleForbids,
    TooManyRequests,
)
from makegood.domain.uploads import Kind, SheetKind

ADA = Person("sub-ada", "ada@shop.example", "Ada", PersonRole.ADMIN)
EVE = Person("sub-eve", "eve@shop.example", "Eve", PersonRole.ADMIN)
RITA = Person("sub-rita", "rita@shop.example", "Rita", PersonRole.REVIEWER)
PEOPLE = AccountPeople(Role.ADVERTISER, "500", (ADA, RITA))


def caller(role: PersonRole) -> Caller:
    person = SignedIn("sub", "Somebody", role.value, "session")
    return Caller("MG1", Role.ADVERTISER, "500", person=person)


def may(role: PersonRole, *, writing: bool) -> set[str]:
    able = set()
    for each in COLLECTIONS:
        try:
            check_may(caller(role), each, writing=writing)
        except Forbidden:
            continue
        able.add(each)
    return able


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        (PersonRole.REVIEWER, {"Earnings", "Funds", "Invoices", "People", "Tokens", "Webhooks"}),
        (PersonRole.FINANCE, {"People", "Tokens", "Webhooks"}),
        (PersonRole.VIEWER, {"People", "Tokens", "Webhooks"}),
        (PersonRole.ADMIN, set()),
    ],
)
def test_a_role_reads_everything_but_what_it_is_kept_from(
    role: PersonRole, hidden: set[str]
) -> None:
    assert may(role, writing=False) == COLLECTIONS - hidden


@pytest.mark.parametrize("writing", [False, True])
def test_a_machine_has_all_but_what_is_for_people(writing: bool) -> None:
    machine = Caller("MG1", Role.ADVERTISER, "500")
    for each in SCOPES:
        check_may(machine, each, writing=writing)
    for each in PEOPLE_ONLY:
        with pytest.raises(Forbidden, match="are for people; sign in") as refused:
            check_may(machine, each, writing=writing)
        assert refused.value.code == "no_person"


@pytest.mark.parametrize(
    ("role", "written"),
    [
        (PersonRole.REVIEWER, {"ActionInquiries", "Orders", "Files", "Sheets", "Preferences"}),
        (
            PersonRole.FINANCE,
            {"Actions", "Conversions", "Proposals", "Files", "Sheets", "Preferences"},
        ),
        (PersonRole.VIEWER, {"Preferences"}),
        (PersonRole.ADMIN, COLLECTIONS),
    ],
)
def test_a_role_writes_what_is_named_and_nothing_else(role: PersonRole, written: set[str]) -> None:
    assert may(role, writing=True) == written


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (PersonRole.REVIEWER, {"resolutions", "orders", "inquiries", "undecided"}),
        (PersonRole.FINANCE, {"actions", "conversions", "approvals"}),
        (PersonRole.VIEWER, set()),
        (PersonRole.ADMIN, {*Kind, *SheetKind}),
    ],
)
def test_a_role_sends_and_orders_files_of_its_kinds(role: PersonRole, kinds: set[str]) -> None:
    able = set()
    for each in (*Kind, *SheetKind):
        try:
            check_may_send(caller(role), each)
        except Forbidden:
            continue
        able.add(each)
    assert able == kinds


def test_who_may_not_is_told_whom_to_ask() -> None:
    with pytest.raises(Forbidden, match="ask somebody who is FINANCE or ADMIN") as refused:
        check_may(caller(PersonRole.REVIEWER), "Actions", writing=True)
    assert refused.value.code == "role"


def test_a_machine_is_held_to_its_scopes_and_to_no_role() -> None:
    machine = Caller("MG1", Role.ADVERTISER, "500", scopes=("Actions",))
    check_may(machine, "Actions", writing=True)
    check_may_send(machine, "resolutions")
    with pytest.raises(Forbidden) as refused:
        check_may(machine, "Funds", writing=False)
    assert refused.value.code == "scope"


def test_an_invitation_again_changes_nothing_and_another_role_is_no_invitation() -> None:
    assert PEOPLE.with_person(RITA) is PEOPLE
    with pytest.raises(Conflict) as refused:
        PEOPLE.with_person(Person(RITA.person_id, RITA.email, RITA.name, PersonRole.ADMIN))
    assert refused.value.code == "person_exists"


def test_an_account_has_so_many_people_and_no_more() -> None:
    people = AccountPeople(Role.PARTNER, "1")
    for number in range(PEOPLE_MAX):
        person = Person(f"sub-{number}", f"p{number}@x.example", "P", PersonRole.VIEWER)
        people = people.with_person(person)
    with pytest.raises(RuleForbids) as refused:
        people.with_person(ADA)
    assert refused.value.code == "too_many_people"


def test_an_account_sends_so_many_invitations_a_day_and_one_to_an_address() -> None:
    now = datetime(2026, 6, 10, 12, tzinfo=UTC)
    people = AccountPeople(Role.PARTNER, "1")
    for number in range(MAILED_MAX):
        people = people.mailing(f"p{number}@x.example", now + timedelta(minutes=number))
    last = now + timedelta(minutes=MAILED_MAX)
    assert people.was_mailed("p0@x.example", last)
    assert not people.was_mailed("q@x.example", last)
    with pytest.raises(TooManyRequests) as refused:
        people.mailing("q@x.example", last)
    tomorrow = now + MAILED_AGAIN_AFTER
    wait = timedelta(seconds=refused.value.retry_after_seconds)
    assert timedelta(0) <= last + wait - tomorrow <= timedelta(seconds=1)
    assert not people.was_mailed("p0@x.example", tomorrow)
    assert len(people.mailing("q@x.example", tomorrow).mailed) == MAILED_MAX


def test_the_last_admin_stays_whoever_asks() -> None:
    for role, state in (
        (PersonRole.REVIEWER, PersonState.ACTIVE),
        (PersonRole.ADMIN, PersonState.DISABLED),
    ):
        with pytest.raises(RuleForbids) as refused:
            PEOPLE.changed(ADA.person_id, role, state)
        assert refused.value.code == "last_admin"
    two = PEOPLE.with_person(EVE)
    one = two.changed(ADA.person_id, PersonRole.ADMIN, PersonState.DISABLED, by=EVE.person_id)
    assert one.active(ADA.person_id) is None
    with pytest.raises(RuleForbids):
        one.changed(EVE.person_id, PersonRole.VIEWER, PersonState.ACTIVE)


def test_nobody_changes_their_own_role_or_state() -> None:
    two = PEOPLE.with_person(EVE)
    with pytest.raises(RuleForbids) as refused:
        two.changed(ADA.person_id, PersonRole.VIEWER, PersonState.ACTIVE, by=ADA.person_id)
    assert refused.value.code == "own_role"
    same = two.changed(ADA.person_id, PersonRole.ADMIN, PersonState.ACTIVE, by=ADA.person_id)
    assert same is two


def test_who_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        PEOPLE.changed("sub-nobody", PersonRole.VIEWER, PersonState.ACTIVE)


def test_what_a_person_did_is_kept_by_their_id_and_shown_by_their_name() -> None:
    source = source_of("sub-rita", "Rita Okafor")
    assert (person_of(source), shown_source(source)) == ("sub-rita", "Rita Okafor")
    assert (person_of("api:MG1"), shown_source("api:MG1")) == ("", "api:MG1")


def test_a_file_keeps_who_sent_it_and_is_shown_without_them() -> None:
    """Its rows are nobody's decisions where two people are needed."""
    source = file_source("U1", 7, "sub-rita")
    assert (sender_of(source), person_of(source), shown_source(source)) == (
        "sub-rita",
        "",
        "file:U1:7",
    )
    assert (sender_of(file_source("U1", 7)), sender_of("api:MG1")) == ("", "")


@pytest.mark.parametrize(
    "text", ["Anna@Shop.example ", "anna+x.y@shop-1.co.example", "x" * 118 + "@c.example"]
)
def test_an_address_is_read_in_lower_case(text: str) -> None:
    assert read_email(text) == text.strip().lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anna",
        "a@b",
        "a b@c.example",
        "a@b@c.example",
        "x" * 250 + "@c.example",
        "x" * 119 + "@c.example",
        "änna@c.example",
        "a..b@c.example",
        ".a@c.example",
        "a.@c.example",
        "a@c..example",
        "a@-c.example",
        "a@c-.example",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_email(text)
