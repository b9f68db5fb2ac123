"""What the tables say about methods and functions, tried on small values: what changes, what is shared, what comes back, what draws."""

import contextlib
import copy
import io
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import scipy.stats  # noqa: F401 (tried by name)

from nbpipe import knowledge
from nbpipe.knowledge.tables import document, table
from tests.knowledge_rows import MISSING, resolve

mpl.use("Agg")

FRAME = pd.DataFrame({"x": [3.0, 1.0, 2.0, 1.0], "y": [1.0, 2.0, 4.0, 8.0]})
WORDS = pd.Series(["one two", "Three", "four", "one"])
DATES = pd.Series(pd.date_range("2024-01-30", periods=4, freq="D"))


# For each type, how to make a value to try its methods on.
RECEIVERS = {
    "pandas.DataFrame": lambda: FRAME.copy(),
    "pandas.Series": lambda: FRAME["x"].copy(),
    "pandas.Index": lambda: pd.Index([3, 1, 2, 1]),
    "pandas.MultiIndex": lambda: pd.MultiIndex.from_product([[1, 2], ["x", "y"]]),
    "pandas.DatetimeIndex": lambda: pd.DatetimeIndex(DATES),
    "pandas.Series.str": lambda: WORDS.copy().str,
    "pandas.Series.dt": lambda: DATES.copy().dt,
    "pandas.Series.cat": lambda: WORDS.astype("category").cat,
    "pandas.Timestamp": lambda: pd.Timestamp("2024-01-30"),
    "pandas.core.groupby.DataFrameGroupBy": lambda: FRAME.copy().assign(key=[1, 1, 2, 2]).groupby("key"),
    "pandas.core.groupby.SeriesGroupBy": lambda: FRAME["y"].copy().groupby([1, 1, 2, 2]),
    "pandas.core.window.Rolling": lambda: FRAME.copy().rolling(2),
    "numpy.ndarray": lambda: np.array([[3.0, 1.0], [2.0, 5.0]]),
    "numpy.random.RandomState": lambda: np.random.RandomState(0),
    "numpy.random.Generator": lambda: np.random.default_rng(0),
    "builtins.str": lambda: "some words",
    "builtins.list": lambda: [3, 1, 2],
    "builtins.dict": lambda: {"x": 1, "y": 2},
    "builtins.set": lambda: {1, 2, 3},
    "builtins.tuple": lambda: (1, 2),
    "collections.Counter": lambda: resolve("collections.Counter")("xyzx"),
    "collections.deque": lambda: resolve("collections.deque")([1, 2, 3]),
    "datetime.datetime": lambda: resolve("datetime.datetime")(2024, 1, 30),
    "pathlib.PurePath": lambda: resolve("pathlib.PurePath")("folder/name.txt"),
    "scipy.sparse.spmatrix": lambda: resolve("scipy.sparse.csr_matrix")(np.eye(3)),
}


ARGUMENTS = (
    (),
    (5,),
    (1,),
    ("mean",),
    ("x",),
    ([1, 2],),
    (["x"],),
    (lambda value: value > 1.5,),
    (0, 1),
    (FRAME,),
    (FRAME["y"],),
    ("x", "y"),
    ([1, 2, 3, 4],),
    ("D",),
)
ARGUMENTS += ((0, "c", 1.0),)
EXCLUDED = {
    "to_clipboard",
    "to_excel",
    "to_hdf",
    "to_sql",
    "to_stata",
    "to_feather",
    "to_parquet",
    "to_orc",
    "to_pickle",
    "to_xml",
    "to_gbq",
    "to_iceberg",
}
EXCLUDED |= {"tofile", "dump", "to_xarray", "ginput", "waitforbuttonpress", "start_pan", "drag_pan", "end_pan"}


def lineage(name):
    while name is not None:
        yield name
        name = known.base if (known := knowledge.type(name)) else None


def methods():
    """Every (type, method) that there are values to try on."""
    seen = set()
    tables = [table(name) for name in document("libraries")["tables"]]
    for name in RECEIVERS:
        for owner in lineage(name):
            for rows in (found.methods.get(owner, {}) for found in tables):
                for method in rows:
                    if (name, method) not in seen and method not in EXCLUDED and not method.startswith("__"):
                        seen.add((name, method))
                        yield name, method


