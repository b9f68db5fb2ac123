"""A converted notebook is verified for real, and verification notices when the pipeline does something else."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import jupytext
import nbformat
import pytest

from nbpipe import api
from nbpipe.errors import VerifyError
from nbpipe.model.verification import Check, Level, Status, Verification
from nbpipe.verify.options import VerifyOptions

NOTEBOOK = """
# %% [markdown]
# # Orders
# %%
import csv
import random
import statistics

import matplotlib.pyplot as plt
# %% [markdown]
# ## Load the data
# %%
with open("orders.csv") as file:
    rows = [float(row[0]) for row in csv.reader(file)]
print(len(rows), "rows")
# %% [markdown]
# ## Clean the data
# %%
limit = 0.9
kept = [row for row in rows if row < limit]
kept.append(0.1)
# %% [markdown]
# ## Features
# %%
scale = 3
scaled = [row * scale for row in kept]
scaled[:3]
# %%
plt.plot(scaled)
plt.title("Scaled")
# %% [markdown]
# ## Train the model
# %%
model = {"mean": statistics.mean(scaled), "noise": random.random()}
model
# %%
print("address", id(object()))
# %%
with open("result.txt", "w") as file:
    file.write(str(model["mean"]))
"""

AFTER_FAILURE = """
# %%
from pathlib import Path

print("begins")
# %%
unused = int("one")

