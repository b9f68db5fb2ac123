"""Pickle the values of variables at the points where the pipeline hands them from stage to stage."""

from __future__ import annotations

import importlib
import json
import pickle
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from .schema import describe

PICKLERS = (
    "cloudpickle",
    "joblib.externals.cloudpickle",
    "pickle",
)  # the first one that there is; the others know less of what `__main__` defines


class Capture:
    """Writes the value of each port into `record` when the notebook reaches its point, and what it is into `ports.json`."""

    def __init__(self, shell: Any, ports: Iterable[dict[str, str]], record: Path) -> None:
        self._namespace, self._record = shell.user_ns, record
        self._waiting: dict[str, list[dict[str, str]]] = {}
        for port in ports:
            self._waiting.setdefault(port["point"], []).append(port)
        self._seen: dict[str, dict[str, Any]] = {}

    def reached(self, statement: str) -> None:
        """Capture the ports whose point this statement is (the last time, where it is executed more than once)."""
        for port in self._waiting.get(statement, ()):
            self._seen[port["name"]] = self._captured(port)
        if statement in self._waiting:
            (self._record / "ports.json").write_text(json.dumps(self._seen), encoding="utf-8")

    def _captured(self, port: dict[str, str]) -> dict[str, Any]:
        if port["variable"] not in self._namespace:
            return {"problem": f"the notebook has no variable {port['variable']} here"}
        value = self._namespace[port["variable"]]
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        seen = {"type": kind, **_described(value)}
        path = self._record / port["file"]
        try:
            with path.open("wb") as file:
                _silently(_pickler().dump, value, file)
        except Exception as error:  # whatever a type's own code raises
            path.unlink()
            return {**seen, "problem": f"{type(error).__name__}: {error}"}
        return {**seen, "file": port["file"], "size": path.stat().st_size}


def _described(value: Any) -> dict[str, Any]:
    """What the value is made of, if it lets one see it."""
    try:
        return describe(value)
    except Exception:  # whatever a type's own code raises
        return {}


def _pickler() -> Any:
    for name in PICKLERS:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return pickle


def _silently(function: Callable[..., None], *arguments: Any) -> None:
    """Call without showing warnings, but leave the filters alone: changing them makes Python show old warnings again."""
    show = warnings.showwarning
    warnings.showwarning = lambda *_, **__: None
    try:
        function(*arguments)
    finally:
        warnings.showwarning = show
