"""Pickle the values of variables at the points where the pipeline hands them from stage to stage."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import warnings

PICKLERS = (
    "cloudpickle",
    "joblib.externals.cloudpickle",
    "pickle",
)  # the first one that there is; the others know less of what `__main__` defines


class Capture:
    """Writes the value of each port into `folder` when the notebook reaches its point, and what it is into `ports.json`."""

    def __init__(self, shell, ports, folder):
        self._namespace, self._folder = shell.user_ns, folder
        self._waiting = {}
        for port in ports:
            self._waiting.setdefault(port["point"], []).append(port)
        self._seen = {}

    def reached(self, statement):
        """Capture the ports whose point this statement is (the last time, where it is executed more than once)."""
        for port in self._waiting.get(statement, ()):
            self._seen[port["name"]] = self._captured(port)
        if statement in self._waiting:
            with open(os.path.join(self._folder, "ports.json"), "w", encoding="utf-8") as file:
                json.dump(self._seen, file)

    def _captured(self, port):
        if port["variable"] not in self._namespace:
            return {"problem": "the notebook has no variable %s here" % port["variable"]}
        value = self._namespace[port["variable"]]
        kind = "%s.%s" % (type(value).__module__, type(value).__qualname__)
        path = os.path.join(self._folder, port["file"])
        try:
            with open(path, "wb") as file:
                _silently(_pickler().dump, value, file)
        except Exception as error:  # whatever a type's own code raises
            os.unlink(path)
            return {"type": kind, "problem": "%s: %s" % (type(error).__name__, error)}
        return {"type": kind, "file": port["file"], "size": os.path.getsize(path)}


def _pickler():
    for name in PICKLERS:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return pickle


def _silently(function, *arguments):
    """Call without showing warnings, but leave the filters alone: changing them makes Python show old warnings again."""
    show = warnings.showwarning
    warnings.showwarning = lambda *_, **__: None
    try:
        function(*arguments)
    finally:
        warnings.showwarning = show
