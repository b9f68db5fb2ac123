"""Keys of what the stages make, for an engine that keeps it and goes on where a run failed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

from .dependencies import code, data_files
from .graph import predecessors
from .pipeline import STAGES
from .storage import digest, project_folder


def keys(parameters: Mapping[str, Any], run: str) -> dict[str, str]:
    """For each stage a digest of its parameters, its code, the data files that it reads, and the keys of the stages before it.

    While a stage's key is the same, so is what it makes. Files beside its values may be gone or changed, which no key tells: a stage that writes any
    has another in each run, and so have the stages after it.
    """
    folder = project_folder()
    found: dict[str, str] = {}
    for name, stage in STAGES.items():
        given = {parameter: parameters[parameter] for parameter in stage.parameters}
        files = {os.path.relpath(file, folder): digest(file) for file in data_files(name, given, folder)}
        before = [found[other] for other in predecessors(name)]
        writes = run if stage.writes or stage.writes_more else ""
        text = json.dumps([name, given, code(name, folder), files, before, writes], sort_keys=True, default=repr)
        found[name] = hashlib.sha256(text.encode()).hexdigest()[:32]
    return found
