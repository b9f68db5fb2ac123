"""An IPython kernel that watches the notebook (or the pipeline's driver notebook) that it executes, without being seen by it."""

from __future__ import annotations

import json
import random
import sys

from . import capture, files, marks, places, seeding, statements


def main():
    """Start the kernel: `kernel JOB.json` and what `ipykernel_launcher` takes."""
    with open(sys.argv.pop(1), encoding="utf-8") as file:
        job = json.load(file)
    seeding.install()
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize()
    watch(app.shell, job)
    app.start()


def watch(shell, job):
    """Say where each output comes from; in a notebook capture the ports' values, and in both record a failure."""
    if job["role"] == "notebook":
        source = statements.Tracker(shell, job["cells"], capture.Capture(shell, job["ports"], job["record"]))
        files.Writers(shell, source.where, job["record"])
    else:
        source = places.Places(shell, job["package_folder"])
    marks.install(shell, source.where)
    record_failure(shell, source.failed_at, job["record"])
    seed_before_first_cell(shell)


def seed_before_first_cell(shell):
    """Starting the kernel may have drawn from `random`."""

    def seed():
        random.seed(seeding.SEED)
        shell.events.unregister("pre_execute", seed)

    shell.events.register("pre_execute", seed)


def record_failure(shell, failed_at, folder):
    """Write down the last exception that ended a cell, and the place in the code that it came from."""

    def after(result):
        error = result.error_in_exec or result.error_before_exec
        if error is not None:
            failure = {"error": type(error).__name__, "message": str(error), "place": failed_at(error)}
            with open(folder + "/failure.json", "w", encoding="utf-8") as file:
                json.dump(failure, file)

    shell.events.register("post_run_cell", after)
