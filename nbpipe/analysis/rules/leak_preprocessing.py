"""What was learnt from the test's rows before the model was trained."""

from collections import defaultdict
from collections.abc import Iterator

from nbpipe.analysis.leakage import Leak, Leakage
from nbpipe.analysis.rules.leak_words import told, way
from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity


def check(subject: Subject) -> Iterator[Remark]:
    """Find transformations that were fitted on data of which the test is a part: those of a cell are one remark, at the first of them."""
    in_cell: defaultdict[int, list[Leak]] = defaultdict(list)
    for leak in Leakage(subject.graph).preprocessing():
        in_cell[leak.culprit.span.cell].append(leak)
    for leaks in in_cell.values():
        leak, *others = sorted(leaks, key=lambda leak: leak.culprit.span)
        training, test = leak.evaluation.training, leak.evaluation.test
        name = leak.culprit.name.rpartition(".")[2]
        message = f"`{name}` learns from rows on which the model is tested: {way(leak.way)} -> {told(training)}, tested by {told(test)}"
        lines = sorted({other.culprit.span.line for other in others})
        more = f"; so it is at line {', '.join(map(str, lines))}" if lines else ""
        yield Remark(leak.culprit.span, message + more)


_HEAD = (
    "# %%\nimport pandas as pd\nfrom sklearn.linear_model import LogisticRegression\nfrom sklearn.model_selection import train_test_split\n"
    "from sklearn.preprocessing import StandardScaler\n# %%\ndf = pd.read_csv('loans.csv')\nX, y = df.drop(columns='bad'), df['bad']\n# %%\n"
)

RULE = Rule(
    id="NB221",
    slug="leak-preprocessing",
    summary="A transformation is fitted on data of which the test is a part.",
    why=(
        "Means, scales, vocabularies and selected features that were computed with the test's rows carry them into the training: the score is better than "
        "that on new data. This is pre-processing leakage in Yang et al., Data Leakage in Notebooks (ASE 2022). The finding shows the way of the data."
    ),
    severity=Severity.WARNING,
    bad=Example(
        _HEAD + "X = StandardScaler().fit_transform(X)  # <- here\n"
        "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)\n# %%\n"
        "model = LogisticRegression().fit(X_train, y_train)\nprint(model.score(X_test, y_test))\n"
    ),
    good=Example(
        _HEAD + "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)\nscaler = StandardScaler()\n"
        "X_train = scaler.fit_transform(X_train)\nX_test = scaler.transform(X_test)\n# %%\n"
        "model = LogisticRegression().fit(X_train, y_train)\nprint(model.score(X_test, y_test))\n"
    ),
    check=check,
    fix="split first, fit on the training data only, or put the transformation into a Pipeline with the model",
)
