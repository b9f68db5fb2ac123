"""The generated pipeline, as its user runs it: by the driver notebook, and each stage in a process of its own."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbpipe.errors import VerifyError
from nbpipe.model.project import Conversion
from nbpipe.verify.environment import INSIDE
from nbpipe.verify.execution import Execution, Laboratory, Script, execute, variables
from nbpipe.verify.scratch import copy_project

_DRIVER = "pipeline.ipynb"
_FRAME = re.compile(r'File "(?P<file>.*)", line (?P<line>\d+)')


@dataclass(frozen=True, slots=True)
class StageRun:
    """How a stage ran in its own process; `error` and `place` (`FILE:LINE` in the package) tell why it failed."""

    stage: str
    seconds: float
    error: str = ""
    place: str = ""


def package_folder(project: Path, package: str) -> Path:
    """Where the package lies in a project."""
    for folder in (project / "src" / package, project / package):
        if (folder / "stages").is_dir():
            return folder
    raise VerifyError(f"{project} has no package {package!r} with stages in it. Convert the notebook again.")


def run_driver(
    project: Path,
    conversion: Conversion,
    folder: Path,
    without: tuple[str, ...],
    parameters: Mapping[str, Any],
    lab: Laboratory,
    progress: Callable[[int], None],
) -> Execution:
    """Execute the driver notebook with papermill, in a new scratch copy of the project."""
    copy = folder / "tree"
    copy_project(project, copy, without)
    try:
        notebook = json.loads((copy / _DRIVER).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise VerifyError(f"{project / _DRIVER} cannot be read: {error}. Convert the notebook again.") from error
    watch = {"role": "pipeline", "package_folder": str(package_folder(copy, conversion.plan.package))}
    return execute(Script(notebook, watch, parameters), folder, copy, lab, progress)


def run_stages(
    project: Path, conversion: Conversion, folder: Path, without: tuple[str, ...], lab: Laboratory, progress: Callable[[str], None]
) -> tuple[StageRun, ...]:
    """Run each stage in a new process, on what the earlier ones stored, in a new scratch copy of the project."""
    copy = folder / "tree"
    copy_project(project, copy, without)
    plan = conversion.plan
    parameters = folder / "parameters.json"
    parameters.write_text(json.dumps({parameter.name: parameter.default for parameter in plan.parameters}), encoding="utf-8")
    package = package_folder(copy, plan.package)
    ended: dict[str, dict[str, Any]] = {}

    def on_line(line: str) -> None:
        said = json.loads(line)
        if "begins" in said:
            progress(f"stage {said['begins']}")
        else:
            ended[said["stage"]] = said

    names = [stage.name for stage in plan.stages]
    lab.processes.run(
        [*lab.interpreter.command, str(INSIDE), "stages", plan.package, str(package.parent), str(folder), str(parameters), *names],
        copy,
        variables(folder, lab.interpreter, {"PYTHONPATH": str(package.parent)}),
        folder / "errors.txt",
        lab.options.timeout,
        on_line,
    )
    return tuple(_stage_run(name, ended.get(name), folder, package) for name in names)


def _stage_run(name: str, ended: Mapping[str, Any] | None, folder: Path, package: Path) -> StageRun:
    if ended is None:
        return StageRun(name, 0.0, "all stages together ran into the time limit")
    if not ended["code"]:
        return StageRun(name, ended["seconds"])
    told = (folder / f"{name}.txt").read_text(encoding="utf-8", errors="replace")
    return StageRun(name, ended["seconds"], _error(told).replace(f"{folder / 'tree'}/", ""), _place(told, package))


def _error(told: str) -> str:
    """The sentence that says why a stage failed."""
    lines = [line for line in told.splitlines() if line.strip()]
    named = [line.partition(" failed: ")[2] for line in lines if re.match(r"stage '.*' failed: ", line)]
    return (named or lines or ["it ended without a word"])[-1]


def _place(told: str, package: Path) -> str:
    """The innermost line of a stage in a traceback."""
    found = [match for match in _FRAME.finditer(told) if match["file"].startswith(f"{package / 'stages'}/")]
    return f"{Path(found[-1]['file']).relative_to(package).as_posix()}:{found[-1]['line']}" if found else ""
