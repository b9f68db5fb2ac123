"""The command line: thin over `nbpipe.api`. Results go to stdout, progress and messages to stderr."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from enum import StrEnum
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

import nbpipe
from nbpipe import api
from nbpipe.errors import NbpipeError
from nbpipe.model.verification import Verification
from nbpipe.report import data, summary, text
from nbpipe.targets import TARGETS
from nbpipe.verify.options import VerifyOptions

DIFFERS, USAGE, BUG, INTERRUPTED = 1, 2, 3, 130
Tell = Callable[[str], None]

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", pretty_exceptions_enable=False)
_messages = Console(stderr=True)


class Format(StrEnum):
    """How results are written."""

    TEXT = "text"
    JSON = "json"


Paths = Annotated[list[Path], typer.Argument(metavar="NOTEBOOK...", help="Notebooks (.ipynb, percent .py, .md), or folders of them.")]
Form = Annotated[Format, typer.Option("--format", help="text for people, json for scripts.")]
Kernel = Annotated[str | None, typer.Option(help="The Jupyter kernel that executes the notebook (default: the one it names).")]
Python = Annotated[str | None, typer.Option(help="A Python with ipykernel, of any version from 3.9, that executes the notebook.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many notebooks at a time.")]
PlanFile = Annotated[Path | None, typer.Option("--plan", help="An edited plan.toml, to be obeyed.")]
CellTimeout = Annotated[float, typer.Option(min=1, help="Seconds that one cell may take.")]
Timeout = Annotated[float, typer.Option(min=1, help="Seconds that one execution of the notebook may take.")]


def _version(asked: bool) -> None:
    if asked:
        print(f"nbpipe {nbpipe.__version__}")  # noqa: T201
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Turn a Jupyter notebook into a pipeline, and prove that it still computes the same.

    [bold]nbpipe convert analysis.ipynb -o analysis --verify[/bold]
    """


@app.command()
def analyze(paths: Paths, form: Form = Format.TEXT, jobs: Jobs = 1) -> None:
    """Say what every statement of a notebook does, without executing it.

    [bold]nbpipe analyze analysis.ipynb[/bold]
    [bold]nbpipe analyze notebooks/ --jobs 2 --format json[/bold]
    """
    _run(paths, partial(_analyze, form=form), form, jobs)


@app.command()
def plan(
    paths: Paths,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the plan to this file, to edit it.")] = None,
    edited: PlanFile = None,
    form: Form = Format.TEXT,
    jobs: Jobs = 1,
) -> None:
    """Propose the stages of a pipeline, or check an edited plan.

    [bold]nbpipe plan analysis.ipynb -o plan.toml[/bold]
    [bold]nbpipe convert analysis.ipynb --plan plan.toml -o analysis[/bold]
    """
    found = api.notebooks_in(paths)
    _run(found, partial(_plan, form=form, out=out, edited=edited, several=len(found) > 1), form, jobs)


@app.command()
def convert(
    paths: Paths,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder for the project; for several notebooks, the folder that holds all projects.")
    ],
    edited: PlanFile = None,
    target: Annotated[list[str] | None, typer.Option("--target", "-t", help=f"What to generate: {', '.join(TARGETS)}.")] = None,
    check: Annotated[bool, typer.Option("--verify", help="Then execute notebook and pipeline, and compare.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files of your own that are in the way.")] = False,
    kernel: Kernel = None,
    python: Python = None,
    cell_timeout: CellTimeout = 600,
    timeout: Timeout = 3600,
    form: Form = Format.TEXT,
    jobs: Jobs = 1,
) -> None:
    """Generate the pipeline as a Python project.

    [bold]nbpipe convert analysis.ipynb -o analysis --verify[/bold]
    [bold]nbpipe convert notebooks/ -o projects --jobs 2[/bold]
    """
    for name in target or ():
        if name not in TARGETS:
            raise typer.BadParameter(f"there is no target {name!r}: choose from {', '.join(TARGETS)}", param_hint="--target")
    options = VerifyOptions(kernel=kernel, python=python, cell_timeout=cell_timeout, timeout=timeout)
    found = api.notebooks_in(paths)
    folders = api.project_folders(found, out)
    work = partial(
        _convert, form=form, folders=folders, edited=edited, target=(target or ["package"])[0], check=check, force=force, options=options
    )
    _run(found, work, form, jobs)


@app.command()
def verify(
    paths: Annotated[list[Path], typer.Argument(metavar="NOTEBOOK... PROJECT", help="Notebooks, and last the project's folder.")],
    kernel: Kernel = None,
    python: Python = None,
    cell_timeout: CellTimeout = 600,
    timeout: Timeout = 3600,
    cache: Annotated[bool, typer.Option(help="Do not execute a notebook again whose results are known.")] = True,
    pictures: Annotated[Path | None, typer.Option(help="A folder for the pictures of differences.")] = None,
    form: Form = Format.TEXT,
    jobs: Jobs = 1,
) -> None:
    """Execute a notebook and its project, and compare what they compute, show and write.

    [bold]nbpipe verify analysis.ipynb analysis[/bold]
    [bold]nbpipe verify notebooks/ projects --jobs 2[/bold]
    """
    if len(paths) < 2:
        raise typer.BadParameter("name the notebook, and then the project's folder", param_hint="NOTEBOOK... PROJECT")
    *notebooks, project = paths
    report_folder = str(pictures) if pictures else None
    options = VerifyOptions(
        kernel=kernel, python=python, cell_timeout=cell_timeout, timeout=timeout, cache=cache, report_folder=report_folder
    )
    found = api.notebooks_in(notebooks)
    _run(found, partial(_verify, form=form, folders=api.project_folders(found, project), options=options), form, jobs)


