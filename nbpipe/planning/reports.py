"""Exploration that leaves the stages: displays, and what is computed only for them, go to the report of the stage that has their values at its end."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from nbpipe.model.flow import Edge, EdgeKind, Phase, Statement
from nbpipe.planning.cut import Pause, Segment
from nbpipe.planning.phases import is_display, is_visible

STAGE_PHASES = (Phase.COLLECTION, Phase.TRAINING, Phase.EVALUATION, Phase.DEPLOYMENT, Phase.LABELLING, Phase.MONITORING)


def candidates(statements: Sequence[Statement], edges: Iterable[Edge], tagged: Collection[str]) -> set[str]:
    """Return the ids of the statements that only explore: they display, or make from others' values what only such statements use.

    What makes values in a cell that is `tagged` for a stage is that stage's work.
    """
    followers: defaultdict[str, set[str]] = defaultdict(set)
    sources: defaultdict[str, set[str]] = defaultdict(set)
    figures: defaultdict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.is_flow and edge.source != edge.target:
            followers[edge.source].add(edge.target)
            sources[edge.target].add(edge.source)
        elif edge.kind is EdgeKind.STATE and edge.name == "figure":
            figures[edge.source].add(edge.target)
            figures[edge.target].add(edge.source)
    by_id = {s.id: s for s in statements}
    bound = Counter(name for s in statements for name in s.effects.binds)
    found: set[str] = set()
    for statement in reversed(statements):
        explores = is_visible(statement) or (
            statement.phase in (Phase.EXPLORATION, Phase.SETUP) and bool(sources[statement.id] & by_id.keys())
        )
        work = statement.id in tagged and not is_visible(statement)
        own = all(bound[name] == 1 for name in statement.effects.binds) or is_visible(statement)
        if (
            explores
            and not work
            and own
            and _harmless(statement)
            and followers[statement.id] <= found
            and (followers[statement.id] or is_visible(statement))
        ):
            found.add(statement.id)
    return _closed(found, by_id, sources, figures)


def _harmless(statement: Statement) -> bool:
    """Say whether a statement leaves nothing behind but what it shows, and does not do the work of a stage."""
    effects = statement.effects
    if effects.files_written or effects.files_read or effects.deletes or set(effects.state_written) - {"figure"}:
        return False
    return statement.phase not in STAGE_PHASES or (is_display(statement) and not _computes(statement))


def _computes(statement: Statement) -> bool:
    """Say whether a display does the work of a stage itself, as `print(model.score(X, y))` does."""
    return any(not call.startswith("builtins.") for call in statement.calls)


def _closed(found: set[str], by_id: Mapping[str, Statement], sources: Mapping[str, set[str]], figures: Mapping[str, set[str]]) -> set[str]:
    """Take out statements that change what others than explorers made, until nothing changes; then those whose users went."""
    binders: defaultdict[str, set[str]] = defaultdict(set)
    for statement in by_id.values():
        for name in statement.effects.binds:
            binders[name].add(statement.id)
    while True:
        refused = {
            key
            for key in found
            if any(not (binders[name] & found) or _foreign(key, name, sources, by_id, found) for name in by_id[key].effects.mutates)
        }
        refused |= {key for key in found if not figures.get(key, set()) & by_id.keys() <= found}
        if not refused:
            return found
        found -= refused
        for key in sorted(refused):
            found -= sources[key] & found  # what a stage uses, the stage has to make


def _foreign(key: str, name: str, sources: Mapping[str, set[str]], by_id: Mapping[str, Statement], found: set[str]) -> bool:
    """Say whether the version of a name that a statement changes was made, or changed, outside the exploration."""
    return any(
        source in by_id and source not in found and name in (*by_id[source].effects.binds, *by_id[source].effects.mutates)
        for source in sources.get(key, ())
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Exploratory statements that have to stay together: they share variables or a figure."""

    statements: tuple[Statement, ...]


def groups(found: set[str], statements: Sequence[Statement], edges: Iterable[Edge]) -> list[Group]:
    """Return the exploratory statements in groups that share variables, figures, or the order of one cell's outputs."""
    parent = {key: key for key in found}

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for edge in edges:
        if edge.source in parent and edge.target in parent and edge.kind is not EdgeKind.ANTI:
            parent[root(edge.source)] = root(edge.target)
    members: defaultdict[str, list[Statement]] = defaultdict(list)
    for statement in statements:
        if statement.id in found:
            members[root(statement.id)].append(statement)
    return [Group(tuple(group)) for group in members.values()]


