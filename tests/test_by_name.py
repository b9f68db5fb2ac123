"""Code that looks variables up by their names stays in one stage, whose variables are globals as the notebook's are."""

from nbpipe.analysis.analyze import analyze
from nbpipe.notebook.read import notebook_from_text
from nbpipe.planning.check import problems
from nbpipe.planning.edit import read_plan, write_plan
from nbpipe.planning.lessons import Lessons
from nbpipe.planning.phases import label
from nbpipe.planning.planner import make_plan
from nbpipe.render.code import render_code
from tests.execution import run_notebook, run_stages

NOTEBOOK = """# %%
LIMIT = 2
counts = {"a": 1}

# %%
def total(*names):
    return sum(eval(name) for name in names)

def more():
    global first
    first += 1

# %% [markdown]
# ## Clean

# %%
first = 3
second = first * 2  # which only a string names

# %% [markdown]
# ## Evaluate

# %%
more()
print(total("first", "second", "LIMIT", "counts['a']"))
"""


def test_the_stage_has_what_its_code_looks_up():
    notebook = notebook_from_text(NOTEBOOK, "case.py", "percent")
    graph = label(analyze(notebook))
    plan = make_plan(notebook, graph, Lessons(whole=True))
    assert not problems(plan, graph)
    (stage,) = plan.stages
    assert stage.by_name
    assert not plan.left_out
    assert read_plan(write_plan(plan, graph, notebook), graph, notebook).stages == plan.stages
    expected = run_notebook(notebook, graph, plan).shown
    assert any("13" in text for texts in expected.values() for text in texts)
    assert run_stages(plan, render_code(plan, graph, notebook), graph).shown == expected
