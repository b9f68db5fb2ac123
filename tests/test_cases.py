"""Tiny notebooks, one behaviour each: `tests/cases/*.py` hold a percent notebook, then `# output` and the plan that is expected of it.

Every case is checked several ways: the plan is as expected; its invariants hold; it is read back from its own file; and its stages, executed one by one on
pickled copies, show and compute what the notebook does.
"""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nbpipe.analysis.analyze import analyze
from nbpipe.model.flow import FlowGraph
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import Plan
from nbpipe.notebook.read import notebook_from_text
from nbpipe.planning.check import problems
from nbpipe.planning.edit import read_plan, write_plan
from nbpipe.planning.phases import label
from nbpipe.planning.planner import make_plan
from nbpipe.render.code import render_code
from nbpipe.verify.inside.values import differences
from tests.execution import run_notebook, run_stages

CASES = sorted((Path(__file__).resolve().parent / "cases").glob("*.py"))
MARK = "\n# output\n"
UPDATE = bool(os.environ.get("NBPIPE_UPDATE_CASES"))
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")  # what the notebooks do, on purpose


def planned(source: str) -> tuple[Notebook, FlowGraph, Plan]:
    notebook = notebook_from_text(source, "case.py", "percent")
    graph = label(analyze(notebook))
    return notebook, graph, make_plan(notebook, graph)


def as_text(plan: Plan) -> str:
    """The plan as a reviewer reads it in a case."""
    lines = []
    for stage in plan.stages:
        taken = ", ".join([port.name for port in stage.inputs] + [f"{name}=" for name in stage.parameters])
        given = ", ".join(port.name if port.artefact == port.name else f"{port.name} in {port.artefact}" for port in stage.outputs)
        lines.append(f"{stage.name}({taken}) -> {given or 'nothing'}" + (" with the random stream" if stage.random else ""))
        for what, keys in (("repeats", stage.repeated), ("", stage.statements)):
            if keys:
                lines.append(f"    {what} {' '.join(keys)}".replace("     ", "    "))
        if stage.report:
            repeats = f" repeats {' '.join(stage.report_repeated)}" if stage.report_repeated else ""
            lines.append(f"    report({', '.join(port.name for port in stage.report_inputs)}){repeats} {' '.join(stage.report)}")
    for kind in ("functions", "classes", "constants", "settings"):
        if getattr(plan.shared, kind):
            lines.append(f"{kind} {' '.join(getattr(plan.shared, kind))}")
    lines.extend(f"parameter {parameter.name} = {parameter.default!r}" for parameter in plan.parameters)
    lines.extend(f"left out {item.statement}: {item.reason}" for item in plan.left_out)
    lines.extend(f"finding {finding}" for finding in plan.findings)
    return "".join(f"# {line}\n" for line in lines)


@pytest.mark.usefixtures("empty_folder")  # what a case writes goes there
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    source, _, expected = path.read_text().partition(MARK)
    notebook, graph, plan = planned(source)
    assert not problems(plan, graph)
    again = read_plan(write_plan(plan, graph, notebook), graph, notebook)
    assert as_text(again) == as_text(replace(plan, findings=again.findings))
    baseline = run_notebook(notebook, graph, plan)
    candidate = run_stages(plan, render_code(plan, graph, notebook), graph)
    hidden = {
        graph_statement.cell for item in plan.left_out for graph_statement in graph.statements if graph_statement.id == item.statement
    }
    for cell, shown in baseline.shown.items():
        if cell not in hidden:
            assert candidate.shown.get(cell, []) == shown, f"cell {cell + 1}"
    assert set(candidate.shown) <= set(baseline.shown)
    assert candidate.values.keys() >= baseline.values.keys()
    for name, value in baseline.values.items():
        assert not list(differences(value, candidate.values[name], roots=("__main__", plan.package))), name
    if UPDATE:
        path.write_text(source.rstrip("\n") + "\n" + MARK + as_text(plan))
        return
    assert as_text(plan) == expected


def test_what_an_unknown_method_plots_is_shown_at_its_cell() -> None:
    notebook, graph, plan = planned(
        """
# %%
import matplotlib.pyplot as plt
from unknown_library import fit
results = fit([3, 1, 2])
# %%
results.plot_path();
# %%
print(results.summary())
"""
    )
    code = "\n".join(render_code(plan, graph, notebook).modules.values())
    assert "    results.plot_path()\n    plt.show()\n" in code


def test_the_plan_is_the_same_whatever_the_hashes_of_names_are() -> None:
    code = """
from tests.test_cases import as_text, planned
print(as_text(planned('''
# %% tags=["nbpipe:stage=make"]
first, second, third, fourth = [1], [2], [3], [4]
parts = {"a": first, "b": second, "c": third, "d": fourth}
# %% tags=["nbpipe:stage=use"]
parts.update(e=[5])
# %% tags=["nbpipe:stage=tell"]
parts["a"].append(6)
print(parts)
''')[2]))
"""
    texts = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3", "4")
    }
    assert len(texts) == 1
