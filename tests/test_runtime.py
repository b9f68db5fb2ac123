"""The generated project at work: its command line, for real, each stage in a process of its own."""

import importlib.util
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from nbpipe.render.write import write
from tests.sample_project import sample_project

STAGES = ["load", "left", "right", "draw", "join", "last"]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is generated."""
    folder = tmp_path_factory.mktemp("generated") / "project"
    write(sample_project(tmp_path_factory.mktemp("data")), folder)
    return folder


@pytest.fixture(scope="module")
def finished(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after a run."""
    folder = tmp_path_factory.mktemp("finished") / "project"
    shutil.copytree(generated, folder)
    result = cli(folder, "run", "--seed", "0")
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Path:
    """A copy of the project after a run."""
    shutil.copytree(finished, tmp_path / "project")
    return tmp_path / "project"


def environment(sources: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(sources), "PYTHONDONTWRITEBYTECODE": "1"}


def cli(folder: Path, *arguments: str, sources: Path | None = None, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-m", "sample", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(sources or folder / "src"), capture_output=True, text=True)


def journal(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "artifacts/run.json").read_text())


def ran(folder: Path, *arguments: str) -> list[str]:
    """The stages that were not skipped by another run."""
    result = cli(folder, "run", "--seed", "0", *arguments)
    assert result.returncode == 0, result.stderr
    return [name for name, stage in journal(folder)["stages"].items() if not stage["skipped"]]


def score(folder: Path) -> dict[str, float]:
    return json.loads((folder / "artifacts/score.json").read_text())


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_run_is_written_down(finished: Path) -> None:
    run = journal(finished)
    assert run["success"] and list(run["stages"]) == STAGES
    assert all(stage["success"] and not stage["skipped"] and stage["duration"] > 0 for stage in run["stages"].values())
    assert run["ports"]["score"] | {"hash": ""} == {"stage": "join", "file": "artifacts/score.json", "format": "json", "hash": ""}
    assert len(run["ports"]["drawn"]["hash"]) == 64
    assert run["ports"]["drawn"] == run["ports"]["holder"]
    assert run["parameters"] == {"source": "numbers.csv", "pause": 0.0, "limit": 10.0}


def test_shared_objects_and_random_numbers_travel(finished: Path) -> None:
    random.seed(0)
    drawn = [random.random() * 10 for _ in range(3)]
    assert score(finished) == pytest.approx({"sum": sum(drawn) + 1 / (10 - 99) + 26, "count": 4, "next": random.random()})
    assert (finished / "data/out/score.txt").is_file()


def test_nothing_runs_twice_and_that_is_quick(project: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ran(project) == []
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3


def test_touched_files_are_not_changed_files(project: Path) -> None:
    for file in (project / "data/numbers.csv", *project.glob("src/sample/**/*.py")):
        file.touch()
    assert ran(project) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/sample/functions.py", ["left", "right", "join", "last"]),  # a helper
        ("src/sample/settings.py", STAGES),  # in force in every stage
        ("src/sample/stages/left.py", ["left"]),  # its value stays the same
        ("src/sample/runner.py", []),
        ("data/numbers.csv", STAGES),
    ],
)
def test_edit_reaches_what_depends_on_it(path: str, expected: list[str], project: Path) -> None:
    with (project / path).open("a") as file:
        file.write("\n4\n" if path.endswith(".csv") else "\n# edited\n")
    if path.endswith(".csv"):
        edit(project / path, "\n\n", "\n")
    assert set(ran(project)) == set(expected)


def test_edit_during_a_run_is_seen_by_the_next(project: Path) -> None:
    edit(project / "src/sample/stages/left.py", "time.sleep(pause)", "time.sleep(1)")
    command = [sys.executable, "-m", "sample", "run", "--seed", "0"]
    with subprocess.Popen(command, cwd=project, env=environment(project / "src"), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        while "left: running" not in process.stderr.readline():
            pass
        time.sleep(0.5)
        edit(project / "src/sample/stages/left.py", "raw, 2", "raw, 4")
        process.stderr.read()
    assert "left" in ran(project)


def test_file_that_a_stage_wrote_is_part_of_its_outputs(project: Path) -> None:
    (project / "data/out/score.txt").unlink()
    assert ran(project) == ["join", "last"]


def test_artifact_that_somebody_else_wrote_is_made_again(project: Path) -> None:
    before = score(project)
    assert cli(project, "stage", "join", "--set", "limit=5").returncode == 0
    assert score(project) != before
    assert set(ran(project)) == {"join", "last"}
    assert score(project) == before


def test_changed_parameter_reaches_only_its_stages(project: Path) -> None:
    assert ran(project, "--set", "limit=20") == ["draw", "join", "last"]
    assert journal(project)["parameters"]["limit"] == 20.0
    edit(project / "params.yaml", "limit: 10.0", "limit: 2e+1")
    assert ran(project) == []
    edit(project / "params.yaml", '"numbers.csv"', "2020-01-01")
    shutil.copy(project / "data/numbers.csv", project / "data/2020-01-01")
    assert ran(project) == ["load"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--set", "limt=3"), "did you mean limit?"),
        (("--set", "limit=many"), "limit cannot be 'many'"),
        (("--set", "limit=true"), "limit cannot be 'true'"),
        (("--set", "limit"), "write name=value"),
        (("--only", "jion"), "did you mean join?"),
        (("--from", "left", "--to", "right"), "no stage lies between"),
        (("--params", "nowhere.yaml"), "nowhere.yaml cannot be read"),
    ],
)
def test_wrong_commands_say_what_is_wrong(arguments: tuple[str, ...], message: str, project: Path) -> None:
    result = cli(project, "run", *arguments)
    assert result.returncode == 2
    assert message in result.stderr and "Traceback" not in result.stderr


