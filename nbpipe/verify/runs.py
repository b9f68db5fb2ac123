"""Everything that is executed for a verification, two at a time."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbpipe.model.notebook import Notebook
from nbpipe.model.project import Conversion
from nbpipe.verify import cache
from nbpipe.verify.baseline import run_notebook, script
from nbpipe.verify.candidate import StageRun, run_driver, run_stages
from nbpipe.verify.execution import Execution, Laboratory, Script
from nbpipe.verify.parameters import Number, changes, edits, fewer
from nbpipe.verify.scratch import Surroundings

_AT_A_TIME = 2


@dataclass(frozen=True, slots=True)
class Case:
    """What is verified, and where: `scratch` is an empty folder."""

    notebook: Notebook
    project: Path
    conversion: Conversion
    around: Surroundings
    files: str  # the digest of the surroundings
    environment: Mapping[str, Any]
    lab: Laboratory
    scratch: Path
    progress: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Changed:
    """Notebook and pipeline, executed with other values for some parameters; `refused` says why others were left as they are."""

    values: Mapping[str, Number]
    notebook: Execution | None = None
    driver: Execution | None = None
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Runs:
    """What came of all executions. `stages_project` is the copy in which each stage ran by itself."""

    first: Execution
    second: Execution
    driver: Execution
    stages: tuple[StageRun, ...]
    stages_project: Path
    changed: Changed
    timings: Mapping[str, float]


def run_all(case: Case) -> Runs:
    """Execute the notebook twice, then the pipeline in both ways, then both with changed parameters."""
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        try:
            return _run_all(case, pool)
        except BaseException:
            case.lab.processes.close()  # else leaving the pool would wait for them
            raise


def _run_all(case: Case, pool: ThreadPoolExecutor) -> Runs:
    began = time.monotonic()
    plain = script(case.notebook, case.conversion.plan)
    first, second = (pool.submit(_notebook, case, plain, f"notebook-{turn}", turn) for turn in ("1", "2"))
    without = _made_by_notebook(case, first.result())
    driver = pool.submit(_driver, case, "driver", without, {})
    stages = pool.submit(run_stages, case.project, case.conversion, _folder(case, "stages"), without, case.lab, case.progress)
    changed = _change_parameters(case, pool, first.result(), without)
    executed = {
        "notebook": first.result(),
        "notebook again": second.result(),
        "pipeline": driver.result(),
        "notebook changed": changed.notebook,
        "pipeline changed": changed.driver,
    }
    timings = {name: execution.duration for name, execution in executed.items() if execution}
    timings |= {"stages alone": sum(run.seconds for run in stages.result()), "all runs": time.monotonic() - began}
    copy = case.scratch / "stages" / "tree"
    return Runs(first.result(), second.result(), driver.result(), stages.result(), copy, changed, timings)


def run_again(case: Case, turn: str) -> Execution:
    """Execute the notebook once more."""
    return _notebook(case, script(case.notebook, case.conversion.plan), f"notebook-{turn}", turn)


def _notebook(case: Case, what: Script, folder: str, turn: str) -> Execution:
    """Execute the notebook, unless the same execution (the same turn of it) is kept."""
    name = f"{cache.key(what, case.files, case.environment, case.lab)}-{turn}" if case.lab.options.cache else ""
    kept = cache.find(name) if name else None
    if kept:
        case.progress("the notebook has been executed before")
        return kept
    execution = run_notebook(what, case.around, _folder(case, folder), case.lab, _cells(case, folder.replace("-", " "), what.notebook))
    if name and not (execution.stop and execution.stop.limit):
        cache.keep(name, execution)
    return execution


def _driver(case: Case, folder: str, without: tuple[str, ...], values: Mapping[str, Number]) -> Execution:
    def progress(cell: int) -> None:
        case.progress(f"pipeline: cell {cell + 1} of its notebook")

    return run_driver(case.project, case.conversion, _folder(case, folder), without, values, case.lab, progress)


def _change_parameters(case: Case, pool: ThreadPoolExecutor, plain: Execution, without: tuple[str, ...]) -> Changed:
    """Run both with changed parameters; where the notebook itself fails with them, with fewer."""
    parameters = case.conversion.plan.parameters
    values = changes(parameters) if case.lab.options.change_parameters else {}
    refused: dict[str, str] = {}
    smaller = None
    while values:
        turn = f"changed-{len(refused)}"
        what = script(case.notebook, case.conversion.plan, edits(parameters, values))
        notebook: Future[Execution] = pool.submit(_notebook, case, what, f"notebook-{turn}", "1")
        driver = pool.submit(_driver, case, f"driver-{turn}", without, values)
        stop = notebook.result().stop
        driver.result()
        if stop is None or (plain.stop and stop.cell >= plain.stop.cell):
            return Changed(values, notebook.result(), driver.result(), refused)
        smaller = smaller or fewer(parameters, values, stop.cell)
        rest = next((rest for rest in smaller if len(rest) < len(values)), {})
        refused |= {name: f"the notebook itself fails with {name} = {values[name]!r}: {stop.error}" for name in values.keys() - rest.keys()}
        values = rest
    return Changed({}, refused=refused)


def _made_by_notebook(case: Case, execution: Execution) -> tuple[str, ...]:
    """The files in the project that a run made: the notebook wrote them, and did not read them as inputs."""
    inside = case.around.workdir + "/"
    names = [file.removeprefix(inside) for file in execution.written if file.startswith(inside)]
    return tuple(f"{case.conversion.workdir}/{name}" for name in names if name not in case.conversion.inputs)


def _folder(case: Case, name: str) -> Path:
    folder = case.scratch / name
    folder.mkdir()
    return folder


def _cells(case: Case, what: str, notebook: Mapping[str, Any]) -> Callable[[int], None]:
    total = len(notebook["cells"])

    def progress(cell: int) -> None:
        case.progress(f"{what}: cell {cell + 1} of {total}")

    return progress
