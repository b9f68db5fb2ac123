"""Follow a notebook's execution statement by statement, without changing what it does, shows or counts."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from . import figures

EMPTY_FIGURE = "<Figure size"  # all that is shown of a figure in which nothing has been drawn
END = "@end"  # marks what is shown after a cell's last statement: the figures that are still open then
TRANSPARENT_MAGIC = "%%time"  # its body is compiled as if it were the cell; that of other magics is not seen here

_trackers = []


def reached(index: int) -> None:
    """Called by the code that the tracker adds after a statement: the statement has been executed."""
    _trackers[-1].reached(index)


class Tracker:
    """Knows the running statement (`c4.s2`), and hands each one that is done to `capture.reached`.

    `cells` are the cells in the order of their execution: their source, and the id and first line of each of their statements. A cell that another cell
    runs (`%run`, `run_cell`) is a part of the statement that runs it.
    """

    def __init__(self, shell: Any, cells: Sequence[dict[str, Any]], capture: Any) -> None:
        self._cells = list(cells)
        self._capture = capture
        self._figures = figures.Origins()
        self._cell: dict[str, Any] | None = None  # the cell that runs
        self._offset: int | None = (
            None  # lines of the cell above the code that comes to `visit` next, or None where that code is not the cell's
        )
        self._ids: list[str] = []  # the ids of its statements, as they are executed
        self._statement = ""
        _trackers.append(self)
        shell.ast_transformers.append(self)
        shell.events.register("pre_run_cell", self._before_cell)
        shell.events.register("post_execute", self._at_end)
        shell.events.register("post_run_cell", self._after_cell)

    def where(self, data: Any = None) -> str:
        """The running statement, or the one that made the figure which `data` shows at a cell's end."""
        bundle = data or {}
        picture = any(kind.startswith("image/") for kind in bundle) or str(bundle.get("text/plain")).startswith(EMPTY_FIGURE)
        figure = self._figures.next_shown() if picture else ""
        return figure + END if figure else self._statement

    def failed_at(self, error: BaseException) -> str:
        """The statement that raised the error."""
        return self._statement

    def visit(self, module: ast.Module) -> ast.Module:
        """Add a call of `reached` after each top-level statement but the last (IPython calls this for all code that it compiles)."""
        offset, self._offset = self._offset, None
        if offset is None:
            return module
        magic = _is_cell_magic(module)
        if magic:
            self._ids = [identity for identity, _ in self._cell["statements"]]
            self._offset = _body_offset(self._cell["source"])
        else:
            self._ids = identify(module.body, self._cell["statements"], offset)
            module.body = _with_calls(module.body)
        self._statement = self._ids[0] if self._ids else ""
        return module

    def reached(self, index: int) -> None:
        """Go on to the next statement."""
        self._done(self._ids[index])
        self._statement = self._ids[index + 1]

    def _done(self, statement: str) -> None:
        self._figures.made_by(statement)
        self._capture.reached(statement)

    def _before_cell(self, info: Any) -> None:
        if self._cells and info.raw_cell == self._cells[0]["source"]:
            self._cell = self._cells.pop(0)
            self._offset = _blank_lines(self._cell["source"])
            self._ids, self._statement = [], ""
            self._figures.forget_end()

    def _at_end(self) -> None:
        self._figures.made_by(self._statement)
        self._figures.at_end()

    def _after_cell(self, result: Any) -> None:
        if self._cell is not None and result.info.raw_cell == self._cell["source"]:
            if result.success and self._ids:
                self._done(self._ids[-1])
            self._cell = None


def identify(body: Sequence[ast.stmt], statements: Sequence[tuple[str, int]], offset: int) -> list[str]:
    """The id of each node of `body`, empty where the notebook's plain Python has no such statement (a magic that was left out).

    `statements` are pairs of id and first line; `offset` is the number of the cell's lines above the code that `body` was parsed from.
    """
    if len(body) == len(statements):
        return [identity for identity, _ in statements]
    by_line: dict[int, list[str]] = {}
    for identity, line in statements:
        by_line.setdefault(line, []).append(identity)
    waiting = [by_line.get(node.lineno + offset) for node in body]
    return [identities.pop(0) if identities else "" for identities in waiting]


def _with_calls(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements with a call of `reached` between them; its code needs no name of the notebook's namespace."""
    added: list[ast.stmt] = []
    for index, node in enumerate(body[:-1]):
        call = ast.parse(f'__import__({__name__!r}, fromlist=["reached"]).reached({index})').body[0]
        for part in ast.walk(call):
            ast.copy_location(part, node)
        added += [node, call]
    return added + list(body[-1:])


def _is_cell_magic(module: ast.Module) -> bool:
    call = module.body[0].value if len(module.body) == 1 and isinstance(module.body[0], ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "run_cell_magic"


def _blank_lines(source: str) -> int:
    """The blank lines at a cell's start: IPython takes them away."""
    return len(source[: len(source) - len(source.lstrip())].splitlines())


def _body_offset(source: str) -> int | None:
    """The lines above a cell magic's body, or None where the body does not come to us."""
    return _blank_lines(source) + 1 if source.split(maxsplit=1)[0] == TRANSPARENT_MAGIC else None