def test_missing_parameter_is_named(project: Path) -> None:
    edit(project / "params.yaml", "limit: 10.0", "")
    result = cli(project, "run")
    assert result.returncode == 2
    assert "no value for limit" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--from", "draw"), ["draw", "join", "last"]),
        (("--to", "draw"), ["load", "draw"]),
        (("--from", "left", "--to", "join"), ["left", "join"]),
        (("--only", "right", "--only", "last"), ["right", "last"]),
    ],
)
def test_part_of_the_pipeline(arguments: tuple[str, ...], expected: list[str], project: Path) -> None:
    assert ran(project, "--force", *arguments) == expected
    assert len(journal(project)["ports"]) == 7


def test_independent_stages_run_side_by_side(project: Path) -> None:
    assert set(ran(project, "--set", "pause=1.5", "--jobs", "2", "--to", "join")) == {"left", "right"}
    run = journal(project)
    assert run["duration"] < run["stages"]["left"]["duration"] + run["stages"]["right"]["duration"]


def test_failure_names_stage_cell_and_inputs_and_keeps_what_is_done(generated: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(generated, project)
    result = cli(project, "run", "--seed", "0", "--set", "limit=99")
    assert result.returncode == 1
    assert "stage 'join' failed: ZeroDivisionError: float division by zero" in result.stderr
    assert "join.py, line 15, which came from cell 6 of sample.ipynb" in result.stderr
    assert "drawn (draw_values.pkl, made by draw)" in result.stderr and "limit = 99" in result.stderr
    run = journal(project)
    assert not run["success"] and not run["stages"]["join"]["success"] and "last" not in run["stages"]

    edit(project / "src/sample/stages/join.py", "limit - 99", "limit - 98")
    assert ran(project, "--set", "limit=99") == ["join", "last"]


def test_cell_is_not_named_where_the_lines_were_edited(project: Path) -> None:
    edit(project / "src/sample/stages/join.py", "import decimal\n", "import decimal\n# a new line\n")
    result = cli(project, "stage", "join", "--set", "limit=99")
    assert result.returncode == 1
    assert "stage 'join' failed" in result.stderr and "came from cell" not in result.stderr


def test_missing_input_says_what_makes_it(generated: Path) -> None:
    result = cli(generated, "stage", "left")
    assert result.returncode == 1
    assert "run stage 'load' first" in result.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt_ends_the_stages_and_keeps_what_is_done(number: int, code: int, project: Path) -> None:
    command = [sys.executable, "-m", "sample", "run", "--seed", "0", "--set", "pause=60", "--set", "limit=3", "--jobs", "3"]
    with subprocess.Popen(
        command, cwd=project, env=environment(project / "src"), stderr=subprocess.PIPE, text=True, preexec_fn=listens_to_interrupts
    ) as process:
        assert process.stderr
        while "draw: done" not in (line := process.stderr.readline()):
            assert line
        process.send_signal(number)
        assert process.wait(50) == code  # the stages would pause for longer
    assert not list(processes_in(project))
    assert ran(project, "--set", "limit=3") == ["join", "last"]  # draw is done, the others were stopped


def listens_to_interrupts() -> None:
    """What shells start in the background ignores them, and all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def processes_in(folder: Path) -> Iterator[str]:
    """The stages that still run in a folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve().is_relative_to(folder):
                yield process.name
        except OSError:
            continue


def test_stage_needs_the_standard_library_only(project: Path) -> None:
    (project / "artifacts/left_total.pkl").unlink()
    result = cli(project, "stage", "left", "--params", "artifacts/params.json", options=("-S",))
    assert result.returncode == 0, result.stderr
    assert (project / "artifacts/left_total.pkl").is_file()
    assert "doit is not installed" in cli(project, "run", "--params", "artifacts/params.json", options=("-S",)).stderr


def test_works_from_an_installed_package(project: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(project / "src", site)
    shutil.rmtree(project / "src")
    (site / "other.py").write_text("this is no Python")
    edit(site / "sample/functions.py", "def scaled", "try:\n    import other\nexcept SyntaxError:\n    pass\n\n\ndef scaled")
    result = cli(project, "run", "--seed", "0", sources=site)
    assert result.returncode == 0, result.stderr
    assert journal(project)["stages"]["load"]["skipped"]
    assert not journal(project)["stages"]["left"]["skipped"]


def test_module_beside_the_notebook_is_part_of_the_code(project: Path) -> None:
    (project / "data/beside.py").write_text("FACTOR = 2\n")
    edit(project / "src/sample/functions.py", "def scaled", "import beside\n\n\ndef scaled")
    edit(project / "src/sample/functions.py", "value * factor", "value * factor * beside.FACTOR")
    assert set(ran(project)) == {"left", "right", "join", "last"}
    edit(project / "data/beside.py", "2", "3")
    assert set(ran(project)) == {"left", "right", "join", "last"}


def test_pictures_of_the_pipeline(project: Path) -> None:
    text = cli(project, "graph").stdout
    assert "join   <-  left (left_total), right (right_total), draw (drawn, holder)" in text
    assert "last   <-  join (order)" in text
    assert "    s5 -.-> s6" in cli(project, "graph", "--format", "mermaid").stdout
    assert '"draw" -> "join" [label="drawn, holder"]' in cli(project, "graph", "--format", "dot").stdout
    assert "limit" in cli(project, "list").stdout.splitlines()[4]


def test_report_is_shown_with_the_settings(project: Path) -> None:
    assert cli(project, "report").stdout == "score ['count', 'next', 'sum'] 10.0 7\n"


def test_driver_notebook_runs_under_papermill(project: Path) -> None:
    before = score(project)
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "pipeline.ipynb", "run.ipynb", "-p", "limit", "20.0"]
    result = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    notebook = json.loads((project / "run.ipynb").read_text())
    texts = [output["text"] for cell in notebook["cells"] for output in cell.get("outputs", ())]
    assert "".join(texts[0]) == "score ['count', 'next', 'sum'] 20.0 7\n" and len(texts) == 1
    assert score(project)["count"] == 4 and score(project) != before


def generated_tests(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    return subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True)


def test_generated_tests_pass(generated: Path) -> None:
    result = generated_tests(generated)
    assert result.returncode == 0, result.stdout
    assert "9 passed" in result.stdout


def test_generated_tests_notice_other_values_than_the_recorded(project: Path) -> None:
    shutil.copytree(project / "artifacts", project / "tests/recorded/artifacts")
    edit(project / "src/sample/stages/right.py", "raw, 2", "raw, 3")
    result = generated_tests(project)
    assert result.returncode == 1
    assert "FAILED tests/test_stages.py::test_stage_alone[right]" in result.stdout and "1 failed, 8 passed" in result.stdout


@pytest.fixture(scope="module")
def comparison(generated: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("comparison", generated / "tests/comparison.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def model(*labels: int) -> LogisticRegression:
    return LogisticRegression().fit([[1.0], [2.0], [3.0], [4.0]], labels)


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        (1, 1, 2),
        (0.1 + 0.2, 0.3, 0.31),
        (float("nan"), float("nan"), 0.0),
        ("a", "a", "b"),
        ([1, [2]], [1, [2]], [1, [3]]),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({1, 2}, {2, 1}, {1}),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), np.array([1.0, 2.0])),
        (np.array(["a", None], dtype=object), np.array(["a", None], dtype=object), np.array(["a", "b"], dtype=object)),
        (np.float64(1), np.float64(1), np.float64(2)),
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.0]}), pd.DataFrame({"b": [1.0]})),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1.0]})),
        (pd.Series([1]), pd.Series([1]), pd.Series([1], name="x")),
        (pd.Index([1]), pd.Index([1]), pd.Index([2])),
        (pd.Timestamp("2020"), pd.Timestamp("2020"), pd.Timestamp("2021")),
        (model(0, 0, 1, 1), model(0, 0, 1, 1), model(0, 1, 1, 1)),
        ([1], [1], (1,)),
        (None, None, 0),
    ],
)
def test_generated_comparison(one: object, same: object, other: object, comparison: ModuleType) -> None:
    assert comparison.difference(one, same) == ""
    assert comparison.difference([one], [same]) == ""
    assert comparison.difference(one, other)
    assert comparison.difference({"x": [one]}, {"x": [other]}).startswith("value['x'][0]")
