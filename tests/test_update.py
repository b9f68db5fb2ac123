"""Updating a project after its notebook has changed: edits by hand survive."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbpipe.render.merge import Fate, merge

SOURCE = (Path(__file__).parent / "cases" / "train_and_evaluate.py").read_text(encoding="utf-8").partition("\n# output\n")[0]


pytestmark = pytest.mark.usefixtures("empty_folder")


@pytest.fixture
def project(run):
    Path("model.py").write_text(SOURCE)
    assert run("convert", "model.py", "-o", "out")[0] == 0
    return Path("out")


def edit(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_status_says_what_has_drifted(run, project):
    assert run("status", "model.py", "out")[:2] == (
        0,
        "current: the notebook has not changed; the plan was not edited; 0 other files of the project were edited\n",
    )
    edit(project / "README.md", "\n", "\nmine\n")
    code, out, _ = run("status", "model.py", "out")
    assert (code, out.split(":")[0]) == (0, "edited")
    Path("model.py").write_text(SOURCE.replace("range(40)", "range(50)"))
    assert run("status", "model.py", "out")[1].startswith("stale: the notebook has changed")
    assert run("status", "model.py", "nowhere")[0] == 2


def test_edits_in_five_files_survive_four_changes_of_the_notebook(run, project):
    package = project / "src" / "model"
    edit(project / "README.md", "\n", "\nmine\n")
    edit(project / "pyproject.toml", "[project]", "# mine\n[project]")
    edit(package / "stages" / "train_model.py", "    return model", "    assert model is not None\n    return model")
    edit(package / "stages" / "evaluate_model.py", "from __future__", "# mine\nfrom __future__")
    edit(package / "stages" / "build_features.py", '    df["rooms_squared"]', '    assert len(df)\n    df["rooms_squared"]')
    # a cell edited, added, deleted and moved
    changed = SOURCE.replace("range(40)", "range(50)").replace("random_state=42)\nX_train.shape", "random_state=42)")
    changed = changed.replace(
        'print(f"MAE: {error:.3f}")', 'print(f"MAE: {error:.3f}")\n\n# %%\nworst = abs(y_test - predicted).max()\nprint(worst)'
    )
    Path("model.py").write_text(changed)
    code, out, err = run("update", "model.py", "out")
    assert (code, err) == (0, ""), out
    assert "mine" in (project / "README.md").read_text()
    assert "# mine" in (project / "pyproject.toml").read_text()
    assert "assert model is not None" in (package / "stages" / "train_model.py").read_text()
    assert "# mine" in (package / "stages" / "evaluate_model.py").read_text()
    assert "worst" in (package / "stages" / "evaluate_model.py").read_text()
    features = (package / "stages" / "build_features.py").read_text()
    assert "assert len(df)" in features
    assert "range(50)" in features
    assert "X_train.shape" not in features
    for file in package.rglob("*.py"):
        compile(file.read_text(), str(file), "exec")
    assert run("status", "model.py", "out")[1].startswith("edited:")
    assert run("update", "model.py", "out")[0] == 0
    assert "mine" in (project / "README.md").read_text(), "edits still count as edits"


def test_conflicts_are_marked_and_listed(run, project):
    stage = project / "src" / "model" / "stages" / "build_features.py"
    edit(stage, "range(40)", "range(41)")
    Path("model.py").write_text(SOURCE.replace("range(40)", "range(50)"))
    code, out, _ = run("update", "model.py", "out")
    assert code == 1
    assert out.splitlines()[0].startswith("conflict: src/model/stages/build_features.py")
    assert "<<<<<<< yours\n" in stage.read_text()
    assert ">>>>>>> the notebook\n" in stage.read_text()


def test_the_ugly_cases_are_told(run, project):
    stages = project / "src" / "model" / "stages"
    (project / "README.md").unlink()
    edit(stages / "train_model.py", "from __future__", "# mine\nfrom __future__")
    Path("model.py").write_text(
        SOURCE.replace("# # Train\n", "# # Fit the estimator\n").replace("# %%\nmodel = ", '# %% tags=["nbpipe:stage=fitting"]\nmodel = ')
    )
    code, out, _ = run("update", "model.py", "out")
    assert code == 1, out
    assert "conflict: README.md" in out
    assert not (project / "README.md").exists()
    assert "renamed: src/model/stages/train_model.py" in out
    assert not (stages / "train_model.py").exists()
    assert "# mine" in (stages / "fitting.py").read_text(), "edits go with the stage"


CHANGES = (
    ("range(40)", "range(50)"),  # a cell edited
    ("\n# %%\nX_train, X_test, y_train, y_test", "\n# %%\nprint(X.shape[1])\n\n# %%\nX_train, X_test, y_train, y_test"),  # added
    ('df["rooms_squared"] = df["rooms"] ** 2\n', ""),  # taken out here, to come back above: moved
    ("# # Prepare\n", '# # Prepare\n\n# %%\ndf["rooms_squared"] = df["rooms"] ** 2\n'),
    ("\n# %%\nimport warnings\nwarnings.simplefilter('default')\n", ""),  # deleted
)


@pytest.fixture
def with_own_plan(run):
    """A project whose plan has a stage with another name and another one's statement, and edits by hand in five files."""
    Path("model.py").write_text(SOURCE + "\n# %%\nimport warnings\nwarnings.simplefilter('default')\n")
    assert run("convert", "model.py", "-o", "out")[0] == 0
    plan = Path("out", "plan.toml").read_text()
    at = plan.index('    "c6.s1"')
    line = plan[at : plan.index("\n", at) + 1]
    plan = plan.replace(line, "").replace('    "c8.s1"', f'{line}    "c8.s1"').replace('name = "train_model"', 'name = "fit"')
    plan = plan.replace('    "c6.s2", # X_train.shape\n', "") + '\n[[left_out]]\nstatement = "c6.s2"\nreason = "nobody asks"\n'
    Path("out", "plan.toml").write_text(plan.replace('name = "test_size"', 'name = "share"'))
    code, out, err = run("update", "model.py", "out")
    assert (code, err) == (0, ""), out
    stages = Path("out", "src", "model", "stages")
    edit(Path("out", "README.md"), "\n", "\nmine\n")
    edit(Path("out", "pyproject.toml"), "[project]", "# mine\n[project]")
    edit(stages / "build_features.py", "from __future__", "# mine\nfrom __future__")
    edit(stages / "fit.py", "    return ", "    assert model is not None\n    return ")
    edit(stages / "evaluate_model.py", "    return ", "    assert error >= 0\n    return ")
    return Path("out")


