"""What people changed about the parameters of a plan, for another version of the notebook: names, defaults, and which there are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nbpipe.model.finding import Span
from nbpipe.model.flow import FlowGraph
from nbpipe.model.plan import Parameter
from nbpipe.planning.naming import unique

_Key = tuple[str, tuple[Span, ...]]


def keep_parameters(
    asked: Sequence[Parameter],
    proposed: Sequence[Parameter],
    fresh: Sequence[Parameter],
    before: Mapping[str, str],
    old: FlowGraph,
    new: FlowGraph,
) -> tuple[tuple[Parameter, ...], list[str]]:
    """Return the new parameters with what people changed about the old ones, and, in sentences, what cannot be kept.

    `before` has, for the statements of the new version, those of the old one that they were.
    """
    yours = {_key(parameter): parameter for parameter in asked}
    known = {_key(parameter): parameter for parameter in proposed}
    was = _were(fresh, proposed, before)
    kept: list[Parameter] = []
    told: list[str] = []
    for parameter in fresh:
        one = was.get(parameter.name)
        mine = None if one is None else yours.get(_key(one))
        if one is None:
            kept.append(parameter)
        elif mine is not None:
            name = mine.name if mine.name != one.name else parameter.name
            own = mine.default != one.default
            if own and parameter.default != one.default:
                told.append(f"the notebook gives {parameter.default!r} to `{name}` now; your {mine.default!r} is kept")
            kept.append(replace(parameter, name=name, default=mine.default if own else parameter.default))
    for key, parameter in yours.items():
        if key not in known:
            spans = tuple(_places(parameter, before, old, new))
            if spans:
                origin = next(one for one, other in before.items() if other == parameter.origin)
                kept.append(replace(parameter, spans=spans, origin=origin))
            else:
                told.append(f"your parameter `{parameter.name}` is gone: the notebook no longer has its literal where it was")
    return _with_own_names(kept), told


def _key(parameter: Parameter) -> _Key:
    return parameter.origin, parameter.spans


def _were(fresh: Sequence[Parameter], proposed: Sequence[Parameter], before: Mapping[str, str]) -> dict[str, Parameter]:
    """Return what the new parameters, by their names, were before: those with the same statement and name, else with the same name or statement alone."""
    left = list(proposed)
    found: dict[str, Parameter] = {}
    for same_place, same_name in ((True, True), (False, True), (True, False)):

        def alike(one: Parameter, other: Parameter, place: bool = same_place, name: bool = same_name) -> bool:
            return (not place or before.get(one.origin) == other.origin) and (not name or one.name == other.name)

        for parameter in fresh:
            match = next((other for other in left if parameter.name not in found and alike(parameter, other)), None)
            if match is not None:
                found[parameter.name] = match
                left.remove(match)
    return found


def _places(parameter: Parameter, before: Mapping[str, str], old: FlowGraph, new: FlowGraph) -> Iterator[Span]:
    """Yield where a parameter's literals stand now: in statements that are as they were, at the same places of these."""
    now = {one: other for other, one in before.items()}
    statements = {s.id: s for s in new.statements}
    if parameter.origin not in now:
        return
    for span in parameter.spans:
        for statement in old.statements:
            other = statements.get(now.get(statement.id, ""))
            if other is not None and other.source == statement.source and statement.span.holds(span):
                yield _shifted(span, statement.span, other.span)


def _shifted(span: Span, old: Span, new: Span) -> Span:
    """Return a place within a statement when that stands elsewhere."""
    lines, columns = new.line - old.line, new.column - old.column
    return replace(
        span,
        cell=new.cell,
        line=span.line + lines,
        end_line=span.end_line + lines,
        column=span.column + (columns if span.line == old.line else 0),
        end_column=span.end_column + (columns if span.end_line == old.line else 0),
    )


def _with_own_names(parameters: Sequence[Parameter]) -> tuple[Parameter, ...]:
    """Return the parameters, each with a name of its own."""
    taken: set[str] = set()
    found = []
    for parameter in parameters:
        name = unique(parameter.name, taken)
        taken.add(name)
        found.append(replace(parameter, name=name))
    return tuple(found)
