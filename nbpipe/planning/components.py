"""Ready-made components in a plan: where they fit, and the plan with their stages among the notebook's own."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

import msgspec

from nbpipe import resources
from nbpipe.errors import PlanError
from nbpipe.model.component import Component
from nbpipe.model.flow import FlowGraph, Phase
from nbpipe.model.plan import Added, Parameter, Plan, Port, Stage
from nbpipe.planning.fitting import find_roles_of_ports
from nbpipe.planning.naming import unique

_ORDER = list(Phase)


@cache
def components() -> Mapping[str, Component]:
    """Return all components by name, each behind those that it needs."""
    found = {}
    for facts in sorted((resources.templates() / "components").glob("*/component.toml")):
        table = {"name": facts.parent.name, **tomllib.loads(facts.read_text(encoding="utf-8"))}
        found[facts.parent.name] = msgspec.convert(table, Component)

    def depth(name: str) -> int:
        return 1 + max(map(depth, found[name].needs), default=0)

    return {name: found[name] for name in sorted(found, key=depth)}


def propose_component(plan: Plan, graph: FlowGraph, name: str, after: str | None, given: Mapping[str, str]) -> tuple[Added, ...]:
    """Return the stages that a component gets in a plan: where it fits best, or behind a stage. `given` are ports by argument.

    Raises PlanError where it does not fit.
    """
    component = components()[name]
    if missing := [needed for needed in component.needs if needed not in {added.component for added in plan.added}]:
        raise PlanError(f"{name} needs {', '.join(missing)}: add that first.")
    if after is not None and after not in {stage.name for stage in plan.stages}:
        raise PlanError(f"There is no stage {after!r} of the notebook: there are {', '.join(stage.name for stage in plan.stages)}.")
    if unknown := [argument for argument in given if argument not in component.inputs]:
        raise PlanError(f"{name} takes no {unknown[0]!r}: it takes {', '.join(component.inputs) or 'no inputs that can be named'}.")
    if component.inputs:
        inputs = _by_role(plan, graph, component, given)
        places = [(after or _latest(plan, graph, inputs), inputs)]
    elif component.every:
        chosen = [stage for stage in plan.stages if stage.name == after or (after is None and _is_before_training(stage))]
        places = [(stage.name, {port.name: port.name for port in stage.outputs}) for stage in chosen if stage.outputs]
    else:
        places = [(after or plan.stages[-1].name, {})]
    if not places:
        raise PlanError(f"{name} fits behind no stage: name one that gives values to others with --after.")
    present = {(added.component, added.after) for added in plan.added}
    new = tuple(Added(name, component.stage.format(after=place), place, inputs) for place, inputs in places if (name, place) not in present)
    if wrong := misfits(replace(plan, added=(*plan.added, *new))):
        raise PlanError("; ".join(wrong))
    return new


def _is_before_training(stage: Stage) -> bool:
    return _ORDER.index(stage.phase) < _ORDER.index(Phase.TRAINING)


def _by_role(plan: Plan, graph: FlowGraph, component: Component, given: Mapping[str, str]) -> dict[str, str]:
    roles = {**find_roles_of_ports(plan, graph).ports, **_outputs_of_components(plan), **_roles_of_components(plan)}
    found = {
        argument: given.get(argument) or next((roles[role] for role in wanted.split(" or ") if role in roles), None)
        for argument, wanted in component.inputs.items()
    }
    if unclear := [argument for argument, port in found.items() if port is None]:
        known = ", ".join(port.name for stage in plan.stages for port in stage.outputs)
        raise PlanError(
            f"It is not clear from the notebook what {component.name} takes as {' and '.join(unclear)}: "
            f"say it with {' '.join(f'--input {argument}=PORT' for argument in unclear)}. The ports are {known}."
        )
    return {argument: port for argument, port in found.items() if port is not None}


def _outputs_of_components(plan: Plan) -> dict[str, str]:
    """Return the ports of the components in a plan, as `gate.verdict`."""
    stages = {stage.name: stage for stage in with_added(plan).stages}
    return {f"{one.component}.{port.variable}": port.name for one in plan.added if one.stage for port in stages[one.stage].outputs}


def _roles_of_components(plan: Plan) -> dict[str, str]:
    """Return the ports that play a role since a component was added."""
    made = _outputs_of_components(plan)
    return {
        role: made.get(f"{one.component}.{name}") or one.inputs[name]
        for one in plan.added
        for role, name in components()[one.component].roles.items()
    }


def _latest(plan: Plan, graph: FlowGraph, inputs: Mapping[str, str]) -> str:
    """Return the stage behind which the values are there, and the notebook has tested the model."""
    makers = _makers(plan)
    wanted = {makers.get(port) for port in inputs.values()} | {find_roles_of_ports(plan, graph).tested_in}
    return [stage.name for stage in plan.stages if stage.name in wanted][-1]


def _makers(plan: Plan) -> dict[str, str]:
    """Return for each port the notebook's stage behind which it is there."""
    places = {one.stage: one.after for one in plan.added}
    return {port.name: places.get(stage.name, stage.name) for stage in with_added(plan).stages for port in stage.outputs}


