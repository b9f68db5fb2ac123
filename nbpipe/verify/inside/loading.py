"""Load what notebook and pipeline stored, although the notebook's own classes lived in its `__main__`."""

from __future__ import annotations

import importlib
import importlib.util
import pickle
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

READERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    ".npy": ("numpy", "load", {"allow_pickle": True}),
    ".npz": ("numpy", "load", {"allow_pickle": True}),
    ".parquet": ("pandas", "read_parquet", {}),
    ".feather": ("pandas", "read_feather", {}),
    ".xlsx": ("pandas", "read_excel", {"sheet_name": None}),
}


class Unpickler(pickle.Unpickler):
    """Finds what a notebook defined among the modules of the generated package; what is nowhere becomes a stand-in that only holds state."""

    def __init__(self, file: BinaryIO, package: str) -> None:
        super().__init__(file)
        self._package = package

    def find_class(self, module: str, name: str) -> Any:
        """Find a global that a pickle refers to."""
        if module != "__main__":
            return super().find_class(module, name)
        for candidate in _modules(self._package):
            if hasattr(candidate, name):
                return getattr(candidate, name)
        return type(name, (), {"__module__": "__main__"})


def _modules(package: str) -> Iterator[ModuleType]:
    """The package's modules that can hold a notebook's functions and classes."""
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        if found.name in (f"{package}.functions", f"{package}.classes") or found.name.startswith(f"{package}.stages."):
            yield importlib.import_module(found.name)


def load_pickle(path: str, package: str) -> Any:
    """The value that a pickle or joblib file holds."""
    try:
        with Path(path).open("rb") as file:
            return Unpickler(file, package).load()
    except Exception:  # joblib's own format: it may be compressed, and read as code what it puts between the parts of a pickle
        if importlib.util.find_spec("joblib") is None:
            raise
        return importlib.import_module("joblib").load(path)


def load_file(path: str, package: str) -> Any:
    """The value in a file that a notebook wrote, by the file's suffix."""
    suffix = Path(path).suffix.lower()
    if suffix not in READERS:
        return load_pickle(path, package)
    library, reader, options = READERS[suffix]
    value = getattr(importlib.import_module(library), reader)(path, **options)
    return dict(value) if suffix == ".npz" else value


def load_port(name: str, folder: str, package: str) -> Any:
    """The value of a port, as the pipeline itself reads it from the project in `folder`."""
    return importlib.import_module(f"{package}.storage").load([name], Path(folder))[name]
