"""The rules: each finds its BAD example at the marked lines, and nothing in its GOOD one."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from nbpipe.analysis.analyze import analyze
from nbpipe.analysis.rules.registry import RULES, review
from nbpipe.analysis.rules.rule import Example, subject
from nbpipe.model.finding import Finding
from nbpipe.notebook.read import notebook_from_text
from nbpipe.planning.phases import label
from nbpipe.planning.planner import make_plan
from nbpipe.report.rules import rules_page

MARK = "# <- here"
PAGE = Path(__file__).parent.parent / "docs" / "rules.md"


def looked_at(example: Example):
    notebook = notebook_from_text(example.source, "example.py", "percent")
    counts = iter(example.counts)
    cells = tuple(
        replace(cell, execution_count=next(counts, None), outputs=(example.outputs or {}).get(cell.index, ()))
        if cell.kind == "code"
        else cell
        for cell in notebook.cells
    )
    notebook = replace(notebook, cells=cells)
    graph = label(analyze(notebook))
    return subject(notebook, graph, make_plan(notebook, graph))


def found(text: str, rule: str = "") -> list[Finding]:
    return [finding for finding in review(looked_at(Example(text))) if finding.rule.startswith(rule)]


def marked(example: Example) -> list[tuple[int, int]]:
    cells = looked_at(example).notebook.cells
    return [(cell.index, line) for cell in cells for line, text in enumerate(cell.source.split("\n"), 1) if text.rstrip().endswith(MARK)]


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.slug)
def test_bad_is_found_at_its_place_and_good_is_not(rule):
    places = marked(rule.bad)
    assert places
    findings = list(rule.findings(looked_at(rule.bad)))
    assert sorted((finding.span.cell, finding.span.line) for finding in findings) == places
    assert all(finding.message and finding.fix for finding in findings)
    assert MARK not in rule.good.source
    assert not list(rule.findings(looked_at(rule.good)))


def test_ids_and_slugs_are_unique_and_in_order():
    assert list(RULES) == sorted(RULES)
    assert len({rule.slug for rule in RULES.values()}) == len(RULES)
    assert all(rule.summary and rule.why for rule in RULES.values())


def test_comments_ignore_findings():
    assert found("# %%\ndef f(x=[]):\n    return x\nprint(f())\n", "NB232")
    assert not found("# %%\ndef f(x=[]):  # nbpipe: ignore[NB232]\n    return x\nprint(f())\n", "NB232")
    assert not found("# %%\n# nbpipe: ignore[NB204, NB232]\ndef f(x=[]):\n    return x\nprint(f())\n", "NB232")
    assert found("# %%\ndef f(x=[]):  # nbpipe: ignore[NB204]\n    return x\nprint(f())\n", "NB232")
    assert found('# %%\ndef f(x=[]):\n    return "# nbpipe: ignore[NB232]"\nprint(f())\n', "NB232")


def test_the_page_of_rules_is_current():
    if os.environ.get("NBPIPE_UPDATE_CASES"):
        PAGE.write_text(rules_page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == rules_page()
