"""Following the origin of lines through formatting.

Formatting moves lines, but keeps the statements and their order; only imports are also sorted, or removed. So the n-th statement that is no import stays the n-th,
and an import is known by what it imports.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping

from nbpipe.model.project import Origin

_Place = tuple[int, str]  # cell, statement
_IMPORTS = (ast.Import, ast.ImportFrom)
_BLOCKS = (ast.stmt, ast.excepthandler, ast.match_case)  # what statements lie in


def follow(before: Mapping[str, str], after: Mapping[str, str], provenance: Iterable[Origin]) -> tuple[Origin, ...]:
    """The origins of the lines of `after`, given those of `before`."""
    by_file: dict[str, dict[int, _Place]] = {}
    for origin in provenance:
        by_file.setdefault(origin.file, {})[origin.line] = (origin.cell, origin.statement)
    return tuple(
        Origin(file, line, *place)
        for file, places in by_file.items()
        for line, place in sorted(_moved(before[file], after[file], places).items())
    )


def _moved(before: str, after: str, places: Mapping[int, _Place]) -> dict[int, _Place]:
    old, new = ast.parse(before), ast.parse(after)
    imported = {name: places[node.lineno] for node in _statements(old) if node.lineno in places for name in _imported(node)}
    pairs = zip(_counted(old), _counted(new), strict=True)
    origin = {id(new_node): places.get(_first_line(old_node)) for old_node, new_node in pairs}
    found: dict[int, _Place] = {}
    lines = after.splitlines()
    for node in _statements(new):  # outer statements come first, so that inner ones overwrite them
        place = origin.get(id(node)) or next((imported[name] for name in _imported(node) if name in imported), None)
        if place is not None:
            first = _first_line(node)
            found.update(dict.fromkeys(range(_comments_above(lines, first), (node.end_lineno or first) + 1), place))
    return found


def _statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """All statements, each before those within it, in the order of the text."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.stmt):
            yield child
        if isinstance(child, _BLOCKS):
            yield from _statements(child)


def _counted(tree: ast.AST) -> list[ast.stmt]:
    """The statements that formatting cannot add or remove: a `pass` may take the place of a removed import."""
    return [node for node in _statements(tree) if not isinstance(node, (*_IMPORTS, ast.Pass))]


def _imported(node: ast.stmt) -> list[tuple[str, str, str | None]]:
    """What an import imports: module, name in it, and the name that it gets."""
    if isinstance(node, ast.ImportFrom):
        return [("." * node.level + (node.module or ""), alias.name, alias.asname) for alias in node.names]
    if isinstance(node, ast.Import):
        return [(alias.name, "", alias.asname) for alias in node.names]
    return []


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _comments_above(lines: list[str], line: int) -> int:
    """The first of the comment lines directly above a line."""
    while line > 1 and lines[line - 2].lstrip().startswith("#"):
        line -= 1
    return line
