"""Updating a project after its notebook has changed: edits by hand survive."""

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
    assert "left over: src/model/stages/train_model.py" in out
    assert "# mine" in (stages / "train_model.py").read_text()
    assert not (project / "README.md").exists()
    assert (stages / "fitting.py").exists()


def test_an_edited_plan_belongs_to_one_version(run, project):
    edit(project / "plan.toml", 'name = "train_model"', 'name = "fit"')
    code, out, err = run("update", "model.py", "out")
    assert (code, err) == (0, ""), out
    assert (project / "src" / "model" / "stages" / "fit.py").exists()
    edit(project / "plan.toml", 'name = "fit"', 'name = "learn"')
    Path("model.py").write_text(SOURCE.replace("range(40)", "range(50)"))
    code, _, err = run("update", "model.py", "out")
    assert code == 2
    assert "--plan" in err


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
