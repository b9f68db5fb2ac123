"""Remember which statement opened a file to write to it."""

from __future__ import annotations

import json
import os
import sys

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Writers:
    """Listens to Python's own `open` events; what a C library opens by itself is not heard."""

    def __init__(self, shell, where, folder):
        self._where, self._folder = where, folder
        self._writers, self._stored = {}, {}
        sys.addaudithook(self._heard)
        shell.events.register("post_run_cell", self._store)

    def _heard(self, event, arguments):
        if event == "open":
            path, mode, flags = arguments
            writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else flags & _WRITING
            if writes and isinstance(path, (str, bytes)):
                self._writers[os.path.abspath(os.fsdecode(path))] = self._where()

    def _store(self, result):
        if self._writers != self._stored:
            self._stored = dict(self._writers)
            with open(os.path.join(self._folder, "writers.json"), "w", encoding="utf-8") as file:
                json.dump(self._stored, file)
