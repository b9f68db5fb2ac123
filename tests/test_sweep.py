"""Sweeps: runs for many values of the parameters, each in a folder of its own, with what they share done once."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nbpipe.api import convert
from nbpipe.render.write import write
from tests.engines import ENGINES, dependencies, environment, execute, preparations
from tests.sample_project import sample_plan, sample_project


def made(folder: Path, target: str) -> Path:
    folder.mkdir(exist_ok=True)
    write(sample_project(folder, target=target), folder / "sample")
    draw = folder / "sample" / "src" / "sample" / "stages" / "draw.py"  # else it would draw other numbers in each run
    draw.write_text(draw.read_text().replace("    drawn =", "    random.seed(5)\n    drawn =", 1))
    return folder / "sample"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return made(tmp_path, "package")


def run(project: Path, *words: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, "PYTHONPATH": str(project / "src")}
    return subprocess.run([python, "-m", "sample", *words], cwd=project, env=surroundings, capture_output=True, text=True)


def results(project: Path) -> list[dict[str, str]]:
    with (project / "sweeps" / "results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def ran(project: Path, row: dict[str, str]) -> set[str]:
    stages = json.loads((project / row["run"] / "artifacts" / "run.json").read_text())["stages"]
    return {name for name, stage in stages.items() if not stage["skipped"]}


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.glob("artifacts/*.*"))}


def test_each_combination_gives_what_a_run_of_its_own_gives(project: Path) -> None:
    done = run(project, "sweep", "limit=5,12.5", "pause=0,0.1", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    rows = results(project)
    assert [(row["limit"], row["pause"]) for row in rows] == [("5.0", "0.0"), ("5.0", "0.1"), ("12.5", "0.0"), ("12.5", "0.1")]
    assert not (project / "artifacts").exists()
    for row in rows:
        assert run(project, "run", "--set", f"limit={row['limit']}", "--set", f"pause={row['pause']}").returncode == 0
        score = json.loads((project / "artifacts" / "score.json").read_text())
        assert (float(row["score.sum"]), int(row["score.count"])) == (score["sum"], score["count"])
        assert [line.split()[:2] for line in done.stdout.splitlines()].count([f"{float(row['limit']):g}", f"{float(row['pause']):g}"]) == 1


def test_stages_that_no_change_reaches_are_taken_over(project: Path) -> None:
    assert run(project, "run").returncode == 0
    before = contents(project)
    assert run(project, "sweep", "limit=5,12.5").returncode == 0
    assert [ran(project, row) for row in results(project)] == [{"draw", "join", "last"}] * 2
    assert contents(project) == before
    assert run(project, "sweep", "limit=12.5,5", "--jobs", "1").returncode == 0
    assert [ran(project, row) for row in results(project)] == [set()] * 2


def test_a_run_waits_for_the_one_that_it_shares_the_most_with(project: Path) -> None:
    assert run(project, "sweep", "pause=0,0.1", "limit=5,12.5", "--jobs", "4").returncode == 0
    first, second, third, fourth = (ran(project, row) for row in results(project))
    assert len(first) == 6
    assert [second, fourth] == [{"draw", "join", "last"}] * 2
    assert third == {"left", "right"}  # which give the same, whatever the pause: the others need not run


def test_new_data_and_code_reach_the_runs(project: Path) -> None:
    assert run(project, "sweep", "limit=5").returncode == 0
    (old,) = results(project)
    (project / "data" / "numbers.csv").write_text("1\n2\n")
    assert run(project, "sweep", "limit=5").returncode == 0
    (new,) = results(project)
    assert (old["score.count"], new["score.count"]) == ("4", "3")
    assert (project / new["run"] / "data" / "out" / "score.txt").is_file()


def test_a_run_that_fails_is_told_and_the_others_go_on(project: Path) -> None:
    assert run(project, "run").returncode == 0
    done = run(project, "sweep", "limit=99,5")
    assert done.returncode == 1
    failed, well = results(project)
    assert (failed["success"], failed["score.sum"], well["success"]) == ("False", "", "True")
    assert "limit=99.0: join failed, see" in done.stderr
    assert "which came from cell 6" in (project / failed["run"] / "run.log").read_text()


def test_rows_of_a_file(project: Path) -> None:
    (project / "runs.csv").write_text("limit,source\n5,numbers.csv\n12.5,numbers.csv\n")
    assert run(project, "sweep", "--runs", "runs.csv", "--set", "pause=0.01").returncode == 0
    assert [(row["limit"], row["source"]) for row in results(project)] == [("5.0", "numbers.csv"), ("12.5", "numbers.csv")]


ODD = """# %% tags=["parameters", "nbpipe:stage=load"]
CODE = "1e5"
LIMIT = 3
# %% tags=["nbpipe:stage=load"]
import made
success = made.half(LIMIT)
kept = made.Kept(LIMIT)
# %% tags=["nbpipe:stage=judge"]
told = made.joined(CODE, success, kept.value)
# %% tags=["nbpipe:stage=tell"]
print(told)
"""

MADE = """class Kept:
    def __init__(self, value):
        self.value = value

def half(number):
    return number / 2

def joined(*values):
    return " ".join(map(str, values))
