"""How values are shown in a message."""

from __future__ import annotations

SHORT = 60


def short(value):
    """The value's repr on one line, cut where it is long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def absent(missing, added):
    """What only one side has: the first of each."""
    told = ["%s is missing" % short(missing[0])] if missing else []
    return ", ".join(told + (["%s is not in the notebook's" % short(added[0])] if added else []))
