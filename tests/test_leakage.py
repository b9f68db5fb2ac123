"""Train/test leakage: what is a leak, and what only looks like one."""

import pytest

from nbpipe.analysis.analyze import analyze
from nbpipe.analysis.leakage import Leakage
from nbpipe.notebook.read import notebook_from_text

HEAD = """# %%
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import KFold, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import resample
df = pd.read_csv("a.csv")
X, y = df.drop(columns="y"), df["y"]
"""
SPLIT = "X_train, X_test, y_train, y_test = train_test_split(X, y)\n"
SCORE = "model = LogisticRegression().fit(X_train, y_train)\nprint(accuracy_score(y_test, model.predict(X_test)))\n"
TWO = "models = {'a': LogisticRegression().fit(X_train, y_train), 'b': LogisticRegression(C=3).fit(X_train, y_train)}\n"


def leaks(source):
    found = Leakage(analyze(notebook_from_text(HEAD + source, "a.py", "percent")))
    line = len(HEAD.splitlines()) - 1
    return {
        "pre": [leak.culprit.span.line - line for leak in found.preprocessing()],
        "overlap": [leak.culprit.span.line - line for leak in found.overlaps()],
        "multi": [count for _, count in found.repeated_tests()],
    }


LEAKING = {
    "scaler": "X = StandardScaler().fit_transform(X)\n" + SPLIT + SCORE,
    "fit, then transform": "pca = PCA(2)\npca.fit(X)\n"
    + SPLIT
    + "X_train, X_test = pca.transform(X_train), pca.transform(X_test)\n"
    + SCORE,
    "mean": "X['a'] = X['a'].fillna(X['a'].mean())\n" + SPLIT + SCORE,
    "mean in place": "X['a'].fillna(X['a'].mean(), inplace=True)\n" + SPLIT + SCORE,
    "standardised by hand": "X = (X - X.mean()) / X.std()\n" + SPLIT + SCORE,
    "selection with the target": "X = SelectKBest(k=5).fit_transform(X, y)\n" + SPLIT + SCORE,
    "pipeline of transformations": "X = make_pipeline(SimpleImputer(), StandardScaler()).fit_transform(X)\n" + SPLIT + SCORE,
    "in a function": "def prepare(data):\n    scaler = StandardScaler()\n    return scaler.fit_transform(data)\nX = prepare(X)\n"
    + SPLIT
    + SCORE,
    "in a lambda": "X = X.apply(lambda column: column.fillna(column.median()))\n" + SPLIT + SCORE,
    "split by position": "X = StandardScaler().fit_transform(X)\nX_train, X_test, y_train, y_test = X[:80], X[80:], y[:80], y[80:]\n"
    + SCORE,
    "k folds": "X = StandardScaler().fit_transform(X)\nfor train, test in KFold(5).split(X):\n    model = LogisticRegression()\n"
    "    model.fit(X[train], y[train])\n    print(model.score(X[test], y[test]))\n",
    "windows in lists": "X = StandardScaler().fit_transform(X)\nX_train, X_test, y_train, y_test = [], [], [], []\n"
    "for row in range(5, 80):\n    X_train.append(X[row - 5 : row])\nfor row in range(80, 90):\n    X_test.append(X[row - 5 : row])\n"
    "model = LogisticRegression().fit(np.array(X_train), y[5:80])\nprint(model.score(np.array(X_test), y[80:90]))\n",
    "compared by hand": "X = StandardScaler().fit_transform(X)\n" + SPLIT + "X_test = PCA(2).fit_transform(X_test)\n"
    "model = LogisticRegression().fit(X_train, y_train)\nprint((model.predict(X_test) == y_test).mean())\n",
    "both tables together": "new = pd.read_csv('b.csv')\nboth = pd.concat([X, new])\nboth['a'] = both['a'].fillna(both['a'].median())\n"
    "X_train, X_test = both[:100], both[100:]\nmodel = LogisticRegression().fit(X_train, y)\nprint(model.predict(X_test))\n",
    "columns from a list that was changed": "df['z'] = df['a'] - df['a'].mean()\ncolumns = ['a']\ncolumns.append('z')\nX = df[columns]\n"
    + SPLIT
    + SCORE,
    "a column made of another": "df['z'] = df['a'] - df['a'].mean()\ndf['w'] = df['z'] * 2\nX = df[['w']]\n" + SPLIT + SCORE,
    "a mean in columns that are renamed": "df['z'] = df['a'].mean()\ndf = df.rename(columns={'z': 'w'})\nX = df[['w']]\n" + SPLIT + SCORE,
    "a mean in columns that get other names": "df['z'] = df['a'].mean()\ndf.columns = [*'abyw']\nX = df[['w']]\n" + SPLIT + SCORE,
    "fitted on the test": SPLIT
    + "X_train = StandardScaler().fit_transform(X_train)\nX_test = StandardScaler().fit_transform(X_test)\n"
    + SCORE,
}
CLEAN = {
    "a mean in a column that the model does not see": "df['z'] = df['a'] - df['a'].mean()\nmore = ['b']\ncolumns = ['a'] + more\nX = df[columns]\n"
    + SPLIT
    + SCORE,
    "a mean in a column, set by .loc, and rows left out": "df.loc[:, 'z'] = df['a'].mean()\ndf = df.dropna()\nX, y = df[['a', 'b']].copy(), df['y']\n"
    + SPLIT
    + SCORE,
    "the better of two": SPLIT + TWO + "best = models[min(models, key=len)]\nprint(best.score(X_test, y_test))\n",
    "the better of two, behind another statement": SPLIT
    + TWO
    + "best = models[min(models, key=len)]; found = best.score(X_test, y_test)\n",
    "the better of two, behind letters of several bytes": SPLIT
    + TWO
    + "best = models[min(models, key=len)]\nprint('Güte',\n      'Ergebnis für Köln', best.score(X_test, y_test))\n",
    "fitted on the training data": SPLIT
    + "scaler = StandardScaler()\nX_train = scaler.fit_transform(X_train)\nX_test = scaler.transform(X_test)\n"
    + SCORE,
    "trained model fitted anew": SPLIT
    + "scaler = StandardScaler()\nX_train = scaler.fit_transform(X_train)\nscaler.fit_transform(X_train)\n"
    "X_test = scaler.transform(X_test)\n" + SCORE,
    "mean of the training data": SPLIT
    + "mean = X_train['a'].mean()\nX_train = X_train.fillna(mean)\nX_test = X_test.fillna(mean)\n"
    + SCORE,
    "pipeline with the model": SPLIT
    + "model = Pipeline([('s', StandardScaler()), ('m', LogisticRegression())])\nmodel.fit(X_train, y_train)\n"
    "print(model.score(X_test, y_test))\n",
    "logarithm": "X['a'] = np.log(X['a'])\n" + SPLIT + SCORE,
    "codes": "X = OneHotEncoder().fit_transform(X)\n" + SPLIT + SCORE,
    "shown only": "print(X.mean(), StandardScaler().fit_transform(X))\n" + SPLIT + SCORE,
    "chooses columns": "X = X[X.columns[X.isna().mean() < 0.5]]\n" + SPLIT + SCORE,
    "means of each text": "X['a'] = X['a'].apply(lambda text: np.mean([len(word) for word in str(text).split()]))\n" + SPLIT + SCORE,
    "stacking": "X['a'] = X['a'].fillna(0)\n"
    + SPLIT
    + "mean = X_train['a'].mean()\nX_train['a'] = X_train['a'] - mean\ninner = LogisticRegression().fit(X_train[:50], y_train[:50])\n"
    "X_train['guess'] = inner.predict(X_train[50:])\nmodel = LogisticRegression().fit(X_train, y_train)\nprint(model.score(X_test, y_test))\n",
    "a test without labels": SPLIT
    + SCORE
    + "new = pd.read_csv('b.csv')\nnew['a'] = new['a'].fillna(new['a'].mean())\nprint(model.predict(new))\n",
    "rolling means": "X['a'] = X['a'].rolling(3).mean()\n" + SPLIT + SCORE,
    "training score beside": SPLIT
    + "model = LogisticRegression().fit(X_train, y_train)\nprint(model.score(X_train, y_train), model.score(X_test, y_test))\n",
    "k folds": "for train, test in KFold(5).split(X):\n    model = LogisticRegression()\n    model.fit(X.values[train], y[train])\n"
    "    print(model.score(X.values[test], y[test]))\n",
    "complement": "train = df.sample(frac=0.8)\ntest = df.drop(train.index)\nmodel = LogisticRegression().fit(train[['a']], train['y'])\n"
    "print(model.score(test[['a']], test['y']))\n",
    "masks": "is_test = df['day'] > 300\ntrain, test = df[~is_test], df[is_test]\nmodel = LogisticRegression().fit(train[['a']], train['y'])\n"
    "print(model.score(test[['a']], test['y']))\n",
    "trained again": SPLIT
    + "model = LogisticRegression(warm_start=True)\nfor step in range(3):\n    model.fit(X_train, y_train)\n    print(model.score(X_test, y_test))\n",
}


