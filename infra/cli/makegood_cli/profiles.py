"""Profiles: who asks, and where. A file has a section for each, as the field's tools have them.

`~/.config/makegood/profiles.ini` has yours; `MAKEGOOD_CONFIG` names another folder. A stack on this
machine writes those whose names begin with `local-` to `.local/profiles.ini` of its checkout. They
are found from any folder below it, and only by that prefix: no checkout can stand in for a profile
of yours. A token is kept in the system's keyring where there is one, else in the file, which only
its owner can read.
"""

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from makegood_cli.problems import CREDENTIALS, USAGE, Stop

LOCAL = "local-"
SERVICE = "makegood"
FILE = "profiles.ini"
DEFAULT = "default"
ROLES = ("advertiser", "partner", "operator")
HIDDEN = ("token", "aws_secret_access_key")
"""What the file holds that is shown nowhere."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One section of the file; what does not belong to its role is blank.

    An operator's commands go to the URLs of a stack's functions, signed with credentials of
    `aws_profile`; `records` is the bucket of their records. `endpoint` is a stack on this machine:
    its emulator serves no such URLs, so the functions are invoked in the name of `caller`.
    """

    name: str = DEFAULT
    role: str = ""
    api: str = ""
    account_sid: str = ""
    token: str = field(default="", repr=False)
    region: str = ""
    aws_profile: str = ""
    setup_url: str = ""
    access_url: str = ""
    treasury_url: str = ""
    confirm_url: str = ""
    records: str = ""
    endpoint: str = ""
    environment: str = ""
    caller: str = ""
    aws_access_key_id: str = ""
    aws_secret_access_key: str = field(default="", repr=False)

    def settings(self) -> dict[str, str]:
        """What the file says of it."""
        named = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in named if value and name != "name"}

    def shown(self) -> dict[str, str]:
        """The same for people, without secrets."""
        return {name: "…" if name in HIDDEN else value for name, value in self.settings().items()}


KNOWN = frozenset(each.name for each in fields(Profile))
FROM_ENVIRONMENT = {
    "MAKEGOOD_API": "api",
    "MAKEGOOD_ACCOUNT_SID": "account_sid",
    "MAKEGOOD_TOKEN": "token",  # a field's name # nosec B105
    "MAKEGOOD_ROLE": "role",
}
"""Variables that stand above what a profile says."""


def folder() -> Path:
    """Where your profiles are."""
    named = os.environ.get("MAKEGOOD_CONFIG")
    if named:
        return Path(named)
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config) / "makegood"


def place_of(name: str) -> Path:
    """The file that has a profile: your own, or that of the checkout that is worked in."""
    if name.startswith(LOCAL):
        here = Path.cwd()
        for above in (here, *here.parents):
            found = above / ".local" / FILE
            if found.is_file():
                return found
    return folder() / FILE


def load(name: str | None = None) -> Profile:
    """The profile of this name, of `MAKEGOOD_PROFILE`, or `default`; the environment stands above.

    Raises `Stop` where there is none.
    """
    chosen = name or os.environ.get("MAKEGOOD_PROFILE") or DEFAULT
    overrides = {
        field_name: os.environ[variable]
        for variable, field_name in FROM_ENVIRONMENT.items()
        if os.environ.get(variable)
    }
    place = place_of(chosen)
    known = _read(place)
    if chosen in known:
        profile = _profile(chosen, known[chosen])
    elif overrides and name is None:
        profile = Profile(chosen)
    else:
        raise Stop(_missing(chosen, place), CREDENTIALS)
    profile = replace(profile, **overrides)
    if profile.role and profile.role not in ROLES:
        raise Stop(f"The role of {chosen} is one of {', '.join(ROLES)}", USAGE)
    if not profile.token and profile.account_sid:
        profile = replace(profile, token=_kept_token(profile))
    return profile


def listed() -> list[Profile]:
    """Every profile that is found from here, without what a keyring holds."""
    files = dict.fromkeys((folder() / FILE, place_of(LOCAL)))
    return [_profile(name, known) for file in files for name, known in _read(file).items()]


def save(profile: Profile, place: Path | None = None, keyring: bool = True) -> str:
    """Writes a profile over an earlier one of its name; says where its secret is kept."""
    place = place or place_of(profile.name)
    where = f"in {place}, which only you can read"
    if keyring and profile.token and _keep_token(profile):
        where = "in the system's keyring"
        profile = replace(profile, token="")  # the file gets none # nosec B106
    parser = _parser()
    parser.read_dict(_read(place))
    parser[profile.name] = profile.settings()
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = place.with_name(f"{place.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        parser.write(file)
    fresh.replace(place)
    return where


def _parser() -> configparser.ConfigParser:
    return configparser.ConfigParser(interpolation=None, default_section="")


def _read(place: Path) -> Mapping[str, dict[str, str]]:
    parser = _parser()
    try:
        parser.read(place, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise Stop(f"{place} cannot be read: {error}", USAGE) from None
    return {name: dict(parser[name]) for name in parser.sections()}


def _profile(name: str, known: Mapping[str, str]) -> Profile:
    unknown = sorted(known.keys() - KNOWN)
    if unknown:
        raise Stop(f"Profile {name} has what no profile has: {', '.join(unknown)}", USAGE)
    return Profile(**{**known, "name": name})


def _missing(name: str, place: Path) -> str:
    if name.startswith(LOCAL):
        return f"There is no profile {name}; `make up` in the checkout writes it"
    return (
        f"There is no profile {name} in {place}; make it with: makegood configure --profile {name}"
    )


def _kept_token(profile: Profile) -> str:
    try:
        import keyring

        return keyring.get_password(SERVICE, _owner(profile)) or ""
    except Exception:  # whatever a desktop's keyring raises, there is no token from it
        return ""


def _keep_token(profile: Profile) -> bool:
    """Whether a keyring has the token now: one that is switched off takes it, and keeps nothing."""
    try:
        import keyring

        keyring.set_password(SERVICE, _owner(profile), profile.token)
        return bool(keyring.get_password(SERVICE, _owner(profile)) == profile.token)
    except Exception:  # whatever a desktop's keyring raises, the file is left
        return False


def _owner(profile: Profile) -> str:
    """Whose token it is, in the keyring."""
    return f"{profile.account_sid}@{profile.api}"
