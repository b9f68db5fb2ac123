"""Ready-made components: where they fit, what they add to a project, and that this lives on."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import tomlkit
import yaml

from nbpipe import api
from nbpipe.planning.components import components
from nbpipe.planning.fitting import find_roles_of_ports
from nbpipe.targets import TARGETS
from tests.engines import dependencies, environment
from tests.servers import free_port, serving

ROOT = Path(__file__).parents[1]
SOURCE = (ROOT / "tests" / "cases" / "train_and_evaluate.py").read_text(encoding="utf-8").partition("\n# output\n")[0]
COMPONENTS = list(components())
APART = {"feature_store", "weak_labels"}  # one wants an older pandas than others, one brings gigabytes
TOGETHER = [name for name in COMPONENTS if name not in APART]

pytestmark = pytest.mark.usefixtures("empty_folder")


@pytest.fixture
def project(run):
    Path("model.py").write_text(SOURCE)
    assert run("convert", "model.py", "-o", "out")[0] == 0
    return Path("out")


def snapshot(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def edit(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def plan_of(project):
    return tomlkit.parse((project / "plan.toml").read_text())


# ---------------------------------------------------------------- facts


@pytest.mark.parametrize("name", COMPONENTS)
def test_each_component_has_facts_that_are_used_a_test_and_a_page(name):
    component = components()[name]
    files = [path.as_posix() for path in (ROOT / "templates" / "components" / name / "files").rglob("*.jinja")]
    assert any("/tests/test_" in file for file in files)
    assert not component.stage or any("{{stage.name}}" in file for file in files)
    page = (ROOT / "docs" / "components" / f"{name}.md").read_text(encoding="utf-8")
    assert f"nbpipe add {name} " in page
    assert not [parameter for parameter in component.parameters if f"`{parameter}`" not in page]
    assert (ROOT / "README.md").read_text(encoding="utf-8").count(f"`{name}`") >= 1


def test_components_are_listed(run):
    code, out, _ = run("components")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == COMPONENTS


def test_what_a_notebook_does_by_hand_is_named_with_its_cells(run):
    Path("model.py").write_text(SOURCE)
    code, out, _ = run("components", "--for", "model.py")
    assert code == 0
    assert out.splitlines()[-1] == "cell 10: metrics are computed by hand; gate does it (sklearn.metrics.mean_absolute_error)"


# ---------------------------------------------------------------- where they fit


@pytest.mark.parametrize(
    ("notebook", "model", "features", "target"),
    [
        ("home_value", "best_model", "X_test", "y_test"),
        ("branches", "note_model", "note_test", "y_test"),
        ("captured_globals", "final_model", "X_test", "y_test"),
        ("customer_churn", "model", "X_test", "y_test"),
        ("text_classification", "lr", "X_test", "y_test"),
        ("digits", "rf", "X_test", "y_test"),
    ],
)
def test_the_model_and_its_test_are_found(notebook, model, features, target):
    planned = api.plan(ROOT / "notebooks" / f"{notebook}.ipynb")
    found = find_roles_of_ports(planned.plan, planned.graph).ports
    assert {role: found[role] for role in ("model", "features", "target")} == {"model": model, "features": features, "target": target}


def test_what_is_not_clear_is_asked_for(run, project):
    Path("model.py").write_text(SOURCE.replace("model.predict(X_test)", "X_test @ model.coef_"))
    assert run("update", "model.py", "out")[0] == 0
    code, _, err = run("add", "gate", "out")
    assert (code, "--input model=PORT --input features=PORT --input target=PORT" in err) == (2, True)
    code, out, err = run("add", "gate", "out", "--input", "model=model", "--input", "features=X_test", "--input", "target=y_test")
    assert (code, err, out.splitlines()[:1]) == (0, "", ["gate, behind train_model, takes model, X_test, y_test"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("beauty", "out"), "There is no component 'beauty'"),
        (("gate", "out", "--after", "nowhere"), "There is no stage 'nowhere'"),
        (("gate", "out", "--after", "build_features"), "takes 'model', which is made by train_model, and that comes after build_features"),
        (("gate", "out", "--input", "model=beauty"), "takes 'beauty', which no stage gives to others"),
        (("gate", "out", "--input", "beauty=model"), "takes no 'beauty'"),
        (("gate", "nowhere"), "nowhere is no project"),
        (("contracts", "out", "--after", "evaluate_model", "--notebook", "other.py"), "other.py does not exist"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(words, message, run, project):
    before = snapshot(project)
    code, _, err = run("add", *words)
    assert (code, message in err) == (2, True), err
    assert snapshot(project) == before


# ---------------------------------------------------------------- what they add


def test_stages_are_in_the_same_pipeline_and_those_after_wait_for_them(run, project):
    plain = snapshot(project / "src")
    code, out, err = run("add", "contracts", "out")
    assert (code, err) == (0, ""), out
    run("add", "gate", "out")
    program = "from model.pipeline import STAGES, PORTS\nprint({n: (s.component, s.after) for n, s in STAGES.items()}, sorted(PORTS))"
    answer = subprocess.run([sys.executable, "-c", program], cwd="out/src", capture_output=True, text=True, check=True).stdout
    assert answer.startswith(
        "{'build_features': ('', ()), 'check_build_features': ('contracts', ()), 'train_model': ('', ('check_build_features',)), "
        "'evaluate_model': ('', ()), 'gate': ('gate', ())}"
    ), answer
    assert {"check_build_features_breaches", "gate_verdict"} <= set(eval(answer.split("} ")[1]))  # noqa: S307
    changed = {name for name, content in snapshot(project / "src").items() if plain.get(name, content) != content}
    assert changed == {"model/pipeline.py"}  # the notebook's own stages are as they were
    assert any(requirement.startswith("pandera") for requirement in dependencies(project))
    assert run("verify", "model.py", "out")[0] == 0


SCALED = """
# %% [markdown]
# # Prepare

