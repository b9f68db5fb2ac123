"""Pachyderm: stages as pipelines between versioned repositories."""

from collections.abc import Mapping
from typing import Any

from nbpipe.model.plan import Plan
from nbpipe.targets.base import Target
from nbpipe.targets.handover import handover
from nbpipe.targets.names import plain

_LONGEST = 51  # characters of a pipeline's name


class Pachyderm(Target):
    """Pipeline specifications for Pachyderm 2."""

    name = "pachyderm"
    title = "Pachyderm pipelines"
    templates = ("_package", "_folders", "pachyderm")
    requires = ("pachyderm-sdk>=2.10",)
    imports = ("pachyderm_sdk",)
    says = ("retries", "timeout", "cpu", "memory", "gpu", "schedule", "image")
    limits = "names in other letters than ASCII (they are replaced), or of more than 51 (they are cut)"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("python", "pachyderm/run_local.py")

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The repositories: those that people fill, and of each pipeline those that it takes, in the order of the stages."""
        names = _names(plan)
        *_, data, parameters = plain((*names.values(), f"{plan.package}-data", f"{plan.package}-parameters"), _LONGEST)
        takes = handover(plan, values["stages"]).stages
        with_parameters = {stage.name for stage in plan.stages if stage.parameters or stage.report_parameters}
        return {
            "names": names,
            "data": data,
            "parameters_repo": parameters,
            "repos": {
                stage: [data, *([parameters] if stage in with_parameters else []), *(names[other] for other in takes[stage])]
                for stage in names
            },
        }


def _names(plan: Plan) -> dict[str, str]:
    """The pipelines' names, by stage."""
    stages = [stage.name for stage in plan.stages]
    return dict(zip(stages, plain((f"{plan.package}-{stage}" for stage in stages), _LONGEST), strict=True))
