"""The plan for a notebook, as the planner proposes it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import FlowGraph, Phase, Statement, StatementKind
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import LeftOut, Plan
from nbpipe.notebook.source import imported_modules
from nbpipe.planning.cut import Segment, cut
from nbpipe.planning.draft import Draft, StageDraft
from nbpipe.planning.interfaces import connect
from nbpipe.planning.lessons import Lessons, applied, told
from nbpipe.planning.naming import identifier, package_name, stage_names
from nbpipe.planning.parameters import find_parameters
from nbpipe.planning.phases import is_visible
from nbpipe.planning.reports import Placement, candidates, groups, pauses
from nbpipe.planning.roles import Roles, find_roles, imports_alone, is_setting
from nbpipe.planning.ties import Tie, ties
from nbpipe.planning.unused import failing, kept_though_tagged, unused, without_left_out

ROUNDS = 8
NO_LESSONS = Lessons()
STAGE_TAG = "nbpipe:stage="
BY_NAME = "NB107"  # the analysis' finding
PARAMETERS_TAG = "parameters"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Segments, and for each of them the ids of what its report shows."""

    segments: list[Segment]
    reports: list[list[Statement]]


def make_plan(notebook: Notebook, graph: FlowGraph, lessons: Lessons = NO_LESSONS) -> Plan:
    """Return the proposed plan: stages, reports, shared modules, parameters, and what is left out."""
    graph, stop = applied(graph, lessons), lessons.stop
    roles = find_roles(graph, frozenset(cell.index for cell in notebook.cells if PARAMETERS_TAG in cell.tags))
    by_name = lessons.whole and any(finding.rule == BY_NAME for finding in graph.findings)
    if by_name:
        roles = imports_alone(roles, graph)
    failure = failing(graph, notebook) if stop is None else None
    if failure is not None and failure.span is not None:
        stop = failure.span.cell
    left_out = unused(graph, roles, notebook, stop, lessons.quiet, by_name)
    kept = (*((failure,) if failure else ()), *kept_though_tagged(graph, notebook))
    graph = without_left_out(graph, left_out)
    settings = {s.id for s in graph.statements if is_setting(s)}
    elsewhere = roles.shared | settings
    active = [s for s in graph.statements if s.id not in elsewhere]
    repeated_only = {s.id for s in active if s.id in roles.repeatable and not is_visible(s) and s.kind is not StatementKind.ASSIGN}
    active = [s for s in active if s.id not in repeated_only]
    tied = ties(graph.statements, graph.edges, roles.repeatable, roles.available)
    tags = {} if lessons.whole else _stage_tags(notebook, graph)
    layout = _in_one(active) if lessons.whole else _lay_out(active, graph, roles, tied, tags)
    draft = _draft(layout, graph, roles, left_out)
    if by_name:
        draft = replace(draft, stages=tuple(replace(stage, by_name=True) for stage in draft.stages))
    imported = {name.partition(".")[0] for cell in notebook.code_cells for name in imported_modules(cell.python)}
    plan = connect(draft, graph, package_name(notebook.path, imported), notebook.path, roles.repeatable)
    return replace(plan, findings=(*kept, *_without_stage(tags, layout, graph), *told(lessons), *plan.findings))


def _in_one(active: list[Statement]) -> _Layout:
    """Put everything into one stage, in the notebook's order."""
    return _Layout([Segment(Phase.EXPLORATION, tuple(active), "run_notebook")], [[]]) if active else _Layout([], [])


def _stage_tags(notebook: Notebook, graph: FlowGraph) -> dict[str, str]:
    """Return the stages that people ask for by tagging cells `nbpipe:stage=NAME`, by the ids of the cells' statements."""
    wanted = {
        cell.index: identifier(tag.removeprefix(STAGE_TAG), default="stage")
        for cell in notebook.cells
        for tag in cell.tags
        if tag.startswith(STAGE_TAG)
    }
    return {s.id: wanted[s.cell] for s in graph.statements if s.cell in wanted}


def _without_stage(tags: Mapping[str, str], layout: _Layout, graph: FlowGraph) -> tuple[Finding, ...]:
    """Return a finding for each tag that asks for a stage, and gets none."""
    made = {segment.name for segment in layout.segments}
    first = {name: s.span for s in reversed(graph.statements) if (name := tags.get(s.id, "")) and name not in made}
    return tuple(
        Finding(
            "NB108",
            f"the tag `{STAGE_TAG}{name}` makes no stage: its cells only show what others make, or define what all stages share",
            Severity.NOTE,
            first[name],
            "make values there that later cells take, or take the tag away",
        )
        for name in dict.fromkeys(tags.values())
        if name in first
    )


