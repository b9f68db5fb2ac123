"""What the tables say of scikit-learn's estimators, tried on every one of them: which draw on the global random stream, what fitting changes and returns."""

import inspect
import warnings

import numpy as np
import pytest
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401 (they make estimators appear)
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import all_estimators

from nbpipe import knowledge
from nbpipe.knowledge.lookup import class_row

RANDOM = np.random.RandomState(0)
X = RANDOM.rand(40, 5)
CLASSES = (X[:, 0] * 3).astype(int)
NUMBERS = X[:, 0] + X[:, 1]
TEXTS = ["a b c", "b c d", "e f g"] * 5
DATA = (
    (X, CLASSES),
    (X, NUMBERS),
    (X, (CLASSES > 0).astype(int)),
    (X,),
    (TEXTS,),
    (CLASSES,),
    (NUMBERS, NUMBERS),
    (X, np.c_[CLASSES > 0, CLASSES > 1].astype(int)),
    (X, np.c_[NUMBERS, NUMBERS]),
    ([{"a": 1, "b": 2}] * 5,),
    (X @ X.T,),
    ([[1, 2], [3]],),
)
# What an estimator that holds others needs.
PARTS = {
    "estimator": KNeighborsClassifier(2),
    "base_estimator": KNeighborsClassifier(2),
    "estimators": [("a", KNeighborsClassifier(2))],
    "param_grid": {"n_neighbors": [1, 2]},
    "param_distributions": {"n_neighbors": list(range(1, 20))},
    "steps": [("a", KNeighborsClassifier(2))],
    "transformers": [("a", "passthrough", [0, 1])],
    "transformer_list": [("a", "passthrough")],
    "dictionary": X,
}
REGRESSORS = ("MultiOutputRegressor", "RegressorChain", "StackingRegressor", "VotingRegressor", "TransformedTargetRegressor")
# They draw with more data than here, or when they transform or predict.
QUIET = {"QuantileTransformer", "TargetEncoder", "TSNE", "HalvingGridSearchCV", "DictionaryLearning", "SparsePCA"}
QUICK = {"n_estimators": 3, "max_iter": 5, "n_iter": 2, "n_init": 1, "cv": 2, "max_trials": 10, "n_components": 2}
SLOW = {"n_components": ("PCA",), "max_iter": ("LinearSVC",)}


def keywords(estimator, **extra):
    """Arguments to make an estimator with: what it must be given, and small sizes."""
    parameters = inspect.signature(estimator).parameters
    parts = dict(PARTS)
    if estimator.__name__ in REGRESSORS:
        parts.update(estimator=LinearRegression(), base_estimator=LinearRegression(), estimators=[("a", LinearRegression())])
    needed = {name: parts[name] for name, parameter in parameters.items() if parameter.default is parameter.empty and name in parts}
    quick = {name: value for name, value in QUICK.items() if name in parameters and estimator.__name__ not in SLOW.get(name, ())}
    return {**quick, **needed, **{name: value for name, value in extra.items() if name in parameters}}


def stream():
    return np.random.get_state()[1].tobytes(), np.random.get_state()[2]


def fitted(estimator, given):
    """The estimator after fitting the first data that suits it, what fitting returned, and whether the stream moved; None if no data suits."""
    for data in DATA:
        before, copies = stream(), [np.array(part, copy=True) if isinstance(part, np.ndarray) else part for part in data]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made = estimator(**given)
                returned = made.fit(*data)
        except (ValueError, TypeError, AttributeError, IndexError, np.linalg.LinAlgError):
            continue
        assert all(np.array_equal(one, other) for one, other in zip(copies, data, strict=True) if isinstance(one, np.ndarray))
        return made, returned, stream() != before
    return None


def public_name(estimator):
    return knowledge.canonical(f"{estimator.__module__}.{estimator.__name__}")


ESTIMATORS = [pytest.param(estimator, id=name) for name, estimator in all_estimators()]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_estimator_draws_where_the_row_says_so(estimator):
    name, given = public_name(estimator), keywords(estimator)
    result = fitted(estimator, given)
    if result is None:
        pytest.skip("none of the data suits it")
    made, returned, moved = result
    assert returned is made
    if knowledge.estimator_draws(name, given) == "no":
        assert not moved
    elif "fit_draws_if" not in (class_row(name) or {}) and estimator.__name__ not in QUIET:
        assert moved


SEEDED = [
    parameter
    for parameter in ESTIMATORS
    if "random_state" in keywords(parameter.values[0], random_state=0) and parameter.id != "SGDOneClassSVM"
]


@pytest.mark.parametrize("estimator", SEEDED)
def test_a_seeded_estimator_leaves_the_stream_alone(estimator):
    name, given = public_name(estimator), keywords(estimator, random_state=0)
    assert knowledge.estimator_draws(name, given) == "no"
    result = fitted(estimator, given)
    assert result is None or not result[2]


SETTINGS = [
    ("sklearn.linear_model.LogisticRegression", {"solver": "liblinear"}, {"solver": "lbfgs"}),
    ("sklearn.linear_model.LogisticRegression", {"solver": "saga"}, {}),
    ("sklearn.linear_model.Ridge", {"solver": "sag"}, {"solver": "cholesky"}),
    ("sklearn.decomposition.PCA", {"svd_solver": "randomized", "n_components": 2}, {"svd_solver": "full"}),
    ("sklearn.decomposition.KernelPCA", {"eigen_solver": "arpack", "n_components": 2}, {"eigen_solver": "dense"}),
    ("sklearn.manifold.Isomap", {"eigen_solver": "arpack"}, {"eigen_solver": "dense"}),
    ("sklearn.neighbors.NeighborhoodComponentsAnalysis", {"init": "random"}, {"init": "pca"}),
    ("sklearn.gaussian_process.GaussianProcessRegressor", {"n_restarts_optimizer": 1}, {}),
    ("sklearn.preprocessing.KBinsDiscretizer", {"subsample": 20}, {}),
    ("sklearn.impute.IterativeImputer", {"imputation_order": "random"}, {}),
]


@pytest.mark.parametrize(("name", "drawing", "quiet"), SETTINGS)
def test_some_draw_with_some_settings_only(name, drawing, quiet):
    module, _, short = name.rpartition(".")
    estimator = getattr(__import__(module, fromlist=[short]), short)
    assert knowledge.estimator_draws(name) != "no"
    assert knowledge.estimator_draws(name, drawing) != "no"
    assert fitted(estimator, drawing)[2]
    assert knowledge.estimator_draws(name, quiet) == "no"
    assert not fitted(estimator, quiet)[2]
    assert knowledge.estimator_draws(name, {next(iter(drawing)): object()}) != "no", "what is not a literal may be anything"


def test_splitters_draw_where_they_shuffle():
    assert knowledge.estimator_draws("sklearn.model_selection.KFold", {"n_splits": 5}) == "no"
    assert knowledge.estimator_draws("sklearn.model_selection.KFold", {"shuffle": True}) == "unless_seeded"
    assert knowledge.estimator_draws("sklearn.model_selection.KFold", {"shuffle": True, "random_state": 1}) == "no"
    assert knowledge.estimator_draws("sklearn.model_selection.ShuffleSplit", {}) == "unless_seeded"
    assert knowledge.method("sklearn.model_selection.KFold", "split").draws == "unless_seeded"


def test_a_seed_of_none_is_no_seed():
    assert knowledge.estimator_draws("sklearn.ensemble.RandomForestClassifier", {"random_state": None}) == "unless_seeded"
