"""Keeping a project up to its notebook, and people's edits in it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbpipe import api, disk
from nbpipe.errors import NbpipeError, PlanError
from nbpipe.model import codec
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import Added
from nbpipe.model.project import Conversion
from nbpipe.notebook.read import read_notebook
from nbpipe.planning.components import components, propose_component
from nbpipe.planning.edit import digest
from nbpipe.render.layout import GENERATED, PLAN, REMEMBERED
from nbpipe.render.merge import Merged, merge
from nbpipe.render.remembered import read_conversion
from nbpipe.render.write import write
from nbpipe.report.update import Drift
from nbpipe.targets import TARGETS
from nbpipe.verify.options import VerifyOptions


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of the project's files, and, in sentences, what in the plan is new or could not be kept."""

    merged: Merged
    plan: tuple[str, ...]


def update(path: Path, folder: Path, edited: Path | None, options: VerifyOptions) -> Updated:
    """Convert a changed notebook again, and merge that with what people changed in its project. Raises NbpipeError; then nothing was changed.

    The project's plan, or another one that was made for the same version of the notebook, follows the notebook.
    """
    conversion, base = _remembered(folder)
    planned, told = _planned(path, folder, edited, conversion)
    return Updated(_replace(planned, folder, conversion, base, options), told)


def add(
    folder: Path, component: str, after: str | None, given: Mapping[str, str], notebook: Path | None, options: VerifyOptions
) -> tuple[Merged, tuple[Added, ...]]:
    """Add a component to a project; returns what became of the files, and the new stages. Raises NbpipeError; then nothing was changed."""
    if component not in components():
        raise NbpipeError(f"There is no component {component!r}: there are {', '.join(components())}.")
    planned, conversion, base = _as_converted(folder, notebook)
    new = propose_component(planned.plan, planned.graph, component, after, given)
    if not new:
        raise NbpipeError(f"{folder} has {component} already{f' behind {after}' if after else ''}.")
    planned = api.with_components(planned, (*planned.plan.added, *new))
    return _replace(planned, folder, conversion, base, options, same_code=True), new


def remove(folder: Path, component: str, after: str | None, notebook: Path | None, options: VerifyOptions) -> Merged:
    """Remove a component from a project, or only its stage behind another. Raises NbpipeError; then nothing was changed."""
    planned, conversion, base = _as_converted(folder, notebook)
    gone = [one for one in planned.plan.added if one.component == component and after in (None, one.after)]
    if not gone:
        raise NbpipeError(f"{folder} has no component {component!r}{f' behind {after}' if after else ''}.")
    left = tuple(one for one in planned.plan.added if one not in gone)
    names = {one.component for one in left}
    if needing := [name for name in names if not names.issuperset(components()[name].needs)]:
        raise NbpipeError(f"{' and '.join(sorted(needing))} needs {component}: remove that first.")
    planned = api.with_components(planned, left)
    return _replace(planned, folder, conversion, base, options, same_code=True)


def _as_converted(folder: Path, notebook: Path | None) -> tuple[api.Planned, Conversion, Mapping[str, str]]:
    """Return the plan of a project as it is now, of a notebook that has not changed since."""
    conversion, base = _remembered(folder)
    path = notebook or next((place for place in _places(folder, conversion.notebook) if place.is_file()), None)
    if path is None:
        raise NbpipeError(f"{conversion.notebook}, from which {folder} was made, is not there: say where it is with --notebook.")
    read = read_notebook(path)
    if digest(read) != conversion.notebook_digest:
        raise NbpipeError(f"{path} has changed since {folder} was made of it: run `nbpipe update {path} {folder}` first.")
    return api.obey(api.analyze_read(read), folder / PLAN), conversion, base


def _places(folder: Path, notebook: str) -> list[Path]:
    """Return where the notebook of a project may be: from here, or from the folders around the project, as it was named then."""
    return [Path(notebook), *(parent / notebook for parent in folder.resolve().parents)]


def _replace(
    planned: api.Planned,
    folder: Path,
    conversion: Conversion,
    base: Mapping[str, str],
    options: VerifyOptions,
    same_code: bool = False,
) -> Merged:
    """Generate the project of a plan anew, and merge that with what people changed in it."""
    if planned.plan.package != conversion.plan.package:
        raise PlanError(
            f"{folder} is the package {conversion.plan.package!r}, and this plan makes {planned.plan.package!r}: convert into another folder."
        )
    project = api.project_of(planned, api.environment_of(planned.notebook, options), TARGETS[conversion.target])
    merged = merge(base, _texts(folder, {*base, *project.files}), project.files)
    made = {name: project.files.get(name, base.get(name, "")) for name in merged.files}
    write(replace(project, files=merged.files), folder, overwrite=True, generated=made, same_code=same_code)
    return merged


def _planned(path: Path, folder: Path, edited: Path | None, conversion: Conversion) -> tuple[api.Planned, tuple[str, ...]]:
    """Return the plan for a notebook as it is now, and what of the old one could not be kept."""
    file, analysis = edited or folder / PLAN, api.analyze(path)
    if edited is None and not file.is_file():
        return api.with_components(api.propose(analysis), conversion.plan.added), ()
    if digest(analysis.notebook) == conversion.notebook_digest:
        return api.obey(analysis, file), ()
    return api.plan_following(analysis, file, _notebook_before(folder))


def _notebook_before(folder: Path) -> Notebook:
    """Return the notebook as the project remembers it."""
    file = folder / REMEMBERED
    try:
        return codec.from_json(Notebook, disk.text_of(file))
    except ValueError as error:
        raise NbpipeError(f"{file} is damaged ({error}): convert the notebook again.") from None


def status(path: Path, folder: Path) -> Drift:
    """Say how far a notebook, its plan and its project have drifted apart. Raises NbpipeError."""
    conversion, base = _remembered(folder)
    current = _texts(folder, base)
    edited = sorted(name for name, text in base.items() if current.get(name) != text)
    changed = digest(read_notebook(path)) != conversion.notebook_digest
    return Drift(changed, PLAN in edited, tuple(name for name in edited if name != PLAN))


def _remembered(folder: Path) -> tuple[Conversion, Mapping[str, str]]:
    """Return what a project remembers of its conversion, and what nbpipe wrote then."""
    conversion = read_conversion(folder)
    try:
        base: Any = json.loads(disk.text_of(folder / GENERATED))
    except ValueError as error:
        raise NbpipeError(f"{folder / GENERATED} is damaged ({error}): convert the notebook again.") from None
    return conversion, {str(name): str(text) for name, text in base.items()}


def _texts(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the texts of those files that are there."""
    return {name: disk.text_of(folder / name) for name in names if (folder / name).is_file()}


def package_of(folder: Path) -> str:
    """Return the name of a project's package. Raises NbpipeError."""
    return _remembered(folder)[0].plan.package