def picture(value):
    """Something that compares equal where the value has not changed."""
    if isinstance(value, np.random.RandomState):
        return repr(value.get_state())
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if isinstance(value, pd.DataFrame | pd.Series | pd.Index):
        return value.copy(deep=True)
    for inner in ("_parent", "obj"):  # of an accessor, a grouping, a window
        if type(value).__module__.startswith("pandas.") and inner in vars(value):
            held = vars(value)[inner]
            return held.copy() if isinstance(held, pd.DataFrame) else pd.Series(held).copy()
    return copy.deepcopy(value)


def same(before, after):
    if isinstance(before, pd.DataFrame | pd.Series):
        return before.equals(after) and before.index.equals(after.index)
    if isinstance(before, pd.Index):
        return before.equals(after) and before.names == after.names
    if isinstance(before, np.ndarray):
        return before.shape == after.shape and np.array_equal(before, after)
    if type(before).__module__.startswith("scipy.sparse"):
        return (before != after).nnz == 0
    return before == after


class Trial:
    """One call that did not fail: what it gave, printed, drew, and did to its receiver and arguments."""

    def __init__(self, call, receiver, arguments):
        plt.close("all")
        before, given = picture(receiver), [picture(argument) for argument in arguments]
        figures, state = len(plt.get_fignums()), np.random.get_state()[1:3]
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            self.result = call(*arguments)
        self.receiver, self.arguments = receiver, arguments
        self.printed = bool(out.getvalue())
        self.drew = len(plt.get_fignums()) > figures
        self.random = not all(np.array_equal(one, other) for one, other in zip(state, np.random.get_state()[1:3], strict=True))
        self.changed = not same(before, picture(receiver))
        self.changed_arguments = [not same(one, picture(other)) for one, other in zip(given, arguments, strict=True)]


def tried(find, choices=ARGUMENTS):
    """The first trial that works, of the method or function that `find` gives together with its receiver."""
    for arguments in choices:
        with contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            receiver, call = find()
            return Trial(call, receiver, tuple(copy.deepcopy(argument) for argument in arguments))
    return None


def memory(value):
    """The arrays that a value is made of."""
    if isinstance(value, pd.DataFrame):
        return [value[name].to_numpy() for name in dict.fromkeys(value.columns) if isinstance(value[name], pd.Series)]
    if isinstance(value, pd.Series):
        return [value.to_numpy()]
    return [value] if isinstance(value, np.ndarray) else []


def shared(one, other):
    return any(np.shares_memory(a, b) for a in memory(one) for b in memory(other) if a.dtype != object and b.dtype != object)


def fits_type(value, name, receiver):
    """Whether a value is of the type that a fact promises."""
    if name == "none":
        return value is None
    if name == "self":
        return isinstance(value, type(receiver)) or receiver is value
    for part in name.split(" | "):
        promised = resolve(part)
        if promised is MISSING or not isinstance(promised, type) or isinstance(value, promised):
            return True
        if part in ("builtins.zip", "builtins.map", "types.GeneratorType", "builtins.filter") and hasattr(value, "__next__"):
            return True
        if part in ("builtins.float", "builtins.int") and isinstance(value, np.number):
            return True
        if part == "builtins.bool" and isinstance(value, np.bool_):
            return True
        if any(kin in {c.__name__ for c in type(value).__mro__} for kin in (part.rpartition(".")[2],)):
            return True
    return False


def method_trials():
    for name, method in methods():

        def find(name=name, method=method):
            receiver = RECEIVERS[name]()
            return receiver, getattr(receiver, method)

        trial = tried(find)
        if trial is not None:
            yield f"{name}.{method}", knowledge.method(name, method), trial
    plt.close("all")


@pytest.fixture(scope="module")
def trials():
    np.random.seed(0)
    return list(method_trials())


def test_enough_methods_are_tried(trials):
    assert len(trials) > 600


def test_a_method_changes_its_receiver_only_where_the_row_says_so(trials):
    wrong = [name for name, fact, trial in trials if trial.changed and "self" not in fact.mutates]
    assert wrong == []


# Called as they are tried here, these have nothing to change.
IDLE = {"update", "setflags", "resize", "sort", "eliminate_zeros", "prune", "sort_indices", "sum_duplicates", "copy_"}
IDLE |= {
    "shuffle",
    "binomial",
    "difference_update",
    "subtract",
    "seed",
    "set_state",
    "spawn",
    "setdefault",
    "rotate",
    "partition",
    "byteswap",
    "discard",
    "intersection_update",
    "set_names",
}


