"""Values are compared by what they hold, and the first difference is told precisely."""

import datetime
import decimal
import enum
import functools
import pickle
import random
from pathlib import Path
from types import SimpleNamespace

import joblib
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy import sparse
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from nbpipe.verify.inside.loading import load_file, load_pickle
from nbpipe.verify.inside.schema import LIMIT, describe
from nbpipe.verify.inside.values import Difference, differences

mpl.use("agg")

X = np.array([[0.0, 1.0], [1.0, 0.5], [2.0, 3.0], [3.0, 1.5]])
Y = np.array([0, 0, 1, 1])


def frame(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"age": [21.0, 35.0, 41.0], "name": ["a", "b", None], **columns})


def tree(depth: int) -> object:
    return make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=depth, random_state=0)).fit(X, Y)


def drawn(height: float) -> Figure:
    figure = Figure()
    figure.subplots().plot([0, height])
    return figure


def holding_itself(value: int) -> list[object]:
    items: list[object] = [value]
    items.append(items)
    return items


def adder(number: int) -> object:
    return lambda x: x + number


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Holder:
    def __init__(self, value: object) -> None:
        self.value = value


class Lazy:
    """Has results that are computed when they are first used, and kept: in its attributes, and in a `_cache`."""

    def __init__(self, numbers: list[int], *used: str) -> None:
        self.numbers = numbers
        self._cache: dict[str, int] = {}
        for name in used:
            getattr(self, name)

    @functools.cached_property
    def total(self) -> int:
        return sum(self.numbers)

    def _get_least(self) -> int:
        return self._cache.setdefault("least", min(self.numbers))

    def _get_most(self) -> int:
        return self._cache.setdefault("most", max(self.numbers))

    least = property(_get_least)
    most = property(_get_most)


class Sorting(Lazy):
    @functools.cached_property
    def ordered(self) -> list[int]:
        self.numbers.sort()
        return self.numbers


def used_before(numbers: list[int]) -> Lazy:
    """What was computed from a 1, before the numbers became others."""
    lazy = Lazy([1], "total", "least")
    lazy.numbers = numbers
    return lazy


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


class Hostile:
    def __reduce_ex__(self, protocol: int) -> str:
        raise RuntimeError("not me")


SAME = {
    "floats": (0.1, 0.1),
    "missing numbers": (float("nan"), float("nan")),
    "nested": ({"a": [1, (2.0, None)], "b": {1, 2}}, {"a": [1, (2.0, None)], "b": {2, 1}}),
    "values that hold themselves": (holding_itself(1), holding_itself(1)),
    "frames": (frame(), frame()),
    "frames with missing times": (frame(d=pd.to_datetime(["2020", None, "2021"])), frame(d=pd.to_datetime(["2020", None, "2021"]))),
    "categories": (pd.Series(["a", "b"], dtype="category"), pd.Series(["a", "b"], dtype="category")),
    "nullable numbers": (pd.Series([1, None], dtype="Int64"), pd.Series([1, None], dtype="Int64")),
    "object arrays": (np.array([[1], "a"], dtype=object), np.array([[1], "a"], dtype=object)),
    "structured arrays": (np.zeros(2, dtype=[("a", "f8"), ("b", "i4")]), np.zeros(2, dtype=[("a", "f8"), ("b", "i4")])),
    "sparse in another order of storage": (
        sparse.csr_matrix(([1.0, 2.0], ([0, 0], [1, 0])), shape=(2, 2)),
        sparse.csr_matrix(([2.0, 1.0], ([0, 0], [0, 1])), shape=(2, 2)),
    ),
    "fitted models": (tree(2), tree(2)),
    "groups": (frame().groupby("name"), frame().groupby("name")),
    "figures": (drawn(1), drawn(1)),
    "functions": (adder(1), adder(1)),
    "enums": (Color.RED, Color.RED),
    "random streams": (random.Random(1), random.Random(1)),
    "sets of plain objects": ({Holder}, {Holder}),
    "slots": (Slotted(1), Slotted(1)),
    "results that one of them has not used yet": (Lazy([1, 2], "total", "most"), Lazy([1, 2], "least", "most")),
    "paths in the scratch folders": ("/scratch/one/data.csv", "/scratch/two/data.csv"),
    "paths as objects": (Path("/scratch/one/data.csv"), Path("/scratch/two/data.csv")),
}

CLOSE = {
    "floats": (0.1 + 0.2, 0.3, "0.30000000000000004 != 0.3"),
    "tiny": (0.0, 1e-15, "0.0 != 1e-15"),
    "arrays": (np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-12]), "[1]: 2.0 != 2.000000000001"),
    "frames": (frame(), frame(age=[21.0, 35.0, 41.0 + 1e-10]), "['age'][2]: 41.0 != 41.0000000001"),
}

