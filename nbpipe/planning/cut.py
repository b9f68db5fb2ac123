"""Where stages begin: statements are brought into an order that keeps phases together, and cut where little has to be passed on.

The order is a list scheduling by phase over the edges of the flow graph; the cut is the cheapest labelling of that sequence with phases
(Viterbi's algorithm), in which a change of phase costs a stage, plus every value that has to travel across it.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from operator import itemgetter

from nbpipe.model.flow import Edge, EdgeKind, Phase, Statement
from nbpipe.planning.phases import call_phases, phase_scores

PHASES = (
    Phase.COLLECTION,
    Phase.LABELLING,
    Phase.CLEANING,
    Phase.FEATURES,
    Phase.TRAINING,
    Phase.EVALUATION,
    Phase.DEPLOYMENT,
    Phase.MONITORING,
)
STAGE_COST = 2.5
LONE_COST = 0.75  # one statement is hardly a stage
SHORT = frozenset({Phase.COLLECTION, Phase.EVALUATION, Phase.DEPLOYMENT})  # but for these phases, where one is often all there is
BACKWARD_COST = 1.5  # a pipeline that goes back to an earlier phase reads worse
PORT_COST = 0.25
TOGETHER = 0.4
REWARD = 0.35  # for each explorative statement that a cut lets out of the stage
FORBIDDEN = 1e9
SCORE_LIMIT = 4.0  # more certainty than this about one statement must not outvote all the others
TABLES = frozenset({"pandas.DataFrame", "pandas.Series", "numpy.ndarray"})
ROOT_SCORES: Mapping[Phase, float] = {Phase.COLLECTION: 1.0}  # what is made from nothing is data, if nothing speaks against it
LONG_STAGE = 40  # statements; longer ones are cut again, at a heading, where that is cheap

Scores = Mapping[Phase, float]
_State = tuple[int, bool]
_LONE = [0.0 if phase in SHORT else LONE_COST for phase in PHASES]


@dataclass(frozen=True, slots=True)
class Segment:
    """Statements that make one stage, in the notebook's order, and their phase."""

    phase: Phase
    statements: tuple[Statement, ...]
    name: str = ""  # the one that a person gave it


@dataclass(frozen=True, slots=True)
class Pause:
    """Exploration that a stage's report can take if the stage ends between the statements `after` which and `before` which it belongs."""

    after: frozenset[str]
    before: frozenset[str]
    size: int


@dataclass(frozen=True, slots=True)
class Crossings:
    """For each place between two statements of a sequence: how many values cross it, and whether it must not be cut.

    Values that one statement makes belong together (`X_train, X_test, y_train, y_test = ...`): all but the first count as `TOGETHER`.
    """

    width: tuple[float, ...]
    forbidden: tuple[str, ...]  # the name that ties both sides together, or ""


def cut(
    statements: Sequence[Statement],
    edges: Iterable[Edge],
    tied: Iterable[tuple[str, str, str]],
    free: frozenset[str],
    pauses: Iterable[Pause] = (),
    tags: Mapping[str, str] | None = None,
) -> list[Segment]:
    """Return the stages for some statements of a graph.

    `tied` are pairs of statements (with the name that ties them) between which must be no cut; `free` are the names that need no port.
    `tags` are the stages (by name) that a person has asked for (by the statements' ids): then the notebook's order is kept.
    """
    tags = tags or {}
    if not statements:
        return []
    relevant = _relevant(statements, edges)
    fed = {edge.target for edge in relevant if edge.kind in (EdgeKind.VALUE, EdgeKind.MUTATION) and edge.name not in free}
    scores = {s.id: _scores(s) or (ROOT_SCORES if s.id not in fed and _is_table(s) else {}) for s in statements}
    scores = _not_after_readers(statements, relevant, scores)
    order = list(statements) if tags else schedule(statements, relevant, scores)
    crossings = cross(order, relevant, tied, free)
    labels, cuts = _label([scores[s.id] for s in order], _costs(order, crossings, _rewards(order, pauses), tags))
    return [_segment(order[a:b], labels[a], tags) for a, b in _runs(cuts, crossings, order)]


