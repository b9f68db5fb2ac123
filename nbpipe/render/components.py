"""Filling in the templates of the components that people added."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbpipe import resources
from nbpipe.model.plan import Plan, Stage
from nbpipe.planning.components import components
from nbpipe.render.templates import environment, filled, templates_in


def fill_in_components(plan: Plan, whole: Plan, workdir: str) -> dict[str, str]:
    """Return the files of a plan's components, by their path in the project; `whole` is the plan with their stages.

    A file whose path names the stage is made once for each of the component's stages. A later component's file replaces an earlier one's.
    """
    stages = {stage.name: stage for stage in whole.stages}
    names = tuple(dict.fromkeys(added.component for added in plan.added))
    files: dict[str, str] = {}
    for name in names:
        own = [stages[added.stage] for added in plan.added if added.component == name and added.stage]
        values = {
            "package": plan.package,
            "component": components()[name],
            "components": names,
            "workdir": workdir,
            "inputs": next(added.inputs for added in plan.added if added.component == name),
            "stages": [_described(stage) for stage in own],
        }
        files |= _filled(resources.templates() / "components" / name / "files", values)
    return files


def _filled(root: Path, values: Mapping[str, Any]) -> dict[str, str]:
    filler = environment(root)
    return dict(
        filled(filler, template, {**values, "stage": stage})
        for template in templates_in(root)
        for stage in (values["stages"] if "{{stage.name}}" in template[0] else [None])
    )


def _described(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "title": stage.title,
        "inputs": {port.variable: port.name for port in stage.inputs},
        "outputs": tuple(port.name for port in stage.outputs),
        "parameters": stage.parameters,
    }
