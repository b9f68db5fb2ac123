"""Versions of the stages, for an engine that takes from its cache what has been made before."""

from __future__ import annotations

import hashlib
import json

from .dependencies import code, data_files
from .parameters import load_parameters
from .pipeline import PARAMETERS
from .storage import digest, project_folder


def version(stage: str) -> str:
    """A digest of a stage's code, and of the data files that it reads: while it is the same, what the stage made from the same inputs is, too."""
    files = data_files(stage, load_parameters(project_folder() / PARAMETERS))
    text = json.dumps([code(stage), sorted((str(file), digest(file)) for file in files)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
