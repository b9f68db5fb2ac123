"""Keeping a project up to its notebook, and people's edits in it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbpipe import api
from nbpipe.errors import NbpipeError, PlanError
from nbpipe.model.project import Conversion
from nbpipe.notebook.read import read_notebook
from nbpipe.planning.edit import digest
from nbpipe.render.merge import GENERATED, Merged, merge
from nbpipe.render.write import write
from nbpipe.report.update import Drift
from nbpipe.targets import TARGETS
from nbpipe.verify.options import VerifyOptions


def update(path: Path, folder: Path, edited: Path | None, options: VerifyOptions) -> Merged:
    """Convert a changed notebook again, and merge that with what people changed in its project. Raises NbpipeError; then nothing was changed."""
    conversion, base = _remembered(folder)
    planned = api.plan(path, edited or _edited_plan(path, folder, conversion, base))
    if planned.plan.package != conversion.plan.package:
        raise PlanError(
            f"{folder} is the package {conversion.plan.package!r}, and this plan makes {planned.plan.package!r}: convert into another folder."
        )
    project = api.project_of(planned, api.environment_of(planned.notebook, options), TARGETS[conversion.target])
    merged = merge(base, _texts(folder, {*base, *project.files}), project.files)
    made = {name: project.files.get(name, base.get(name, "")) for name in merged.files}
    write(replace(project, files=merged.files), folder, overwrite=True, generated=made)
    return merged


def status(path: Path, folder: Path) -> Drift:
    """Say how far a notebook, its plan and its project have drifted apart. Raises NbpipeError."""
    conversion, base = _remembered(folder)
    current = _texts(folder, base)
    edited = sorted(name for name, text in base.items() if not name.startswith(".nbpipe/") and current.get(name) != text)
    changed = digest(read_notebook(path)) != conversion.notebook_digest
    return Drift(changed, "plan.toml" in edited, tuple(name for name in edited if name != "plan.toml"))


def _remembered(folder: Path) -> tuple[Conversion, Mapping[str, str]]:
    """Return what a project remembers of its conversion, and what nbpipe wrote then."""
    from nbpipe.verify.verification import read_conversion  # noqa: PLC0415 - see the top

    conversion = read_conversion(folder)
    try:
        base: Any = json.loads(api.text_of(folder / GENERATED))
    except ValueError as error:
        raise NbpipeError(f"{folder / GENERATED} is damaged ({error}): convert the notebook again.") from None
    return conversion, {str(name): str(text) for name, text in base.items()}


def _edited_plan(path: Path, folder: Path, conversion: Conversion, base: Mapping[str, str]) -> Path | None:
    """Return the project's plan where a person has edited it: it is obeyed, but belongs to one version of the notebook."""
    file = folder / "plan.toml"
    if not file.is_file() or api.text_of(file) == base.get("plan.toml"):
        return None
    if digest(read_notebook(path)) != conversion.notebook_digest:
        raise PlanError(
            f"{file} was edited, and {path} has changed since: make a new plan with `nbpipe plan`, edit that, and give it with --plan."
        )
    return file


def _texts(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the texts of those files that are there."""
    return {name: api.text_of(folder / name) for name in names if (folder / name).is_file()}
