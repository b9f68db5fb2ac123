"""The work of one job, in a process of its own: `python -m nbpipe.server.task`.

The first line of standard input is the task as JSON. Each line of standard output is an `Event` as JSON. The process ends when it is told to, and when its
standard input ends: then the server is gone.
"""

import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

from nbpipe import api
from nbpipe.errors import ExitCode, NbpipeError
from nbpipe.model.edit import Edit
from nbpipe.notebook.read import notebook_from_text
from nbpipe.report import data
from nbpipe.report.html import html_report
from nbpipe.reviewing import dossier
from nbpipe.verify.options import VerifyOptions


@dataclass(frozen=True, slots=True)
class Task:
    """Write the project of a notebook and verify it: `path` and `folder` are on disk, `notebook` is the notebook's text."""

    path: str
    notebook: str
    folder: str
    edits: tuple[Edit, ...] = ()
    target: str = "package"
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """What the process says: what it is at, or at last its result (a `conversion` document, and the report as HTML) or what went wrong."""

    message: str = ""
    result: Mapping[str, Any] | None = None
    report: str = ""
    error: str = ""


def main() -> None:
    """Do the task that standard input describes."""
    signal.signal(signal.SIGTERM, _end)
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0) as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever else is printed is no event
        lock = threading.Lock()

        def say(event: Event) -> None:
            with lock:
                out.write(msgspec.json.encode(event) + b"\n")

        say(_outcome(task, lambda message: say(Event(message))))


def _outcome(task: Task, progress: Callable[[str], None]) -> Event:
    try:
        with tempfile.TemporaryDirectory(prefix="nbpipe-") as pictures:
            return convert_and_verify(task, pictures, progress)
    except NbpipeError as error:
        return Event(error=str(error))
    except Exception as error:
        traceback.print_exc()
        return Event(error=f"nbpipe has a bug, please report it with the traceback in the server's log: {type(error).__name__}: {error}")


def convert_and_verify(task: Task, pictures: str, progress: Callable[[str], None]) -> Event:
    """Write the project and verify it, as `nbpipe convert --verify --report` does; pictures of differences go to a folder. Raises NbpipeError."""
    progress("converting")
    analysis = api.analyze_read(notebook_from_text(task.notebook, task.path, "ipynb"))
    folder, options = Path(task.folder), VerifyOptions(report_folder=pictures)
    if task.edits:
        planned, _ = api.shape(analysis, task.edits)
        converted = api.convert_planned(planned, folder, task.target, task.overwrite, options)
        verification = api.verify_read(analysis.notebook, folder, options, progress)
    else:
        converted, verification = api.convert_analysis_verified(analysis, folder, task.target, task.overwrite, options, progress)
    document = data.conversion_document(converted.planned.plan, converted.project, task.folder, converted.findings, verification)
    findings = (*converted.findings, *api.warnings_of(converted.planned), *verification.findings)
    return Event(result=document, report=html_report(dossier(analysis, folder, verification, findings)))


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: what was started is being ended
    sys.exit(ExitCode.INTERRUPTED)


def _end_with_the_server() -> None:
    while os.read(sys.stdin.fileno(), 1):  # not through Python's own buffer, which cannot be closed at the end while a thread waits in it
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
