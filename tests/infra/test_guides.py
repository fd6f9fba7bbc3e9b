"""What the guides list is what the code knows: columns, reasons, values, details, and prices."""

import csv
import re
from importlib import import_module
from itertools import product

import pytest
from makegood.api.presenters import wire_state
from makegood.domain import account_caps
from makegood.domain.action_changes import Reason
from makegood.domain.actions import PARTNER_DISPOSITIONS, ActionState
from makegood.domain.approval_rules import Wait
from makegood.domain.contracts import CLAIM_WINDOW_DAYS, TERMS_FIELDS
from makegood.domain.event_names import MEANINGS
from makegood.domain.inquiries import REJECT_REASONS, InquiryType
from makegood.domain.limits import Every, Measure, Scope
from makegood.domain.parties import SCOPES, PartnerKind, Retroactive, Role
from makegood.domain.payout_plans import GROUPS_MAX, LIMITS_MAX, Operator, Variable
from makegood.domain.rate_limit import BURST, BURST_MAX, PER_HOUR, PER_HOUR_MAX
from makegood.domain.state_details import StateDetail
from makegood.domain.uploads import Kind
from makegood.domain.verification_settings import KEPT_DAYS
from makegood.domain.webhooks import DELIVERY_DAYS
from makegood.files import layouts, outcomes
from makegood.files.columns import Columns
from makegood.files.csv_format import Cutter
from makegood.jobs.sweep import SweepResult
from makegood.operator.arguments import ARGUMENTS
from makegood.operator.commands import FUNCTIONS
from makegood.operator.setup import DAYS_MAX
from makegood.store.events import EVENT_DAYS
from makegood.store.indexes import SHARDS
from makegood.store.requests import IDEMPOTENCY_HOURS
from makegood.store.webhooks import LOOK_SHARDS

from tests.infra import structure
from tests.infra.pages import GUIDES, coded, rows, section, text_of
from tests.infra.sources import (
    LOST,
    PACKAGES,
    STORAGE,
    STREAMS,
    WEBHOOKS,
    resources,
    stored_tables,
    template,
)

FILES, OPERATORS = text_of("files"), text_of("operators")
ADVERTISERS, PARTNERS = text_of("advertisers"), text_of("partners")


@pytest.mark.parametrize("kind", Kind)
def test_the_columns_of_a_kind_of_file_are_the_code_s(kind: Kind) -> None:
    told = section(FILES, kind.capitalize())
    table = rows(told)
    assert {row[0].strip("`"): row[2].strip("`") for row in table} == layouts.LAYOUTS[kind].columns
    required = {row[0].strip("`") for row in table if row[1] == "yes"}
    assert required == set(layouts.LAYOUTS[kind].required)
    others = {alias: row[2].strip("`") for row in table for alias in coded("".join(row[4:]))}
    assert others == layouts.LAYOUTS[kind].aliases
    (given,) = re.findall(r"^May be given with the upload: (.*)$", told, re.MULTILINE)
    assert tuple(coded(given)) == layouts.LAYOUTS[kind].given
    assert ("`Item Sku 1`" in told) == layouts.LAYOUTS[kind].has_items
    assert f"`Kind={kind}`" in told


def test_every_kind_of_file_has_a_sample_that_is_read() -> None:
    for kind in Kind:
        (path,) = re.findall(r"\]\(([\w./-]+\.csv)\)", section(FILES, kind.capitalize()))
        with (GUIDES / path).open("rb") as file:
            cutter = Cutter(iter(lambda: file.read(4096), b""), 64 * 1024, 100)
            columns = Columns.match(cutter.header, kind)
            assert len(columns.places) == len(cutter.header)
        with (GUIDES / path).open(encoding="utf-8-sig", newline="") as file:
            assert {len(cells) for cells in csv.reader(file)} == {len(columns.header)}


def test_the_columns_and_sums_of_a_result_are_the_code_s() -> None:
    told = section(FILES, "Results")
    assert [row[0].strip("`") for row in rows(told)][:5] == list(layouts.RESULT_COLUMNS)
    sums = {each for row in rows(told)[5:] for each in coded(row[0])}
    assert sums == {
        outcomes.ORDER_AMOUNTS,
        outcomes.PAYOUTS_GRANTED,
        outcomes.CORRECTIONS,
        outcomes.PAYOUTS,
        outcomes.AMOUNT_CHANGES,
        outcomes.PAYOUT_CHANGES,
    }


def test_the_reject_reasons_are_told_word_by_word() -> None:
    listed = re.findall(
        r"^(\d)\. (.*)$", section(PARTNERS, "Why a claim is declined"), re.MULTILINE
    )
    assert {int(number): text for number, text in listed} == REJECT_REASONS
    (declined,) = re.findall(r'RejectReason="(.*)"', ADVERTISERS)
    assert declined in REJECT_REASONS.values()


def test_the_types_of_inquiries_are_told() -> None:
    told = {row[0].strip("`") for row in rows(section(PARTNERS, "One claim"))}
    assert set(InquiryType) <= told


