"""Models that are scored on data with which they were trained."""

from collections.abc import Iterator

from nbpipe.analysis.leakage import Leakage
from nbpipe.analysis.rules.leak_words import told, way
from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity


def check(subject: Subject) -> Iterator[Remark]:
    """Find overlaps of the rows that a model is trained and scored on."""
    for leak in Leakage(subject.graph).overlaps():
        training, test = leak.evaluation.training, leak.evaluation.test
        if leak.way:
            message = f"rows are repeated before the split, so that the test has rows of the training: {way(leak.way)} -> {told(training)}, {told(test)}"
            yield Remark(leak.culprit.span, message)
        else:
            message = f"the model is scored only on data with which {told(training)} trained it"
            yield Remark(leak.culprit.span, message, "keep data apart for the score, as with train_test_split")


RULE = Rule(
    id="NB220",
    slug="leak-overlap",
    summary="A model is scored on rows with which it was trained.",
    why=(
        "Such a score says how well the model remembers, not how well it predicts. Rows that are repeated (oversampling, SMOTE) before the split "
        "end up on both of its sides. This is overlap leakage in Yang et al., Data Leakage in Notebooks (ASE 2022). A score on the training data beside one on other "
        "data is fine, and is not reported."
    ),
    severity=Severity.WARNING,
    bad=Example(
        "# %%\nimport pandas as pd\nfrom imblearn.over_sampling import SMOTE\nfrom sklearn.linear_model import LogisticRegression\n"
        "from sklearn.model_selection import train_test_split\n# %%\ndf = pd.read_csv('loans.csv')\nX, y = df.drop(columns='bad'), df['bad']\n# %%\n"
        "X_more, y_more = SMOTE(random_state=0).fit_resample(X, y)  # <- here\n"
        "X_train, X_test, y_train, y_test = train_test_split(X_more, y_more, random_state=0)\n# %%\n"
        "model = LogisticRegression().fit(X_train, y_train)\nprint(model.score(X_test, y_test))\n"
    ),
    good=Example(
        "# %%\nimport pandas as pd\nfrom imblearn.over_sampling import SMOTE\nfrom sklearn.linear_model import LogisticRegression\n"
        "from sklearn.model_selection import train_test_split\n# %%\ndf = pd.read_csv('loans.csv')\nX, y = df.drop(columns='bad'), df['bad']\n# %%\n"
        "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)\n"
        "X_more, y_more = SMOTE(random_state=0).fit_resample(X_train, y_train)\n# %%\n"
        "model = LogisticRegression().fit(X_more, y_more)\nprint(model.score(X_train, y_train), model.score(X_test, y_test))\n"
    ),
    check=check,
    fix="split first, and resample only the training data",
)
