"""Stages within tasks of Flyte: what other tasks made comes as files and frames, and so goes what a stage makes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from flytekit import current_context
from flytekit.exceptions.user import FlyteRecoverableException

from .remote import run_from_store
from .runner import StageError


def run(stage: str, given: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, str]:
    """Run a stage, and its report, on what it is given; the paths of what it makes. Both by file.

    Flyte tries a task again only after errors that it may recover from.
    """
    folder = Path(mkdtemp(prefix=f"{stage}-", dir=current_context().working_directory))
    paths = {file: _path(value, folder / "given" / file) for file, value in given.items()}
    try:
        return run_from_store(stage, parameters, paths, lambda file: str(folder / "made" / file))
    except StageError as error:
        raise FlyteRecoverableException(str(error)) from error


def _path(value: Any, path: Path) -> str:
    """Where a file is now that Flyte gives, or a frame, which is stored for that."""
    if hasattr(value, "download"):
        return str(value.download())
    path.parent.mkdir(parents=True, exist_ok=True)
    value.to_parquet(path) if path.suffix == ".parquet" else value.to_pickle(path)
    return str(path)
