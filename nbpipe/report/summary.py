"""Many notebooks on one page: a row for each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from nbpipe.errors import ExitCode
from nbpipe.model.flow import FlowGraph
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import Plan
from nbpipe.model.verification import Level, Status, Verification
from nbpipe.report.data import error_document
from nbpipe.report.text import plain
from nbpipe.targets import Target
from nbpipe.targets.operations import missing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one notebook.

    `document` is its JSON (or, for text, the columns of its row), `parts` what to print of it alone, and `problem` why it could not be handled.
    """

    name: str
    document: Mapping[str, Any]
    parts: tuple[RenderableType, ...] = ()
    code: ExitCode = ExitCode.FINE
    problem: str = ""


def failed(name: str, problem: str, code: ExitCode) -> Outcome:
    """Return the outcome for a notebook that could not be handled."""
    return Outcome(name, error_document(name, problem), code=code, problem=problem)


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
        "left out": len(plan.left_out),
    }


def of_target(plan: Plan, target: Target) -> dict[str, Any]:
    """Return what an engine's row has besides: its name, and what the plan says of how it is run and the target does not."""
    words = missing(plan, target)
    return ({"target": target.name} if target.requires else {}) | ({"not said": ", ".join(words)} if words else {})


def of_verification(verification: Verification) -> dict[str, Any]:
    """Return the row of a verified notebook: its outputs by verdict, and what is wrong at the other levels."""
    outputs = Counter(check.status for check in verification.checks if check.level is Level.OUTPUT)
    wrong = Counter(check.level for check in verification.checks if check.status in (Status.DIFFERENT, Status.MISSING))
    row: dict[str, Any] = {status.value: outputs[status] for status in Status if outputs[status]}
    row.update({f"wrong {level.value}s": wrong[level] for level in Level if wrong[level] and level is not Level.OUTPUT})
    return {**row, "seconds": round(verification.timings.get("total", 0.0), 1), "verdict": "passed" if verification.passed else "failed"}


def table(outcomes: Sequence[Outcome]) -> RenderableType:
    """Return the table of all notebooks, and below it a line for each that could not be handled."""
    handled = [outcome for outcome in outcomes if not outcome.problem]
    result = Table(box=None, header_style="bold", pad_edge=False)
    result.add_column("notebook", overflow="fold")
    columns = list(dict.fromkeys(key for outcome in handled for key in outcome.document))
    for column in columns:
        result.add_column(column, justify="right")
    for outcome in handled:
        result.add_row(plain(outcome.name), *(plain(str(outcome.document.get(column, ""))) for column in columns))
    problems = [plain(_named(outcome), "red") for outcome in outcomes if outcome.problem]
    return Group(*([result] if handled else []), *([Text(), *problems] if problems else []))


def _named(outcome: Outcome) -> str:
    """The problem, with the notebook's name where it does not say that itself."""
    return outcome.problem if outcome.name in outcome.problem else f"{outcome.name}: {outcome.problem}"
