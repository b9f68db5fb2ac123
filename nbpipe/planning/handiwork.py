"""What a notebook does by hand that a ready-made component would do."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from nbpipe.model.component import Component
from nbpipe.model.flow import FlowGraph, StatementKind


@dataclass(frozen=True, slots=True)
class Handiwork:
    """In these cells (from 1) the notebook does what a component would do, by these calls."""

    component: str
    what: str
    cells: tuple[int, ...]
    calls: tuple[str, ...]


def handiwork(graph: FlowGraph, components: Iterable[Component]) -> tuple[Handiwork, ...]:
    """Return what each component would replace, where there is something."""
    found = []
    for component in components:
        cells: dict[int, None] = {}
        calls: dict[str, None] = {}
        for statement in graph.statements:
            made = (*statement.calls, *(operation.name for operation in statement.operations))
            own = [name for name in made if any(fnmatchcase(name, pattern) for pattern in component.calls)]
            if own and statement.kind is not StatementKind.IMPORT:
                cells[statement.cell + 1] = None
                calls.update(dict.fromkeys(own))
        if cells:
            found.append(Handiwork(component.name, component.by_hand, tuple(sorted(cells)), tuple(sorted(calls))))
    return tuple(found)
