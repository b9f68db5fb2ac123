"""Flyte: stages as tasks of a workflow, with typed inputs and outputs."""

from collections.abc import Mapping
from functools import partial
from itertools import chain
from typing import Any

from nbpipe.model.finding import Finding
from nbpipe.model.plan import Operations, Plan, Port
from nbpipe.planning.artefacts import WORDS, Artefact
from nbpipe.planning.naming import unique
from nbpipe.targets.base import Target
from nbpipe.targets.handover import Handover, handover
from nbpipe.targets.names import camel_case, in_64_bits, names_apart, parameter_types, unfit
from nbpipe.targets.operations import quantities

# What flytekit's own functions and its results call something, and what the template does.
_RESERVED = WORDS | frozenset(
    """
    add_node_to_compilation_state ctx entity frame help made node_id overridden_interface pd ref runs_before scheduled version with_overrides
    """.split()  # noqa: SIM905 - easier to read so
)
_RESOURCES: Mapping[str, str] = {"cpu": "cpu", "memory": "mem", "nvidia.com/gpu": "gpu"}


class Flyte(Target):
    """A workflow for Flyte 1."""

    name = "flyte"
    title = "Flyte workflow"
    templates = ("_package", "_versions", "flyte")
    requires = ("flytekit>=1.16,<2", "fsspec")
    imports = ("flytekit", "fsspec")
    says = ("retries", "timeout", "cpu", "memory", "gpu", "schedule", "image")
    limits = "integers of more than 64 bits as parameters"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("pyflyte", "run", "workflow.py", "pipeline")

    def checks(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        """The workflow is compiled and packed."""
        return (("pyflyte", "--pkgs", "workflow", "package", "--image", "registry.example.com/image:1", "--output", "package.tgz"),)

    def check(self, plan: Plan) -> tuple[Finding, ...]:
        """Parameters that do not fit into Flyte's integers."""
        return unfit(plan, "Flyte", in_64_bits)

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """What each task takes and makes, with types, and names that Flyte takes: inputs of a workflow are in lower case."""
        found = handover(plan, values["stages"])
        ports = {port.name: port for stage in plan.stages for port in stage.outputs}
        taken = set(_RESERVED)
        tasks = names_apart((stage.name for stage in plan.stages), taken, str.lower)
        inputs = names_apart((parameter.name for parameter in plan.parameters), taken, str.lower)
        makes = [one for items in found.makes.values() for one in items]
        fields = names_apart((one.name for one in makes), taken, str.lower)
        results = {stage.name: unique(f"after_{stage.name}", taken) for stage in plan.stages}
        alone = {items[0].name for items in found.makes.values() if len(items) == 1}
        handed = {one.name for items in found.takes.values() for one in items}
        last = [one for one in makes if one.name not in handed and (one.ports or one in found.archives)]
        order = {
            stage["name"]: [name for name in stage["before"] if name not in _makers(found, stage["name"])] for stage in values["stages"]
        }
        return {
            "takes": found.takes,
            "makes": found.makes,
            "tasks": tasks,
            "inputs": inputs,
            "fields": fields,
            "results": results,
            "sources": {one.name: results[one.stage] + ("" if one.name in alone else f".{fields[one.name]}") for one in makes},
            "frames": {one.name: one.format for one in makes if _is_frame(one, ports)},
            "resources": any(quantities(stage.operations) for stage in plan.stages),
            "of_task": {stage.name: _of_task(stage.operations) for stage in plan.stages},
            "classes": camel_case([*(f"{stage.name}_outputs" for stage in plan.stages), "results"]),
            "last": last,
            "order": order,
            "used": {
                *(one.stage for one in last),
                *chain(*map(partial(_makers, found), order)),
                *chain(*order.values()),
                *filter(order.get, order),
            },
            "types": parameter_types(plan, "Optional[str]"),
        }


def _of_task(operations: Operations) -> dict[str, str]:
    """The arguments of a task that say how it is run, as Python's text."""
    resources = ", ".join(f'{_RESOURCES[name]}="{quantity}"' for name, quantity in quantities(operations).items())
    found = {"retries": f"{operations.retries or ''}", "timeout": f"{operations.timeout or ''}"}
    found |= dict.fromkeys(("requests", "limits"), f"Resources({resources})" if resources else "")
    return {name: text for name, text in found.items() if text}


def _makers(found: Handover, stage: str) -> list[str]:
    """The stages that make what a stage takes."""
    return [one.stage for one in found.takes[stage]]


def _is_frame(artefact: Artefact, ports: Mapping[str, Port]) -> bool:
    """Say whether a file has nothing but a frame."""
    return [ports[name].type for name in artefact.ports] == ["pandas.DataFrame"]
