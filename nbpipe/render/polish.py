"""Formatting the generated Python, and quieting ruff where the notebook's own code breaks one of its rules."""

import ast
import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from nbpipe.errors import WriteError

# Only fixes that cannot change what the code computes. Most "safe" fixes can: F632 turns `is` into `==`.
_FIXES = "I001,F401,F541"
_STACK = 256 * 1024 * 1024  # bytes, of which only what is used is taken: deep expressions overflow ruff's usual 2 MB


def polish(files: Mapping[str, str]) -> Mapping[str, str]:
    """The project's files with its Python formatted, its imports sorted, and a `noqa` on each line that ruff still objects to.

    ruff reads its settings from the project's own `pyproject.toml`.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="nbpipe-") as name:
            return _polished(files, Path(name))
    except OSError as error:
        place = error.filename or tempfile.gettempdir()
        raise WriteError(
            f"{place} cannot be written: {error.strerror or error}; make room there, or set TMPDIR to another folder"
        ) from error


def _polished(files: Mapping[str, str], folder: Path) -> Mapping[str, str]:
    """The files after ruff went over them in a folder."""
    checked = [path for path in files if path.endswith((".py", ".ipynb", "pyproject.toml"))]
    for path in checked:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(_guarded(path, files[path]), encoding="utf-8", newline="\n")
    _ruff(folder, "check", "--fix-only", "--select", _FIXES)
    _ruff(folder, "format")
    _ruff(folder, "check", "--add-noqa")
    return {**files, **{path: (folder / path).read_text(encoding="utf-8") for path in checked}}


def _guarded(path: str, text: str) -> str:
    """The text, with a word to ruff not to sort its imports where their order decides what a name means."""
    return f"# ruff: isort: skip_file\n{text}" if path.endswith(".py") and _order_matters(ast.parse(text)) else text


def _order_matters(module: ast.Module) -> bool:
    imports = [node for node in module.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = [alias.asname or alias.name for node in imports for alias in node.names]
    sources = {(getattr(node, "module", None), alias.name, alias.asname) for node in imports for alias in node.names}
    return "*" in names or len(set(names)) < len(sources)


def _ruff(folder: Path, *arguments: str) -> None:
    """Run ruff, which must be able to read every file: one that it cannot parse is a bug in nbpipe."""
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "--quiet", "."]
    environment = {**os.environ, "RUST_MIN_STACK": str(_STACK)}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    if (reason := os.strerror(errno.ENOSPC)) in result.stdout + result.stderr:
        raise OSError(errno.ENOSPC, reason, str(folder))
    if result.returncode:
        raise RuntimeError(f"ruff cannot read the generated code: {result.stdout}{result.stderr}")
