"""The imports that a generated module needs."""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nbpipe import knowledge
from nbpipe.model.flow import Statement, StatementKind
from nbpipe.notebook.source import imported_modules, parse

DISPLAY = "from IPython.display import display"
OTHER_DISPLAY = "show_value"  # what it is called where the notebook has a `display` of its own
GET_IPYTHON = "from IPython import get_ipython"
PYPLOT = "import matplotlib.pyplot as plt"


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: the line that imports it, the statement that it came from, and whether it is there for its effect alone."""

    line: str
    name: str
    module: str
    statement: Statement | None = None
    effect: bool = False
    star: bool = False


def imports_of(statements: Iterable[Statement]) -> list[Import]:
    """Return the imports of the notebook's import statements, one for each name, in order."""
    found: dict[str, Import] = {}
    for statement in statements:
        for node in parse(statement.source).body:
            for item in _split(node, statement):
                found.setdefault(item.line, item)
    return list(found.values())


def imported_again(statements: Iterable[Statement]) -> frozenset[str]:
    """Return the ids of the import statements of which all modules have been imported above."""
    found, seen = set(), set[str]()
    for statement in statements:
        modules = {name.partition(".")[0] for name in imported_modules(statement.source)}
        if statement.kind is StatementKind.IMPORT and modules <= seen:
            found.add(statement.id)
        seen |= modules
    return frozenset(found)


def _split(node: ast.stmt, statement: Statement) -> list[Import]:
    if isinstance(node, ast.Import):
        return [
            Import(
                f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else ""),
                alias.asname or alias.name.partition(".")[0],
                alias.name,
                statement,
                knowledge.import_effects(alias.name),
            )
            for alias in node.names
        ]
    if not isinstance(node, ast.ImportFrom) or node.module == "__future__":
        return []
    module = "." * node.level + (node.module or "")
    return [
        Import(
            f"from {module} import {alias.name}" + (f" as {alias.asname}" if alias.asname else ""),
            alias.asname or alias.name,
            module,
            statement,
            knowledge.import_effects(f"{module}.{alias.name}"),
            alias.name == "*",
        )
        for alias in node.names
    ]


def needed(known: Sequence[Import], used: set[str], extra: Mapping[str, str]) -> list[Import]:
    """Return the imports for the used names: the notebook's own, and those that generated code needs (`extra`: name → line)."""
    found = [item for item in known if item.name in used or item.effect or item.star]
    have = {item.name for item in found}
    found.extend(Import(line, name, line.split()[1]) for name, line in extra.items() if name in used and name not in have)
    return found


def line_of(item: Import) -> str:
    """Return the import's line; one that is there for its effect says so to linters."""
    if item.star:
        return f"{item.line}  # noqa: F403"
    return f"{item.line}  # noqa: F401" if item.effect else item.line
