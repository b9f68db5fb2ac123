"""The order in which statements are considered: list scheduling by phase over the edges of the flow graph."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from nbpipe.model.flow import Edge, Statement
from nbpipe.planning.evidence import Evidence
from nbpipe.planning.phases import PHASES
from nbpipe.planning.ties import Tie


def schedule(
    statements: Sequence[Statement], edges: Iterable[Edge], scores: Mapping[str, Evidence], tied: Iterable[Tie]
) -> list[Statement]:
    """Return the statements in an order that no edge forbids, the earliest phase first wherever there is a choice.

    Statements that speak for no phase wait for the first one that needs them; what is tied together has the same priority.
    """
    position = {s.id: index for index, s in enumerate(statements)}
    rank = _ranks(statements, edges, scores)
    waiting: defaultdict[str, set[str]] = defaultdict(set)
    followers: defaultdict[str, set[str]] = defaultdict(set)
    together: defaultdict[str, set[str]] = defaultdict(set)
    for edge in edges:
        waiting[edge.target].add(edge.source)
        followers[edge.source].add(edge.target)
    for first, second, _ in tied:
        if first in position and second in position:
            together[first].add(second)
            together[second].add(first)
    _pull(rank, statements, followers, together)
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


def _pull(
    ranks: dict[str, int], statements: Sequence[Statement], followers: Mapping[str, set[str]], together: Mapping[str, set[str]]
) -> None:
    """Let what holds up a statement of an earlier phase, or is tied to one, go with that, not after all the rest."""
    changed = True
    while changed:
        changed = False
        for statement in reversed(statements):
            key = statement.id
            earliest = min((ranks[other] for other in (*followers.get(key, ()), *together.get(key, ()))), default=ranks[key])
            if earliest < ranks[key]:
                ranks[key] = earliest
                changed = True


def _ranks(statements: Sequence[Statement], edges: Iterable[Edge], scores: Mapping[str, Evidence]) -> dict[str, int]:
    """Return the phase of each statement as a number; without one of its own it is that of the first follower, else of the statement before."""
    followers: defaultdict[str, list[str]] = defaultdict(list)
    for edge in edges:
        if edge.is_flow:
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
