"""Child processes that end when we do: each in a group of its own, with a time limit."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_GRACE = 5.0  # seconds between asking a process to end and ending it


class Processes:
    """Starts processes from any thread; leaving the context closes it."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End what runs, and start no more."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for process in running:
            _end(process)

    def run(
        self,
        command: Sequence[str],
        cwd: Path,
        variables: Mapping[str, str],
        errors: Path,
        seconds: float,
        on_line: Callable[[str], None] = lambda line: None,
    ) -> int:
        """Run to the end, or to the time limit, and return the exit code (negative where a signal ended it).

        Each line of standard output goes to `on_line`, and standard error into the file `errors`.
        """
        with errors.open("wb") as stderr:
            with self._lock:
                if self._closed:
                    raise KeyboardInterrupt
                process = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env=dict(variables),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    text=True,
                    errors="replace",
                    start_new_session=True,
                )
                self._running.add(process)
            timer = threading.Timer(max(seconds, 0), _end, (process,))
            timer.start()
            try:
                for line in process.stdout or ():
                    on_line(line.rstrip("\n"))
                return process.wait()
            finally:
                timer.cancel()
                _end(process)
                if process.stdout:
                    process.stdout.close()
                with self._lock:
                    self._running.discard(process)


def _end(process: subprocess.Popen[str]) -> None:
    """Ask the process and its children to end, then end them."""
    if process.poll() is not None:
        return
    _signal(process, signal.SIGTERM)
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        process.poll()
