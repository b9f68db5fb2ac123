"""Versions of the stages, for an engine that takes from its cache what has been made before."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from .dependencies import code, data_files
from .parameters import load_parameters
from .pipeline import PARAMETERS, STAGES, WORKDIR
from .storage import digest, project_folder


def version(stage: str) -> str:
    """A digest of a stage's code, and of the data files that it reads: while it is the same, what the stage made from the same inputs is, too.

    A stage with a parameter that names a file may be told to read any other: all data files count for it.
    """
    folder = project_folder()
    defaults = load_parameters(folder / PARAMETERS)
    given = {name: defaults[name] for name in STAGES[stage].parameters}
    files = data_files(stage, given, folder)
    if any(isinstance(value, str) and value and os.path.isfile(folder / WORKDIR / value) for value in given.values()):
        data = folder / Path(WORKDIR).parts[0]
        files |= {file for file in data.rglob("*") if file.is_file() and "__pycache__" not in file.parts}
    found = sorted((os.path.relpath(file, folder), digest(file)) for file in files)
    text = json.dumps([code(stage, folder), found], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
