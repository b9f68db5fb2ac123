"""Moving statements between given stages until every dependence goes forward."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from nbpipe.model.flow import FlowGraph
from nbpipe.planning.roles import find_roles
from nbpipe.planning.ties import ties

_Neighbours = Mapping[str, Sequence[str]]


def settle(wanted: Mapping[str, int], decided: frozenset[str], graph: FlowGraph) -> dict[str, int]:
    """Return the index of each statement's stage: as wanted, but never before what it depends on, and with what it is tied to.

    What is not decided goes to where its results are needed. Then everything gives way to later stages, or everything to earlier ones: as fewer
    of the decided ones move.
    """
    before: defaultdict[str, list[str]] = defaultdict(list)
    after: defaultdict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        if edge.source in wanted and edge.target in wanted:
            before[edge.target].append(edge.source)
            after[edge.source].append(edge.target)
    order = [s.id for s in graph.statements if s.id in wanted]
    roles = find_roles(graph)
    pairs = [(first, second) for first, second, _ in ties(graph.statements, graph.edges, roles.repeatable, roles.available)]
    tied = [pair for pair in pairs if wanted.keys() >= {*pair}]
    index = _given_way(wanted, [key for key in reversed(order) if key not in decided], after, (), min)
    ways = (_given_way(index, order, before, tied, max), _given_way(index, order[::-1], after, tied, min))
    return min(ways, key=lambda way: sum(way[key] != wanted[key] for key in decided & way.keys()))


def _given_way(
    wanted: Mapping[str, int],
    order: Iterable[str],
    neighbours: _Neighbours,
    tied: Sequence[tuple[str, str]],
    way: Callable[[Iterable[int]], int],
) -> dict[str, int]:
    """Return the indices after each statement went to the stage of its last (or first) neighbour, again and again until nothing moves."""
    index = dict(wanted)
    while True:
        start = dict(index)
        for key in order:
            index[key] = way([index[key], *(index[other] for other in neighbours[key])])
        for first, second in tied:
            index[first] = index[second] = way([index[first], index[second]])
        if index == start:
            return index
