"""How rows, and what the model says of them, differ from those of a good run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from .storage import replacing

FILE = Path("reference.json")  # in the working folder
PREDICTION = "(prediction)"
MOST_ROWS = 2000  # of the reference; of more, a sample
ENOUGH_ROWS = 20  # fewer say nothing
CHANCE = 0.01  # how often the comparison of all columns may take chance for drift
RARE = 5  # values that are expected less often count as one

Verdict = dict[str, Any]


class DriftError(ValueError):
    """The rows are not like those that the model was made for, or cannot be compared with them."""


def described(features: Any, predictions: Any) -> pd.DataFrame:
    """Rows as numbers and texts, with what the model says of them; features that are no table count only by their predictions."""
    said = np.asarray(predictions)
    columns = plain(features)
    for number, part in enumerate(said.reshape(len(said), -1).T):
        columns[PREDICTION if number == 0 else f"{PREDICTION} {number}"] = _plain(pd.Series(part)).tolist()
    return pd.DataFrame(columns)


def plain(features: Any) -> dict[str, list[Any]]:
    """A table's columns as numbers (times as seconds) and texts."""
    if isinstance(features, np.ndarray) and features.ndim == 2:
        features = pd.DataFrame(features)
    if isinstance(features, pd.Series):
        features = features.to_frame("values" if features.name is None else features.name)
    if not isinstance(features, pd.DataFrame):
        return {}
    return {str(name): _plain(features[name]).tolist() for name in features.columns[~features.columns.duplicated()]}


def _plain(column: pd.Series) -> pd.Series:
    dtype = column.dtype
    if pd.api.types.is_datetime64_any_dtype(dtype):
        start = pd.Timestamp(0, tz=getattr(dtype, "tz", None) and "UTC")
        return (column - start).dt.total_seconds()
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
        return column.astype(float)
    known = column.astype(object)
    return known.where(known.notna(), None).map(str, na_action="ignore")


def compare(reference: pd.DataFrame, now: pd.DataFrame, distance: float, share: float) -> Verdict:
    """Return how each column differs, and whether that is an alarm: the predictions have drifted, or at least this share of the columns.

    A column has drifted where its distributions are more than `distance` apart (the greatest difference of their cumulative shares, or of the shares of a set of
    values) and chance would hardly do that.
    """
    if missing := [name for name in reference if name not in now]:
        raise DriftError(f"the rows have no column {missing[0]!r}: they should have {', '.join(map(str, reference.columns))}")
    if len(now) < ENOUGH_ROWS:
        return {"rows": len(now), "alarm": False, "reasons": [], "columns": []}
    chance = CHANCE / len(reference.columns)
    columns = [_column(name, reference[name], now[name], distance, chance) for name in reference]
    predictions = [found for found in columns if found["column"].startswith(PREDICTION)]
    features = [found for found in columns if found not in predictions]
    drifted = [found["column"] for found in features if found["drifted"]]
    reasons = [f"{found['column']} has drifted by {found['distance']:.2f}" for found in predictions if found["drifted"]]
    if drifted and len(drifted) >= share * len(features):
        reasons.append(f"{len(drifted)} of {len(features)} columns have drifted: {', '.join(drifted)}")
    return {"rows": len(now), "alarm": bool(reasons), "reasons": reasons, "columns": columns}


def _column(name: str, before: pd.Series, now: pd.Series, distance: float, chance: float) -> Verdict:
    tests = [
        {"column": name, "method": method, "distance": far, "p": p, "drifted": far > distance and p < chance}
        for method, far, p in _tests(before, now)
    ]
    return max(tests, key=lambda found: (found["drifted"], -found["p"]))


def _tests(before: pd.Series, now: pd.Series) -> Iterator[tuple[str, float, float]]:
    """The method, the distance and the probability of each test that suits a column."""
    if pd.api.types.is_numeric_dtype(before) and pd.api.types.is_numeric_dtype(now):
        yield "missing", *_between_shares(before.isna(), now.isna())
        known = before.dropna(), now.dropna()
        if min(map(len, known)) >= RARE:
            found = stats.ks_2samp(*known)
            yield "Kolmogorov-Smirnov", float(found.statistic), float(found.pvalue)
    else:
        yield "chi-square", *_between_shares(before.map(str, na_action="ignore"), now.map(str, na_action="ignore"))


def _between_shares(before: pd.Series, now: pd.Series) -> tuple[float, float]:
    """How far apart the shares of the values are, and how probable that is by chance."""
    counts = pd.DataFrame({"before": before.value_counts(dropna=False), "now": now.value_counts(dropna=False)}).fillna(0)
    expected = counts.sum(axis=1) * min(len(before), len(now)) / (len(before) + len(now))
    common = counts[expected >= RARE]
    rest = counts[expected < RARE].sum()
    table = np.vstack([common.to_numpy(), rest.to_numpy()[None]]) if rest.sum() else common.to_numpy()
    if len(table) < 2:
        return 0.0, 1.0
    shares = table / table.sum(axis=0)
    return float(abs(shares[:, 0] - shares[:, 1]).sum() / 2), float(stats.chi2_contingency(table).pvalue)


def learn(rows: pd.DataFrame, folder: Path) -> Path:
    """Make rows the reference, in a working folder."""
    keep_rows(rows, folder / FILE)
    return folder / FILE


def keep_rows(rows: pd.DataFrame, file: Path) -> None:
    """Write rows, or a sample of them, with the moment."""
    kept = rows.sample(MOST_ROWS, random_state=0) if len(rows) > MOST_ROWS else rows
    columns = {name: kept[name].astype(object).where(kept[name].notna(), None).tolist() for name in kept}
    with replacing(file) as target:
        target.write_text(json.dumps({"learnt": time.time(), "columns": columns}), encoding="utf-8")


def reference(folder: Path | None = None) -> tuple[pd.DataFrame, float]:
    """The reference in a working folder, and when it was learnt. Raises DriftError where there is none."""
    file = (folder or Path()) / FILE
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DriftError(f"{file.resolve()} is missing: run `python -m {__package__}.monitor learn`") from None
    return pd.DataFrame(found["columns"]), float(found["learnt"])