def _costs(
    order: Sequence[Statement], crossings: Crossings, rewards: Sequence[float], tags: Mapping[str, str]
) -> list[tuple[float, float]]:
    """Return what it costs, at each place, to end the stage there and to go on with it."""
    costs = [(FORBIDDEN, 0.0)]
    for index in range(1, len(order)):
        end, go_on = STAGE_COST + PORT_COST * crossings.width[index] - rewards[index], 0.0
        before, after = tags.get(order[index - 1].id), tags.get(order[index].id)
        if before != after:
            go_on = FORBIDDEN / 2
        if crossings.forbidden[index] or (before and before == after):
            end = FORBIDDEN
        costs.append((end, go_on))
    return costs


def _rewards(order: Sequence[Statement], pauses: Iterable[Pause]) -> list[float]:
    """Return what a cut at each place is worth because the exploration there can then leave the stage."""
    position = {s.id: index for index, s in enumerate(order)}
    rewards = [0.0] * (len(order) + 1)
    for pause in pauses:
        first = max((position[key] + 1 for key in pause.after if key in position), default=0)
        last = min((position[key] for key in pause.before if key in position), default=len(order))
        if 0 < first <= last < len(order):
            rewards[last] += REWARD * pause.size
    return [min(reward, STAGE_COST + 1.0) for reward in rewards]


def _is_table(statement: Statement) -> bool:
    return any(kind in TABLES for _, kind in statement.types)


def _scores(statement: Statement) -> Scores:
    scores = {phase: score for phase, score in phase_scores(statement).items() if phase in PHASES}
    best = max(scores.values(), default=0.0)
    scale = min(1.0, SCORE_LIMIT / best) if best else 1.0
    return {phase: score * scale for phase, score in scores.items()}


def _not_after_readers(statements: Sequence[Statement], edges: Iterable[Edge], scores: Mapping[str, Scores]) -> dict[str, Scores]:
    """Let what only a heading calls a later phase belong to the phase of its first reader, where that calls for an earlier one.

    What a split takes is no part of the training, though it often stands below that heading.
    """
    position = {s.id: index for index, s in enumerate(statements)}
    first: dict[str, str] = {}
    for edge in edges:
        if edge.kind in (EdgeKind.VALUE, EdgeKind.MUTATION):
            first[edge.source] = min(first.get(edge.source, edge.target), edge.target, key=position.__getitem__)
    called = {s.id: call_phases(s) for s in statements}
    found = dict(scores)
    for statement in reversed(statements):
        own, reader = found[statement.id], found.get(first.get(statement.id, ""))
        if own and reader and not called[statement.id]:
            best, earlier = max(own, key=own.__getitem__), max(reader, key=reader.__getitem__)
            if PHASES.index(earlier) < PHASES.index(best) and earlier in called[first[statement.id]]:
                found[statement.id] = {phase: score for phase, score in {**own, earlier: own[best]}.items() if phase != best}
    return found


def _relevant(statements: Sequence[Statement], edges: Iterable[Edge]) -> list[Edge]:
    inside = {s.id for s in statements}
    found = [edge for edge in edges if edge.source in inside and edge.target in inside]
    last: dict[int, Statement] = {}
    for statement in statements:  # what one cell shows, it shows in this order
        if is_visible(statement):
            if statement.cell in last:
                found.append(Edge(last[statement.cell].id, statement.id, "output", EdgeKind.ORDER))
            last[statement.cell] = statement
    return found


def is_visible(statement: Statement) -> bool:
    """Say whether a statement may display something."""
    return (statement.shown and not statement.silent) or statement.effects.prints or "figure" in statement.effects.state_written


