"""Describe this interpreter: its version, the distributions that it has, and which distribution an import name comes from."""

from __future__ import annotations

import importlib.util
import json
import platform
import sys
from importlib import metadata
from typing import Any

SUFFIXES = (".py", ".so", ".pyd")


def import_names(distribution: metadata.Distribution) -> set[str]:
    """The top-level names that a distribution lets one import."""
    listed = distribution.read_text("top_level.txt")
    if listed:
        return set(listed.split())
    files = [file for file in distribution.files or () if file.suffix in SUFFIXES]
    return {name for name in (file.parts[0].split(".")[0] for file in files) if name.isidentifier()}


def describe() -> dict[str, Any]:
    """The description as plain data."""
    versions, origins = {}, {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if not name or name in versions:  # the first one on the path is the one that imports find
            continue
        versions[name] = distribution.version
        for imported in import_names(distribution):
            origins.setdefault(imported, name)
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "distributions": dict(sorted(versions.items())),
        "imports": dict(sorted(origins.items())),
        "ipykernel": importlib.util.find_spec("ipykernel") is not None,
    }


def main() -> None:
    """Print the description as JSON."""
    sys.stdout.write(json.dumps(describe()))
