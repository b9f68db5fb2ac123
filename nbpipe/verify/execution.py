"""One execution of a notebook: how it is started, and what came of it."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbpipe.errors import VerifyError
from nbpipe.model import codec
from nbpipe.model.notebook import Output
from nbpipe.verify.environment import INSIDE, Interpreter
from nbpipe.verify.options import VerifyOptions
from nbpipe.verify.processes import Processes
from nbpipe.verify.scratch import snapshot, written

_EXECUTE = Path(__file__).with_name("execute.py")
_KERNEL = "nbpipe-verify"
_START_TIMEOUT = 120
_ATTEMPTS = 3  # to start a kernel
_GRACE = 60.0  # seconds that papermill may need beyond the time limit to end by itself
_RECORD = "execution.json"

_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_MAX_THREADS",
)
# The same for notebook and pipeline, and as far as possible the same on every machine.
ALIKE = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8", **dict.fromkeys(_ONE_THREAD, "1")}
_UNWANTED = ("MPLBACKEND", "PYTHONSTARTUP", "JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH")


@dataclass(frozen=True, slots=True)
class Laboratory:
    """What all executions of one verification share."""

    interpreter: Interpreter
    options: VerifyOptions
    processes: Processes


@dataclass(frozen=True, slots=True)
class Script:
    """What is executed: the notebook as papermill takes it, what its kernel watches (see `inside/kernel.py`), and its parameters."""

    notebook: Mapping[str, Any]
    watch: Mapping[str, Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stop:
    """Where an execution ended early: the cell's index, the error, and the place in the code (a statement, or `FILE:LINE` of a stage).

    `limit` says that it was ended from outside: by a time limit, or by the death of the kernel.
    """

    cell: int
    error: str
    place: str = ""
    limit: bool = False


@dataclass(frozen=True, slots=True)
class Execution:
    """What came of an execution: each cell's outputs and seconds in order, where it stopped, and the files that it wrote.

    `folder` holds `record/`, with what was captured, and `tree/`, the copy in which it ran; `written` are paths relative to the copy, `writers` the statements
    that wrote them, as far as they are known. `ports` is what `inside/capture.py` says of each captured port. `roots` are the folders of this run that may stand
    in texts, the innermost first. `began` and `ended` are seconds since the epoch.
    """

    roots: tuple[str, ...]
    began: float
    ended: float
    outputs: tuple[tuple[Output, ...], ...]
    seconds: tuple[float, ...]
    stop: Stop | None = None
    written: tuple[str, ...] = ()
    writers: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    folder: str = ""

    @property
    def tree(self) -> Path:
        """The copy in which it ran."""
        return Path(self.folder, "tree")

    @property
    def duration(self) -> float:
        """Its seconds."""
        return self.ended - self.began


def variables(folder: Path, interpreter: Interpreter, more: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of every process that runs the notebook's code or the pipeline's."""
    private = {"IPYTHONDIR": str(folder / "ipython"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    inherited = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    return {**inherited, **interpreter.variables, **private, **ALIKE, **more}


def execute(script: Script, folder: Path, cwd: Path, lab: Laboratory, progress: Callable[[int], None]) -> Execution:
    """Execute a notebook in `cwd`, a folder in the scratch copy `folder / "tree"`, with papermill on a kernel that is watched."""
    before = snapshot(folder / "tree")
    began = time.time()
    _prepare(script, folder, cwd, lab)
    result = _executed(folder, lab, progress)
    execution = Execution(
        roots=(str(cwd), str(folder / "tree"), str(folder)),
        began=began,
        ended=time.time(),
        outputs=tuple(tuple(cell["outputs"]) for cell in result["cells"]),
        seconds=tuple(cell["seconds"] for cell in result["cells"]),
        stop=_stop(result, _read(folder / "record" / "failure.json") or {}, folder / "tree"),
        written=written(folder / "tree", before),
        writers=_within(folder / "tree", _read(folder / "record" / "writers.json") or {}),
        ports=_read(folder / "record" / "ports.json") or {},
    )
    (folder / _RECORD).write_text(codec.to_json(execution), encoding="utf-8")
    return replace(execution, folder=str(folder))


def _executed(folder: Path, lab: Laboratory, progress: Callable[[int], None]) -> Any:
    """Return what papermill says of the prepared job. A kernel that does not start is started again: of several at once, two may choose the same port."""
    cells: list[int] = []

    def begins(line: str) -> None:
        if line.isdigit():
            cells.append(int(line))
            progress(int(line))

    for _ in range(_ATTEMPTS):
        lab.processes.run(
            [
                sys.executable,
                "-P",
                str(_EXECUTE),
                "job.json",
            ],  # as a file: importing all of nbpipe would take longer than starting papermill
            folder,
            variables(folder, lab.interpreter, {"JUPYTER_PATH": str(folder / "jupyter")}),
            folder / "errors.txt",
            lab.options.timeout + _START_TIMEOUT + _GRACE,
            begins,
        )
        result = _read(folder / "result.json")
        if result is not None:
            return result
        if cells:
            break  # the copy of the folder is no longer as it was
    lines = (folder / "errors.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    told = [line for line in lines if line.strip() and "WARNING" not in line]
    raise VerifyError(
        f"The kernel cannot be started: {told[-1] if told else 'it ended without a word'}. Choose another Python with --python."
    )


def load(folder: Path) -> Execution:
    """An execution that was kept."""
    return replace(codec.from_json(Execution, (folder / _RECORD).read_bytes()), folder=str(folder))


def _prepare(script: Script, folder: Path, cwd: Path, lab: Laboratory) -> None:
    """Write the files that papermill and the kernel read."""
    kernels = folder / "jupyter" / "kernels" / _KERNEL
    kernels.mkdir(parents=True)
    (folder / "record").mkdir()
    start = [*lab.interpreter.command, str(INSIDE), "kernel", str(folder / "watch.json"), "-f", "{connection_file}"]
    job = {
        "notebook": "notebook.ipynb",  # relative: papermill would read braces in a path as parameters
        "parameters": dict(script.parameters),
        "kernel": _KERNEL,
        "cwd": str(cwd),
        "cell_timeout": lab.options.cell_timeout,
        "timeout": lab.options.timeout,
        "start_timeout": _START_TIMEOUT,
        "result": "result.json",
    }
    for path, content in (
        (kernels / "kernel.json", {"argv": start, "display_name": _KERNEL, "language": "python"}),
        (folder / "watch.json", {**script.watch, "record": str(folder / "record")}),
        (folder / "notebook.ipynb", script.notebook),
        (folder / "job.json", job),
    ):
        path.write_text(json.dumps(content), encoding="utf-8")


def _stop(result: Mapping[str, Any], failure: Mapping[str, str], tree: Path) -> Stop | None:
    if result["stopped"] is None:
        return None
    if result["reason"]:
        return Stop(result["stopped"], result["reason"], limit=True)
    if not failure:  # the cell ran, but its last value cannot be shown: an error only for the kernel
        last = result["cells"][-1]["outputs"]
        shown: Mapping[str, str] = next((output for output in reversed(last) if output["output_type"] == "error"), {})
        failure = {"error": shown.get("ename", ""), "message": shown.get("evalue", "")}
    message = " ".join(failure.get("message", "").split()).replace(f"{tree}/", "")
    return Stop(result["stopped"], ": ".join(filter(None, (failure.get("error", ""), message))), failure.get("place", ""))


def _within(root: Path, writers: Mapping[str, str]) -> dict[str, str]:
    """The writers of the files below a folder, by the path relative to it."""
    return {Path(file).relative_to(root).as_posix(): statement for file, statement in writers.items() if Path(file).is_relative_to(root)}


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
