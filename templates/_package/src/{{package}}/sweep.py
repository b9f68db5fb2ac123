"""Runs for many values of the parameters, side by side, each in a folder of its own.

A run begins with what another one has left, and so runs only the stages that its own values reach. A run that would share more with one that is
still going waits for it.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .dependencies import SOURCES, writers
from .graph import makes, predecessors, reach
from .outcomes import outcomes
from .parameters import ParameterError, as_text, with_changes
from .pipeline import PARAMETERS, STAGES, WORKDIR
from .storage import ARTIFACTS, replacing

SWEEPS = Path("sweeps")
DATA = Path(WORKDIR).parts[0]
_RUNNING: set[subprocess.Popen[bytes]] = set()

Submit = Callable[..., "Future[int]"]


@dataclass(frozen=True)
class Run:
    """A run of a sweep: what it changes, all of its parameters, and its folder."""

    changes: Mapping[str, Any]
    parameters: Mapping[str, Any]
    folder: Path


def combinations(grid: Iterable[str], parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each combination of `NAME=VALUE,VALUE,…`: the parameters that it changes."""
    columns = []
    for column in grid:
        name, equals, text = column.partition("=")
        values = next(csv.reader([text]), []) if equals else [""]  # quotes hold a comma
        columns.append([(name, with_changes(parameters, [f"{name}{equals}{value}"])[name]) for value in values])
    return [dict(row) for row in itertools.product(*columns)]


