"""Stages within tasks of Flyte 2: what other tasks made comes as files, and so goes what a stage makes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import Any

from flyte.io import File

from .remote import run_from_store

_ALONE = Lock()  # the working directory and the random state are the whole process's, in which here all tasks may run


async def run(stage: str, given: Mapping[str, File], parameters: Mapping[str, Any]) -> dict[str, File]:
    """Run a stage, and its report, on what it is given; what it makes. Both by file."""
    folder = Path(mkdtemp(prefix=f"{stage}-"))
    paths = {file: str(await value.download()) for file, value in given.items()}
    with _ALONE:
        made = run_from_store(stage, parameters, paths, lambda file: str(folder / file))
    return {file: await File.from_local(path) for file, path in made.items()}
