"""Executions of notebooks that are kept, by the content of everything that they depend on."""

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs

from nbpipe.verify.environment import INSIDE
from nbpipe.verify.execution import ALIKE, Execution, Laboratory, Script, load

_KEPT_DAYS = 30
_KEPT_ENTRIES = 64


def key(script: Script, files: str, environment: Mapping[str, Any], lab: Laboratory) -> str:
    """What an execution of the script depends on, as a digest; `files` is the digest of its surroundings."""
    whole = {
        "script": [script.notebook, script.watch],
        "files": files,
        "environment": environment,
        "variables": [dict(lab.interpreter.variables), ALIKE],
        "watching": [hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(INSIDE.glob("*.py"))],
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def find(name: str) -> Execution | None:
    """The execution that is kept under a name, if there is one."""
    folder = _home() / name
    try:
        os.utime(folder)
        return load(folder)
    except (OSError, ValueError):  # it is not there, or another version of nbpipe wrote it
        return None


def keep(name: str, execution: Execution) -> None:
    """Keep an execution, and what it wrote; another process may be doing the same, or using what is kept."""
    home = _home()
    partial = home / f".{uuid.uuid4().hex}"
    with suppress(OSError):  # a cache that is full or read-only is no reason to fail
        partial.mkdir(parents=True)
        shutil.copy2(Path(execution.folder, "execution.json"), partial)
        shutil.copytree(Path(execution.folder, "record"), partial / "record")
        for file in execution.written:
            target = partial / "tree" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(execution.tree / file, target)
        partial.rename(home / name)
    shutil.rmtree(partial, ignore_errors=True)
    _forget_old(home)


def _home() -> Path:
    return platformdirs.user_cache_path("nbpipe") / "baselines"


def _forget_old(home: Path) -> None:
    """Remove what has not been used for long, and the least used of too many."""
    with suppress(OSError):
        newest = sorted(((entry.stat().st_mtime, entry) for entry in home.iterdir()), reverse=True)
        limit = time.time() - _KEPT_DAYS * 24 * 3600
        for position, (used, entry) in enumerate(newest):
            if used < limit or position >= _KEPT_ENTRIES:
                shutil.rmtree(entry, ignore_errors=True)
