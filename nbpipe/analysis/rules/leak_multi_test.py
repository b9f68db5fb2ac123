"""Tests on which several models are scored."""

from collections.abc import Iterator

from nbpipe.analysis.leakage import Leakage
from nbpipe.analysis.rules.leak_words import told
from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity


def check(subject: Subject) -> Iterator[Remark]:
    """Find test data that several models are scored on."""
    for leak, count in Leakage(subject.graph).repeated_tests():
        if count > 1:
            message = (
                f"{count} models are scored on the same test, the last by {told(leak.culprit)}: the score of the best of them is too good"
            )
        else:
            message = f"{told(leak.culprit)} scores the model on what {told(leak.evaluation.training)} took for its validation"
        yield Remark(leak.culprit.span, message)


_HEAD = (
    "# %%\nimport pandas as pd\nfrom sklearn.linear_model import LogisticRegression\nfrom sklearn.model_selection import cross_val_score, train_test_split\n"
    "from sklearn.tree import DecisionTreeClassifier\n# %%\ndf = pd.read_csv('loans.csv')\n"
    "X_train, X_test, y_train, y_test = train_test_split(df.drop(columns='bad'), df['bad'], random_state=0)\n# %%\n"
)

RULE = Rule(
    id="NB222",
    slug="leak-multi-test",
    summary="Several models are scored on the same test data.",
    why=(
        "Whoever picks the model with the best score has chosen with the test: it is validation data then, and the score of the winner is too good. This is multi-test "
        "leakage in Yang et al., Data Leakage in Notebooks (ASE 2022). It is a note, because comparing without choosing is fine."
    ),
    severity=Severity.NOTE,
    bad=Example(
        _HEAD + "linear = LogisticRegression().fit(X_train, y_train)\nprint(linear.score(X_test, y_test))\n# %%\n"
        "tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)\nprint(tree.score(X_test, y_test))  # <- here\n"
    ),
    good=Example(
        _HEAD
        + "print(cross_val_score(LogisticRegression(), X_train, y_train))\nprint(cross_val_score(DecisionTreeClassifier(random_state=0), X_train, y_train))\n"
        "# %%\nlinear = LogisticRegression().fit(X_train, y_train)\nprint(linear.score(X_test, y_test))\n"
    ),
    check=check,
    fix="choose by cross-validation, or on validation data, and score only the chosen model on the test",
)
