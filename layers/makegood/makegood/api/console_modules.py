"""The console's modules as one script: a browser asks for that, and not for each of forty files.

Each module becomes a function that is called once, after those that it imports, and returns what it
exports. That takes no tool, because the modules are written in few forms: an import is a line that
names what it takes from a module beside it, and an export stands before a declaration. Any other
form is refused here, so that it fails in a test and not in a browser.
"""

import re
from collections.abc import Iterator, Mapping

LINKED = "console.js"
FIRST = "app"
"""The module that a page runs."""

IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(
    r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE | re.ASCII
)
OTHER = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


def linked(modules: Mapping[str, str], outside: frozenset[str]) -> str:
    """One script of these modules, by their names without `.js`; those of `outside` are imported as
    they are. Raises `ValueError` where a module is written in another form, or needs itself.
    """
    heads = [f'import * as ${name} from "./{name}.js";\n' for name in sorted(outside)]
    order = dict.fromkeys(_in_order(FIRST, modules, outside, ()))
    return "".join(heads + [_function(name, modules[name]) for name in order])


def _in_order(
    name: str, modules: Mapping[str, str], outside: frozenset[str], above: tuple[str, ...]
) -> Iterator[str]:
    """What a module imports, directly or not, and then the module itself."""
    if name in above:
        raise ValueError(f"{name}.js imports itself, by {', '.join(above)}")
    if name in outside:
        return
    for _, imported in IMPORT.findall(modules[name]):
        yield from _in_order(imported, modules, outside, (*above, name))
    yield name


def _function(name: str, text: str) -> str:
    exported = EXPORT.findall(text)
    body = EXPORT.sub("", IMPORT.sub(r"const { \1 } = $\2;", text))
    strange = OTHER.search(body)
    if strange:
        raise ValueError(f"{name}.js: {strange[0]}")
    return f"const ${name} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();\n"
