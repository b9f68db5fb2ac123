"""`nbpipe check`: what is told, how, and when it ends with 1."""

import json
from pathlib import Path

import jsonschema
import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nbpipe.notebook.positions import source_lines
from nbpipe.report.sarif import SCHEMA

ROOT = Path(__file__).parent.parent
SARIF = json.loads((ROOT / "tests" / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
CELLS = ["def f(x=[]):\n    return x\nprint(f())", "print('as it should be')\nkey = open('/home/ann/key')\nprint(key)"]


pytestmark = pytest.mark.usefixtures("empty_folder")


def write_notebook(path, cells, **more):
    made = [new_markdown_cell("# Title\n\nText"), *(new_code_cell(source, **more) for source in cells)]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=made), path)


def test_text_tells_each_finding_with_its_place_and_ends_with_1(run):
    write_notebook(Path("a b.ipynb"), CELLS)
    code, out, err = run("check", "a b.ipynb", "--select", "NB2")
    assert code == 1
    first, second, last = out.splitlines()
    assert first.startswith("a b.ipynb: cell 2, line 1: NB232 all calls share the default of `x`")
    assert second.startswith("a b.ipynb: cell 3, line 2: NB208 `/home/ann/key` is a path of one computer")
    assert last == "2 warnings in 1 notebook"
    assert not err


def test_notes_alone_are_fine(run):
    write_notebook(Path("a.ipynb"), ["x = 1\nprint(2)"])
    code, out, _ = run("check", "a.ipynb")
    assert code == 0
    assert "NB204" in out
    write_notebook(Path("b.ipynb"), ["print(2)"])
    assert run("check", "b.ipynb")[:2] == (0, "nothing found in 1 notebook\n")


def test_select_and_ignore(run):
    write_notebook(Path("a.ipynb"), CELLS)
    assert "NB208" not in run("check", "a.ipynb", "--select", "NB232")[1]
    assert "NB232" not in run("check", "a.ipynb", "--ignore", "NB232,NB204")[1]
    assert run("check", "a.ipynb", "--ignore", "NB2")[0] == 0
    assert run("check", "a.ipynb", "--select", "E501")[0] == 2


def test_a_folder_and_a_broken_notebook(run):
    write_notebook(Path("n/good.ipynb"), ["print(1)"])
    write_notebook(Path("n/bad.ipynb"), CELLS)
    Path("n/broken.ipynb").write_text("{")
    code, out, err = run("check", "n", "--jobs", "2")
    assert code == 2
    assert "n/bad.ipynb: cell 2, line 1: NB232" in out
    assert "in 2 notebooks" in out
    assert "broken.ipynb" in err
    code, out, _ = run("check", "n", "--format", "json")
    documents = json.loads(out)["documents"]
    assert [document["kind"] for document in documents] == ["review", "error", "review"]
    assert [document.get("passed") for document in documents] == [False, None, True]


def test_the_baseline_hides_what_is_known_even_when_it_moved(run):
    write_notebook(Path("a.ipynb"), CELLS)
    assert run("check", "a.ipynb", "--write-baseline", "known.json")[:2] == (0, "")
    assert run("check", "a.ipynb", "--baseline", "known.json")[0] == 0
    write_notebook(Path("a.ipynb"), ["print(0)", "import os\nprint(os)\n" + CELLS[0], CELLS[1], "def g(y={}):\n    return y\nprint(g())"])
    code, out, _ = run("check", "a.ipynb", "--baseline", "known.json")
    assert code == 1
    assert [line.split(": ")[2] for line in out.splitlines()[:-1]] == [
        "NB232 all calls share the default of `y` (use None as the default, and make the object in the function)"
    ]
    Path("known.json").write_text("[]")
    code, _, err = run("check", "a.ipynb", "--baseline", "known.json")
    assert code == 2
    assert "--write-baseline" in err


def test_sarif_is_valid_and_points_at_the_lines_of_the_file(run):
    write_notebook(Path("a b.ipynb"), CELLS, outputs=[new_output("stream", text='"def f(x=[]):\\n",\n')])
    Path("c.py").write_text("# %%\ndef f(x=[]):\n    return x\nprint(f())\n")
    code, out, _ = run("check", "a b.ipynb", "c.py", "--format", "sarif")
    assert code == 1
    log = json.loads(out)
    jsonschema.validate(log, SARIF)
    assert log["$schema"] == SCHEMA
    results = log["runs"][0]["results"]
    lines = Path("a b.ipynb").read_text(encoding="utf-8").splitlines()
    places = {result["ruleId"]: result["locations"][0]["physicalLocation"] for result in results if "a%20b" in str(result)}
    assert "def f(x=[])" in lines[places["NB232"]["region"]["startLine"] - 1]
    assert "source" in lines[places["NB232"]["region"]["startLine"] - 2]
    assert "/home/ann/key" in lines[places["NB208"]["region"]["startLine"] - 1]
    assert {result["ruleId"] for result in results} <= {rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]}


def test_an_empty_log_is_valid_too(run):
    write_notebook(Path("a.ipynb"), ["print(1)"])
    jsonschema.validate(json.loads(run("check", "a.ipynb", "--format", "sarif")[1]), SARIF)


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_source_lines_of_every_way_to_write_json(indent):
    document = {
        "cells": [{"source": ["a\n", "b"], "outputs": [{"x": []}]}, {"outputs": [], "source": "c\nd"}, {"source": []}],
        "metadata": {},
    }
    text = json.dumps(document, indent=indent)
    found = source_lines(text)
    assert [len(lines) for lines in found] == [2, 2, 0]
    rows = text.splitlines()
    for lines, texts in zip(found, [["a", "b"], ["c", "d"]], strict=False):
        for line, wanted in zip(lines, texts, strict=True):
            assert wanted in rows[line - 1]
    assert source_lines('{"worksheets": []}') == []


def test_rules_are_explained(run):
    code, out, _ = run("rule", "NB232")
    assert code == 0
    assert "mutable-default" in out
    assert "def collect" in out
    assert run("rule")[1].count("\n") > 5
    assert run("rule", "NB999")[0] == 2


def test_the_pre_commit_hook_calls_what_is_there(run):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    command = hook["entry"].split()
    assert command[0] == "nbpipe"
    write_notebook(Path("a.ipynb"), CELLS)
    assert run(*command[1:], "a.ipynb")[0] == 1
