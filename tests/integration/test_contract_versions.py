"""A contract's versions are items; a decision reads the one in force, older releases read all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from makegood.domain.contracts import Contract, Terms
from makegood.domain.parties import Partner, PartnerKind
from makegood.domain.problems import RuleForbids, VersionConflict
from makegood.jobs import migrations
from makegood.store import contracts, migration_passes, transactions
from makegood.store.items import bytes_of
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.market import CAMPAIGN, CASHBACK, LEAD, LOYALTY, NOW, SALE
from tests.integration.test_commands import ENDING, run

PAIR = (CAMPAIGN, CASHBACK)
WHOLE = contracts.contract_key(*PAIR)
HEADING = contracts.heading_key(*PAIR)
FIRST_OF_2026 = datetime(2026, 1, 1, tzinfo=UTC)


def plan(rate: int, groups: int = 50, letters: int = 100) -> dict[str, Any]:
    """A payout of many groups, of which none is ever met."""
    condition = {"variable": "PROMO_CODE", "operator": "IS", "value": "x" * letters}
    named = (
        {"name": f"Group {rank}", "rank": rank, "payout": f"{rank}%", "when": [condition]}
        for rank in range(1, groups + 1)
    )
    return {"default": f"{rate}%", "groups": list(named)}


def terms(number: int, **more: Any) -> dict[str, Any]:
    """The terms of a version that pays as many percent as its number says."""
    return {
        "version": number,
        "valid_from": (FIRST_OF_2026 + timedelta(days=10 * (number - 1))).isoformat(),
        "locking": "DAY 15d",
        "payment": "DAY 4d",
        "payouts": {each: plan(number, **more) for each in (SALE, LEAD)},
    }


def sign(store: Store, number: int, **more: Any) -> int:
    said = {key: each for key, each in terms(number, **more).items() if key != "version"}
    pair = {"campaign_id": CAMPAIGN, "partner_id": CASHBACK}
    return int(run(store, command="sign_contract", **pair, terms=said)["version"])


def signed(store: Store, count: int, **more: Any) -> Contract:
    """The contract with so many versions, as the release before wrote it: whole, in one item."""
    versions = tuple(Terms.from_dict(terms(number, **more)) for number in range(1, count + 1))
    made = Contract(contracts.contract_id_of(*PAIR), *PAIR, versions)
    put_as_before(store, made)
    return made


def put_as_before(store: Store, contract: Contract) -> None:
    """What the release before this one does when it writes a contract."""
    pair = contract.campaign_id, contract.partner_id
    for key, document in (
        (contracts.contract_id_key(contract.contract_id), list(pair)),
        (contracts.contract_key(*pair), contract.to_dict()),
    ):
        model, pk, sk = key
        store.write(model(pk, sk, document=document))


def read_as_before(store: Store) -> Contract | None:
    """What the release before this one reads."""
    found = map(Contract.from_dict, store.documents([WHOLE]).values())
    return {(each.campaign_id, each.partner_id): each for each in found}.get(PAIR)


@contextmanager
def counted(store: Store) -> Iterator[list[float]]:
    """The read units of what is read meanwhile."""
    units: list[float] = []
    call = Store.call

    def counting(self: Store, operation: str, **parameters: Any) -> dict[str, Any]:
        answer = call(self, operation, **parameters)
        if operation == "batch_get_item":
            for items in answer["Responses"].values():
                units.extend(-(-bytes_of(item) // 4096) for item in items)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "call", counting)
        yield units


def test_every_version_is_an_item_and_the_one_in_force_is_read(trading: Store) -> None:
    whole = signed(trading, 12, groups=10)
    assert trading.move_contract(*PAIR)
    names = [each["kept_as"] for each in trading.held(HEADING).heading["versions"]]
    assert len(trading.documents(contracts.terms_key(*PAIR, each) for each in names)) == 12
    fresh = stack.another()
    for number in (1, 7, 12):
        start = whole.versions[number - 1].valid_from
        read = fresh.setting([PAIR], start).contracts[PAIR]
        assert [each.version for each in read.read] == [number]
        assert read.in_force(start) == whole.in_force(start)
        moment_before = start - timedelta(milliseconds=1)
        if number > 1:
            with pytest.raises(LookupError):
                read.in_force(moment_before)
    assert fresh.contracts([PAIR]) == {PAIR: whole}


def test_a_claim_reads_less_once_versions_are_items(trading: Store) -> None:
    signed(trading, 12, groups=10)
    with counted(trading) as before:
        stack.another().setting([PAIR], NOW)
    trading.move_contract(*PAIR)
    fresh = stack.another()
    with counted(trading) as cold:
        fresh.setting([PAIR], NOW)
    with counted(trading) as warm:
        fresh.setting([PAIR], NOW)
    assert sum(warm) < sum(cold) < sum(before) / 3
    assert sum(warm) == 3


def test_twelve_versions_of_many_groups_are_signed_and_each_decides(trading: Store) -> None:
    """What was 441 KB in one item, and more."""
    for number in range(2, 14):
        assert sign(trading, number, letters=250) == number
    assert read_as_before(trading) is None
    whole = trading.contracts([PAIR])[PAIR]
    assert len(whole.read) == 13
    assert str(market.accept(trading, "A-1").payout) == "13.00"
    at = whole.versions[3].valid_from
    read = trading.contracts_for({PAIR: [at, 2]})[PAIR]
    assert [each.version for each in read.read] == [2, 4]
    again = run(
        trading,
        command="end_contract",
        campaign_id=CAMPAIGN,
        partner_id=CASHBACK,
        ended_at=ENDING["ended_at"],
    )
    assert again == {"contract_id": contracts.contract_id_of(*PAIR)}


@pytest.mark.parametrize("partner_id", [CASHBACK, "10009"], ids=["next", "first"])
def test_terms_that_fit_no_item_are_refused_before_anything_is_written(
    trading: Store, partner_id: str
) -> None:
    trading.put_partner(Partner(partner_id, "Cashback Club", PartnerKind.CASHBACK))
    kept = stack.everything("directory")
    wide = terms(2)
    condition = {"variable": "PROMO_CODE", "operator": "IS", "value": "é" * 255}
    for each in wide["payouts"].values():
        for group in each["groups"]:
            group["when"] = [condition] * 10
    said = {key: each for key, each in wide.items() if key != "version"}
    pair = {"campaign_id": CAMPAIGN, "partner_id": partner_id}
    with pytest.raises(RuleForbids, match="put payout groups together") as caught:
        run(trading, command="sign_contract", **pair, terms=said)
    assert caught.value.code == "too_large"
    assert stack.everything("directory") == kept


def test_moving_a_contract_may_be_repeated_and_stopped_anywhere(
    trading: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = signed(trading, 3)
    monkeypatch.setattr(contracts, "send", lambda *said: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        trading.move_contract(*PAIR)
    monkeypatch.undo()
    assert trading.setting([PAIR], NOW).contracts == {PAIR: whole}
    assert trading.move_contract(*PAIR)
    moved = stack.everything("directory")
    assert not trading.move_contract(*PAIR)
    assert not trading.move_contract(CAMPAIGN, "nobody")
    assert stack.everything("directory") == moved
    assert trading.contracts([PAIR]) == {PAIR: whole}


def migrate(store: Store) -> migration_passes.Progress:
    """A pass of the migration from the start."""
    migrations.reopen(store, "contract_versions")
    return migrations.run(store, "contract_versions", lambda: True)


def test_a_migration_moves_every_contract_and_a_second_pass_writes_nothing(trading: Store) -> None:
    first = signed(trading, 3)
    pair = CAMPAIGN, LOYALTY
    second = Contract(contracts.contract_id_of(*pair), *pair, first.versions[:1])
    put_as_before(trading, second)
    progress = migrate(trading)
    assert (progress.changed, progress.refused, progress.complete) == (2, [], True)
    for one in (first, second):
        head = contracts.heading_key(one.campaign_id, one.partner_id)
        assert len(trading.held(head).heading["versions"]) == len(one.versions)
    assert stack.another().contracts([PAIR, pair]) == {PAIR: first, pair: second}
    moved = stack.everything("directory")
    again = migrate(trading)
    assert (again.changed, again.complete) == (0, True)
    assert besides_passes(stack.everything("directory")) == besides_passes(moved)


def besides_passes(items: dict[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
    return {key: item for key, item in items.items() if not key[0].startswith("MIGRATION#")}


def test_a_migration_moves_a_contract_as_somebody_leaves_it_meanwhile(
    trading: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = signed(trading, 2).replaced_by(Terms.from_dict(terms(3)))
    rivals = [changed]

    def after_a_rival(*asked: Any) -> None:
        if rivals:
            put_as_before(stack.rival(), rivals.pop())
        transactions.send(*asked)

    monkeypatch.setattr(contracts, "send", after_a_rival)
    progress = migrate(trading)
    assert (rivals, progress.changed, progress.complete) == ([], 1, True)
    assert len(trading.held(HEADING).heading["versions"]) == 3
    assert stack.another().contracts([PAIR]) == {PAIR: changed}


@pytest.mark.parametrize(
    "damage", [{"versions": [{}]}, {"versions": None}, {"ended_at": "soon"}, None], ids=str
)
def test_a_migration_names_a_damaged_contract_and_moves_the_others(
    trading: Store, damage: dict[str, Any] | None
) -> None:
    whole = signed(trading, 2)
    model, pk, _ = WHOLE
    broken = damage and {**whole.to_dict(), "partner_id": "10009", **damage}
    trading.write(model(pk, "CONTRACT#10009", document=broken))
    progress = migrate(trading)
    assert progress.refused == [f"{pk} CONTRACT#10009"]
    assert (progress.changed, progress.complete) == (1, False)
    assert len(trading.held(HEADING).heading["versions"]) == 2


def test_the_release_before_reads_what_this_one_wrote_and_this_one_what_it_writes(
    trading: Store,
) -> None:
    """Both are at work, or the stack went back and forth."""
    signed(trading, 2)
    trading.move_contract(*PAIR)
    assert sign(trading, 3) == 3
    before = read_as_before(trading)
    assert before is not None
    assert [each.version for each in before.read] == [1, 2, 3]
    put_as_before(trading, before.replaced_by(Terms.from_dict(terms(4))))
    read = trading.setting([PAIR], NOW).contracts[PAIR]
    assert read.in_force(NOW).version == 4
    assert sign(trading, 5) == 5
    assert trading.setting([PAIR], NOW).contracts[PAIR].in_force(NOW).version == 5
    put_as_before(trading, replace(trading.contracts([PAIR])[PAIR], ended_at=NOW))
    assert trading.setting([PAIR], NOW).contracts[PAIR].ended_at == NOW
    assert trading.move_contract(*PAIR)
    assert trading.setting([PAIR], NOW).contracts[PAIR].ended_at == NOW


def test_a_contract_that_no_longer_fits_is_not_left_to_the_release_before_as_it_was(
    trading: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed(trading, 2)
    monkeypatch.setattr(contracts, "ITEM_BYTES_MAX", 30_000)
    assert sign(trading, 3) == 3
    assert read_as_before(trading) is None
    assert trading.setting([PAIR], NOW).contracts[PAIR].in_force(NOW).version == 3
    assert sign(trading, 4) == 4
    assert len(trading.contracts([PAIR])[PAIR].read) == 4


def test_what_a_later_version_wrote_into_a_contract_stays(trading: Store) -> None:
    """In the contract, in its heading, in a version and deep in its payouts, through a rewrite."""
    document = signed(trading, 2).to_dict() | {"signed_by": ["Ann"]}
    document["versions"][0]["note"] = "first"
    document["versions"][1]["payouts"][SALE]["groups"][0]["tiers"] = {"from": 10}
    model, pk, sk = WHOLE
    trading.write(model(pk, sk, document=document))
    trading.move_contract(*PAIR)
    row = trading.held(HEADING)
    changed = row.heading | {"audit": {"x": 1}}
    changed["versions"][1]["colour"] = "red"
    kind, place = contracts.ContractRow, HEADING[1:]
    trading.write(kind(*place, document=row.document, heading=changed, version=row.version + 1))
    assert sign(trading, 3) == 3
    whole = trading.held(WHOLE).document
    assert whole["signed_by"] == ["Ann"]
    assert whole["versions"][:2] == document["versions"]
    heading = trading.held(HEADING).heading
    assert (heading["audit"], heading["signed_by"]) == ({"x": 1}, ["Ann"])
    assert heading["versions"][1]["colour"] == "red"
    names = [contracts.terms_key(*PAIR, each["kept_as"]) for each in heading["versions"]]
    kept = trading.documents(names)
    assert [kept[key[1:]] for key in names] == whole["versions"]


def test_two_who_sign_at_once_make_one_version_and_one_refusal(
    trading: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the second has read is what it was before the first wrote."""
    contract = signed(trading, 1)
    trading.move_contract(*PAIR)
    first, second = (
        contract.replaced_by(Terms.from_dict(terms(2) | {"payment": rule}))
        for rule in ("DAY 1d", "DAY 2d")
    )
    stale = trading.fetch([WHOLE, HEADING])
    trading.put_contract(first, contracts.Seen(contract))
    monkeypatch.setattr(Store, "fetch", lambda *asked: stale)
    plan = trading.planned(second, contracts.Seen(contract))
    monkeypatch.undo()
    assert plan is not None
    with pytest.raises(VersionConflict, match="changed by somebody else meanwhile"):
        trading.carry_out(plan)
    assert trading.contracts([PAIR]) == {PAIR: first}
    assert stack.another().contracts_for({PAIR: [1, 2]}) == {PAIR: first}


