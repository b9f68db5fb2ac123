"""The container file and the CI workflow of each project: linters have nothing to say, and what they do is done here, in new environments."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import uv
import yaml
from pathspec import PathSpec

from nbpipe.render.write import write
from nbpipe.targets import TARGETS
from tests.engines import GIT
from tests.sample_project import sample_project

TOOLS = Path(sys.executable).parent
ZIZMOR = "rules:\n  unpinned-uses:\n    config:\n      policies:\n        actions/*: ref-pin\n"
EXECUTED = ["package", *(pytest.param(name, marks=pytest.mark.engines) for name in TARGETS if name != "package")]


def made(folder: Path, target: str) -> Path:
    folder.mkdir()
    write(sample_project(folder, target=target), folder / "sample")
    return folder / "sample"


def told(*command: str, cwd: Path, **variables: str) -> str:
    """What a command says if it fails."""
    result = subprocess.run(command, cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True)
    return result.stdout[-6000:] + result.stderr[-6000:] if result.returncode else ""


def activated(folder: Path) -> dict[str, str]:
    """The variables of a new environment, in which there is pip and nothing else."""
    subprocess.run([uv.find_uv_bin(), "venv", "-q", "--seed", "-p", sys.executable, str(folder)], check=True)
    return {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "VIRTUAL_ENV": str(folder), "PYTHONPATH": "", "USER": "tester"}


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("projects")
    return {target: made(root / target, target) for target in TARGETS}


def test_linters_have_nothing_to_say_of_workflows(projects: dict[str, Path], tmp_path: Path) -> None:
    files = [str(project / ".github" / "workflows" / "ci.yml") for project in projects.values()]
    (tmp_path / "zizmor.yml").write_text(ZIZMOR)
    assert not told(str(TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *files, cwd=tmp_path)
    assert not told(str(TOOLS / "zizmor"), "--offline", "--no-progress", "--config", "zizmor.yml", *files, cwd=tmp_path)


def test_linter_has_nothing_to_say_of_container_files(projects: dict[str, Path], tmp_path: Path) -> None:
    assert not told(str(TOOLS / "hadolint"), *(str(project / "Dockerfile") for project in projects.values()), cwd=tmp_path)


@pytest.mark.parametrize("target", TARGETS)
def test_images_run_as_somebody_without_rights(target: str, projects: dict[str, Path]) -> None:
    instructions = dict(steps(projects[target] / "Dockerfile"))
    of_their_own = {"airflow": "apache/airflow:", "sagemaker": "python:"}  # an image with such a user; a service that wants root
    assert instructions.get("USER") == "1000" or instructions["FROM"].startswith(of_their_own[target])


@pytest.mark.parametrize("target", EXECUTED)
def test_workflow_does_what_it_says(target: str, tmp_path: Path) -> None:
    project, variables = made(tmp_path / "made", target), activated(tmp_path / "environment")
    assert not any(told(*command, cwd=project) for command in GIT)
    job = yaml.safe_load((project / ".github" / "workflows" / "ci.yml").read_text())["jobs"]["project"]
    variables |= {name: value.replace("${{ github.workspace }}", str(project)) for name, value in job.get("env", {}).items()}
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands[-1] != "pytest"
    for command in commands:
        assert not told("bash", "-e", "-c", command, cwd=project, **variables), command
    assert results(project)


@pytest.mark.parametrize("target", EXECUTED)
def test_image_has_all_that_the_pipeline_needs(target: str, tmp_path: Path) -> None:
    """What `docker build` and `docker run` would do, without their walls: each instruction, in a folder and an environment of their own."""
    project, variables = made(tmp_path / "made", target), activated(tmp_path / "environment")
    folder = tmp_path / "image"
    folder.mkdir()
    for instruction, argument in steps(project / "Dockerfile"):
        if argument.startswith("apache/airflow:"):  # what its image sets
            variables |= {"AIRFLOW_VERSION": argument.split("-")[1], "AIRFLOW_HOME": str(folder), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        elif instruction == "COPY":
            copy(project, folder, everything=argument.endswith(" . ."))
        elif instruction == "ENV":
            name, _, value = argument.partition("=")
            variables[name] = value.replace("/root", str(folder))
        elif instruction == "RUN" and "useradd" not in argument:
            assert not told("bash", "-e", "-c", argument, cwd=folder, **variables), argument
    job = yaml.safe_load((project / ".github" / "workflows" / "ci.yml").read_text())["jobs"]["image"]
    command = shlex.split(job["steps"][-1]["run"].partition(" pipeline")[2])
    if target == "airflow":  # the entry point of its image does it
        assert not told("airflow", "db", "migrate", cwd=folder, **variables)
    start = json.loads(dict(steps(project / "Dockerfile")).get("CMD", "null"))
    run = command or start
    assert not told(str(tmp_path / "environment" / "bin" / run[0]), *run[1:], cwd=folder, **variables), run
    assert results(folder)


def results(folder: Path) -> list[Path]:
    """What a run has left: values, or, where an engine keeps them elsewhere, the file that a stage writes."""
    return [*folder.glob("artifacts/*"), *folder.rglob("score.txt")]


def steps(file: Path) -> Iterator[tuple[str, str]]:
    """The instructions of a container file."""
    for line in file.read_text().splitlines():
        if line and not line.startswith("#"):
            instruction, _, argument = line.partition(" ")
            yield instruction, argument


def copy(project: Path, folder: Path, *, everything: bool) -> None:
    """Copy what the container file would: what it is built of, or only what says what the project needs."""
    patterns = [line if line[0] in "#!*" else f"/{line}" for line in (project / ".dockerignore").read_text().splitlines()]
    left_out = PathSpec.from_lines("gitignore", [pattern.replace("!", "!/") for pattern in patterns])
    for file in project.rglob("*") if everything else [project / "pyproject.toml"]:
        path = file.relative_to(project)
        if file.is_file() and not left_out.match_file(path.as_posix()):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, folder / path)
