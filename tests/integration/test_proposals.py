"""Commands of two people: what waits, who may confirm it, and that it happens once."""

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makegood.domain.ledger import Entry
from makegood.domain.money import Rate
from makegood.domain.problems import Conflict, Forbidden, Invalid, NotFound, Problem, RuleForbids
from makegood.domain.proposals import LIVES, Proposal, ProposalState
from makegood.domain.second_person import SecondPerson
from makegood.jobs import reconciliation
from makegood.operator import commands, proposals
from makegood.operator.arguments import CommandContext
from makegood.store.store import Store

from infra.local import function_url
from tests.infra.sources import modules
from tests.integration import gateway, market, stack
from tests.integration.gateway import operate
from tests.integration.market import CAMPAIGN, CASHBACK, NOW, SALE, SHOP
from tests.integration.test_endpoint import kept

ALICE = "arn:aws:iam::111122223333:user/alice"
BOB = "arn:aws:iam::111122223333:user/bob"
CAROL = "arn:aws:iam::111122223333:user/carol"
RULE = SecondPerson(required=True, rate_above=Rate.parse_percent("20"))

PARTNER = {"partner_id": CASHBACK, "currency": "USD"}
WITHDRAW = {"command": "withdraw", **PARTNER, "reference": "w-1"}
PAIR = {"advertiser_id": SHOP, **PARTNER}
REFUND = {
    "command": "refund_deposit",
    "advertiser_id": SHOP,
    "currency": "USD",
    "amount": "3.00",
    "reference": "back-1",
    "explanation": "paid twice",
}
CORRECT = {**REFUND, "command": "correct_deposit", "amount": "15.00", "reference": "d-1"}
MONEY = (
    WITHDRAW,
    REFUND,
    CORRECT,
    {**CORRECT, "amount": "25.00"},
    {"command": "transfer", **PAIR, "amount": "2.00", "reference": "t-9"},
    {"command": "return_payment", **PAIR, "amount": "2.00", "reference": "r-9"},
)
CONTRACT = {
    "command": "sign_contract",
    "campaign_id": CAMPAIGN,
    "partner_id": CASHBACK,
    "terms": {
        "valid_from": "2026-07-01T00:00:00Z",
        "locking": "DAY 15d",
        "payment": "DAY 4d",
        "payouts": {SALE: "70%"},
    },
}


