"""Random small notebooks: whatever is aliased, changed, rebound and shown, the stages compute and show what the notebook does."""

import os

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from nbpipe.planning.check import problems
from nbpipe.render.code import render_code
from nbpipe.verify.inside.values import differences
from tests.execution import run_notebook, run_stages
from tests.test_cases import as_text, planned

EXAMPLES = int(os.environ.get("NBPIPE_EXAMPLES", "60"))
NAMES = ("a", "b", "c", "d", "SIZE")  # the last is called like a parameter
HEADINGS = ("Load the data", "Cleaning", "Feature engineering", "Train the model", "Evaluation", "Save")
SETUP = """# %%
import copy
import random
import numpy as np
import pandas as pd

total = 0
log = []

class Box:
    def __init__(self, item):
        self.item = item

    def put(self, item):
        self.item = item
        return self

def touch(thing):
    thing.append(len(thing))
    return thing

def peek():
    return len(log) + total

def note(word):
    global total
    log.append(word)
    total += 1

"""
MAKERS = {
    "list": ["{x} = [3, 1, 2]", "{x} = [{n}] * 2", "{x} = sorted([{n}, 1])"],
    "dict": ['{x} = {{"k": {n}}}', "{x} = dict(k=1, m={n})"],
    "frame": ['{x} = pd.DataFrame({{"p": [3, {n}, 2], "q": [1.0, None, 2.0]}})'],
    "array": ["{x} = np.arange(4) + {n}", "{x} = np.zeros(3)"],
    "box": ["{x} = Box({n})", "{x} = Box([{n}])"],
}
CHANGES = {
    "list": [
        "{x}.append({n})",
        "{x}[0] = {n}",
        "touch({x})",
        "{x} += [{n}]",
        "{x}.sort()",
        "del {x}[:1]",
        "for i in range(2):\n    {x}.append(i)",
    ],
    "dict": ['{x}["k"] = {n}', "{x}.update(z={n})", "{x}.setdefault('s', []).append({n})", "if {n} > 2:\n    {x}['big'] = True"],
    "frame": [
        '{x}["r"] = {x}["p"] * {n}',
        '{x}.loc[0, "p"] = {n}',
        '{x}["q"] = {x}["q"].fillna({n})',
        "{x} = {x}.dropna()",
        "{x} = {x}.assign(s={n})",
    ],
    "array": ["{x}[0] = {n}", "{x} = {x} * 2", "{x} += 1", "{x}[1:] = {n}"],
    "box": ["{x}.put({n})", "{x}.item = {n}", "{x} = {x}.put([{n}])"],
}
DERIVES = {
    "list": [
        ("list", "{y} = {x}"),
        ("list", "{y} = list({x})"),
        ("list", "{y} = [{x}, {n}]"),
        ("dict", '{y} = {{"k": {x}}}'),
        ("box", "{y} = Box({x})"),
    ],
    "dict": [("dict", "{y} = {x}"), ("dict", "{y} = copy.deepcopy({x})"), ("list", "{y} = [{x}]"), ("list", "{y} = list({x}.values())")],
    "frame": [
        ("frame", "{y} = {x}"),
        ("frame", "{y} = {x}.copy()"),
        ("array", '{y} = {x}["p"].to_numpy().copy()'),
        ("dict", '{y} = {{"k": {x}}}'),
    ],
    "array": [("array", "{y} = {x}"), ("array", "{y} = {x}[1:]"), ("array", "{y} = {x}.copy()"), ("list", "{y} = [{x}]")],
    "box": [("box", "{y} = {x}"), ("list", "{y} = [{x}.item]"), ("box", "{y} = Box({x})")],
}
SHOWS = ["print({x}, {x} is not None)", "print({x})", "len(log)", "print(peek())"]
EXTRA = ["note({n})", "print(round(random.random(), 6))", "print(np.random.rand().round(6))", "touch(log)", "print(total, log)"]


@st.composite
def programs(draw: st.DrawFn) -> str:
    cells = [SETUP]
    kinds: dict[str, str] = {}
    for _ in range(draw(st.integers(4, 14))):
        if draw(st.booleans()):
            cells.append(f"\n# %% [markdown]\n# ## {draw(st.sampled_from(HEADINGS))}\n")
        lines = [draw(lines_for(kinds)) for _ in range(draw(st.integers(1, 3)))]
        cells.append("\n# %%\n" + "\n".join(lines) + "\n")
    return "".join(cells)


@st.composite
def lines_for(draw: st.DrawFn, kinds: dict[str, str]) -> str:
    n = draw(st.integers(0, 5))
    x = draw(st.sampled_from(NAMES))
    what = draw(st.sampled_from(("make", "change", "change", "derive", "show", "extra")))
    if what == "extra":
        return draw(st.sampled_from(EXTRA)).format(n=n)
    if x not in kinds or what == "make":
        kinds[x] = draw(st.sampled_from(sorted(MAKERS)))
        return draw(st.sampled_from(MAKERS[kinds[x]])).format(x=x, n=n)
    if what == "change":
        return draw(st.sampled_from(CHANGES[kinds[x]])).format(x=x, n=n)
    if what == "derive":
        y = draw(st.sampled_from(NAMES))
        kind, template = draw(st.sampled_from(DERIVES[kinds[x]]))
        kinds[y] = kind
        return template.format(x=x, y=y, n=n)
    return draw(st.sampled_from(SHOWS)).format(x=x, n=n)


# The programs are small as they are, and shrinking would execute hundreds of them.
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
@given(programs())
def test_stages_do_what_the_notebook_does(source: str) -> None:
    notebook, graph, plan = planned(source)
    assert not problems(plan, graph)
    try:
        baseline = run_notebook(notebook, graph, plan)
    except Exception:
        return
    note(source)
    note(as_text(plan))
    candidate, failure = None, ""
    try:
        candidate = run_stages(plan, render_code(plan, graph, notebook), graph)
    except Exception as error:
        failure = f"{type(error).__name__}: {error}"
    assert candidate is not None, failure
    shown = {cell: [text for text in texts if " object at 0x" not in text] for cell, texts in baseline.shown.items()}
    found = {cell: [text for text in texts if " object at 0x" not in text] for cell, texts in candidate.shown.items()}
    assert {c: t for c, t in found.items() if t} == {c: t for c, t in shown.items() if t}
    for name, value in baseline.values.items():
        assert not list(differences(value, candidate.values[name], roots=())), name
