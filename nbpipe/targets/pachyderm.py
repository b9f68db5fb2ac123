"""Pachyderm: stages as pipelines between versioned repositories."""

import re
from collections.abc import Mapping
from typing import Any

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.plan import Plan
from nbpipe.planning.naming import unique
from nbpipe.targets.base import Target
from nbpipe.targets.handover import handover

_LONGEST = 51  # characters of a pipeline's name
_NAME = re.compile(r"[A-Za-z0-9_-]+")


class Pachyderm(Target):
    """Pipeline specifications for Pachyderm 2."""

    name = "pachyderm"
    title = "Pachyderm pipelines"
    templates = ("_package", "_folders", "pachyderm")
    requires = ("pachyderm-sdk>=2.10",)
    imports = ("pachyderm_sdk",)
    limits = "stages named with other letters than ASCII, or with long names"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("python", "pachyderm/run_local.py")

    def check(self, plan: Plan) -> tuple[Finding, ...]:
        """Stages whose names cannot be those of pipelines."""
        return tuple(
            Finding(
                "NB601",
                f"Pachyderm takes no pipeline with the name {name}: it has at most {_LONGEST} letters and digits of ASCII",
                Severity.ERROR,
                fix=f"rename the stage {stage}" + ", or the package" * (len(name) > _LONGEST),
            )
            for stage, name in _names(plan).items()
            if len(name) > _LONGEST or not _NAME.fullmatch(name)
        )

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The repositories: those that people fill, and of each pipeline those that it takes, in the order of the stages."""
        names = _names(plan)
        data, parameters = (unique(f"{values['distribution']}-{name}", names.values()) for name in ("data", "parameters"))
        takes = handover(plan, values["stages"]).stages
        with_parameters = {stage.name for stage in plan.stages if stage.parameters or stage.report_parameters}
        return {
            "names": names,
            "data": data,
            "parameters_repo": parameters,
            "image": f"registry.example.com/{values['distribution']}:0.1.0",
            "repos": {
                stage: [data, *([parameters] if stage in with_parameters else []), *(names[other] for other in takes[stage])]
                for stage in names
            },
        }


def _names(plan: Plan) -> dict[str, str]:
    """The pipelines' names, by stage."""
    found: dict[str, str] = {}
    for stage in plan.stages:
        found[stage.name] = unique(f"{plan.package}-{stage.name}".replace("_", "-").lower(), found.values())
    return found
