"""The command line: it knows by name what the code knows, and its help is true and cheap."""

import re
import resource
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
import yaml
from makegood_cli import accounts, evidence, inquiries, main, names, problems, uploads, webhooks

from infra.local import publish
from tests.infra.pages import coded, rows, section, text_of

HELP_SECONDS_MAX = 0.1


def test_the_names_in_the_tool_are_the_code_s() -> None:
    assert publish.NAMES.read_text(encoding="utf-8") == publish.names()


def test_the_tool_imports_nothing_of_the_functions() -> None:
    """What it knows of them is in `names.json`: it installs by itself."""
    for path in publish.NAMES.parent.glob("*.py"):
        found = re.findall(r"^\s*(?:from|import) ([\w.]+)", path.read_text(), re.MULTILINE)
        assert [each for each in found if re.match(r"(makegood|infra|tests)\b(?!_)", each)] == []


def leaves(
    command: click.Command, path: tuple[str, ...] = ("makegood",)
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that runs something, with the words that name it."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found, (*path, name))


LEAVES = dict(leaves(main.makegood))


def examples(command: click.Command) -> list[list[str]]:
    """The lines after a `$` in a command's help; a line that is indented further goes on."""
    text = re.sub(r"\n {4,}(?=\S)", " ", command.help or "")
    return [shlex.split(each) for each in re.findall(r"\$ (makegood .*)", text)]


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_has_an_example_that_it_takes(path: tuple[str, ...]) -> None:
    found = examples(LEAVES[path])
    assert found
    for words in found:
        assert tuple(words[: len(path)]) == path
        LEAVES[path].make_context(path[-1], words[len(path) :])


@pytest.mark.parametrize("name", main.TREE)
def test_the_help_of_all_says_what_the_help_of_each_does(name: str) -> None:
    found = main.makegood.get_command(click.Context(main.makegood), name)
    assert found is not None
    assert found.help
    assert found.name == name


def test_help_costs_little() -> None:
    """The best of three starts, in CPU of the process; Python itself is part of it."""
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        line = [sys.executable, "-c", "from makegood_cli.main import main; main()", "--help"]
        subprocess.run(line, check=True, capture_output=True, cwd=publish.NAMES.parents[1])
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < HELP_SECONDS_MAX


LISTS = {
    ("inquiries", "list"): ("listAdvertiserInquiries", "listPartnerInquiries"),
    ("actions", "list"): ("listAdvertiserActions", "listPartnerActions"),
    ("actions", "updates"): ("listAdvertiserActionUpdates", "listPartnerActionUpdates"),
    ("actions", "items"): ("listAdvertiserItems", "listPartnerItems"),
    ("campaigns",): ("listAdvertiserCampaigns", "listPartnerCampaigns"),
    ("contracts",): ("listAdvertiserContracts", "listPartnerContracts"),
    ("funds",): ("listFundsEntries",),
    ("earnings",): ("listEarningsEntries",),
    ("statements", "list"): ("listAdvertiserInvoices", "listPartnerInvoices"),
    ("uploads", "list"): ("listAdvertiserFiles", "listPartnerFiles"),
    ("events",): ("listAdvertiserEvents", "listPartnerEvents"),
    ("policy", "show"): ("listPolicies",),
    ("evidence", "list"): ("listAdvertiserEvidence", "listPartnerEvidence"),
    ("webhooks", "list"): ("listAdvertiserWebhooks", "listPartnerWebhooks"),
    ("webhooks", "deliveries"): ("listAdvertiserDeliveries", "listPartnerDeliveries"),
}
"""The commands that list things of an account, and what they ask."""

BY_THEMSELVES = {"Page", "PageSize", "Cursor", "Before"}
"""What lists are continued with: a command does that by itself."""


@pytest.mark.parametrize("path", LISTS, ids=" ".join)
def test_a_list_is_filtered_by_all_that_the_api_filters_it_by(path: tuple[str, ...]) -> None:
    offered = {each for param in LEAVES["makegood", *path].params for each in param.opts}
    for operation in LISTS[path]:
        for each in names.fields(operation):
            if each["name"] not in BY_THEMSELVES:
                assert names.option(each["name"]) in offered


def columns() -> dict[str, tuple[str, ...]]:
    """The columns of each list, by the schema of its objects."""
    return {
        "AdvertiserInquiry": inquiries.COLUMNS,
        "PartnerInquiry": inquiries.COLUMNS,
        "AdvertiserAction": accounts.ACTIONS,
        "PartnerAction": accounts.ACTIONS,
        "AdvertiserActionUpdate": accounts.UPDATES,
        "PartnerActionUpdate": accounts.UPDATES,
        "AdvertiserCampaign": accounts.CAMPAIGNS["Advertisers"],
        "PartnerCampaign": accounts.CAMPAIGNS["Mediapartners"],
        "AdvertiserContract": accounts.CONTRACTS,
        "PartnerContract": accounts.CONTRACTS,
        "AdvertiserInvoice": accounts.STATEMENTS,
        "PartnerInvoice": accounts.STATEMENTS,
        "Item": accounts.ITEMS,
        "Funds": accounts.FUNDS,
        "Earnings": accounts.EARNINGS,
        "Entry": accounts.ENTRIES,
        "Event": accounts.EVENTS,
        "File": uploads.COLUMNS,
        "Evidence": evidence.COLUMNS,
        "Webhook": webhooks.COLUMNS,
        "Delivery": webhooks.DELIVERIES,
    }


@pytest.mark.parametrize(("schema", "shown"), columns().items())
def test_every_column_of_a_table_is_in_what_the_api_answers(
    schema: str, shown: tuple[str, ...]
) -> None:
    document = yaml.load(publish.WRITTEN.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert set(shown) <= set(document["components"]["schemas"][schema]["properties"])


def test_the_guide_tells_every_exit_code() -> None:
    told = {row[0]: row[1] for row in rows(section(text_of("partners"), "By the command line"))}
    assert told == {str(code): says for code, says in problems.CODES.items()}


def test_every_line_of_the_guides_is_one_that_the_tool_takes() -> None:
    found = [
        line
        for page in ("partners", "advertisers", "operators", "files")
        for line in re.findall(r"^makegood .*$", text_of(page), re.MULTILINE)
    ]
    assert len(found) > 10
    for line in found:
        words = shlex.split(line, comments=True)
        path = max((each for each in LEAVES if tuple(words[: len(each)]) == each), key=len)
        LEAVES[path].make_context(path[-1], words[len(path) :])


def test_commands_that_are_named_in_the_guides_exist() -> None:
    known = {word for path in LEAVES for word in (path[1],)}
    for page in ("partners", "advertisers", "operators"):
        for each in coded(text_of(page)):
            if each.startswith("makegood ") and not each.split()[1].startswith("-"):
                assert each.split()[1] in known, each


def test_names_of_fields_become_options() -> None:
    assert names.option("TransactionDateStart") == "--transaction-date-start"
    assert names.option("advertiser_id") == "--advertiser-id"
