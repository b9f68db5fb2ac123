"""What the pipeline does without: dead experiments, statements without any effect, what people or tags drop, and reprs of drawings."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from nbpipe.analysis.edges import edges
from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import Edge, EdgeKind, FlowGraph, Phase, Statement, StatementKind
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import LeftOut
from nbpipe.planning.cut import is_visible
from nbpipe.planning.roles import Roles, is_setting

OUTPUT_LOST = "NB010"  # the reader's finding: only output is lost
DROP_TAG = "nbpipe:drop"
RAISES_TAG = "raises-exception"
PRODUCTS = (Phase.TRAINING, Phase.EVALUATION, Phase.DEPLOYMENT, Phase.MONITORING)


def unused(graph: FlowGraph, roles: Roles, notebook: Notebook) -> tuple[LeftOut, ...]:
    """Return what is left out of the pipeline, with the reason, in the notebook's order."""
    found: dict[str, LeftOut] = {s.id: LeftOut(s.id, reason, output_only=True) for s, reason in _without_magic(graph, notebook)}
    tagged = _tagged(graph, notebook)
    needed = _needed(graph, tagged)
    for statement in graph.statements:
        if statement.id in tagged and statement.id not in needed:
            found[statement.id] = LeftOut(statement.id, tagged[statement.id])
        elif statement.kind is StatementKind.OTHER and statement.source.startswith(("pass", "global ")):
            found[statement.id] = LeftOut(statement.id, "it does nothing")
        elif statement.shown and statement.artist:
            found[statement.id] = LeftOut(statement.id, "the repr of a drawing", output_only=True)
    found.update(_dead(graph, roles, set(found)))
    return tuple(found[s.id] for s in graph.statements if s.id in found)


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
        if edge.kind in (EdgeKind.VALUE, EdgeKind.MUTATION) and edge.source in tagged:
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
        if edge.kind in (EdgeKind.VALUE, EdgeKind.MUTATION):
            followers.setdefault(edge.source, set()).add(edge.target)
    read_by_functions = {name for s in graph.statements for name in s.free}
    gone: dict[str, LeftOut] = {}
    for statement in reversed(graph.statements):
        if statement.id in already or statement.id in roles.shared or is_setting(statement) or _has_effect(statement):
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
