"""Execute one notebook with papermill, in a process of its own: `python -P execute.py JOB.json`.

A process, because papermill changes the environment and the working directory, and because it can be ended at any time. Prints the index of each cell
when it starts, and writes what came of the cells, and where they stopped, to the job's `result`.
"""

import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook

_SLOW_MESSAGES = 60  # seconds to wait for the last outputs of a cell on a busy machine


def main(path: Path) -> None:
    """Execute the job that the file describes."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    job = json.loads(path.read_text(encoding="utf-8"))
    cells: dict[int, Any] = {}
    deadline = time.monotonic() + float(job["timeout"])

    def on_start(cell: Any, cell_index: int) -> None:
        cells[cell_index] = cell
        print(cell_index, flush=True)  # noqa: T201

    def limit(cell: Any) -> float:
        return max(0.1, min(float(job["cell_timeout"]), deadline - time.monotonic()))

    stop = ""
    try:
        execute_notebook(  # type: ignore[no-untyped-call]
            job["notebook"],
            None,
            parameters=job["parameters"] or None,
            kernel_name=job["kernel"],
            progress_bar=False,
            request_save_on_cell_execute=False,
            start_timeout=job["start_timeout"],
            resources={"metadata": {"path": job["cwd"]}},
            timeout_func=limit,
            iopub_timeout=_SLOW_MESSAGES,
            on_cell_start=on_start,
        )
    except PapermillExecutionError:
        pass  # which cell it was is in the cells' metadata; a cell that is tagged as raising an exception stops nothing
    except CellTimeoutError:
        total = deadline - time.monotonic() <= 1
        stop = f"it ran longer than {job['timeout']:g} s in all" if total else f"the cell ran longer than {job['cell_timeout']:g} s"
    except DeadKernelError:
        stop = "the kernel died (out of memory?)"
    last = max(cells, default=None)
    stopped = next((index for index, cell in cells.items() if cell.metadata.papermill.get("exception")), last if stop else None)
    result = {"cells": [_record(cells[index]) for index in sorted(cells)], "stopped": stopped, "reason": stop}
    Path(job["result"]).write_text(json.dumps(result), encoding="utf-8")


def _record(cell: Any) -> dict[str, Any]:
    return {"outputs": cell.get("outputs", []), "seconds": cell.metadata.papermill.get("duration") or 0.0}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
