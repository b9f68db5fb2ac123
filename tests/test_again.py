"""An analysis that goes on where an earlier one found nothing new gives the same as one from the start."""

import json
import random
from pathlib import Path

import pytest

from nbpipe.analysis import analyze as module
from nbpipe.analysis.again import Beginnings
from nbpipe.analysis.analyze import analyze
from nbpipe.notebook.read import notebook_from_text, read_notebook

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
SOURCES = (
    "typed = 1",
    "typed = typed",
    "import numpy as np",
    "def typed(x):\n    return x",
    "print(1)",
    "del typed",
    "1 +",
    "!pip install typed",
)


@pytest.fixture(autouse=True)
def beginnings(monkeypatch):
    """Nothing was analysed before."""
    monkeypatch.setattr(module, "_BEGINNINGS", Beginnings())


def typed(notebook, text, cell):
    """The notebook with something at the end of one cell, as the reader gives it."""
    cells = [
        {
            "cell_type": c.kind,
            "id": c.id,
            "metadata": {"tags": list(c.tags)},
            "source": f"{c.source}\n{text}" if c.index == cell else c.source,
        }
        for c in notebook.cells
    ]
    return notebook_from_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), notebook.path, "ipynb")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_the_same_as_from_the_start(path, monkeypatch):
    notebook, choice = read_notebook(path), random.Random(path.stem)
    cells = [cell.index for cell in notebook.code_cells]
    versions = []
    for cell in choice.sample(cells, min(4, len(cells))):
        versions += [typed(notebook, text, cell) for text in choice.sample(SOURCES, 3)]
    again = [analyze(version) for version in versions]
    for version, found in zip(versions, again, strict=True):
        monkeypatch.setattr(module, "_BEGINNINGS", Beginnings())
        assert found == analyze(version)


def test_what_stands_above_is_not_analysed_again(monkeypatch):
    notebook, analysed = read_notebook(NOTEBOOKS[0]), []
    last = notebook.code_cells[-1].index
    original = module._analyzed
    monkeypatch.setattr(module, "_analyzed", lambda parsed, *more: analysed.append(parsed.statement.cell) or original(parsed, *more))
    for text in ("typed = 1", "typed = 12", "typed = 123"):
        analysed.clear()
        analyze(typed(notebook, text, last))
    assert set(analysed) == {last}
