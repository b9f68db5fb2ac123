"""Databricks: stages as tasks of a job in an asset bundle, with a wheel that has a console script."""

import json
import re
from collections.abc import Mapping
from typing import Any

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.plan import Plan
from nbpipe.planning.naming import unique
from nbpipe.targets.base import Target
from nbpipe.targets.handover import handover

_NAME = re.compile(r"[A-Za-z0-9_]{1,100}")
_STEPS = (59, 23, 31, 12, 7)  # the widest that Quartz takes: minutes, hours, days, months, days of the week


class Databricks(Target):
    """An asset bundle for Databricks."""

    name = "databricks"
    title = "Databricks asset bundle"
    templates = ("_package", "_folders", "databricks")
    requires = ("build", "databricks-bundles>=0.270", "databricks-sdk>=0.50", "hatchling>=1.25", "pip")
    imports = ("databricks",)
    says = ("retries", "timeout", "schedule")
    limits = "names with other letters than ASCII, and parameters that hold {{, which it would fill in"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("python", "scripts/run_local.py")

    def check(self, plan: Plan) -> tuple[Finding, ...]:
        """Names that tasks and parameters cannot have, and texts that a job would fill in."""
        names = [stage.name for stage in plan.stages] + [parameter.name for parameter in plan.parameters]
        filled = [one.name for one in plan.parameters if isinstance(one.default, str) and re.search(r"\{\{|\$\{", one.default)]
        wrong = {name: f"Databricks takes no name like {name}" for name in names if not _NAME.fullmatch(name)}
        wrong |= {name: f"Databricks would fill in the braces in the value of {name}" for name in filled}
        if plan.schedule and not _quartz(plan.schedule):
            wrong["schedule"] = (
                f"Databricks cannot say the schedule {plan.schedule}: days of the month or of the week, not both, and no step past the end"
            )
        return tuple(Finding("NB601", message, Severity.ERROR, fix="change it in the plan") for message in wrong.values())

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The arguments of each task: the folders in the volume that it takes and makes, and the job's parameters."""
        volume = unique("volume", {parameter.name for parameter in plan.parameters})
        root = f"{{{{job.parameters.{volume}}}}}"
        run = f"{root}/runs/{{{{job.run_id}}}}"
        takes = handover(plan, values["stages"]).stages
        return {
            "volume": volume,
            "quartz": _quartz(plan.schedule) if plan.schedule else "",
            "defaults": {one.name: one.default if isinstance(one.default, str) else json.dumps(one.default) for one in plan.parameters},
            "arguments": {
                stage.name: [
                    stage.name,
                    f"--given={root}/project",
                    *(f"--given={run}/{other}" for other in takes[stage.name]),
                    f"--made={run}/{stage.name}",
                    *(
                        f"--set={name}={{{{job.parameters.{name}}}}}"
                        for name in dict.fromkeys((*stage.parameters, *stage.report_parameters))
                    ),
                ]
                for stage in plan.stages
            },
            "depends_on": {
                stage["name"]: list(dict.fromkeys((*stage["before"], *(stage["report"]["before"] if stage["report"] else ()))))
                for stage in values["stages"]
            },
        }


def _quartz(schedule: str) -> str:
    """Five fields of cron as Quartz writes them: with seconds, days of the week from 1, and `?` for the days that do not count; or nothing, if it cannot."""
    fields = ["*" if "*" in field.split(",") else field for field in schedule.split()]
    minute, hour, day, month, weekday = fields
    too_far = any(int(step) > most for field, most in zip(fields, _STEPS, strict=True) for step in re.findall(r"/(\d+)", field))
    if too_far or "*" not in (day, weekday):
        return ""
    if weekday == "*":
        return f"0 {minute} {hour} {day} {month} ?"
    from_one = re.sub(r"(?<![/\d])\d+", lambda found: str(int(found[0]) + 1), weekday)
    return f"0 {minute} {hour} ? {month} {from_one}"
