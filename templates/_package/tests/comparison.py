"""Whether two values are equal, whatever they are: frames, arrays, models, containers."""

from __future__ import annotations

import math
from typing import Any

TOLERANCE = 1e-6
# What scikit-learn's searches remember of how long they took.
DURATIONS = {"refit_time_", "mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time"}


def difference(one: Any, other: Any, where: str = "value", seen: frozenset[int] = frozenset()) -> str:
    """The first difference as a sentence; nothing where there is none."""
    if one is other or id(one) in seen:
        return ""
    if type(one) is not type(other):
        return f"{where} is a {type(one).__name__}, and a {type(other).__name__}"
    seen |= {id(one)}
    library = type(one).__module__.partition(".")[0]
    if isinstance(one, float):
        close = math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE) or (math.isnan(one) and math.isnan(other))
        return "" if close else f"{where} is {one!r}, and {other!r}"
    if library == "pandas" and hasattr(one, "equals"):
        return _complaint(where, _assert_pandas_equal, one, other)
    if library == "numpy" and hasattr(one, "dtype"):
        if one.dtype.kind == "O":
            return _of_sequences(one.tolist(), other.tolist(), where, seen)
        return _complaint(where, _assert_numpy_equal, one, other)
    if isinstance(one, dict):
        return _of_dicts(one, other, where, seen)
    if isinstance(one, (list, tuple)):
        return _of_sequences(one, other, where, seen)
    if isinstance(one, (str, bytes, int, complex, set, frozenset)):
        return "" if one == other else f"{where} is {one!r:.200}, and {other!r:.200}"
    return _of_sequences(_parts(one), _parts(other), where, seen)


def _of_dicts(one: dict[Any, Any], other: dict[Any, Any], where: str, seen: frozenset[int]) -> str:
    if list(one) != list(other):
        return f"{where} has the keys {list(one)!r:.200}, and {list(other)!r:.200}"
    compared = (key for key in one if key not in DURATIONS and not _is_address(key, one[key], other[key]))
    return next(filter(None, (difference(one[key], other[key], f"{where}[{key!r}]", seen) for key in compared)), "")


def _is_address(key: Any, one: Any, other: Any) -> bool:
    """Whether an attribute holds the `id()` of an object, as `_stop_words_id` does: it is another in each process."""
    return str(key).endswith("_id") and all(isinstance(value, int) and value > 1 << 32 for value in (one, other))


def _of_sequences(one: Any, other: Any, where: str, seen: frozenset[int]) -> str:
    if len(one) != len(other):
        return f"{where} has {len(one)} elements, and {len(other)}"
    pairs = enumerate(zip(one, other))
    return next(filter(None, (difference(a, b, f"{where}[{index}]", seen) for index, (a, b) in pairs)), "")


def _parts(value: Any) -> tuple[Any, ...]:
    """What pickle makes the object of: its class, and its state."""
    reduced = value.__reduce_ex__(4)
    return tuple(list(part) if hasattr(part, "__next__") else part for part in reduced) if isinstance(reduced, tuple) else (reduced,)


def _complaint(where: str, check: Any, one: Any, other: Any) -> str:
    try:
        check(one, other)
    except AssertionError as error:
        return f"{where}: {error}"
    return ""


def _assert_pandas_equal(one: Any, other: Any) -> None:
    import pandas

    for kind, check in (
        (pandas.DataFrame, pandas.testing.assert_frame_equal),
        (pandas.Series, pandas.testing.assert_series_equal),
        (pandas.Index, pandas.testing.assert_index_equal),
    ):
        if isinstance(one, kind):
            check(one, other, rtol=TOLERANCE)
            return
    assert one.equals(other)


def _assert_numpy_equal(one: Any, other: Any) -> None:
    import numpy

    assert one.dtype == other.dtype
    if one.dtype.kind in "fc":
        numpy.testing.assert_allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE)
    else:
        numpy.testing.assert_array_equal(one, other)
