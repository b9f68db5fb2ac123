"""Remember which statement opened a file to write to it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Writers:
    """Listens to Python's own `open` events; what a C library opens by itself is not heard."""

    def __init__(self, shell: Any, where: Callable[[], str], record: Path) -> None:
        self._where, self._record = where, record
        self._writers: dict[str, str] = {}
        self._stored: dict[str, str] = {}
        sys.addaudithook(self._heard)
        shell.events.register("post_run_cell", self._store)

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else flags & WRITING
            if writes and isinstance(path, (str, bytes)):
                self._writers[os.path.abspath(os.fsdecode(path))] = self._where()  # noqa: PTH100 (it must not resolve links)

    def _store(self, result: Any) -> None:
        if self._writers != self._stored:
            self._stored = dict(self._writers)
            (self._record / "writers.json").write_text(json.dumps(self._stored), encoding="utf-8")
