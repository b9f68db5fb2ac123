"""The tables of facts are true of the installed libraries, and the questions about them are answered as promised."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from nbpipe import knowledge
from nbpipe.knowledge.facts import Argument, CallFact
from nbpipe.knowledge.tables import document, table
from nbpipe.model.flow import Phase
from tests import knowledge_rows

TABLES = tuple(document("libraries")["tables"])


def test_every_row_is_true_of_the_installed_libraries():
    checker = knowledge_rows.Checker().run()
    assert checker.problems == []
    assert checker.checked > 4000


@pytest.mark.slow
@pytest.mark.parametrize("python", os.environ.get("NBPIPE_TEST_PYTHONS", "").split(os.pathsep))
def test_every_row_is_true_of_other_releases(python):
    if not python:
        pytest.skip("NBPIPE_TEST_PYTHONS names no other interpreters")
    done = subprocess.run([python, "-W", "ignore", knowledge_rows.__file__], capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"functions": {"math": {"sqare": {}}}}, "math.sqare does not exist"),
        ({"functions": {"pandas": {"merge": {"mutates": "frame@0"}}}}, "pandas.merge has no parameter frame"),
        ({"functions": {"pandas": {"merge": {"mutates": "right@0"}}}}, "right is at position 1, not 0"),
        ({"functions": {"pandas": {"merge": {"returns": "pandas.Frame"}}}}, "nothing is known of the type pandas.Frame"),
        ({"methods": {"pandas.Series": {"mean sum": {}, "mean": {}}}}, "pandas.Series.mean has two rows"),
        ({"functions": {"pandas": {"merge": {}}}, "gone": {"pandas 1.0": "pandas.merge"}}, "pandas.merge exists"),
    ],
)
def test_a_wrong_row_is_found(rows, said):
    checker = knowledge_rows.Checker()
    checker.gone.update(knowledge_rows.versions(rows.get("gone", {})))
    checker.check_document("sample", rows)
    assert [problem for problem in checker.problems if said in problem]


@pytest.mark.parametrize("name", TABLES)
def test_every_row_makes_a_fact(name):
    found = table(name)
    facts = [knowledge.function(full) for full in (*found.functions, *found.classes)]
    facts += [knowledge.method(owner, method) for owner, rows in found.methods.items() for method in rows]
    assert all(isinstance(fact, CallFact) for fact in facts)
    assert {fact.phase for fact in facts} <= {None, *(phase.value for phase in Phase)}
    assert all(fact.draws in ("no", "always", "unless_seeded") for fact in facts)
    assert all(fact.result in ("fresh", "self", "view", "holds", "unknown") for fact in facts)
    assert all(fact.figure in ("", "draws", "shows", "opens", "closes") for fact in facts)
    states = {"options", "warnings", "cwd", "env", "path", "rng", "network", "shell", "clock", "ipython"}
    assert {state for fact in facts for state in fact.state} <= states
    assert all(knowledge.type(full) is not None for full in found.classes)
    assert all(knowledge.attribute(owner, attribute) for owner, rows in found.attributes.items() for attribute in rows)
    assert all(knowledge.subscript(owner, key) for owner, rows in found.subscripts.items() for key in rows)


def test_every_table_is_named():
    other = {"libraries", "phases", "magics", "distributions", "leakage"}
    assert {path.stem for path in Path(knowledge.__file__).parent.glob("*.toml")} - other == set(TABLES)


@pytest.mark.parametrize(
    ("name", "public"),
    [
        ("pandas.core.frame.DataFrame", "pandas.DataFrame"),
        ("sklearn.model_selection._split.KFold", "sklearn.model_selection.KFold"),
        ("sklearn.model_selection._split.KFold.split", "sklearn.model_selection.KFold.split"),
        ("sklearn.linear_model._glm.glm.GammaRegressor", "sklearn.linear_model.GammaRegressor"),
        ("sklearn.externals.joblib.dump", "joblib.dump"),
        ("pylab.plot", "matplotlib.pyplot.plot"),
        ("matplotlib.pylab", "matplotlib.pyplot"),
        ("tensorflow.keras.layers.Dense", "keras.layers.Dense"),
        ("pandas.io.json.json_normalize", "pandas.json_normalize"),
        ("IPython.core.display.HTML", "IPython.display.HTML"),
        ("my_module.helper", "my_module.helper"),
        ("os._Environ", "os._Environ"),
        ("print", "print"),
    ],
)
def test_names_have_one_public_form(name, public):
    assert knowledge.canonical(name) == public


def test_a_function_is_known_by_its_full_name():
    fact = knowledge.function("pandas.read_csv")
    assert fact.returns == "pandas.DataFrame"
    assert fact.reads_files == (Argument("filepath_or_buffer", 0),)
    assert fact.phase == "collection"
    assert knowledge.function("pandas.core.frame.DataFrame").returns == "pandas.DataFrame"
    assert knowledge.function("my_module.helper") is None
    assert knowledge.function("builtins.eval") is None


def test_a_class_method_is_found_through_its_class():
    assert knowledge.function("pandas.DataFrame.from_dict").returns == "pandas.DataFrame"
    assert knowledge.function("datetime.datetime.now").state == ("clock",)
    assert knowledge.function("sklearn.linear_model.LinearRegression.fit").mutates == ("self",)
    assert knowledge.function("sklearn.ensemble.SomeNewForest.fit").mutates == ("self",)


def test_families_stand_for_names_without_a_row():
    assert knowledge.function("seaborn.some_new_plot").figure == "draws"
    assert knowledge.function("scipy.stats.norm.rvs").draws == "unless_seeded"
    assert knowledge.function("scipy.special.expit").mutates == ()
    estimator = knowledge.function("sklearn.ensemble.SomeNewForest")
    assert (estimator.returns, estimator.result) == ("sklearn.ensemble.SomeNewForest", "holds")
    assert Argument("*") in estimator.tunable
    assert knowledge.estimator_draws("sklearn.ensemble.SomeNewForest") == "unless_seeded"
    assert knowledge.method("sklearn.ensemble.SomeNewForest", "fit").mutates == ("self",)


def test_a_method_is_looked_up_in_the_bases():
    assert knowledge.method("pandas.DataFrame", "fillna").mutates_if == ("inplace",)
    assert knowledge.method("sklearn.linear_model.LinearRegression", "fit").mutates == ("self",)
    assert knowledge.method("sklearn.linear_model.LinearRegression", "fit").draws == "no"
    assert knowledge.method("sklearn.ensemble.RandomForestClassifier", "fit").draws == "unless_seeded"
    assert knowledge.method("pandas.DataFrame", "no_such_method") is None


SCIENCE = frozenset({"pandas", "numpy", "sklearn", "matplotlib", "seaborn"})


@pytest.mark.parametrize(
    ("name", "changes"), [("append", True), ("pop", True), ("sort", True), ("update", True), ("fit", True), ("add", True), ("insert", True)]
)
def test_of_an_unknown_receiver_the_worst_is_assumed(name, changes):
    assert ("self" in knowledge.method(None, name).mutates) is changes


@pytest.mark.parametrize(
    "name",
    [
        "sum",
        "mean",
        "head",
        "astype",
        "apply",
        "map",
        "groupby",
        "split",
        "strip",
        "predict",
        "score",
        "copy",
        "merge",
        "transform",
        "plot",
    ],
)
def test_what_nearly_always_changes_nothing_is_not_suspected(name):
    fact = knowledge.method(None, name, SCIENCE)
    assert "self" not in fact.mutates
    assert fact.draws == "no"


def test_an_unknown_receiver_has_a_type_of_what_is_imported():
    assert knowledge.method(None, "fetchall", SCIENCE) is None
    assert knowledge.method(None, "fetchall", frozenset({"sqlite3"})).mutates == ("self",)
    assert knowledge.method(None, "set_title", frozenset({"pandas"})).figure == "draws", "pandas hands out matplotlib's axes"


def test_one_of_several_types_has_the_facts_of_all_that_have_the_method():
    either = "matplotlib.axes.Axes | numpy.ndarray"
    assert knowledge.method(either, "plot") == replace(knowledge.method("matplotlib.axes.Axes", "plot"))
    assert knowledge.method(either, "flatten").returns == "numpy.ndarray"
    assert knowledge.type(either).picklable is False
    assert knowledge.subscript("pandas.DataFrame | pandas.Series", "mask").returns == "pandas.DataFrame | pandas.Series"


@pytest.mark.parametrize(
    ("owner", "key", "returns", "result"),
    [
        ("pandas.DataFrame", "str", "pandas.Series", "view"),
        ("pandas.DataFrame", "list", "pandas.DataFrame", "fresh"),
        ("pandas.DataFrame", "mask", "pandas.DataFrame", "fresh"),
        ("pandas.DataFrame", "slice", "pandas.DataFrame", "view"),
        ("pandas.Series", "mask", "pandas.Series", "fresh"),
        ("pandas.DataFrame.loc", "slice", "pandas.DataFrame", "view"),
        ("numpy.ndarray", "mask", "numpy.ndarray", "fresh"),
        ("numpy.ndarray", "slice", "numpy.ndarray", "view"),
        ("builtins.list", "slice", "builtins.list", "holds"),
        ("builtins.str", "int", "builtins.str", "fresh"),
        ("pandas.core.groupby.DataFrameGroupBy", "str", "pandas.core.groupby.SeriesGroupBy", "view"),
    ],
)
def test_items(owner, key, returns, result):
    fact = knowledge.subscript(owner, key)
    assert (fact.returns, fact.result) == (returns, result)


def test_attributes():
    assert knowledge.attribute("pandas.DataFrame", "T").returns == "pandas.DataFrame"
    assert knowledge.attribute("pandas.DataFrame", "values").result == "view"
    assert knowledge.attribute("pandas.DataFrame", "shape").result == "fresh"
    assert knowledge.attribute("pandas.Series", "str").returns == "pandas.Series.str"
    assert knowledge.attribute("matplotlib.pyplot", "rcParams").state == ("options",)
    assert knowledge.attribute("os", "environ").state == ("env",)
    assert knowledge.attribute("sklearn.linear_model.Ridge", "coef_").returns == "numpy.ndarray"
    assert knowledge.attribute("pandas.DataFrame", "a_column").returns == "pandas.Series"
    assert knowledge.attribute("pandas.Series", "no_such") is None
    assert knowledge.attribute(None, "coef_").returns == "numpy.ndarray"


def test_types():
    frame = knowledge.type("pandas.DataFrame")
    assert (frame.annotation, frame.imports) == ("pd.DataFrame", ("import pandas as pd",))
    forest = knowledge.type("sklearn.ensemble.RandomForestClassifier")
    assert (forest.annotation, forest.imports) == ("RandomForestClassifier", ("from sklearn.ensemble import RandomForestClassifier",))
    assert knowledge.type("list").annotation == "list"
    assert knowledge.type("builtins.int").immutable
    assert not knowledge.type("builtins.tuple").immutable
    for name in (
        "builtins.zip",
        "types.GeneratorType",
        "io.TextIOWrapper",
        "sqlite3.Connection",
        "builtins.module",
        "matplotlib.figure.Figure",
    ):
        assert not knowledge.type(name).picklable
    assert knowledge.type("my_module.Thing") is None


def test_the_words_of_returns_mean_types():
    assert knowledge.resolve(knowledge.function("copy.deepcopy"), None, "pandas.DataFrame") == "pandas.DataFrame"
    assert knowledge.resolve(knowledge.function("numpy.log"), None, "pandas.Series") == "pandas.Series"
    assert knowledge.resolve(knowledge.function("numpy.log"), None, "builtins.list") == "numpy.ndarray"
    assert knowledge.resolve(knowledge.method("pandas.DataFrame", "head"), "pandas.DataFrame") == "pandas.DataFrame"
    split = knowledge.function("sklearn.model_selection.train_test_split")
    frame, series = "pandas.DataFrame", "pandas.Series"
    assert knowledge.resolve_items(split, None, (frame, series)) == (frame, frame, series, series)
    assert knowledge.resolve_items(knowledge.function("sklearn.metrics.roc_curve"), None, ()) == ("numpy.ndarray",) * 3


def test_operators():
    assert knowledge.operation("pandas.DataFrame", "builtins.int") == "pandas.DataFrame"
    assert knowledge.operation("numpy.ndarray", "pandas.Series") == "pandas.Series"
    assert knowledge.operation("numpy.ndarray | builtins.float", None) == "numpy.ndarray"
    assert knowledge.operation("pathlib.Path", "builtins.str") == "pathlib.Path"
    assert knowledge.operation("builtins.int", "builtins.int") is None


def test_imports_for_their_effect():
    assert knowledge.import_effects("sklearn.experimental.enable_iterative_imputer")
    assert knowledge.import_effects("mpl_toolkits.mplot3d.Axes3D")
    assert not knowledge.import_effects("pandas")
    assert not knowledge.import_effects("sklearn.linear_model.LinearRegression")


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("Importing Libraries", "setup"),
        ("Load Data", "collection"),
        ("Loading Dataset", "collection"),
        ("# read the data from the file", "collection"),
        ("Exploratory Data Analysis (EDA)", "exploration"),
        ("Data Visualization", "exploration"),
        ("Data Cleaning", "cleaning"),
        ("Handling missing values", "cleaning"),
        ("Outlier Removal Using Standard Deviation", "cleaning"),
        ("Feature Engineering", "features"),
        ("One Hot Encoding", "features"),
        ("Train/test split", "features"),
        ("X_train", "features"),
        ("Model Training:", "training"),
        ("Random Forest Regression", "training"),
        ("Hyperparameter tuning", "training"),
        ("Model evaluation metrics for regression", "evaluation"),
        ("Confusion matrix", "evaluation"),
        ("y_pred", "evaluation"),
        ("Save the model", "deployment"),
        ("Data drift", "monitoring"),
        ("Label the data", "labelling"),
    ],
)
def test_words_speak_of_phases(text, phase):
    scores = knowledge.phase_of_words(text)
    assert max(scores, key=scores.get) == phase


@pytest.mark.parametrize("text", ["", "Conclusion", "x", "Question 1", "plt.xlabel", "Machine Learning"])
def test_other_words_speak_of_none(text):
    assert knowledge.phase_of_words(text) == {}


def test_the_phases_of_words_are_phases():
    assert set(document("phases")) <= {phase.value for phase in Phase}