def listed(file: Path, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a CSV file, whose head has the names of parameters."""
    rows = []
    with file.open(encoding="utf-8-sig", newline="") as lines:  # spreadsheets put a mark of the encoding first
        for row in (reader := csv.DictReader(lines)):
            if None in (*row, *row.values()):
                raise ParameterError(f"{file}, line {reader.line_num}: there must be a value for each name in the head")
            rows.append([f"{name}={text}" for name, text in row.items()])
    changed = [with_changes(parameters, row) for row in rows]
    return [{change.partition("=")[0]: new[change.partition("=")[0]] for change in row} for row, new in zip(rows, changed)]


def sweep(
    rows: Sequence[Mapping[str, Any]],
    parameters: Mapping[str, Any],
    project: Path,
    jobs: int,
    seed: int | None = None,
    on: str = "processes",
    address: str | None = None,
) -> bool:
    """Run the pipeline for each row of changes, and write the table of what came out; whether all went well."""
    if not rows:
        raise ParameterError("there is nothing to sweep over: name a parameter and its values")
    runs = [_planned(row, parameters, project) for row in rows]
    options = ["--jobs", "1", *([] if seed is None else ["--seed", str(seed)])]
    with _submitting(on, jobs, address) as submit:
        codes = _carry_out(runs, _earlier(project), project, jobs, lambda run: submit(_execute, _command(run, options), str(run.folder)))
    swept = list(dict.fromkeys(name for run in runs for name in run.changes))
    table = [_row(run, codes[run.folder], swept, project) for run in runs]
    with replacing(project / SWEEPS / "results.csv") as file:
        _write(table, file)
    return not any(codes.values())


def _planned(changes: Mapping[str, Any], parameters: Mapping[str, Any], project: Path) -> Run:
    complete = {**parameters, **changes}
    name = hashlib.sha256(json.dumps(complete, default=str).encode()).hexdigest()[:12]
    return Run(changes, complete, project / SWEEPS / name)


def _earlier(project: Path) -> list[Run]:
    """The project's own last run, if there was one."""
    try:
        parameters = json.loads((project / ARTIFACTS / "params.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [Run({}, parameters, project)]


def _carry_out(runs: Sequence[Run], done: list[Run], project: Path, jobs: int, start: Callable[[Run], Future[int]]) -> dict[Path, int]:
    """Run them all, each after the one that it shares the most with; the exit codes by folder."""
    waiting = list({run.folder: run for run in runs}.values())
    going: dict[Future[int], Run] = {}
    codes: dict[Path, int] = {}
    while waiting or going:
        for run in list(waiting):
            if len(going) < jobs and _most(run, going.values()) <= _most(run, done):
                _prepare(run, max(done, key=lambda other: _shared(run, other), default=None), project)
                waiting.remove(run)
                going[start(run)] = run
        for future in wait(going, return_when=FIRST_COMPLETED).done:
            run = going.pop(future)
            codes[run.folder] = future.result()
            done.append(run)
            changes = " ".join(f"{name}={value}" for name, value in run.changes.items())
            print(f"[{len(codes)}/{len(codes) + len(waiting) + len(going)}] {changes}: {_verdict(run)}", file=sys.stderr, flush=True)
    return codes


def _most(run: Run, others: Iterable[Run]) -> int:
    return max((_shared(run, other) for other in others), default=0)


def _shared(one: Run, other: Run) -> int:
    """How many stages are the same in two runs: those that none of the different parameters reaches."""
    return sum(all(one.parameters.get(name) == other.parameters.get(name) for name in _parameters_of(stage)) for stage in STAGES)


def _parameters_of(stage: str) -> set[str]:
    """The parameters of a stage, and of all before it."""
    return {name for other in reach(stage, predecessors) for name in STAGES[other].parameters}


def _prepare(run: Run, other: Run | None, project: Path) -> None:
    """Make the run's folder, or bring it up to date: another run's values and files, the project's data, and the parameters."""
    if any(stage.writes_more for stage in STAGES.values()):  # nobody knows which files are whose
        shutil.rmtree(run.folder, ignore_errors=True)
        other = None
    if not run.folder.exists():
        if other:
            _take_over(other.folder, run.folder)
        if (source := (other.folder if other else project) / DATA).is_dir():
            shutil.copytree(source, run.folder / DATA)
    for file in (project / DATA).rglob("*"):
        path = file.relative_to(project)
        made = writers(os.path.relpath(path, WORKDIR).replace(os.sep, "/"))
        if file.is_file() and not made and _stamp(file) != _stamp(run.folder / path):
            (run.folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, run.folder / path)
    with replacing(run.folder / PARAMETERS) as new:
        new.write_text(as_text(run.parameters), encoding="utf-8")


def _take_over(source: Path, folder: Path) -> None:
    """Link another run's values, which are only ever replaced, and copy what says how they were made."""
    (folder / ARTIFACTS).mkdir(parents=True)
    for name in [*dict.fromkeys(file for stage in STAGES for file in makes(stage)), ".doit.json"]:
        if (file := source / ARTIFACTS / name).is_file():
            (shutil.copy2 if name == ".doit.json" else _link)(file, folder / ARTIFACTS / name)


def _link(file: Path, place: Path) -> None:
    try:
        os.link(file, place)
    except OSError:
        shutil.copy2(file, place)


def _stamp(file: Path) -> tuple[int, int] | None:
    return (file.stat().st_mtime_ns, file.stat().st_size) if file.is_file() else None


def _command(run: Run, options: Iterable[str]) -> list[str]:
    return [sys.executable, "-m", str(__package__), "run", "--folder", str(run.folder), *options]


def _execute(command: list[str], folder: str) -> int:
    """Run a command, with its output in the folder's `run.log`, and return its exit code; on whatever machine this is."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(SOURCES), os.environ.get("PYTHONPATH")]))}
    with Path(folder, "run.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    _RUNNING.add(process)
    try:
        return process.wait()
    finally:
        _RUNNING.discard(process)


@contextmanager
def _submitting(on: str, jobs: int, address: str | None) -> Iterator[Submit]:
    """What starts a function elsewhere and returns its future: threads of this process, a cluster of Dask or one of Ray."""
    if on == "dask":
        from distributed import Client  # only where it is asked for

        with Client(address) if address else Client(n_workers=jobs, threads_per_worker=1) as client:
            yield client.get_executor(pure=False).submit
    elif on == "ray":
        import ray  # only where it is asked for

        ray.init(address, **({} if address else {"num_cpus": jobs, "include_dashboard": False}))
        try:
            yield lambda function, *arguments: ray.remote(function).remote(*arguments).future()
        finally:
            ray.shutdown()
    else:
        with ThreadPoolExecutor(jobs) as threads:
            try:
                yield threads.submit
            finally:
                for process in list(_RUNNING):  # where the sweep was interrupted
                    with suppress(ProcessLookupError):
                        process.terminate()


def _verdict(run: Run) -> str:
    """What happened in a run, in a few words."""
    try:
        journal = json.loads((run.folder / ARTIFACTS / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return f"did not begin, see {run.folder / 'run.log'}"
    failed = [name for name, stage in journal["stages"].items() if not stage["success"]]
    if failed:
        return f"{', '.join(failed)} failed, see {run.folder / 'run.log'}"
    ran = sum(not stage["skipped"] for stage in journal["stages"].values())
    return f"{ran} of {len(STAGES)} stages ran, {journal['duration']:.1f} s"


def _row(run: Run, code: int, swept: Iterable[str], project: Path) -> dict[str, Any]:
    """What the table says of a run; one that failed has no outcome, only what it began with."""
    row = {**{name: run.parameters[name] for name in swept}, "run": run.folder.relative_to(project).as_posix(), "success": not code}
    found = {} if code else outcomes((name for name in STAGES if _parameters_of(name) & {*swept}), run.folder)
    return {**row, **{f"{name} (value)" if name in row else name: value for name, value in found.items()}}


def _write(table: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Write the table, and show it."""
    names = list(dict.fromkeys(name for row in table for name in row))
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, names)
        writer.writeheader()
        writer.writerows(table)
    texts = [names, *([_shown(row.get(name, "")) for name in names] for row in table)]
    widths = [max(map(len, column)) for column in zip(*texts)]
    for row in texts:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
