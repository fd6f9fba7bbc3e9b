"""The pages for people: README, guides and logs, as text, links, anchors and tables."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.infra.sources import ROOT

GUIDES = ROOT / "infra" / "guides"
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "DECISIONS.md")),
    *sorted(GUIDES.glob("*.md")),
]


def text_of(name: str) -> str:
    """A guide's text."""
    return (GUIDES / f"{name}.md").read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    """What stands below a heading, up to the next of its depth or a higher one."""
    head = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    if head is None:
        raise ValueError(f"no heading {title}")
    below = text[head.end() :]
    end = re.search(rf"^#{{1,{len(head[1])}}} ", without_code(below), re.MULTILINE)
    return below[: end.start()] if end else below


def without_code(text: str) -> str:
    """The text with blanks for what stands in fences, so that places stay."""
    return re.sub(r"```.*?```", lambda found: " " * len(found[0]), text, flags=re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """The cells of all tables, without their heads."""
    found = []
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        lines = table.splitlines()[2:]
        found += [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    return found


def coded(text: str) -> list[str]:
    """What stands between backticks, outside of fences."""
    return re.findall(r"`([^`]+)`", without_code(text))


def links(page: Path) -> Iterator[str]:
    """Where links and pictures of a page lead, but for those to the web."""
    for target in re.findall(r"\]\(([^)]+)\)", without_code(page.read_text(encoding="utf-8"))):
        if not target.startswith("https://"):
            yield target


def anchors(page: Path) -> set[str]:
    """The names that headings of a page can be linked by."""
    heads = re.findall(r"^#+ (.*)$", without_code(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
