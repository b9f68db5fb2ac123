"""What the commands of the command line take: options that several share, and the checks of what is given."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import nbpipe
from nbpipe.targets import TARGETS

REPORT_FORMS = (".html", ".md", ".xml", ".sarif", ".json")


class Format(StrEnum):
    """How results are written."""

    TEXT = "text"
    JSON = "json"


class CheckFormat(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class ReviewFormat(StrEnum):
    """How changes are written."""

    MARKDOWN = "markdown"
    JSON = "json"


def rule_ids(given: list[str] | None) -> list[str]:
    """Return the ids of rules, or their beginnings, that were typed, with commas or without."""
    ids = [identifier for text in given or () for identifier in text.upper().replace(",", " ").split()]
    for identifier in ids:
        if not re.fullmatch(r"NB\d{0,3}", identifier):
            raise typer.BadParameter(f"{identifier!r} is no id of a rule: write NB208, or NB2 for all that begin so")
    return ids


def version(asked: bool) -> None:
    """Print nbpipe's version, and end."""
    if asked:
        typer.echo(f"nbpipe {nbpipe.__version__}")
        raise typer.Exit


def known_targets(names: list[str] | None) -> list[str]:
    """Return the names of targets, each once."""
    for name in names or ():
        if name not in TARGETS:
            raise typer.BadParameter(f"there is no target {name!r}: choose from {', '.join(TARGETS)}")
    return list(dict.fromkeys(names or ()))


def known_forms(files: list[Path] | None) -> list[Path]:
    """Return the files of reports, of which the name says the form."""
    for file in files or ():
        if file.suffix not in REPORT_FORMS:
            raise typer.BadParameter(f"{file} has no form of a report: end its name in {', '.join(REPORT_FORMS)}")
    return files or []


Notebooks = Annotated[list[Path], typer.Argument(metavar="NOTEBOOK", help="Notebooks (.ipynb, or percent .py, .md), or folders of them.")]
Form = Annotated[Format, typer.Option("--format", help="Text for people, or JSON for scripts (docs/json.md).")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", metavar="N", min=1, help="How many notebooks at a time.")]
PlanFile = Annotated[Path | None, typer.Option("--plan", metavar="FILE", help="An edited plan, to be obeyed.")]
Kernel = Annotated[str | None, typer.Option(metavar="NAME", help="Execute the notebook with this Jupyter kernel, not the one it names.")]
Python = Annotated[str | None, typer.Option(metavar="PATH", help="Execute the notebook with this Python (3.9 or later, with ipykernel).")]
Reports = Annotated[
    list[Path] | None,
    typer.Option(
        "--report",
        metavar="FILE",
        callback=known_forms,
        help="Write a report: FILE.html (for people), .md (for a pull request), .xml (JUnit), .sarif or .json. Give it again for more.",
    ),
]
CellTimeout = Annotated[float, typer.Option(metavar="SECONDS", min=1, help="How long one cell may take.")]
Timeout = Annotated[float, typer.Option(metavar="SECONDS", min=1, help="How long one execution of the notebook may take.")]
ProjectFolder = Annotated[Path, typer.Argument(metavar="PROJECT", help="The project's folder.")]
OneNotebook = Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="The notebook.")]
ProjectNotebook = Annotated[
    Path | None, typer.Option("--notebook", metavar="NOTEBOOK", help="The project's notebook, where it is no longer where it was.")
]
