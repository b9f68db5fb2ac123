"""The rows that were served, with what the model said of them, in `store/served.jsonl`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pandas as pd

from .drift import MOST_ROWS, described

FILE = Path("store", "served.jsonl")


def keep(features: pd.DataFrame, predictions: Any, project: Path) -> None:
    """Remember rows that were served now."""
    file = project / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = described(features, predictions).astype(object)
    lines = (json.dumps({"at": time.time(), "row": row}) + "\n" for row in rows.where(rows.notna(), None).to_dict("records"))
    with file.open("a", encoding="utf-8") as target:
        target.write("".join(lines))  # at once, so that lines of several servers do not mix


def served_since(moment: float, project: Path) -> pd.DataFrame:
    """The newest of the rows that were served after a moment."""
    file = project / FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    found = [json.loads(line) for line in lines[-MOST_ROWS:]]
    return pd.DataFrame([entry["row"] for entry in found if entry["at"] > moment])
