"""Airflow as it is deployed, on this machine: its scheduler, DAG processor and API server, in processes of their own, for one project."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.engines import ENGINES, Engine, execute

PATIENCE = 900  # seconds; a task takes few, but machines of CI are slow at times


class Services:
    """The commands and the API of services that run."""

    def __init__(self, project: Path, commands: Path, engine: Engine, url: str) -> None:
        self._project, self._commands, self._engine, self._url = project, commands, engine, url
        self._token = ""

    def command(self, *arguments: str) -> None:
        """`airflow` with these arguments."""
        result = execute(("airflow", *arguments), self._project, self._commands, self._engine)
        assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-6000:]

    def asked(self, path: str) -> Any:
        """What the API answers."""
        if not self._token:
            self._token = self._get("/auth/token")["access_token"]
        return self._get(f"/api/v2/{path}")

    def _get(self, path: str) -> Any:
        headers = {"Accept": "application/json", **({"Authorization": f"Bearer {self._token}"} if self._token else {})}
        with urlopen(Request(self._url + path, headers=headers), timeout=60) as answer:  # noqa: S310 - our own
            return json.load(answer)

    def wait(self, path: str, ready: Callable[[Any], bool]) -> Any:
        """The API's answer, once it is as it should be."""
        deadline, answer = time.monotonic() + PATIENCE, None
        while time.monotonic() < deadline:
            with suppress(OSError):  # it does not answer yet, or not now
                answer = self.asked(path)
                if ready(answer):
                    return answer
            time.sleep(2)
        raise TimeoutError(f"{path}: {answer}")

    def ended(self, dag: str, run: str) -> dict[str, dict[str, Any]]:
        """The tasks of a run, by name, and under `""` the run, when it has ended."""
        at = f"dags/{dag}/dagRuns/{run}"
        whole = self.wait(at, lambda answer: answer["state"] in ("success", "failed"))
        return {"": whole, **{task["task_id"]: task for task in self.asked(f"{at}/taskInstances")["task_instances"]}}

    def log(self, dag: str, run: str, task: str) -> str:
        """What a task has told in its first try."""
        return json.dumps(self.asked(f"dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/1"))


@contextmanager
def services(project: Path, commands: Path) -> Iterator[Services]:
    """`airflow standalone` for a project, with a database in its folder; nothing of it outlives the tests."""
    with ExitStack() as sockets:
        every = [sockets.enter_context(socket.socket()) for _ in range(3)]
        for one in every:
            one.bind(("127.0.0.1", 0))
        api, worker_logs, trigger_logs = (str(one.getsockname()[1]) for one in every)
    settings = {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": api,
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "300",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{api}/execution/",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": trigger_logs,
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": worker_logs,
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "120",
    }
    engine = replace(ENGINES["airflow"], variables={**ENGINES["airflow"].variables, **settings})
    surroundings = {
        **os.environ,
        **engine.variables,
        **{name: str(project / folder) for name, folder in engine.folders.items()},
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(project / "src"),
    }
    with (project / "services.log").open("w") as log:
        started = subprocess.Popen(
            [str(commands / "airflow"), "standalone"], cwd=project, env=surroundings, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield Services(project, commands, engine, f"http://127.0.0.1:{api}")
        finally:
            _end(started)


def _end(started: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started, which are one group."""
    for number, seconds in ((signal.SIGTERM, 30.0), (signal.SIGKILL, 30.0)):
        deadline = time.monotonic() + seconds
        with suppress(ProcessLookupError):
            os.killpg(started.pid, number)
            while time.monotonic() < deadline:
                started.poll()
                os.killpg(started.pid, 0)
                time.sleep(0.2)