DIFFERENT = {
    "numbers": (41, 42, "41 != 42"),
    "kinds of numbers": (1, True, "int 1 != bool True"),
    "types": ([1], (1,), "list [1] != tuple (1,)"),
    "texts": ("abc", "abd", "'abc' != 'abd'"),
    "dates": (datetime.date(2020, 1, 1), datetime.date(2020, 1, 2), "datetime.date(2020, 1, 1) != datetime.date(2020, 1, 2)"),
    "decimals": (decimal.Decimal("1.10"), decimal.Decimal("1.2"), "Decimal('1.10') != Decimal('1.2')"),
    "one missing number": (float("nan"), 1.0, "nan != 1.0"),
    "lengths": ([1, 2], [1], "2 items != 1 items"),
    "deep inside": ({"a": [1, (2.0, None)]}, {"a": [1, (2.5, None)]}, "['a'][1][0]: 2.0 != 2.5"),
    "keys": ({"a": 1, "b": 2}, {"a": 1, "c": 2}, "'b' is missing, 'c' is not in the notebook's"),
    "the order of keys": ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "the keys are in another order"),
    "sets": ({1, 2}, {1, 3}, "2 is missing, 3 is not in the notebook's"),
    "values that hold themselves": (holding_itself(1), holding_itself(2), "[0]: 1 != 2"),
    "a value in a frame": (frame(), frame(age=[21.0, 35.0, 42.0]), "['age'][2]: 41.0 != 42.0"),
    "several values": (frame(), frame(age=[21.0, 36.0, 42.0]), "['age'][1]: 35.0 != 36.0 (2 of 3 values differ)"),
    "a missing value": (frame(), frame(age=[21.0, None, 41.0]), "['age'][1]: 35.0 != nan"),
    "a text in a frame": (frame(), frame(name=["a", "c", None]), "['name'][1]: 'b' != 'c'"),
    "dropped column": (frame(), frame()[["age"]], ".columns: 2 labels != 1 labels, 'name' is missing"),
    "swapped columns": (frame(), frame()[["name", "age"]], ".columns[0]: 'age' != 'name'"),
    "dtype": (frame(age=[1, 2, 3]), frame(age=[1.0, 2.0, 3.0]), "['age']: dtype int64 != float64"),
    "index": (frame(), frame().set_index(pd.Index([0, 1, 5])), ".index: RangeIndex != Index"),
    "rows in another order": (frame(), frame().iloc[[0, 2, 1]].reset_index(drop=True), "['age'][1]: 35.0 != 41.0 (2 of 3 values differ)"),
    "dropped rows": (frame(), frame().head(2), ".index: 3 labels != 2 labels, 2 is missing"),
    "name of a series": (pd.Series([1], name="a"), pd.Series([1], name="b"), ".name: 'a' != 'b'"),
    "categories": (
        pd.Series(["a", "b"], dtype="category"),
        pd.Series(["a", "a"], dtype="category"),
        "cat.categories: 2 labels != 1 labels",
    ),
    "category or text": (pd.Series(["a"], dtype="category"), pd.Series(["a"], dtype=object), "dtype category != object"),
    "levels of an index": (
        pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]),
        pd.MultiIndex.from_tuples([("a", 1), ("b", 3)]),
        ".level(1)[1]: 2 != 3",
    ),
    "shapes": (np.zeros((2, 3)), np.zeros((3, 2)), "shape (2, 3) != (3, 2)"),
    "place in an array": (np.zeros((2, 3)), np.array([[0, 0, 0], [0, 7.0, 0]]), "[1, 1]: 0.0 != 7.0"),
    "single precision is not close": (np.float32(1.0), np.float32(1.0000001), "1.0 != 1.0000001"),
    "masks": (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[0, 0]), ".mask[1]: True != False"),
    "sparse": (sparse.csr_matrix([[0, 1.0]]), sparse.csr_matrix([[0, 2.0]]), ".data[0]: 1.0 != 2.0"),
    "parameters of a model": (tree(2), tree(1), ".steps[1][1].max_depth: 2 != 1"),
    "fitted or not": (LogisticRegression().fit(X, Y), LogisticRegression(), " is missing"),
    "attributes": (Holder([1, 2]), Holder([1, 3]), ".value[1]: 2 != 3"),
    "slots": (Slotted(1), Slotted(2), ".value: 1 != 2"),
    "results that change what they are computed from": (Sorting([2, 1], "ordered"), Sorting([2, 1]), ".numbers[0]: 1 != 2"),
    "results kept from before a change": (used_before([1, 2]), Lazy([1, 2]), ".total: 1 != 3"),
    "namespaces": (SimpleNamespace(a=1), SimpleNamespace(a=1, b=2), ".b is not in the notebook's"),
    "figures": (drawn(1), drawn(2), "(drawn)"),
    "code of functions": (adder(1), lambda x: x - 1, "the code of function <lambda> differs"),
    "what functions enclose": (adder(1), adder(2), ".__closure__[0]: 1 != 2"),
    "enums": (Color.RED, Color.BLUE, "<Color.RED: 1> != <Color.BLUE: 2>"),
    "random streams": (random.Random(1), random.Random(2), "__getstate__()"),
    "classes": (int, float, "class int != float"),
    "other paths": ("/scratch/one/data.csv", "/scratch/two/other.csv", "'/scratch/one/data.csv' != '/scratch/two/other.csv'"),
}


