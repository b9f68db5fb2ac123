"""Puts the built JupyterLab extension into the wheel and the sdist.

With `NBPIPE_LABEXTENSION=build` it is built first, which needs Node 20 or later. Without, it is taken in if it was built from the sources as they are, else left
out: the command line needs no Node. An sdist carries the built files, so that a wheel made from it has the extension, and needs no Node either.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_HOW = "set NBPIPE_LABEXTENSION=build, with Node 20 or later, to build it"
_NOT_SOURCES = frozenset({"node_modules", "lib"})


class LabExtension(BuildHookInterface[Any]):
    """The build hook."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the extension where that is asked for, and take it in where it is there."""
        root = Path(self.root)
        sources, built = root / "nbpipe" / "labextension", root / "build" / "labextension"
        if (root / "PKG-INFO").exists():  # an sdist
            current = (built / "package.json").exists()
        elif os.environ.get("NBPIPE_LABEXTENSION") == "build":
            _build(sources, built)
            current = True
        else:
            current = _digest(sources) == _stamp(built)
        if not current:
            self.app.display_warning(f"Made without the JupyterLab extension: {_HOW}.")
        elif self.target_name == "wheel":
            build_data["shared_data"][str(built)] = "share/jupyter/labextensions/nbpipe"


def _build(sources: Path, built: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("The JupyterLab extension cannot be built: there is no npm. Install Node 20 or later.")
    for command in (("ci", "--ignore-scripts", "--no-audit", "--no-fund"), ("run", "build")):
        subprocess.run([npm, *command], cwd=sources, check=True, stdout=sys.stderr)
    shutil.copy(sources / "install.json", built)
    (built / "sources.sha256").write_text(_digest(sources), encoding="utf-8")


def _digest(sources: Path) -> str:
    """The SHA-256 of all sources."""
    total = hashlib.sha256()
    for file in sorted(sources.rglob("*")):
        if file.is_file() and file.relative_to(sources).parts[0] not in _NOT_SOURCES and file.suffix != ".pyc":
            total.update(f"{file.relative_to(sources).as_posix()}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\0".encode())
    return total.hexdigest()


def _stamp(built: Path) -> str:
    """The digest of the sources that it was built from, empty where it is not there."""
    stamp = built / "sources.sha256"
    return stamp.read_text(encoding="utf-8") if stamp.is_file() else ""