def test_contracts_of_others_are_not_taken_for_this_one(trading: Store) -> None:
    """Two pairs with one id: what the heading says is another's, so the whole is read."""
    whole = signed(trading, 1)
    others = contracts.headed({**whole.to_dict(), "partner_id": LOYALTY}, {})
    trading.write(contracts.ContractRow(*HEADING[1:], document=list(PAIR), heading=others))
    assert trading.setting([PAIR], NOW).contracts == {PAIR: whole}


def test_a_contract_whose_id_is_not_its_pair_s_is_kept_whole_while_it_fits(
    trading: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release before could not take its heading away when it writes."""
    own = replace(market.contract(), contract_id="C10001")
    place = {"pk": {"S": HEADING[1]}, "sk": {"S": HEADING[2]}}
    stack.client("dynamodb").delete_item(TableName=stack.TABLES.directory, Key=place)
    put_as_before(trading, own)
    assert not trading.move_contract(*PAIR)
    assert sign(trading, 2) == 2
    assert HEADING[1:] not in stack.everything("directory")
    before = read_as_before(trading)
    assert before is not None
    put_as_before(trading, before.replaced_by(Terms.from_dict(terms(3))))
    assert trading.setting([PAIR], NOW).contracts[PAIR].in_force(NOW).version == 3
    monkeypatch.setattr(contracts, "ITEM_BYTES_MAX", 30_000)
    assert sign(trading, 4) == 4
    assert [each.version for each in trading.setting([PAIR], NOW).contracts[PAIR].read] == [4]
    assert trading.contract_pairs(["C10001"]) == {"C10001": PAIR}
