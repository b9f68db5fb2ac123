"""Applying a person's edits to a plan, one after another; what a dependence forbids is refused, and says which."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nbpipe.model.edit import Edit, EditKind, Place, Refusal
from nbpipe.model.finding import Span
from nbpipe.model.flow import FlowGraph
from nbpipe.model.notebook import Cell, Notebook
from nbpipe.model.plan import LeftOut, Parameter, Plan
from nbpipe.planning.check import problems
from nbpipe.planning.draft import Draft, StageDraft
from nbpipe.planning.interfaces import connect
from nbpipe.planning.naming import unique
from nbpipe.planning.parameters import literal_spans
from nbpipe.planning.roles import find_roles

_BY_HAND = "left out by hand"


class _Nothing(Exception):
    """The notebook has nothing that the edit speaks of."""


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells by their ids, the ids of the statements of each, where those stand, and their order."""

    cells: Mapping[str, Cell]
    statements: Mapping[str, frozenset[str]]
    spans: Mapping[str, Span]
    position: Mapping[str, int]

    def of(self, place: Place | None) -> frozenset[str]:
        found = self.statements.get(place.cell, frozenset()) if place else frozenset()
        if place and place.statement:
            found = frozenset(key for key in found if key.endswith(f".s{place.statement}"))
        if not found:
            raise _Nothing("its cell is not in the notebook, or has no code that can be read")
        return found

    def ordered(self, keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(keys, key=self.position.__getitem__))


def reshape(plan: Plan, edits: Sequence[Edit], graph: FlowGraph, notebook: Notebook) -> tuple[Plan, tuple[Refusal, ...]]:
    """Return the plan with all edits that are possible, and why the others are not."""
    cells = _cells(graph, notebook)
    repeatable = find_roles(graph).repeatable
    draft = _draft(plan)
    together = _all_at_once(draft, edits, cells)
    if together is not None:
        shaped = connect(together, graph, plan.package, plan.notebook, repeatable)
        if not problems(shaped, graph):
            return replace(shaped, findings=plan.findings), ()
    refused = []
    for index, edit in enumerate(edits):
        try:
            edited = _APPLY[edit.kind](draft, edit, cells)
        except _Nothing as error:
            refused.append(Refusal(index, (str(error),), passing=True))
            continue
        reasons: list[str] = []
        for attempt in (edited, _shown_in_place(edited, draft, cells)):
            shaped = connect(attempt, graph, plan.package, plan.notebook, repeatable)
            found = problems(shaped, graph)
            if not found:
                draft, plan = attempt, replace(shaped, findings=plan.findings)
                break
            reasons = reasons or found
        else:
            refused.append(Refusal(index, tuple(reasons)))
    return plan, tuple(refused)


def _all_at_once(draft: Draft, edits: Sequence[Edit], cells: _Cells) -> Draft | None:
    """Return the draft with all edits, if each has something to apply to: mostly they are all possible, and looking at each takes long."""
    try:
        for edit in edits:
            draft = _APPLY[edit.kind](draft, edit, cells)
    except _Nothing:
        return None
    return draft


def _shown_in_place(edited: Draft, before: Draft, cells: _Cells) -> Draft:
    """Return the draft with the reports of the stages that were changed in their bodies: a report shows what is there at the stage's end."""
    known = set(before.stages)
    stages = (
        stage if stage in known else replace(stage, statements=cells.ordered((*stage.statements, *stage.report)), report=())
        for stage in edited.stages
    )
    return replace(edited, stages=tuple(stages))


def _cells(graph: FlowGraph, notebook: Notebook) -> _Cells:
    statements: dict[str, set[str]] = {}
    for statement in graph.statements:
        statements.setdefault(notebook.cells[statement.cell].id, set()).add(statement.id)
    return _Cells(
        {cell.id: cell for cell in notebook.cells},
        {cell: frozenset(keys) for cell, keys in statements.items()},
        {s.id: s.span for s in graph.statements},
        {s.id: index for index, s in enumerate(graph.statements)},
    )


def _draft(plan: Plan) -> Draft:
    """Return what a plan says of the places of statements; what stages need from each other, and the names of it, follow anew."""
    shared = plan.shared
    return Draft(
        stages=tuple(
            StageDraft(stage.name, stage.phase, stage.statements, stage.report, stage.title, stage.by_name, stage.operations)
            for stage in plan.stages
        ),
        imports=shared.imports,
        functions=shared.functions,
        classes=shared.classes,
        constants=shared.constants,
        settings=shared.settings,
        left_out=plan.left_out,
        parameters=plan.parameters,
        schedule=plan.schedule,
        image=plan.image,
    )


def _index(draft: Draft, place: Place | None, cells: _Cells) -> int:
    """Return the index of the stage that holds a place, by most of its statements."""
    keys = cells.of(place)
    held = [len(keys & {*stage.statements, *stage.report}) for stage in draft.stages]
    if not any(held):
        raise _Nothing("its cell is in no stage")
    return held.index(max(held))


def _name(draft: Draft, edit: Edit, cells: _Cells) -> Draft:
    index = _index(draft, edit.place, cells)
    return replace(draft, stages=tuple(replace(s, name=edit.name) if i == index else s for i, s in enumerate(draft.stages)))