def refit(plan: Plan, graph: FlowGraph, added: Sequence[Added]) -> Plan:
    """Return the plan with components that people added to an earlier one. Raises PlanError where they no longer fit.

    One whose stage or values are gone is fitted again.
    """
    for one in added:
        trial = replace(plan, added=(*plan.added, one))
        new = (one,) if not misfits(trial) else propose_component(plan, graph, one.component, None, {})
        plan = replace(plan, added=(*plan.added, *new))
    return plan


def misfits(plan: Plan) -> list[str]:
    """Return what is wrong with the components in a plan, each in a sentence."""
    return list(_misfits(plan))


def _misfits(plan: Plan) -> Iterator[str]:
    order = {stage.name: place for place, stage in enumerate(plan.stages)}
    taken = {*order, *(port.name for stage in plan.stages for port in stage.outputs)}
    parameters = {parameter.name for parameter in plan.parameters}
    for place, added in enumerate(plan.added):
        component = components().get(added.component)
        if component is None:
            yield f"there is no component {added.component!r}: `nbpipe components` lists them"
            return
        if added.after not in order:
            yield f"{added.component} comes after {added.after!r}, which is no stage of the notebook"
            return
        makers = _makers(replace(plan, added=plan.added[:place]))
        for port in added.inputs.values():
            if port not in makers:
                yield f"{added.component} takes {port!r}, which no stage gives to others"
                return
            if order[makers[port]] > order[added.after]:
                yield f"{added.component} takes {port!r}, which is made by {makers[port]}, and that comes after {added.after}"
        if component.inputs and added.inputs.keys() != component.inputs.keys():
            yield f"{added.component} takes {', '.join(component.inputs)}, and is given {', '.join(added.inputs) or 'nothing'}"
        if added.stage and (added.stage in taken or not added.stage.isidentifier()):
            yield f"{added.stage!r} cannot be the name of a stage of {added.component}: it is taken, or is no name in Python"
        taken.add(added.stage)
        if clash := parameters & {*component.parameters, *(component.inputs if component.every_parameter else ())}:
            yield f"the notebook's parameter {min(clash)} has a name that {added.component} needs: rename it in the plan"


def with_added(plan: Plan) -> Plan:
    """Return the plan as the project has it: with the components' stages, ports and parameters among the notebook's own."""
    ports = {port.name: port for stage in plan.stages for port in stage.outputs}
    taken = {*ports}
    own = [added for added in plan.added if added.stage]
    parameters = tuple(
        Parameter(name, default, tuple(added.stage for added in own if added.component == component))
        for component in dict.fromkeys(added.component for added in own)
        for name, default in components()[component].parameters.items()
    )
    every = tuple(parameter.name for parameter in (*plan.parameters, *parameters))
    new = {}
    for added in own:
        made = _stage(added, ports, taken, every)
        ports |= {port.name: port for port in made.outputs}
        new[added.stage] = made
    stages: list[Stage] = []
    for stage in plan.stages:
        stages += [stage, *(new[added.stage] for added in own if added.after == stage.name)]
    everywhere = {stage.name for stage in new.values() if stage.parameters == every}
    known = [
        replace(parameter, stages=(*parameter.stages, *sorted(everywhere - {*parameter.stages})))
        for parameter in (*plan.parameters, *parameters)
    ]
    return replace(plan, stages=tuple(stages), parameters=tuple(known))


def _stage(added: Added, ports: Mapping[str, Port], taken: set[str], every: tuple[str, ...]) -> Stage:
    component = components()[added.component]
    outputs = []
    for name, form in component.outputs.items():
        port = Port(unique(f"{added.stage}_{name}", taken), name, added.stage, "", format=form)
        taken.add(port.name)
        outputs.append(port)
    return Stage(
        name=added.stage,
        phase=component.phase,
        title=component.title,
        inputs=tuple(replace(ports[port], variable=argument) for argument, port in added.inputs.items()),
        outputs=tuple(outputs),
        parameters=every if component.every_parameter else tuple(component.parameters),
    )


def waits(plan: Plan) -> frozenset[tuple[str, str]]:
    """Return the pairs of stages of which the first must let the second go on: a component, and what takes the same later."""
    order = {stage.name: place for place, stage in enumerate(plan.stages)}
    pairs = set()
    for added in (added for added in plan.added if added.stage and components()[added.component].stops):
        checked = set(added.inputs.values())
        for stage in plan.stages:
            if order[stage.name] > order[added.after] and checked & {port.name for port in stage.inputs}:
                pairs.add((added.stage, stage.name))
    return frozenset(pairs)
