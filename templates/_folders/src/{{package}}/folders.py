"""Stages on machines that share folders only: each takes those of the stages before it, and leaves in one of its own what it makes."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .parameters import load_parameters, with_changes
from .pipeline import PARAMETERS, STAGES
from .runner import run_report, run_stage
from .written import hand_on, stamps


def run_on_folders(name: str, given: Iterable[Path], made: Path, changes: Iterable[str] = ()) -> None:
    """Run a stage, and its report, on what is in folders; where several have a file, that of the last counts.

    What the stage makes or changes, values and other files, is copied to the folder `made`.
    """
    with TemporaryDirectory(prefix=f"{__package__}-") as temporary:
        folder = Path(temporary)
        for other in given:
            shutil.copytree(other, folder, copy_function=shutil.copyfile, dirs_exist_ok=True)
        parameters = _parameters(name, folder, changes)
        before = _all_in(folder)
        run_stage(name, parameters, folder)
        hand_on((path for path, stamp in _all_in(folder).items() if before.get(path) != stamp), folder, made)
        run_report(name, parameters, folder)


def _parameters(name: str, folder: Path, changes: Iterable[str]) -> Mapping[str, Any]:
    """The parameters in their file, with changes; a stage that takes none needs no file."""
    file = folder / PARAMETERS
    report = STAGES[name].report
    needed = STAGES[name].parameters or (report and report.parameters)
    return with_changes(load_parameters(file), changes) if needed else {}


def _all_in(folder: Path) -> dict[str, tuple[int, int]]:
    return stamps((path for path in folder.rglob("*") if "__pycache__" not in path.parts), folder)


def main(arguments: list[str] | None = None) -> None:
    """Run the stage that the command line names."""
    parser = argparse.ArgumentParser(description="Run a stage on folders.")
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--given", type=Path, action="append", default=[], metavar="FOLDER", help="what the stage needs")
    parser.add_argument("--made", type=Path, required=True, metavar="FOLDER", help="where what it makes goes")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a parameter for this run")
    options = parser.parse_args(arguments)
    run_on_folders(options.stage, options.given, options.made, options.set)


if __name__ == "__main__":
    main()
