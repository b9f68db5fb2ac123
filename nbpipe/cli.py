"""The command line: what can be typed. The work behind it is loaded when a command runs, so that help and completion answer at once."""

import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from nbpipe.cli_options import (
    CellTimeout,
    CheckFormat,
    Form,
    Format,
    Jobs,
    Kernel,
    Notebooks,
    OneNotebook,
    PlanFile,
    ProjectFolder,
    ProjectNotebook,
    Python,
    Reports,
    ReviewFormat,
    Timeout,
    known_targets,
    rule_ids,
    version,
)
from nbpipe.errors import ExitCode, NbpipeError
from nbpipe.targets import TARGETS
from nbpipe.targets.package import Package

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help is quicker, and keeps the examples as they are laid out here
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Turn a Jupyter notebook into a pipeline, and prove that it still computes the same.

    All in one go:

    \b
      nbpipe convert analysis.ipynb -o analysis --verify

    Or step by step, with a plan that you edit in between:

    \b
      nbpipe check analysis.ipynb                what a reviewer would remark on
      nbpipe analyze analysis.ipynb              what each cell reads and changes
      nbpipe plan analysis.ipynb -o plan.toml    which cells become which stage
      nbpipe convert analysis.ipynb --plan plan.toml -o analysis
      nbpipe verify analysis.ipynb analysis      does it still do the same?

    A folder of notebooks works like one notebook. Exit codes: 0 fine, 1 something differs, 2 bad input, 3 a bug in nbpipe, 130 interrupted.
    """


@app.command()
def analyze(paths: Notebooks, form: Form = Format.TEXT, jobs: Jobs = 1) -> None:
    """Say what each cell reads and changes, without executing it.

    \b
      nbpipe analyze analysis.ipynb
      nbpipe analyze notebooks/ --jobs 2
      nbpipe analyze analysis.ipynb --format json | jq '.cells[3].mutations'
    """
    from nbpipe import commands

    raise typer.Exit(commands.analyze(paths, commands.Output(form is Format.JSON, jobs)))


@app.command()
def check(
    paths: Notebooks,
    select: Annotated[
        list[str] | None, typer.Option(metavar="IDS", callback=rule_ids, help="Only these rules: NB208, or NB2 for all that begin so.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="IDS", callback=rule_ids, help="Not these rules.")] = None,
    baseline: Annotated[Path | None, typer.Option(metavar="FILE", help="Do not tell what is known from this file.")] = None,
    write_baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all that is found to this file, and tell nothing.")
    ] = None,
    form: Annotated[
        CheckFormat, typer.Option("--format", help="Text for people, JSON for scripts, SARIF for code hosts.")
    ] = CheckFormat.TEXT,
    jobs: Jobs = 1,
) -> None:
    """Review notebooks by the rules, without executing them. Ends with 1 where something is worse than a note.

    \b
      nbpipe check analysis.ipynb
      nbpipe check notebooks/ --select NB2 --ignore NB204
      nbpipe check notebooks/ --write-baseline known.json
      nbpipe check notebooks/ --baseline known.json --format sarif > findings.sarif
    """
    from nbpipe import review_commands

    raise typer.Exit(review_commands.check(paths, form.value, select or [], ignore or [], baseline, write_baseline, jobs))


@app.command()
def update(
    path: OneNotebook,
    project: ProjectFolder,
    edited: PlanFile = None,
    kernel: Kernel = None,
    python: Python = None,
) -> None:
    """Convert a changed notebook again, and keep what people changed in the project.

    Files that nobody edited are updated, edits are kept, and where both changed the same lines, the file has marks of a conflict, as of git.
    The project's plan.toml follows the notebook, with your edits of it; so does another plan that was made for the same version (--plan).
    Ends with 1 where something is left for a person.

    \b
      nbpipe update analysis.ipynb analysis
    """
    from nbpipe import review_commands
    from nbpipe.verify.options import VerifyOptions

    raise typer.Exit(review_commands.update(path, project, edited, VerifyOptions(kernel=kernel, python=python)))


@app.command()
def status(path: OneNotebook, project: ProjectFolder) -> None:
    """Say whether the project is current, edited, or stale: whether notebook or plan have changed since. Ends with 1 where it is stale.

    \b
      nbpipe status analysis.ipynb analysis
    """
    from nbpipe import review_commands

    raise typer.Exit(review_commands.status(path, project))


@app.command()
def review(
    base: Annotated[str, typer.Option(metavar="REV", help="The revision to compare with: a branch, a tag, a commit.")],
    paths: Annotated[list[Path] | None, typer.Argument(metavar="NOTEBOOK", help="Only these notebooks, or folders of them.")] = None,
    form: Annotated[ReviewFormat, typer.Option("--format", help="Markdown for a pull request, or JSON.")] = ReviewFormat.MARKDOWN,
    jobs: Jobs = 1,
) -> None:
    """Tell what is new in notebooks since a revision of git: stages, values, parameters, files, outputs and findings. Executes nothing.

    \b
      nbpipe review --base main
      nbpipe review analysis.ipynb --base v1.2 --format json
    """
    from nbpipe import review_commands

    raise typer.Exit(review_commands.review(paths or [], base, form.value, jobs))


@app.command()
def rule(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", callback=rule_ids, help="Ids of rules, or how they begin.")] = None,
) -> None:
    """Explain rules of `nbpipe check`, with examples; without an id, list them.

    \b
      nbpipe rule
      nbpipe rule NB208
    """
    from nbpipe import review_commands

    raise typer.Exit(review_commands.rule(ids or []))


@app.command()
def plan(
    paths: Notebooks,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the plan here, to edit it (a folder, for several).")
    ] = None,
    edited: PlanFile = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the plan that is there.")] = False,
    form: Form = Format.TEXT,
    jobs: Jobs = 1,
) -> None:
    """Propose the stages of a pipeline, or check an edited plan.

    \b
      nbpipe plan analysis.ipynb                   look at it
      nbpipe plan analysis.ipynb -o plan.toml      write it, then edit it
      nbpipe plan analysis.ipynb --plan plan.toml  is the edited plan possible?
    """
    from nbpipe import commands

    raise typer.Exit(commands.plan(paths, out, edited, force, commands.Output(form is Format.JSON, jobs)))


@app.command()
def convert(
    paths: Notebooks,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the project goes (for several notebooks, all their projects).")
    ],
    edited: PlanFile = None,
    targets: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            "-t",
            metavar="NAME",
            callback=known_targets,
            autocompletion=lambda: list(TARGETS),
            help=f"What to generate: {', '.join(TARGETS)}. Give it again for more: each has a folder of its own in FOLDER then.",
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--verify", help="Then execute notebook and pipeline, and compare them.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files of your own that are in the way.")] = False,
    kernel: Kernel = None,
    python: Python = None,
    cell_timeout: CellTimeout = 600,
    timeout: Timeout = 3600,
    reports: Reports = None,
    form: Form = Format.TEXT,
    jobs: Jobs = 1,
) -> None:
    """Generate the pipeline as a project that runs by itself.

    \b
      nbpipe convert analysis.ipynb -o analysis --verify
      nbpipe convert analysis.ipynb --plan plan.toml -o analysis
      nbpipe convert notebooks/ -o projects --jobs 2
      nbpipe convert old.ipynb -o old --verify --python ~/envs/old/bin/python
    """
    from nbpipe import commands
    from nbpipe.verify.options import VerifyOptions

    options = VerifyOptions(kernel=kernel, python=python, cell_timeout=cell_timeout, timeout=timeout)
    output = commands.Output(form is Format.JSON, jobs)
    raise typer.Exit(commands.convert(paths, out, edited, targets or [Package.name], check, force, options, output, reports or []))


@app.command()
def verify(
    paths: Notebooks,
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="The project's folder (for several notebooks, the folder of all their projects).")
    ],
    kernel: Kernel = None,
    python: Python = None,
    cell_timeout: CellTimeout = 600,
    timeout: Timeout = 3600,
    cache: Annotated[bool, typer.Option(help="Whether a notebook that was executed before need not be again.")] = True,
    pictures: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Keep the pictures of differences here.")] = None,
    reports: Reports = None,
    form: Form = Format.TEXT,
    jobs: Jobs = 1,
) -> None:
    """Execute notebook and pipeline, and compare what they do.

    \b
      nbpipe verify analysis.ipynb analysis
      nbpipe verify analysis.ipynb analysis --pictures differences
      nbpipe verify analysis.ipynb analysis --report report.html
      nbpipe verify notebooks/ projects --jobs 2
    """
    from nbpipe import commands
    from nbpipe.verify.options import VerifyOptions

    folder = str(pictures) if pictures else None
    options = VerifyOptions(kernel=kernel, python=python, cell_timeout=cell_timeout, timeout=timeout, cache=cache, report_folder=folder)
    raise typer.Exit(commands.verify(paths, project, options, commands.Output(form is Format.JSON, jobs), reports or []))


@app.command()
def components(
    notebook: Annotated[
        Path | None, typer.Option("--for", metavar="NOTEBOOK", help="Also say what this notebook does by hand that a component would do.")
    ] = None,
    form: Form = Format.TEXT,
) -> None:
    """List ready-made components: what stands around a converted notebook in production.

    \b
      nbpipe components
      nbpipe components --for analysis.ipynb
      nbpipe add contracts analysis
    """
    from nbpipe import component_commands

    raise typer.Exit(component_commands.components(notebook, form is Format.JSON))


@app.command()
def add(
    component: Annotated[str, typer.Argument(metavar="COMPONENT", help="Its name: `nbpipe components` lists them.")],
    project: ProjectFolder,
    after: Annotated[str | None, typer.Option(metavar="STAGE", help="The stage that it comes behind; else where it fits best.")] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="ARGUMENT=PORT", help="What it takes, where the notebook does not make that clear."),
    ] = None,
    notebook: ProjectNotebook = None,
    python: Python = None,
) -> None:
    """Add a component to a project, as stages of its pipeline. The notebook's own stages, and your edits, stay as they are.

    \b
      nbpipe add contracts analysis
      nbpipe add contracts analysis --after load_data
      nbpipe add gate analysis --input model=best_model
    """
    from nbpipe import component_commands
    from nbpipe.verify.options import VerifyOptions

    raise typer.Exit(component_commands.add(project, component, after, inputs or [], notebook, VerifyOptions(python=python)))


@app.command()
def remove(
    component: Annotated[str, typer.Argument(metavar="COMPONENT", help="Its name.")],
    project: ProjectFolder,
    after: Annotated[str | None, typer.Option(metavar="STAGE", help="Only what comes behind this stage.")] = None,
    notebook: ProjectNotebook = None,
    python: Python = None,
) -> None:
    """Remove a component from a project.

    \b
      nbpipe remove contracts analysis
    """
    from nbpipe import component_commands
    from nbpipe.verify.options import VerifyOptions

    raise typer.Exit(component_commands.remove(project, component, after, notebook, VerifyOptions(python=python)))


@app.command()
def targets(form: Form = Format.TEXT) -> None:
    """List what can be generated, what it needs, and what it cannot do.

    \b
      nbpipe targets
      nbpipe targets --format json
      nbpipe convert analysis.ipynb -o analysis --target kedro
    """
    from nbpipe import commands

    raise typer.Exit(commands.targets(form is Format.JSON))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, and end with its exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what we started ends too
    try:
        app(args=arguments, prog_name="nbpipe")
    except NbpipeError as error:
        typer.secho(f"nbpipe: {error}", fg="red", err=True)
        sys.exit(ExitCode.BAD_INPUT)
    except Exception:
        traceback.print_exc()
        typer.secho("This is a bug in nbpipe. Please report it with the text above.", fg="red", err=True)
        sys.exit(ExitCode.BUG)
