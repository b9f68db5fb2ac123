"""The columns of a table of features: what Feast calls them, what it stores of them, and the way back to what training had."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
import pandas as pd

# What pandas says of values, and what they are for Feast.
_OBJECTS = {"string": "text", "boolean": "bool", "integer": "int", "floating": "float", "mixed-integer-float": "float", "empty": "float"}
_DTYPES = {"bool": "object", "int": "int64", "float": "float64", "text": "object"}

_EXACT = 2**53  # whole numbers up to this one are the same as floats


class FeatureStoreError(ValueError):
    """The features cannot be stored, or are not there, or serving gives others than training has."""


@dataclass(frozen=True)
class Column:
    """A column of the table: how the table calls it, how Feast does, what Feast stores, and what it was.

    `missing_is_none` says that its missing values were None, not NaN.
    """

    label: Any
    field: str
    type: str
    dtype: str
    categories: Optional[list[Any]] = None
    ordered: bool = False
    missing_is_none: bool = False


def as_table(values: Any) -> pd.DataFrame:
    """Features as a table: the columns of an array are numbered."""
    if isinstance(values, pd.DataFrame):
        return values
    if isinstance(values, pd.Series):
        return values.to_frame("values" if values.name is None else values.name)
    if isinstance(values, np.ndarray) and values.ndim in (1, 2):
        return pd.DataFrame(values)
    raise FeatureStoreError(f"the features are a {type(values).__name__}: Feast stores tables, series and arrays of one or two dimensions")


def as_given(table: pd.DataFrame, like: Any) -> Any:
    """A table in the form in which other features are."""
    if isinstance(like, np.ndarray):
        return table.to_numpy(dtype=like.dtype).reshape(len(table), *like.shape[1:])
    return table.iloc[:, 0].rename(like.name) if isinstance(like, pd.Series) else table


def named(labels: Iterable[Any], known: Mapping[Any, str], taken: Collection[str]) -> dict[Any, str]:
    """What Feast calls columns: as before, by their own name where that is a plain one, or by one made of it."""
    labels = [label.item() if isinstance(label, np.generic) else label for label in labels]
    for place, label in enumerate(labels):
        if label in labels[:place]:
            raise FeatureStoreError(f"there are several columns {label!r}: give each a name of its own")
        if not isinstance(label, (str, int, float)):
            raise FeatureStoreError(f"column {label!r} has a {type(label).__name__} as its name: make it a text")
    plain = {label: _plain(label) for label in labels}
    used = {*taken, *known.values()}
    found = {label: known[label] for label in labels if label in known}
    for label in sorted(labels, key=lambda label: plain[label] != label):  # those that are plain come first
        if label not in found:
            numbers = range(2, len(labels) + len(used) + 3)
            found[label] = next(name for name in (plain[label], *(f"{plain[label]}_{n}" for n in numbers)) if name not in used)
            used.add(found[label])
    return {label: found[label] for label in labels}


def _plain(label: Any) -> str:
    name = re.sub(r"[^A-Za-z0-9_]+", "_", str(label)).strip("_")
    return name if name[:1].isalpha() else f"column_{name}".rstrip("_")


def stored(values: pd.Series, label: Any, field: str) -> tuple[Column, pd.Series]:
    """A column's description, and its values as Feast stores them. Raises FeatureStoreError where it cannot."""
    dtype, categories, ordered = values.dtype, None, False
    if isinstance(dtype, pd.CategoricalDtype):
        categories, ordered = dtype.categories.tolist(), bool(dtype.ordered)
        values = values.astype(object)
    missing = values.isna()
    kind = _type_of(values[~missing], label)
    if kind == "int" and missing.any():
        kind = "float"
        if (values[~missing].astype(object).map(abs) > _EXACT).any():
            raise FeatureStoreError(f"column {label!r} has gaps, and whole numbers too large to be stored with gaps")
    none = values.dtype == object and bool(missing.any()) and values[missing].iloc[0] is None
    if kind == "time":
        return Column(label, field, kind, str(dtype)), _moments(values, label)
    try:
        plain = values.astype(object).where(~missing, None).astype(_DTYPES[kind])
        if kind == "text":
            plain.dropna().map(str.encode)
    except (OverflowError, TypeError, ValueError) as error:
        raise FeatureStoreError(f"column {label!r} cannot be stored as {kind}: {error}") from error
    return Column(label, field, kind, str(dtype), categories, ordered, none), plain


def _type_of(values: pd.Series, label: Any) -> str:
    """What values are for Feast."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "time"
    found = pd.api.types.infer_dtype(values, skipna=True)
    if found not in _OBJECTS:
        first = f", as {values.iloc[0]!r:.60}" if len(values) else ""
        told = f"column {label!r} has values that Feast cannot store: {found}{first}"
        raise FeatureStoreError(f"{told}; make them numbers or texts, or leave it out")
    return _OBJECTS[found]


def _moments(values: pd.Series, label: Any) -> pd.Series:
    """Times in UTC; those without a zone count as UTC."""
    try:
        moments = pd.to_datetime(values, utc=True).astype("datetime64[ns, UTC]")
    except ValueError as error:
        raise FeatureStoreError(f"column {label!r} has times that cannot be stored: {error}") from error
    if not (moments.dropna() == moments.dropna().dt.floor("s")).all():
        raise FeatureStoreError(f"column {label!r} has fractions of seconds, which Feast does not keep for serving: round it")
    return moments


def restored(values: Iterable[Any], column: Column) -> pd.Series:
    """What training had, of what Feast stores; values that are missing where training could have none stay None."""
    plain = pd.Series(list(values), dtype=object)
    missing = plain.isna()
    if column.type == "time":
        moments = pd.to_datetime(plain, utc=True)
        zoned = isinstance(pd.api.types.pandas_dtype(column.dtype), pd.DatetimeTZDtype)
        return (moments if zoned else moments.dt.tz_localize(None)).astype(column.dtype)
    if column.categories is not None:
        return pd.Series(pd.Categorical(plain.where(~missing, None), categories=column.categories, ordered=column.ordered))
    if column.dtype == "object":
        return plain.where(~missing, None if column.missing_is_none else np.nan)
    if missing.any() and column.dtype.startswith(("int", "uint", "bool")) and column.dtype != "boolean":
        return plain.where(~missing, None)
    return plain.astype(column.dtype)


def difference(expected: pd.DataFrame, found: pd.DataFrame) -> str:
    """In which columns and rows two tables with the same rows differ; nothing where they do not."""
    told = []
    for label in expected:
        one, other = (column.astype(object).where(column.notna(), None) for column in (expected[label], found[label]))
        wrong = np.flatnonzero(one.to_numpy() != other.to_numpy())
        if len(wrong):
            first = wrong[0]
            row, was, now = expected.index.tolist()[first], one.iloc[first], other.iloc[first]
            told.append(f"column {label!r}, {len(wrong)} rows, as row {row!r}: {was!r} in training, {now!r} in serving")
        elif str(expected[label].dtype) != str(found[label].dtype):  # texts may be kept in two ways of one name
            told.append(f"column {label!r} is {expected[label].dtype} in training, {found[label].dtype} in serving")
    return "; ".join(told)
