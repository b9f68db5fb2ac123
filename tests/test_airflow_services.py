"""Airflow's scheduler and workers, as they are deployed, run a project as the plain runner does, and go on after a failure."""

import json
import shutil
from pathlib import Path

import pytest

from nbpipe import api
from nbpipe.model import codec
from nbpipe.model.project import Conversion
from tests.airflow_services import Services, services
from tests.engines import ENGINES, collecting, dependencies, differing, environment, execute
from tests.test_store import copies

ROOT = Path(__file__).parents[1]
NOTEBOOKS = {"sample": {"limit": 12.5}, "home_value": {"test_size": 0.3}}


def made(folder: Path, notebook: str) -> dict[str, Path]:
    """The project twice without an engine, and for Airflow."""
    if notebook == "sample":
        plain, again = copies(folder / "package", "plain", "again")
        return {"plain": plain, "again": again, "airflow": copies(folder / "airflow", "sample", target="airflow")[0]}
    source = ROOT / "notebooks" / f"{notebook}.ipynb"
    api.convert(source, folder / "plain", target="package")
    api.convert(source, folder / "airflow", target="airflow")
    return {"plain": folder / "plain", "again": Path(shutil.copytree(folder / "plain", folder / "again")), "airflow": folder / "airflow"}


def assert_as_the_plain_run(projects: dict[str, Path], changes: dict[str, float], run: str, commands: Path, scratch: Path) -> None:
    """The values that a run has stored are those of plain runs with these parameters."""
    plan = codec.from_json(Conversion, (projects["plain"] / ".nbpipe" / "conversion.json").read_text()).plan
    for name in ("plain", "again"):
        words = [word for parameter, value in changes.items() for word in ("--set", f"{parameter}={value}")]
        result = execute(("python", "-m", plan.package, "run", *words), projects[name], commands, ENGINES["package"])
        assert result.returncode == 0, result.stderr
    found = scratch / f"found_{run}"
    shutil.copytree(projects["airflow"] / "src", found / "src")
    shutil.copytree(projects["airflow"] / "artifacts" / "airflow" / run, found / "artifacts" / "airflow" / run)
    result = execute(collecting(ENGINES["airflow"], plan), found, commands, ENGINES["airflow"])
    assert result.returncode == 0, result.stderr
    assert not differing(plan, projects["plain"], projects["again"], found, commands, scratch)


def begin(airflow: Services, dag: str, run: str, changes: dict[str, float]) -> None:
    """Trigger a run, as the project's README says."""
    airflow.wait("dags", lambda answer: {found["dag_id"] for found in answer["dags"]} >= {dag, f"{dag}_sweep"})
    assert airflow.asked("importErrors")["import_errors"] == []
    airflow.command("dags", "unpause", "--yes", dag)
    airflow.command("dags", "trigger", dag, "--run-id", run, "--conf", json.dumps(changes))


@pytest.mark.engines
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_scheduler_runs_what_the_plain_runner_runs(notebook: str, tmp_path: Path) -> None:
    projects = made(tmp_path, notebook)
    commands = environment(dependencies(projects["airflow"]))
    with services(projects["airflow"], commands) as airflow:
        begin(airflow, notebook, "one", NOTEBOOKS[notebook])
        tasks = airflow.ended(notebook, "one")
        failed = [airflow.log(notebook, "one", name)[-6000:] for name, task in tasks.items() if name and task["state"] == "failed"]
    assert not failed, "\n".join(failed)
    assert {task["state"] for task in tasks.values()} == {"success"}
    assert_as_the_plain_run(projects, NOTEBOOKS[notebook], "one", commands, tmp_path)


@pytest.mark.engines
def test_a_failed_run_names_its_cell_and_goes_on_when_its_tasks_are_cleared(tmp_path: Path) -> None:
    projects = made(tmp_path, "sample")
    commands = environment(dependencies(projects["airflow"]))
    with services(projects["airflow"], commands) as airflow:
        begin(airflow, "sample", "one", {"limit": 99.0})  # the stage `join` divides by limit - 99
        failed = airflow.ended("sample", "one")
        log = airflow.log("sample", "one", "join")
        assert {name: task["state"] for name, task in failed.items()} == {
            **dict.fromkeys(("load", "left", "right", "draw"), "success"),
            **{"": "failed", "join": "failed", "last": "upstream_failed"},
        }
        assert "stage 'join' failed: ZeroDivisionError" in log
        assert "which came from cell 6 of sample.ipynb" in log
        for project in projects.values():
            code = project / "src" / "sample" / "stages" / "join.py"
            code.write_text(code.read_text().replace("limit - 99", "limit - 98"))
        airflow.command("tasks", "clear", "--only-failed", "--yes", "sample")
        mended = airflow.ended("sample", "one")
    assert {task["state"] for task in mended.values()} == {"success"}
    begun = {name for name, task in mended.items() if name and task["start_date"] != failed[name]["start_date"]}
    assert begun == {"join", "last"}
    assert_as_the_plain_run(projects, {"limit": 99.0}, "one", commands, tmp_path)
