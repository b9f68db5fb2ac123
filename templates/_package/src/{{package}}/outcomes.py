"""What came of a run, in short: the numbers and short texts among the values that the stages give."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .pipeline import PORTS
from .storage import ARTIFACTS, load, replacing

_SMALL = 64 * 1024  # bytes of a file in which a number may be
_SHORT = 60  # letters of a text


def outcomes(stages: Iterable[str], folder: Path) -> dict[str, Any]:
    """What these stages have left that has room in a table, by port; of a dict each item, as `port.key`."""
    wanted = {*stages}
    found: dict[str, Any] = {}
    for name, port in PORTS.items():
        file = folder / ARTIFACTS / port.file
        if port.stage in wanted and file.is_file() and file.stat().st_size <= _SMALL:
            try:
                value = load([name], folder)[name]
            except Exception:  # a value whose class only the stages can import, beside which it lies, is no number
                continue
            items = {f"{name}.{key}": item for key, item in value.items()} if isinstance(value, dict) else {name: value}
            found |= {key: plain for key, item in items.items() if (plain := _plain(item)) is not None}
    return found


def write_metrics(stage: str, folder: Path, file: Path) -> None:
    """Write the numbers that a stage has left, as JSON."""
    numbers = {name: value for name, value in outcomes([stage], folder).items() if not isinstance(value, str)}
    with replacing(file) as place:
        place.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """A number, also of numpy, or a short text."""
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    short = isinstance(value, str) and len(value) <= _SHORT and value.isprintable()
    return value if short or isinstance(value, (bool, int, float)) else None
