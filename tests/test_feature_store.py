"""The feature store with Feast itself: its server gives what training has, and a planted skew stops the run."""

import json
import os
import shutil
import sqlite3
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from nbpipe import api
from nbpipe.planning.fitting import find_roles_of_ports
from nbpipe.render.requirements import requirements
from tests.engines import ENGINES, dependencies, environment, execute
from tests.servers import free_port, serving
from tests.wines import NOTEBOOK, Wines

ROOT = Path(__file__).parents[1]
STORE = Path("store", "feature_repo")

# The features on which the model is tested, with their keys.
_TESTED = """
import pathlib
from wines.storage import load
print(load(["X_test_scaled"], pathlib.Path())["X_test_scaled"].to_json(orient="split", double_precision=15))
"""


def test_the_table_that_is_split_is_found():
    home, churn = (api.plan(ROOT / "notebooks" / f"{name}.ipynb") for name in ("home_value", "customer_churn"))
    assert find_roles_of_ports(home.plan, home.graph).ports["table"] == "X"
    found = find_roles_of_ports(churn.plan, churn.graph).ports
    assert found.keys() >= {"features", "train_features"}


SPLIT = """
# %% tags=["nbpipe:stage=make"]
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
df = pd.DataFrame({{"a": range(40), "b": range(40)}})
X, y = df[["a"]], df["b"]
# %% tags=["nbpipe:stage=part"]
{before}
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
{after}
# %% tags=["nbpipe:stage=train"]
model = LinearRegression().fit(X_train, y_train)
# %% tags=["nbpipe:stage=test"]
print(model.score(X_test, y_test), X)
"""


@pytest.mark.parametrize(
    ("before", "after", "port"),
    [
        ("", "", "make_X"),
        ("X = X * 10", "", "part_X"),
        ("X['c'] = 1", "", "part_X"),
        ("X = X * 10", "X = X / 2", None),
        ("", "X = X / 2", "make_X"),
    ],
)
def test_the_table_is_what_it_was_where_it_was_split(before, after, port, tmp_path):
    (file := tmp_path / "model.py").write_text(SPLIT.format(before=before, after=after))
    made = api.plan(file)
    of_stage = {one.name: f"{stage.name}_{one.variable}" for stage in made.plan.stages for one in stage.outputs}
    assert of_stage.get(find_roles_of_ports(made.plan, made.graph).ports.get("table")) == port


def test_a_limit_takes_the_place_of_a_version_that_it_excludes():
    limits = ["pandas<3", "NumPy", "feast>=0.67"]
    assert requirements(["pandas", "numpy"], [], {"pandas": "3.1.1", "numpy": "2.4"}, limits) == ("feast>=0.67", "numpy==2.4", "pandas<3")
    assert requirements(["pandas"], [], {}, ["pandas", "pandas<3", "pandas"]) == ("pandas<3",)
    assert requirements(["pandas"], [], {"pandas": "2.3.3", "feast": "0.67.0"}, limits)[-1] == "pandas==2.3.3"


@pytest.mark.engines
@pytest.mark.usefixtures("empty_folder")
def test_feasts_server_gives_what_training_has_and_a_planted_skew_stops_the_run(run):
    made = Wines(run, ["feature_store"])
    published = made.folder / "artifacts" / "publish_features_published.json"
    for new in (450, 0):
        made.python("-m", "wines", "run", "--force")
        found = json.loads(published.read_text())
        assert found == {"view": "wines_features", "rows": 450, "new": new, "columns": 4, "read_back": 450, "model_differs": ""}

    tested = json.loads(made.python("-c", _TESTED))
    port, repo = free_port(), made.folder / STORE
    command = [str(made.commands / "feast"), "-c", str(repo), "serve", "--port", str(port)]
    with serving(command, f"http://127.0.0.1:{port}/health", made.folder, {**os.environ, **made.variables}):
        question = {"feature_service": "wines", "entities": {"row": tested["index"]}}
        request = Request(
            f"http://127.0.0.1:{port}/get-online-features", json.dumps(question).encode(), {"Content-Type": "application/json"}
        )
        with build_opener(ProxyHandler({})).open(request, timeout=120) as answer:
            served = json.load(answer)
    columns = dict(zip(served["metadata"]["feature_names"], (result["values"] for result in served["results"]), strict=True))
    for place, name in enumerate(tested["columns"]):
        assert columns[name] == pytest.approx([row[place] for row in tested["data"]], rel=1e-13), name

    with sqlite3.connect(repo / "data" / "online_store.db") as database:
        values = database.execute(
            "SELECT rowid, value FROM wines_wines_features WHERE feature_name = 'ph' ORDER BY rowid LIMIT 2"
        ).fetchall()
        database.execute("UPDATE wines_wines_features SET value = ? WHERE rowid = ?", [values[1][1], values[0][0]])
    database.close()
    failed = made.python("-m", "wines", "run", "--force", fails=1)
    assert "training and serving have different features: column 'ph', 1 rows, as row " in failed


@pytest.mark.engines
@pytest.mark.usefixtures("empty_folder")
def test_what_is_published_outlives_the_runs_of_an_engine(run):
    Path("wines.py").write_text(NOTEBOOK)
    shutil.copy(ROOT / "notebooks" / "data" / "wines.csv", "wines.csv")
    assert run("convert", "wines.py", "-o", "out", "--target", "kedro")[0] == 0
    assert run("add", "feature_store", "out")[0] == 0
    project, engine = Path("out").resolve(), ENGINES["kedro"]
    commands = environment([*dependencies(project), "pytest"])
    for new in (450, 0):
        shutil.rmtree(project / "artifacts", ignore_errors=True)
        ran = execute(engine.run("wines"), project, commands, engine)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        found = json.loads((project / "artifacts" / "publish_features_published.json").read_text())
        assert (found["new"], found["read_back"], found["model_differs"]) == (new, 450, "")
    tested = execute(("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_feature_store.py"), project, commands, engine)
    assert tested.returncode == 0, tested.stdout
