"""Reading the tables: a library's TOML file is read when a name of it is first asked for.

A table has these sections; the keys of a row are one or more names, separated by spaces, that share the fact:

    [functions.pandas]                 functions of a module
    [classes."sklearn.linear_model"]   classes of a module: what calling them does, and what their instances are like
    [methods."pandas.DataFrame"]       methods of a type; [attributes...] and [subscripts...] likewise
    [function_families]                facts about all functions whose full name matches a pattern and that have no row; [class_families] likewise
    [new], [gone]                      names that not every release has ("2.1" = "pandas.DataFrame.map"); only the tests read these

A row's fields are those of `nbpipe.knowledge.facts`, with lists as words, and arguments as `name@position` (`name` alone if it is passed by
keyword only). A type name without a dot is a builtin's. A class's row says what calling it does, and what its instances are like; `result` is
`holds` and `returns` the class itself where it does not say otherwise, and `fit_draws` is explained in `sklearn.toml`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nbpipe.knowledge.facts import Argument, AttributeFact, CallFact, TypeFact

Row = Mapping[str, Any]
Rows = Mapping[str, Row]

_WORDS = frozenset({"none", "self", "argument", "array"})
_LISTS = frozenset({"mutates_if", "state"})
_ARGUMENTS = frozenset({"draws_with", "reads_files", "writes_files", "tunable"})
# Fields that say nothing of a call: of types, and `instance` for tests (the name is only on instances).
_OTHER_FIELDS = frozenset({"annotation", "imports", "picklable", "immutable", "scalars", "base", "fit_draws", "fit_draws_if", "instance"})


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file, by full name; methods, attributes and subscripts by type and then by name."""

    functions: Rows
    classes: Rows
    methods: Mapping[str, Rows]
    attributes: Mapping[str, Rows]
    subscripts: Mapping[str, Rows]
    function_families: Rows
    class_families: Rows


@cache
def document(name: str) -> Mapping[str, Any]:
    """The parsed file `name`.toml of this package."""
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def table(name: str) -> Table:
    """The table in `name`.toml."""
    sections = document(name)
    return Table(
        functions=dict(_qualified(sections.get("functions", {}))),
        classes=dict(_qualified(sections.get("classes", {}))),
        methods={owner: dict(_single(rows)) for owner, rows in sections.get("methods", {}).items()},
        attributes={owner: dict(_single(rows)) for owner, rows in sections.get("attributes", {}).items()},
        subscripts={owner: dict(_single(rows)) for owner, rows in sections.get("subscripts", {}).items()},
        function_families=sections.get("function_families", {}),
        class_families=sections.get("class_families", {}),
    )


def _single(rows: Rows) -> Iterator[tuple[str, Row]]:
    return ((name, row) for names, row in rows.items() for name in names.split())


def _qualified(modules: Mapping[str, Rows]) -> Iterator[tuple[str, Row]]:
    return ((f"{module}.{name}", row) for module, rows in modules.items() for name, row in _single(rows))


def qualified_type(text: str | None) -> str | None:
    """A type as tables write it, in full: `list` is `builtins.list`; alternatives are separated by ` | `."""
    if text is None or text in _WORDS:
        return text
    return " | ".join(part if "." in part or part in _WORDS else f"builtins.{part}" for part in text.split(" | "))


def call_fact(name: str, row: Row) -> CallFact:
    """The fact in a row about the function, method or class `name`."""
    fields: dict[str, Any] = {}
    for field, value in row.items():
        if field in _OTHER_FIELDS:
            continue
        if field == "mutates":
            arguments = [_argument(text) for text in value.split()]
            fields["mutates"] = tuple(argument.name for argument in arguments)
            fields["changes"] = tuple(argument for argument in arguments if argument.name != "self")
        elif field in _LISTS:
            fields[field] = tuple(value.split())
        elif field in _ARGUMENTS:
            fields[field] = tuple(_argument(text) for text in value.split())
        elif field in ("seed", "mode"):
            fields[field] = _argument(value)
        elif field == "returns":
            fields[field] = qualified_type(value)
        elif field == "returns_items":
            fields[field] = tuple(qualified_type(item.strip()) for item in value.split(","))
        else:
            fields[field] = value
    return CallFact(name, **fields)


def _argument(text: str) -> Argument:
    name, _, position = text.partition("@")
    return Argument(name, int(position) if position else None)


def type_fact(name: str, row: Row) -> TypeFact:
    """The fact in a row of the class `name` about its instances."""
    module, _, short = name.rpartition(".")
    annotation = row.get("annotation", short)
    imports = tuple(row["imports"].split("; ")) if "imports" in row else (f"from {module} import {short}",)
    if "imports" not in row and (module == "builtins" or annotation != short):
        imports = ()
    return TypeFact(
        name,
        annotation=annotation,
        imports=imports,
        picklable=row.get("picklable", True),
        immutable=row.get("immutable", False),
        scalars=row.get("scalars", False),
        base=qualified_type(row.get("base")),
    )


def attribute_fact(name: str, row: Row) -> AttributeFact:
    """The fact in a row about the attribute, or the item, `name`."""
    return AttributeFact(name, qualified_type(row.get("returns")), row.get("result", "view"), tuple(row.get("state", "").split()))
