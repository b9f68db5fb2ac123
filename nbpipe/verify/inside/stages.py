"""Run the stages of a pipeline one after the other, each in a new process, as `python -m PACKAGE stage NAME` does.

Where processes can be forked, each is a fork of one that has imported the large libraries and nothing else: starting Python and importing them
anew for each stage would take longer than most stages do.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from . import stage

PRELOADED = ("IPython", "numpy", "pandas", "scipy", "sklearn", "matplotlib", "seaborn", "statsmodels")  # they survive a fork


def main() -> None:
    """`stages PACKAGE SOURCE LOGS PARAMETERS NAME ...`; what a stage writes to standard error goes to `LOGS/NAME.txt`.

    Prints a line of JSON for each stage that begins (`begins`), and for each that has ended (`stage`, `code` and `seconds`).
    """
    package, source, logs, parameters, *names = sys.argv[1:]
    forks = sys.platform == "linux"
    if forks:
        preload(Path(source, package))
    for name in names:
        _say({"begins": name})
        began = time.monotonic()
        arguments = [package, "stage", name, "--params", parameters]
        log = Path(logs, f"{name}.txt")
        code = forked(arguments, log) if forks else started(arguments, log)
        _say({"stage": name, "code": code, "seconds": time.monotonic() - began})


def preload(folder: Path) -> None:
    """Import what the modules below a folder import of the large libraries."""
    inline = importlib.util.find_spec("matplotlib_inline") is not None
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline" if inline else "agg")  # as the package does
    modules = set().union(*(imports_in(file.read_text(encoding="utf-8")) for file in folder.rglob("*.py")))
    for module in sorted(modules):
        if module.split(".")[0] in PRELOADED:
            with suppress(Exception):  # the stage that needs it will say so
                importlib.import_module(module)


def imports_in(source: str) -> set[str]:
    """The modules that a source imports; none where it is no Python."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return set()
    named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return named | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}


def forked(arguments: list[str], log: Path) -> int:
    """Run a stage in a fork, and return its exit code."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    with log.open("wb") as file, Path(os.devnull).open("wb") as nowhere:
        os.dup2(file.fileno(), 2)
        os.dup2(nowhere.fileno(), 1)
    sys.argv[1:] = arguments
    stage.main()
    sys.exit(0)  # only the parent goes on with the next stage


def started(arguments: list[str], log: Path) -> int:
    """Run a stage in a process that starts from nothing, and return its exit code."""
    with log.open("wb") as file:
        return subprocess.call([sys.executable, str(Path(__file__).parent), "stage", *arguments], stdout=subprocess.DEVNULL, stderr=file)


def _say(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()
