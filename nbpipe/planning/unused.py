"""What the pipeline does without: dead experiments, statements without any effect, what people or tags drop, and reprs of drawings."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from nbpipe.analysis.edges import edges
from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import Edge, FlowGraph, Phase, Statement, StatementKind
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import LeftOut
from nbpipe.planning.phases import is_visible
from nbpipe.planning.roles import Roles, is_setting

OUTPUT_LOST = "NB010"  # the reader's finding: only output is lost
EFFECT_LOST = ("NB001", "NB012", "NB013")  # code that is not seen may bind names
QUIET = "the notebook draws this figure, but never shows it"
DROP_TAG = "nbpipe:drop"
RAISES_TAG = "raises-exception"
PRODUCTS = (Phase.TRAINING, Phase.EVALUATION, Phase.DEPLOYMENT, Phase.MONITORING)


def unused(
    graph: FlowGraph,
    roles: Roles,
    notebook: Notebook,
    stop: int | None = None,
    quiet: frozenset[int] = frozenset(),
    by_name: bool = False,
) -> tuple[LeftOut, ...]:
    """Return what is left out of the pipeline, with the reason, in the notebook's order; `stop` is the cell at which the notebook fails.

    `quiet` are the cells whose figures the notebook never shows; `by_name` says that code may use what no code names.
    """
    found: dict[str, LeftOut] = {s.id: LeftOut(s.id, reason, output_only=True) for s, reason in _without_magic(graph, notebook)}
    tagged = _tagged(graph, notebook)
    needed = _needed(graph, tagged)
    for statement in graph.statements:
        if stop is not None and statement.cell >= stop:
            found[statement.id] = LeftOut(statement.id, f"the notebook fails at cell {stop + 1}")
        elif statement.id in tagged and statement.id not in needed:
            found[statement.id] = LeftOut(statement.id, tagged[statement.id])
        elif statement.kind is StatementKind.OTHER and statement.source.startswith(("pass", "global ")):
            found[statement.id] = LeftOut(statement.id, "it does nothing")
        elif statement.cell in quiet and "figure" in statement.effects.state_written:
            found[statement.id] = LeftOut(statement.id, QUIET, output_only=True)
        elif statement.shown and statement.artist:
            found[statement.id] = LeftOut(statement.id, "the repr of a drawing", output_only=True)
    if not by_name:
        found.update(_dead(graph, roles, set(found)))
    return tuple(found[s.id] for s in graph.statements if s.id in found)


def failing(graph: FlowGraph, notebook: Notebook) -> Finding | None:
    """Return a finding for the first statement that cannot but fail, because it reads a name that no cell above binds."""
    by_other_ways = {"builtins.exec", "builtins.globals", "builtins.locals", "builtins.vars", "IPython.get_ipython"}
    untranslated = any(finding.rule in EFFECT_LOST for finding in notebook.findings)
    if untranslated or any(by_other_ways & set(s.calls) for s in graph.statements):
        return None
    tagged = {cell.index for cell in notebook.cells if RAISES_TAG in cell.tags}
    for statement in graph.statements:
        plain = statement.kind in (StatementKind.ASSIGN, StatementKind.EXPRESSION)
        if plain and statement.undefined and statement.cell not in tagged:
            name = statement.undefined[0]
            later = next((s for s in graph.statements if name in s.effects.binds), None)
            message = f"`{name}` is not defined by any cell above: the notebook fails here"
            fix = f"cell {later.cell + 1} defines it: move that cell up" if later else f"define `{name}`, or remove the cell"
            return Finding("NB101", message, Severity.ERROR, statement.span, fix)
    return None


def kept_though_tagged(graph: FlowGraph, notebook: Notebook) -> tuple[Finding, ...]:
    """Return a finding for each statement that a tag would leave out, but whose results others use."""
    tagged = _tagged(graph, notebook)
    needed = _needed(graph, tagged)
    return tuple(
        Finding(
            "NB104",
            f"{tagged[s.id]}, but `{needed[s.id]}` is used elsewhere: it stays",
            Severity.WARNING,
            s.span,
            "tag the cells that use it too",
        )
        for s in graph.statements
        if s.id in needed
    )


def _tagged(graph: FlowGraph, notebook: Notebook) -> dict[str, str]:
    """Return the statements whose cells have a tag that leaves them out, with the reason."""
    reasons = {DROP_TAG: "the cell is tagged `nbpipe:drop`", RAISES_TAG: "the cell is tagged as raising an exception"}
    cells = {cell.index: reasons[tag] for cell in notebook.cells for tag in reasons if tag in cell.tags}
    return {s.id: cells[s.cell] for s in graph.statements if s.cell in cells}


def _needed(graph: FlowGraph, tagged: Mapping[str, str]) -> dict[str, str]:
    """Return those of the tagged statements that others need, each with a name that they need it for."""
    needed: dict[str, str] = {}
    incoming: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        if edge.is_flow and edge.source in tagged:
            incoming.setdefault(edge.target, []).append(edge)
    waiting = [s.id for s in graph.statements if s.id not in tagged]
    while waiting:
        for edge in incoming.get(waiting.pop(), ()):
            if edge.source not in needed:
                needed[edge.source] = edge.name
                waiting.append(edge.source)
    return needed


def _without_magic(graph: FlowGraph, notebook: Notebook) -> Iterator[tuple[Statement, str]]:
    """Yield the last statement of each cell whose magic shows something (a time) that the translation does not, with the reason."""
    reasons = {finding.span.cell: finding.message for finding in notebook.findings if finding.rule == OUTPUT_LOST and finding.span}
    last = {statement.cell: statement for statement in graph.statements}
    yield from ((last[cell], reason) for cell, reason in reasons.items() if cell in last)


def without_left_out(graph: FlowGraph, left_out: Iterable[LeftOut]) -> FlowGraph:
    """Return the graph as it is when what is left out is never executed."""
    gone = {item.statement for item in left_out if not item.output_only}
    if not gone:
        return graph
    statements = tuple(s for s in graph.statements if s.id not in gone)
    return replace(graph, statements=statements, edges=edges(statements))


def _dead(graph: FlowGraph, roles: Roles, already: set[str]) -> dict[str, LeftOut]:
    """Return the statements whose results nothing uses, the last ones first."""
    followers: dict[str, set[str]] = {}
    for edge in graph.edges:
        if edge.is_flow:
            followers.setdefault(edge.source, set()).add(edge.target)
    read_by_functions = {name for s in graph.statements for name in s.free}
    shared = roles.shared
    gone: dict[str, LeftOut] = {}
    for statement in reversed(graph.statements):
        if statement.id in already or statement.id in shared or is_setting(statement) or _has_effect(statement):
            continue
        if statement.effects.binds and set(statement.effects.binds) & read_by_functions:
            continue
        if followers.get(statement.id, set()) <= gone.keys():
            nothing = statement.kind is StatementKind.EXPRESSION
            gone[statement.id] = LeftOut(statement.id, "its value is not shown" if nothing else "nothing uses its result")
    return gone


def _has_effect(statement: Statement) -> bool:
    effects = statement.effects
    touches = bool(effects.files_written or effects.state_written or effects.prints or effects.unknown or effects.deletes)
    return (
        touches or is_visible(statement) or statement.phase in PRODUCTS or statement.kind in (StatementKind.IMPORT, StatementKind.COMPOUND)
    )
