"""Run `python -m PACKAGE ...` with the random streams started as in the notebook's kernel."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from . import seeding


def main() -> None:
    """Run the package named by the first argument; the others are its own."""
    package = sys.argv.pop(1)
    sys.path.insert(0, str(Path.cwd()))
    seeding.install()
    runpy.run_module(package, run_name="__main__", alter_sys=True)