def test_the_codes_of_changes_are_told() -> None:
    told = section(ADVERTISERS, "Change an action while it is pending").partition("\n### ")[0]
    modify, _, reverse = told.partition("`DELETE` takes a `DispositionCode`")
    words = {each for each in coded(modify) if each.isupper()}
    assert set(Reason) <= words
    reversing = {each for each in coded(reverse) if each.replace("_", "").isupper()}
    assert reversing == set(PARTNER_DISPOSITIONS)


def test_the_details_of_states_are_told_under_their_states() -> None:
    state, told = "", set()
    for row in rows(section(text_of("glossary"), "States")):
        state = row[0].strip("`") or state
        if row[1]:
            assert row[1].strip("`") == wire_state(ActionState(state))
        told.add(row[2].strip("`"))
    assert told == set(StateDetail)


def test_the_events_of_the_glossary_are_those_of_the_code() -> None:
    told = [
        [each.strip("`") for each in row] for row in rows(section(text_of("glossary"), "Events"))
    ]
    assert told == [
        [name, "both" if len(each.roles) == len(Role) else "advertiser", each.event_type, each.text]
        for name, each in MEANINGS.items()
    ]


JOURNEYS = {
    "A request: an advertiser accepts an inquiry (`PUT …/ActionInquiries`)": "PUT that accepts",
    "A row: a resolutions file": "file of one row",
    "A due action": "due action",
}
ELSEWHERE = {
    "PUT that accepts": {
        "domain.access",  # in the authorizer, before the request
        "domain.problems",  # where it is refused
        "store.requests",  # where it has an idempotency key
        "domain.ledger",  # where the action's dates have passed
        "jobs.event_log",  # seconds later, from the streams
        "store.events",
    },
    "file of one row": {"files.ordered_chunks"},  # where rows are about the same thing
    "due action": {"usecases.lapse_action", "usecases.apply_rules"},  # where one is due
}
"""What a journey names that this one example of it does not enter."""


def test_a_journey_enters_the_modules_that_the_guide_names() -> None:
    followed = structure.journeys()
    assert followed.keys() == set(JOURNEYS.values())
    for title, name in JOURNEYS.items():
        entered = followed[name].modules
        named = named_modules(section(text_of("contributors"), title))
        assert len(named) > 5
        assert named - entered == ELSEWHERE[name] - entered
        assert {each.split(".")[0] for each in entered - named} <= {
            *(each.split(".")[0] for each in named),
            *("patches", "runtime"),
        }


def named_modules(text: str) -> set[str]:
    packages = "|".join(PACKAGES)
    return {each for each in coded(text) if re.fullmatch(rf"(?:{packages})\.[a-z_]+", each)}


def test_what_the_guide_says_is_in_a_module_is_there() -> None:
    text = text_of("contributors")
    packages = "|".join(PACKAGES)
    quoted = r"(?:`\w+`(?:, | and | or ))*`\w+`"
    module = rf"`((?:{packages})\.[a-z_]+)`"
    named = re.findall(rf"({quoted})\s+in\s+{module}(?:\s+or\s+{module})?", text)
    named += [(names, where, "") for where, names in re.findall(rf"{module} \(({quoted})\)", text)]
    assert len(named) > 6
    for names, *modules in named:
        for name, where in product(coded(names), filter(None, modules)):
            assert hasattr(import_module(f"makegood.{where}"), name), f"{name} in {where}"


def test_the_url_of_every_command_is_told() -> None:
    told = {
        row[0].strip("`"): set(coded(row[1]))
        for row in rows(section(OPERATORS, "Requests by hand"))
    }
    assert told == {f"{name.capitalize()}Url": set(known) for name, known in FUNCTIONS.items()}


def arguments() -> dict[str, str]:
    """What the operator's guide says of each argument."""
    found = {}
    for row in rows(section(OPERATORS, "Commands")):
        if len(row) == 2:
            found.update(dict.fromkeys(coded(row[0]), row[1]))
    return {name: cell for name, cell in found.items() if name in ARGUMENTS}


def test_the_values_of_every_argument_are_told() -> None:
    assert arguments().keys() == ARGUMENTS.keys()
    known = {
        "kind": PartnerKind,
        "retroactive": Retroactive,
        "role": Role,
        "scopes": SCOPES,
        "wait": Wait,
    }
    for name, values in known.items():
        words = {each for each in coded(arguments()[name]) if each[0].isupper()}
        assert words == set(values), name
    rate = arguments()["per_hour"]
    assert f"1 to {PER_HOUR_MAX:,} ({PER_HOUR:,} unless set)" in rate
    assert f"1 to {BURST_MAX:,} ({BURST:,} unless set)" in rate
    assert arguments()["days"] == f"0 (default) to {DAYS_MAX}"
    assert f"{BURST:,} requests at once and {PER_HOUR:,} an hour" in PARTNERS


def test_the_terms_of_a_contract_are_told() -> None:
    told = section(OPERATORS, "Terms")
    assert {*coded("".join(row[0] for row in rows(told))), "version"} == set(TERMS_FIELDS)
    words = set(coded(told))
    assert {*Variable, *Operator, *Measure, *Scope, *Every} <= words
    assert f"up to {GROUPS_MAX} groups" in told
    assert f"up to {LIMITS_MAX} `limits`" in told
    assert str(list(CLAIM_WINDOW_DAYS)) in words