def test_a_method_that_the_row_says_changes_its_receiver_does(trials):
    mutating = [entry for entry in trials if "self" in entry[1].mutates]
    wrong = [name for name, _, trial in mutating if not trial.changed and name.rpartition(".")[2] not in IDLE]
    assert len(mutating) > 60
    assert wrong == []


def test_a_method_leaves_its_arguments_alone(trials):
    assert [name for name, fact, trial in trials if any(trial.changed_arguments) and not fact.changes] == []


def test_inplace_changes_the_receiver():
    frame = pd.DataFrame({"x": [3.0, np.nan, 2.0, 2.0], "y": [1.0, 2.0, 4.0, 4.0]}, index=[3, 1, 2, 0])
    wrong = []
    for name, method in methods():
        if name not in ("pandas.DataFrame", "pandas.Series") or "inplace" not in knowledge.method(name, method).mutates_if:
            continue
        for arguments in (
            (),
            (1,),
            ("x",),
            ({"x": "z", 3.0: 7.0},),
            ([1, 2, 3, 0],),
            ("z",),
            ("x > 1",),
            ("c = x",),
            (1.5, 2.0),
            (lambda value: value > 2,),
        ):
            receiver = frame.copy() if name == "pandas.DataFrame" else frame["x"].copy()
            before = receiver.copy()
            with contextlib.suppress(Exception), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                getattr(receiver, method)(*arguments, inplace=True)
                if not (same(before, receiver) and before.index.names == receiver.index.names):
                    break
        else:
            wrong.append(f"{name}.{method}")
    assert [name for name in wrong if not name.endswith(("set_axis", "pad", "backfill", "Series.rename", "Series.reset_index"))] == []


def test_what_is_fresh_shares_no_memory(trials):
    with pd.option_context("mode.copy_on_write", False) if pd.__version__ < "3" else contextlib.nullcontext():
        wrong = [
            name
            for name, fact, trial in trials
            if fact.result == "fresh" and shared(trial.result, trial.receiver) and not copies_on_write(trial)
        ]
    assert wrong == []


def copies_on_write(trial):
    """Whether pandas shares the memory only until one side is written to."""
    return isinstance(trial.result, pd.DataFrame | pd.Series | pd.Index) and pd.__version__ >= "3"


def test_what_is_self_is_the_receiver(trials):
    assert [name for name, fact, trial in trials if fact.result == "self" and trial.result is not trial.receiver] == []


def test_what_is_returned_has_the_type(trials):
    wrong = [
        f"{name} gives {type(trial.result).__name__}, not {fact.returns}"
        for name, fact, trial in trials
        if fact.returns not in (None, "argument", "array")
        and not name.endswith(("DataFrame.get", "Series.apply"))
        and not fits_type(trial.result, fact.returns, trial.receiver)
    ]
    assert wrong == []


def test_only_what_prints_prints(trials):
    assert [name for name, fact, trial in trials if trial.printed != fact.prints] == []


def test_only_what_draws_opens_figures(trials):
    assert [name for name, fact, trial in trials if trial.drew and not fact.figure] == []


def test_only_what_draws_on_the_random_stream_moves_it(trials):
    assert [name for name, fact, trial in trials if trial.random and fact.draws == "no"] == []


WAITING = {"show", "pause", "draw", "savefig", "ginput", "waitforbuttonpress", "subplot_tool", "new_figure_manager"}


def test_pyplot_draws_where_the_rows_say_so():
    wrong = []
    for name, row in table("matplotlib").functions.items():
        function = resolve(name)
        if not name.startswith("matplotlib.pyplot.") or function is MISSING or row.get("state") or name.rpartition(".")[2] in WAITING:
            continue
        plt.close("all")
        trial = tried(lambda function=function: (None, function))
        if trial is not None and trial.drew != (row.get("figure") in ("draws", "opens")) and "mutates" not in row:
            wrong.append(name)
    plt.close("all")
    assert wrong == []


