"""The files that ship with nbpipe: tables of facts, and templates of the projects that it generates."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any


@cache
def read_table(name: str) -> dict[str, Any]:
    """The parsed table `nbpipe/knowledge/<name>.toml`; callers share it and must not change it."""
    return tomllib.loads(files("nbpipe").joinpath("knowledge", f"{name}.toml").read_text(encoding="utf-8"))


@cache
def templates() -> Path:
    """The folder of the templates: inside the installed package, or at the root of the repository in a checkout."""
    package = Path(str(files("nbpipe")))
    shipped = package / "templates"
    return shipped if shipped.is_dir() else package.parent / "templates"
