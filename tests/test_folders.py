"""Folders that a stage makes are there for later stages, on other machines, too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbpipe import api
from tests.engines import ENGINES, dependencies, environment, execute

SOURCE = """# %%
import os
import pandas as pd
from sklearn.linear_model import LinearRegression

# %% [markdown]
# # Load

# %%
df = pd.DataFrame({"rooms": range(40), "price": [3 * r + (r % 5) for r in range(40)]})

# %% [markdown]
# # Train

# %%
model = LinearRegression()
model.fit(df[["rooms"]], df["price"])

# %% [markdown]
# # Save

# %%
os.makedirs("out/deep", exist_ok=True)
pd.DataFrame({"coefficient": model.coef_}).to_csv("out/deep/model.csv")
"""
MAKES = '    "c7.s1", # os.makedirs("out/deep", exist_ok=True)\n'

pytestmark = pytest.mark.usefixtures("empty_folder")


def planned() -> api.Planned:
    Path("model.py").write_text(SOURCE)
    return api.plan(Path("model.py"))


def test_a_folder_is_made_where_it_is_first_written_to():
    made = planned().plan
    assert [stage.statements for stage in made.stages if "c7.s1" in stage.statements] == [("c7.s1", "c7.s2")]


def made_earlier(target: str) -> Path:
    """The project of a plan whose first stage makes the folder, and another one writes into it."""
    text = planned().text
    assert text.count(MAKES) == 1
    first, rest = text.replace(MAKES, "").split("statements = [\n", 1)
    Path("plan.toml").write_text(f"{first}statements = [\n{MAKES}{rest}")
    api.convert(Path("model.py"), Path("project"), Path("plan.toml"), target)
    return Path("project").resolve()


def test_stages_on_folders():
    project, made = made_earlier("pachyderm"), Path("made").resolve()
    surroundings = {**os.environ, "PYTHONPATH": str(project / "src")}
    names = [stage.name for stage in api.plan(Path("model.py"), Path("plan.toml")).plan.stages]
    for number, name in enumerate(names):
        given = [word for other in names[:number] for word in ("--given", str(made / other))]
        words = [sys.executable, "-m", "model.folders", name, *given, "--made", str(made / name)]
        done = subprocess.run(words, cwd=project, env=surroundings, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert len(list(made.rglob("out/deep/model.csv"))) == 1


@pytest.mark.engines
def test_stages_that_share_only_a_store(tmp_path):
    project = made_earlier("package")
    commands = environment([*dependencies(project), "fsspec"])
    done = execute(("python", "-m", "model", "run", "--store", str(tmp_path / "a store")), project, commands, ENGINES["package"])
    assert done.returncode == 0, done.stderr
    assert [file.name for file in (tmp_path / "a store").glob("files.*.zip")]
