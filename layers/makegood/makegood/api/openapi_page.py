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
    parts += [_objects(described), _values(described), _errors(described)]
    view = "<meta name='viewport' content='width=device-width, initial-scale=1'>"
    head = (
        f"<meta charset='utf-8'>{view}<title>{title}</title><link rel='stylesheet' href='docs.css'>"
    )
    return (
        f"<!doctype html><html lang='en'><head>{head}</head><body>"
        f"{_contents(operations)}<main>{''.join(parts)}</main></body></html>"
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
    """What a reference points to; fields beside the reference take precedence."""
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


def _contents(operations: list[Operation]) -> str:
    """The side bar: every operation, by audience, then what is common to all."""
    links = []
    for audience, title in AUDIENCES.items():
        links.append(f"<strong>{title}</strong>")
        links += [
            f"<a href='#{operation['operationId']}'>{escape(operation['summary'])}</a>"
            for _, path, operation in operations
            if path.startswith(audience)
        ]
    shared = [each for each in operations if not each[1].startswith(tuple(AUDIENCES))]
    common = {each["operationId"]: each["summary"] for _, _, each in shared}
    common |= {"objects": "Objects", "values": "Values", "errors": "Errors"}
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
    (sample,) = operation["x-codeSamples"]
    parts.append(f"<h4>With curl</h4><pre class='line'>{escape(sample['source'])}</pre>")
    granted = next(each for status, each in operation["responses"].items() if status[0] == "2")
    content = _resolved(described, granted).get("content", {})
    parts += [_answer(described, kind, media) for kind, media in content.items()]
    return f"<section>{''.join(parts)}</section>"


def _answer(described: Node, kind: str, media: Node) -> str:
    """What is answered in one format: its fields, and an example."""
    fields = _schema(described, f"Answer, {kind}", media["schema"])
    return fields + _example(media, kind)


def _example(media: Node, kind: str) -> str:
    if "example" not in media:
        return ""
    shown = media["example"]
    text = shown if isinstance(shown, str) else dumps(shown, indent=2, ensure_ascii=False)
    return f"<h4>Example, {escape(kind)}</h4>{_box(text)}"


def _box(text: str) -> str:
    """Text as it is, in a box that scrolls, by the keyboard too."""
    return f"<pre tabindex='0'>{escape(text)}</pre>"


def _schema(described: Node, title: str, schema: Node) -> str:
    schema = _resolved(described, schema)
    required = schema.get("required", []) if title.startswith("Body") else []
    patterns = schema.get("patternProperties", {}).values()
    known = {**schema.get("properties", {}), **{each["title"]: each for each in patterns}}
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
        name = node.get("$ref", "").rpartition("/")[2]
        if name:
            return f"<a href='#object-{name}'>{escape(name)}</a>"
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


def _objects(described: Node) -> str:
    """Every object that stands inside of another, with its fields."""
    schemas = described["components"]["schemas"]
    inner = {name for each in schemas.values() for name in _inside(each)}
    shown = [
        f"<h3 id='object-{name}'>{escape(name)}</h3>{_prose(schema['title'] + '.')}"
        + _schema(described, "Fields", schema)
        for name, schema in schemas.items()
        if name in inner and "properties" in schema
    ]
    return f"<h2 id='objects'>Objects</h2>{''.join(shown)}"


def _inside(schema: Node) -> Iterable[str]:
    """The names of the schemas that the fields of this one refer to."""
    for field in schema.get("properties", {}).values():
        for node in (field, field.get("items", {}), *field.get("anyOf", ())):
            if "$ref" in node:
                yield node["$ref"].rpartition("/")[2]


def _errors(described: Node) -> str:
    """Every way to refuse, by its status, some with an example; and the fields that all have."""
    known = _statuses(described)
    rows, examples = [], []
    for status, response in sorted(known.items()):
        rows.append(
            f"<tr><td><code>{status}</code></td><td>{_prose(response['description'])}</td></tr>"
        )
        media = response["content"]["application/json"]
        examples.append(_example(media, f"status {status}"))
    head = "<thead><tr><th>Status</th><th>What it means</th></tr></thead>"
    table = f"<table>{head}<tbody>{''.join(rows)}</tbody></table>"
    fields = _schema(described, "Fields of every refusal", {"$ref": "#/components/schemas/Error"})
    return f"<h2 id='errors'>Errors</h2>{table}{fields}{''.join(examples)}"


def _statuses(described: Node) -> dict[str, Node]:
    """What is answered with each status that refuses."""
    return {
        status: _resolved(described, response)
        for _, _, operation in _operations(described)
        for status, response in operation["responses"].items()
        if status[0] != "2"
    }
