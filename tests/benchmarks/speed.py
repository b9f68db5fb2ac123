"""The speed of analysis, beside what merely parsing the same code takes; in processor time, as other programs do not disturb it.

NBPIPE_NOTEBOOKS=folder pytest tests/benchmarks/speed.py

The folder is `notebooks/` where none is named. In each group, the figures in parentheses are the ratios to the quickest.
"""

import ast
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import ModuleType

import libcst as cst
import msgspec
import pytest
from libcst.metadata import MetadataWrapper, ScopeProvider
from pytest_benchmark.fixture import BenchmarkFixture

from nbpipe import disk
from nbpipe.analysis.analyze import analyze
from nbpipe.errors import NotebookError
from nbpipe.model.notebook import Notebook
from nbpipe.notebook.read import notebook_from_text, read_notebook
from nbpipe.notebook.source import parse
from nbpipe.planning.phases import label
from nbpipe.planning.planner import make_plan
from nbpipe.server import answers
from nbpipe.server.documents import PlanRequest
from tests.benchmarks.growth import SIZES, notebook

FOLDER = Path(os.environ.get("NBPIPE_NOTEBOOKS") or Path(__file__).parents[2] / "notebooks")


def _group(name: str) -> pytest.MarkDecorator:
    return pytest.mark.benchmark(group=name, timer=time.process_time, max_time=2, disable_gc=True)


@pytest.fixture(scope="module")
def notebooks() -> list[Notebook]:
    found = list(_readable())
    cells = [cell for notebook in found for cell in notebook.code_cells]
    lines = sum(len(cell.python.splitlines()) for cell in cells)
    print(f"\n{len(found)} notebooks, {len(cells)} code cells, {lines} lines")
    return found


def _readable() -> Iterator[Notebook]:
    for path in disk.notebooks_in([FOLDER]):
        try:
            yield read_notebook(path)
        except NotebookError as error:
            print(error)


def _source(notebook: Notebook) -> str:
    return "\n".join(cell.python for cell in notebook.code_cells) + "\n"


def _synthetic(cells: int) -> Notebook:
    return notebook_from_text(notebook(cells), "synthetic.ipynb", "ipynb")


def _forget_everything() -> None:
    """Empty all caches of nbpipe, as if its process had just begun."""
    for name, module in list(sys.modules.items()):
        if name.startswith("nbpipe."):
            _forget(module)


def _forget_parsing() -> None:
    """Forget the statements of all notebooks, and with them what earlier analyses found."""
    _forget(sys.modules[parse.__module__])


def _forget(module: ModuleType) -> None:
    for value in vars(module).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


@_group("all notebooks")
def test_parse(benchmark: BenchmarkFixture, notebooks: list[Notebook]) -> None:
    sources = [_source(one) for one in notebooks]
    benchmark(lambda: [compile(source, "", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT) for source in sources])


@_group("all notebooks")
def test_scope_provider(benchmark: BenchmarkFixture, notebooks: list[Notebook]) -> None:
    sources = [_source(one) for one in notebooks]
    benchmark(lambda: [MetadataWrapper(cst.parse_module(source)).resolve(ScopeProvider) for source in sources])


@_group("all notebooks")
def test_analyze_in_a_new_process(benchmark: BenchmarkFixture, notebooks: list[Notebook]) -> None:
    benchmark.pedantic(lambda: [analyze(one) for one in notebooks], setup=_forget_everything, rounds=5)


@_group("all notebooks")
def test_analyze(benchmark: BenchmarkFixture, notebooks: list[Notebook]) -> None:
    benchmark.pedantic(lambda: [analyze(one) for one in notebooks], setup=_forget_parsing, rounds=5, warmup_rounds=1)


@_group("all notebooks")
def test_analyze_again(benchmark: BenchmarkFixture, notebooks: list[Notebook]) -> None:
    benchmark.pedantic(lambda: [analyze(one) for one in notebooks], rounds=5, warmup_rounds=1)


@_group("one cell of 120 edited")
def test_parse_all_cells(benchmark: BenchmarkFixture) -> None:
    source = _source(_synthetic(120))
    benchmark(lambda: compile(source, "", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))


@_group("one cell of 120 edited")
@pytest.mark.parametrize("cell", [0, 62, 119])
def test_answer_to_a_keystroke(benchmark: BenchmarkFixture, cell: int) -> None:
    """What the server does for the panel in JupyterLab: from the request's bytes to those of the answer."""
    content, numbers = json.loads(notebook(120)), count()

    def typed() -> tuple[tuple[bytes], dict[str, object]]:
        changed = json.loads(json.dumps(content))
        changed["cells"][cell]["source"] += f"\nedit = {next(numbers)}"
        return (msgspec.json.encode({"path": "synthetic.ipynb", "notebook": changed}),), {}

    def answer(body: bytes) -> None:
        msgspec.json.encode(answers.proposal(msgspec.json.decode(body, type=PlanRequest), Path("synthetic.ipynb")))

    benchmark.pedantic(answer, setup=typed, rounds=20, warmup_rounds=2)


@_group("one cell of 120 edited")
@pytest.mark.parametrize("what", ["analyze", "analyze and plan"])
def test_edited_cell(benchmark: BenchmarkFixture, what: str) -> None:
    whole, numbers = _synthetic(120), count()

    def edited() -> tuple[tuple[Notebook], dict[str, object]]:
        cells = list(whole.cells)
        source = f"{cells[62].source}\nedit = {next(numbers)}"
        cells[62] = replace(cells[62], source=source, python=source)
        return (replace(whole, cells=tuple(cells)),), {}

    def work(changed: Notebook) -> None:
        graph = analyze(changed)
        if what != "analyze":
            make_plan(changed, label(graph))

    benchmark.pedantic(work, setup=edited, rounds=10, warmup_rounds=1)


@_group("growth")
@pytest.mark.parametrize("cells", SIZES)
def test_growth(benchmark: BenchmarkFixture, cells: int) -> None:
    whole = _synthetic(cells)
    benchmark.extra_info["statements"] = len(analyze(whole).statements)
    benchmark.pedantic(analyze, (whole,), setup=_forget_parsing, rounds=3)
