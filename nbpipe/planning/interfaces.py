"""From a draft to a plan: what every stage needs, what it gives, and which values share a file."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nbpipe import knowledge
from nbpipe.analysis.memory import BUILTINS, NOTEBOOK_NAMES
from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import FlowGraph, Statement, StatementKind
from nbpipe.model.plan import Parameter, Plan, Port, Shared, Stage
from nbpipe.planning.draft import Draft, StageDraft
from nbpipe.planning.naming import port_name, unique
from nbpipe.planning.roles import brings_settings, is_setting
from nbpipe.planning.ties import couplings
from nbpipe.planning.unused import without_left_out


@dataclass(frozen=True, slots=True)
class _Needs:
    """What a piece of code needs from outside: values of earlier stages, parameters, and statements to execute again."""

    values: tuple[str, ...]
    repeated: tuple[str, ...]


def connect(draft: Draft, graph: FlowGraph, package: str, notebook: str, repeatable: frozenset[str]) -> Plan:
    """Return the plan for a draft: ports, parameters and repeated statements follow from the flow graph."""
    return _Connector(draft, graph, repeatable).plan(package, notebook)


class _Connector:
    def __init__(self, draft: Draft, graph: FlowGraph, repeatable: frozenset[str]) -> None:
        self.draft = draft
        graph = without_left_out(graph, draft.left_out)
        self.statements = {s.id: s for s in graph.statements}
        self.position = {s.id: index for index, s in enumerate(graph.statements)}
        self.repeatable = repeatable
        self.makers: defaultdict[str, list[str]] = defaultdict(list)
        for statement in graph.statements:
            for name in dict.fromkeys((*statement.effects.binds, *statement.effects.mutates)):
                self.makers[name].append(statement.id)
        shared = (*draft.imports, *draft.functions, *draft.classes, *draft.constants)
        self.available = {name for key in shared for name in self.statements[key].effects.binds} | BUILTINS | NOTEBOOK_NAMES
        self.available -= {
            n for stage in draft.stages for key in (*stage.statements, *stage.report) for n in self.statements[key].effects.binds
        }
        self.constants = self._constant_parameters()
        self.available |= set(self.constants)
        placed = {key for stage in draft.stages for key in (*stage.statements, *stage.report)}
        everywhere = [s for s in graph.statements if s.id not in draft.settings]
        self.settings = [s for s in everywhere if (is_setting(s) and s.id not in placed) or brings_settings(s)]
        self.owner: dict[str, int] = {}  # name → the stage that has made its current value
        self.outputs: list[dict[str, None]] = [{} for _ in draft.stages]
        self.findings: list[Finding] = []
        self.undefined: set[str] = set()
        self.port_names: set[str] = set()
        self.literals = self._literals()
        self.parameter_order = {parameter.name: index for index, parameter in enumerate(draft.parameters)}

    def _constant_parameters(self) -> dict[str, str]:
        """Return the names that the notebook gives to parameters (`test_size = 0.2`), with the parameter's name."""
        found = {}
        for parameter in self.draft.parameters:
            statement = self.statements.get(parameter.origin)
            if statement is not None and statement.effects.binds == (parameter.name,) and parameter.origin not in self.draft.constants:
                found[parameter.name] = parameter.name
        return found

    def _literals(self) -> dict[str, set[str]]:
        """Return, for each statement, the parameters whose literals stand in it."""
        in_cell: defaultdict[int, list[Statement]] = defaultdict(list)
        for statement in self.statements.values():
            in_cell[statement.cell].append(statement)
        found: defaultdict[str, set[str]] = defaultdict(set)
        for parameter in self.draft.parameters:
            for span in parameter.spans if parameter.name not in self.constants else ():
                for statement in in_cell[span.cell]:
                    own = statement.span
                    if (own.line, own.column) <= (span.line, span.column) < (own.end_line, own.end_column):
                        found[statement.id].add(parameter.name)
        return found

    def plan(self, package: str, notebook: str) -> Plan:
        groups = self._coupled()
        needs: list[tuple[_Needs, _Needs, list[tuple[str, int]], list[tuple[str, int]]]] = []
        for index, stage in enumerate(self.draft.stages):
            body = self._needs(stage.statements)
            inputs = self._sources(body.values)
            for name in dict.fromkeys(n for key in stage.statements for n in self._made(key)):
                self.owner[name] = index
            for name, other in groups[index]:
                if name in self.owner and other in self.owner and {self.owner[name], self.owner[other]} != {index}:
                    for extra in (name, other):
                        if self.owner[extra] != index:
                            inputs = [*inputs, *((n, s) for n, s in self._sources([extra]) if (n, s) not in inputs)]
                            self.owner[extra] = index
            report = self._needs(stage.report)
            needs.append((body, report, inputs, self._sources(report.values)))
        for _, _, inputs, shown in needs:
            for name, source in (*inputs, *shown):
                self.outputs[source].setdefault(name)
        for index, pairs in enumerate(groups):
            for name, other in pairs:
                if name in self.outputs[index] or other in self.outputs[index]:
                    made = self._reachable(index)
                    self.outputs[index].update({n: None for n in (name, other) if n in made})
        ports = [self._ports(index, groups[index]) for index in range(len(self.draft.stages))]
        stages = tuple(self._stage(index, ports, *needs[index]) for index in range(len(self.draft.stages)))
        return Plan(
            notebook=notebook,
            package=package,
            stages=stages,
            parameters=self._parameters(stages),
            shared=self._shared(),
            left_out=self.draft.left_out,
            findings=tuple(self.findings),
            schedule=self.draft.schedule,
            image=self.draft.image,
        )

    def _reachable(self, index: int) -> set[str]:
        """Return the names that a stage has at its end."""
        stage = self.draft.stages[index]
        return {n for key in stage.statements for n in (*self._made(key), *self.statements[key].effects.reads)}

    def _made(self, key: str) -> tuple[str, ...]:
        effects = self.statements[key].effects
        return tuple(n for n in (*effects.binds, *effects.mutates) if n not in self.available)

    # what code needs

    def _needs(self, keys: Sequence[str]) -> _Needs:
        """Return what statements need from outside, in the order in which they ask for it."""
        settings = self._settings_for(keys)
        values: dict[str, None] = {}
        repeated: dict[str, None] = dict.fromkeys(settings)
        done: set[str] = set()
        bound: dict[str, int] = {}  # name → where the code first binds it in any case
        for key in sorted((*keys, *settings), key=self.position.__getitem__):
            self._need(self.statements[key], values, repeated, done, bound)
            done.add(key)
            for name in self.statements[key].certain:
                bound.setdefault(name, self.position[key])
        return _Needs(tuple(values), tuple(sorted(repeated, key=self.position.__getitem__)))

    def _need(
        self, reader: Statement, values: dict[str, None], repeated: dict[str, None], done: set[str], bound: Mapping[str, int]
    ) -> None:
        """Add what one statement needs: for each name, the statement that made it, made again or by an earlier stage."""
        effects = reader.effects
        weak = [name for name in effects.binds if name not in reader.certain and name in self.owner]
        for name in dict.fromkeys((*effects.reads, *effects.mutates, *weak)):
            if name in self.available or name in values:
                continue
            maker = self._maker(name, reader)
            if maker is None:
                self._undefined(name, reader)
            elif maker.id in self.repeatable and maker.id not in done:
                if maker.id not in repeated:
                    repeated.setdefault(maker.id)
                    self._need(maker, values, repeated, done, bound)
            elif name in self.owner and not (name in bound and bound[name] < self.position[reader.id]):
                values.setdefault(name)

    def _undefined(self, name: str, reader: Statement) -> None:
        if name not in self.undefined:
            self.undefined.add(name)
            message = f"`{name}` is not defined by any cell above"
            self.findings.append(Finding("NB101", message, Severity.ERROR, reader.span, "define it, or remove the cells that use it"))

    def _maker(self, name: str, reader: Statement) -> Statement | None:
        """Return the statement that last bound or changed a name before its reader."""
        makers = self.makers.get(name, [])
        index = bisect_left(makers, self.position[reader.id], key=self.position.__getitem__)
        return self.statements[makers[index - 1]] if index else None

    def _settings_for(self, keys: Sequence[str]) -> list[str]:
        """Return the settings, made in the midst of the notebook, that what these statements show or compute depends on."""
        if not keys:
            return []
        last = max(self.position[key] for key in keys)
        wanted = [s for s in self.settings if self.position[s.id] < last and s.id not in keys]
        once: dict[str, str] = {}
        for setting in wanted:  # a module that is imported again does nothing
            once.setdefault(setting.source if setting.kind is StatementKind.IMPORT else setting.id, setting.id)
        return list(once.values())

    def _sources(self, names: Iterable[str]) -> list[tuple[str, int]]:
        return [(name, self.owner[name]) for name in names if name in self.owner]

    # what stages give

    def _coupled(self) -> list[list[tuple[str, str]]]:
        """Return, for each stage, the pairs of names that share objects at its end and are changed later."""
        stage_of = {key: index for index, stage in enumerate(self.draft.stages) for key in stage.statements}
        pairs: list[set[tuple[str, str]]] = [set() for _ in self.draft.stages]
        for since, until, name, other, view in couplings(list(self.statements.values())):
            if view or since not in stage_of or until not in stage_of:
                continue
            for index in range(stage_of[since], stage_of[until]):
                if name not in self.available and other not in self.available:
                    pairs[index].add((name, other))
        return [sorted(found) for found in pairs]

    def _ports(self, index: int, coupled: Sequence[tuple[str, str]]) -> dict[str, Port]:
        stage = self.draft.stages[index]
        names = list(self.outputs[index])
        ports = {name: self._port(name, stage, self._point(name, index)) for name in names}
        for name, other in coupled:
            if name in ports and other in ports:
                shared = min(ports[name].artefact, ports[other].artefact)
                old = {ports[name].artefact, ports[other].artefact}
                ports = {n: replace(p, artefact=shared) if p.artefact in old else p for n, p in ports.items()}
        return ports

    def _point(self, name: str, index: int) -> str:
        """Return the statement after which the notebook's variable is what a stage leaves.

        This is the last one of the stage that uses the value before it becomes another one (libraries keep results in objects that are
        only read), or else the statement that made it, of this stage or of one before.
        """
        stages = self.draft.stages[index::-1]
        made = next((key for stage in stages for key in reversed(stage.statements) if name in self._made(key)), None)
        since = self.position[made] if made else -1
        until = next((self.position[key] for key in self.makers[name] if made and self.position[key] > since), len(self.position))
        read = (key for key in reversed(stages[0].statements) if name in self.statements[key].effects.reads)
        return next((key for key in read if since < self.position[key] < until), None) or made or stages[0].statements[-1]

    def _port(self, name: str, stage: StageDraft, point: str) -> Port:
        producers = sum(name in outputs for outputs in self.outputs)
        default = port_name(name, stage.name, stage.phase, rebound=producers > 1)
        if default in self.port_names:
            default = unique(f"{stage.name}_{name}", self.port_names)
        telling = self.draft.port_names.get((stage.name, name), default)
        self.port_names.add(telling)
        return Port(
            name=telling,
            variable=name,
            stage=stage.name,
            point=point,
            type=self._annotation(name, point),
            format=dict(stage.formats).get(name, "pickle"),
            artefact=telling,
        )

    def _annotation(self, name: str, point: str) -> str:
        """Return the type of a name after a statement, as a canonical name or `Any`."""
        binders = [
            key for key in self.makers[name] if self.position[key] <= self.position[point] and name in self.statements[key].effects.binds
        ]
        last = dict(self.statements[binders[-1]].types).get(name) if binders else None
        fact = knowledge.type(last) if last else None
        return fact.name if fact is not None and fact.annotation != "Any" else "Any"

    def _stage(
        self,
        index: int,
        ports: Sequence[Mapping[str, Port]],
        body: _Needs,
        report: _Needs,
        inputs: Sequence[tuple[str, int]],
        shown: Sequence[tuple[str, int]],
    ) -> Stage:
        draft = self.draft.stages[index]
        return Stage(
            name=draft.name,
            phase=draft.phase,
            title=draft.title,
            statements=draft.statements,
            report=draft.report,
            repeated=body.repeated,
            report_repeated=report.repeated,
            inputs=tuple(ports[source][name] for name, source in inputs),
            report_inputs=tuple(ports[source][name] for name, source in shown),
            outputs=tuple(ports[index].values()),
            parameters=self._parameters_of((*draft.statements, *body.repeated)),
            report_parameters=self._parameters_of((*draft.report, *report.repeated)),
            random=any("rng" in self.statements[key].effects.state_written for key in draft.statements),
            by_name=draft.by_name,
            operations=draft.operations,
        )

    def _parameters_of(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Return the parameters that code takes: those that it reads by name, and those whose literals stand in it."""
        read = {name for key in keys for name in (*self.statements[key].effects.reads, *self.statements[key].free)}
        found = (read & self.constants.keys()).union(*(self.literals.get(key, ()) for key in keys))
        return tuple(sorted(found, key=self.parameter_order.__getitem__))

    def _parameters(self, stages: tuple[Stage, ...]) -> tuple[Parameter, ...]:
        users: defaultdict[str, list[str]] = defaultdict(list)
        for stage in stages:
            for name in dict.fromkeys((*stage.parameters, *stage.report_parameters)):
                users[name].append(stage.name)
        return tuple(replace(p, stages=tuple(users[p.name])) for p in self.draft.parameters if p.name in users)

    def _shared(self) -> Shared:
        draft = self.draft
        return Shared(draft.imports, draft.functions, draft.classes, draft.constants, draft.settings)