# %%
import joblib
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
df = pd.DataFrame({"rooms": range(40), "age": [n % 7 for n in range(40)], "price": [3 * n + (n % 5) for n in range(40)]})
X_train, X_test, y_train, y_test = train_test_split(df[["rooms", "age"]], df["price"], random_state=42)
scaler = StandardScaler().fit(X_train)
X_train_scaled = scaler.transform(X_train)
X_test_scaled = pd.DataFrame(scaler.transform(X_test), columns=X_test.columns)

# %% [markdown]
# # Train

# %%
model = LinearRegression().fit(pd.DataFrame(X_train_scaled, columns=X_train.columns), y_train)

# %% [markdown]
# # Evaluate

# %%
predicted = model.predict(X_test_scaled)
print(X_test.assign(price=y_test, predicted=predicted))

# %% [markdown]
# # Save

# %%
joblib.dump({"model": model, "scaler": scaler}, "model.joblib")
"""


def test_training_and_serving_share_their_features(run):
    Path("scaled.py").write_text(SCALED)
    assert run("convert", "scaled.py", "-o", "out")[0] == 0
    code, out, err = run("add", "features", "out")
    assert (code, err, out.splitlines()[0]) == (0, "", "join_features, behind evaluate_model, takes model, scaler, X_test, X_test_scaled")
    out = run("add", "gate", "out")[1]
    assert out.splitlines()[0] == "gate, behind evaluate_model, takes join_features_model, X_test, y_test"  # the raw rows
    shared = Path("out/src/scaled/shared_features.py")
    surroundings = {**os.environ, "PYTHONPATH": str(Path("out/src").resolve())}

    def in_project(*words):
        return subprocess.run([sys.executable, "-m", *words], cwd="out", env=surroundings, capture_output=True, text=True)

    tested = in_project("pytest", "-q", "-p", "no:cacheprovider", "tests/test_features.py")
    assert tested.returncode == 0, tested.stdout
    edit(shared, "return transformer.transform(rows)\n", "return transformer.transform(rows * [1, 12])\n")  # ages in months
    skewed = in_project("scaled", "run")
    assert skewed.returncode == 1
    assert "training and serving make different features: column 'age', " in skewed.stderr


def test_what_made_the_features_is_asked_for_where_it_is_not_clear(run, project):
    code, _, err = run("add", "features", "out")
    assert (code, "--input transformer=PORT --input raw=PORT" in err) == (2, True)


@pytest.mark.parametrize("target", TARGETS)
def test_projects_with_components_are_clean(target, run):
    Path("model.py").write_text(SCALED)
    assert run("convert", "model.py", "-o", "out", "--target", target)[0] == 0
    for name in COMPONENTS:
        code, out, err = run("add", name, "out")
        assert (code, err) == (0, ""), out
    for tool in (("ruff", "check", "--no-cache"), ("ruff", "format", "--check", "--no-cache"), ("mypy", "--cache-dir=/dev/null", ".")):
        result = subprocess.run([sys.executable, "-m", *tool], cwd="out", capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_gate_stops_a_worse_model(run, project):
    run("add", "gate", "out")
    surroundings = {**os.environ, "PYTHONPATH": str(project.resolve() / "src")}

    def in_project(*words):
        return subprocess.run([sys.executable, "-m", *words], cwd=project, env=surroundings, capture_output=True, text=True)

    assert "passed" in in_project("model.production", "promote").stderr
    assert in_project("model", "run").returncode == 0
    assert in_project("model.production", "promote").stdout == "version 1 is in production\n"
    edit(project / "src/model/stages/train_model.py", "model.fit(X_train, y_train)", "model.fit(X_train, y_train.sample(frac=1).values)")
    worse = in_project("model", "run")
    assert worse.returncode == 1
    assert "the model does not pass the gate: on all rows" in worse.stderr
    assert "passed" in in_project("model.production", "promote").stderr
    assert in_project("pytest", "-q", "-p", "no:cacheprovider", "tests/test_gate.py", "-k", "not own_model").returncode == 0


# ---------------------------------------------------------------- that it lives on


def test_removing_gives_back_what_was_there(run, project):
    before = snapshot(project)
    run("add", "contracts", "out")
    run("add", "gate", "out")
    assert run("remove", "contracts", "out")[0] == 0
    assert run("remove", "gate", "out")[0] == 0
    assert snapshot(project) == before
    assert run("remove", "gate", "out")[0] == 2


def test_components_survive_updates_and_conversions(run, project):
    run("add", "contracts", "out")
    run("add", "gate", "out", "--after", "evaluate_model")
    stages = [entry["stage"] for entry in plan_of(project)["component"]]
    edit(project / "params.yaml", "gate_resamples: 500", "gate_resamples: 50")
    edit(project / "src/model/evaluation.py", "LEAST_ROWS = 20", "LEAST_ROWS = 30")
    Path("model.py").write_text(SOURCE.replace("range(40)", "range(50)"))
    assert run("add", "gate", "out")[0] == 2  # the notebook has changed since
    assert run("update", "model.py", "out")[0] == 0
    assert [entry["stage"] for entry in plan_of(project)["component"]] == stages
    assert "gate_resamples: 50\n" in (project / "params.yaml").read_text()
    assert "LEAST_ROWS = 30" in (project / "src/model/evaluation.py").read_text()
    assert run("convert", "model.py", "-o", "out", "--force")[0] == 0
    assert [entry["stage"] for entry in plan_of(project)["component"]] == stages
    assert (project / "src/model/stages/gate.py").is_file()


def test_the_plan_is_obeyed(run, project):
    run("add", "contracts", "out")
    edit(project / "plan.toml", 'stage = "check_build_features"', 'stage = "look"')
    assert run("update", "model.py", "out")[0] == 0
    assert (project / "src/model/stages/look.py").is_file()
    edit(project / "plan.toml", 'inputs = {X_train = "X_train"', 'inputs = {X_train = "beauty"')
    code, _, err = run("update", "model.py", "out")
    assert (code, "contracts takes 'beauty', which no stage gives to others" in err) == (2, True)


def test_a_component_whose_values_are_gone_is_fitted_again(run, project):
    run("add", "contracts", "out")
    Path("model.py").write_text(SOURCE.replace("X_test", "X_other"))
    assert run("update", "model.py", "out")[0] == 0
    (entry,) = plan_of(project)["component"]
    assert "X_other" in entry["inputs"]


# ---------------------------------------------------------------- with their own libraries


def succeeds(command, folder, commands, project):
    surroundings = {
        **os.environ,
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(project.resolve() / "src"), str(ROOT)]),
    }
    result = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.engines
@pytest.mark.parametrize("notebook", ["home_value", "captured_globals"])
def test_components_run_in_real_projects(notebook, run):
    path, project = ROOT / "notebooks" / f"{notebook}.ipynb", Path("out")
    assert run("convert", path, "-o", "out")[0] == 0
    for name in TOGETHER:
        assert (run("add", name, "out", "--notebook", path)[0] == 0) == (name != "features")  # neither has a transformer of its own
    commands = environment([*dependencies(project), "pytest"])
    for words in ((f"{notebook}.contracts", "learn"), (f"{notebook}.monitor", "learn"), (notebook, "run"), ("pytest", "-q", "-x", "tests")):
        succeeds([str(commands / "python"), "-m", *words], project, commands, project)


@pytest.mark.engines
def test_the_story_of_a_model(run, project):
    """From the notebook to a model in production, through better data and worse, and back."""
    for name in ("contracts", "gate", "tracking", "service"):
        assert run("add", name, "out")[0] == 0
    commands = environment([*dependencies(project), "pytest"])

    def in_project(*words):
        return succeeds([str(commands / "python"), "-m", *words], project, commands, project)

    in_project("model.contracts", "learn")
    in_project("model", "run")
    assert in_project("model.registry", "show").startswith("version 1 (production)")
    edit(project / "src/model/stages/train_model.py", "LinearRegression()", "LinearRegression(n_jobs=1)")
    in_project("model", "run")
    assert "version 2 (production)" in in_project("model.registry", "show")
    load = project / "src" / "model" / "stages" / "build_features.py"
    edit(load, "range(40)", "range(400, 440)")  # what comes in is no longer what the model was made for
    with pytest.raises(AssertionError, match="contracts are broken"):
        in_project("model", "run")
    edit(load, "range(400, 440)", "range(40)")
    edit(project / "src/model/stages/train_model.py", "model.fit(X_train, y_train)", "model.fit(X_train, y_train.values[::-1])")
    with pytest.raises(AssertionError, match="the model does not pass the gate"):
        in_project("model", "run")
    assert "version 3" not in in_project("model.registry", "show")
    assert "version 1 (production)" in in_project("model.registry", "rollback")
    assert '"stages/build_features.py"' in in_project("model.registry", "made", "1")


_LABELLED = """
import numpy, pandas
from label_studio_sdk.label_interface import LabelInterface
from model import labelling
from sklearn.linear_model import LogisticRegression
rows = pandas.DataFrame({"size": range(40), 'a <note> & "more"': [f"note {n}" for n in range(40)]})
model = LogisticRegression().fit(rows[["size"]], numpy.where(rows["size"] > 20, "large", "<small>"))
interface = LabelInterface(labelling.interface(rows, model.classes_))
interface.validate()
for task in labelling.tasks(rows, model, ["size"], 5):
    assert interface.validate_task({"data": task["data"]})
    assert all(map(interface.validate_prediction, task["predictions"]))
