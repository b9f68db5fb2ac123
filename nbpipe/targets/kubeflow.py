"""Kubeflow Pipelines 2: stages as components with input and output artifacts."""

from collections.abc import Mapping
from typing import Any

from nbpipe.model.finding import Finding
from nbpipe.model.plan import Plan, Port
from nbpipe.planning.artefacts import Artefact
from nbpipe.planning.naming import unique
from nbpipe.planning.operations import asked
from nbpipe.targets.base import Target
from nbpipe.targets.handover import handover
from nbpipe.targets.names import parameter_types, reserved
from nbpipe.targets.operations import quantities

_OF_ITEMS = frozenset(
    """
    channel_type full_name is_with_items_loop_argument items_or_pipeline_channel name pattern pipeline task task_name value
    """.split()  # noqa: SIM905 - easier to read so
)
_TABLES = frozenset({"DataFrame", "Series", "ndarray"})


class Kubeflow(Target):
    """A pipeline for Kubeflow Pipelines 2."""

    name = "kubeflow"
    title = "Kubeflow pipeline"
    templates = ("_package", "_versions", "kubeflow")
    requires = ("kfp>=2.17", "fsspec", "pip")
    imports = ("kfp", "fsspec", "components", "pipeline")
    says = ("retries", "timeout", "cpu", "memory", "gpu", "image")
    limits = "schedule (a recurring run of the compiled pipeline has it)"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("python", "kubeflow/run_local.py")

    def checks(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        """The pipeline is compiled."""
        return (("python", "kubeflow/compile.py"),)

    def extras(self, plan: Plan) -> Mapping[str, str]:
        """What says how long a task may take."""
        return {"kfp-kubernetes": "kfp"} if "timeout" in asked(plan) else {}

    def check(self, plan: Plan) -> tuple[Finding, ...]:
        """Parameters whose names the components use themselves."""
        return reserved(plan, "Kubeflow", {"given", "made", "parameters", "components", "kubernetes", "run_from_store", "versions"})

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """What each component takes and makes, with the kinds of artifacts and the parameters' types."""
        stages: list[Mapping[str, Any]] = values["stages"]
        taken = {*(stage["function"] for stage in stages), *(parameter.name for parameter in plan.parameters)}
        found = handover(plan, stages, taken)
        ports = {port.name: port for stage in plan.stages for port in stage.outputs}
        return {
            "version": unique(
                "version", {*taken, *(one.name for items in (*found.takes.values(), *found.makes.values()) for one in items)}
            ),
            "quantities": {stage.name: quantities(stage.operations) for stage in plan.stages},
            "takes": found.takes,
            "makes": found.makes,
            "kinds": {one.name: _kind(one, ports) for items in found.makes.values() for one in items},
            "types": parameter_types(plan, "Optional[str]"),
            "items": {parameter.name: _item(parameter.name) for parameter in plan.parameters},
            "results": {stage["name"]: unique(f"after_{stage['name']}", taken) for stage in stages},
        }


def _item(name: str) -> str:
    """A value of the row that a loop is at, which has attributes of its own, too."""
    return f"one.__getattr__({name!r})" if name in _OF_ITEMS or name.startswith("_") else f"one.{name}"


def _kind(artefact: Artefact, ports: Mapping[str, Port]) -> str:
    """The kind of artifact that a value is shown as."""
    types = [ports[name].type.rpartition(".")[2] for name in artefact.ports]
    return "Dataset" if types and set(types) <= _TABLES else "Artifact"
