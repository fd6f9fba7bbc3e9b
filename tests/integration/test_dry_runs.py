"""Dry runs: what a command that moves money would do, with nothing changed, and that it does so."""

import ast
from typing import Any

import pytest
from makegood.domain.problems import Conflict, Invalid, Problem, RuleForbids
from makegood.domain.second_person import SecondPerson
from makegood.operator import commands, described
from makegood.store.store import Store

from tests.infra.sources import modules
from tests.integration import stack
from tests.integration.gateway import operate
from tests.integration.market import CASHBACK, SHOP
from tests.integration.test_proposals import (
    ALICE,
    BOB,
    CONTRACT,
    MONEY,
    PAIR,
    REFUND,
    WITHDRAW,
    calls,
    confirm,
    fund,
    refused,
    run,
)

ALONE = {"second_person": SecondPerson(required=False)}
DEPOSIT = {
    "command": "deposit",
    "advertiser_id": SHOP,
    "currency": "USD",
    "amount": "4.00",
    "reference": "d-2",
}
MOVING = (DEPOSIT, *MONEY)
FUNDS, PAYABLE = f"advertiser:{SHOP}:funds", f"partner:{CASHBACK}:payable"


def dry(store: Store, command: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What a dry run answers; nothing that is stored has changed by it."""
    before = stack.snapshot()
    try:
        return run(store, ALICE, {**command, "dry_run": True}, **more)
    finally:
        assert stack.snapshot() == before


def balances(store: Store) -> dict[str, str]:
    cash = store.cash([(SHOP, "USD")])[SHOP, "USD"]
    return {FUNDS: f"{cash.funds_minor / 100:.2f}", PAYABLE: str(store.payable(CASHBACK, "USD"))}


def test_whatever_moves_money_or_cannot_be_taken_back_has_a_dry_run_and_asks() -> None:
    """By what the code does: each function that commits an entry or asks for a second person, and
    what erases. What was lost may be replayed any number of times, so nobody is asked.
    """
    moving = {
        each.name
        for name, tree in modules().items()
        if name.startswith("operator.")
        for each in ast.walk(tree)
        if isinstance(each, ast.FunctionDef) and each.name in commands.COMMANDS
        for call in calls(each)
        if getattr(call.func, "id", "") in ("commit_once", "ask_for_contract")
        or getattr(call.func, "attr", "") == "commit"
    }
    offering = {name for name, each in commands.COMMANDS.items() if "dry_run" in each.arguments}
    assert {*moving, "confirm", "erase_customer"} == described.ASKS
    assert offering == described.ASKS | {"replay_lost_batches"}
    assert {each["command"] for each in (*MOVING, CONTRACT)} == moving


@pytest.mark.parametrize(
    "command", MOVING, ids=lambda each: f"{each['command']} {each.get('amount')}"
)
def test_a_dry_run_foretells_what_the_command_does(trading: Store, command: dict[str, Any]) -> None:
    fund(trading)
    was = balances(trading)
    told = dry(trading, command, **ALONE)
    assert told["dry_run"] is True
    assert (told["needs_confirmation"], told["confirmed_by"]) == (False, "")
    done = run(trading, ALICE, command, **ALONE)
    assert (done["recorded"], done.get("dry_run")) == (True, None)
    now = balances(trading)
    changed = {
        each: {"now": was[each], "then": now[each]} for each in was if was[each] != now[each]
    }
    assert told["would"]["balances"] == changed
    assert done.get("amount", command.get("amount")) == told["would"]["amount"]


@pytest.mark.parametrize(
    "command", MOVING, ids=lambda each: f"{each['command']} {each.get('amount')}"
)
def test_a_dry_run_of_what_is_done_says_so(trading: Store, command: dict[str, Any]) -> None:
    fund(trading)
    run(trading, ALICE, command, **ALONE)
    told = dry(trading, command, **ALONE)
    assert (told["dry_run"], told["recorded"]) == (True, False)


@pytest.mark.parametrize(
    "command", MONEY, ids=lambda each: f"{each['command']} {each.get('amount')}"
)
def test_a_dry_run_says_who_has_to_confirm_and_proposes_nothing(
    trading: Store, command: dict[str, Any]
) -> None:
    fund(trading)
    told = dry(trading, command)
    assert told["needs_confirmation"] is True
    assert told["confirmed_by"] == f"anyone who may confirm, except {ALICE}"
    proposed = run(trading, ALICE, {**command, "dry_run": False})
    assert proposed["would"] == told["would"]
    assert proposed["proposal_id"] == run(trading, ALICE, command)["proposal_id"]
    asked = {"command": "confirm", "proposal_id": proposed["proposal_id"]}
    assert refused(lambda: dry(trading, asked), Problem) == "own_proposal"
    before = stack.snapshot()
    foreseen = run(trading, BOB, {**asked, "dry_run": True})
    assert stack.snapshot() == before
    assert foreseen["would"] == told["would"]
    assert foreseen["needs_confirmation"] is False
    assert confirm(trading, BOB, proposed)["result"]["recorded"] is True
    before = stack.snapshot()
    again = run(trading, BOB, {**asked, "dry_run": True})
    assert (again["dry_run"], again["result"]["recorded"]) == (True, False)
    assert stack.snapshot() == before


def test_a_dry_run_of_a_contract_signs_nothing(trading: Store) -> None:
    told = dry(trading, CONTRACT)
    assert told["would"]["payouts"] == ["4000 default 70%"]
    assert told["needs_confirmation"] is True
    alone = dry(trading, CONTRACT, **ALONE)
    assert (alone["would"]["payouts"], alone["needs_confirmation"]) == ([], False)
    signed = run(trading, ALICE, CONTRACT, **ALONE)
    assert signed["version"] == alone["would"]["version"]
    assert dry(trading, CONTRACT, **ALONE) == {**signed, "dry_run": True}


def test_a_dry_run_refuses_what_the_command_refuses(trading: Store) -> None:
    fund(trading)
    for command, problem, code in (
        ({**REFUND, "amount": "12.01"}, RuleForbids, "not_enough_funds"),
        ({**DEPOSIT, "currency": "EUR"}, RuleForbids, "currency_not_used"),
        ({**DEPOSIT, "reference": "d-1"}, Conflict, "deposit_differs"),
        ({**WITHDRAW, "amount": "8.01"}, RuleForbids, "not_enough_balance"),
        (
            {"command": "transfer", **PAIR, "amount": "0", "reference": "t"},
            Invalid,
            "validation_failed",
        ),
    ):
        for more in ({}, ALONE):
            assert refused(lambda: dry(trading, command, **more), problem) == code  # noqa: B023


def test_only_true_and_false_are_dry_and_only_where_it_is_offered(trading: Store) -> None:
    for unclear in ("true", 1, None):
        asked = {**DEPOSIT, "dry_run": unclear}
        assert refused(lambda: run(trading, ALICE, asked), Invalid) == "validation_failed"  # noqa: B023
    asked = {"command": "sweep", "dry_run": True}
    assert refused(lambda: run(trading, ALICE, asked), Invalid) == "validation_failed"


def test_the_function_answers_a_dry_run_as_it_answers_a_command(live: Store) -> None:
    fund(live)
    before = stack.snapshot()
    for command in (*MOVING, CONTRACT):
        told = operate({**command, "dry_run": True})
        assert told["dry_run"] is True, told
    assert stack.snapshot() == before
