"""The API's own description, published by the API: as OpenAPI, and as a page for people.

The description is written in `infra/openapi.yaml`; `openapi.json` beside this module is the same in
the form that is published.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from importlib.resources import files
from json import loads
from re import sub
from typing import Any

METHODS = ("get", "post", "put", "delete")
AUDIENCES = {"/Advertisers": "For advertisers", "/Mediapartners": "For partners"}
Node = Mapping[str, Any]

STYLE = """
:root { color-scheme: light dark; --faint: #8885; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: 1rem; }
h1, h2, h3 { line-height: 1.2; } h2 { border-bottom: 1px solid var(--faint); margin-top: 3rem; }
h3 { margin-top: 2.5rem; overflow-wrap: anywhere; } h4 { margin: 1rem 0 .25rem; }
code, pre { font: .9em ui-monospace, monospace; } code { overflow-wrap: anywhere; }
pre { background: var(--soft); overflow-x: auto; padding: .75rem; }
table { border-collapse: collapse; width: 100%; } td, th { border-bottom: 1px solid var(--faint);
  padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
td:first-child { width: 15rem; } nav { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); } nav a { display: block; }
.method { border: 1px solid var(--faint); border-radius: .25rem; font: bold .75em ui-monospace,
  monospace; padding: .1rem .4rem; vertical-align: middle; }
@media print { nav { display: none; } h3 { break-after: avoid; } tr { break-inside: avoid; } }
"""


@cache
def document() -> str:
    """The description as JSON text."""
    return (files("makegood") / "openapi.json").read_text(encoding="utf-8")


def answer(path: str) -> dict[str, Any]:
    """The gateway's form of what is published there."""
    kind, body = (
        ("text/html; charset=utf-8", page())
        if path.rstrip("/").endswith("/docs")
        else ("application/json; charset=utf-8", document())
    )
    headers = {
        "Content-Type": kind,
        "Cache-Control": "public, max-age=300",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "X-Content-Type-Options": "nosniff",
    }
    return {"statusCode": 200, "headers": headers, "body": body}


@cache
def page() -> str:
    """The description as one page without scripts, that prints as well."""
    described = loads(document())
    operations = list(_operations(described))
    info, tags = described["info"], described["tags"]
    parts = [f"<h1>{escape(info['title'])} API</h1>", _prose(info["description"])]
    parts += ["<p>The same for programs: <a href='openapi.json'>openapi.json</a></p>"]
    parts += [_contents(operations), *(_tag(described, tag, operations) for tag in tags)]
    parts += [_errors(described)]
    head = f"<title>{escape(info['title'])} API</title><style>{STYLE}</style>"
    view = "<meta name='viewport' content='width=device-width, initial-scale=1'>"
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'>{view}{head}</head>"
        f"<body>{''.join(parts)}</body></html>"
    )


Operation = tuple[str, str, Node]


def _operations(described: Node) -> Iterable[Operation]:
    for path, node in described["paths"].items():
        for method in METHODS:
            if method in node:
                shared = node.get("parameters", [])
                operation = node[method]
                yield (
                    method,
                    path,
                    {
                        **operation,
                        "parameters": [*shared, *operation.get("parameters", [])],
                    },
                )


def _resolve(described: Node, node: Node) -> Node:
    """What a reference points to; what stands beside the reference goes first."""
    while "$ref" in node:
        target: Any = described
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = {**target, **{name: each for name, each in node.items() if name != "$ref"}}
    return node


def _prose(text: str) -> str:
    """Paragraphs, with code between backticks."""
    coded = sub("`([^`]*)`", r"<code>\1</code>", escape(text))
    return "".join(f"<p>{each}</p>" for each in coded.split("\n\n"))


def _inline(text: str) -> str:
    return _prose(text).removeprefix("<p>").removesuffix("</p>")


def _contents(operations: list[Operation]) -> str:
    """Links to every operation, by audience."""
    columns = []
    for audience, title in AUDIENCES.items():
        links = "".join(
            f"<a href='#{operation['operationId']}'>{escape(operation['summary'])}</a>"
            for _, path, operation in operations
            if path.startswith(audience)
        )
        columns.append(f"<section><strong>{title}</strong>{links}</section>")
    return f"<nav>{''.join(columns)}</nav>"


def _tag(described: Node, tag: Node, operations: list[Operation]) -> str:
    shown = "".join(
        _operation(described, *each) for each in operations if tag["name"] in each[2]["tags"]
    )
    return f"<h2>{escape(tag['name'])}</h2>{_prose(tag['description'])}{shown}"


def _operation(described: Node, method: str, path: str, operation: Node) -> str:
    parts = [
        f"<h3 id='{operation['operationId']}'>{escape(operation['summary'])}</h3>",
        f"<p><span class='method'>{method.upper()}</span> <code>{escape(path)}</code></p>",
        _prose(operation["description"]) if "description" in operation else "",
    ]
    asked = [_resolve(described, each) for each in operation["parameters"]]
    rows = [
        (each["name"], each["description"], each.get("required", False), each["in"])
        for each in asked
    ]
    parts.append(_table("Parameters", rows))
    parts += _body(described, operation.get("requestBody", {}))
    ok = _resolve(described, operation["responses"]["200"])
    for kind, media in ok.get("content", {}).items():
        parts.append(_schema(described, f"Answer, {kind}", media["schema"]))
    return "".join(parts)


def _body(described: Node, body: Node) -> Iterable[str]:
    if not body:
        return
    (media, *_) = body["content"].values()
    yield _schema(described, "Body, as a form or as JSON", media["schema"])
    if "example" in media:
        lines = "\n".join(f"{name}={text}" for name, text in media["example"].items())
        yield f"<pre>{escape(lines)}</pre>"


def _schema(described: Node, title: str, schema: Node) -> str:
    schema = _resolve(described, schema)
    required = schema.get("required", [])
    by_pattern = schema.get("patternProperties", {})
    rows = [
        (name, _about(described, each), name in required and "Body" in title, "")
        for name, each in {**schema.get("properties", {}), **by_pattern}.items()
    ]
    return _table(title, rows)


def _about(described: Node, node: Node) -> str:
    """What a field is; of a list, what it is a list of."""
    known = _resolve(described, node)
    if known.get("type") == "array":
        item = _resolve(described, known["items"])
        fields = ", ".join(item.get("properties", {}))
        listed = f"A list of: {fields}." if fields else "A list of texts."
        return f"{known.get('description', '')} {listed}".strip()
    return str(known.get("description", known.get("title", "")))


def _table(title: str, rows: list[tuple[str, str, bool, str]]) -> str:
    if not rows:
        return ""
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code>{' *' if required else ''}</td>"
        f"<td>{_inline(about)}{f' <em>({where})</em>' if where in ('path', 'header') else ''}</td>"
        "</tr>"
        for name, about, required, where in rows
    )
    star = " (* required)" if any(row[2] for row in rows) else ""
    return f"<h4>{escape(title)}{star}</h4><table>{lines}</table>"


def _errors(described: Node) -> str:
    responses = described["components"]["responses"]
    rows = [
        (name, response["description"], False, "")
        for name, response in responses.items()
        if "Error" in str(response)
    ]
    fields = _schema(described, "Every one of them", {"$ref": "#/components/schemas/Error"})
    return f"<h2>Errors</h2>{_table('What may be refused', rows)}{fields}"
