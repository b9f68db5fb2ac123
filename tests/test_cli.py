"""The command line: what is typed, what is printed, and the exit codes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nbpipe import api, commands
from nbpipe.targets import TARGETS

NOTEBOOK = """# %% [markdown]
# # Small
# ## Load the data
# %%
import csv
# %%
with open("numbers.csv") as file:
    rows = [float(row["value"]) for row in csv.DictReader(file)]
rows[:3]
# %% [markdown]
# ## Clean the data
# %%
threshold = 0.5
kept = [value for value in rows if value > threshold]
print(len(kept), "kept")
# %%
scaled = [value * 2 for value in kept]
# %% [markdown]
# ## Evaluate
# %%
score = sum(scaled) / len(scaled)
print(f"score {score:.3f}")
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a notebook and its data, as the working directory."""
    (tmp_path / "small.py").write_text(NOTEBOOK)
    (tmp_path / "numbers.csv").write_text("value\n1\n0.25\n3\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def ipynb(path, *sources):
    """Write a notebook of code cells."""
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None} for source in sources]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}))


# ---------------------------------------------------------------- start-up


def loaded_by(code, folder):
    """The modules that a program has loaded when it ends."""
    program = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint('loaded:', *sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True).stdout
    return set(answer.rpartition("loaded: ")[2].split())


def test_help_loads_nothing_that_is_slow(here):
    modules = loaded_by("from nbpipe.cli import main; main(['--help'])", here)
    assert "typer" in modules
    assert not modules & {"pandas", "numpy", "papermill", "jupytext", "nbformat", "IPython", "libcst", "rich", "jinja2", "nbpipe.api"}


def test_reading_an_ipynb_does_not_load_jupytext(here):
    ipynb(here / "a.ipynb", "x = 1\nx")
    modules = loaded_by("from nbpipe.cli import main; main(['plan', 'a.ipynb'])", here)
    assert "nbpipe.planning.planner" in modules
    assert not modules & {"pandas", "papermill", "jupytext"}
    assert "jupytext" in loaded_by("from nbpipe.cli import main; main(['plan', 'small.py'])", here)


# ---------------------------------------------------------------- help


@pytest.mark.parametrize("verb", [(), ("analyze",), ("plan",), ("convert",), ("verify",)])
def test_help_fits_80_columns_and_its_examples_can_be_typed(run, here, verb):
    code, out, _ = run(*verb, "--help")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    examples = re.findall(r"^ +nbpipe (\w+) (.*)$", out, re.MULTILINE)
    assert len(examples) >= 3
    for name, rest in examples:
        known = run(name, "--help")[1]
        assert set(re.findall(r"(?<!\S)--?\w[\w-]*", rest)) <= set(re.findall(r"--?\w[\w-]*", known))


def test_version_and_usage(run):
    assert run("--version")[:2] == (0, f"nbpipe {commands.data.__version__}\n")
    assert run("frobnicate")[0] == 2
    assert run("plan")[0] == 2
    code, out, err = run("verify", "only-a-notebook.ipynb")
    assert (code, out) == (2, "")
    assert "Missing argument 'PROJECT'" in err or "Missing argument 'NOTEBOOK" in err


def test_completion_knows_the_targets(here):
    environment = {"_NBPIPE_COMPLETE": "complete_bash", "COMP_WORDS": "nbpipe convert --target ", "COMP_CWORD": "3", "PATH": ""}
    program = "import sys; sys.argv = ['nbpipe']; from nbpipe.cli import main; main()"
    answer = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert answer.stdout.split() == list(TARGETS)


# ---------------------------------------------------------------- the verbs


def test_analyze(run, here):
    code, out, err = run("analyze", "small.py")
    assert (code, err) == (0, "")
    assert "small.py: 8 cells, 5 with code" in out
    code, out, _ = run("analyze", "small.py", "--format", "json")
    document = json.loads(out)
    assert (code, document["kind"], document["cells"][2]["bindings"]) == (0, "analysis", ["file", "rows"])


def test_plan(run, here):
    code, out, err = run("plan", "small.py", "-o", "plan.toml")
    assert (code, err) == (0, "")
    assert "1. load_data (collection)\n" in out
    assert Path("plan.toml").read_text().startswith("# The plan")
    code, out, _ = run("plan", "small.py", "--plan", "plan.toml", "--format", "json")
    document = json.loads(out)
    assert (code, document["kind"]) == (0, "plan")
    assert [stage["name"] for stage in document["stages"]] == ["load_data", "clean_data", "evaluate_model"]


def test_convert(run, here):
    code, out, err = run("convert", "small.py", "-o", "out")
    assert (code, err) == (0, "")
    install, start = (line.split() for line in out.splitlines()[-2:])
    assert install[1:] == ["-m", "pip", "install", "-e", "out"]
    assert subprocess.run([*start, "--jobs", "1"], cwd="out", env={**os.environ, "PYTHONPATH": "src"}, capture_output=True, check=True)
    assert json.loads(Path("out/artifacts/run.json").read_text())
    code, out, _ = run("convert", "small.py", "-o", "json", "--format", "json")
    document = json.loads(out)
    assert (code, document["kind"], document["target"], document["verification"]) == (0, "conversion", "package", None)
    assert all((here / "json" / file).is_file() for file in document["files"])


def test_convert_and_verify_then_break_the_code(run, here):
    code, out, err = run("convert", "small.py", "-o", "out", "--verify")
    assert (code, err) == (0, "")
    assert "passed: " in out
    stage = here / "out" / "src" / "small" / "stages" / "clean_data.py"
    stage.write_text(stage.read_text().replace("value * 2", "value * 3"))
    code, out, _ = run("verify", "small.py", "out", "--format", "json")
    document = json.loads(out)
    assert (code, document["kind"], document["passed"]) == (1, "verification", False)
    assert {check["subject"] for check in document["checks"] if check["status"] == "different"} >= {"scaled", "score", "cell 8"}
    code, out, _ = run("verify", "small.py", "out")
    assert code == 1
    assert "Look at these" in out


# ---------------------------------------------------------------- several notebooks


def test_a_folder_works_like_a_notebook(run, here):
    ipynb(here / "books" / "one.ipynb", "x = 1\nx")
    ipynb(here / "books" / "deep" / "one.ipynb", "y = 2\ny")
    ipynb(here / "books" / ".hidden" / "no.ipynb", "z = 3")
    code, out, _ = run("convert", "books", "-o", "books/made", "--jobs", "2")
    assert code == 0
    assert {line.split()[0] for line in out.splitlines()} == {"notebook", "books/deep/one.ipynb", "books/one.ipynb"}
    assert {path.name for path in Path("books/made").iterdir()} == {"one", "one_2"}
    code, out, _ = run("plan", "books", "-o", "plans", "--format", "json")  # the projects in that folder are no notebooks
    documents = json.loads(out)["documents"]
    assert [document["notebook"] for document in documents] == ["books/deep/one.ipynb", "books/one.ipynb"]
    assert {path.name for path in Path("plans").iterdir()} == {"one.toml", "one_2.toml"}


def test_a_bad_notebook_does_not_stop_the_others(run, here):
    ipynb(here / "books" / "good.ipynb", "x = 1")
    (here / "books" / "bad.ipynb").write_text("<html>")
    code, out, err = run("plan", "books")
    assert (code, err) == (2, "")
    assert "books/good.ipynb" in out
    assert "books/bad.ipynb is a web page" in " ".join(out.split())
    code, out, err = run("plan", "books", "--format", "json")
    assert code == 2
    assert [document["kind"] for document in json.loads(out)["documents"]] == ["error", "plan"]
    assert "bad.ipynb is a web page" in err


def test_several_targets_have_folders_of_their_own(run, here, monkeypatch):
    class Other(type(TARGETS["package"])):
        name = "other"

    monkeypatch.setitem(TARGETS, "other", Other())
    monkeypatch.setattr(commands, "_side_by_side", lambda tasks, jobs: [commands._guarded(task, print) for task in tasks])
    code, out, _ = run("convert", "small.py", "-o", "out", "-t", "package", "-t", "other", "-t", "other", "--format", "json")
    documents = json.loads(out[out.index("{") :])["documents"]
    assert code == 0
    assert [(document["target"], document["project"]) for document in documents] == [("package", "out/package"), ("other", "out/other")]
    assert {path.name for path in Path("out").iterdir()} == {"package", "other"}


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("analyze", "nope.ipynb"), "nope.ipynb does not exist"),
        (("plan", "numbers.csv"), "numbers.csv is not a notebook"),
        (("plan", "empty"), "There is no notebook in empty"),
        (("plan", "small.py", "--plan", "nope.toml"), "nope.toml cannot be read"),
        (("plan", "small.py", "--plan", "numbers.csv"), "numbers.csv is not valid TOML"),
        (("convert", "small.py", "-o", "out", "--target", "cron"), "there is no target 'cron': choose from package"),
        (("convert", "small.py", "-o", "numbers.csv"), "numbers.csv is a file"),
        (("convert", "small.py", "-o", "out", "--python", "nope"), "There is no Python at nope"),
        (("verify", "small.py", "empty"), "is no project that nbpipe made"),
    ],
)
def test_bad_input_is_one_sentence_and_changes_nothing(run, here, words, message):
    (here / "empty").mkdir()
    before = sorted(path.name for path in here.rglob("*"))
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert "Traceback" not in err
    assert sorted(path.name for path in here.rglob("*")) == before


def test_an_error_is_json_too(run, here):
    code, out, err = run("plan", "nope.ipynb", "--format", "json")
    assert code == 2
    assert json.loads(out)["kind"] == "error"
    assert json.loads(out)["message"] in err


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_bug_is_called_a_bug(run, here, monkeypatch, form):
    def broken(path, edited=None):
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(api, "plan", broken)
    code, out, err = run("plan", "small.py", "--format", form)
    assert code == 3
    assert "Traceback" in err
    assert "a bug, please report" in err
    assert (json.loads(out)["kind"] if form == "json" else out) == ("error" if form == "json" else "")


def test_an_interruption_has_its_own_exit_code(run, here, monkeypatch):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "analyze", interrupted)
    assert run("analyze", "small.py")[0] == 130


# ---------------------------------------------------------------- plans that people edit


@pytest.fixture
def edited(run, here):
    """Edit the proposed plan by replacing texts, and convert by it."""

    def edit(*replacements):
        run("plan", "small.py", "-o", "plan.toml")
        text = Path("plan.toml").read_text()
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        Path("plan.toml").write_text(text)
        shutil.rmtree("out", ignore_errors=True)
        return run("convert", "small.py", "--plan", "plan.toml", "-o", "out")

    return edit


def test_rename_stages_values_and_parameters(edited):
    code, out, _ = edited(
        ('"evaluate_model"', '"judge"'), ('kept = "kept"', 'kept = "large_values"'), ('name = "threshold"', 'name = "least"')
    )
    assert code == 0
    assert "3. judge (evaluation)" in out
    stages = Path("out/src/small/stages")
    assert "def judge(" in (stages / "judge.py").read_text()
    assert "least: float" in (stages / "clean_data.py").read_text()
    assert "least: 0.5" in Path("out/params.yaml").read_text()
    assert "judge" in Path("out/plan.toml").read_text()


def test_move_a_statement(edited):
    line = next(line for line in NOTEBOOK.splitlines() if line.startswith("scaled"))
    move = f'    "c6.s1", # {line}\n'
    code, out, _ = edited((move, ""), ('statements = [\n    "c8.s1",', f'statements = [\n{move}    "c8.s1",'), (', scaled = "scaled"', ""))
    assert code == 0
    assert line in Path("out/src/small/stages/evaluate_model.py").read_text()
    assert "scaled" not in Path("out/src/small/stages/clean_data.py").read_text()


def test_a_move_that_a_dependence_forbids(edited):
    line = next(line for line in NOTEBOOK.splitlines() if line.startswith("kept"))
    move = f'    "c5.s2", # {line}\n'
    code, out, err = edited((move, ""), ('statements = [\n    "c8.s1",', f'statements = [\n{move}    "c8.s1",'))
    assert (code, out) == (2, "")
    assert "`c6.s1` in stage `clean_data` needs `kept` from `c5.s2`, which is in the later stage `evaluate_model`" in err
    assert not Path("out").exists()


def test_leave_out_a_report(edited):
    show = next(line for line in NOTEBOOK.splitlines() if line.startswith("print(len"))
    left_out = '[[left_out]]\nstatement = "c5.s3"\nreason = "nobody reads it"\n'
    code, out, _ = edited((f'    "c5.s3", # {show}\n', ""), ("[shared]", f"{left_out}\n[shared]"))
    assert code == 0
    assert "nobody reads it: c5.s3" in out
    assert show not in Path("out/src/small/stages/clean_data.py").read_text()


def test_a_deleted_parameter_stays_in_the_code(edited):
    parameter = '[[parameter]]\nname = "threshold"\ndefault = 0.5\nstatement = "c5.s1"\nat = ["5:1:12-1:15"]\n'
    code, _, _ = edited((parameter, ""))
    assert code == 0
    assert "threshold" not in Path("out/params.yaml").read_text()
    assert "threshold = 0.5" in "".join(path.read_text() for path in Path("out/src/small").rglob("*.py"))


def test_a_plan_of_an_older_notebook_is_refused(run, here):
    run("plan", "small.py", "-o", "plan.toml")
    Path("small.py").write_text(NOTEBOOK + "print(1)\n")
    code, _, err = run("convert", "small.py", "--plan", "plan.toml", "-o", "out")
    assert code == 2
    assert "plan.toml was made for another version of small.py" in err


def test_an_edited_plan_is_not_overwritten(run, here):
    assert run("plan", "small.py", "-o", "plan.toml")[0] == run("plan", "small.py", "-o", "plan.toml")[0] == 0
    mine = Path("plan.toml").read_text().replace('"clean_data"', '"tidy"')
    Path("plan.toml").write_text(mine)
    code, _, err = run("plan", "small.py", "-o", "plan.toml")
    assert code == 2
    assert "--force" in err
    assert Path("plan.toml").read_text() == mine
    assert run("plan", "small.py", "-o", "plan.toml", "--force")[0] == 0
    assert Path("plan.toml").read_text() != mine


def test_a_persons_files_are_kept_unless_forced(run, here):
    run("convert", "small.py", "-o", "out")
    readme = here / "out" / "README.md"
    readme.write_text("mine")
    (here / "out" / "notes.txt").write_text("mine too")
    code, _, err = run("convert", "small.py", "-o", "out")
    assert code == 2
    assert "README.md" in err
    assert readme.read_text() == "mine"
    assert run("convert", "small.py", "-o", "out", "--force")[0] == 0
    assert readme.read_text() != "mine"
    assert (here / "out" / "notes.txt").read_text() == "mine too"
