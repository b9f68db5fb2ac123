"""Values that are not pickled: the plan says it, every engine's files follow, and what a file would change is an error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbpipe import api
from nbpipe.errors import PlanError
from nbpipe.model.plan import Plan
from nbpipe.planning.edit import write_plan
from tests.engines import ENGINES, dependencies, environment, execute

SOURCE = """# %%
import pandas as pd
from sklearn.linear_model import LinearRegression

# %% [markdown]
# # Load

# %%
df = pd.DataFrame({"rooms": range(40), "price": [3 * r + (r % 5) for r in range(40)]})
note = "a note"
limits = {"low": int(df["rooms"].min()) + 1, "high": 30}
frame, other = df, df

# %% [markdown]
# # Train

# %%
within = df[df["rooms"].between(limits["low"], limits["high"])]
model = LinearRegression()
model.fit(within[["rooms"]], within["price"])

# %% [markdown]
# # Evaluate

# %%
error = (model.predict(df[["rooms"]]) - df["price"]).abs().mean()
frame.loc[0, "price"] = -1
other.shape, limits, note
"""
FORMATS = '{df = "parquet", limits = "json"}'

pytestmark = pytest.mark.usefixtures("empty_folder")


def made(formats: str, source: str = SOURCE) -> tuple[Plan, Path]:
    """The plan of a notebook, the values of whose first stage have these formats, and its file."""
    notebook, file = Path("model.py"), Path("plan.toml")
    notebook.write_text(source)
    text = api.plan(notebook).text
    first, rest = text.split("values = {", 1)
    line, rest = rest.split("\n", 1)
    file.write_text(f"{first}values = {{{line}\nformats = {formats}\n{rest}")
    return api.plan(notebook, file).plan, file


SIMPLE = SOURCE.replace("frame, other = df, df\n", "").replace('frame.loc[0, "price"] = -1\nother.shape', "df.shape")


def test_the_plan_says_it_and_its_file_keeps_it():
    plan, _ = made(FORMATS, SIMPLE)
    found = {port.variable: port.format for stage in plan.stages for port in stage.outputs}
    assert {name: found[name] for name in ("df", "limits", "model")} == {"df": "parquet", "limits": "json", "model": "pickle"}
    assert all(port.format == found[port.variable] for stage in plan.stages for port in (*stage.inputs, *stage.report_inputs))
    again = api.plan(Path("model.py"), Path("plan.toml"))
    assert write_plan(plan, again.graph, again.notebook).count(f"formats = {FORMATS}\n") == 1


@pytest.mark.parametrize(
    ("formats", "source", "message"),
    [
        ('{df = "csv"}', SIMPLE, "the format of `df` is 'csv', but must be one of pickle, parquet, json"),
        ('{error = "json"}', SIMPLE, r"stage `\w+` has a format for `error`, which it does not give to others"),
        ('{limits = "parquet"}', SIMPLE, r"`limits` of stage `\w+` is a .*, and Parquet has only frames"),
        ('{df = "parquet"}', SOURCE, r"`df` of stage `\w+` shares objects with .*`frame`.*: only pickle keeps that"),
        ("[]", SIMPLE, "is not a plan"),
    ],
)
def test_what_cannot_be_is_refused(formats, source, message):
    with pytest.raises(PlanError, match=message):
        made(formats, source)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, "PYTHONPATH": str(Path("out/src").resolve())}
    return subprocess.run([sys.executable, "-m", "model", *words], cwd="out", env=surroundings, capture_output=True, text=True)


def test_values_are_stored_so_and_what_json_would_change_is_an_error():
    plan, file = made('{limits = "json"}', SIMPLE)
    api.convert(Path("model.py"), Path("out"), file)
    done = run("run")
    assert done.returncode == 0, done.stderr
    assert json.loads(Path("out/artifacts/limits.json").read_text()) == {"low": 1, "high": 30}
    stage = Path(f"out/src/model/stages/{plan.stages[0].name}.py")
    stage.write_text(stage.read_text().replace('"high": 30}', '"high": 30, 7: (1, 2)}'))
    done = run("run")
    assert done.returncode != 0
    told = " ".join(done.stderr.split())
    assert "limits cannot be stored in limits.json: json would change it:" in told
    assert "leave it out of `formats`, for pickle keeps it" in told


_LOADED = """
from pathlib import Path
import pandas
from model.storage import load
frame = load(["df"], Path())["df"]
pandas.testing.assert_frame_equal(frame, pandas.DataFrame({"rooms": range(40), "price": [3 * r + (r % 5) for r in range(40)]}))
"""


@pytest.mark.engines
@pytest.mark.parametrize("changed", ["", '.astype("object").replace({0: None})', ".assign(pair=[[1, 2]] * 40)"])
@pytest.mark.parametrize("target", ["package", "kedro", "dvc"])
def test_frames_travel_as_parquet_unless_it_would_change_them(target, changed):
    plan, file = made(FORMATS, SIMPLE)
    project, engine = Path("out").resolve(), ENGINES[target]
    api.convert(Path("model.py"), project, file, target)
    stage = project / "src" / "model" / "stages" / f"{plan.stages[0].name}.py"
    text = stage.read_text()
    assert "for r in range(40)]})" in text
    stage.write_text(text.replace("for r in range(40)]})", f"for r in range(40)]}}){changed}"))
    commands = environment(dependencies(project))
    for command in (*engine.before, engine.run("model")):
        result = execute(command, project, commands, engine)
    told = " ".join((result.stdout + result.stderr).split())
    assert (result.returncode == 0) == (not changed), told
    assert ("parquet would change it" in told) == bool(changed)
    if not changed:
        assert (project / "artifacts" / "df.parquet").stat().st_size > 0
        loaded = execute(("python", "-c", _LOADED), project, commands, engine)
        assert loaded.returncode == 0, loaded.stderr
    if target == "kedro":
        assert (project / "conf" / "base" / "catalog.yml").read_text().count("type: pandas.ParquetDataset") == 1
