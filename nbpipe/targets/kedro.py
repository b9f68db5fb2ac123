"""Kedro: stages as nodes, what travels between them as datasets of the catalog."""

from collections.abc import Mapping
from typing import Any

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import Phase
from nbpipe.model.plan import Plan
from nbpipe.targets.base import Target

_LAYERS: Mapping[Phase, str] = {
    Phase.SETUP: "raw",
    Phase.COLLECTION: "raw",
    Phase.LABELLING: "intermediate",
    Phase.EXPLORATION: "intermediate",
    Phase.CLEANING: "intermediate",
    Phase.FEATURES: "feature",
    Phase.TRAINING: "models",
    Phase.EVALUATION: "model_output",
    Phase.DEPLOYMENT: "reporting",
    Phase.MONITORING: "reporting",
}


class Kedro(Target):
    """A Kedro project."""

    name = "kedro"
    title = "Kedro project"
    templates = ("_package", "_values", "kedro")
    requires = ("kedro>=1.0", "kedro-datasets>=8.0")
    imports = ("kedro",)
    limits = "parameters that hold ${, which its configuration would fill in"
    parameters_file = "conf/base/parameters.yml"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("kedro", "run")

    def checks(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        """The pipelines are built."""
        return (("kedro", "registry", "list"),)

    def check(self, plan: Plan) -> tuple[Finding, ...]:
        """Texts that Kedro's configuration would fill in."""
        return tuple(
            Finding(
                "NB601", f"Kedro would fill in the {'${'} in the value of {parameter.name}", Severity.ERROR, fix="change it in the plan"
            )
            for parameter in plan.parameters
            if isinstance(parameter.default, str) and "${" in parameter.default
        )

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The layers for Kedro-Viz."""
        return {"layers": _LAYERS}
