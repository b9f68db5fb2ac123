"""Load this folder as the package `nbpipe_inside`, so that none of its names gets in a notebook's way, and run one of its commands."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

NAME = "nbpipe_inside"


def load(folder: Path) -> None:
    """Make the folder importable under a name that no notebook uses, without a place in `sys.path`."""
    spec = importlib.util.spec_from_file_location(NAME, folder / "__init__.py", submodule_search_locations=[str(folder)])
    package = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)


def run() -> None:
    """Run the command named by the first argument; the others are the command's."""
    folder = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != folder]
    load(folder)
    importlib.import_module(f"{NAME}.{sys.argv.pop(1)}").main()


if __name__ == "__main__":
    run()