def _lay_out(active: list[Statement], graph: FlowGraph, roles: Roles, tied: Sequence[Tie], tags: Mapping[str, str]) -> _Layout:
    """Cut, place the exploration, and begin again with what found no place kept in its stage, until everything has one."""
    kept: set[str] = set()
    explores = candidates(active, graph.edges, tags)
    exploration = pauses(groups(explores, active, graph.edges), graph.statements, graph.edges)
    for _ in range(ROUNDS):
        found = explores - kept
        core = [s for s in active if s.id not in found]
        if not core:
            return _Layout([Segment(Phase.EXPLORATION, tuple(active))], [[]]) if active else _Layout([], [])
        segments = cut(core, graph.edges, tied, roles.available, exploration, tags)
        reports, homeless = _place(segments, found, active, graph, roles)
        homeless |= _out_of_order(segments, reports, found)
        if not homeless:
            break
        kept |= homeless
    else:
        segments, reports = cut(active, graph.edges, tied, roles.available, (), tags), []
    return _Layout(segments, reports or [[] for _ in segments])


def _place(
    segments: list[Segment], found: set[str], active: list[Statement], graph: FlowGraph, roles: Roles
) -> tuple[list[list[Statement]], set[str]]:
    placement = Placement(segments, graph.edges, graph.statements, roles.available | _repeated_names(graph, roles))
    reports: list[list[Statement]] = [[] for _ in segments]
    taken: list[set[str]] = [set() for _ in segments]
    bound: list[set[str]] = [set() for _ in segments]
    homeless: set[str] = set()
    for group in groups(found, active, graph.edges):
        index = placement.place(group)
        takes = set(placement.needs(group))
        binds = {name for s in group.statements for name in s.effects.binds}
        # in one function, what a group binds must not hide what another takes from the stage
        if index is None or not takes.isdisjoint(bound[index]) or not binds.isdisjoint(taken[index]):
            homeless.update(s.id for s in group.statements)
        else:
            reports[index].extend(group.statements)
            taken[index] |= takes
            bound[index] |= binds
    position = {s.id: index for index, s in enumerate(active)}
    return [sorted(report, key=lambda s: position[s.id]) for report in reports], homeless


def _repeated_names(graph: FlowGraph, roles: Roles) -> frozenset[str]:
    """Return the names that are only ever bound by statements that can be repeated."""
    binders: dict[str, bool] = {}
    for statement in graph.statements:
        for name in (*statement.effects.binds, *statement.effects.mutates):
            binders[name] = binders.get(name, True) and statement.id in roles.repeatable
    return frozenset(name for name, every in binders.items() if every)


def _out_of_order(segments: list[Segment], reports: list[list[Statement]], found: set[str]) -> set[str]:
    """Return the exploratory statements whose cell would show its outputs in another order."""
    places: list[tuple[tuple[int, int, int], Statement]] = []
    for index, segment in enumerate(segments):
        places.extend(((index, 0, n), s) for n, s in enumerate(segment.statements))
        places.extend(((index, 1, n), s) for n, s in enumerate(reports[index]))
    cells: dict[int, list[tuple[tuple[int, int, int], Statement]]] = {}
    for place, statement in places:
        if is_visible(statement):
            cells.setdefault(statement.cell, []).append((place, statement))
    wrong: set[str] = set()
    for shown in cells.values():
        original = sorted(shown, key=lambda pair: int(pair[1].id.rpartition("s")[2]))
        if [place for place, _ in original] != sorted(place for place, _ in original):
            wrong.update(s.id for _, s in shown if s.id in found)
    return wrong


def _draft(layout: _Layout, graph: FlowGraph, roles: Roles, left_out: Sequence[LeftOut]) -> Draft:
    names = stage_names([(segment.phase, segment.statements, segment.name) for segment in layout.segments], _bound_names(graph))
    stages = tuple(
        StageDraft(name, segment.phase, _ids(segment.statements), _ids(report), _title(segment))
        for name, segment, report in zip(names, layout.segments, layout.reports, strict=True)
    )
    by_kind = {kind: tuple(s.id for s in graph.statements if s.id in ids) for kind, ids in _shared(roles).items()}
    reserved = frozenset(name for s in graph.statements for name in s.effects.binds) | frozenset(names)
    parameters = find_parameters(graph.statements, roles, reserved)
    origins = {parameter.origin for parameter in parameters}
    constants = tuple(key for key in by_kind["constants"] if key not in origins)
    return Draft(
        stages=stages,
        imports=by_kind["imports"],
        functions=by_kind["functions"],
        classes=by_kind["classes"],
        constants=constants,
        settings=by_kind["settings"],
        left_out=tuple(left_out),
        parameters=parameters,
    )


def _bound_names(graph: FlowGraph) -> frozenset[str]:
    return frozenset(name for s in graph.statements for name in s.effects.binds)


def _shared(roles: Roles) -> dict[str, frozenset[str]]:
    return {
        "imports": roles.imports,
        "functions": roles.functions,
        "classes": roles.classes,
        "constants": roles.constants,
        "settings": roles.settings,
    }


def _ids(statements: Sequence[Statement]) -> tuple[str, ...]:
    return tuple(s.id for s in statements)


def _title(segment: Segment) -> str:
    """Return the innermost heading that most of a stage's statements stand under, without its number."""
    paths = [s.headings for s in segment.statements if s.headings]
    counts = Counter(path[: depth + 1] for path in paths for depth in range(len(path)))
    common = [path for path, count in counts.items() if 2 * count > len(segment.statements)]
    return re.sub(r"^[\W\d_]+", "", max(common, key=len)[-1]) if common else ""
