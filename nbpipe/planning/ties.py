"""What holds statements together in one stage: values that cannot travel, views, open figures."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from nbpipe.model.flow import Edge, EdgeKind, Statement

Tie = tuple[str, str, str]  # two statements, and the name that ties them


def ties(statements: Sequence[Statement], edges: Iterable[Edge], repeatable: frozenset[str], available: frozenset[str]) -> list[Tie]:
    """Return the pairs of statements between which a stage must not end."""
    by_id = {s.id: s for s in statements}
    found: list[Tie] = []
    for edge in edges:
        source = by_id.get(edge.source)
        if source is None or edge.target not in by_id:
            continue
        if edge.kind is EdgeKind.STATE and edge.name == "figure":
            found.append((edge.source, edge.target, "figure"))
        if edge.is_flow and edge.name in source.fixed and edge.name not in available and source.id not in repeatable:
            found.append((edge.source, edge.target, edge.name))
    found.extend((first, second, name) for first, second, name, _, view in couplings(statements) if view)
    return found


def couplings(statements: Sequence[Statement]) -> Iterator[tuple[str, str, str, str, bool]]:
    """Yield the pairs of names that share memory while it is still changed: from the statement that made them share to the last change.

    Each is (statement, later statement, name, other name, whether they share only by a view). Views do not survive pickling; whole objects do, in one file.
    """
    active: dict[tuple[str, str], tuple[str, bool]] = {}
    by_name: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for statement in statements:
        effects = statement.effects
        mutated = set(effects.mutates)
        for name in effects.mutates:
            for pair in sorted(by_name[name]):
                if pair[0] == name and pair[1] in mutated:
                    since, view = active[pair]
                    if since != statement.id:
                        yield since, statement.id, pair[0], pair[1], view
        for name in (*effects.binds, *effects.deletes):
            for pair in by_name.pop(name, set()):
                active.pop(pair, None)
                by_name[pair[0] if pair[1] == name else pair[1]].discard(pair)
        for share in statement.shares:
            pair = (min(share.name, share.other), max(share.name, share.other))
            if pair not in active or (active[pair][1] and not share.view):
                active[pair] = (statement.id, share.view)
            by_name[pair[0]].add(pair)
            by_name[pair[1]].add(pair)
