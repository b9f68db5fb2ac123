"""The work behind the commands about ready-made components."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from nbpipe import api, updating
from nbpipe.commands import print_json
from nbpipe.errors import ExitCode, NbpipeError
from nbpipe.planning.components import components as known_components
from nbpipe.planning.handiwork import handiwork
from nbpipe.report.components import added_report, components_report
from nbpipe.report.data import components_document
from nbpipe.report.update import update_report
from nbpipe.verify.options import VerifyOptions


def components(notebook: Path | None, as_json: bool) -> ExitCode:
    """List the components, and say what a notebook does by hand that one of them would do."""
    known = known_components()
    done = handiwork(api.analyze(notebook).graph, known.values()) if notebook else ()
    if as_json:
        print_json(components_document(known.values(), done))
    else:
        Console(soft_wrap=True).print(components_report(known.values(), done, notebook is not None), highlight=False)
    return ExitCode.FINE


def add(project: Path, component: str, after: str | None, inputs: Sequence[str], notebook: Path | None, options: VerifyOptions) -> ExitCode:
    """Add a component; ends with 1 where the files need a person."""
    given = dict(_pair(text) for text in inputs)
    merged, new = updating.add(project, component, after, given, notebook, options)
    facts = known_components()[component]
    package = updating.package_of(project)
    Console(soft_wrap=True).print(added_report(facts, new, project, package), update_report(merged.fates), highlight=False)
    return ExitCode.DIFFERS if merged.conflicts else ExitCode.FINE


def remove(project: Path, component: str, after: str | None, notebook: Path | None, options: VerifyOptions) -> ExitCode:
    """Remove a component; ends with 1 where the files need a person."""
    merged = updating.remove(project, component, after, notebook, options)
    Console(soft_wrap=True).print(update_report(merged.fates), highlight=False)
    return ExitCode.DIFFERS if merged.conflicts else ExitCode.FINE


def _pair(text: str) -> tuple[str, str]:
    argument, equals, port = text.partition("=")
    if not (argument and equals and port):
        raise NbpipeError(f"--input {text} is not of the form ARGUMENT=PORT.")
    return argument, port
