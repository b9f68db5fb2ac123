"""Describe this interpreter: its version, the distributions that it has, and which distribution an import name comes from."""

from __future__ import annotations

import importlib.util
import json
import platform
import sys
from importlib import metadata


def import_names(distribution):
    """The top-level names that a distribution lets one import."""
    listed = distribution.read_text("top_level.txt")
    if listed:
        return set(listed.split())
    names = set()
    for file in distribution.files or ():
        top = file.parts[0]
        if len(file.parts) > 1 and not top.endswith((".dist-info", ".data")) and top != "..":
            names.add(top)
        elif len(file.parts) == 1 and file.suffix in (".py", ".so", ".pyd"):
            names.add(top.split(".")[0])
    return {name for name in names if name.isidentifier() and name != "__pycache__"}


def describe():
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


def main():
    """Print the description as JSON."""
    print(json.dumps(describe()))
