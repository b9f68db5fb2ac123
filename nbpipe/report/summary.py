"""Many notebooks on one page: a row for each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from nbpipe.model.flow import FlowGraph
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import Plan
from nbpipe.model.verification import Level, Status, Verification
from nbpipe.report.data import error_document
from nbpipe.report.text import plain


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one notebook: a document (or, for text, the columns of its row), what to print of it alone, and whether all is well."""

    path: str
    document: Mapping[str, Any]
    parts: tuple[RenderableType, ...] = ()
    passed: bool = True


def failed(path: str, message: str) -> Outcome:
    """Return the outcome for a notebook that could not be handled."""
    return Outcome(path, error_document(path, message), passed=False)


def of_analysis(notebook: Notebook, graph: FlowGraph) -> dict[str, Any]:
    """Return the row of an analysed notebook."""
    return {"cells": len(notebook.cells), "statements": len(graph.statements), "edges": len(graph.edges), "findings": len(graph.findings)}


def of_plan(plan: Plan) -> dict[str, Any]:
    """Return the row of a planned notebook. A stage's width is the number of values that it takes and gives."""
    widths = [len(stage.inputs) + len(stage.outputs) for stage in plan.stages]
    return {
        "stages": len(plan.stages),
        "ports": sum(len(stage.outputs) for stage in plan.stages),
        "widest": max(widths, default=0),
        "parameters": len(plan.parameters),
        "findings": len(plan.findings),
    }


def of_verification(verification: Verification) -> dict[str, Any]:
    """Return the row of a verified notebook: its outputs by verdict, and what is wrong at the other levels."""
    outputs = Counter(check.status for check in verification.checks if check.level is Level.OUTPUT)
    wrong = Counter(check.level for check in verification.checks if check.status in (Status.DIFFERENT, Status.MISSING))
    row: dict[str, Any] = {status.value: outputs[status] for status in Status if outputs[status]}
    row.update({f"wrong {level.value}s": wrong[level] for level in Level if wrong[level] and level is not Level.OUTPUT})
    return {**row, "seconds": round(verification.timings.get("total", 0.0), 1), "verdict": "passed" if verification.passed else "failed"}


def table(outcomes: Sequence[Outcome]) -> Table:
    """Return the table of all notebooks, with a line for each that could not be handled."""
    result = Table(box=None, header_style="bold", pad_edge=False)
    columns = list(dict.fromkeys(key for outcome in outcomes for key in outcome.document if "message" not in outcome.document))
    result.add_column("notebook", overflow="fold")
    for column in columns:
        result.add_column(column, justify="right")
    for outcome in outcomes:
        if "message" in outcome.document:
            result.add_row(plain(outcome.path), plain(str(outcome.document["message"]), "red"))
        else:
            result.add_row(plain(outcome.path), *(plain(str(outcome.document.get(column, ""))) for column in columns))
    return result
