"""The rows that Feast has offline: each says what was true of a key from a time on, until the next."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Optional

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from .feature_columns import Column, FeatureStoreError, named, stored
from .feature_definitions import COLUMNS, ROWS, TIME, columns_in
from .storage import replacing

_ARROW = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "text": pa.string(), "time": pa.timestamp("us", tz="UTC")}


@dataclass(frozen=True)
class Rows:
    """A table as Feast stores it; `timed` where it has times of its own. `columns` are also those of earlier runs."""

    key: Column
    columns: list[Column]
    stored: pd.DataFrame
    timed: bool


def rows_of(table: pd.DataFrame, key: str, time: str, repo: Path) -> Rows:
    """A table as Feast stores it. Raises FeatureStoreError where it cannot."""
    for name in (name for name in (key, time) if name and name not in table):
        there = ", ".join(map(str, table.columns))
        raise FeatureStoreError(f"there is no column {name!r} to be the key or the time: there are {there}")
    if table.empty:
        raise FeatureStoreError("the features have no rows, or no columns")
    named(table.columns, {}, ())
    features = table.drop(columns=time) if time else table
    earlier_key, earlier = columns_in(repo) if (repo / COLUMNS).is_file() else (None, [])
    known = {column.label: column for column in earlier}
    key_column, keys = _key(table[key] if key else table.index.to_series(), key or table.index.name)
    if earlier_key and (earlier_key.field, earlier_key.type) != (key_column.field, key_column.type):
        was, now = (f"{one.field!r} ({one.type})" for one in (earlier_key, key_column))
        raise FeatureStoreError(f"the key was {was} in earlier runs, and is {now}: {_anew(repo)}")
    fields = named(features.columns, {label: column.field for label, column in known.items()}, {TIME, key_column.field})
    pairs = [stored(features.iloc[:, place], label, field) for place, (label, field) in enumerate(fields.items())]
    columns = [_agreed(column, values, known.get(column.label), repo) for column, values in pairs]
    frame = pd.DataFrame({key_column.field: keys.to_numpy(), **{column.field: values.array for column, values in pairs}})
    frame[TIME] = pd.DatetimeIndex(_moments(table[time])) if time else pd.Timestamp.now("UTC").floor("us")
    if wrong := np.flatnonzero(frame.duplicated([key_column.field, TIME])).tolist():
        twice = frame[key_column.field].tolist()[wrong[0]]
        raise FeatureStoreError(f"several rows have the key {twice!r} at one time: name a column of unique keys with feature_store_key")
    return Rows(key_column, [*columns, *(column for column in earlier if column.label not in fields)], frame, bool(time))


def _key(values: pd.Series, label: Any) -> tuple[Column, pd.Series]:
    label = label if isinstance(label, str) else "row"
    (field,) = named([label], {}, {TIME}).values()
    column, keys = stored(values, label, field)
    if column.type not in ("int", "text") or keys.isna().any():
        raise FeatureStoreError(f"the key {label!r} must be whole numbers or texts, and never missing: name a column with feature_store_key")
    return column, keys


def _moments(values: pd.Series) -> pd.Series:
    """From when on rows hold, in UTC."""
    try:
        moments = pd.to_datetime(values, utc=True, format="ISO8601")
    except (TypeError, ValueError) as error:
        raise FeatureStoreError(f"column {values.name!r} has no times: {error}") from error
    if moments.isna().any() or pd.api.types.is_numeric_dtype(values):
        raise FeatureStoreError(f"column {values.name!r} does not have a time in each row")
    return moments.dt.floor("us")


def _agreed(column: Column, values: pd.Series, before: Optional[Column], repo: Path) -> Column:
    """A column with a type that suits earlier runs, too."""
    if before is None or column.type == before.type or _had_no_value(before, repo):
        return column
    if values.isna().all():
        return replace(column, type=before.type)
    if {column.type, before.type} == {"int", "float"}:
        return replace(column, type="float")
    raise FeatureStoreError(f"column {column.label!r} was {before.type} in earlier runs, and is {column.type} now: {_anew(repo)}")


def _had_no_value(column: Column, repo: Path) -> bool:
    """Say whether a column was missing in all rows of earlier runs: it may get any type then."""
    values = parquet.read_table(repo / ROWS, columns=[column.field])[column.field]
    return values.null_count == len(values)


def _anew(repo: Path) -> str:
    return f"give it another name, or remove {repo} to begin anew"


def add_rows(rows: Rows, repo: Path) -> int:
    """Append the rows that say something new; returns how many.

    One that says something else of a key at the same time takes the place of what was there.
    """
    file, on = repo / ROWS, [rows.key.field, TIME] if rows.timed else [rows.key.field]
    types = {column.field: _ARROW[column.type] for column in (rows.key, *rows.columns)}
    schema = pa.schema({**types, TIME: _ARROW["time"]})
    before = _conformed(parquet.read_table(file), schema) if file.is_file() else schema.empty_table()
    new = rows.stored[~_known(rows.stored, before.to_pandas(integer_object_nulls=True), on)]
    if rows.timed:
        place = pd.MultiIndex.from_frame(before.select(on).to_pandas())
        before = before.filter(pa.array(~place.isin(pd.MultiIndex.from_frame(new[on]))))
    fresh = pa.Table.from_pandas(new, schema=pa.schema([schema.field(name) for name in new]), preserve_index=False)
    (repo / COLUMNS).parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as target:
        parquet.write_table(pa.concat_tables([before, _conformed(fresh, schema)]), target)
    with replacing(repo / COLUMNS) as target:
        described = {"key": asdict(rows.key), "columns": [asdict(column) for column in rows.columns]}
        target.write_text(json.dumps(described, indent=2), encoding="utf-8")
    return len(new)


def _conformed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table with the columns of a schema; those that it has not are missing in all rows."""
    columns = [
        table[field.name].cast(field.type) if field.name in table.column_names else pa.nulls(len(table), field.type) for field in schema
    ]
    return pa.table(columns, schema=schema)


def _known(rows: pd.DataFrame, before: pd.DataFrame, on: list[str]) -> Any:
    """Which rows say the same as the newest that there is."""
    newest = before.sort_values(TIME, kind="stable").drop_duplicates(on, keep="last")
    known = newest if TIME in on else newest.drop(columns=TIME)
    beside = rows[on].merge(known, on=on, how="left", indicator="_there")  # no field begins so
    same = (beside["_there"] == "both").to_numpy()
    for name in rows.columns.difference([*on, TIME]):
        one, other = (column.astype(object).where(column.notna(), None).to_numpy() for column in (rows[name], beside[name]))
        same &= one == other
    return same


def times(repo: Path) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first and the last time from which on something holds."""
    found = parquet.read_table(repo / ROWS, columns=[TIME])[TIME].to_pandas()
    return found.min(), found.max()


def newest(rows: Rows, repo: Path) -> Any:
    """The places of the rows of which nothing newer is known."""
    if not rows.timed:
        return np.arange(len(rows.stored))
    field = rows.key.field
    last = parquet.read_table(repo / ROWS, columns=[field, TIME]).to_pandas().groupby(field)[TIME].max()
    return np.flatnonzero(rows.stored[TIME].to_numpy() == rows.stored[field].map(last).to_numpy())