def test_edits_of_plan_and_files_follow_the_notebook_and_compute_the_same(run, with_own_plan):
    text = Path("model.py").read_text()
    for old, new in CHANGES:
        assert old in text
        text = text.replace(old, new, 1)
    Path("model.py").write_text(text)
    code, out, err = run("update", "model.py", "out")
    assert (code, err) == (0, ""), out
    assert "plan: new in stage `build_features`: `c7.s1` (print(X.shape[1]))" in out
    plan = tomllib.loads((with_own_plan / "plan.toml").read_text())
    assert [stage["name"] for stage in plan["stage"]] == ["build_features", "fit", "evaluate_model"]
    assert plan["stage"][1]["statements"][0] == "c8.s1", "the split is still in the stage that it was moved to"
    assert [item["reason"] for item in plan["left_out"]] == ["nobody asks"]
    assert [parameter["name"] for parameter in plan["parameter"]] == ["share", "random_state"]
    stages = with_own_plan / "src" / "model" / "stages"
    assert "mine" in (with_own_plan / "README.md").read_text()
    assert "# mine" in (with_own_plan / "pyproject.toml").read_text()
    assert "# mine" in (stages / "build_features.py").read_text()
    assert "assert model is not None" in (stages / "fit.py").read_text()
    assert "assert error >= 0" in (stages / "evaluate_model.py").read_text()
    code, out, err = run("verify", "model.py", "out")
    assert (code, err) == (0, ""), out


def test_a_plan_for_the_version_before_can_be_given(run, project):
    Path("mine.toml").write_text((project / "plan.toml").read_text().replace('name = "train_model"', 'name = "fit"'))
    Path("model.py").write_text(SOURCE.replace("range(40)", "range(50)"))
    assert run("update", "model.py", "out", "--plan", "mine.toml")[0] == 0
    assert (project / "src" / "model" / "stages" / "fit.py").exists()
    Path("mine.toml").write_text(Path("mine.toml").read_text().replace('digest = "', 'digest = "0'))
    code, _, err = run("update", "model.py", "out", "--plan", "mine.toml")
    assert code == 2
    assert "another version of model.py" in err


def test_a_statement_that_is_left_out_and_placed_is_refused(run, project):
    (project / "plan.toml").write_text((project / "plan.toml").read_text() + '\n[[left_out]]\nstatement = "c8.s1"\nreason = "no"\n')
    code, _, err = run("update", "model.py", "out")
    assert (code, "`c8.s1` is left out, and has another place" in err) == (2, True), err
    Path("model.py").write_text(SOURCE.replace("range(40)", "range(50)"))
    assert run("update", "model.py", "out")[0] == 2


def test_stages_that_were_renamed_or_merged_are_told(run, project):
    stages = project / "src" / "model" / "stages"
    edit(stages / "train_model.py", "from __future__", "# mine\nfrom __future__")
    edit(project / "plan.toml", 'name = "train_model"', 'name = "fit"')
    code, out, _ = run("update", "model.py", "out")
    assert (code, "renamed: src/model/stages/train_model.py" in out) == (0, True), out
    assert "# mine" in (stages / "fit.py").read_text()
    plan = tomllib.loads((project / "plan.toml").read_text())
    assert plan["stage"][1]["name"] == "fit"
    lines = [line for line in (project / "plan.toml").read_text().splitlines(keepends=True) if '"c8.s' in line]
    text = (project / "plan.toml").read_text()
    text = text[: text.index('[[stage]]\nname = "fit"')] + text[text.index('[[stage]]\nname = "evaluate_model"') :]
    (project / "plan.toml").write_text(text.replace('    "c10.s1"', "".join(lines) + '    "c10.s1"'))
    code, out, _ = run("update", "model.py", "out")
    assert code == 1, out
    assert "left over: src/model/stages/fit.py (the notebook no longer leads to this file: move your edits, and delete it)" in out


texts = st.none() | st.lists(st.sampled_from("abc"), max_size=4).map(lambda letters: "".join(f"{letter}\n" for letter in letters))


@given(texts, texts, texts)
def test_a_merge_never_loses_a_side(base, current, new):
    given_texts = [{} if text is None else {"f": text} for text in (base, current, new)]
    merged = merge(*given_texts)
    text, fate = merged.files.get("f"), merged.fates.get("f")
    if base == current:
        assert text == new
    elif base is None and new is None:
        assert not merged.files, "it is somebody's own: not touched"
    elif base == new or current == new:
        assert text == current
    elif current is not None and new is not None and fate is Fate.CONFLICT:
        assert "<<<<<<< yours\n" in text
    if base == current == new:
        assert fate is None
