"""Where stages begin: statements are brought into an order that keeps phases together, and cut where little has to be passed on.

The cut is the cheapest labelling of the sequence with phases, in which a change of phase costs a stage, plus every value that has to travel across it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nbpipe.model.flow import Edge, EdgeKind, Phase, Statement
from nbpipe.planning.evidence import evidence
from nbpipe.planning.phases import is_split, is_visible
from nbpipe.planning.schedule import schedule
from nbpipe.planning.ties import Tie
from nbpipe.planning.viterbi import label_stages

STAGE_COST = 2.5
PORT_COST = 0.25
TOGETHER = 0.4
REWARD = 0.35  # for each explorative statement that a cut lets out of the stage
FORBIDDEN = 1e9
LONG_STAGE = 40  # statements; longer ones are cut again, at a heading, where that is cheap


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
    tied: Iterable[Tie],
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
    scores = evidence(statements, relevant, free)
    tied = list(tied)
    order = list(statements) if tags else schedule(statements, relevant, scores, tied)
    crossings = cross(order, relevant, tied, free)
    labels, cuts = label_stages(
        [scores[s.id] for s in order], [is_split(s) for s in order], _costs(order, crossings, _rewards(order, pauses), tags)
    )
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


def cross(order: Sequence[Statement], edges: Iterable[Edge], tied: Iterable[Tie], free: frozenset[str]) -> Crossings:
    """Return what crosses each place before a statement of the sequence (place 0 is its beginning)."""
    position = {s.id: index for index, s in enumerate(order)}
    reach: dict[tuple[str, str], int] = {}  # a version of a name → where it is last needed
    for edge in edges:
        if edge.is_flow and edge.name not in free:
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