# %%
Path("made.txt").write_text("1")
"""
FAILING = """
# %%
numbers = [1, 2]
print(sum(numbers))
# %%
raise ValueError("enough")
# %%
total = sum(numbers) + 1
print(total)
"""

OPTIONS = VerifyOptions(change_parameters=False)
Change = Callable[[str], str]


def quiet(message: str) -> None:
    """Progress that nobody sees."""


def write_notebook(folder: Path, text: str) -> Path:
    """Write a notebook as `.ipynb`, with one saved output, which is stale."""
    notebook = jupytext.reads(text.lstrip(), fmt="py:percent")
    first = next(cell for cell in notebook.cells if "print" in cell.source)
    first.outputs = [nbformat.v4.new_output("stream", name="stdout", text="3 rows\n")]
    path = folder / "orders.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a notebook, its data and its project, and a cache of our own."""
    folder = tmp_path_factory.mktemp("home") / "work"
    folder.mkdir()
    (folder / "orders.csv").write_text("0.25\n0.5\n0.95\n0.75\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder.parent / "cache"))
        api.convert(write_notebook(folder, NOTEBOOK), folder / "out")
        yield folder


@pytest.fixture(scope="module")
def verified(home: Path) -> Verification:
    before = snapshot(home)
    verification = api.verify(home / "orders.ipynb", home / "out", VerifyOptions(), quiet)
    assert snapshot(home) == before
    return verification


def snapshot(home: Path) -> Mapping[str, bytes]:
    """All files of the notebook's folder."""
    return {str(file): file.read_bytes() for file in home.rglob("*") if file.is_file()}


def changed(home: Path, changes: Mapping[str, str]) -> Path:
    """A copy of the project with pieces of its stages' code replaced."""
    project = home / "changed"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(home / "out", project)
    for old, new in changes.items():
        (file,) = (file for file in project.rglob("stages/*.py") if old in file.read_text())
        file.write_text(file.read_text().replace(old, new))
    return project


def checks(verification: Verification) -> dict[tuple[str, str], Check]:
    return {(check.level.value, check.subject): check for check in verification.checks}


def bad(verification: Verification) -> set[tuple[str, str]]:
    return {(check.level.value, check.subject) for check in verification.checks if check.status in (Status.DIFFERENT, Status.MISSING)}


def test_a_faithful_pipeline_passes(verified: Verification) -> None:
    assert verified.passed
    found = {key: check.status for key, check in checks(verified).items()}
    assert found["value", "rows"] is found["value", "scaled"] is Status.SAME
    assert found["output", "cell 4"] is found["output", "cell 8"] is Status.SAME
    assert found["output", "cell 9"] is Status.LEFT_OUT
    assert found["output", "cell 12"] is Status.NOISY
    assert found["file", "result.txt"] is Status.SAME
    assert found["parameter", "limit"] is Status.SAME
    assert verified.count(Status.SAME, Level.RUN) == sum(check.level is Level.RUN for check in verified.checks) > 1


def test_what_it_says_besides(verified: Verification) -> None:
    assert [str(finding) for finding in verified.findings] == [
        "NB902 cell 4, line 1: the saved outputs are stale: executed afresh, the notebook shows something else in cells 4, 8, 9, 11, 12 "
        "(execute the notebook from top to bottom and save it)"
    ]
    ports = {port.port: (port.type, port.problem) for port in verified.observations.ports}
    assert ports["rows"] == ("builtins.list", "")
    assert {cell.cell for cell in verified.observations.cells} == {1, 3, 5, 7, 8, 10, 11, 12}
    assert set(verified.timings) >= {"notebook", "notebook again", "pipeline", "stages alone", "comparing", "total"}


def test_a_kept_baseline_needs_no_kernel(home: Path, verified: Verification, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*arguments: object) -> None:
        raise AssertionError("the notebook must not be executed again")

    monkeypatch.setattr("nbpipe.verify.runs.run_notebook", forbidden)
    again = api.verify(home / "orders.ipynb", home / "out", VerifyOptions(), quiet)
    assert [(check.subject, check.status) for check in again.checks] == [(check.subject, check.status) for check in verified.checks]


def test_changed_code_is_noticed_at_each_level(home: Path, verified: Verification, tmp_path: Path) -> None:
    project = changed(
        home,
        {
            "kept.append(0.1)": "pass",
            'print(len(rows), "rows")': 'print(len(rows), "lines")',
            'plt.title("Scaled")': 'plt.title("scaled")',
            'file.write(str(model["mean"]))': 'file.write("1.5")',
        },
    )
    options = VerifyOptions(change_parameters=False, report_folder=str(tmp_path / "report"))
    found = api.verify(home / "orders.ipynb", project, options, quiet)
    assert not found.passed
    told = checks(found)
    cells = (("output", f"cell {number}") for number in (4, 9, 11))
    assert bad(found) == {("value", "scaled"), ("value", "model"), *cells, ("file", "result.txt")}
    assert told["value", "scaled"].detail == "4 items != 3 items"
    assert told["output", "cell 4"].detail == "stdout: line 1: '4 rows' != '4 lines'"
    assert told["file", "result.txt"].detail.endswith(" != '1.5'")
    pictures = [Path(picture).name for picture in told["output", "cell 9"].pictures]
    assert pictures == ["cell-9-expected.png", "cell-9-found.png", "cell-9-difference.png"]
    assert all((tmp_path / "report" / picture).is_file() for picture in pictures)


def test_a_parameter_that_is_not_wired_is_noticed(home: Path, verified: Verification) -> None:
    project = changed(home, {"if row < limit": "if row < 0.9"})
    found = api.verify(home / "orders.ipynb", project, VerifyOptions(), quiet)
    assert bad(found) == {("parameter", "limit")}
    assert "0.9 → 0.99" in checks(found)["parameter", "limit"].detail


def test_a_stage_that_fails_is_named(home: Path, verified: Verification) -> None:
    project = changed(home, {"kept.append(0.1)": "kept.no_such_method()"})
    found = api.verify(home / "orders.ipynb", project, OPTIONS, quiet)
    said = [finding for finding in found.findings if finding.rule == "NB904"]
    assert said
    assert all(finding.span and finding.span.cell == 5 and "no_such_method" in finding.message for finding in said[:2])
    told = checks(found)
    assert told["value", "rows"].status is Status.SAME
    assert told["value", "scaled"].status is told["value", "model"].status is Status.MISSING
    assert told["run", "load_data"].status is Status.SAME
    assert told["run", "clean_data"].status is Status.MISSING
    assert "no_such_method" in told["run", "clean_data"].detail
    assert told["output", "cell 11"].status is Status.MISSING


def test_a_stage_that_needs_more_than_its_ports_is_noticed(home: Path, verified: Verification) -> None:
    hidden = {"kept.append(0.1)": "kept.append(0.1)\n    import os\n    os.environ['HIDDEN'] = '1'"}
    used = {"model = {": "import os\n    assert os.environ['HIDDEN']\n    model = {"}
    found = api.verify(home / "orders.ipynb", changed(home, hidden | used), OPTIONS, quiet)
    assert ("run", "train_model") in bad(found)
    assert "HIDDEN" in checks(found)["run", "train_model"].detail


def test_a_notebook_that_fails_is_compared_up_to_there(tmp_path: Path, home: Path) -> None:
    path = write_notebook(tmp_path, FAILING)
    api.convert(path, tmp_path / "out")
    found = api.verify(path, tmp_path / "out", VerifyOptions(cache=False), quiet)
    (failure,) = (finding for finding in found.findings if finding.rule == "NB901")
    assert str(failure).startswith("NB901 cell 2, line 1: the notebook stops here: ValueError: enough;")
    told = checks(found)
    assert told["output", "cell 1"].status is Status.SAME
    assert all(check.status is Status.SKIPPED for check in found.checks if check.cell is not None and check.cell >= 1)
    assert [(cell.cell, cell.failure, cell.statement) for cell in found.observations.cells if cell.failure] == [
        (1, "ValueError: enough", "c2.s1")
    ]
    assert found.passed


def test_files_written_after_a_failure_that_is_no_part_of_the_pipeline(tmp_path: Path) -> None:
    path = write_notebook(tmp_path, AFTER_FAILURE)
    api.convert(path, tmp_path / "out")
    found = api.verify(path, tmp_path / "out", VerifyOptions(cache=False), quiet)
    assert checks(found)["file", "made.txt"].status is Status.SKIPPED
    assert found.passed


def test_what_is_no_project(tmp_path: Path, home: Path) -> None:
    with pytest.raises(VerifyError, match="is no project that nbpipe made"):
        api.verify(home / "orders.ipynb", tmp_path, OPTIONS, quiet)


def test_no_such_python(home: Path) -> None:
    with pytest.raises(VerifyError, match="There is no Python at /nowhere/python"):
        api.verify(home / "orders.ipynb", home / "out", VerifyOptions(python="/nowhere/python"), quiet)


def test_no_such_kernel(home: Path) -> None:
    with pytest.raises(VerifyError, match="There is no kernel named 'fortran'"):
        api.verify(home / "orders.ipynb", home / "out", VerifyOptions(kernel="fortran"), quiet)


def test_a_notebook_that_has_changed_since(home: Path, tmp_path: Path) -> None:
    path = write_notebook(tmp_path, NOTEBOOK.replace("limit = 0.9", "limit = 0.8"))
    with pytest.raises(VerifyError, match="has changed since"):
        api.verify(path, home / "out", OPTIONS, quiet)
