"""The benchmark over many notebooks: its table, going on after an interruption, and what it says of changes."""

import csv
from pathlib import Path

import nbformat
import pytest

from tests.benchmarks import corpus


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two notebooks, of which one is cut short."""
    folder = tmp_path_factory.mktemp("notebooks")
    cells = [nbformat.v4.new_code_cell(source) for source in ("numbers = [3, 1, 2]\nnumbers.sort()", "print(sum(numbers))")]
    text = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    (folder / "fine.ipynb").write_text(text)
    (folder / "broken.ipynb").write_text(text[:-40])
    return folder


@pytest.fixture(scope="module")
def out(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    corpus.main([str(folder), "-o", str(out)])
    return out


def table(out: Path) -> dict[str, dict[str, str]]:
    with (out / "table.csv").open(newline="") as stream:
        return {row["notebook"]: row for row in csv.DictReader(stream)}


def test_a_row_for_each_notebook(out: Path) -> None:
    rows = table(out)
    assert rows["broken.ipynb"]["converted"] == "no"
    assert "broken.ipynb" in rows["broken.ipynb"]["failure"]
    fine = rows["fine.ipynb"]
    assert [fine[column] for column in ("converted", "runs", "equal", "verified")] == ["yes"] * 4
    assert fine["output"] == "1 same"
    assert fine["failure"] == ""
    assert float(fine["verify s"]) > float(fine["analyze s"]) > 0
    assert "| converted | 1 of 2 (50%) |" in (out / "table.md").read_text()


def test_only_what_is_not_done_is_done(folder: Path, out: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in (out / "results").iterdir()}
    broken = next(file for file in before if file.name.startswith("broken"))
    broken.unlink()
    corpus.main([str(folder), "-o", str(out)])
    assert {file for file in before if file.stat().st_mtime_ns != before[file]} == {broken}


def test_changes_are_told(folder: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "old.csv"
    old.write_text((out / "table.csv").read_text().replace(",yes,yes,yes,yes,", ",yes,yes,yes,no,"))
    corpus.main([str(folder), "-o", str(out), "--compare", str(old)])
    told = capsys.readouterr().out
    assert "| verified at all levels | 0 of 2 (0%) | 1 of 2 (50%) |" in told
    assert "| fine.ipynb | verified | no | yes |" in told
    assert told.count("fine.ipynb") == 1


def test_manifest_names_the_python(folder: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(f"path,python,end_to_end\n{folder / 'fine.ipynb'},/usr/bin/other,1\n")
    task = corpus.find_tasks(manifest)[0]
    assert (task.path, task.python, task.end_to_end) == (folder / "fine.ipynb", "/usr/bin/other", True)
