"""Verify a generated project against its notebook."""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from nbpipe.errors import VerifyError
from nbpipe.model import codec
from nbpipe.model.finding import Finding
from nbpipe.model.notebook import Notebook
from nbpipe.model.verification import CellObservation, Check, Level, Observations, PortObservation, Status, Verification
from nbpipe.planning.edit import digest
from nbpipe.render.remembered import read_conversion
from nbpipe.verify import environment, findings
from nbpipe.verify.candidate import package_folder
from nbpipe.verify.changed import parameter_checks, parameter_pairs
from nbpipe.verify.evidence import Evidence
from nbpipe.verify.execution import Laboratory
from nbpipe.verify.files import file_checks, file_pairs
from nbpipe.verify.options import VerifyOptions
from nbpipe.verify.outputs import Item
from nbpipe.verify.ports import port_pairs, run_checks, value_checks
from nbpipe.verify.processes import Processes
from nbpipe.verify.recording import record
from nbpipe.verify.runs import Case, run_again, run_all
from nbpipe.verify.scratch import surroundings
from nbpipe.verify.shown import output_checks, stale_outputs
from nbpipe.verify.stored import Pair, compare_stored
from nbpipe.verify.verdict import Verdict

_MORE_TURNS = ("3", "4")  # of a notebook that differs from itself


def verify(notebook: Notebook, project: Path, options: VerifyOptions, progress: Callable[[str], None]) -> Verification:
    """Execute the notebook and the project made from it, and compare values, outputs, files, and both with changed parameters.

    Neither the notebook's folder nor the project is changed: both run in scratch copies. Raises `VerifyError` where one of them cannot be executed at all.
    """
    began = time.monotonic()
    project = project.resolve()
    conversion = read_conversion(project)
    if conversion.notebook_digest not in ("", digest(notebook)):
        raise VerifyError(f"{notebook.path} has changed since {project} was made from it. Convert it again.")
    interpreter, notes = environment.choose(notebook.kernel, options)
    described = environment.describe(interpreter)
    if not described["ipykernel"]:
        raise VerifyError(f"{described['executable']} has no ipykernel, which runs notebooks. Install it there (pip install ipykernel).")
    code = "\n".join(cell.source for cell in notebook.code_cells)
    around = surroundings(Path(notebook.path).parent, conversion.inputs, code, options.copy_limit, project)
    with tempfile.TemporaryDirectory(prefix="nbpipe-", ignore_cleanup_errors=True) as scratch, Processes() as processes:
        lab = Laboratory(interpreter, options, processes)
        case = Case(notebook, project, conversion, around, around.digest(), described, lab, Path(scratch).resolve(), progress)
        runs = run_all(case)
        progress("comparing")
        compared = time.monotonic()
        evidence = Evidence(case, runs)
        checks = with_more_turns(evidence, all_checks(evidence))
        if options.record_folder and all(check.status not in (Status.DIFFERENT, Status.MISSING) for check in checks):
            record(conversion, project, runs.stages_project, Path(options.record_folder))
        said = (*notes, *around.findings, *_failures(evidence), *stale_outputs(evidence))
    ended = time.monotonic()
    timings = {**runs.timings, "comparing": ended - compared, "total": ended - began}
    return Verification(notebook.path, str(project), checks, timings, said, _observations(evidence))


def all_checks(evidence: Evidence) -> tuple[Check, ...]:
    """Return what comes of comparing everything that the executions showed and stored."""
    pairs = dict([*port_pairs(evidence), *file_pairs(evidence), *parameter_pairs(evidence)])
    verdicts = dict(zip(pairs, _loaded(evidence, list(pairs.values())), strict=True))
    checks = [*value_checks(evidence, verdicts), *output_checks(evidence), *file_checks(evidence, verdicts)]
    return (*checks, *parameter_checks(evidence, verdicts, checks), *run_checks(evidence, verdicts))


def with_more_turns(evidence: Evidence, checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Where something differs, and the notebook is not the same in its own two runs, look whether a further run differs there, too.

    What comes from few random choices, like the best of some settings, is often the same twice by chance.
    """
    for turn in _MORE_TURNS:
        found = {check.status for check in checks}
        if not {Status.DIFFERENT, Status.NOISY} <= found:
            break
        again = replace(evidence.runs, second=run_again(evidence.case, turn))
        noisy = {_place(check): check for check in all_checks(Evidence(evidence.case, again)) if check.status is Status.NOISY}
        checks = tuple(noisy.get(_place(check), check) if check.status is Status.DIFFERENT else check for check in checks)
    return checks


def _place(check: Check) -> tuple[Level, str, str | None]:
    return check.level, check.subject, check.stage


def _loaded(evidence: Evidence, pairs: Sequence[Pair]) -> list[Verdict]:
    """The verdicts on stored values."""
    case, runs = evidence.case, evidence.runs
    executions = [runs.first, runs.second, runs.driver, runs.changed.notebook, runs.changed.driver]
    roots = [root for execution in executions if execution for root in execution.roots]
    source = package_folder(runs.stages_project, evidence.plan.package).parent
    return compare_stored(pairs, evidence.plan.package, source, [str(source.parent), *roots], case.scratch, case.lab)


def _failures(evidence: Evidence) -> Iterator[Finding]:
    """A finding for the notebook's failure, and for each failure of the pipeline that the notebook's does not explain."""
    stop = evidence.runs.first.stop
    if stop:
        yield findings.notebook_fails(stop.cell, stop.error)
    driver = evidence.failure(evidence.runs.driver)
    told = [("the driver notebook", driver.error, driver.place)] if driver else []
    failed = {run.stage for run in evidence.runs.stages if run.error}
    for stage in evidence.plan.stages:
        follows = any(port.stage in failed for port in stage.inputs)  # it fails because an earlier one did
        if stage.name in failed and not follows and stage.name not in evidence.cut_stages:
            run = evidence.stage_runs[stage.name]
            told.append((f"stage {stage.name} by itself", run.error, run.place))
    for what, error, place in told:
        origin = evidence.provenance.origin(place) if place else None
        yield findings.pipeline_fails(what, error, origin.cell if origin else None)


def _observations(evidence: Evidence) -> Observations:
    run = evidence.runs.first
    ports = tuple(codec.from_data(PortObservation, {**seen, "port": name}) for name, seen in sorted(run.ports.items()))
    cells = tuple(
        CellObservation(cell.index, run.seconds[cell.index], pictures=_pictures(evidence.first.get(cell.index, ())))
        for cell in evidence.case.notebook.code_cells
        if cell.index < len(run.seconds) and not (run.stop and run.stop.cell == cell.index)
    )
    failed = (CellObservation(run.stop.cell, run.seconds[run.stop.cell], run.stop.error, run.stop.place),) if run.stop else ()
    return Observations(ports, (*cells, *failed))


def _pictures(items: Iterable[Item]) -> int:
    return sum(any(kind.startswith("image/") for kind in item.data) for item in items)