def pauses(found: Sequence[Group], statements: Sequence[Statement], edges: Iterable[Edge]) -> list[Pause]:
    """Return where a stage would have to end for each group to leave it: after what it shows is made, before that changes."""
    position = {s.id: index for index, s in enumerate(statements)}
    incoming: defaultdict[str, set[str]] = defaultdict(set)
    outgoing: defaultdict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.is_flow:
            incoming[edge.target].add(edge.source)
        elif edge.kind is EdgeKind.ANTI:
            outgoing[edge.source].add(edge.target)
    result = []
    for group in found:
        inside = {s.id for s in group.statements}
        after = frozenset(source for key in inside for source in incoming[key]) - inside
        before = frozenset(target for key in inside for target in outgoing[key]) - inside
        if after and before and max(position[key] for key in after) < min(position[key] for key in before):
            result.append(Pause(after, before, sum(is_visible(s) for s in group.statements)))
    return result


class Placement:
    """Which stage's end has the values that a group of exploratory statements shows."""

    def __init__(
        self, segments: Sequence[Segment], edges: Iterable[Edge], statements: Sequence[Statement], available: frozenset[str]
    ) -> None:
        self.stage_of = {s.id: index for index, segment in enumerate(segments) for s in segment.statements}
        self.available = available
        self.position = {s.id: index for index, s in enumerate(statements)}
        self.placed = [s.id for s in statements if s.id in self.stage_of]
        self.fixed = {s.id: s.fixed for s in statements if s.fixed}
        self.makers: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(
            list
        )  # who binds, changes or deletes a name: stage, position, id
        for statement in statements:
            if statement.id in self.stage_of:
                for name in dict.fromkeys((*statement.effects.binds, *statement.effects.mutates, *statement.effects.deletes)):
                    self.makers[name].append((self.stage_of[statement.id], self.position[statement.id], statement.id))
        for makers in self.makers.values():
            makers.sort()
        self.incoming: defaultdict[str, list[Edge]] = defaultdict(list)
        for edge in edges:
            if edge.is_flow:
                self.incoming[edge.target].append(edge)

    def place(self, group: Group) -> int | None:
        """Return the first stage at whose end all that the group reads is as it was in the notebook, or None; one that reads nothing stays where it is."""
        needs = self.needs(group)
        if any(not sources <= self.stage_of.keys() for sources in needs.values()):
            return None
        makers = {source for sources in needs.values() for source in sources}
        stage = max((self.stage_of[maker] for maker in makers), default=self._beside(group))
        return None if self.changed(group, stage) else stage

    def _beside(self, group: Group) -> int:
        """Return the stage of the statement above a group, or the first."""
        above = bisect_left(self.placed, self.position[group.statements[0].id], key=self.position.__getitem__)
        return self.stage_of[self.placed[above - 1]] if above else 0

    def needs(self, group: Group, repeated: frozenset[str] = frozenset()) -> dict[str, set[str]]:
        """Return the names that a group takes from outside, each with the statements that made the version that it shows."""
        inside = {s.id for s in group.statements}
        found: dict[str, set[str]] = {}
        for statement in group.statements:
            for name in (*statement.effects.reads, *statement.effects.mutates):
                sources = {edge.source for edge in self.incoming[statement.id] if edge.name == name}
                if name not in self.available and name not in repeated and not sources & inside:
                    found.setdefault(name, set()).update(sources)
        return found

    def changed(self, group: Group, stage: int, repeated: frozenset[str] = frozenset()) -> str | None:
        """Return a name, but for those `repeated`, that is not, at the stage's end, what the group shows; None where all are."""
        for name, sources in self.needs(group, repeated).items():
            cannot_travel = any(name in self.fixed.get(source, ()) for source in sources)
            if cannot_travel or not sources <= self.stage_of.keys() or not self._unchanged(name, sources, stage):
                return name
        return None

    def _unchanged(self, name: str, sources: set[str], stage: int) -> bool:
        """Say whether, of all who make the name up to a stage's end, the sources are the last."""
        if not sources:
            return True  # nothing has made it in the notebook either
        last = max((self.stage_of[source], self.position[source]) for source in sources)
        makers = self.makers[name]
        for made_in, _, maker in islice(makers, bisect_left(makers, (*last, "")), None):
            if made_in > stage:
                break
            if maker not in sources:
                return False
        return True
