"""`nbpipe review`: what is new in notebooks since a revision of git."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SOURCE = (Path(__file__).parent / "cases" / "train_and_evaluate.py").read_text(encoding="utf-8").partition("\n# output\n")[0]


def write(path, *more, source=SOURCE):
    cells = [
        new_markdown_cell(cell.replace("# #", "#").strip()) if "[markdown]" in head else new_code_cell(cell.strip())
        for head, cell in split(source)
    ]
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=[*cells, *(new_code_cell(text) for text in more)]), path)


def split(source):
    for part in source.split("# %%")[1:]:
        head, _, cell = part.partition("\n")
        yield head, cell


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "a")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "a@example.org")
    write("a b/model.ipynb")
    write("same.ipynb")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", *words], check=True)
    return tmp_path


def test_nothing_changed(repository, run):
    assert run("review", "--base", "main")[:2] == (0, "## nbpipe: 0 changed notebooks\n")


def test_what_is_new_and_what_is_gone(repository, run):
    write("a b/model.ipynb", "key = open('/home/ann/key.txt').read()\nkey", source=SOURCE.replace("test_size=0.25", "test_size=0.5"))
    code, out, _ = run("review", "--base", "main")
    assert code == 1
    assert "### `a b/model.ipynb`" in out
    assert re.search(r"- parameters: new .*`test_size = 0.5`.*; gone `test_size = 0.25`", out)
    assert "- files: new `/home/ann/key.txt`" in out
    assert "- outputs: new in cell 11" in out
    assert "new finding NB208 (warning, cell 11, line 1)" in out
    assert "same.ipynb" not in out
    code, out, _ = run("review", "a b/model.ipynb", "--base", "main", "--format", "json")
    (document,) = json.loads(out)["documents"]
    assert (document["kind"], document["before"], document["outputs"]) == ("changes", True, [11])


def test_moved_cells_bring_no_new_findings(repository, run):
    bad = "def f(x=[]):\n    return x\nprint(f())"
    write("a b/model.ipynb", bad)
    subprocess.run(["git", "commit", "-q", "-a", "-m", "second"], check=True)
    write("a b/model.ipynb", "print(1)", bad)
    code, out, _ = run("review", "--base", "main")
    assert (code, "finding" in out) == (0, False)
    write("a b/model.ipynb")
    assert "- gone finding NB232 (warning)" in run("review", "--base", "main")[1]


def test_new_notebooks(repository, run):
    write("new.ipynb")
    code, out, _ = run("review", "--base", "main")
    assert code == 0 or "finding" in out
    assert "- the notebook is new since `main`" in out
    assert "train_model" in out


def test_an_unknown_revision_or_no_repository(repository, run, tmp_path_factory, monkeypatch):
    code, _, err = run("review", "same.ipynb", "--base", "nowhere")
    assert code == 2
    assert "nowhere" in err or "revision" in err
    assert run("review", "same.ipynb", "--base=--output=x")[0] == 2
    assert not Path("x").exists()
    monkeypatch.chdir(tmp_path_factory.mktemp("outside"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(Path.cwd().parent))
    assert run("review", "--base", "main")[0] == 2


def test_the_action_writes_the_summary_and_ends_as_the_review_does(repository, tmp_path_factory):
    action = yaml.safe_load((Path(__file__).parent.parent / "action.yml").read_text(encoding="utf-8"))
    install, review = action["runs"]["steps"]
    assert "${{" not in install["run"] + review["run"], "what comes from outside goes through the environment, not into the script"
    bin_folder = tmp_path_factory.mktemp("bin")
    (bin_folder / "nbpipe").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m nbpipe "$@"\n')
    (bin_folder / "nbpipe").chmod(0o755)
    summary = bin_folder / "summary.md"
    environment = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "BASE": "main", "GITHUB_STEP_SUMMARY": str(summary)}
    write("a b/model.ipynb", "open('/home/ann/key.txt').read()")
    answer = subprocess.run(["bash", "-e", "-c", review["run"]], env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 1, answer.stderr
    assert "new finding NB208" in summary.read_text()
