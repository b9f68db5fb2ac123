"""The notebook, executed afresh in a scratch copy of its folder."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbpipe.model.finding import Span
from nbpipe.model.notebook import Cell, Notebook
from nbpipe.model.plan import Plan
from nbpipe.verify.execution import Execution, Laboratory, Script, execute
from nbpipe.verify.scratch import Surroundings
from nbpipe.verify.statements import is_executed, statement_lines


@dataclass(frozen=True, slots=True)
class Edit:
    """A literal of the notebook that is replaced."""

    span: Span
    text: str


def script(notebook: Notebook, plan: Plan, edits: Sequence[Edit] = ()) -> Script:
    """Make the notebook to execute, and the points at which the values of the plan's ports are captured."""
    sources = [_edited(cell, [edit for edit in edits if edit.span.cell == cell.index]) for cell in notebook.cells]
    watched = [
        {"source": source, "statements": statement_lines(cell)}
        for cell, source in zip(notebook.cells, sources, strict=True)
        if is_executed(cell)
    ]
    outputs = [port for stage in plan.stages for port in stage.outputs]
    ports = [
        {"name": port.name, "variable": port.variable, "point": port.point, "file": f"port-{number}.pkl"}
        for number, port in enumerate(outputs)
    ]
    cells = [_cell(cell, source) for cell, source in zip(notebook.cells, sources, strict=True)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "language_info": {"name": "python"}}
    return Script(
        {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5},
        {"role": "notebook", "cells": watched, "ports": ports},
    )


def run_notebook(what: Script, around: Surroundings, folder: Path, lab: Laboratory, progress: Callable[[int], None]) -> Execution:
    """Execute the notebook in a new scratch copy of its surroundings."""
    return execute(what, folder, around.lay_out(folder / "tree"), lab, progress)


def _edited(cell: Cell, edits: Iterable[Edit]) -> str:
    """The cell's source with the literals replaced, the last first so that the other places stay right."""
    lines = cell.source.split("\n")
    for edit in sorted(edits, key=lambda edit: (edit.span.line, edit.span.column), reverse=True):
        span = edit.span
        first, last = lines[span.line - 1], lines[span.end_line - 1]
        lines[span.line - 1 : span.end_line] = [first[: span.column] + edit.text + last[span.end_column :]]
    return "\n".join(lines)


def _cell(cell: Cell, source: str) -> dict[str, Any]:
    common = {"id": f"cell-{cell.index}", "cell_type": cell.kind, "metadata": {"tags": list(cell.tags)}, "source": source}
    return {**common, "outputs": [], "execution_count": None} if cell.kind == "code" else common
