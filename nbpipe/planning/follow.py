"""A person's plan, made for one version of a notebook, for another one: what they decided stays decided, and what is new is placed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nbpipe.model.analysis import Analysis
from nbpipe.model.plan import SHARED, LeftOut, Plan
from nbpipe.planning.check import changed_reports, problems
from nbpipe.planning.draft import Draft, StageDraft, draft_of, filled
from nbpipe.planning.interfaces import connect
from nbpipe.planning.kept_parameters import keep_parameters
from nbpipe.planning.matching import match
from nbpipe.planning.naming import unique
from nbpipe.planning.planner import make_plan
from nbpipe.planning.roles import find_roles
from nbpipe.planning.settle import settle
from nbpipe.planning.unused import without_left_out

_BODY, _REPORT, _OUT = "statements", "report", "left_out"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a statement is: in which part of the draft, and in which of its stages."""

    part: str = ""
    stage: int = -1


def follow(asked: Draft, package: str, old: Analysis, new: Analysis) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan for the new version that keeps what a person asks for in the old one, and, in sentences, what it cannot keep."""
    proposed, fresh = (make_plan(version.notebook, version.graph) for version in (old, new))
    fresh = replace(fresh, package=package)
    if _decisions(asked, old) == _decisions(draft_of(proposed), old):
        return fresh, ()
    return _Follower(asked, draft_of(proposed), fresh, old, new).plan()


def _decisions(draft: Draft, version: Analysis) -> Draft:
    """Return a draft with nothing in it but what people decide; their names for values only where they are not the ones that follow."""
    parameters = tuple(replace(parameter, stages=()) for parameter in draft.parameters)
    return replace(draft, parameters=parameters, port_names=_own_names(draft, version))


def _own_names(draft: Draft, version: Analysis) -> dict[tuple[str, str], str]:
    made = connect(replace(draft, port_names={}), version.graph, "any", "", find_roles(version.graph).repeatable)
    usual = {(port.stage, port.variable): port.name for stage in made.stages for port in stage.outputs}
    return {key: name for key, name in draft.port_names.items() if key in usual and usual[key] != name}


def _places(draft: Draft) -> dict[str, _Place]:
    found = {key: _Place(part) for part in SHARED for key in getattr(draft, part)}
    for index, stage in enumerate(draft.stages):
        found |= dict.fromkeys(stage.statements, _Place(_BODY, index)) | dict.fromkeys(stage.report, _Place(_REPORT, index))
    return found | {item.statement: _Place(_OUT) for item in draft.left_out if not item.output_only}


class _Follower:
    """The three drafts: what the person asks for, what was proposed to them (both of the old version), and what is proposed now."""

    def __init__(self, asked: Draft, proposed: Draft, fresh: Plan, old: Analysis, new: Analysis) -> None:
        self.asked, self.proposed, self.fresh, self.fresh_draft = asked, proposed, fresh, draft_of(fresh)
        self.old, self.new = old, new
        self.before = match(old, new)
        self.now = {one: other for other, one in self.before.items()}
        self.yours, self.theirs, self.next = _places(asked), _places(proposed), _places(self.fresh_draft)
        self.statements = {s.id: s for s in new.graph.statements}
        self.position = {s.id: index for index, s in enumerate(new.graph.statements)}
        self.names: dict[str, str] = {}  # of the person's stages: what they are called now
        self.told: list[str] = []

    def plan(self) -> tuple[Plan, tuple[str, ...]]:
        draft = self._draft()
        names = {(self.names[stage], variable): name for (stage, variable), name in _own_names(self.asked, self.old).items()}
        draft = replace(draft, port_names=names)
        plan = self._connected(draft)
        shown = changed_reports(plan, self.new.graph)
        if shown:
            stages = (self._whole(stage) if stage.name in shown else stage for stage in draft.stages)
            plan = self._connected(replace(draft, stages=tuple(stages)))
        found = problems(plan, self.new.graph)
        if found:
            self.told.append(f"where you moved statements to is not possible any more, and only names are kept: {'; '.join(found[:3])}")
            plan = self._names_only(draft)
        kept = {(port.stage, port.variable) for stage in plan.stages for port in stage.outputs}
        self.told += [
            f"stage `{s}` no longer gives `{v}` to others: your name `{name}` for it is gone"
            for (s, v), name in names.items()
            if (s, v) not in kept
        ]
        return replace(plan, findings=self.fresh.findings), tuple(self.told)

    def _connected(self, draft: Draft) -> Plan:
        return connect(draft, self.new.graph, self.fresh.package, self.fresh.notebook, find_roles(self.new.graph).repeatable)

    def _whole(self, stage: StageDraft) -> StageDraft:
        return replace(stage, statements=self._ordered((*stage.statements, *stage.report)), report=())

    def _ordered(self, keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(keys, key=self.position.__getitem__))

    # where each statement goes

    def _part(self, key: str) -> str:
        """Return the part of the draft: the person's where they changed it, else that of the new proposal."""
        place, old = self.next.get(key, _Place()), self.before.get(key)
        if old is None:
            return place.part
        yours, theirs = self.yours.get(old, _Place()), self.theirs.get(old, _Place())
        return place.part if yours.part == theirs.part else yours.part

    def _draft(self) -> Draft:
        parts = {key: self._part(key) for key in self.statements}
        left_out = self._left_out(parts)
        heads, index = self._stages([key for key, part in parts.items() if part in (_BODY, _REPORT)])
        self._bring_back(parts, left_out, index)
        graph = without_left_out(self.new.graph, left_out.values())
        bodies = {key: stage for key, stage in index.items() if parts[key] == _BODY}
        placed = settle(bodies, frozenset(self.before), graph)
        self._tell_moved(heads, bodies, placed)
        index |= placed

        def inside(part: str, stage: int) -> tuple[str, ...]:
            return self._ordered(key for key, at in index.items() if at == stage and parts[key] == part)

        stages = [replace(head, statements=inside(_BODY, n), report=inside(_REPORT, n)) for n, head in enumerate(heads)]
        self._tell_new(stages)
        parameters, told = keep_parameters(
            self.asked.parameters, self.proposed.parameters, self.fresh.parameters, self.before, self.old.graph, self.new.graph
        )
        self.told += told
        kept = replace(self.asked, stages=filled(stages), left_out=tuple(left_out.values()), parameters=parameters, port_names={})
        shared: dict[str, Any] = {part: self._ordered(key for key, own in parts.items() if own == part) for part in SHARED}
        return replace(kept, **shared)

    def _left_out(self, parts: Mapping[str, str]) -> dict[str, LeftOut]:
        fresh = {item.statement: item for item in self.fresh_draft.left_out}
        asked, proposed = ({item.statement: item for item in draft.left_out} for draft in (self.asked, self.proposed))
        found: dict[str, LeftOut] = {}
        for key in self.statements:
            yours, theirs, now = asked.get(self.before.get(key, "")), proposed.get(self.before.get(key, "")), fresh.get(key)
            item = now if (yours is None) == (theirs is None) else yours
            item = yours or item if parts[key] == _OUT else item
            if item is not None and item.output_only is (parts[key] != _OUT):
                found[key] = replace(item, statement=key)
        return found

    def _bring_back(self, parts: dict[str, str], left_out: dict[str, LeftOut], index: dict[str, int]) -> None:
        """Put what is left out, but is needed now, back into the stage that needs it first."""
        for edge in sorted(self.new.graph.edges, key=lambda edge: -self.position[edge.target]):
            if edge.is_flow and parts[edge.source] == _OUT and edge.target in index:
                if edge.source not in index:
                    self.told.append(
                        f"{self._named(edge.source)} is left out no more: {self._named(edge.target)} needs `{edge.name}` from it"
                    )
                index[edge.source] = min(index[edge.target], index.get(edge.source, index[edge.target]))
        for key in [key for key in index if parts[key] == _OUT]:
            parts[key] = _BODY
            del left_out[key]

    def _stages(self, keys: Iterable[str]) -> tuple[list[StageDraft], dict[str, int]]:
        """Return the stages, the person's and those that only the new proposal has, and the index of each statement's."""
        held: defaultdict[int, list[str]] = defaultdict(list)  # of each proposed stage, what has a place with the person
        for key, place in self.next.items():
            if place.stage >= 0 and self._stage(key) >= 0:
                held[place.stage].append(key)
        at: dict[str, int] = {}
        added: defaultdict[int, list[str]] = defaultdict(list)
        for key in keys:
            proposed, stage = self.next.get(key, _Place()).stage, self._stage(key)
            if stage < 0 and not held[proposed]:
                added[proposed].append(key)
            else:
                at[key] = stage if stage >= 0 else self._stage(self._nearest(key, held[proposed]))
        heads, number = self._with_added(added, held)
        return heads, {key: number[stage] for key, stage in at.items()} | {key: number[~n] for n, keys in added.items() for key in keys}

    def _with_added(self, added: Iterable[int], held: Mapping[int, Sequence[str]]) -> tuple[list[StageDraft], dict[int, int]]:
        """Return the person's stages with those of the proposal among them, and where each is: a person's by its index, a proposed one by its `~index`."""
        order = [(n, self._head(n, stage)) for n, stage in enumerate(self.asked.stages)]
        self.names = {stage.name: head.name for stage, (_, head) in zip(self.asked.stages, order, strict=True)}
        for proposed in sorted(added, reverse=True):
            last = max((self._stage(key) for n, keys in held.items() if n < proposed for key in keys), default=-1)
            place = 1 + next((n for n, (number, _) in enumerate(order) if number == last), -1)
            stage = self.fresh_draft.stages[proposed]
            order.insert(place, (~proposed, replace(stage, name=unique(stage.name, {head.name for _, head in order}))))
        return [replace(head, statements=(), report=()) for _, head in order], {key: n for n, (key, _) in enumerate(order)}

    def _stage(self, key: str) -> int:
        """Return the index of the stage that a person gives to a statement, or -1."""
        return self.yours.get(self.before.get(key, ""), _Place()).stage

    def _nearest(self, key: str, others: Iterable[str]) -> str:
        """Return the statement that is nearest, one before it if there is a choice."""
        here = self.position[key]
        return min(others, key=lambda other: (abs(self.position[other] - here), self.position[other] > here))

    def _head(self, number: int, stage: StageDraft) -> StageDraft:
        """Return a stage's name and title: the person's, where they changed them; else the new ones."""
        mine = {*stage.statements, *stage.report}
        theirs = _most(self.proposed.stages, mine)
        next_ = _most(self.fresh_draft.stages, {self.now[key] for key in mine if key in self.now})
        if theirs is None or next_ is None:
            return stage
        taken = {other.name for n, other in enumerate(self.asked.stages) if n != number}
        name = next_.name if stage.name == theirs.name and next_.name not in taken else stage.name
        title = next_.title if stage.title == theirs.title else stage.title
        return replace(stage, name=name, title=title)

    # what is told

    def _tell_moved(self, heads: list[StageDraft], before: Mapping[str, int], after: Mapping[str, int]) -> None:
        for key, stage in after.items():
            if stage != before[key] and key in self.before:
                self.told.append(
                    f"{self._named(key)} is in stage `{heads[stage].name}` now, not in `{heads[before[key]].name}`: it depends on what is there"
                )

    def _tell_new(self, stages: Iterable[StageDraft]) -> None:
        for stage in stages:
            keys = (*stage.statements, *stage.report)
            new = [key for key in keys if key not in self.before]
            if not keys:
                self.told.append(f"stage `{stage.name}` is gone: nothing is left in it")
            elif new:
                self.told.append(
                    f"new in stage `{stage.name}`: {', '.join(map(self._named, new[:5]))}{' and more' if len(new) > 5 else ''}"
                )

    def _named(self, key: str) -> str:
        return f"`{key}` ({self.statements[key].source.split(chr(10))[0][:50]})"

    def _names_only(self, draft: Draft) -> Plan:
        """Return the new proposal with the person's names of stages."""
        stages: list[StageDraft] = []
        for stage in self.fresh_draft.stages:
            mine = _most(draft.stages, {*stage.statements, *stage.report})
            taken = {other.name for other in (*self.fresh_draft.stages, *stages) if other is not stage}
            stages.append(replace(stage, name=unique(mine.name, taken), operations=mine.operations) if mine else stage)
        return self._connected(replace(self.fresh_draft, stages=tuple(stages), schedule=draft.schedule, image=draft.image))


def _most(stages: Iterable[StageDraft], keys: set[str]) -> StageDraft | None:
    """Return the stage that holds most of the statements."""
    counts = [(len(keys & {*stage.statements, *stage.report}), stage) for stage in stages]
    count, found = max(counts, key=lambda pair: pair[0], default=(0, None))
    return found if count else None
