"""Saved models without what prepared their data."""

from collections.abc import Iterator

from nbpipe.analysis.provenance import Provenance, makes_object
from nbpipe.analysis.rules.leak_words import told
from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity
from nbpipe.model.flow import Operation

_SAVES = ("pickle.dump", "pickle.dumps", "joblib.dump", "cloudpickle.dump", "dill.dump", "skops.io.dump")


def check(subject: Subject) -> Iterator[Remark]:
    """Find saved models whose data went through transformations that were fitted, and are not saved."""
    provenance = Provenance(subject.graph)
    saves = [operation for operation in provenance.operations if operation.name in _SAVES]
    saved = provenance.objects(number for save in saves for number in _given(save))
    for save in saves:
        for training in provenance.nearest(_given(save), provenance.trains):
            for fitted in _fitted_before(provenance, training):
                objects = provenance.nearest(dict(fitted.inputs).get("self", ()), makes_object)
                if objects and not any(made.made in saved for made in objects):
                    yield Remark(save.span, f"the model is saved without what prepared its data: {told(fitted)}")
                    break


def _given(save: Operation) -> tuple[int, ...]:
    return dict(save.inputs).get("0", ())


def _fitted_before(provenance: Provenance, training: Operation) -> list[Operation]:
    """Return the fitted transformations through which the data for a training went."""
    return [
        operation
        for operation in provenance.operations
        if operation.changes
        and provenance.learns(operation)
        and provenance.path(operation, provenance.train_data(training), lambda step: not provenance.trains(step))
    ]


_HEAD = (
    "# %%\nimport joblib\nimport pandas as pd\nfrom sklearn.linear_model import Ridge\nfrom sklearn.pipeline import make_pipeline\n"
    "from sklearn.preprocessing import StandardScaler\ndf = pd.read_csv('cars.csv')\n# %%\n"
)

RULE = Rule(
    id="NB212",
    slug="serving-skew",
    summary="A model is saved without the fitted transformation of its data.",
    why=(
        "Whoever loads the model must prepare new data exactly as it was prepared here, with the same means and codes. Those are lost: the predictions "
        "will be made on data of another form (training-serving skew)."
    ),
    severity=Severity.WARNING,
    bad=Example(
        _HEAD
        + "X = StandardScaler().fit_transform(df[['age', 'km']])\nmodel = Ridge()\nmodel.fit(X, df['price'])\njoblib.dump(model, 'model.joblib')  # <- here\n"
    ),
    good=Example(
        _HEAD
        + "model = make_pipeline(StandardScaler(), Ridge())\nmodel.fit(df[['age', 'km']], df['price'])\njoblib.dump(model, 'model.joblib')\n"
    ),
    check=check,
    fix="put the transformation and the model into one Pipeline, and save that",
)