"""


@pytest.mark.engines
def test_label_studios_own_library_takes_interface_and_tasks(project, run):
    assert run("add", "labelling", "out")[0] == 0
    commands = environment(["label-studio-sdk>=2", "scikit-learn", "pandas"])
    succeeds([str(commands / "python"), "-c", _LABELLED], project, commands, project)


@pytest.mark.engines
def test_the_readmes_commands_work(run):
    shutil.copytree(ROOT / "notebooks", "notebooks")
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Ready-made components\n")[2].partition("\n## ")[0]
    lines = section.split("```")[1].strip().splitlines()
    own = [line for line in lines if "/bin/nbpipe " in line]
    then = [line for line in lines if line not in own and "pip install" not in line]
    assert (len(own), len(then)) == (5, 4)
    tools = Path(".venv/bin")
    tools.mkdir(parents=True)
    (tools / "nbpipe").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m nbpipe "$@"\n')
    (tools / "nbpipe").chmod(0o755)
    project = Path("with_components")
    succeeds(["bash", "-ec", "\n".join(own)], Path(), tools, project)
    commands = environment([*dependencies(project), "pytest"])
    program = "\n".join(then).replace("../.venv/bin/python", str(commands / "python"))
    assert succeeds(["bash", "-ec", program], Path(), commands, project).endswith("\n")


_ROWS = "from {0}.storage import load; load(['X_test'], __import__('pathlib').Path())['X_test'].to_csv('data/rows.csv')"
_ANNOTATED = [{"data": {"row": 1}, "annotations": [{"completed_by": 1, "result": [{"from_name": "label", "value": {"choices": ["1"]}}]}]}]


@pytest.mark.engines
@pytest.mark.parametrize("name", COMPONENTS)
def test_the_commands_of_each_page_work(name, run):
    """Those of the first block, behind the components that this one needs, and then the others."""
    shutil.copytree(ROOT / "notebooks", "notebooks")
    page = (ROOT / "docs" / "components" / f"{name}.md").read_text(encoding="utf-8")
    lines = page.split("```")[1].strip().splitlines()
    own = [line.split() for line in lines if line.startswith("nbpipe ")]
    (package,) = [line.split()[1] for line in lines if line.startswith("cd ")]
    if own[0][1] != "convert":
        own.insert(0, ["nbpipe", "convert", f"notebooks/{package}.ipynb", "-o", package])
    added = {words[2] for words in own if words[1] == "add"}
    needed = [other for other in COMPONENTS if other in _needed(name) and other not in added]
    own[1:1] = [["nbpipe", "add", other, package] for other in needed]
    for words in own:
        assert run(*words[1:])[0] == 0, words
    project = Path(package)
    then = [line for line in lines if line.startswith(("python -m ", "feast ")) and " serve " not in line]
    further = _further(page)
    if "contracts" in needed:
        then.insert(0, f"python -m {package}.contracts learn && python -m {package} run")
    if name == "weak_labels":
        (project / "src" / package / "labelling_functions.py").write_text(page.split("```python\n")[1].partition("```")[0])
    if name == "feature_store":
        (project / "KEYS.csv").write_text("row,event_timestamp\n0,2100-01-01T00:00:00Z\n")
    if name in ("labelling", "monitoring", "weak_labels"):
        then.insert(2 if name == "monitoring" else 1, f'python -c "{_ROWS.format(package)}"')
        (project / "export.json").write_text(json.dumps(_ANNOTATED))
    if name == "collection":
        _make_sales(page, project)
        then.append("mv sales.yaml collection.yaml")
    if any("rollback" in line for line in further):
        then.append(f"python -m {package} run --force" + f" && python -m {package}.production promote" * (name == "gate"))
    then += [line for line in further if line.startswith(("python ", "uv run "))]
    assert len(then) + len(own) > 2
    commands = environment([*dependencies(project), "pytest"])
    succeeds(["bash", "-ec", "\n".join(then)], project, commands, project)
    for line in [*lines, *further]:
        if line.startswith(("uvicorn ", "mlflow ")) or " serve --port " in line:
            _serve(line, project, commands)
        if line.startswith("nbpipe add ") and line in further:
            assert run("remove", name, package)[0] == 0
            assert run(*line.split()[1:])[0] == 0
    assert name != "collection" or len((project / "data" / "sales.csv").read_text().splitlines()) == 4


def _further(page):
    """A page's commands behind its first block: in its text, its tables, and what cron is to run."""
    rest = page.split("```", 2)[2]
    found = re.findall(r"`((?:python -m|nbpipe|mlflow) [^`\n]+)`", rest) + re.findall(r"&& (?:\.venv/bin/|(?=uv run))(.*)", rest)
    return [line.replace(".venv/bin/", "").replace("VERSION", "1").replace("ROWS.csv", "data/rows.csv") for line in found]


def _make_sales(page, project):
    """The database of the page's example."""
    sources = yaml.safe_load(page.split("```yaml\n")[1].partition("```")[0])
    (project / "sales.yaml").write_text(yaml.safe_dump({"sales": sources["sales"]}))
    (project / "data" / "sales.csv").write_text("id,price\n1,100\n")
    with sqlite3.connect(project / "sales.db") as database:
        database.execute("CREATE TABLE sales (id INTEGER, price REAL)")
        database.executemany("INSERT INTO sales VALUES (?, 100)", [(1,), (2,)])
    database.close()


def _serve(line, project, commands):
    port, (program, *words) = free_port(), line.partition(" --port ")[0].split()
    variables = {"PATH": f"{commands}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(project.resolve() / "src")}
    with serving([str(commands / program), *words, "--port", str(port)], f"http://127.0.0.1:{port}/health", project.resolve(), variables):
        pass


def _needed(name):
    direct = components()[name].needs
    return {*direct}.union(*(_needed(other) for other in direct))
