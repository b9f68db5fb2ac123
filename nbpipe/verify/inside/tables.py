"""Compare arrays, frames, sparse matrices and figures: the values of libraries that need not be there."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from .wording import absent

CLOSE, DIFFERENT = "close", "different"


def compare(walk: Any, left: Any, right: Any, path: str) -> bool:
    """Compare the two if they are of a type that this module knows, and say whether they were."""
    for library, types, function in KNOWN:
        module = sys.modules.get(library)
        if module and isinstance(left, tuple(getattr(module, name) for name in types if hasattr(module, name))):
            function(walk, left, right, path)
            return True
    return False


def _arrays(walk: Any, left: Any, right: Any, path: str) -> None:
    numpy = sys.modules["numpy"]
    if left.dtype != right.dtype:
        walk.add(path, f": dtype {left.dtype} != {right.dtype}")
    elif left.shape != right.shape:
        walk.add(path, f": shape {left.shape} != {right.shape}")
    elif isinstance(left, numpy.ma.MaskedArray):
        _arrays(walk, numpy.ma.getmaskarray(left), numpy.ma.getmaskarray(right), f"{path}.mask")
        _arrays(walk, left.filled(), right.filled(), path)
    elif left.dtype.names:
        for name in left.dtype.names:
            _arrays(walk, left[name], right[name], f"{path}[{name!r}]")
    elif left.dtype.kind == "O":
        for index in numpy.ndindex(left.shape):
            walk.compare(left[index], right[index], path + _position(index))
    else:
        _numbers(walk, numpy.asarray(left), numpy.asarray(right), path)


def _numbers(walk: Any, left: Any, right: Any, path: str) -> None:
    numpy = sys.modules["numpy"]
    if left.dtype.kind == "V":  # raw bytes
        left, right = (numpy.frombuffer(array.tobytes(), dtype="u1") for array in (left, right))
    mine, other = numpy.atleast_1d(left), numpy.atleast_1d(right)
    with numpy.errstate(all="ignore"):
        differ = ~((mine == other) | ((mine != mine) & (other != other)))
        if not differ.any():
            return
        far = differ.copy()
        if left.dtype.kind in "fc":
            largest = numpy.maximum(abs(mine[differ]), abs(other[differ]))
            far[differ] = ~(abs(mine[differ] - other[differ]) <= walk.atol + walk.rtol * largest)
    wrong = far if far.any() else differ
    first = tuple(int(axis[0]) for axis in numpy.nonzero(wrong))
    count = int(wrong.sum())
    tail = f" ({count} of {wrong.size} values differ)" if count > 1 else ""
    place = _position(first) if left.ndim else ""
    walk.add(path, f"{place}: {mine[first]} != {other[first]}{tail}", DIFFERENT if far.any() else CLOSE)


def _position(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


def _scalars(walk: Any, left: Any, right: Any, path: str) -> None:
    numpy = sys.modules["numpy"]
    _arrays(walk, numpy.asarray(left), numpy.asarray(right), path)


def _frames(walk: Any, left: Any, right: Any, path: str) -> None:
    _indexes(walk, left.columns, right.columns, f"{path}.columns")
    _indexes(walk, left.index, right.index, f"{path}.index")
    if left.shape == right.shape and left.columns.equals(right.columns):
        for position, label in enumerate(left.columns):
            _columns(walk, left.iloc[:, position], right.iloc[:, position], f"{path}[{label!r}]")
    walk.compare(left.attrs, right.attrs, f"{path}.attrs")


def _series(walk: Any, left: Any, right: Any, path: str) -> None:
    walk.compare(left.name, right.name, f"{path}.name")
    _indexes(walk, left.index, right.index, f"{path}.index")
    _columns(walk, left, right, path)
    walk.compare(left.attrs, right.attrs, f"{path}.attrs")


def _columns(walk: Any, left: Any, right: Any, path: str) -> None:
    """The values of two series or indexes."""
    numpy, pandas = sys.modules["numpy"], sys.modules["pandas"]
    both_categories = isinstance(left.dtype, pandas.CategoricalDtype) and isinstance(right.dtype, pandas.CategoricalDtype)
    if left.dtype != right.dtype and not both_categories:
        walk.add(path, f": dtype {left.dtype} != {right.dtype}")
    elif len(left) != len(right):
        walk.add(path, f": {len(left)} values != {len(right)} values")
    elif isinstance(left.dtype, numpy.dtype):
        _arrays(walk, left.to_numpy(), right.to_numpy(), path)
    else:
        _extensions(walk, left.array, right.array, path)


def _extensions(walk: Any, left: Any, right: Any, path: str) -> None:
    numpy, pandas = sys.modules["numpy"], sys.modules["pandas"]
    if isinstance(left, pandas.Categorical):
        _indexes(walk, left.categories, right.categories, f"{path}.cat.categories")
        walk.compare(left.ordered, right.ordered, f"{path}.cat.ordered")
        _arrays(walk, left.codes, right.codes, f"{path}.cat.codes")
    elif len(left) != len(right):
        walk.add(path, f": {len(left)} values != {len(right)} values")
    elif type(left) is not type(right) or not left.equals(right):
        missing = numpy.asarray(pandas.isna(left)), numpy.asarray(pandas.isna(right))
        _arrays(walk, *missing, f"{path}.isna()")
        for position in numpy.nonzero(~missing[0] & ~missing[1])[0]:
            walk.compare(left[position], right[position], f"{path}[{position}]")


def _indexes(walk: Any, left: Any, right: Any, path: str) -> None:
    if type(left) is not type(right):
        walk.add(path, f": {type(left).__name__} != {type(right).__name__}")
        return
    walk.compare(list(left.names), list(right.names), f"{path}.names")
    walk.compare(getattr(left, "freqstr", None), getattr(right, "freqstr", None), f"{path}.freq")
    if left.nlevels != right.nlevels or len(left) != len(right):
        told = absent([label for label in left if label not in right], [label for label in right if label not in left])
        walk.add(path, f": {len(left)} labels != {len(right)} labels{told and ', ' + told}")
    elif left.nlevels > 1:
        for level in range(left.nlevels):
            _indexes(walk, left.get_level_values(level), right.get_level_values(level), f"{path}.level({level})")
    else:
        _columns(walk, left, right, path)


def _sparse(walk: Any, left: Any, right: Any, path: str) -> None:
    if left.shape != right.shape:
        walk.add(path, f": shape {left.shape} != {right.shape}")
        return
    mine, other = left.tocsr().sorted_indices(), right.tocsr().sorted_indices()
    for name in ("indptr", "indices", "data"):
        _arrays(walk, getattr(mine, name), getattr(other, name), f"{path}.{name}")


def _figures(walk: Any, left: Any, right: Any, path: str) -> None:
    """Drawings are compared by what they look like."""
    mine, other = (getattr(artist, "figure", None) or artist for artist in (left, right))
    drawn = hasattr(mine, "savefig") and hasattr(other, "savefig")
    if drawn and (mine is left or walk.is_new(mine, other)):  # the walk has just met the pair (left, right)
        _arrays(walk, _pixels(mine), _pixels(other), f"{path} (drawn)")


def _pixels(figure: Any) -> Any:
    canvas = importlib.import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    canvas.draw()
    return sys.modules["numpy"].array(canvas.buffer_rgba())


KNOWN = (
    ("pandas", ("DataFrame",), _frames),
    ("pandas", ("Series",), _series),
    ("pandas", ("Index",), _indexes),
    ("pandas.api.extensions", ("ExtensionArray",), _extensions),
    ("numpy", ("ndarray",), _arrays),
    ("numpy", ("generic",), _scalars),
    ("scipy.sparse", ("spmatrix", "sparray"), _sparse),
    ("matplotlib.artist", ("Artist",), _figures),
)
