"""The parameters in their file, and changes to them for one run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from .graph import near


class ParameterError(ValueError):
    """A parameter that does not exist, or a value that does not fit it."""


class _Loader(yaml.SafeLoader):
    """YAML in which 1e-3 is a number, and not a string."""


class _Dumper(yaml.SafeDumper):
    """Writes such YAML: the text "1e5" has quotes, else it would be read as a number."""


for _kind in (_Loader, _Dumper):
    _kind.add_implicit_resolver(
        "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
    )


def load_parameters(file: Path) -> dict[str, Any]:
    """The parameters in a YAML (or JSON) file."""
    try:
        parameters = yaml.load(file.read_text(encoding="utf-8"), _Loader)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ParameterError(f"{file} cannot be read: {error}") from error
    if parameters is not None and not isinstance(parameters, dict):
        raise ParameterError(f"{file} must have one `name: value` a line")
    return parameters or {}


def as_text(parameters: Mapping[str, Any]) -> str:
    """The parameters as YAML, from which `load_parameters` reads the same."""
    return str(yaml.dump(dict(parameters), Dumper=_Dumper, sort_keys=False, allow_unicode=True))


def with_changes(parameters: Mapping[str, Any], changes: Iterable[str]) -> dict[str, Any]:
    """The parameters with changes `name=value`, each read as the kind of value that it replaces."""
    result = dict(parameters)
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals:
            raise ParameterError(f"{change!r} is not a change: write name=value")
        if name not in result:
            raise ParameterError(f"no parameter {name!r}: {near(name, result)}")
        result[name] = _read(name, text, result[name])
    return result


def _read(name: str, text: str, old: Any) -> Any:
    if isinstance(old, str):
        return text
    try:
        value = yaml.load(text, _Loader)
    except yaml.YAMLError:
        value = text
    if value is None or old is None:
        return value
    if isinstance(old, bool) != isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ParameterError(f"{name} cannot be {text!r}: it takes a value like {old!r}")
    return float(value) if isinstance(old, float) else value
