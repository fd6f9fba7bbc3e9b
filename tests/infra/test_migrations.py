"""Rights of migrations, and index steps: what a release changes about tables that hold data."""

from fnmatch import fnmatchcase

import pytest
from makegood.store.clearings import BACKFILL
from makegood.store.contracts import contract_key, heading_key
from makegood.store.migration_passes import head_key
from makegood.store.migrations import MIGRATIONS

from tests.infra import index_steps
from tests.infra.sources import STORAGE, leading_keys, read, statements, template

INDEXES = "GlobalSecondaryIndexes"
MADE_UP = """
Conditions:
  OnAws: !Not [!Equals [!Ref Environment, local]]
  Step1: !Not [!Equals [!Ref IndexStep, 0]]
  Step2: !And [!Condition Step1, !Not [!Equals [!Ref IndexStep, 1]]]
Resources:
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      DeletionProtectionEnabled: !If [OnAws, true, false]
      AttributeDefinitions: [
        {AttributeName: pk, AttributeType: S},
        !If [Step1, {AttributeName: shelf_key, AttributeType: S}, !Ref "AWS::NoValue"],
        !If [Step2, {AttributeName: size_key, AttributeType: S}, !Ref "AWS::NoValue"]]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - IndexName: by_pk
          Projection: {ProjectionType: KEYS_ONLY}
          KeySchema: [{AttributeName: pk, KeyType: HASH}]
        - !If
          - Step1
          - {IndexName: by_shelf, KeySchema: [{AttributeName: shelf_key, KeyType: HASH}]}
          - !Ref "AWS::NoValue"
        - !If
          - Step2
          - {IndexName: by_size, KeySchema: [{AttributeName: size_key, KeyType: HASH}]}
          - !Ref "AWS::NoValue"
"""

NEEDED = {
    f"dynamodb:{each}"
    for each in ("BatchGetItem", "DescribeTable", "PutItem", "Scan", "UpdateItem")
}
"""What a migration asks of its table."""


def test_what_is_kept_of_passes_may_be_written_by_who_runs_them() -> None:
    """The emulator does not ask for leading keys, so nothing but this sees what AWS would deny."""
    migration = head_key("any")[1]
    for folder, keys in {"setup": [BACKFILL[1]], "treasury": [BACKFILL[1], migration]}.items():
        writing = [each for each in statements(folder) if "dynamodb:UpdateItem" in each["Action"]]
        (directory,) = [each for each in writing if each["Resource"] == {"Ref": "DirectoryArn"}]
        allowed = leading_keys(directory)
        assert all(any(fnmatchcase(key, each) for each in allowed) for key in keys)


@pytest.mark.parametrize("table", ["inquiries", "actions", "ledger"])
def test_who_runs_migrations_may_read_write_and_look_at_tables(table: str) -> None:
    assert allowed("treasury", table) >= NEEDED


def test_every_migration_is_of_a_table_that_may_be_migrated() -> None:
    for migration in MIGRATIONS.values():
        assert allowed("treasury", migration.kind.table) >= NEEDED


def test_who_runs_migrations_may_put_what_a_contract_is_moved_to() -> None:
    keys = contract_key("1000", "10001"), heading_key("1000", "10001")
    putting = [each for each in statements("treasury") if "dynamodb:PutItem" in each["Action"]]
    directory = [each for each in putting if each["Resource"] == {"Ref": "DirectoryArn"}]
    granted = [key for each in directory for key in leading_keys(each)]
    assert all(any(fnmatchcase(pk, each) for each in granted) for _, pk, _ in keys)


def test_every_migration_says_what_an_item_should_be_like_or_moves_it() -> None:
    for migration in MIGRATIONS.values():
        assert (migration.wanted is None) == (migration.move is not None)


def allowed(folder: str, table: str) -> set[str]:
    named = {"Ref": f"{table.title()}Arn"}
    about = [each for each in statements(folder) if named in (each["Resource"], *each["Resource"])]
    return {action for each in about for action in each["Action"]}


def test_each_step_of_the_template_is_one_that_dynamodb_takes() -> None:
    assert list(index_steps.faults(template(STORAGE))) == []


def test_a_new_stack_takes_the_last_step_and_every_step_can_be_named() -> None:
    last = index_steps.last_step(template(STORAGE))
    parameter = template()["Parameters"]["IndexStep"]
    assert (parameter["Default"], parameter["AllowedValues"]) == (last, list(range(last + 1)))
    passed = template()["Resources"]["Storage"]["Properties"]["Parameters"]["IndexStep"]
    assert passed == {"Ref": "IndexStep"}


def test_indexes_come_one_by_one_from_step_to_step() -> None:
    made_up = read(MADE_UP)
    names = [
        [each["IndexName"] for each in index_steps.tables_at(made_up, step)["Things"][INDEXES]]
        for step in range(3)
    ]
    assert names == [["by_pk"], ["by_pk", "by_shelf"], ["by_pk", "by_shelf", "by_size"]]
    assert index_steps.tables_at(made_up) == index_steps.tables_at(made_up, 2)
    protected = index_steps.tables_at(made_up)["Things"]["DeletionProtectionEnabled"]
    assert protected == {"If": ["OnAws", True, False]}
    assert list(index_steps.faults(made_up)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("- Step2", "- Step1", "are several at once"),
        ("[Step2, {AttributeName", "[Step1, {AttributeName", "at step 1 defines"),
        ("{AttributeName: pk, AttributeType: S},", "", "Things at step 0 defines"),
        ("Type: KEYS_ONLY", "Type: !If [Step2, ALL, KEYS_ONLY]", "cannot be changed"),
        ("!If [OnAws, true, false]", "!If [Step1, true, false]", "more than indexes changes"),
        ("!Ref IndexStep, 1", "!Ref IndexStep, 2", "Step2 does not hold from step 2 on"),
        ("  Step1:", "  Step3:", "there is no Step1"),
    ],
)
def test_what_dynamodb_would_refuse_is_found(right: str, wrong: str, told: str) -> None:
    assert right in MADE_UP
    spoilt = MADE_UP.replace(right, wrong, 1)
    assert any(told in each for each in index_steps.faults(read(spoilt)))