def compare(expected: object, found: object) -> list[Difference]:
    return differences(expected, found, roots=["/scratch/one", "/scratch/two"])


@pytest.mark.parametrize("name", SAME)
def test_same(name: str) -> None:
    assert compare(*SAME[name]) == []


@pytest.mark.parametrize("name", CLOSE)
def test_close(name: str) -> None:
    expected, found, message = CLOSE[name]
    assert [(one.kind, one.message) for one in compare(expected, found)] == [("close", message)]


@pytest.mark.parametrize("name", DIFFERENT)
def test_different(name: str) -> None:
    expected, found, message = DIFFERENT[name]
    first = compare(expected, found)[0]
    assert first.kind == "different"
    assert message in first.message


def test_what_cannot_be_compared_is_said() -> None:
    (found,) = compare(Hostile(), Hostile())
    assert found.kind == "unknown"
    assert found.message == "a Hostile cannot be compared (not me)"


def test_too_deep_is_said() -> None:
    deep: list[object] = []
    other: list[object] = []
    for _ in range(100_000):
        deep, other = [deep], [other]
    assert [one.kind for one in compare(deep, other)] == ["unknown"]
    while deep:  # else freeing them recurses too deeply, too
        deep, other = deep.pop(), other.pop()  # type: ignore[assignment]


def test_classes_of_the_notebook_are_found_in_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "minimal_pipeline"
    (package / "stages").mkdir(parents=True)
    for name in ("__init__.py", "stages/__init__.py"):
        (package / name).write_text("")
    (package / "classes.py").write_text("class Known:\n    pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("Known", "Unknown"):
        kind = type(name, (), {"__module__": "__main__"})
        monkeypatch.setattr("__main__." + name, kind, raising=False)
        instance = kind()
        instance.value = 1
        (tmp_path / name).write_bytes(pickle.dumps(instance))
    known, unknown = (load_pickle(str(tmp_path / name), "minimal_pipeline") for name in ("Known", "Unknown"))
    assert type(known).__module__ == "minimal_pipeline.classes"
    assert (type(unknown).__qualname__, unknown.value) == ("Unknown", 1)


def test_models_that_joblib_wrote_are_loaded(tmp_path: Path) -> None:
    model = GradientBoostingRegressor(n_estimators=3).fit(np.arange(20.0).reshape(-1, 1), np.arange(20.0))
    joblib.dump({"model": model, "columns": ["a"]}, tmp_path / "model.joblib")
    loaded = load_file(str(tmp_path / "model.joblib"), "")
    assert compare({"model": model, "columns": ["a"]}, loaded) == []


@pytest.mark.parametrize("suffix", [".pkl", ".joblib", ".npy", ".npz"])
def test_files_with_values_are_loaded(tmp_path: Path, suffix: str) -> None:

    path = tmp_path / f"file{suffix}"
    writers = {".pkl": lambda: path.write_bytes(pickle.dumps(X)), ".joblib": lambda: joblib.dump(X, path, compress=3)}
    writers |= {".npy": lambda: np.save(path, X), ".npz": lambda: np.savez(path, x=X)}
    writers[suffix]()
    expected = {"x": X} if suffix == ".npz" else X
    assert compare(expected, load_file(str(path), "")) == []


DESCRIBED = {
    "frame": (
        frame(),
        {"shape": [3, 2], "parts": [{"name": "age", "type": "float64"}, {"name": "name", "type": str(frame()["name"].dtype)}]},
    ),
    "series": (frame()["age"], {"shape": [3], "dtype": "float64", "parts": []}),
    "array": (X, {"shape": [4, 2], "dtype": "float64", "parts": []}),
    "sparse": (sparse.csr_matrix(X), {"shape": [4, 2], "dtype": "float64", "parts": []}),
    "dict": ({"a": 1, 2: "b"}, {"shape": [2], "parts": [{"name": "a", "type": "int"}, {"name": "2", "type": "str"}]}),
    "list": ([1, "a", 2.0], {"shape": [3], "dtype": "float | int | str", "parts": []}),
    "model": (StandardScaler().fit(frame()[["age"]]), {"shape": [], "parts": [{"name": "age", "type": ""}]}),
    "number": (3, {}),
    "object": (Hostile(), {}),
}


@pytest.mark.parametrize("name", DESCRIBED)
def test_values_are_described(name: str) -> None:
    value, wanted = DESCRIBED[name]
    assert describe(value) == wanted


def test_only_the_first_parts_are_told() -> None:
    described = describe(pd.DataFrame(np.zeros((2, LIMIT + 5))))
    assert (described["shape"], len(described["parts"])) == ([2, LIMIT + 5], LIMIT)
