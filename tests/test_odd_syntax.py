"""The odder syntax of Python, in any mixture: it converts, and where it runs, the stages show what the notebook does."""

import ast
import json
import os
import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nbpipe.analysis.analyze import analyze
from nbpipe.model.flow import FlowGraph
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import Plan
from nbpipe.notebook.read import notebook_from_text
from nbpipe.planning.check import problems
from nbpipe.planning.phases import label
from nbpipe.planning.planner import make_plan
from nbpipe.render.code import render_code
from nbpipe.render.sources import Sources
from tests.damage import LINES
from tests.execution import run_notebook, run_stages
from tests.odd_syntax import PREAMBLE, SETUP, SNIPPETS
from tests.test_cases import as_text

EXAMPLES = int(os.environ.get("NBPIPE_EXAMPLES", "40"))
QUICKLY = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
pytestmark = [
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def converted(cells: Sequence[str]) -> tuple[Notebook, FlowGraph, Plan, Sources]:
    """Convert cells, and check what every conversion promises."""
    data = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    notebook = notebook_from_text(json.dumps({"cells": data, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "case.ipynb", "ipynb")
    graph = label(analyze(notebook))
    plan = make_plan(notebook, graph)
    assert not problems(plan, graph)
    sources = render_code(plan, graph, notebook)
    for name, text in sources.modules.items():
        compile(text, name, "exec", dont_inherit=True)
    return notebook, graph, plan, sources


def same(cells: Sequence[str]) -> None:
    """Check that the stages show what the notebook shows."""
    notebook, graph, plan, sources = converted(cells)
    shown = run_notebook(notebook, graph, plan).shown
    found = run_stages(plan, sources, graph).shown
    assert _plain(found) == _plain(shown), "\n".join([as_text(plan), *sources.modules.values()])


def _plain(shown: dict[int, list[str]]) -> dict[int, list[str]]:
    """What was shown, but for what has an address, and for the names of the functions that classes are in."""
    plain = {cell: [re.sub(r"\w+\.<locals>\.", "", text) for text in texts if " at 0x" not in text] for cell, texts in shown.items()}
    return {cell: texts for cell, texts in plain.items() if texts}


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: ascii(snippet[:30]))
def test_a_snippet(snippet: str) -> None:
    same([PREAMBLE, SETUP, snippet, "print(n, items, text)"])


@QUICKLY
@given(st.lists(st.sampled_from(SNIPPETS), min_size=2, max_size=5))
def test_snippets_together(snippets: list[str]) -> None:
    same([PREAMBLE, SETUP, *snippets, "print(n, items, text)"])


@QUICKLY
@given(st.lists(st.sampled_from((*SNIPPETS, *LINES)), min_size=1, max_size=8), st.sampled_from(("\n", "\r\n", "\r")))
def test_any_syntax_converts(pieces: list[str], end: str) -> None:
    cells = [end.join(piece.split("\n")) for piece in pieces]
    converted(["x = 1", *cells])
    converted([f"x = 1{end}" + end.join(cells), "print(x)"])


def test_ast_is_for_the_oldest_python() -> None:
    *_, sources = converted([PREAMBLE, SETUP, *(s for s in SNIPPETS if "match" not in s and "except*" not in s)])
    for text in sources.modules.values():
        ast.parse(text, feature_version=(3, 9))
