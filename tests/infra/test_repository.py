"""What the repository holds: names, sizes, and nothing that is true of one machine only."""

import ast
import re

import pytest

from tests.infra.sources import ROOT, TEMPLATES, committed, python_files

TOP = {
    "functions",
    "infra",
    "layers",
    "tests",
    ".ci",
    ".github",
    "README.md",
    "DECISIONS.md",
    "CHANGELOG.md",
    "Makefile",
    "pyproject.toml",
    "requirements.in",
    "requirements.txt",
    "template.yaml",
    "samconfig.toml",
}
TOOL_FILES = {".gitignore", ".gitattributes", ".editorconfig"}

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
TEMPLATE_LINES_MAX, ROUTES_LINES_MAX = 350, 500
"""Lines of a nested template, and of the one that holds the routes."""

TEMPLATE_CHARS_MAX = 160
LONG_TEXT = re.compile(r"""'[^']{80,}'|"[^"]{80,}\"""")
"""What cannot be broken over lines."""

REQUIREMENTS = ("requirements.txt", "layers/dependencies/requirements.txt")
AUDITORS, TOOL = "infra/audit/requirements.txt", "infra/cli/requirements.txt"
CONSOLE, BROWSER = "layers/dependencies/console.txt", "tests/browser/requirements.txt"
TEXT = {".py", ".md", ".yaml", ".yml", ".toml", ".txt", ".in", ".json", ".csv", ""}
REGISTRIES = ("py{}pi.org", "python{}hosted.org", "npm{}js.org", "npm{}js.com", "--find{}-links=")
"""Written so that this file does not hold them itself."""

MACHINE = re.compile(
    "|".join(
        [
            r"(?<![\w.${}-])/(?:work|tmp|root|home|Users)/\w",
            r"^--\S*(?:index|links)",
            *(re.escape(each.format("")) for each in REGISTRIES),
        ]
    )
)


def test_the_top_holds_just_what_is_agreed() -> None:
    top = {path.relative_to(ROOT).parts[0] for path in committed()}
    assert top - TOP - TOOL_FILES == set()


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MODULE_LINES_MAX
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= FUNCTION_LINES_MAX, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_stay_small(name: str) -> None:
    most = ROUTES_LINES_MAX if name == "template.yaml" else TEMPLATE_LINES_MAX
    assert len((ROOT / name).read_text().splitlines()) <= most


def test_the_lines_of_the_main_template_are_short() -> None:
    lines = (ROOT / "template.yaml").read_text().splitlines()
    long = [each for each in lines if len(each) > TEMPLATE_CHARS_MAX]
    assert [each for each in long if not LONG_TEXT.search(each)] == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in committed()
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert found == []


def pins(name: str) -> dict[str, str]:
    """Versions by package; every line must pin, every pin must have hashes."""
    result: dict[str, str] = {}
    text = (ROOT / name).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;]+)", line)
        assert match, f"{name} does not pin: {line}"
        assert "--hash=sha256:" in line, f"{name} has no hash for {match[1]}"
        result[match[1]] = match[2]
    return result


@pytest.mark.parametrize("name", [*REQUIREMENTS, AUDITORS, TOOL, CONSOLE, BROWSER])
def test_everything_installed_is_pinned_by_hash(name: str) -> None:
    assert pins(name)


def test_tests_run_with_the_versions_that_functions_run_with() -> None:
    development, runtime = (pins(name) for name in REQUIREMENTS)
    assert {name: development.get(name) for name in runtime} == runtime


def test_the_command_line_is_tested_with_the_versions_that_it_is_pinned_to() -> None:
    development, tool = pins(REQUIREMENTS[0]), pins(TOOL)
    assert {name: development.get(name) for name in tool} == tool


def test_the_gate_is_one_command() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [each for each in lines if each.startswith("make ")] == [
        "make test",
        "make browser",
        "make workbooks",
    ]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
