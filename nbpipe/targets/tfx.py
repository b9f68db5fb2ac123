"""TFX: stages as components of a pipeline, with ML Metadata."""

from collections.abc import Mapping
from typing import Any

from nbpipe.model.finding import Finding
from nbpipe.model.plan import Plan, Port
from nbpipe.planning.artefacts import WORDS, Artefact
from nbpipe.planning.naming import unique
from nbpipe.targets.base import Target
from nbpipe.targets.handover import handover
from nbpipe.targets.names import camel_case, in_64_bits, names_apart, parameter_types, unfit

# What its components' classes, or the templates, have names for.
_CLASSES = frozenset({"Artifact", "InputArtifact", "Mapping", "Model", "OutputArtifact", "Parameter", "Pipeline", "Table", "Value"})
_RESERVED = WORDS | {
    "component",
    "components",
    "exec_properties",
    "file_in",
    "id",
    "made",
    "metadata",
    "root",
    "run_from_store",
    "system_artifacts",
    "version",
}
_TABLES = frozenset({"pandas.DataFrame", "pandas.Series", "numpy.ndarray"})
_MODELS = ("sklearn.", "xgboost.", "lightgbm.", "catboost.", "statsmodels.", "keras.", "tensorflow.", "torch.")


class Tfx(Target):
    """A pipeline of TFX."""

    name = "tfx"
    title = "TFX pipeline"
    templates = ("_package", "_versions", "tfx")
    requires = ("ml-pipelines-sdk>=1.17", "fsspec")
    imports = ("tfx", "fsspec")
    limits = "parameters without a value, or with integers of more than 64 bits; its 1.17 is for Python 3.9 to 3.11"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("python", "local_runner.py")

    def check(self, plan: Plan) -> tuple[Finding, ...]:
        """Parameters that ML Metadata cannot keep."""
        return unfit(plan, "TFX", lambda value: value is not None and in_64_bits(value))

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """What each component takes and makes, with the kinds of artifacts, and names that no component uses itself."""
        found = handover(plan, values["stages"])
        ports = {port.name: port for stage in plan.stages for port in stage.outputs}
        makes = [one for items in found.makes.values() for one in items]
        classes = {stage: unique(name, _CLASSES) for stage, name in camel_case(stage.name for stage in plan.stages).items()}
        taken = {*_RESERVED, *classes.values()}
        names = names_apart((*(one.name for one in makes), *(parameter.name for parameter in plan.parameters), *classes), taken)
        return {
            "takes": found.takes,
            "makes": found.makes,
            "kinds": {one.name: _kind(one, ports) for one in makes},
            "classes": classes,
            "names": names,
            "types": parameter_types(plan, None),
            "order": {
                stage["name"]: [name for name in stage["before"] if name not in {one.stage for one in found.takes[stage["name"]]}]
                for stage in values["stages"]
            },
        }


def _kind(artefact: Artefact, ports: Mapping[str, Port]) -> str:
    """The kind of artifact that a value is kept as."""
    types = {ports[name].type for name in artefact.ports}
    if types and types <= _TABLES:
        return "Table"
    return "Model" if types and all(name.startswith(_MODELS) for name in types) else "Value"
