"""Snakemake: stages as rules."""

from collections.abc import Mapping
from typing import Any

from nbpipe.model.plan import Plan
from nbpipe.planning.naming import unique
from nbpipe.targets.base import Target


class Snakemake(Target):
    """A Snakemake workflow."""

    name = "snakemake"
    title = "Snakemake workflow"
    templates = ("_package", "snakemake")
    requires = ("snakemake>=8.0",)
    imports = ("snakemake",)
    limits = "timeouts on one machine (its runtime is for the scheduler of a cluster)"
    says = ("retries", "timeout", "cpu", "memory", "gpu", "image")
    parameters_file = "config/config.yaml"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("snakemake", "--cores", "2")

    def checks(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        """The rules are read."""
        return (("snakemake", "--dry-run"),)

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The name of the rule that asks for everything."""
        return {"goal": unique("all", [stage.name for stage in plan.stages])}
