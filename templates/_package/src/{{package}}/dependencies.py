"""What a stage depends on, beside what other stages give it: its code, and files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from modulefinder import ModuleFinder
from pathlib import Path
from typing import Any

from .pipeline import HAS_SETTINGS, STAGES, WORKDIR
from .storage import digest

SOURCES = Path(__file__).resolve().parents[1]
HERE = Path()


def code(name: str, folder: Path = HERE) -> dict[str, str]:
    """The digests of a stage's module, and of all modules of the project in `folder` that it imports, directly or not.

    They are taken before the stage runs, so that an edit while it runs is not overlooked.
    """
    finder = _OwnModules(path=[str(SOURCES), str(folder / WORKDIR)])
    finder.import_hook(f"{__package__}.stages.{name}")
    if HAS_SETTINGS:
        finder.import_hook(f"{__package__}.settings")
    return {module.__name__: digest(Path(module.__file__)) for module in finder.modules.values() if module.__file__}


class _OwnModules(ModuleFinder):
    """Follows imports into the package and the working folder only."""

    def find_module(self, name: str, path: Any, parent: Any = None) -> Any:
        if path is None and name != __package__:
            path = self.path[1:]
        return super().find_module(name, path, parent)


def writers(file: str) -> list[str]:
    """The stages that write a file."""
    return [name for name, stage in STAGES.items() if file in stage.writes]


def data_files(name: str, taken: Mapping[str, Any], folder: Path = HERE) -> set[Path]:
    """The files of the project in `folder` that a stage reads and no stage writes, also those that its parameters name."""
    named = [value for value in taken.values() if isinstance(value, str) and value]
    files = [folder / WORKDIR / file for file in [*STAGES[name].reads, *named] if not writers(file)]
    return {file for file in files if os.path.isfile(file)}  # unlike Path.is_file, it bears any text