def run(store: Store, caller: str, command: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = CommandContext(
        store, NOW, lambda: "token", lambda: True, caller=caller, second_person=RULE
    )
    return commands.run(replace(given, **more), command)


def confirm(store: Store, caller: str, proposed: dict[str, Any], **more: Any) -> dict[str, Any]:
    asked = {"command": "confirm", "proposal_id": proposed["proposal_id"]}
    return run(store, caller, asked, **more)


def refused(act: Callable[[], object], problem: type[Problem]) -> str:
    with pytest.raises(problem) as caught:
        act()
    return caught.value.code


def stands(store: Store) -> tuple[str, str, str]:
    """Funds, committed, and what the partner has."""
    return (*market.cash(store), str(store.payable(CASHBACK, "USD")))


def entries(store: Store) -> list[Entry]:
    ids = [pk[2:] for pk, sk in stack.everything("ledger") if sk == "E"]
    return list(store.entries(ids).values())


def stored(store: Store) -> list[Proposal]:
    return list(store.proposals(NOW))


FUNDING = 2


def fund(store: Store) -> None:
    """The shop paid in 20.00, and the partner has 8.00 of it: two entries."""
    alone = {"second_person": SecondPerson(required=False)}
    deposit = {"command": "deposit", "advertiser_id": SHOP, "currency": "USD"}
    run(store, ALICE, {**deposit, "amount": "20.00", "reference": "d-1"}, **alone)
    moved = {"command": "transfer", **PAIR, "amount": "8.00", "reference": "t-1"}
    run(store, ALICE, moved, **alone)


@pytest.fixture
def paid(trading: Store) -> Store:
    fund(trading)
    return trading


@pytest.mark.parametrize("command", MONEY, ids=lambda each: each["command"])
def test_money_moves_when_another_person_has_confirmed_it(
    paid: Store, command: dict[str, Any]
) -> None:
    before = stands(paid)
    proposed = run(paid, ALICE, command)
    assert (proposed["state"], proposed["proposed_by"]) == ("WAITING", ALICE)
    assert stands(paid) == before
    assert refused(lambda: confirm(paid, ALICE, proposed), Forbidden) == "own_proposal"
    done = confirm(paid, BOB, proposed)
    assert (done["state"], done["confirmed_by"], done["proposed_by"]) == ("CONFIRMED", BOB, ALICE)
    would = proposed["would"]
    assert (done["result"]["amount"], done["result"]["recorded"]) == (would["amount"], True)
    entry_id = done["result"]["entry_id"]
    entry = paid.entries([entry_id])[entry_id]
    assert (entry.made_by, entry.confirmed_by) == (ALICE, BOB)
    then = dict(zip(("funds", "committed", "payable"), stands(paid), strict=True))
    for account, balance in would["balances"].items():
        assert then[account.rpartition(":")[2]] == balance["then"], account
    again = confirm(paid, BOB, proposed)
    assert again["result"] == {**done["result"], "recorded": False}
    assert refused(lambda: confirm(paid, CAROL, proposed), Conflict) == "proposal_confirmed"
    assert stands(paid) == tuple(then.values())
    assert reconciliation.prove(paid)["holds"]


def test_the_same_again_of_the_same_person_is_the_same_proposal(paid: Store) -> None:
    first = run(paid, ALICE, WITHDRAW)
    assert run(paid, ALICE, dict(reversed(WITHDRAW.items()))) == first
    assert run(paid, CAROL, WITHDRAW)["proposal_id"] != first["proposal_id"]
    other = run(paid, ALICE, {**WITHDRAW, "reference": "w-2"})
    assert other["proposal_id"] != first["proposal_id"]
    listed = run(paid, BOB, {"command": "list_proposals"})
    assert len(listed["proposals"]) == 3
    assert listed["more"] is False


def test_two_proposals_of_one_reference_pay_once(paid: Store) -> None:
    hers, his = run(paid, ALICE, WITHDRAW), run(paid, CAROL, WITHDRAW)
    assert confirm(paid, BOB, hers)["result"]["recorded"] is True
    assert confirm(paid, BOB, his)["result"]["recorded"] is False
    assert stands(paid) == ("12.00", "0.00", "0.00")
    assert run(paid, BOB, {"command": "list_proposals"})["proposals"] == []
    assert run(paid, ALICE, WITHDRAW)["recorded"] is False


def test_the_amount_that_was_shown_is_paid_though_the_balance_has_grown(paid: Store) -> None:
    proposed = run(paid, ALICE, WITHDRAW)
    more = {"command": "transfer", **PAIR, "amount": "5.00", "reference": "t-2"}
    confirm(paid, BOB, run(paid, ALICE, more))
    assert confirm(paid, BOB, proposed)["result"]["amount"] == "8.00"
    assert stands(paid)[2] == "5.00"


def test_the_rules_are_checked_again_and_what_is_refused_still_waits(paid: Store) -> None:
    proposed = run(paid, ALICE, WITHDRAW)
    back = {"command": "return_payment", **PAIR, "amount": "1.00", "reference": "r-1"}
    confirm(paid, BOB, run(paid, ALICE, back))
    assert refused(lambda: confirm(paid, BOB, proposed), RuleForbids) == "not_enough_balance"
    regained = {"command": "transfer", **PAIR, "amount": "1.00", "reference": "t-3"}
    confirm(paid, BOB, run(paid, ALICE, regained))
    assert confirm(paid, BOB, proposed)["result"]["amount"] == "8.00"


def test_what_is_refused_anyway_is_not_proposed(paid: Store) -> None:
    too_much = {**WITHDRAW, "amount": "8.01"}
    assert refused(lambda: run(paid, ALICE, too_much), RuleForbids) == "not_enough_balance"
    assert run(paid, BOB, {"command": "list_proposals"})["proposals"] == []


def test_a_rejected_proposal_is_over_and_may_be_made_again(paid: Store) -> None:
    first = run(paid, ALICE, WITHDRAW)
    end = {"command": "reject", "proposal_id": first["proposal_id"]}
    assert run(paid, ALICE, end)["state"] == "REJECTED"
    assert run(paid, BOB, end)["rejected_by"] == ALICE
    assert refused(lambda: confirm(paid, BOB, first), Conflict) == "proposal_rejected"
    second = run(paid, ALICE, WITHDRAW)
    assert second["proposal_id"] != first["proposal_id"]
    assert confirm(paid, BOB, second)["state"] == "CONFIRMED"
    over = {"command": "reject", "proposal_id": second["proposal_id"]}
    assert refused(lambda: run(paid, BOB, over), Conflict) == "proposal_confirmed"


def test_an_expired_proposal_is_refused_and_not_listed(paid: Store) -> None:
    first = run(paid, ALICE, WITHDRAW)
    listing = {"command": "list_proposals"}
    (listed,) = run(paid, BOB, listing, now=NOW + LIVES - timedelta(seconds=1))["proposals"]
    assert listed["proposal_id"] == first["proposal_id"]
    late = NOW + LIVES
    assert run(paid, BOB, listing, now=late)["proposals"] == []
    assert refused(lambda: confirm(paid, BOB, first, now=late), Conflict) == "proposal_expired"
    second = run(paid, ALICE, WITHDRAW, now=late)
    assert confirm(paid, BOB, second, now=late)["result"]["recorded"] is True


def test_more_than_are_listed_at_once_are_told(paid: Store) -> None:
    for at in range(proposals.LISTED_MAX + 1):
        run(paid, ALICE, {**WITHDRAW, "amount": "0.01", "reference": f"w-{at}"})
    listed = run(paid, BOB, {"command": "list_proposals"})
    assert (len(listed["proposals"]), listed["more"]) == (proposals.LISTED_MAX, True)


@pytest.mark.parametrize("caller", ["", "arn:aws:iam::111122223333:root"])
def test_who_is_nobody_neither_proposes_nor_confirms(paid: Store, caller: str) -> None:
    with pytest.raises(Forbidden):
        run(paid, caller, WITHDRAW)
    proposed = run(paid, ALICE, WITHDRAW)
    with pytest.raises(Forbidden):
        confirm(paid, caller, proposed)
    assert stands(paid) == ("12.00", "0.00", "8.00")


def test_a_proposal_that_is_not_there_is_not_found(paid: Store) -> None:
    assert refused(lambda: confirm(paid, BOB, {"proposal_id": "x"}), NotFound) == "not_found"


def test_one_person_does_it_alone_below_the_threshold_and_where_nobody_else_is(
    paid: Store,
) -> None:
    small = {"second_person": replace(RULE, amount_above=8)}
    assert run(paid, ALICE, WITHDRAW, **small)["recorded"] is True
    alone = {"second_person": SecondPerson(required=False)}
    assert run(paid, ALICE, REFUND, **alone)["recorded"] is True
    assert run(paid, ALICE, CONTRACT, **alone)["version"] == 2


def test_a_contract_with_a_high_rate_waits_and_one_with_a_low_rate_does_not(paid: Store) -> None:
    def version() -> int:
        return paid.contracts([(CAMPAIGN, CASHBACK)])[CAMPAIGN, CASHBACK].versions[-1].version

    was = version()
    proposed = run(paid, ALICE, CONTRACT)
    assert proposed["would"]["payouts"] == [f"{SALE} default 70%"]
    assert (version(), proposed["would"]["version"]) == (was, was + 1)
    assert confirm(paid, BOB, proposed)["result"]["version"] == was + 1
    assert confirm(paid, BOB, proposed)["result"]["version"] == version() == was + 1
    assert run(paid, ALICE, CONTRACT)["version"] == was + 1
    later = {**CONTRACT["terms"], "valid_from": "2026-08-01T00:00:00Z", "payouts": {SALE: "20%"}}
    assert run(paid, ALICE, {**CONTRACT, "terms": later})["version"] == was + 2


def test_a_contract_that_was_cut_off_is_finished_by_confirming_it_again(
    paid: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed = run(paid, ALICE, CONTRACT)
    with monkeypatch.context() as patched:

        def dies(*_: Any, **__: Any) -> None:
            raise ConnectionError

        patched.setattr(Store, "put_contract", dies)
        with pytest.raises(ConnectionError):
            confirm(paid, BOB, proposed)
    end = {"command": "reject", "proposal_id": proposed["proposal_id"]}
    assert refused(lambda: run(paid, ALICE, end), Conflict) == "proposal_confirmed"
    assert confirm(paid, BOB, proposed)["result"]["version"] == 2


def test_arguments_that_are_too_long_to_keep_are_refused(paid: Store) -> None:
    padded = {**CONTRACT, "partner_id": CASHBACK + " " * proposals.BYTES_MAX}
    with pytest.raises(Invalid) as caught:
        run(paid, ALICE, padded)
    assert [each.code for each in caught.value.faults] == ["too_large"]


def test_of_two_who_decide_at_once_one_is_told(paid: Store) -> None:
    proposed = run(paid, ALICE, WITHDRAW)
    rival = stack.rival()
    end = {"command": "reject", "proposal_id": proposed["proposal_id"]}
    with stack.before_commits(lambda: run(rival, CAROL, end)):
        assert refused(lambda: confirm(paid, BOB, proposed), Conflict) == "proposal_decided"
    assert stands(paid) == ("12.00", "0.00", "8.00")
    second = run(paid, ALICE, WITHDRAW)
    with stack.before_commits(lambda: confirm(rival, CAROL, second)):
        assert refused(lambda: confirm(paid, BOB, second), Conflict) == "proposal_decided"
    assert stands(paid) == ("12.00", "0.00", "0.00")
    assert reconciliation.prove(paid)["holds"]


def test_the_same_proposed_at_once_is_proposed_once(paid: Store) -> None:
    rival, made = stack.rival(), []
    with stack.before_commits(lambda: made.append(run(rival, ALICE, WITHDRAW))):
        assert run(paid, ALICE, WITHDRAW) == made[0]


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["propose", "confirm", "confirm", "reject"]),
        st.sampled_from([ALICE, BOB, CAROL]),
        st.sampled_from([WITHDRAW, REFUND, CORRECT]),
        st.sampled_from(["", "", "before", "after"]),
    ),
    min_size=2,
    max_size=14,
)
"""What is done, by whom, with which command, and whether it dies before or after its commit."""


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_however_people_and_crashes_come_together_money_moves_once_and_by_two(
    store: Store, acts: list[tuple[str, str, dict[str, Any], str]]
) -> None:
    stack.reset()
    stack.seed(market.set_up)
    fund(store)
    for act, caller, command, dies in acts:
        mine = [each for each in stored(store) if each.command == command["command"]]
        if act == "propose":
            asked = command
        elif mine:
            asked = {"command": act, "proposal_id": mine[-1].proposal_id}
        else:
            continue
        with dying(store, dies), suppress(Problem, ConnectionError):
            run(store, caller, asked)
    confirmed = [each for each in stored(store) if each.state is ProposalState.CONFIRMED]
    assert all(each.decided_by != each.proposed_by for each in confirmed)
    by_two = [each for each in entries(store) if each.confirmed_by]
    assert len(by_two) == len({each.command for each in confirmed})
    pairs = {(each.proposed_by, each.decided_by) for each in confirmed}
    assert {(each.made_by, each.confirmed_by) for each in by_two} <= pairs
    assert len(entries(store)) == len(by_two) + FUNDING
    assert reconciliation.prove(store)["holds"]


