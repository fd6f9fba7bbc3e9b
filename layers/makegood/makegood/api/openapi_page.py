"""A page for people, made of an OpenAPI document: what each operation takes and answers.

Each operation has its parameters with their types and which are required, an example, and a line
for curl. The values of an enumeration stand where a field has one.
"""

from collections.abc import Iterable, Mapping
from html import escape
from json import dumps
from re import sub
from typing import Any

METHODS = ("get", "post", "put", "delete")
AUDIENCES = {"/Advertisers": "For advertisers", "/Mediapartners": "For partners"}
FORM = "application/x-www-form-urlencoded"
WORDS = {"string": "text", "array": "list"}
"""What people call JSON's types."""

Node = Mapping[str, Any]
Operation = tuple[str, str, Node]


def page_of(described: Node) -> str:
    """The whole document as one page of HTML, which needs `docs.css` beside it."""
    operations = list(_operations(described))
    info = described["info"]
    title = f"{escape(info['title'])} API"
    parts = [f"<h1>{title}</h1><p class='jump'><a href='#operations'>All operations</a></p>"]
    parts += [_prose(info["description"])]
    parts += ["<p>The same for programs: <a href='openapi.json'>openapi.json</a></p>"]
    parts += [_tag(described, tag, operations) for tag in described["tags"]]
    parts += [_values(described), _errors(described)]
    view = "<meta name='viewport' content='width=device-width, initial-scale=1'>"
    head = (
        f"<meta charset='utf-8'>{view}<title>{title}</title><link rel='stylesheet' href='docs.css'>"
    )
    return (
        f"<!doctype html><html lang='en'><head>{head}</head><body>"
        f"{_contents(described, operations)}<main>{''.join(parts)}</main></body></html>"
    )


def _operations(described: Node) -> Iterable[Operation]:
    for path, node in described["paths"].items():
        for method in METHODS:
            if method in node:
                operation = node[method]
                shared = [*node.get("parameters", []), *operation.get("parameters", [])]
                asked = [_resolved(described, each) for each in shared]
                yield method, path, {**operation, "parameters": asked}


def _resolved(described: Node, node: Node) -> Node:
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


def _contents(described: Node, operations: list[Operation]) -> str:
    """The side bar: every operation, by audience, then what is common to all."""
    links = []
    for audience, title in AUDIENCES.items():
        links.append(f"<strong>{title}</strong>")
        links += [
            f"<a href='#{operation['operationId']}'>{escape(operation['summary'])}</a>"
            for _, path, operation in operations
            if path.startswith(audience)
        ]
    common = {"values": "Values", "errors": "Errors"}
    links.append("<strong>For both</strong>")
    links += [f"<a href='#{name}'>{title}</a>" for name, title in common.items()]
    return f"<nav id='operations' aria-label='Operations'>{''.join(links)}</nav>"


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
    asked = operation["parameters"]
    rows = [_row(described, each["name"], {**each["schema"], **each}) for each in asked]
    parts.append(_table("Parameters", rows))
    body = operation.get("requestBody", {}).get("content", {}).get(FORM, {})
    if body:
        parts.append(_schema(described, "Body, as a form or as JSON", body["schema"]))
    parts.append(f"<h4>With curl</h4><pre>{escape(_curl(method, path, asked, body))}</pre>")
    ok = _resolved(described, operation["responses"]["200"])
    for kind, media in ok.get("content", {}).items():
        parts.append(_schema(described, f"Answer, {kind}", media["schema"]))
        if "example" in media:
            shown = dumps(media["example"], indent=2, ensure_ascii=False)
            parts.append(f"<h4>Example</h4><pre>{escape(shown)}</pre>")
    return "".join(parts)


def _curl(method: str, path: str, asked: list[Node], body: Node) -> str:
    """A line that works once API, SID and TOKEN are set; ids in the path are to be put in."""
    where = path.replace("{AccountSID}", "$SID")
    for each in asked:
        if each["in"] == "path":
            where = where.replace(f"{{{each['name']}}}", f"${each['name'].upper()}")
    query = "&".join(
        f"{each['name']}={each.get('example', '')}"
        for each in asked
        if each["in"] == "query" and each.get("required")
    )
    line = 'curl -sS -u "$SID:$TOKEN"'
    if method != "get":
        line += f" -X {method.upper()}"
    line += f' "$API{where}{f"?{query}" if query else ""}"'
    example = body.get("example", {})
    return line + "".join(f' \\\n  -d "{name}={text}"' for name, text in example.items())


def _schema(described: Node, title: str, schema: Node) -> str:
    schema = _resolved(described, schema)
    required = schema.get("required", []) if title.startswith("Body") else []
    known = {**schema.get("properties", {}), **schema.get("patternProperties", {})}
    rows = [
        _row(described, name, {**each, "required": name in required})
        for name, each in known.items()
    ]
    return _table(title, rows)


def _row(described: Node, name: str, node: Node) -> str:
    """A field: its name, its type, what it is."""
    mark = "<span class='required'>required</span>" if node.get("required") is True else ""
    about = _prose(str(_resolved(described, node).get("description", "")))
    return (
        f"<tr><td><code>{escape(name)}</code>{mark}</td><td>{_type(described, node)}</td>"
        f"<td>{about}</td></tr>"
    )


def _type(described: Node, node: Node) -> str:
    """What a field's value is: a type by its name, its values where they are few, or a list."""
    if "anyOf" in node:
        return " or ".join(_type(described, each) for each in node["anyOf"])
    known = _resolved(described, node)
    if "enum" in known:
        name = node.get("$ref", "").rpartition("/")[2]
        if name:
            return f"<a href='#value-{name}'>{escape(name)}</a>"
        values = " or ".join(f"<code>{escape(each)}</code>" for each in known["enum"])
        return f"<span class='values'>{values}</span>"
    if known.get("type") == "array":
        return f"list of {_type(described, known['items'])}"
    if known.get("type") == "object" and "properties" in known:
        return escape(", ".join(known["properties"]))
    if "$ref" in node:
        return escape(node["$ref"].rpartition("/")[2].lower())
    kind = known.get("type", "")
    where = f", in the {node['in']}" if node.get("in") in ("path", "header") else ""
    return escape(WORDS.get(kind, kind) + where)


def _table(title: str, rows: list[str]) -> str:
    if not rows:
        return ""
    head = "<thead><tr><th>Name</th><th>Type</th><th>What it is</th></tr></thead>"
    return f"<h4>{escape(title)}</h4><table>{head}<tbody>{''.join(rows)}</tbody></table>"


def _values(described: Node) -> str:
    """Every enumeration with all of its values."""
    parts = ["<h2 id='values'>Values</h2>"]
    for name, schema in described["components"]["schemas"].items():
        if "enum" in schema:
            values = "".join(
                f"<tr><td><code>{escape(each)}</code></td></tr>" for each in schema["enum"] if each
            )
            about = _prose(schema.get("description", ""))
            parts.append(f"<h3 id='value-{name}'>{escape(name)}</h3>{about}<table>{values}</table>")
    return "".join(parts)


def _errors(described: Node) -> str:
    rows = [
        f"<tr><td><code>{escape(name)}</code></td><td></td><td>{_prose(each['description'])}</td></tr>"
        for name, each in described["components"]["responses"].items()
        if "Error" in str(each)
    ]
    fields = _schema(described, "Every one of them", {"$ref": "#/components/schemas/Error"})
    return f"<h2 id='errors'>Errors</h2>{_table('What may be refused', rows)}{fields}"
