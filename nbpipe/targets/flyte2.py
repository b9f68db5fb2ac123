"""Flyte 2: stages as tasks that a task of their own awaits."""

from collections.abc import Iterable, Mapping
from typing import Any

from nbpipe.model.finding import Finding
from nbpipe.model.plan import Operations, Plan
from nbpipe.planning.artefacts import WORDS
from nbpipe.targets.base import Target
from nbpipe.targets.handover import handover
from nbpipe.targets.names import in_64_bits, names_apart, parameter_types, plain, unfit
from nbpipe.targets.operations import quantities

_RESERVED = WORDS | frozenset({"File", "Optional", "asyncio", "environment", "flyte", "made", "version"})  # what the template uses itself
_RESOURCES: Mapping[str, str] = {"cpu": "cpu", "memory": "memory", "nvidia.com/gpu": "gpu"}
_LONGEST = 63


class Flyte2(Target):
    """Tasks for Flyte 2."""

    name = "flyte2"
    title = "Flyte 2 tasks"
    templates = ("_package", "_versions", "flyte2")
    requires = ("flyte>=2.12", "fsspec")
    imports = ("flyte", "fsspec")
    limits = "integers of more than 64 bits as parameters; its SDK is for Python 3.10 and later"
    says = ("retries", "timeout", "cpu", "memory", "gpu", "schedule", "image")

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("flyte", "run", "--local", "workflow.py", "pipeline")

    def check(self, plan: Plan) -> tuple[Finding, ...]:
        """Parameters that do not fit into Flyte's integers."""
        return unfit(plan, "Flyte", in_64_bits)

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """What each task takes and makes, names that Flyte's command line takes (in lower case), and which tasks run side by side."""
        found = handover(plan, values["stages"])
        taken = set(_RESERVED)
        tasks = names_apart((stage.name for stage in plan.stages), taken, str.lower)
        inputs = names_apart((parameter.name for parameter in plan.parameters), taken, str.lower)
        makes = [one for items in found.makes.values() for one in items]
        resources = {stage.name: _resources(stage.operations) for stage in plan.stages if quantities(stage.operations)}
        environments = names_apart((f"{tasks[stage]}_environment" for stage in resources), taken, str.lower)
        levels = _levels(found.stages)
        ends = ("stages", *(f"{stage}_stage" for stage in resources))
        label, label_of_stages, *labels = plain((plan.package, *(f"{plan.package}-{end}" for end in ends)), _LONGEST)
        handed = {one.name for items in found.takes.values() for one in items}
        return {
            "takes": found.takes,
            "makes": found.makes,
            "tasks": tasks,
            "inputs": inputs,
            "fields": names_apart((one.name for one in makes), taken, str.lower),
            "last": [one for one in makes if one.name not in handed and (one.ports or one in found.archives)],
            "types": parameter_types(plan, "Optional[str]"),
            "levels": levels,
            "resources": resources,
            "environments": dict(zip(resources, environments.values(), strict=True)),
            "labels": dict(zip(resources, labels, strict=True)),
            "label": label,
            "label_of_stages": label_of_stages,
            "side_by_side": any(len(level) > 1 for level in levels),
        }


def _resources(operations: Operations) -> str:
    """The resources of a task, as Python's text."""
    given = {_RESOURCES[name]: text for name, text in quantities(operations).items()}
    return ", ".join(f"{name}={text if name == 'gpu' else repr(text)}" for name, text in given.items())


def _levels(before: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The stages, those together that wait for the same number of others, one after the other."""
    depth: dict[str, int] = {}
    for stage, others in before.items():
        depth[stage] = 1 + max((depth[other] for other in others), default=-1)
    return [[stage for stage in depth if depth[stage] == level] for level in range(max(depth.values(), default=-1) + 1)]
