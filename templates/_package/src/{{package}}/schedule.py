"""Running stages with doit: in order, side by side, and only where something has changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from doit.cmd_base import TaskLoader2
from doit.doit_cmd import DoitMain
from doit.task import dict_to_task
from doit.tools import config_changed

from .dependencies import SOURCES, code, data_files, writers
from .graph import makes, predecessors, takes
from .journal import Journal, log_file
from .pipeline import STAGES, WORKDIR
from .storage import ARTIFACTS, replacing

PARAMETERS = ARTIFACTS / "params.json"


def run(
    names: list[str], parameters: Mapping[str, Any], folder: Path, jobs: int, force: bool, seed: int | None, store: str | None
) -> bool:
    """Run the stages, each in a process of its own; whether all went well. With a store, of which others may write, all of them run."""
    os.chdir(folder)  # all paths are relative to it, so that what doit remembers stays true when the project moves
    text = json.dumps(parameters, indent=2, default=str)  # YAML may hold a date, which stages get as text
    parameters = json.loads(text)
    with replacing(PARAMETERS) as file:
        file.write_text(text, encoding="utf-8")
    workers = _Workers(seed, store)
    config = {
        "backend": "json",
        "dep_file": str(ARTIFACTS / ".doit.json"),
        "num_process": jobs,
        "par_type": "thread",
        "always": force,
        "reporter": Journal(names, parameters, store),
    }
    if store:
        tasks = [_stored_task(name, names, workers) for name in names]
    else:
        tasks = [_task(name, names, parameters, seed, workers) for name in names]
    try:
        return DoitMain(_Loader(tasks, config), config_filenames=()).run(["run", *names]) == 0
    finally:
        workers.stop()


class _Loader(TaskLoader2):
    """Hands tasks and configuration to doit."""

    def __init__(self, tasks: list[dict[str, Any]], config: dict[str, Any]) -> None:
        super().__init__()
        self._tasks = tasks
        self._config = config

    def load_doit_config(self) -> dict[str, Any]:
        return self._config

    def load_tasks(self, cmd: Any, pos_args: list[str]) -> list[Any]:
        return [dict_to_task(task) for task in self._tasks]


class _Workers:
    """The processes in which stages run; none of them outlives the run."""

    def __init__(self, seed: int | None, store: str | None) -> None:
        self._options = [*([] if seed is None else ["--seed", str(seed)]), *(["--store", store] if store else [])]
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(SOURCES), os.environ.get("PYTHONPATH")])),
            "PYTHONIOENCODING": "utf-8",
        }
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(self, name: str) -> bool:
        """Run a stage, as often as it may be tried, with its output in its log; whether it went well."""
        log = log_file(name)
        log.parent.mkdir(exist_ok=True)
        command = [sys.executable, "-m", str(__package__), "stage", name, "--folder", ".", "--params", str(PARAMETERS), *self._options]
        with log.open("wb") as output:
            for _ in range(1 + STAGES[name].retries):
                if not self._stopped and self._succeeds(command, STAGES[name].timeout or None, output):
                    return True
        return False

    def _succeeds(self, command: list[str], seconds: int | None, output: IO[bytes]) -> bool:
        """Run a command once, for so many seconds at most."""
        process = subprocess.Popen(command, env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        self._running.add(process)
        if self._stopped:  # while this one was starting
            process.terminate()
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            output.write(f"ended after {seconds} seconds\n".encode())
            return False
        finally:
            self._running.discard(process)

    def stop(self) -> None:
        """End the processes that an interrupted run leaves behind."""
        self._stopped = True
        left = list(self._running)
        for process in left:
            process.terminate()
        with suppress(subprocess.TimeoutExpired):
            for process in left:
                process.wait(5)


def _task(name: str, names: Iterable[str], parameters: Mapping[str, Any], seed: int | None, workers: _Workers) -> dict[str, Any]:
    """The stage as doit sees it: the files that it depends on, those that it makes, and the values that it takes."""
    stage = STAGES[name]
    taken = {parameter: parameters[parameter] for parameter in stage.parameters}
    made = [ARTIFACTS / file for file in makes(name)]
    needed = {ARTIFACTS / file for file in takes(name)} | data_files(name, taken)
    return {
        "name": name,
        "actions": [(workers.run, [name])],
        "io": {"capture": False},
        "file_dep": [str(file) for file in needed],
        "targets": [str(file) for file in made],
        "task_dep": [other for other in stage.after if other in names],
        "uptodate": [
            config_changed({"parameters": taken, "seed": seed if stage.random else None, "code": code(name)}),
            _untouched([*made, *_side_files(name)]),
        ],
    }


def _stored_task(name: str, names: Iterable[str], workers: _Workers) -> dict[str, Any]:
    """The stage as doit sees it where its files are in a store: there is only the order."""
    return {
        "name": name,
        "actions": [(workers.run, [name])],
        "io": {"capture": False},
        "task_dep": [other for other in predecessors(name) if other in names],
        "uptodate": [False],
    }


def _side_files(name: str) -> list[Path]:
    """The files, other than artifacts, that this stage alone writes, and those that it reads from earlier stages."""
    stage = STAGES[name]
    own = [file for file in stage.writes if writers(file) == [name]]
    handed = [file for file in stage.reads if file not in stage.writes and writers(file)]
    return [WORKDIR / Path(file) for file in own + handed]


def _untouched(files: Iterable[Path]) -> Callable[..., bool]:
    """A condition for doit: since the stage ran, nobody has changed or removed these files."""

    def stamps() -> dict[str, list[int]]:
        return {str(file): [file.stat().st_mtime_ns, file.stat().st_size] for file in files if file.is_file()}

    def check(task: Any, values: Mapping[str, Any]) -> bool:
        task.value_savers.append(lambda: {"files": stamps()})
        return values.get("files") == stamps()

    files = list(files)
    return check
