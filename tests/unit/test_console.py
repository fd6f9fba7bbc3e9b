"""The console's page and its folder, as a browser asks for them."""

import base64
import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from makegood.api import console
from makegood.api.console_modules import linked

FOLDER = Path(__file__).parents[2] / "functions" / "docs" / "console"
VARIABLES = {
    "SignInDomain": "https://makegood.auth.example",
    "SignInClientId": 'client"<1>',
    "UploadsOrigin": "https://inbox.s3.example",
}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "preact.js").write_text("export const html = 1;\n")
    return FOLDER, tmp_path


def ask(folders: tuple[Path, Path], path: str, **more: Any) -> dict[str, Any]:
    headers = {"Accept": "*/*", **more.pop("headers", {})}
    event = {"path": path, "headers": headers, "stageVariables": VARIABLES, **more}
    return console.answer(event, folders)


def folder_of(page: dict[str, Any]) -> str:
    (name,) = set(re.findall(r'"([\w/]*[0-9a-f]{16})/', page["body"]))
    return name


@pytest.mark.parametrize(("path", "prefix"), [("/console/", ""), ("/console", "console/")])
def test_the_page_names_its_folder_relative_to_itself(folders, path: str, prefix: str) -> None:
    page = ask(folders, path)
    name = folder_of(page)
    assert re.fullmatch(f"{prefix}[0-9a-f]{{16}}", name)
    asked = re.findall(r'<(link|script) .*?"([^"]*\.js)"', page["body"])
    assert asked == [("link", f"{name}/preact.js"), ("script", f"{name}/console.js")]


def test_every_file_of_the_folder_is_kept_for_good_and_the_page_is_asked_for_again(folders) -> None:
    page = ask(folders, "/console/")
    assert page["headers"]["Cache-Control"] == "no-cache"
    for path in FOLDER.iterdir():
        if path.name != console.PAGE:
            file = ask(folders, f"/console/{folder_of(page)}/{path.name}")
            assert file["statusCode"] == 200
            assert file["body"] == path.read_text()
            assert "immutable" in file["headers"]["Cache-Control"]


def test_the_page_s_script_is_all_modules_each_after_what_it_imports(folders) -> None:
    script = ask(folders, f"/console/{folder_of(ask(folders, '/console/'))}/console.js")["body"]
    assert script.startswith('import * as $preact from "./preact.js";\n')
    begun = re.findall(r"^const \$(\w+) = \(\(\) => \{$", script, re.MULTILINE)
    assert sorted(begun) == sorted(path.stem for path in FOLDER.glob("*.js"))
    known = {"preact"}
    for part in re.split(r"^const \$(?=\w+ = \(\(\) => \{$)", script, flags=re.MULTILINE)[1:]:
        assert set(re.findall(r"^const \{.*\} = \$(\w+);$", part, re.MULTILINE)) <= known
        known.add(part.partition(" ")[0])


@pytest.mark.parametrize(
    ("other", "refused"),
    [
        ('import "./b.js";\n', 'a.js: import "./b.js";'),
        ("export default 1;\n", "a.js: export default 1;"),
        ("export { x };\n", "a.js: export { x };"),
        ("export let x = 1;\n", "a.js: export let x"),
        ('import { x } from "./app.js";\n', "app.js imports itself, by app, a"),
    ],
)
def test_a_module_of_another_form_is_not_linked(other: str, refused: str) -> None:
    modules = {"app": 'import { y } from "./a.js";\n', "a": f"export const y = 1;\n{other}"}
    with pytest.raises(ValueError, match=re.escape(refused)):
        linked(modules, frozenset())


def test_another_content_is_another_folder(folders) -> None:
    before = folder_of(ask(folders, "/console/"))
    (folders[1] / "preact.js").write_text("export const html = 2;\n")
    console.files.cache_clear()
    assert folder_of(ask(folders, "/console/")) != before
    assert ask(folders, f"/console/{before}/app.js")["statusCode"] == 404


@pytest.mark.parametrize(
    "path", ["/console/app.js", "/console/0123456789abcdef/app.js", "/console/../handler.py"]
)
def test_what_no_folder_holds_is_not_found(folders, path: str) -> None:
    answer = ask(folders, path)
    assert answer["statusCode"] == 404
    assert answer["headers"]["Cache-Control"] == "no-store"


def test_what_a_browser_has_already_is_not_sent_again(folders) -> None:
    tag = ask(folders, "/console/")["headers"]["ETag"]
    answer = ask(folders, "/console/", headers={"If-None-Match": tag})
    assert (answer["statusCode"], answer["body"]) == (304, "")


def test_a_file_is_compressed_for_who_takes_that(folders) -> None:
    path = f"/console/{folder_of(ask(folders, '/console/'))}/app.js"
    answer = ask(folders, path, headers={"Accept-Encoding": "gzip, br"})
    assert answer["headers"]["Content-Encoding"] == "gzip"
    assert gzip.decompress(base64.b64decode(answer["body"])) == (FOLDER / "app.js").read_bytes()


def test_the_policy_lets_in_no_script_but_ours_and_connects_to_named_origins_alone(folders) -> None:
    policy = ask(folders, "/console/")["headers"]["Content-Security-Policy"]
    rules = dict(each.split(" ", 1) for each in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["form-action"] == rules["base-uri"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert rules["trusted-types"] == "'none'"
    assert rules["connect-src"] == "'self' https://makegood.auth.example https://inbox.s3.example"


@pytest.mark.parametrize("set_to", ["*", "https://a.example/ 'unsafe-inline'", "https://a;b", "x"])
def test_no_setting_opens_the_policy(folders, set_to: str) -> None:
    variables = {**VARIABLES, "UploadsOrigin": set_to, "SignInDomain": ""}
    page = ask(folders, "/console/", stageVariables=variables)
    assert "connect-src 'self';" in page["headers"]["Content-Security-Policy"]


def test_a_setting_is_text_in_the_page(folders) -> None:
    assert 'data-client="client&quot;&lt;1&gt;"' in ask(folders, "/console/")["body"]


def test_no_module_makes_markup_of_text_or_keeps_a_token() -> None:
    for path in FOLDER.glob("*.js"):
        text = path.read_text()
        assert len(text.splitlines()) <= 400, path.name
        for each in (
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "Function(",
        ):
            assert each not in text, path.name
        assert "localStorage" not in text, path.name
        assert "parseFloat" not in text, path.name
