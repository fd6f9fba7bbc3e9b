"""Terms and other objects from files, as YAML or JSON, checked before they are sent.

Dates and amounts stay the texts that they are written as: `25.00` is no binary fraction. A name
that stands twice is refused, since only one of the two could be meant.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from makegood_cli import names
from makegood_cli.problems import USAGE, Stop

REQUIRED = ("valid_from", "locking", "payment", "payouts")
"""What terms must have; the rest has defaults."""

AS_TEXT = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:float")


class _Loader(yaml.SafeLoader):
    """Reads dates and fractions as texts, and refuses a name that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if name in seen:
                raise yaml.MarkedYAMLError(problem=f"{name} twice", problem_mark=key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


for _tag in AS_TEXT:
    _Loader.add_constructor(_tag, _Loader.construct_yaml_str)


def read(path: Path) -> dict[str, Any]:
    """The object in a file; names are texts, as JSON has them. Raises `Stop`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = yaml.load(text, Loader=_Loader)  # a `SafeLoader` # noqa: S506 # nosec B506
    except OSError as error:
        raise Stop(f"{path} cannot be read: {error.strerror}", USAGE) from None
    except UnicodeDecodeError:
        raise Stop(f"{path} is not UTF-8", USAGE) from None
    except yaml.YAMLError as error:
        raise Stop(f"{path}: {' '.join(str(error).split())}", USAGE) from None
    if not isinstance(found, dict):
        raise Stop(f"{path} holds no object of names and values", USAGE)
    return _named(found)


def _named(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _named(each) for name, each in value.items()}
    return [_named(each) for each in value] if isinstance(value, list) else value


def check_terms(terms: Mapping[str, Any]) -> None:
    """Refuses terms with a name that terms do not have, or without what they need."""
    known = names.names()["terms"]
    faults = [f"{each}: terms have {', '.join(known)}" for each in terms if each not in known]
    faults += [f"{each}: required" for each in REQUIRED if each not in terms]
    payouts = terms.get("payouts", {})
    if not isinstance(payouts, dict) or not all(
        isinstance(each, str | dict) for each in payouts.values()
    ):
        faults.append("payouts: an object of event types and what each pays, like 4000: 5%")
    if faults:
        raise Stop("\n".join(["The terms cannot be sent:", *faults]), USAGE)


def policy(path: Path) -> dict[str, Any]:
    """A policy's version in a file, checked by the names that the API knows; raises `Stop`."""
    given = read(path)
    faults = list(_policy_faults(given))
    if faults:
        raise Stop("\n".join(["The policy cannot be sent:", *faults]), USAGE)
    return given


def _policy_faults(given: Mapping[str, Any]) -> Iterator[str]:
    known = names.names()["policy"]
    yield from _unknown("", given, known["fields"])
    rules = given.get("Rules")
    if not isinstance(rules, list) or not all(isinstance(each, dict) for each in rules):
        yield "Rules: required, a list of rules"
        return
    for number, rule in enumerate(rules, 1):
        named = f"Rule {rule.get('Name', number)}: "
        yield from _unknown(named, rule, known["rule"])
        yield from (f"{named}{each}: required" for each in ("Name", "Then") if each not in rule)
        if "Then" in rule and rule["Then"] not in known["then"]:
            yield f"{named}Then: one of {', '.join(known['then'])}"
        conditions = rule.get("When", [])
        if not isinstance(conditions, list) or not all(isinstance(e, dict) for e in conditions):
            yield f"{named}When: a list of conditions"
            continue
        for condition in conditions:
            yield from _unknown(named, condition, known["condition"])
            for name, values in (
                ("Variable", known["variables"]),
                ("Operator", known["operators"]),
            ):
                if condition.get(name) not in values:
                    yield f"{named}{name}: one of {', '.join(values)}"


def _unknown(named: str, given: Mapping[str, Any], known: list[str]) -> Iterator[str]:
    for each in given:
        if each not in known:
            yield f"{named}{each}: known are {', '.join(known)}"


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is there, given, or both and not the same; None is no value."""

    name: str
    there: str | None
    given: str | None

    @property
    def told(self) -> dict[str, str]:
        """As an object for programs, without what is not there or not given."""
        told = {"name": self.name, "there": self.there, "given": self.given}
        return {name: text for name, text in told.items() if text is not None}

    @property
    def lines(self) -> Iterator[str]:
        """For people: `- payouts.4000  5%` is there, `+ payouts.4000  6%` is given."""
        if self.there is not None:
            yield f"- {self.name}  {self.there}"
        if self.given is not None:
            yield f"+ {self.name}  {self.given}"


def lines(found: Iterable[Difference]) -> list[str]:
    return [line for each in found for line in each.lines]


def policy_differences(there: Mapping[str, Any], given: Mapping[str, Any]) -> list[Difference]:
    """The same of a version and a file. A reason may be its number or its text, and what the file
    leaves out of a rule is what it is unless somebody says otherwise.
    """
    known = names.names()["policy"]
    reasons, usual = known["reasons"], known["usual"]
    ours = [dict(each) for each in given["Rules"]]
    theirs = [dict(each) for each in there["Rules"]]
    for rule in ours:
        if str(rule.get("Reason", "")) in reasons:
            rule["Reason"] = reasons[str(rule["Reason"])]
    for rule, other in zip(theirs, ours, strict=False):
        for name, value in usual.items():
            if name not in other and str(rule.get(name, "")) == value:
                rule.pop(name, None)
    named = {name: each for name, each in there.items() if name in known["fields"]}
    return differences({**named, "Rules": theirs}, {**given, "Rules": ours})


def differences(there: Mapping[str, Any], given: Mapping[str, Any]) -> list[Difference]:
    """What differs, by name. A number of a version, and what is left out and has a default, is no
    difference.
    """
    left = {name: each for name, each in there.items() if name in given and name != "version"}
    before, after = dict(_flat(left)), dict(_flat({**given, "version": None}))
    return [
        Difference(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _flat(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for at, each in enumerate(value, 1):
            yield from _flat(each, f"{path}.{at}")
    elif value is not None:
        yield path, _normal(value)


def _normal(value: Any) -> str:
    """One spelling of an instant, and of everything else."""
    text = str(value)
    if re.match(r"\d{4}-\d\d-\d\dT", text):
        try:
            return datetime.fromisoformat(text).isoformat()
        except ValueError:
            return text
    return text