@pytest.mark.parametrize("name", LEAKING)
def test_preprocessing_leaks_are_found_with_their_way(name):
    found = leaks(LEAKING[name])
    assert found["pre"]
    assert not found["overlap"]


@pytest.mark.parametrize("name", CLEAN)
def test_clean_notebooks_have_none(name):
    assert leaks(CLEAN[name]) == {"pre": [], "overlap": [], "multi": []}


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("more = resample(df, n_samples=900)\nX, y = more[['a']], more['y']\n" + SPLIT + SCORE, 1),
        (
            "rare = df[df['y'] == 1]\nmore = pd.concat([df, resample(rare, n_samples=900)])\nX, y = more[['a']], more['y']\n"
            + SPLIT
            + SCORE,
            2,
        ),
        ("more = df.sample(900, replace=True)\nX, y = more[['a']], more['y']\n" + SPLIT + SCORE, 1),
        ("model = LogisticRegression()\nmodel.fit(X, y)\nprint(model.score(X, y))\n", 3),
        ("model = LogisticRegression()\nmodel.fit(X, y)\nprint(model.score(X, y))\nmodel.predict([[1, 2]])\n", 3),
        (SPLIT + "model = LogisticRegression().fit(X, y)\nprint(accuracy_score(y_test, model.predict(X_test)))\n", 3),
    ],
)
def test_overlaps_are_found_at_their_cause(source, line):
    assert leaks(source)["overlap"] == [line]