def _move(draft: Draft, edit: Edit, cells: _Cells) -> Draft:
    moved = cells.of(edit.place)
    target = _index(draft, edit.other, cells)
    shown = {key for stage in draft.stages for key in stage.report} & moved
    made = {key for stage in draft.stages for key in stage.statements} & moved
    made |= {item.statement for item in draft.left_out if not item.output_only} & moved
    if not made | shown:
        raise _Nothing("its cell only holds what all stages share")
    stages = []
    for index, stage in enumerate(draft.stages):
        statements, report = {*stage.statements} - moved, {*stage.report} - moved
        if index == target:
            statements, report = statements | made, report | shown
        stages.append(replace(stage, statements=cells.ordered(statements), report=cells.ordered(report)))
    left_out = tuple(item for item in draft.left_out if item.output_only or item.statement not in moved)
    return replace(draft, stages=_filled(stages), left_out=left_out)


def _split(draft: Draft, edit: Edit, cells: _Cells) -> Draft:
    index = _index(draft, edit.place, cells)
    stage = draft.stages[index]
    start = min(cells.position[key] for key in cells.of(edit.place) & {*stage.statements, *stage.report})
    halves = [
        replace(
            stage,
            statements=tuple(key for key in stage.statements if (cells.position[key] >= start) is later),
            report=tuple(key for key in stage.report if (cells.position[key] >= start) is later),
        )
        for later in (False, True)
    ]
    name = edit.name or unique(f"{stage.name}_2", {s.name for s in draft.stages})
    parts = _filled([halves[0], replace(halves[1], name=name, title="")])
    return replace(draft, stages=(*draft.stages[:index], *parts, *draft.stages[index + 1 :]))


def _merge(draft: Draft, edit: Edit, cells: _Cells) -> Draft:
    first, second = sorted((_index(draft, edit.place, cells), _index(draft, edit.other, cells)))
    if first == second:
        raise _Nothing("both cells are in one stage already")
    one, other = draft.stages[first], draft.stages[second]
    whole = replace(
        one,
        statements=cells.ordered((*one.statements, *other.statements)),
        report=cells.ordered((*one.report, *other.report)),
    )
    return replace(draft, stages=(*draft.stages[:first], whole, *draft.stages[first + 1 : second], *draft.stages[second + 1 :]))


def _leave_out(draft: Draft, edit: Edit, cells: _Cells) -> Draft:
    inside = cells.ordered(cells.of(edit.place) & {key for stage in draft.stages for key in (*stage.statements, *stage.report)})
    if not inside:
        raise _Nothing("its cell is in no stage")
    stages = [
        replace(
            stage,
            statements=tuple(key for key in stage.statements if key not in inside),
            report=tuple(key for key in stage.report if key not in inside),
        )
        for stage in draft.stages
    ]
    out = tuple(item for item in draft.left_out if item.statement not in inside)
    return replace(draft, stages=_filled(stages), left_out=(*out, *(LeftOut(key, _BY_HAND) for key in inside)))


def _name_parameter(draft: Draft, edit: Edit, cells: _Cells) -> Draft:
    _parameter(draft, edit)
    renamed = (replace(known, name=edit.name) if known.name == edit.parameter else known for known in draft.parameters)
    return replace(draft, parameters=tuple(renamed))


def _drop_parameter(draft: Draft, edit: Edit, cells: _Cells) -> Draft:
    _parameter(draft, edit)
    return replace(draft, parameters=tuple(known for known in draft.parameters if known.name != edit.parameter))


def _parameter(draft: Draft, edit: Edit) -> None:
    if edit.parameter not in {known.name for known in draft.parameters}:
        raise _Nothing(f"the plan has no parameter `{edit.parameter}`")


def _add_parameter(draft: Draft, edit: Edit, cells: _Cells) -> Draft:
    held = cells.of(edit.place) & {key for stage in draft.stages for key in (*stage.statements, *stage.report)}
    cell = cells.cells[edit.place.cell]
    taken = {span for known in draft.parameters for span in known.spans}
    found = [
        (value, span, key)
        for value, span in literal_spans(cell.python, cell.index, edit.literal)
        for key in cells.ordered(held)
        if span not in taken and cells.spans[key].holds(span)
    ]
    if not found:
        raise _Nothing(f"no stage has a literal `{edit.literal}` there that is no parameter yet")
    value, _, origin = found[0]
    added = Parameter(edit.name, value, spans=tuple(span for _, span, _ in found), origin=origin)
    return replace(draft, parameters=(*draft.parameters, added))


def _filled(stages: Iterable[StageDraft]) -> tuple[StageDraft, ...]:
    """Drop empty stages; what is left of a stage that only shows something is its body."""
    whole = (stage if stage.statements else replace(stage, statements=stage.report, report=()) for stage in stages)
    return tuple(stage for stage in whole if stage.statements)


_APPLY = {
    EditKind.NAME: _name,
    EditKind.MOVE: _move,
    EditKind.SPLIT: _split,
    EditKind.MERGE: _merge,
    EditKind.LEAVE_OUT: _leave_out,
    EditKind.NAME_PARAMETER: _name_parameter,
    EditKind.DROP_PARAMETER: _drop_parameter,
    EditKind.ADD_PARAMETER: _add_parameter,
}