def schedule(statements: Sequence[Statement], edges: Iterable[Edge], scores: Mapping[str, Scores]) -> list[Statement]:
    """Return the statements in an order that no edge forbids, the earliest phase first wherever there is a choice.

    Statements that speak for no phase wait for the first one that needs them.
    """
    position = {s.id: index for index, s in enumerate(statements)}
    rank = _ranks(statements, edges, scores)
    waiting: defaultdict[str, set[str]] = defaultdict(set)
    followers: defaultdict[str, set[str]] = defaultdict(set)
    for edge in edges:
        waiting[edge.target].add(edge.source)
        followers[edge.source].add(edge.target)
    for statement in reversed(statements):  # what holds up a statement of an earlier phase goes before that, not after all the rest
        rank[statement.id] = min((rank[statement.id], *(rank[key] for key in followers[statement.id])))
    ready = [(rank[s.id], position[s.id]) for s in statements if not waiting[s.id]]
    heapq.heapify(ready)
    order = []
    while ready:
        _, index = heapq.heappop(ready)
        statement = statements[index]
        order.append(statement)
        for follower in followers[statement.id]:
            waiting[follower].discard(statement.id)
            if not waiting[follower]:
                heapq.heappush(ready, (rank[follower], position[follower]))
    return order


def _ranks(statements: Sequence[Statement], edges: Iterable[Edge], scores: Mapping[str, Scores]) -> dict[str, int]:
    """Return the phase of each statement as a number; without one of its own it is that of the first follower, else of the statement before."""
    followers: defaultdict[str, list[str]] = defaultdict(list)
    for edge in edges:
        if edge.kind in (EdgeKind.VALUE, EdgeKind.MUTATION):
            followers[edge.source].append(edge.target)
    ranks: dict[str, int] = {}
    for statement in reversed(statements):
        own = scores[statement.id]
        if own:
            ranks[statement.id] = PHASES.index(max(own, key=lambda phase: own[phase]))
        elif later := [ranks[follower] for follower in followers[statement.id] if follower in ranks]:
            ranks[statement.id] = min(later)
    current = 0
    for statement in statements:
        current = ranks.setdefault(statement.id, current)
    return ranks


def cross(order: Sequence[Statement], edges: Iterable[Edge], tied: Iterable[tuple[str, str, str]], free: frozenset[str]) -> Crossings:
    """Return what crosses each place before a statement of the sequence (place 0 is its beginning)."""
    position = {s.id: index for index, s in enumerate(order)}
    reach: dict[tuple[str, str], int] = {}  # a version of a name → where it is last needed
    for edge in edges:
        if edge.kind in (EdgeKind.VALUE, EdgeKind.MUTATION) and edge.name not in free:
            version = (edge.name, edge.source)
            reach[version] = max(reach.get(version, 0), position[edge.target])
    ends: defaultdict[str, list[int]] = defaultdict(list)
    for (_, source), last in reach.items():
        ends[source].append(last)
    width = [0.0] * (len(order) + 1)
    for source, places in ends.items():
        for number, last in enumerate(sorted(places, reverse=True)):
            weight = TOGETHER if number else 1.0
            width[position[source] + 1] += weight
            if last + 1 < len(width):
                width[last + 1] -= weight
    for index in range(1, len(width)):
        width[index] += width[index - 1]
    forbidden = [""] * (len(order) + 1)
    for first, second, name in tied:
        if first in position and second in position:
            start, stop = sorted((position[first], position[second]))
            forbidden[start + 1 : stop + 1] = [name] * (stop - start)
    return Crossings(tuple(width), tuple(forbidden))


