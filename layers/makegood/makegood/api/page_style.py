"""The style of the pages for people: `pages.css` holds what they share, and each has a file."""

from functools import cache
from importlib.resources import files


@cache
def style(own: str) -> str:
    """All rules of a page, by the name of its own file."""
    folder = files("makegood")
    return "".join((folder / each).read_text(encoding="utf-8") for each in ("pages.css", own))
