"""The numbers that stages give, as metrics: written by the plain project, compared by DVC."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbpipe.render.write import write
from tests.engines import ENGINES, GIT, dependencies, environment, execute
from tests.sample_project import sample_project


def made(folder: Path, target: str) -> Path:
    write(sample_project(folder, target=target), folder / "sample")
    return folder / "sample"


def test_a_stage_writes_the_numbers_that_it_made(tmp_path: Path) -> None:
    project = made(tmp_path, "package")
    surroundings = {**os.environ, "PYTHONPATH": str(project / "src")}
    for words in (("run",), ("stage", "join", "--metrics", "metrics/join.json"), ("stage", "load", "--metrics", "metrics/load.json")):
        done = subprocess.run([sys.executable, "-m", "sample", *words], cwd=project, env=surroundings, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    score = json.loads((project / "artifacts" / "score.json").read_text())
    written = json.loads((project / "metrics" / "join.json").read_text())
    assert written == {f"score.{name}": value for name, value in score.items()}
    assert json.loads((project / "metrics" / "load.json").read_text()) == {}


@pytest.mark.engines
def test_dvc_compares_metrics_from_commit_to_commit_and_of_experiments(tmp_path: Path) -> None:
    project, engine = made(tmp_path, "dvc"), ENGINES["dvc"]
    commands = environment(dependencies(project))

    def told(*words: str) -> str:
        result = execute(words, project, commands, engine)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    for command in (*GIT, ("dvc", "repro"), *GIT[1:]):
        told(*command)
    shown = json.loads(told("dvc", "metrics", "show", "--json"))[""]["data"]
    assert shown["metrics/join.json"]["data"] == json.loads((project / "metrics" / "join.json").read_text())
    told("dvc", "exp", "run", "-S", "limit=12.5")
    changes = json.loads(told("dvc", "metrics", "diff", "--json"))
    assert changes["metrics/join.json"]["score.sum"]["diff"] != 0
