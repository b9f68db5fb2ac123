"""The invariants of a plan, stated once: the planner's own plans and people's edits are held to the same."""

from collections import Counter
from collections.abc import Iterator, Mapping
from keyword import iskeyword

from nbpipe.model.flow import EdgeKind, FlowGraph, Statement
from nbpipe.model.plan import Plan, Stage
from nbpipe.planning.cut import Segment
from nbpipe.planning.reports import Group, Placement
from nbpipe.planning.roles import Roles, find_roles, is_setting
from nbpipe.planning.ties import ties
from nbpipe.planning.unused import without_left_out

_WHY = {
    EdgeKind.VALUE: "needs `{name}` from",
    EdgeKind.MUTATION: "needs `{name}` as it is after",
    EdgeKind.ANTI: "changes `{name}`, which is still used by",
    EdgeKind.FILE: "touches the file `{name}` after",
    EdgeKind.STATE: "depends on the {name} state left by",
    EdgeKind.ORDER: "must come after",
}


def problems(plan: Plan, graph: FlowGraph) -> list[str]:
    """Return what is wrong with a plan, each in a sentence; empty where it can be generated."""
    statements = {s.id: s for s in graph.statements}
    unknown = [key for key in _places(plan) if key not in statements]
    if unknown:
        return [f"the notebook has no statement `{key}`" for key in sorted(set(unknown))]
    executed = without_left_out(graph, plan.left_out)
    roles = find_roles(executed)
    return [
        *_names(plan),
        *_places_once(plan, graph, roles if executed is graph else find_roles(graph)),
        *_left_out(plan, graph),
        *_shared(plan, statements),
        *_order(plan, executed),
        *_tied(plan, executed, roles),
        *_reports(plan, executed, statements, roles.available),
    ]


def _places(plan: Plan) -> list[str]:
    """Return the id of every statement that has a place, once for each place that it has."""
    shared = plan.shared
    hoisted = (*shared.imports, *shared.functions, *shared.classes, *shared.constants, *shared.settings)
    inside = [key for stage in plan.stages for key in (*stage.statements, *stage.report)]
    return [*hoisted, *inside, *(item.statement for item in plan.left_out if not item.output_only)]


def _names(plan: Plan) -> Iterator[str]:
    for kind, names in (
        ("stage", [stage.name for stage in plan.stages]),
        ("parameter", [parameter.name for parameter in plan.parameters]),
        ("value", [port.name for stage in plan.stages for port in stage.outputs]),
    ):
        for name, count in Counter(names).items():
            if count > 1:
                yield f"the {kind} name `{name}` is used {count} times: give each its own"
            if not name.isidentifier() or iskeyword(name):
                yield f"the {kind} name `{name}` is not a Python name"


def _places_once(plan: Plan, graph: FlowGraph, roles: Roles) -> Iterator[str]:
    counts = Counter(_places(plan))
    repeated = {key for stage in plan.stages for key in (*stage.repeated, *stage.report_repeated)}
    origins = {s.id for s in graph.statements if s.id in roles.constants}
    for statement in graph.statements:
        count = counts[statement.id]
        if count > 1:
            yield f"`{statement.id}` has {count} places: leave it in one"
        optional = statement.id in repeated or statement.id in origins or statement.id in roles.repeatable or is_setting(statement)
        if count == 0 and not optional:
            yield f"`{statement.id}` ({_first_line(statement)}) has no place: put it into a stage, a report or [[left_out]]"


def _order(plan: Plan, graph: FlowGraph) -> Iterator[str]:
    stage_of = {key: index for index, stage in enumerate(plan.stages) for key in stage.statements}
    for edge in graph.edges:
        source, target = stage_of.get(edge.source), stage_of.get(edge.target)
        if source is not None and target is not None and source > target:
            why = _WHY[edge.kind].format(name=edge.name)
            first, second = plan.stages[target].name, plan.stages[source].name
            yield f"`{edge.target}` in stage `{first}` {why} `{edge.source}`, which is in the later stage `{second}`"


def _left_out(plan: Plan, graph: FlowGraph) -> Iterator[str]:
    stage_of = {key: index for index, stage in enumerate(plan.stages) for key in (*stage.statements, *stage.report)}
    left_out = {item.statement for item in plan.left_out if not item.output_only}
    for edge in graph.edges:
        if edge.source in left_out and edge.target in stage_of and edge.is_flow:
            yield f"`{edge.target}` in stage `{plan.stages[stage_of[edge.target]].name}` needs `{edge.name}` from `{edge.source}`, which is left out"


def _shared(plan: Plan, statements: Mapping[str, Statement]) -> Iterator[str]:
    shared = plan.shared
    origins = [(parameter.name, statements.get(parameter.origin)) for parameter in plan.parameters]
    tuned = {name for name, origin in origins if origin is not None and name in origin.effects.binds}
    for key in (*shared.functions, *shared.classes, *shared.constants, *shared.settings):
        statement = statements[key]
        for name in sorted(tuned & {*statement.free, *statement.effects.reads}):
            yield f"`{key}` is shared by all stages, but reads the parameter `{name}`, which only stages are given"


def _tied(plan: Plan, graph: FlowGraph, roles: Roles) -> Iterator[str]:
    stage_of = {key: index for index, stage in enumerate(plan.stages) for key in stage.statements}
    for first, second, name in ties(graph.statements, graph.edges, roles.repeatable, roles.available):
        if first in stage_of and second in stage_of and stage_of[first] != stage_of[second]:
            yield f"`{first}` and `{second}` must be in one stage: `{name}` cannot travel between stages"


def changed_reports(plan: Plan, graph: FlowGraph) -> dict[str, str]:
    """Return the stages whose reports would show what is another value at the stage's end, each with that value's name."""
    executed = without_left_out(graph, plan.left_out)
    return _changed_reports(plan, executed, {s.id: s for s in graph.statements}, find_roles(executed).available)


def _reports(plan: Plan, graph: FlowGraph, statements: Mapping[str, Statement], available: frozenset[str]) -> Iterator[str]:
    for stage, name in _changed_reports(plan, graph, statements, available).items():
        yield f"the report of stage `{stage}` shows `{name}`, which is another value at the stage's end"


def _changed_reports(plan: Plan, graph: FlowGraph, statements: Mapping[str, Statement], available: frozenset[str]) -> dict[str, str]:
    segments = [Segment(stage.phase, tuple(statements[key] for key in stage.statements)) for stage in plan.stages]
    placement = Placement(segments, graph.edges, graph.statements, available)
    found: dict[str, str] = {}
    for index, stage in enumerate(plan.stages):
        group = Group(tuple(statements[key] for key in stage.report))
        name = placement.changed(group, index, _repeated(stage, statements))
        if name is not None:
            found[stage.name] = name
    return found


def _repeated(stage: Stage, statements: Mapping[str, Statement]) -> frozenset[str]:
    return frozenset(name for key in stage.report_repeated for name in statements[key].effects.binds)


def _first_line(statement: Statement) -> str:
    return statement.source.split("\n")[0][:60]
