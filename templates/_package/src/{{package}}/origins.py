"""The notebook's cells from which the lines of this package came (`origins.json`)."""

from __future__ import annotations

import json
from pathlib import Path

from .storage import digest

_PACKAGE = Path(__file__).resolve().parent


def cell_of(file: Path, line: int) -> int | None:
    """The number of the cell, from 1, that a line came from; None for other files, and for files edited since they were made."""
    if _PACKAGE not in file.resolve().parents:
        return None
    origins = json.loads((_PACKAGE / "origins.json").read_text(encoding="utf-8"))
    known = origins.get(file.resolve().relative_to(_PACKAGE).as_posix())
    if known is None or known["sha256"] != digest(file):
        return None
    return next((cell for first, last, cell in known["lines"] if first <= line <= last), None)