# the work on one notebook; it may happen in another process, so it returns plain values


def _analyze(path: Path, tell: Tell, form: Format) -> summary.Outcome:
    result = api.analyze(path)
    if form is Format.JSON:
        return summary.Outcome(str(path), data.analysis_document(result.notebook, result.graph))
    parts = [text.analysis_report(result.notebook, result.graph), text.findings_report(result.graph.findings)]
    return summary.Outcome(str(path), summary.of_analysis(result.notebook, result.graph), tuple(parts))


def _plan(path: Path, tell: Tell, form: Format, out: Path | None, edited: Path | None, several: bool) -> summary.Outcome:
    planned = api.plan(path, edited)
    if out is not None:
        api.save_plan(planned, out / f"{planned.plan.package}.toml" if several else out)
    if form is Format.JSON:
        return summary.Outcome(str(path), data.plan_document(planned.plan, planned.graph.findings))
    return summary.Outcome(
        str(path), summary.of_plan(planned.plan), (text.plan_report(planned.plan), text.findings_report(planned.findings))
    )


def _convert(
    path: Path,
    tell: Tell,
    form: Format,
    folders: Mapping[Path, Path],
    edited: Path | None,
    target: str,
    check: bool,
    force: bool,
    options: VerifyOptions,
) -> summary.Outcome:
    folder = folders[path]
    tell("converting")
    converted = api.convert(path, folder, edited, target, force, options)
    verification = api.verify(path, folder, options, tell) if check else None
    passed = verification is None or verification.passed
    made = converted.planned.plan
    if form is Format.JSON:
        document = data.conversion_document(made, converted.project, str(folder), converted.findings, verification)
        return summary.Outcome(str(path), document, passed=passed)
    parts: list[RenderableType] = [
        text.plan_report(made),
        text.findings_report((*converted.findings, *(verification.findings if verification else ()))),
    ]
    if verification:
        parts.append(text.verification_report(verification))
    parts.append(text.next_step(folder, converted.project.command))
    return summary.Outcome(
        str(path), {**summary.of_plan(made), **(summary.of_verification(verification) if verification else {})}, tuple(parts), passed
    )


def _verify(path: Path, tell: Tell, form: Format, folders: Mapping[Path, Path], options: VerifyOptions) -> summary.Outcome:
    found: Verification = api.verify(path, folders[path], options, tell)
    if form is Format.JSON:
        return summary.Outcome(str(path), data.verification_document(found), passed=found.passed)
    parts = (text.verification_report(found), text.findings_report(found.findings))
    return summary.Outcome(str(path), summary.of_verification(found), parts, found.passed)


# one notebook, or many


def _run(paths: Sequence[Path], work: Callable[[Path, Tell], summary.Outcome], form: Format, jobs: int) -> None:
    """Do the work on each notebook, print the results, and leave with the exit code that they ask for."""
    found = api.notebooks_in(paths)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=_messages, transient=True) as progress:
        outcomes = _one(found[0], work, progress) if len(found) == 1 else _many(found, work, progress, jobs)
    if form is Format.JSON:
        documents = [dict(outcome.document) for outcome in outcomes]
        print(json.dumps(documents[0] if len(found) == 1 else data.several_documents(documents), indent=2))  # noqa: T201
    else:
        console = Console()
        for part in outcomes[0].parts if len(found) == 1 else (summary.table(outcomes),):
            console.print(part, highlight=False)
    if not all(outcome.passed for outcome in outcomes):
        raise typer.Exit(DIFFERS)


def _one(path: Path, work: Callable[[Path, Tell], summary.Outcome], progress: Progress) -> list[summary.Outcome]:
    task = progress.add_task(path.name)
    return [work(path, lambda message: progress.update(task, description=f"{path.name}: {message}"))]


def _many(paths: Sequence[Path], work: Callable[[Path, Tell], summary.Outcome], progress: Progress, jobs: int) -> list[summary.Outcome]:
    """Work on several notebooks, each in a process of its own; one that fails does not stop the others."""
    task = progress.add_task(f"0 of {len(paths)}")
    outcomes: dict[Path, summary.Outcome] = {}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(_guarded, path, work): path for path in paths}
        for future in as_completed(waiting):
            outcomes[waiting[future]] = future.result()
            progress.update(task, description=f"{len(outcomes)} of {len(paths)}: {waiting[future].name}")
    return [outcomes[path] for path in paths]


def _guarded(path: Path, work: Callable[[Path, Tell], summary.Outcome]) -> summary.Outcome:
    try:
        return work(path, _say_nothing)
    except NbpipeError as error:
        return summary.failed(str(path), str(error))


def _say_nothing(message: str) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> Any:
    """Run the command line, and end with its exit code."""
    try:
        app(args=arguments)
    except NbpipeError as error:
        _messages.print(f"nbpipe: {error}", style="red", markup=False, highlight=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception:
        _messages.print_exception()
        _messages.print("This is a bug in nbpipe. Please report it with the text above.", style="red")
        sys.exit(BUG)
