"""Cells that are copies of others."""

import ast
from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity, Span

_LEAST_NODES = 60  # below, cells are alike by chance


def check(subject: Subject) -> Iterator[Remark]:
    """Find cells that differ from an earlier one in nothing but names and literals."""
    trees: dict[int, list[ast.stmt]] = {}
    for statement, tree in subject.statements():
        if not isinstance(tree, ast.Import | ast.ImportFrom):
            trees.setdefault(statement.cell, []).append(tree)
    first: dict[str, int] = {}
    for cell, statements in trees.items():
        size = sum(1 for tree in statements for _ in ast.walk(tree))
        if size < _LEAST_NODES:
            continue
        other = first.setdefault("\n".join(_shape(tree) for tree in statements), cell)
        if other != cell:
            exact = subject.notebook.cells[cell].python.strip() == subject.notebook.cells[other].python.strip()
            what = "is a copy of" if exact else "differs only in names and literals from"
            yield Remark(
                Span(cell, 1, 0, 1, len(subject.notebook.cells[cell].source.split("\n", 1)[0])), f"this cell {what} cell {other + 1}"
            )


def _shape(tree: ast.stmt) -> str:
    """Return what is left of code without its names and literals."""
    return " ".join(f"{type(node).__name__}{getattr(node, 'attr', '')}" for node in ast.walk(tree))


_CELL = (
    "{0} = []\nfor row in rows:\n    if row['{1}'] is not None and row['{1}'] > 0:\n        {0}.append(row['{1}'] * 2)\n"
    "mean = sum({0}) / len({0})\nspread = max({0}) - min({0})\nprint(mean, spread)\n"
)
_ROWS = "# %%\nrows = [{'a': 1, 'b': 2}, {'a': 3, 'b': None}]\n# %%\n"

RULE = Rule(
    id="NB205",
    slug="copied-cell",
    summary="A cell differs from an earlier one only in names and literals.",
    why="What is mended in one copy stays broken in the others. A function, or a loop, says once what is done, and what is different each time.",
    severity=Severity.NOTE,
    bad=Example(_ROWS + _CELL.format("first", "a") + "# %%\n# and the other  # <- here\n" + _CELL.format("second", "b")),
    good=Example(_ROWS + _CELL.format("first", "a")),
    check=check,
    fix="make it a function, and call it twice",
)
