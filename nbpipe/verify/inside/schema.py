"""Describe a value: its shape, its type of numbers, and its parts."""

from __future__ import annotations

import sys
from typing import Any

from .wording import short

LIMIT = 200  # parts that are told; a person reads no more


def describe(value: Any) -> dict[str, Any]:
    """What a reader of an interface wants to know of a value: `shape`, `dtype`, and `parts` with the name and type of each.

    Only types that are known not to run anybody's code are looked into.
    """
    for library, name, function in _KNOWN:
        kind = getattr(sys.modules.get(library), name, None)
        if kind is not None and isinstance(value, kind):
            return function(value)
    if type(value) is dict:
        return _parts([len(value)], [(_label(key), type(item).__qualname__) for key, item in list(value.items())[:LIMIT]])
    if type(value) in (list, tuple, set, frozenset):
        kinds = sorted({type(item).__qualname__ for item in value})
        return {**_parts([len(value)], []), "dtype": " | ".join(kinds[:4]) + " | …" * (len(kinds) > 4)}
    return {}


def _frame(frame: Any) -> dict[str, Any]:
    columns = [(_label(name), str(kind)) for name, kind in zip(frame.columns[:LIMIT], frame.dtypes[:LIMIT])]  # noqa: B905 (Python 3.8 has no strict)
    return _parts(list(frame.shape), columns)


def _array(array: Any) -> dict[str, Any]:
    return {**_parts(list(array.shape), []), "dtype": str(array.dtype)}


def _estimator(model: Any) -> dict[str, Any]:
    """A fitted model: the columns that it was fitted on."""
    names = vars(model).get("feature_names_in_", ())
    return _parts([], [(str(name), "") for name in names[:LIMIT]])


def _parts(shape: list[int], parts: list[tuple[str, str]]) -> dict[str, Any]:
    return {"shape": shape, "parts": [{"name": name, "type": kind} for name, kind in parts]}


def _label(name: Any) -> str:
    return name if isinstance(name, str) else short(name)


_KNOWN = (
    ("pandas", "DataFrame", _frame),
    ("pandas", "Series", _array),
    ("pandas", "Index", _array),
    ("numpy", "ndarray", _array),
    ("numpy", "generic", _array),
    ("scipy.sparse", "spmatrix", _array),
    ("scipy.sparse", "sparray", _array),
    ("polars", "DataFrame", _frame),
    ("polars", "Series", _array),
    ("torch", "Tensor", _array),
    ("sklearn.base", "BaseEstimator", _estimator),
)