def test_models_on_one_test_are_counted():
    two = SPLIT + SCORE + SCORE.replace("()", "(C=3)")
    assert leaks(two)["multi"] == [2]
    loop = (
        SPLIT
        + "for C in [1, 2, 3]:\n    model = LogisticRegression(C=C)\n    model.fit(X_train, y_train)\n    print(model.score(X_test, y_test))\n"
    )
    assert leaks(loop)["multi"] == [2]
    models = SPLIT + "models = [LogisticRegression().fit(X_train, y_train), LogisticRegression(C=3).fit(X_train, y_train)]\n"
    assert leaks(models + "for model in models:\n    print(model.score(X_test, y_test))\n")["multi"] == [2]
    assert leaks(models + "def show(m):\n    print(m.score(X_test, y_test))\nshow(models[0])\nshow(models[1])\n")["multi"] == [2]


def test_a_test_that_was_validation_data_before_is_found():
    head = "from tensorflow import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\n" + SPLIT
    fit = "model.fit(X_train, y_train, epochs=5, validation_data=(X_test, y_test))\n"
    assert leaks(head + fit + "print(model.evaluate(X_test, y_test))\n")["multi"] == [1]
    assert leaks(head + fit + "new = pd.read_csv('b.csv')\nprint(model.evaluate(new, new['y']))\n")["multi"] == []


def test_predictions_that_are_compared_by_hand_are_scores():
    compare = "model = LogisticRegression(C={}).fit(X_train, y_train)\nprint(((model.predict(X_test) - y_test) ** 2).mean())\n"
    assert leaks(SPLIT + compare.format(1) + compare.format(2))["multi"] == [2]