def _label(scores: Sequence[Scores], places: Sequence[tuple[float, float]]) -> tuple[list[Phase], set[int]]:
    """Return the cheapest phase for each statement (Viterbi), and the places of the cuts; `places` are the costs of ending a stage and of going on.

    A state is a phase, and whether the statement is the first of its stage: a stage that ends with its first statement costs more.
    """
    first, later = _mismatches(scores[0]), [inf] * len(PHASES)
    back: list[tuple[list[_State], list[_State]]] = []  # from which state each one comes: those that begin a stage, those that go on
    for index in range(1, len(scores)):
        change, go_on = places[index]
        ended: list[tuple[float, _State]] = []
        went_on: list[_State] = []
        for phase, (cost, other) in enumerate(zip(first, later, strict=True)):
            lone = cost + change + _LONE[phase]
            ended.append((lone, (phase, True)) if lone <= other + change else (other + change, (phase, False)))
            went_on.append((phase, cost <= other))
        begun = _cheapest(ended)
        mismatches = _mismatches(scores[index])
        later = [min(costs) + go_on + mismatch for *costs, mismatch in zip(first, later, mismatches, strict=True)]
        first = [cost + mismatch for (cost, _), mismatch in zip(begun, mismatches, strict=True)]
        back.append(([state for _, state in begun], went_on))
    ends = [
        end
        for phase, (cost, other) in enumerate(zip(first, later, strict=True))
        for end in ((cost + _LONE[phase], (phase, True)), (other, (phase, False)))
    ]
    phase, is_first = min(ends, key=itemgetter(0))[1]
    labels, cuts = [PHASES[phase]], set()
    for index in range(len(back), 0, -1):
        begins, goes_on = back[index - 1]
        if is_first:
            cuts.add(index)
        phase, is_first = (begins if is_first else goes_on)[phase]
        labels.append(PHASES[phase])
    return labels[::-1], cuts


def _cheapest(ended: Sequence[tuple[float, _State]]) -> list[tuple[float, _State]]:
    """Return, for each phase, the cheapest way to begin a stage of it: after the same phase or an earlier one, or going back from a later one."""
    found: list[tuple[float, _State]] = []
    best = ended[0]
    for way in ended:
        if way[0] < best[0]:
            best = way
        found.append(best)
    cost, state = inf, best[1]
    for phase in range(len(ended) - 1, -1, -1):
        if cost < found[phase][0]:
            found[phase] = cost, state
        if ended[phase][0] + BACKWARD_COST <= cost:
            cost, state = ended[phase][0] + BACKWARD_COST, ended[phase][1]
    return found


def _mismatches(scores: Scores) -> list[float]:
    """Return what it costs to call a statement by each phase."""
    best = max(scores.values(), default=0.0)
    return [best - scores.get(phase, 0.0) for phase in PHASES]


def _runs(cuts: set[int], crossings: Crossings, order: Sequence[Statement]) -> list[tuple[int, int]]:
    """Return where each stage begins and ends."""
    starts = [0, *sorted(cuts), len(order)]
    runs = []
    for start, stop in pairwise(starts):
        runs.extend(_shortened(start, stop, crossings, order))
    return runs


def _shortened(start: int, stop: int, crossings: Crossings, order: Sequence[Statement]) -> list[tuple[int, int]]:
    """Cut a run that is too long for one function, where the headings change and little crosses."""
    if stop - start <= LONG_STAGE:
        return [(start, stop)]
    quarter = (stop - start) // 4
    places = [
        (crossings.width[i], abs(2 * i - start - stop), i)
        for i in range(start + quarter, stop - quarter)
        if not crossings.forbidden[i] and order[i].headings != order[i - 1].headings
    ]
    if not places:
        return [(start, stop)]
    middle = min(places)[2]
    return [*_shortened(start, middle, crossings, order), *_shortened(middle, stop, crossings, order)]


def _segment(statements: Sequence[Statement], phase: Phase, tags: Mapping[str, str]) -> Segment:
    ordered = sorted(statements, key=lambda s: (s.cell, int(s.id.rpartition("s")[2])))
    return Segment(phase, tuple(ordered), tags.get(ordered[0].id, ""))
