"""What speaks for each phase of a statement, given the flow around it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nbpipe.model.flow import Edge, EdgeKind, Phase, Statement, StatementKind
from nbpipe.planning.phases import CALL_WEIGHT, PHASES, PREPARATION, SHOW_WEIGHT, call_phases, is_display, phase_scores

SCORE_LIMIT = 4.0  # more certainty than this about one statement must not outvote all the others
TABLES = frozenset({"pandas.DataFrame", "pandas.Series", "numpy.ndarray"})
PACKED = frozenset({"sklearn.utils.Bunch"})  # data sets that come in one object: what takes them out still collects
ROOT: Mapping[Phase, float] = {Phase.COLLECTION: 1.0}  # what is made from nothing is data, if nothing speaks against it
UNPACKING: Mapping[Phase, float] = {Phase.COLLECTION: CALL_WEIGHT}

Evidence = Mapping[Phase, float]


def evidence(statements: Sequence[Statement], edges: Sequence[Edge], free: frozenset[str]) -> dict[str, Evidence]:
    """Return how much speaks for each phase of each statement (by its id); `free` are the names that every stage has."""
    flows = [edge for edge in edges if edge.is_flow]
    called = {s.id: call_phases(s) for s in statements}
    fed = {edge.target for edge in flows if edge.name not in free}
    found = {s.id: _scores(s) or (ROOT if s.id not in fed and _is_table(s) else {}) for s in statements}
    found |= dict.fromkeys(_unpacks(statements, edges), UNPACKING)
    found |= {reader: found[writer] for writer, reader in _read_back(statements, edges)}
    found |= {maker: found[user] for maker, user in _made_room(statements, edges, called)}
    found = _not_before_predictions(statements, flows, called, found)
    return _with_makers(statements, flows, called, _not_after_readers(statements, flows, called, found))


def _unpacks(statements: Sequence[Statement], edges: Iterable[Edge]) -> Iterator[str]:
    """Yield the statements that only name a part of a data set: `X, y = iris.data, iris.target`."""
    packed = {s.id: {name for name, kind in s.types if kind in PACKED} for s in statements}
    plain = {s.id for s in statements if s.kind is StatementKind.ASSIGN and not s.calls and not s.effects.mutates}
    for edge in edges:
        if edge.kind is EdgeKind.VALUE and edge.target in plain and edge.name in packed[edge.source]:
            yield edge.target


def _read_back(statements: Sequence[Statement], edges: Iterable[Edge]) -> Iterator[tuple[str, str]]:
    """Yield what writes a file, and what reads it back: that collects nothing."""
    reads = {s.id for s in statements if s.effects.files_read and not s.effects.files_written}
    writes = {s.id for s in statements if s.effects.files_written}
    return ((e.source, e.target) for e in edges if e.kind is EdgeKind.FILE and e.source in writes and e.target in reads)


def _made_room(statements: Sequence[Statement], edges: Iterable[Edge], called: Mapping[str, Evidence]) -> Iterator[tuple[str, str]]:
    """Yield what only makes a folder, and what first uses it: one without the other is of no use."""
    makers = {s.id for s in statements if s.effects.files_written and not s.effects.binds and called[s.id].keys() == {Phase.SETUP}}
    order = {s.id: position for position, s in enumerate(statements)}
    users = (edge for edge in edges if edge.kind is EdgeKind.FILE and edge.source in makers and edge.target in order)
    for edge in sorted(users, key=lambda edge: order[edge.target], reverse=True):  # the first comes last, and counts
        yield edge.source, edge.target


def _not_before_predictions(
    statements: Sequence[Statement], flows: Iterable[Edge], called: Mapping[str, Evidence], found: Mapping[str, Evidence]
) -> dict[str, Evidence]:
    """Let what prepares tables of predictions belong to the evaluation: features come before, though the same calls make them."""
    makers: defaultdict[str, list[str]] = defaultdict(list)
    for edge in flows:
        makers[edge.target].append(edge.source)
    results = {key for key, phases in called.items() if Phase.EVALUATION in phases}
    changed = dict(found)
    for statement in statements:
        own = found[statement.id]
        if _best(own) in PREPARATION and not results.isdisjoint(makers[statement.id]):
            left = {phase: score for phase, score in own.items() if phase not in PREPARATION}
            changed[statement.id] = left or {Phase.EVALUATION: max(own.values())}
            results.add(statement.id)
    return changed


def _best(evidence: Evidence) -> Phase | None:
    return max(evidence, key=evidence.__getitem__, default=None)


def _with_makers(
    statements: Sequence[Statement], flows: Iterable[Edge], called: Mapping[str, Evidence], found: Mapping[str, Evidence]
) -> dict[str, Evidence]:
    """Let what only shows a value belong to the phase that made it, whatever the heading is."""
    maker = {edge.target: edge.source for edge in flows}
    changed = dict(found)
    for statement in statements:
        made = _best(found.get(maker.get(statement.id, ""), {}))
        if made and is_display(statement) and not called[statement.id]:
            changed[statement.id] = {made: SHOW_WEIGHT}
    return changed


def _scores(statement: Statement) -> Evidence:
    scores = {phase: score for phase, score in phase_scores(statement).items() if phase in PHASES}
    best = max(scores.values(), default=0.0)
    scale = min(1.0, SCORE_LIMIT / best) if best else 1.0
    return {phase: score * scale for phase, score in scores.items()}


def _is_table(statement: Statement) -> bool:
    return any(kind in TABLES for _, kind in statement.types)


def _not_after_readers(
    statements: Sequence[Statement], flows: Iterable[Edge], called: Mapping[str, Evidence], scores: Mapping[str, Evidence]
) -> dict[str, Evidence]:
    """Let what only a heading calls a later phase belong to the phase of its first reader, where that calls for an earlier one.

    What a split takes is no part of the training, though it often stands below that heading.
    """
    position = {s.id: index for index, s in enumerate(statements)}
    first: dict[str, str] = {}
    for edge in flows:
        first[edge.source] = min(first.get(edge.source, edge.target), edge.target, key=position.__getitem__)
    found = dict(scores)
    for statement in reversed(statements):
        own = found[statement.id]
        best, earlier = _best(own), _best(found.get(first.get(statement.id, ""), {}))
        if not best or not earlier or called[statement.id]:
            continue
        if PHASES.index(earlier) < PHASES.index(best) and earlier in called[first[statement.id]]:
            found[statement.id] = {phase: score for phase, score in {**own, earlier: own[best]}.items() if phase != best}
    return found
