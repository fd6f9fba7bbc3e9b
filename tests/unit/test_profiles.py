"""Profiles: where they are kept, who stands above whom, and what is kept from others' eyes."""

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from makegood_cli import profiles
from makegood_cli.problems import CREDENTIALS, Stop
from makegood_cli.profiles import FILE, FROM_ENVIRONMENT, Profile

MINE = Profile("shop", "advertiser", "https://api", "MG1", "se%cret")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a working folder of their own, and no variables."""
    for name in (*FROM_ENVIRONMENT, "MAKEGOOD_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MAKEGOOD_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_profile_is_read_as_it_was_saved_and_only_its_owner_can_read_the_file(home: Path) -> None:
    profiles.save(MINE, keyring=False)
    profiles.save(replace(MINE, name="other", role="partner"), keyring=False)
    assert profiles.load("shop") == MINE
    assert (home / "config" / FILE).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in profiles.listed()] == ["shop", "other"]


def test_no_secret_is_shown() -> None:
    assert "se%cret" not in f"{MINE!r} {MINE.shown()}"
    assert MINE.shown()["token"] == "…"


def test_the_environment_stands_above_the_profile_and_a_named_one_above_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profiles.save(MINE, keyring=False)
    profiles.save(replace(MINE, name="other"), keyring=False)
    monkeypatch.setenv("MAKEGOOD_PROFILE", "shop")
    monkeypatch.setenv("MAKEGOOD_TOKEN", "another")
    assert profiles.load() == replace(MINE, token="another")
    assert profiles.load("other").name == "other"


def test_the_environment_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "API": "https://x",
        "ACCOUNT_SID": "S",
        "TOKEN": "t",
        "ROLE": "partner",
    }.items():
        monkeypatch.setenv(f"MAKEGOOD_{name}", value)
    assert profiles.load() == Profile("default", "partner", "https://x", "S", "t")


def test_a_profile_that_is_not_there_says_how_to_make_it() -> None:
    with pytest.raises(Stop, match="makegood configure --profile shop") as caught:
        profiles.load("shop")
    assert caught.value.code == CREDENTIALS
    with pytest.raises(Stop, match="make up"):
        profiles.load("local-shop")


def test_a_checkout_has_its_own_profiles_and_stands_in_for_none_of_mine(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles.save(MINE, keyring=False)
    checkout = home / "checkout"
    place = checkout / ".local" / FILE
    profiles.save(replace(MINE, name="local-shop", token="local"), place, keyring=False)
    profiles.save(replace(MINE, api="https://theirs"), place, keyring=False)
    (checkout / "below").mkdir()
    monkeypatch.chdir(checkout / "below")
    assert profiles.load("local-shop").token == "local"
    assert profiles.load("shop") == MINE


@pytest.mark.parametrize("keeps", [True, False])
def test_a_token_is_in_the_file_where_a_keyring_keeps_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, keeps: bool
) -> None:
    """A backend that is switched off takes what it is given, and has nothing afterwards."""
    kept: dict[tuple[str, str], str] = {}

    def put(service: str, owner: str, token: str) -> None:
        if keeps:
            kept[service, owner] = token

    ring = SimpleNamespace(set_password=put, get_password=lambda *owner: kept.get(owner))
    monkeypatch.setitem(sys.modules, "keyring", ring)
    where = profiles.save(MINE)
    assert ("keyring" in where) is keeps
    assert ("se%cret" in (home / "config" / FILE).read_text()) is not keeps
    assert profiles.load("shop") == MINE
