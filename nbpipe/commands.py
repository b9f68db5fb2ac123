"""The work behind the command line, on one notebook or many. Results go to stdout, progress and messages to stderr."""

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from multiprocessing import active_children, get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from nbpipe import api, disk, reviewing
from nbpipe.errors import ExitCode, NbpipeError
from nbpipe.model.verification import Verification
from nbpipe.report import data, summary, text
from nbpipe.report.summary import Outcome
from nbpipe.report.targets import targets_report
from nbpipe.targets import TARGETS
from nbpipe.verify.options import VerifyOptions

Tell = Callable[[str], None]

_messages = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Output:
    """How results are given, and on how many notebooks the work goes on at a time."""

    as_json: bool
    jobs: int


@dataclass(frozen=True, slots=True)
class Task:
    """The work on one notebook. It may happen in another process: `work` and what it returns can be pickled."""

    name: str
    work: Callable[[Tell], Outcome]


def analyze(paths: Sequence[Path], output: Output) -> ExitCode:
    """Analyse notebooks."""
    return _run([Task(str(path), partial(_analyze, path, output.as_json)) for path in disk.notebooks_in(paths)], output)


def plan(paths: Sequence[Path], out: Path | None, edited: Path | None, force: bool, output: Output) -> ExitCode:
    """Propose plans, or check an edited one."""
    notebooks = disk.notebooks_in(paths)
    files: Mapping[Path, Path] = disk.plan_files(notebooks, out) if out else {}
    return _run([Task(str(path), partial(_plan, path, files.get(path), edited, force, output.as_json)) for path in notebooks], output)


def convert(
    paths: Sequence[Path],
    out: Path,
    edited: Path | None,
    targets: Sequence[str],
    check: bool,
    force: bool,
    options: VerifyOptions,
    output: Output,
    reports: Sequence[Path] = (),
) -> ExitCode:
    """Write projects, and verify them where asked to; of several targets, each has a folder of its own in the project's."""
    tasks = []
    for path, folder in disk.project_folders(disk.notebooks_in(paths), out).items():
        for target in targets:
            several = len(targets) > 1
            place = folder / target if several else folder
            work = partial(_convert, path, place, edited, target, check, force, options, output.as_json, reports)
            tasks.append(Task(f"{path} as {target}" if several else str(path), work))
    _one_for_each(reports, tasks)
    return _run(tasks, output)


def verify(paths: Sequence[Path], project: Path, options: VerifyOptions, output: Output, reports: Sequence[Path] = ()) -> ExitCode:
    """Compare notebooks with their projects."""
    folders = disk.project_folders(disk.notebooks_in(paths), project)
    tasks = [Task(str(path), partial(_verify, path, folder, options, output.as_json, reports)) for path, folder in folders.items()]
    _one_for_each(reports, tasks)
    return _run(tasks, output)


def _one_for_each(reports: Sequence[Path], tasks: Sequence[Task]) -> None:
    if reports and len(tasks) > 1:
        raise NbpipeError(f"--report is about one project, and these are {len(tasks)}: name one notebook, and one target.")


def targets(as_json: bool) -> ExitCode:
    """List the targets."""
    if as_json:
        print_json(data.targets_document(TARGETS.values()))
    else:
        Console().print(targets_report(TARGETS.values()), highlight=False)
    return ExitCode.FINE


# one notebook


def _analyze(path: Path, as_json: bool, tell: Tell) -> Outcome:
    result = api.analyze(path)
    if as_json:
        return Outcome(str(path), data.analysis_document(result.notebook, result.graph))
    parts = (text.analysis_report(result.notebook, result.graph), text.findings_report(result.graph.findings))
    return Outcome(str(path), summary.of_analysis(result.notebook, result.graph), parts)


def _plan(path: Path, out: Path | None, edited: Path | None, force: bool, as_json: bool, tell: Tell) -> Outcome:
    planned = api.plan(path, edited)
    if out is not None:
        disk.save_plan(planned.text, out, force)
    findings = (*planned.findings, *api.warnings_of(planned))
    if as_json:
        return Outcome(str(path), data.plan_document(planned.plan, findings))
    parts = (text.plan_report(planned.plan), text.findings_report(findings))
    return Outcome(str(path), summary.of_plan(planned.plan), parts)


def _convert(
    path: Path,
    folder: Path,
    edited: Path | None,
    target: str,
    check: bool,
    force: bool,
    options: VerifyOptions,
    as_json: bool,
    reports: Sequence[Path],
    tell: Tell,
) -> Outcome:
    tell("converting")
    with _pictures(options, reports) as options:
        converted, verification = _converted(path, folder, edited, target, check, force, options, tell)
        if reports:
            reviewing.write_reports(path, folder, verification, reports)
    made, project = converted.planned.plan, converted.project
    findings = (*converted.findings, *api.warnings_of(converted.planned))
    code = ExitCode.FINE if verification is None or verification.passed else ExitCode.DIFFERS
    if as_json:
        document = data.conversion_document(made, project, str(folder), findings, verification)
        return Outcome(str(path), document, code=code)
    parts = [text.plan_report(made), text.findings_report((*findings, *(verification.findings if verification else ())))]
    row = summary.of_target(made, TARGETS[target]) | summary.of_plan(made)
    if verification:
        parts += ["", text.verification_report(verification)]
        row |= summary.of_verification(verification)
    parts.append(text.next_step(folder, _as_typed(converted.python), project.command))
    return Outcome(str(path), row, tuple(parts), code)


