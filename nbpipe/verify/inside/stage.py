"""Run `python -m PACKAGE ...` with the random streams started as in the notebook's kernel."""

from __future__ import annotations

import os
import runpy
import sys

from . import seeding


def main():
    """Run the package named by the first argument; the others are its own."""
    package = sys.argv.pop(1)
    sys.path.insert(0, os.getcwd())
    seeding.install()
    runpy.run_module(package, run_name="__main__", alter_sys=True)
