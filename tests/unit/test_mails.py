"""What a mail says, who gets one, and when the next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.account_people import AccountPeople, Person, PersonRole, PersonState
from makegood.domain.mails import (
    LEASE,
    OFF,
    QUIET,
    SHOWN_MAX,
    TOLD_MAX,
    Due,
    Told,
    deciders,
    digest,
    second_person,
)
from makegood.domain.parties import Role

NOW = datetime(2026, 6, 10, 6, tzinfo=UTC)
RITA = Person("sub-rita", "rita@shop.example", "Rita", PersonRole.REVIEWER)
CONSOLE = "https://console.shop.example/"


def test_reviewers_and_admins_are_told_unless_they_turned_it_off() -> None:
    people = tuple(replace(RITA, person_id=role.value, role=role) for role in PersonRole)
    account = AccountPeople(Role.ADVERTISER, "500", people)
    assert [each.person_id for each in deciders(account)] == ["REVIEWER", "ADMIN"]
    assert [each.person_id for each in deciders(account.preferring("ADMIN", mails=False))] == [
        "REVIEWER"
    ]
    out = replace(account, people=(replace(RITA, state=PersonState.DISABLED),))
    assert deciders(out) == []


def test_a_digest_has_the_most_overdue_first_and_a_way_out() -> None:
    dues = [Due("1000", "Shop", 0, 2), Due("1001", "Quiet", 0, 0), Due("1002", "Late\nTo: x", 3, 1)]
    mail = digest(RITA, dues, CONSOLE)
    assert mail is not None
    assert (mail.to, mail.subject) == ("rita@shop.example", "Inquiries: 3 overdue, 3 due")
    assert mail.text.splitlines()[2:4] == [
        "- Late To: x (1002): 3 overdue, 1 due",
        "- Shop (1000): 0 overdue, 2 due",
    ]
    assert "https://console.shop.example/#/queue\n" in mail.text
    assert mail.text.endswith(f"{OFF}\n")


@pytest.mark.parametrize("dues", [[], [Due("1000", "Shop", 0, 0)]])
def test_nothing_is_said_where_nothing_is_due(dues: list[Due]) -> None:
    assert digest(RITA, dues, CONSOLE) is None
    assert second_person(RITA, [], CONSOLE) is None


IDS = st.integers(1, 99_999).map(str)


@given(st.lists(st.builds(Due, IDS, st.text(), st.integers(0, 9), st.integers(0, 9))))
def test_no_text_of_others_comes_into_a_subject(dues: list[Due]) -> None:
    mail = digest(RITA, dues, CONSOLE)
    if mail is not None:
        overdue, due = sum(each.overdue for each in dues), sum(each.due for each in dues)
        assert mail.subject == f"Inquiries: {overdue:,} overdue, {due:,} due"
        assert len(mail.text.splitlines()) <= SHOWN_MAX + 8, "with how many others there are"


def test_a_burst_is_named_up_to_a_point_and_counted_beyond() -> None:
    mail = second_person(RITA, [str(each) for each in range(200)], CONSOLE)
    assert mail is not None
    assert mail.subject == "A second person decides: 200 waiting"
    assert mail.text.count("- inquiry ") == SHOWN_MAX
    assert "- and 180 other inquiries" in mail.text
    one_more = second_person(RITA, [str(each) for each in range(SHOWN_MAX + 1)], CONSOLE)
    assert one_more is not None
    assert "- and 1 other inquiry\n" in one_more.text


def test_what_was_told_is_not_told_again_and_what_failed_is() -> None:
    first = Told().untold(["1#2"])
    begun = Told().begun(first, NOW)
    assert begun.is_busy(NOW)
    assert not begun.is_busy(NOW + LEASE)
    assert begun.untold([]) == begun.given_back().untold([]) == first
    assert not begun.given_back().is_busy(NOW)
    sent = begun.sent(NOW + QUIET)
    assert sent.untold(["1#2"]) == frozenset()
    assert sent.untold(["1#3"]) == {"1#3"}
    assert sent.is_quiet(NOW + QUIET - timedelta(milliseconds=1))
    assert not sent.is_quiet(NOW + QUIET)
    assert sent.kept_waiting(frozenset({"2#2"})).untold(["3#2"]) == {"2#2", "3#2"}
    assert [begun.version, sent.version] == [1, 2]


def test_what_is_remembered_has_an_end() -> None:
    told = Told(told=frozenset(map(str, range(TOLD_MAX))))
    assert told.begun(frozenset({"x"}), NOW).sent(None).told == {"x"}
