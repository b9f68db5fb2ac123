"""Which of the values between stages are the model, and the rows on which the notebook tests it."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from nbpipe.analysis.provenance import is_metric
from nbpipe.knowledge.leakage import is_one_of
from nbpipe.model.flow import FlowGraph, Statement
from nbpipe.model.plan import Plan, Stage
from nbpipe.notebook.source import parse

_SPLIT = "sklearn.model_selection.train_test_split"
_ORIGIN = frozenset({"transformer", "raw", "table"})  # roles that make a test no better


@dataclass(frozen=True, slots=True)
class PortRoles:
    """The ports that play a role: `model`, `features` and `target` of the test, and the `train_features` and `train_target` beside them.

    Where a `transformer` made the features, that, and the `raw` rows of which it made them. The `table` is what was split into training and test.
    `tested_in` is the stage in which the notebook uses the model on the test.
    """

    ports: Mapping[str, str] = field(default_factory=dict)
    tested_in: str = ""


@dataclass(frozen=True, slots=True)
class _Test:
    """A model used on values that travel: the names that the notebook has for them, and the names of the ports."""

    stage: str
    names: Mapping[str, str]
    ports: Mapping[str, str]


def find_roles_of_ports(plan: Plan, graph: FlowGraph) -> PortRoles:
    """Return the roles that are clear from the notebook: those of its last test of a model of which all is clear, or most."""
    statements = {statement.id: statement for statement in graph.statements}
    splits = list(_splits(graph))
    tests = [_complete(test, stage, plan, statements, splits) for stage in plan.stages for test in _tests(stage, statements)]
    if not tests:
        return PortRoles()
    best = max(
        enumerate(tests), key=lambda numbered: ("target" in numbered[1].ports, len(numbered[1].ports.keys() - _ORIGIN), numbered[0])
    )[1]
    return PortRoles(best.ports, best.stage)


def _calls(source: str) -> Iterator[ast.Call]:
    try:
        tree = parse(source)
    except SyntaxError:
        return
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _visible(stage: Stage) -> dict[str, str]:
    """Return the ports that a stage's code sees, by the notebook's name for them."""
    return {port.variable: port.name for port in (*stage.outputs, *stage.report_inputs, *stage.inputs)}


def _tests(stage: Stage, statements: Mapping[str, Statement]) -> Iterator[_Test]:
    """Find where a stage calls a model that is a port on features that are one."""
    visible = _visible(stage)
    for key in (*stage.statements, *stage.report):
        statement = statements[key]
        if not any(is_one_of(operation.name, "models", "predicts", "scores") for operation in statement.operations):
            continue
        for call in _calls(statement.source):
            model, features = _receiver(call), call.args[0] if call.args else None
            used = is_one_of(f"model.{_function(call)}", "models", "predicts", "scores")
            if used and isinstance(features, ast.Name) and model in visible and features.id in visible:
                names = {"model": model, "features": features.id}
                yield _Test(stage.name, names, {role: visible[name] for role, name in names.items()})


@dataclass(frozen=True, slots=True)
class _Split:
    """A split into training and test, by its statement: the names that it gives, training and test in turn, and what each two were before."""

    statement: str
    parts: tuple[str, ...]
    wholes: tuple[str, ...]


def _splits(graph: FlowGraph) -> Iterator[_Split]:
    for statement in graph.statements:
        if any(operation.name == _SPLIT for operation in statement.operations):
            for node in parse(statement.source).body:
                targets = node.targets[0] if isinstance(node, ast.Assign) else None
                if isinstance(targets, ast.Tuple) and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                    yield _Split(statement.id, _names(targets.elts), _names(node.value.args))


def _names(nodes: Iterable[ast.expr]) -> tuple[str, ...]:
    """The names among expressions, and nothing in place of the others."""
    return tuple(node.id if isinstance(node, ast.Name) else "" for node in nodes)


def _complete(test: _Test, stage: Stage, plan: Plan, statements: Mapping[str, Statement], splits: list[_Split]) -> _Test:
    """Return the test with what the notebook's split, or else its other uses of the features, say of the target."""
    everywhere = {port.variable: port.name for one in plan.stages for port in one.outputs} | _visible(stage)
    names, table = {**test.names, **_origin(test.names["features"], statements)}, dict[str, str]()
    for split in splits:
        parts = split.parts
        tested = next((name for name in (names["features"], names.get("raw", "")) if name and name in parts), "")
        place = parts.index(tested) if tested else 0
        if place % 2 == 1:
            if tested == names["features"]:
                names["train_features"] = parts[place - 1]
            table.update(_whole(split, place // 2, plan, statements))
            if len(parts) > place + 2:
                names["target"], names["train_target"] = parts[place + 2], parts[place + 1]
    if "target" not in names and (target := _target(names, stage, statements)):
        names["target"] = target
    ports = {role: everywhere[name] for role, name in names.items() if name in everywhere}
    return _Test(test.stage, names, {**ports, **table})


def _whole(split: _Split, place: int, plan: Plan, statements: Mapping[str, Statement]) -> dict[str, str]:
    """Return what is split, where it travels as it is then: nothing in the stage makes or changes it before, if it comes in, or after, if it goes out."""
    name = split.wholes[place] if place < len(split.wholes) else ""
    for stage in (stage for stage in plan.stages if split.statement in stage.statements):
        at = stage.statements.index(split.statement)
        for ports, others in ((stage.inputs, stage.statements[:at]), (stage.outputs, stage.statements[at + 1 :])):
            effects = [statements[key].effects for key in others]
            kept = not any(name in (*effect.binds, *effect.mutates, *effect.deletes) for effect in effects)
            if kept and (port := next((port.name for port in ports if port.variable == name), "")):
                return {"table": port}
    return {}


def _target(names: Mapping[str, str], stage: Stage, statements: Mapping[str, Statement]) -> str | None:
    """Return what goes with the features into a call about the model, or with what it predicted from them into a metric."""
    given = {port.variable for port in stage.inputs}
    predicted: set[str] = set()
    for statement in (statements[key] for key in (*stage.statements, *stage.report)):
        calls = list(_calls(statement.source))
        metrics = {operation.name.rpartition(".")[2] for operation in statement.operations if is_metric(operation)}
        for call in calls:
            words = [argument.id if isinstance(argument, ast.Name) else "" for argument in call.args]
            if names["model"] in (_receiver(call), *words[:1]) and names["features"] in words[:-1]:
                following = words[words.index(names["features"]) + 1]
                if following in given:
                    return following
            if _function(call) in metrics and words[:1] and words[0] in given:
                mentioned = {node.id for argument in call.args[1:] for node in ast.walk(argument) if isinstance(node, ast.Name)}
                if mentioned & predicted or any(_is_use(node, names) for argument in call.args[1:] for node in ast.walk(argument)):
                    return words[0]
        if any(_is_use(call, names) for call in calls):
            predicted |= set(statement.effects.binds)
    return None


def _origin(features: str, statements: Mapping[str, Statement]) -> dict[str, str]:
    """Return what `features = transformer.transform(raw)` says, where the notebook has that."""
    for statement in statements.values():
        if features not in statement.effects.binds:
            continue
        for node in parse(statement.source).body:
            if not isinstance(node, ast.Assign) or not all(
                isinstance(target, ast.Name) and target.id == features for target in node.targets
            ):
                continue
            for call in _calls(ast.unparse(node.value)):
                given = call.args[0] if call.args else None
                if _function(call) == "transform" and _receiver(call) and isinstance(given, ast.Name):
                    return {"transformer": _receiver(call), "raw": given.id}
    return {}


def _receiver(call: ast.Call) -> str:
    """Return the name whose method a call is of."""
    return call.func.value.id if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) else ""


def _function(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _is_use(node: ast.AST, names: Mapping[str, str]) -> bool:
    """Say whether a piece of code is a call of the model on the features."""
    if not isinstance(node, ast.Call) or _receiver(node) != names["model"] or not node.args:
        return False
    return isinstance(node.args[0], ast.Name) and node.args[0].id == names["features"]
