"""Writing a value, which may be a notebook's text, into a file of some form so that it stays a value there."""

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping

import tomlkit
import yaml

_MARKDOWN = re.compile(r"([\\`*_\[\]#|~$&])")


def one_line(text: object) -> str:
    """The text without line breaks, control characters and what cannot be encoded."""
    printable = "".join(character if character.isprintable() else " " for character in str(text))
    return " ".join(printable.split())


def as_python(value: object) -> str:
    """A Python literal."""
    return repr(value)


def as_toml(value: object) -> str:
    """A TOML value."""
    return tomlkit.item(one_line(value) if isinstance(value, str) else value).as_string()


def as_yaml(value: object) -> str:
    """A YAML scalar; strings are always quoted, so that none can be taken for something else."""
    style = '"' if isinstance(value, str) else None
    text: str = yaml.safe_dump(value, default_style=style, width=float("inf"))
    return text.removesuffix("\n").removesuffix("\n...")


def as_json(value: object) -> str:
    """A value in JSON, on one line."""
    return json.dumps(value, ensure_ascii=False)


def as_shell(command: Iterable[str]) -> str:
    """A command line for a shell."""
    return shlex.join(command)


def as_dvc(text: str) -> str:
    """A YAML scalar in `dvc.yaml`, in which DVC does not fill in `${...}`."""
    return as_yaml(text.replace("${", "\\${"))


def as_yaml_key(name: str) -> str:
    """A YAML key, quoted only where YAML would take it for something else (`no`, `on`)."""
    text: str = yaml.safe_dump(name, allow_unicode=True, width=float("inf"))
    return text.removesuffix("\n").removesuffix("\n...")


def as_markdown(text: object) -> str:
    """Plain text within a line of Markdown."""
    return _MARKDOWN.sub(r"\\\1", one_line(text)).replace("<", "&lt;").replace(">", "&gt;")


def as_code(text: object) -> str:
    """Code in a line of Markdown, also within a table."""
    line = one_line(text).replace("|", "\\|")
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    space = " " if "`" in line or not line else ""
    return f"{fence}{space}{line}{space}{fence}"


def as_argument(name: str) -> str:
    """An argument that takes anything."""
    return f"{name}: Any"


def as_attribute(name: str, owner: str) -> str:
    """An attribute of an object."""
    return f"{owner}.{name}"


def from_mapping(key: str, values: Mapping[str, str]) -> str:
    """What a mapping has for a key."""
    return values[key]


def as_docstring(text: object) -> str:
    """What stands between the quotes of a docstring on one line."""
    line = one_line(text).replace("\\", "\\\\").replace('"', "'")
    return line if line.endswith((".", "?", "!", ":")) else f"{line}."


FILTERS: Mapping[str, Callable[..., str]] = {
    "line": one_line,
    "py": as_python,
    "arg": as_argument,
    "of": as_attribute,
    "get_from": from_mapping,
    "doc": as_docstring,
    "toml": as_toml,
    "yaml": as_yaml,
    "yaml_key": as_yaml_key,
    "json": as_json,
    "shell": as_shell,
    "dvc": as_dvc,
    "md": as_markdown,
    "code": as_code,
}
