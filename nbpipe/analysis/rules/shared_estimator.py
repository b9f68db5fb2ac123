"""One estimator in several pipelines."""

from collections.abc import Iterator

from nbpipe import knowledge
from nbpipe.analysis.provenance import Provenance, makes_object
from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity, Span
from nbpipe.model.flow import Operation

_HOLDERS = ("Pipeline", "make_pipeline")


def check(subject: Subject) -> Iterator[Remark]:
    """Find pipelines that hold an estimator that an earlier pipeline holds too."""
    provenance = Provenance(subject.graph)
    holder_of: dict[int, Span] = {}
    told: set[Span] = set()
    for operation in provenance.operations:
        if operation.name.rpartition(".")[2] not in _HOLDERS:
            continue
        for part in provenance.nearest((number for _, numbers in operation.inputs for number in numbers), _is_estimator):
            first = holder_of.setdefault(part.made, operation.span)
            if first != operation.span and operation.span not in told:
                told.add(operation.span)
                name = part.name.rpartition(".")[2]
                yield Remark(operation.span, f"this pipeline and that of {first} hold the same `{name}`: fitting one changes the other")


def _is_estimator(operation: Operation) -> bool:
    named = operation.name.rpartition(".")[2]
    return makes_object(operation) and named not in _HOLDERS and knowledge.method(operation.name, "fit") is not None


_HEAD = (
    "# %%\nfrom sklearn.linear_model import Lasso, Ridge\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
    "X, y = [[1.0], [2.0], [4.0]], [1, 2, 3]\n# %%\n"
)

RULE = Rule(
    id="NB207",
    slug="shared-estimator",
    summary="One estimator is part of two pipelines.",
    why=(
        "A pipeline fits the very objects that it is given. After the second one was fitted, the first one predicts with what the second has learnt. "
        "A stage that only needs one of them has to carry both."
    ),
    severity=Severity.WARNING,
    bad=Example(
        _HEAD + "scaler = StandardScaler()\nridge = make_pipeline(scaler, Ridge())\nlasso = make_pipeline(scaler, Lasso())  # <- here\n"
        "print(ridge.fit(X, y).predict(X), lasso.fit(X, y).predict(X))\n"
    ),
    good=Example(
        _HEAD + "ridge = make_pipeline(StandardScaler(), Ridge())\nlasso = make_pipeline(StandardScaler(), Lasso())\n"
        "print(ridge.fit(X, y).predict(X), lasso.fit(X, y).predict(X))\n"
    ),
    check=check,
    fix="make one for each, or use sklearn.base.clone",
)
