"""What in new rows cannot be right, judged by the rows that are there."""

from __future__ import annotations

import pandas as pd

FAR = 10.0  # quartile ranges by which a number may lie outside of the middle half
ENOUGH_ROWS = 20  # fewer say nothing of what numbers may be


def reasons_against(known: pd.DataFrame, new: pd.DataFrame, cursor: str | None) -> pd.Series:
    """For each new row why it is not taken; an empty text where it is. The cursor may be far from all before: it grows."""
    reasons = pd.Series("", index=new.index, dtype=object)
    for name in (name for name in known if name != cursor):
        for wrong, reason in _against(known[name], new[name]):
            reasons = reasons.mask(wrong & (reasons == ""), f"{name}: {reason}")
    if cursor is None:
        return reasons
    return reasons.mask(new[cursor].isna(), f"{cursor}: is missing").mask(new[cursor].duplicated(), f"{cursor}: comes twice")


def _against(known: pd.Series, new: pd.Series) -> list[tuple[pd.Series, str]]:
    found = []
    if len(known) and known.notna().all():
        found.append((new.isna(), "is missing"))
    if pd.api.types.is_numeric_dtype(known) and not pd.api.types.is_bool_dtype(known):
        numbers = pd.to_numeric(new, errors="coerce").astype(float)
        found.append((numbers.isna() & new.notna(), "is no number"))
        if known.count() >= ENOUGH_ROWS:
            low, high = known.quantile(0.25), known.quantile(0.75)
            room = FAR * (high - low) or float("inf")  # where most are one number, nothing is known of the others
            found.append((numbers.notna() & ~numbers.between(low - room, high + room), "is far from all before"))
    return found
