"""An IPython kernel that watches the notebook (or the pipeline's driver notebook) that it executes, without being seen by it."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

from ipykernel.kernelapp import IPKernelApp

from . import capture, files, marks, places, seeding, statements


def main() -> None:
    """Start the kernel: `kernel WATCH.json` and what `ipykernel_launcher` takes."""
    watched = json.loads(Path(sys.argv.pop(1)).read_text(encoding="utf-8"))
    seeding.install()
    app = IPKernelApp.instance()
    app.initialize()
    watch(app.shell, watched, Path(watched["record"]))
    app.start()


def watch(shell: Any, watched: dict[str, Any], record: Path) -> None:
    """Say where each output comes from; in a notebook capture the ports' values, and in both record a failure."""
    if watched["role"] == "notebook":
        source = statements.Tracker(shell, watched["cells"], capture.Capture(shell, watched["ports"], record))
        files.Writers(shell, source.where, record)
    else:
        source = places.Places(shell, watched["package_folder"])
    marks.install(shell, source.where)
    show_figures_as_pictures(shell)
    record_failure(shell, source.failed_at, record)
    seed_before_first_cell(shell)


def seed_before_first_cell(shell: Any) -> None:
    """Starting the kernel may have drawn from `random`."""

    def seed() -> None:
        random.seed(seeding.SEED)
        shell.events.unregister("pre_execute", seed)

    shell.events.register("pre_execute", seed)


def show_figures_as_pictures(shell: Any) -> None:
    """Show figures as pictures where the notebook asks for a window or a widget (`%matplotlib notebook`): these cannot be compared."""
    enable = shell.enable_matplotlib

    def enabled(gui: str | None = None) -> Any:
        return enable(gui if gui in (None, "agg", "inline") else "inline")

    shell.enable_matplotlib = enabled


def record_failure(shell: Any, failed_at: Any, record: Path) -> None:
    """Write down the last exception that ended a cell, and the place in the code that it came from."""

    def after(result: Any) -> None:
        error = result.error_in_exec or result.error_before_exec
        if error is not None:
            failure = {"error": type(error).__name__, "message": str(error), "place": failed_at(error)}
            (record / "failure.json").write_text(json.dumps(failure), encoding="utf-8")

    shell.events.register("post_run_cell", after)
