"""The statements of a notebook as the kernel sees them, and their places."""

import ast
import warnings

from nbpipe.model.notebook import Cell

_SKIPPED = "skip-execution"  # nbclient's own tag


def is_executed(cell: Cell) -> bool:
    """Whether papermill executes the cell."""
    return cell.kind == "code" and bool(cell.source.strip()) and _SKIPPED not in cell.tags


def statement_lines(cell: Cell) -> list[tuple[str, int]]:
    """The id of each top-level statement of a cell, and its line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an invalid escape, which is the notebook's own affair
        body = compile(cell.python, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT).body
    return [(f"c{cell.number}.s{number}", node.lineno) for number, node in enumerate(body, 1)]


def cell_of(statement: str) -> int:
    """The index of the cell that a statement is in."""
    return int(statement[1:].partition(".")[0]) - 1


def order_of(statement: str) -> tuple[int, int]:
    """The place of a statement in its notebook."""
    cell, _, number = statement[1:].partition(".s")
    return int(cell), int(number)