"""


def test_what_a_run_begins_with_and_leaves_may_be_odd(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text(ODD)
    (tmp_path / "made.py").write_text(MADE)
    project = convert(tmp_path / "sample.py", tmp_path / "out").folder
    (project / "runs.csv").write_text("LIMIT\n2\n", encoding="utf-8-sig")
    done = run(project, "sweep", "--runs", "runs.csv")
    assert done.returncode == 0, done.stderr
    (row,) = results(project)
    assert (row["success"], row["success (value)"], row["told"]) == ("True", "1.0", "1e5 1.0 2")


def test_a_row_without_all_values_is_told(project: Path) -> None:
    (project / "runs.csv").write_text("limit,source\n5\n")
    done = run(project, "sweep", "--runs", "runs.csv")
    assert (done.returncode, "line 2: there must be a value for each name" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nothing to sweep over"),
        (["limt=1"], "no parameter 'limt': did you mean limit?"),
        (["limit"], "'limit' is not a change"),
        (["limit=a"], "limit cannot be 'a'"),
        (["--runs", "missing.csv"], "missing.csv"),
        (["limit=1", "--on", "dask"], "distributed is not installed here: pip install -e .[dask] brings it"),
    ],
)
def test_a_wrong_sweep_is_told(words: list[str], said: str, project: Path) -> None:
    done = run(project, "sweep", *words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_no_run_outlives_the_sweep(project: Path) -> None:
    command = [sys.executable, "-m", "sample", "sweep", "pause=60,61", "--jobs", "2"]
    sweep = subprocess.Popen(command, cwd=project, env={**os.environ, "PYTHONPATH": str(project / "src")}, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(project.glob("sweeps/*/artifacts/logs/left.log")) and time.monotonic() < deadline:
        time.sleep(0.1)
    sweep.send_signal(signal.SIGTERM)
    assert sweep.wait(30) == 128 + signal.SIGTERM
    assert not subprocess.run(["pgrep", "-f", f"{project}/sweeps"], capture_output=True, text=True).stdout


@pytest.mark.engines
@pytest.mark.parametrize(("cluster", "needs"), [("dask", "distributed"), ("ray", "ray")])
def test_a_cluster_gives_the_same_table(cluster: str, needs: str, project: Path) -> None:
    python = str(environment([*dependencies(project), needs]) / "python")
    tables = []
    for words in ([], ["--on", cluster]):
        done = run(project, "sweep", "limit=5,12.5", *words, "--jobs", "2", python=python)
        assert done.returncode == 0, done.stdout + done.stderr
        tables.append(results(project))
        for row in results(project):
            for file in (project / row["run"] / "artifacts").glob("*.*"):
                file.unlink()  # so that the next one has it all to do
    assert tables[0] == tables[1]


# How each engine sweeps, and a program that prints what it has for each limit.
SWEEPS = '[{"limit": 5.0}, {"limit": 12.5}]'
IN_THEIR_OWN_WAY = {
    "kubeflow": (
        [("python", "kubeflow/run_local.py", "--sweep", "limit=5,12.5")],
        """
import json, pathlib
print(json.dumps([json.loads(file.read_text())["sum"] for file in sorted(pathlib.Path("artifacts/kubeflow").glob("*/*/join/score"))]))
""",
    ),
    "airflow": (
        [("airflow", "dags", "test", "sample_sweep", "--conf", f'{{"runs": {SWEEPS}}}')],
        """
import json, pathlib
print(json.dumps([json.loads(file.read_text())["sum"] for file in sorted(pathlib.Path("artifacts/airflow").glob("*/*/score.json"))]))
""",
    ),
    "metaflow": (
        [("python", "sweep_flow.py", "run", "--runs", SWEEPS)],
        """
import json, metaflow
metaflow.namespace(None)
table = metaflow.Flow("SampleSweep").latest_run.data.table
made = {changes["limit"]: metaflow.Run(run)["end"].task.data.score["sum"] for changes, run in table}
print(json.dumps([made[limit] for limit in sorted(made)]))
""",
    ),
    "dvc": (
        [("dvc", "exp", "run", "--queue", "-S", "limit=5.0,12.5"), ("dvc", "exp", "run", "--run-all")],
        """
import json, subprocess
(shown,) = json.loads(subprocess.run(["dvc", "exp", "show", "--json"], capture_output=True, check=True).stdout)[1:]
revisions = [revision["data"] for experiment in shown["experiments"] for revision in experiment["revs"]]
made = {one["params"]["params.yaml"]["data"]["limit"]: one["metrics"]["artifacts/score.json"]["data"]["sum"] for one in revisions}
print(json.dumps([made[limit] for limit in sorted(made)]))
""",
    ),
}


@pytest.mark.engines
@pytest.mark.parametrize("target", IN_THEIR_OWN_WAY)
def test_an_engine_sweeps_in_its_own_way(target: str, project: Path, tmp_path: Path) -> None:
    assert run(project, "sweep", "limit=5,12.5").returncode == 0
    folder, (commands, program) = made(tmp_path / "made", target), IN_THEIR_OWN_WAY[target]
    tools, engine = environment(dependencies(folder)), ENGINES[target]
    for command in (*preparations(target, sample_plan()), *commands, ("python", "-c", program)):
        result = execute(command, folder, tools, engine)
        assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-6000:]
    assert json.loads(result.stdout.splitlines()[-1]) == [float(row["score.sum"]) for row in results(project)]
