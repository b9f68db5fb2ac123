"""What a verified run taught about a notebook, beyond what its text says, and what the planner makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import FlowGraph
from nbpipe.model.plan import Plan
from nbpipe.model.verification import Level, Status, Verification

ADDED = "not in the notebook: a picture"  # as verification says it
UNWARNED = "missing: stderr"
COPIED = "pandas warns of changes to a copy only where the copy was made"
_WRONG = (Status.DIFFERENT, Status.MISSING)


@dataclass(frozen=True, slots=True)
class Lessons:
    """`stop` is the cell (index) at which the notebook fails; `fixed` are variables whose values cannot be pickled, with the reason.

    `quiet` are cells (indices) that draw figures which the notebook never shows: matplotlib is not interactive there.
    `whole` says that the stages do not compute the same however they are cut: then there is one, and `because` tells why.
    """

    stop: int | None = None
    fixed: Mapping[str, str] | None = None
    quiet: frozenset[int] = frozenset()
    whole: bool = False
    because: str = ""


def learn(
    verification: Verification, variables: Mapping[str, str], changed: Mapping[int, frozenset[str]], before: Lessons
) -> Lessons | None:
    """Return what a failed verification teaches, or None where there is nothing new.

    `variables` are the notebook's names of the ports; `changed` says for each cell (index) what it changes of that which its stage is given.
    """
    observed = verification.observations
    stop = next((cell.cell for cell in observed.cells if cell.failure), None)
    fixed = {variables[port.port]: port.problem for port in observed.ports if port.problem and port.port in variables}
    unwarned = {check.cell for check in verification.checks if check.status in _WRONG and UNWARNED in check.detail}
    copies = {name: COPIED for cell in unwarned if cell is not None for name in changed.get(cell, ())}
    known = {**copies, **(before.fixed or {}), **fixed}
    without = {cell.cell for cell in observed.cells if not cell.pictures}
    added = {
        check.cell for check in verification.checks if check.status in _WRONG and check.level is Level.OUTPUT and ADDED in check.detail
    }
    quiet = before.quiet | frozenset(cell for cell in added if cell is not None and cell in without)
    found = replace(before, stop=before.stop if stop is None else stop, fixed=known, quiet=quiet)
    if found != replace(before, fixed=before.fixed or {}):
        return found
    wrong = [check for check in verification.checks if check.status in _WRONG and check.level is not Level.FILE]
    if wrong and not before.whole:
        return replace(found, whole=True, because=f"{wrong[0].subject}: {wrong[0].detail}")
    return None


def changed_inputs(plan: Plan, graph: FlowGraph) -> dict[int, frozenset[str]]:
    """Return, for each cell (index), what it changes in place of that which its stage is given."""
    statements = {s.id: s for s in graph.statements}
    found: dict[int, frozenset[str]] = {}
    for stage in plan.stages:
        given = {port.variable for port in stage.inputs}
        for key in stage.statements:
            cell = statements[key].cell
            found[cell] = found.get(cell, frozenset()) | given.intersection(statements[key].effects.mutates)
    return found


def applied(graph: FlowGraph, lessons: Lessons) -> FlowGraph:
    """Return the graph with the values marked that turned out not to survive pickling."""
    fixed = set(lessons.fixed or ())
    if not fixed:
        return graph
    statements = tuple(
        replace(s, fixed=tuple(dict.fromkeys((*s.fixed, *(n for n in (*s.effects.binds, *s.effects.mutates) if n in fixed)))))
        for s in graph.statements
    )
    return replace(graph, statements=statements)


def told(lessons: Lessons) -> tuple[Finding, ...]:
    """Return the findings that say what was learnt."""
    found = [
        Finding("NB105", f"`{name}` cannot travel between stages: {reason}", Severity.NOTE)
        for name, reason in sorted((lessons.fixed or {}).items())
    ]
    if lessons.whole:
        found.append(
            Finding("NB106", f"the notebook stays in one stage: cut into stages, it does not compute the same ({lessons.because})")
        )
    return tuple(found)