NUMBERS = np.array([3.0, 1.0, 2.0, 4.0])
SQUARE = np.array([[4.0, 1.0], [1.0, 3.0]])
CLASSES = np.array([0, 1, 1, 0])
VALUES = (
    (NUMBERS,),
    (NUMBERS, NUMBERS[::-1].copy()),
    (SQUARE,),
    (SQUARE, 1),
    (NUMBERS, 2),
    (CLASSES, CLASSES),
    (CLASSES, NUMBERS / 4),
    (SQUARE, CLASSES[:2]),
)
VALUES += (
    ((NUMBERS, NUMBERS),),
    (3,),
    (2, 3),
    (NUMBERS, CLASSES == 1),
    (NUMBERS, CLASSES, 7.0),
    (CLASSES == 1, NUMBERS),
    (NUMBERS, CLASSES, NUMBERS),
    (0.5,),
)
MODULES = (
    "numpy",
    "numpy.linalg",
    "numpy.random",
    "sklearn.metrics",
    "sklearn.preprocessing",
    "sklearn.utils",
    "sklearn.datasets",
    "scipy.stats",
    "pandas",
)
# These ask, or read and write files, or take long.
LEFT_OUT = {
    "test",
    "fromfile",
    "save",
    "savez",
    "savez_compressed",
    "savetxt",
    "loadtxt",
    "show_config",
    "show_versions",
    "clear_data_home",
    "to_pickle",
}
LEFT_OUT |= {"set_state", "set_bit_generator", "setbufsize", "read_clipboard"}


def public_functions():
    """Every function of these modules of which something is known, from a row or from a family."""
    for module in MODULES:
        found = resolve(module)
        for name in sorted(dir(found)):
            full = f"{module}.{name}"
            if name.startswith("_") or name in LEFT_OUT or name.startswith(("fetch_", "read_")) or isinstance(resolve(full), type):
                continue
            fact = knowledge.function(full)
            if fact is not None and callable(resolve(full)) and not fact.state and not fact.reads_files:
                yield full, fact


@pytest.fixture(scope="module")
def calls():
    before = np.random.get_state()
    found = []
    for name, fact in public_functions():
        trial = tried(lambda name=name: (None, resolve(name)), choices=(*VALUES, ()))
        if trial is not None:
            found.append((name, fact, trial))
    np.random.set_state(before)
    return found


def test_enough_functions_are_tried(calls):
    assert len(calls) > 400


def test_a_function_changes_only_the_arguments_that_the_row_names(calls):
    wrong = []
    for name, fact, trial in calls:
        allowed = {argument.position for argument in fact.changes}
        wrong += [name for position, changed in enumerate(trial.changed_arguments) if changed and position not in allowed]
    assert wrong == []


def test_a_function_that_the_row_says_changes_an_argument_does(calls):
    given = [(name, trial, argument.position) for name, fact, trial in calls for argument in fact.changes if argument.position is not None]
    changed = {name: trial.changed_arguments[position] for name, trial, position in given if position < len(trial.arguments)}
    assert len(changed) > 8
    assert [name for name, happened in changed.items() if not happened and name != "numpy.bitwise_count"] == []


def test_what_a_function_makes_fresh_shares_no_memory_with_its_arguments(calls):
    wrong = [
        name
        for name, fact, trial in calls
        for position, argument in enumerate(trial.arguments)
        if fact.result == "fresh" and position not in {change.position for change in fact.changes} and shared(trial.result, argument)
    ]
    assert wrong == []


def test_a_function_returns_what_the_row_says(calls):
    wrong = [
        f"{name} gives {type(trial.result).__name__}, not {promised}"
        for name, fact, trial in calls
        if (promised := promised_type(fact, trial)) is not None and not fits_type(trial.result, promised, None)
    ]
    assert wrong == []


def promised_type(fact, trial):
    first = trial.arguments[0] if trial.arguments else None
    return knowledge.resolve(fact, None, "numpy.ndarray" if isinstance(first, np.ndarray) else None)


def test_a_function_moves_the_random_stream_where_the_row_says_so(calls):
    assert [name for name, fact, trial in calls if trial.random and fact.draws == "no"] == []
    # One value to choose from, or nothing to shuffle: these may draw nothing.
    drawing = [(name, trial) for name, fact, trial in calls if fact.draws != "no"]
    assert len(drawing) > 50
    assert [
        name
        for name, trial in drawing
        if not trial.random and not name.endswith(("silhouette_score", "make_sparse_spd_matrix", "quantile_transform"))
    ] == []


def test_a_function_prints_and_draws_where_the_row_says_so(calls):
    assert [name for name, fact, trial in calls if trial.printed and not fact.prints] == []
    assert [name for name, fact, trial in calls if trial.drew and not fact.figure] == []
