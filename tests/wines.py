"""A notebook on real rows, with a transformer apart from its model, and its project with components."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.engines import dependencies, environment

ROOT = Path(__file__).parents[1]
NOTEBOOK = """
# %% [markdown]
# # Load the wines

# %%
import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
df = pd.read_csv("wines.csv")

# %% [markdown]
# # Prepare the features

# %%
X = df[["residual_sugar", "sulphates", "ph", "density"]]
y = df["verdict"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train_scaled = pd.DataFrame(scaler.transform(X_train), columns=X.columns, index=X_train.index)
X_test_scaled = pd.DataFrame(scaler.transform(X_test), columns=X.columns, index=X_test.index)

# %% [markdown]
# # Train

# %%
model = LogisticRegression(C=1.0).fit(X_train_scaled, y_train)

# %% [markdown]
# # Evaluate

# %%
predicted = model.predict(X_test_scaled)
print(accuracy_score(y_test, predicted))
print(X_test.assign(verdict=y_test, predicted=predicted).head())

# %% [markdown]
# # Save

# %%
joblib.dump({"model": model, "scaler": scaler}, "model.joblib")
"""


class Wines:
    """The notebook's project, and what is needed to run something in it."""

    def __init__(self, run: Callable[..., tuple[int, str, str]], components: Iterable[str], *needs: str) -> None:
        """Make it below the current folder, `run` being nbpipe's command line; `needs` are requirements of the test's own."""
        Path("wines.py").write_text(NOTEBOOK)
        shutil.copy(ROOT / "notebooks" / "data" / "wines.csv", "wines.csv")
        for words in (("convert", "wines.py", "-o", "out"), *(("add", name, "out") for name in components)):
            code, out, err = run(*words)
            assert code == 0, out + err
        self.folder = Path("out").resolve()
        self.commands = environment([*dependencies(self.folder), "pytest", *needs])
        self.variables = {"PYTHONPATH": str(self.folder / "src"), "NO_PROXY": "127.0.0.1"}

    def python(self, *words: str, fails: int = 0) -> str:
        """Run Python in the project's folder: what it printed, or complained of where it is to fail."""
        command = [str(self.commands / "python"), *words]
        result = subprocess.run(command, cwd=self.folder, env={**os.environ, **self.variables}, capture_output=True, text=True)
        assert result.returncode == fails, result.stdout + result.stderr
        return result.stderr if fails else result.stdout
