"""Filling in the templates of the components that people added."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbpipe import resources
from nbpipe.model.plan import Plan, Stage
from nbpipe.planning.components import components
from nbpipe.render.templates import environment

_SUFFIX = ".jinja"


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
    fill = environment(root)
    files = {}
    for template in sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        name = template.relative_to(root).as_posix()
        for stage in values["stages"] if "{{stage}}" in name else [None]:
            path = fill.from_string(name).render({**values, "stage": stage["name"] if stage else ""})
            text = template.read_text(encoding="utf-8")
            filled = fill.from_string(text).render({**values, "stage": stage}) if path.endswith(_SUFFIX) else text
            files[path.removesuffix(_SUFFIX)] = filled
    return files


def _described(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "title": stage.title,
        "inputs": {port.variable: port.name for port in stage.inputs},
        "outputs": tuple(port.name for port in stage.outputs),
        "parameters": stage.parameters,
    }
