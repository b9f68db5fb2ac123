"""Stages within tasks of Flyte: what other tasks made comes as files and frames, and so goes what a stage makes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from flytekit import current_context

from .dependencies import code, data_files
from .parameters import load_parameters
from .pipeline import PARAMETERS
from .remote import run_from_store
from .storage import digest, project_folder


def run(stage: str, given: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, str]:
    """Run a stage, and its report, on what it is given; the paths of what it makes. Both by file."""
    folder = Path(mkdtemp(prefix=f"{stage}-", dir=current_context().working_directory))
    paths = {file: _path(value, folder / "given" / file) for file, value in given.items()}
    return run_from_store(stage, parameters, paths, lambda file: str(folder / "made" / file))


def version(stage: str) -> str:
    """The version of a task: while neither the stage's code nor its data change, Flyte takes from its cache what it has made before."""
    files = data_files(stage, load_parameters(project_folder() / PARAMETERS))
    text = json.dumps([code(stage), sorted((str(file), digest(file)) for file in files)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _path(value: Any, path: Path) -> str:
    """Where a file is now that Flyte gives, or a frame, which is stored for that."""
    if hasattr(value, "download"):
        return str(value.download())
    path.parent.mkdir(parents=True, exist_ok=True)
    value.to_parquet(path) if path.suffix == ".parquet" else value.to_pickle(path)
    return str(path)
