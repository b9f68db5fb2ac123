"""Components in engines: their stages do there what they are for, what they keep outlives a run, and the project's tests pass."""

import json
import shutil
from pathlib import Path

import pytest

from nbpipe.model import codec
from nbpipe.model.project import Conversion
from nbpipe.planning.components import with_added
from tests.engines import ENGINES, collecting, dependencies, environment, execute, preparations
from tests.test_components import APART, TOGETHER
from tests.wines import NOTEBOOK, Wines

ROOT = Path(__file__).parents[1]
FIRST = "features"  # components that come later then take raw rows

# What the components' stages gave, by stage.
_MADE = """
import json
from {0}.pipeline import PORTS, STAGES
from {0}.storage import load, project_folder
ports = {{name: stage.outputs[0] for name, stage in STAGES.items() if stage.component and PORTS[stage.outputs[0]].format == "json"}}
values = load(ports.values(), project_folder())
print(json.dumps({{name: values[port] for name, port in ports.items()}}))
"""

pytestmark = [pytest.mark.engines, pytest.mark.usefixtures("empty_folder")]


def converted(run, notebook, target, names):
    """The project of a notebook for an engine, with those components that fit."""
    if notebook == "wines":
        path = Path("wines.py")
        path.write_text(NOTEBOOK)
        shutil.copy(ROOT / "notebooks" / "data" / "wines.csv", "wines.csv")
    else:
        path = ROOT / "notebooks" / f"{notebook}.ipynb"
    assert run("convert", path, "-o", "out", "--target", target)[0] == 0
    for name in sorted(names, key=lambda name: name != FIRST):
        fits = name != FIRST or notebook == "wines"  # the other has no transformer of its own
        assert (run("add", name, "out", "--notebook", path)[0] == 0) == fits
    return Path("out").resolve()


def prepared(project, engine):
    """The plan of a project, and a function that does a command there, in the project's environment."""
    commands = environment([*dependencies(project), "pytest", *engine.needs])

    def in_project(*command):
        result = execute(command, project, commands, engine)
        assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-8000:]
        return result.stdout

    return with_added(codec.from_json(Conversion, (project / ".nbpipe" / "conversion.json").read_text()).plan), in_project


@pytest.mark.parametrize("target", ["kedro", "airflow", "metaflow"])
@pytest.mark.parametrize("notebook", ["wines", "home_value"])
def test_components_work_in_an_engine(notebook, target, run):
    project, engine = converted(run, notebook, target, TOGETHER), ENGINES[target]
    plan, in_project = prepared(project, engine)
    in_project("python", "-m", f"{notebook}.contracts", "learn")
    in_project("python", "-m", f"{notebook}.monitor", "learn")
    for command in preparations(target, plan):
        in_project(*command)
    for _ in range(2):  # the second finds the model of the first in production
        shutil.rmtree(project / "artifacts", ignore_errors=True)
        in_project(*engine.run(notebook))
    if engine.collect:
        in_project(*collecting(engine, plan))

    made = json.loads(in_project("python", "-c", _MADE.format(notebook)))
    checks = {name for name in made if name.startswith("check_")}
    assert made.keys() == {*checks, "gate", "watch", "register_model"}
    assert checks
    assert not [breach for name in checks for breach in made[name]]
    assert made["gate"]["all"]["difference"]["value"] == pytest.approx(0, abs=0.05)
    assert not made["watch"]["alarm"]
    assert {"model": notebook, "version": 2}.items() <= made["register_model"].items()
    shown = in_project("python", "-m", f"{notebook}.registry", "show").splitlines()
    assert [line.partition(", run")[0] for line in shown] == ["version 1", "version 2 (production)"]
    in_project("python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests")


@pytest.mark.parametrize("target", ["package", "kedro", "airflow"])
@pytest.mark.parametrize("notebook", ["wines", "home_value"])
@pytest.mark.parametrize("name", sorted(APART))
def test_a_component_that_stands_apart_works_in_an_engine(name, notebook, target, run):
    project, engine = converted(run, notebook, target, [name]), ENGINES[target]
    plan, in_project = prepared(project, engine)
    for command in preparations(target, plan):
        in_project(*command)
    in_project(*engine.run(notebook))
    in_project("python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests")


def test_a_stage_in_a_folder_of_its_own_finds_what_is_in_production(run):
    made, store = Wines(run, ["gate"], "fsspec"), Path("values").resolve().as_uri()
    made.python("-m", "wines", "run", "--store", store)
    made.python("-m", "wines", "run")
    made.python("-m", "wines.production", "promote")
    stage = made.folder / "src" / "wines" / "stages" / "build_features.py"
    text = stage.read_text()
    assert ".fit(X_train_scaled, y_train)" in text
    stage.write_text(text.replace(".fit(X_train_scaled, y_train)", ".fit(X_train_scaled, y_train.values[::-1])"))
    assert "the model does not pass the gate: on all rows" in made.python("-m", "wines", "run", "--store", store, fails=1)
