"""Dagster: what stages make as assets."""

from collections.abc import Mapping
from typing import Any

from nbpipe.model.finding import Finding
from nbpipe.model.plan import Plan
from nbpipe.planning.artefacts import traffic
from nbpipe.targets.base import Target
from nbpipe.targets.names import parameter_types, reserved
from nbpipe.targets.operations import most, quantities

_RESERVED = frozenset(
    {"copy", "dict", "json", "schema", "validate", "construct", "process_config_and_initialize", "get_object_to_set_on_execution_context"}
)


class Dagster(Target):
    """Assets of Dagster."""

    name = "dagster"
    title = "Dagster assets"
    templates = ("_package", "_values", "dagster")
    requires = ("dagster>=1.8",)
    imports = ("dagster",)
    limits = "parameters named like a method of its resources"
    says = ("retries", "cpu", "memory", "gpu", "schedule", "image")

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("dagster", "job", "execute", "-m", f"{plan.package}.definitions", "-j", "pipeline")

    def checks(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        """The definitions are loaded."""
        return (("dagster", "definitions", "validate", "-m", f"{plan.package}.definitions"),)

    def check(self, plan: Plan) -> tuple[Finding, ...]:
        """Parameters whose names Dagster's resources have for themselves."""
        return reserved(plan, "Dagster", _RESERVED)

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The parameters' types, and the assets that a stage and its report look at."""
        found = traffic(plan)
        return {
            "pod": quantities(most(plan)),
            "kinds": parameter_types(plan, "Optional[str]"),
            "looks": {
                name: list(dict.fromkeys(one.name for one in (*item.takes, *item.report_takes) if one not in item.makes))
                for name, item in found.items()
            },
        }