def _converted(
    path: Path, folder: Path, edited: Path | None, target: str, check: bool, force: bool, options: VerifyOptions, tell: Tell
) -> tuple[api.Converted, Verification | None]:
    if check and edited is None:
        return api.convert_verified(path, folder, target, force, options, tell)
    converted = api.convert(path, folder, edited, target, force, options)
    return converted, api.verify(path, folder, options, tell) if check else None


@contextmanager
def _pictures(options: VerifyOptions, reports: Sequence[Path]) -> Iterator[VerifyOptions]:
    """Keep the pictures of differences until the reports that show them are written."""
    if options.report_folder is not None or not reports:
        yield options
        return
    with TemporaryDirectory(prefix="nbpipe-") as folder:
        yield replace(options, report_folder=folder)


def _verify(path: Path, folder: Path, options: VerifyOptions, as_json: bool, reports: Sequence[Path], tell: Tell) -> Outcome:
    with _pictures(options, reports) as options:
        found = api.verify(path, folder, options, tell)
        if reports:
            reviewing.write_reports(path, folder, found, reports)
    code = ExitCode.FINE if found.passed else ExitCode.DIFFERS
    if as_json:
        return Outcome(str(path), data.verification_document(found), code=code)
    parts = (text.verification_report(found), text.findings_report(found.findings))
    return Outcome(str(path), summary.of_verification(found), parts, code)


def _as_typed(python: Path) -> str:
    """A Python as a person would call it from here."""
    found = shutil.which("python")
    if found and Path(found).parent == python.parent and python.samefile(found):
        return "python"
    return text.from_here(python)


# all notebooks


def _run(tasks: Sequence[Task], output: Output) -> ExitCode:
    """Do the tasks, print what came of them, and return the exit code that they ask for."""
    found = outcomes(tasks, output.jobs)
    if output.as_json:
        documents = [dict(outcome.document) for outcome in found]
        print_json(data.several_documents(documents) if len(tasks) > 1 else documents[0])
    else:
        for part in (summary.table(found),) if len(tasks) > 1 else found[0].parts:
            Console().print(part, highlight=False)
    if output.as_json or len(tasks) == 1:  # else the table says so
        tell_problems(found)
    return max(outcome.code for outcome in found)


def outcomes(tasks: Sequence[Task], jobs: int) -> list[Outcome]:
    """Do the tasks, and return what came of them."""
    return _side_by_side(tasks, jobs) if len(tasks) > 1 else [_alone(tasks[0])]


def print_json(document: Mapping[str, Any]) -> None:
    """Print a document to standard output."""
    print(json.dumps(document, indent=2))  # noqa: T201


def tell_problems(found: Sequence[Outcome]) -> None:
    """Say which notebooks could not be handled, and why."""
    for outcome in found:
        if outcome.problem:
            _messages.print(text.plain(f"nbpipe: {outcome.problem}", "red"), highlight=False, soft_wrap=True)


def _alone(task: Task) -> Outcome:
    """Do a single task, and tell what it is at."""
    with _progress(SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()) as progress:
        bar = progress.add_task(task.name)
        return _guarded(task, lambda message: progress.update(bar, description=f"{task.name}: {message}"))


def _side_by_side(tasks: Sequence[Task], jobs: int) -> list[Outcome]:
    """Do each task in another process; one that fails does not stop the others."""
    outcomes: dict[str, Outcome] = {}
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with _progress(*columns) as progress, ProcessPoolExecutor(jobs, get_context("spawn"), _end_when_told) as pool:
        bar = progress.add_task("", total=len(tasks))
        waiting = iter(tasks)
        running = {pool.submit(_guarded, task, _say_nothing): task for task in islice(waiting, jobs)}
        try:
            while running:
                future = wait(running, return_when=FIRST_COMPLETED).done.pop()
                task = running.pop(future)
                outcomes[task.name] = future.result()
                progress.update(bar, advance=1, description=f"done: {task.name}")
                running |= {pool.submit(_guarded, task, _say_nothing): task for task in islice(waiting, 1)}
        except KeyboardInterrupt:
            for process in active_children():
                process.terminate()
            raise
        except BrokenProcessPool:
            problem = "not done: a process was ended from outside; is there too little memory for so many --jobs?"
            return [outcomes.get(task.name, summary.failed(task.name, problem, ExitCode.BUG)) for task in tasks]
    return [outcomes[task.name] for task in tasks]


def _progress(*columns: ProgressColumn) -> Progress:
    """A display for people who watch; a log has no use for it."""
    return Progress(*columns, console=_messages, transient=True, disable=not _messages.is_terminal)


def _guarded(task: Task, tell: Tell) -> Outcome:
    """Do a task; whatever goes wrong in it is its outcome."""
    try:
        return task.work(tell)
    except NbpipeError as error:
        return summary.failed(task.name, str(error), ExitCode.BAD_INPUT)
    except Exception as error:
        traceback.print_exc()
        problem = f"nbpipe has a bug, please report it with the traceback: {type(error).__name__}: {error}"
        return summary.failed(task.name, problem, ExitCode.BUG)


def _end_when_told() -> None:
    """Make a process of the pool end in order, and only when it is told to: the Ctrl-C of a terminal reaches the first process alone."""
    os.setpgrp()
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, lambda number, frame: None)  # once is enough: what was started is being ended
    sys.exit(ExitCode.INTERRUPTED)


def _say_nothing(message: str) -> None:
    pass
