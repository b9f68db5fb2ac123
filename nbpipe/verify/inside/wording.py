"""How values are shown in a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SHORT = 60


def short(value: Any) -> str:
    """The value's repr on one line, cut where it is long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def absent(missing: Sequence[Any], added: Sequence[Any]) -> str:
    """What only one side has: the first of each."""
    told = [f"{short(missing[0])} is missing"] if missing else []
    return ", ".join(told + ([f"{short(added[0])} is not in the notebook's"] if added else []))
