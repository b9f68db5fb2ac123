"""What binds stages to each other and to the world besides ports: files, and effects whose order matters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nbpipe.model.flow import EdgeKind, FlowGraph, Statement
from nbpipe.model.plan import Plan
from nbpipe.planning.components import components

# State that outlives a process; all other state (options, figures, the working directory ...) ends with the stage's process.
_LASTING = frozenset({"network", "shell"})
_ANY = "?"  # a file whose path is not a literal


@dataclass(frozen=True, slots=True)
class Wiring:
    """For each stage: the earlier stages that it must wait for although no port or random stream says so, and the files it reads and writes.

    Those in `unnamed` may write files that only the code names, as it runs.
    """

    after: Mapping[str, tuple[str, ...]]
    reads: Mapping[str, tuple[str, ...]]
    writes: Mapping[str, tuple[str, ...]]
    unnamed: frozenset[str]


def wire(plan: Plan, graph: FlowGraph, inputs: tuple[str, ...] = (), waits: frozenset[tuple[str, str]] = frozenset()) -> Wiring:
    """Find the wiring. A stage that reads a file of unknown name is taken to read all of `inputs`; of the pairs in `waits`, the first comes first."""
    statements = {statement.id: statement for statement in graph.statements}
    own = {stage.name: tuple(statements[name] for name in (*stage.repeated, *stage.statements)) for stage in plan.stages}
    return Wiring(
        after=_after(plan, graph, waits),
        reads={
            **{name: _files_read(found, inputs) for name, found in own.items()},
            **{added.stage: components()[added.component].reads for added in plan.added if added.stage},
        },
        writes={
            name: tuple(dict.fromkeys(file for statement in found for file in statement.effects.files_written if file != _ANY))
            for name, found in own.items()
        },
        unnamed=frozenset(name for name, found in own.items() if any(_ANY in statement.effects.files_written for statement in found)),
    )


def _files_read(statements: tuple[Statement, ...], inputs: tuple[str, ...]) -> tuple[str, ...]:
    """The files that a stage needs to find; what it writes itself is not among them."""
    written = {file for statement in statements for file in statement.effects.files_written}
    named = [file for statement in statements for file in statement.effects.files_read if file not in written]
    every = inputs if _ANY in named else ()
    return tuple(dict.fromkeys(file for file in (*named, *every) if file != _ANY))


def _after(plan: Plan, graph: FlowGraph, waits: frozenset[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    order = {stage.name: position for position, stage in enumerate(plan.stages)}
    owner = {statement: stage.name for stage in plan.stages for statement in stage.statements}
    pairs = {*_lasting_edges(graph, owner), *waits}
    before: dict[str, set[str]] = {}  # all that comes before a stage, directly or not
    after = {}
    last_random = None
    for stage in plan.stages:
        direct = {port.stage for port in stage.inputs} | ({last_random} if stage.random and last_random else set())
        known = direct.union(*(before[name] for name in direct))
        extra = sorted((source for source, target in pairs if target == stage.name), key=order.__getitem__)
        needed = tuple(name for name in extra if name not in known and not any(name in before[other] for other in extra))
        after[stage.name] = needed
        before[stage.name] = known.union(needed, *(before[name] for name in needed))
        last_random = stage.name if stage.random else last_random
    return after


def _lasting_edges(graph: FlowGraph, owner: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The pairs of stages that an edge binds whose cause outlives a process."""
    for edge in graph.edges:
        source, target = owner.get(edge.source), owner.get(edge.target)
        lasting = edge.kind in (EdgeKind.FILE, EdgeKind.ORDER) or (edge.kind is EdgeKind.STATE and edge.name in _LASTING)
        if source and target and source != target and lasting:
            yield source, target
