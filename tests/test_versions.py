"""What engines know stages by that keep what has been made: versions and keys change with code, files and parameters, and with nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbpipe.render.write import write
from tests.sample_project import sample_project

_ALL = {"load", "left", "right", "draw", "join", "last"}
_VERSIONS = (
    "import json, sample.versions as v; from sample.pipeline import STAGES; print(json.dumps({name: v.version(name) for name in STAGES}))"
)
_KEYS = "import json, sys, sample.keys as k; print(json.dumps(k.keys(json.loads(sys.argv[1]), sys.argv[2])))"
_PARAMETERS = {"source": "numbers.csv", "pause": 0.0, "limit": 10.0}


def made(folder: Path, target: str) -> Path:
    project = folder / "sample"
    write(sample_project(folder, target=target), project)
    return project


def told(project: Path, program: str, *arguments: str, folder: Path | None = None) -> dict[str, str]:
    command = [sys.executable, "-c", program, *arguments]
    surroundings = {**os.environ, "PYTHONPATH": str(project / "src")}
    found: dict[str, str] = json.loads(
        subprocess.run(command, cwd=folder or project, env=surroundings, stdout=subprocess.PIPE, check=True).stdout
    )
    return found


def keys(project: Path, run: str = "1", **changed: object) -> dict[str, str]:
    return told(project, _KEYS, json.dumps({**_PARAMETERS, **changed}), run)


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    assert before.keys() == after.keys() == _ALL
    return {name for name in before if before[name] != after[name]}


def edit(project: Path) -> None:
    file = project / "src" / "sample" / "stages" / "left.py"
    file.write_text(file.read_text().replace("scaled(raw, 2)", "scaled(raw, 3)"))


def test_versions(tmp_path):
    project = made(tmp_path, "flyte")
    first = told(project, _VERSIONS)
    assert told(project, _VERSIONS, folder=tmp_path) == first
    edit(project)
    second = told(project, _VERSIONS)
    assert changed(first, second) == {"left"}
    (project / "data" / "other.csv").write_text("4\n")  # `source` may name it
    third = told(project, _VERSIONS)
    assert changed(second, third) == {"load"}
    functions = project / "src" / "sample" / "functions.py"
    functions.write_text(functions.read_text().replace("value * factor", "factor * value"))
    assert changed(third, told(project, _VERSIONS)) == {"left", "right", "join"}


@pytest.mark.parametrize("target", ["prefect", "hamilton"])
def test_keys(target, tmp_path):
    project = made(tmp_path, target)
    first = keys(project)
    assert changed(first, keys(project)) == set()
    assert changed(first, keys(project, run="2")) == {"join", "last"}  # `join` writes a file
    assert changed(first, keys(project, limit=11)) == {"draw", "join", "last"}
    assert changed(first, keys(project, limit="10.0")) == {"draw", "join", "last"}
    (project / "data" / "other.csv").write_text("4\n")
    assert changed(first, keys(project)) == set()
    other = keys(project, source="other.csv")
    assert changed(first, other) == _ALL
    (project / "data" / "other.csv").write_text("5\n")
    assert changed(other, keys(project, source="other.csv")) == _ALL
    edit(project)
    assert changed(first, keys(project)) == {"left", "join", "last"}
