"""What the projects for engines say: names, inputs and limits of Flyte, Pachyderm, Databricks and TFX; stages on folders; the notebook for Databricks."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from nbpipe import api
from nbpipe.errors import PlanError
from nbpipe.model.plan import Parameter, Plan
from nbpipe.notebook.read import read_notebook
from nbpipe.render.project import Surroundings, build_project
from nbpipe.render.write import write
from nbpipe.targets import TARGETS
from tests.sample_project import sample_graph, sample_plan, sample_project, sample_sources

DBUTILS = """
class dbutils:
    class widgets:
        values = {}
        text = classmethod(lambda cls, name, default: cls.values.setdefault(name, default))
        get = classmethod(lambda cls, name: cls.values[name])
"""


def project(folder: Path, target: str, *parameters: Parameter) -> Path:
    plan = sample_plan()
    write(sample_project(folder, replace(plan, parameters=(*plan.parameters, *parameters)), target=target), folder / "sample")
    return folder / "sample"


def run(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), **variables}
    return subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("target", "parameter"),
    [
        ("flyte", Parameter("big", 2**63)),
        ("tfx", Parameter("big", -(2**63) - 1)),
        ("tfx", Parameter("nothing", None)),
        ("databricks", Parameter("template", "{{job.id}}")),
        ("databricks", Parameter("reference", "${var.catalog}")),
        ("databricks", Parameter("größe", 1)),
    ],
)
def test_parameters_that_an_engine_cannot_express_are_an_error(target: str, parameter: Parameter, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=rf"NB601 .*{parameter.name}"):
        project(tmp_path, target, parameter)
    assert not (tmp_path / "sample").exists()


def test_stages_that_databricks_cannot_name_are_an_error() -> None:
    target, name = "databricks", "größe"
    plan = sample_plan()
    renamed = replace(plan, stages=(replace(plan.stages[0], name=name), *plan.stages[1:]))
    (finding,) = TARGETS[target].check(renamed)
    assert (finding.rule, finding.severity.value) == ("NB601", "error")
    assert name in finding.message
    assert not TARGETS[target].check(plan)


def test_inputs_of_flyte_are_in_lower_case_and_none_is_taken(tmp_path: Path) -> None:
    text = (project(tmp_path, "flyte", Parameter("C", 1.5), Parameter("c", 2.5), Parameter("_entity", "x")) / "workflow.py").read_text()
    assert "    c: float = 1.5,\n    c_2: float = 2.5,\n    entity_2: str = 'x',\n" in text.replace('"', "'")


@pytest.mark.parametrize(
    ("target", "file", "times"),
    [("tfx", "src/sample/components.py", 4), ("flyte", "workflow.py", 2), ("kubeflow", "kubeflow/components.py", 2)],
)
def test_files_that_only_the_code_names_go_to_later_stages(target: str, file: str, times: int) -> None:
    graph = sample_graph()
    hidden = [
        replace(one, effects=replace(one.effects, files_written=("?",))) if one.effects.files_written else one for one in graph.statements
    ]
    around = Surroundings("0" * 64, "A sample", versions={"doit": "0.37.0"})
    built = build_project(sample_plan(), replace(graph, statements=tuple(hidden)), sample_sources(), around, TARGETS[target])
    assert built.files[file].count('"files.join.zip"') == times
    assert built.files["src/sample/pipeline.py"].count("writes_more=True") == 1


def test_pipelines_of_pachyderm_take_what_is_made_before_them(tmp_path: Path) -> None:
    known = {"sample-data", "sample-parameters"}
    for pipeline in yaml.safe_load((project(tmp_path, "pachyderm") / "pachyderm" / "pipelines.yaml").read_text()):
        repositories = [part["pfs"]["repo"] for part in pipeline["input"]["cross"]]
        assert set(repositories) <= known
        given = [option.removeprefix("--given=/pfs/") for option in pipeline["transform"]["cmd"] if option.startswith("--given=")]
        assert given == repositories
        known.add(pipeline["pipeline"]["name"])
    assert known >= {"sample-load", "sample-last"}


def test_tasks_of_databricks_wait_for_what_they_take(tmp_path: Path) -> None:
    folder = project(tmp_path, "databricks")
    job = yaml.safe_load((folder / "resources" / "sample.job.yml").read_text())["resources"]["jobs"]["sample"]
    before: dict[str, set[str]] = {}
    for task in job["tasks"]:
        direct = {other["task_key"] for other in task.get("depends_on", ())}
        before[task["task_key"]] = direct.union(*(before[name] for name in direct))
        options = task["python_wheel_task"]["parameters"]
        assert {option.rpartition("/")[2] for option in options if option.startswith("--given=") and "runs" in option} <= before[
            task["task_key"]
        ]
    assert list(before) == [stage.name for stage in sample_plan().stages]
    assert {"name": "limit", "default": "10.0"} in job["parameters"]


def on_folders(folder: Path, plan: Plan) -> subprocess.CompletedProcess[str]:
    """Run all stages on folders, each in a process and a place of its own; the last result."""
    (folder / "given").mkdir()
    (folder / "given" / "params.yaml").write_text((folder / "params.yaml").read_text())
    (folder / "data").rename(folder / "given" / "data")
    for stage in plan.stages:
        given = [f"--given={folder / 'given'}", *(f"--given={other}" for other in sorted(folder.glob("made/*")))]
        changes = ["--set=limit=12.5"] * ("limit" in stage.parameters)
        result = run(folder, "-m", "sample.folders", stage.name, *given, f"--made={folder / 'made' / stage.name}", *changes)
        if result.returncode:
            break
    return result


def test_stages_run_on_folders_and_leave_what_they_make(tmp_path: Path) -> None:
    folder = project(tmp_path, "pachyderm")
    result = on_folders(folder, sample_plan())
    assert result.returncode == 0, result.stderr
    made = {path.relative_to(folder / "made").as_posix() for path in folder.glob("made/**/*") if path.is_file()}
    assert made == {
        "load/artifacts/raw_numbers.pkl",
        "left/artifacts/left_total.pkl",
        "right/artifacts/right_total.pkl",
        "draw/artifacts/draw_values.pkl",
        "draw/artifacts/random_state.draw.pkl",
        "join/artifacts/random_state.join.pkl",
        "join/artifacts/score.json",
        "join/data/out/score.txt",
        "last/artifacts/text.pkl",
    }
    assert not (folder / "artifacts").exists()


def test_notebook_for_databricks_runs_the_pipeline_with_its_widgets(tmp_path: Path) -> None:
    folder = project(tmp_path, "databricks")
    notebook = folder / "notebooks" / "sample_notebook.py"
    cells = [cell.source for cell in read_notebook(notebook).cells]
    assert [f'run_stage("{stage.name}", parameters)' in "\n".join(cells) for stage in sample_plan().stages] == [True] * 6
    stand_in = tmp_path / "databricks" / "sdk"
    stand_in.mkdir(parents=True)
    (stand_in / "runtime.py").write_text(DBUTILS)
    result = run(folder / "notebooks", notebook.name, PYTHONPATH=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "score ['count', 'next', 'sum'] 10.0 7" in result.stdout
    assert (folder / "artifacts" / "score.json").is_file()


REPORT_OF_NOTHING = """# %%
import pandas as pd

# %% [markdown]
# # Load

# %%
df = pd.DataFrame({"rooms": range(40)})

# %% [markdown]
# # Evaluate the model

# %%
print(df["rooms"].mean())

# %%
print((10 + 0 + 20 + 10) / 4)
"""


def test_a_node_of_kedro_that_shows_what_takes_nothing_takes_something(empty_folder: None) -> None:
    """Kedro refuses a node without inputs and outputs."""
    Path("model.py").write_text(REPORT_OF_NOTHING)
    planned = api.plan(Path("model.py"))
    assert [stage for stage in planned.plan.stages if stage.report and not (stage.report_inputs or stage.report_parameters)]
    api.convert(Path("model.py"), Path("out"), target="kedro")
    pipelines = [file.read_text() for file in Path("out/src").rglob("pipeline.py") if "kedro" in file.read_text()]
    assert len(pipelines) == 2
    assert not any(re.search(r"inputs=\[\],\s+outputs=None", text) for text in pipelines)