def test_the_parameters_of_the_stack_are_told() -> None:
    told = {row[0].strip("`"): row[1] for row in rows(section(OPERATORS, "Deploy"))}
    parameters = template()["Parameters"]
    assert told.keys() == parameters.keys()
    for name, each in parameters.items():
        for value in each.get("AllowedValues", ()):
            assert str(value) in told[name], name


def test_how_much_an_account_may_have_at_once_is_told() -> None:
    told = {row[2].strip("`"): row[1] for row in rows(section(OPERATORS, "Who shares what"))}
    assert told == {
        "too_many_files": str(account_caps.FILES_MAX),
        "too_many_sheets": str(account_caps.SHEETS_MAX),
        "too_many_forms": str(account_caps.FORMS_MAX),
        "too_many_bytes": f"{account_caps.MONTH_BYTES_MAX // 1024**3} GiB",
    }


def test_how_long_data_are_kept_is_told() -> None:
    told = {row[0]: row[1:] for row in rows(section(OPERATORS, "Erasure and retention"))}
    named = {cells[1].strip("`"): cells[0] for cells in told.values() if len(cells) == 2}
    parameters = template()["Parameters"]
    for name, cell in named.items():
        if name in parameters:
            assert re.search(rf"\b{parameters[name]['Default']} (days|years)", cell), name
    known = {name for name in parameters if name.endswith(("Days", "LockYears"))}
    assert known <= named.keys()
    assert told["events, and bodies of webhooks"][0] == f"{EVENT_DAYS} days"
    assert told["deliveries of webhooks"][0] == f"{DELIVERY_DAYS} days"
    assert told["answers to repeated requests"][0] == f"{IDEMPOTENCY_HOURS} hours"
    assert told["the shop's orders"][0] == f"{KEPT_DAYS} days"


@pytest.mark.parametrize(
    ("path", "bucket", "parameter"),
    [
        (STORAGE, "Inbox", "InboxDays"),
        (STORAGE, "Results", "ResultDays"),
        (LOST, "Lost", "LostDays"),
    ],
)
def test_files_go_when_their_parameter_says(path: str, bucket: str, parameter: str) -> None:
    (rule, *_) = resources("AWS::S3::Bucket", path)[bucket]["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == {"Ref": parameter}
    nested = {each["Location"]: each for each in resources("AWS::Serverless::Application").values()}
    assert nested[path]["Parameters"][parameter] == {"Ref": parameter}
    mine, whole = (template(each)["Parameters"][parameter] for each in (path, "template.yaml"))
    assert mine["Default"] == whole["Default"]


def test_tables_can_be_restored_as_far_back_as_their_parameter_says() -> None:
    for properties in stored_tables().values():
        recovery = properties["PointInTimeRecoverySpecification"]
        assert recovery["RecoveryPeriodInDays"] == {"Ref": "RecoveryDays"}


def costs() -> dict[str, tuple[str, float]]:
    told = section(OPERATORS, "What an idle stack costs").partition("\nA deployment costs")[0]
    table = rows(told)
    return {row[0]: (row[1], float(row[2])) for row in table}


def test_what_an_idle_stack_costs_adds_up() -> None:
    *parts, whole = (cost for _, cost in costs().values())
    assert round(sum(parts), 2) == whole


def test_what_an_idle_stack_costs_is_counted_from_the_template() -> None:
    told = "\n".join(f"{what}: {arithmetic}" for what, (arithmetic, _) in costs().items())
    functions = resources("AWS::Serverless::Function").values()
    frozen = [each["MemorySize"] for each in functions if "SnapStart" in each]
    assert f"{len(frozen)} x {frozen[0] / 1024:g} GB" in told
    assert set(frozen) == {512}
    alarms = resources("AWS::CloudWatch::Alarm", "infra/alarms.yaml")
    assert f"{len(alarms)} x 0.10" in told
    dashboards = resources("AWS::CloudWatch::Dashboard", "infra/dashboard.yaml")
    assert f"{len(dashboards)} x 3.00" in told
    assert f"{len(SweepResult().facts())} x 0.30" in told
    kind = "AWS::Lambda::EventSourceMapping"
    mappings = [*resources(kind).values(), *resources(kind, STREAMS).values()]
    polled = [each for each in mappings if "ScalingConfig" in each]
    polled = [each for each in polled if each["FunctionName"] != {"Ref": "Mails"}]  # with a sender
    assert len(polled) == 7
    assert "6 x 5 pollers" in told
    webhooks = resources("AWS::CloudWatch::Alarm", WEBHOOKS)
    assert f"alarms of webhooks: {len(webhooks)} x 0.10" in told
    assert f"{LOOK_SHARDS} x 43,200" in told
    assert f"{SHARDS} x 4 x 2,880" in told
    assert f"{SHARDS * 2_880:,} x 3" in told
    assert f"{(SHARDS + 2) * 2_880:,} x" in told