@contextmanager
def dying(store: Store, when: str) -> Iterator[None]:
    """The process ends before or after its next commit; its answer is lost either way."""
    commit = store.client.transact_write_items

    def dies(**asked: Any) -> None:
        if when == "after":
            commit(**asked)
        raise ConnectionError

    with pytest.MonkeyPatch.context() as patch:
        if when:
            patch.setattr(store.client, "transact_write_items", dies)
        yield


def test_a_command_that_asks_for_a_second_person_is_one_that_can_be_confirmed() -> None:
    """Whatever stops at `Waits` has to be found again by its name."""
    asking = {"commit_once", "ask_for_contract"}
    found = {
        each.name
        for name, tree in modules().items()
        if name.startswith("operator.")
        for each in ast.walk(tree)
        if isinstance(each, ast.FunctionDef)
        and asking & {getattr(call.func, "id", "") for call in calls(each)}
    }
    assert found == set(proposals.WAITING)
    assert set(proposals.WAITING) <= set(commands.COMMANDS)


def calls(tree: ast.AST) -> list[ast.Call]:
    return [each for each in ast.walk(tree) if isinstance(each, ast.Call)]


def test_records_name_the_proposal_and_whether_two_people_are_needed(live: Store) -> None:
    fund(live)
    proposed = operate(WITHDRAW)
    asked = {"command": "confirm", "proposal_id": proposed["proposal_id"]}
    assert operate(asked)["code"] == "own_proposal"
    done = operate(asked, caller=function_url.SECOND_CALLER)
    assert done["result"]["amount"] == "8.00"
    told = kept()
    named = [each for each in told if each.get("proposal") == proposed["proposal_id"]]
    assert {each["command"] for each in named} == {"confirm"}
    results = [each["result"]["proposal_id"] for each in told if "result" in each]
    assert set(results) == {proposed["proposal_id"]}
    assert {each["second_person"] for each in told} == {"required"}
    assert {"code": "own_proposal", "status": 403} in [each.get("refused") for each in told]
    function = gateway.function("treasury").ENDPOINT
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(function, "second_person", SecondPerson(required=False))
        assert operate(REFUND)["recorded"] is True
    assert "off" in {each["second_person"] for each in kept()}
