"""A person's edits: what they do to the plan, and which dependence forbids one."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbpipe import api
from nbpipe.model.edit import Edit, EditKind, Place
from nbpipe.notebook.read import notebook_from_text
from nbpipe.planning.check import problems
from nbpipe.planning.edit import read_plan

CELLS = {
    "import": "import pandas as pd",
    "load": "df = pd.read_csv('data.csv')",
    "look": "df.head()",
    "drop": "df = df.dropna()",
    "fill": "df['a'] = df['a'].fillna(0)",
    "total": "total = df['a'].sum()",
    "save": "df.assign(total=total).to_csv('out.csv')",
    "show": "print(total)",
}
NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def analysis(cells=None, name="work.ipynb"):
    """The analysis of code cells: id → source."""
    raw = [{"cell_type": "code", "id": key, "source": source, "metadata": {}, "outputs": []} for key, source in (cells or CELLS).items()]
    text = json.dumps({"cells": raw, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return api.analyze_read(notebook_from_text(text, name, "ipynb"))


def where(planned):
    """The cells of each stage, by its name."""
    cells = {s.id: planned.notebook.cells[s.cell].id for s in planned.graph.statements}
    return {stage.name: [cells[key] for key in (*stage.statements, *stage.report)] for stage in planned.plan.stages}


def edit(kind, cell, other=None, name="", statement=0):
    return Edit(EditKind(kind), Place(cell, statement), Place(other) if other else None, name)


def shaped(*edits):
    return api.shape(analysis(), edits)


def test_what_is_edited_here():
    assert where(api.propose(analysis())) == {"load_data": ["load", "look"], "clean_data": ["drop", "fill", "total", "save", "show"]}


def test_a_name():
    planned, refused = shaped(edit("name", "fill", name="tidy"))
    assert (list(where(planned)), refused) == (["load_data", "tidy"], ())
    assert 'name = "tidy"' in planned.text


@pytest.mark.parametrize("name", ["not a name", "load_data", "class", ""])
def test_a_name_that_cannot_be(name):
    planned, (refusal,) = shaped(edit("name", "fill", name=name))
    assert (list(where(planned)), refusal.edit, refusal.passing) == (["load_data", "clean_data"], 0, False)
    assert repr(name)[1:-1] in refusal.reasons[0]


def test_a_move():
    planned, refused = shaped(edit("move", "drop", "load"))
    assert (where(planned), refused) == ({"load_data": ["load", "look", "drop"], "clean_data": ["fill", "total", "save", "show"]}, ())
    assert planned.plan.stages[0].report == ()  # after `drop` it would show something else


def test_a_move_that_a_dependence_forbids():
    planned, (refusal,) = shaped(edit("move", "total", "load"))
    assert where(planned) == where(api.propose(analysis()))
    assert "`c6.s1` in stage `load_data` needs `df` from `c4.s1`, which is in the later stage `clean_data`" in refusal.reasons


def test_a_split_and_a_merge():
    planned, _ = shaped(edit("split", "total"))
    assert where(planned) == {"load_data": ["load", "look"], "clean_data": ["drop", "fill"], "clean_data_2": ["total", "save", "show"]}
    planned, refused = shaped(edit("merge", "drop", "load"))
    assert (list(where(planned)), refused) == (["load_data"], ())


def test_leaving_out_and_bringing_back():
    planned, refused = shaped(edit("leave out", "show"))
    assert (where(planned)["clean_data"], refused) == (["drop", "fill", "total", "save"], ())
    assert [item.reason for item in planned.plan.left_out if item.statement == "c8.s1"] == ["left out by hand"]
    planned, _ = shaped(edit("leave out", "show"), edit("move", "show", "drop"))
    assert where(planned) == where(api.propose(analysis()))
    assert planned.plan.left_out == ()


def test_what_others_need_cannot_be_left_out():
    _, (refusal,) = shaped(edit("leave out", "load"))
    assert "needs `df` from `c2.s1`, which is left out" in refusal.reasons[0]


def test_the_other_edits_are_done():
    planned, refused = shaped(edit("leave out", "load"), edit("name", "load", name="read"), edit("name", "gone", name="never"))
    assert next(iter(where(planned))) == "read"
    assert [(refusal.edit, refusal.passing) for refusal in refused] == [(0, False), (2, True)]


def test_edits_stay_true_while_cells_come_and_go():
    edits = [edit("name", "drop", name="tidy"), edit("move", "fill", "load")]
    cells = {"new": "first = 1\nprint(first)", **CELLS, "last": "print(df)"}
    planned, refused = api.shape(analysis(cells), [edits[0]])
    assert ("tidy" in where(planned), refused) == (True, ())


def test_one_statement_of_a_cell():
    cells = {"load": "df = open('a').read()\nother = open('b').read()", "use": "n = len(df)\nm = len(other)\nprint(n, m)"}
    found = analysis(cells)
    split, refused = api.shape(found, [edit("split", "use", statement=2)])
    assert refused == ()
    assert [stage.statements for stage in split.plan.stages][-1][0] == "c2.s2"


def test_the_commands_obey_the_text():
    """What the panel shapes is what `nbpipe plan --plan` reads."""
    planned, _ = shaped(edit("name", "fill", name="tidy"), edit("move", "drop", "load"), edit("leave out", "show"))
    found = analysis()
    assert read_plan(planned.text, found.graph, found.notebook) == planned.plan


@settings(max_examples=40)
@given(st.data())
def test_whatever_is_asked_the_plan_can_be_generated(data):
    found = api.analyze(data.draw(st.sampled_from(NOTEBOOKS)))
    ids = [cell.id for cell in found.notebook.code_cells]
    places = st.builds(Place, st.sampled_from(ids), st.integers(0, 3))
    names = st.sampled_from(["first", "load_data", "x y"])
    edits = data.draw(st.lists(st.builds(Edit, st.sampled_from(EditKind), places, places, names), max_size=5))
    planned, refused = api.shape(found, edits)
    assert problems(planned.plan, found.graph) == []
    assert read_plan(planned.text, found.graph, found.notebook).stages == planned.plan.stages
    assert all(refusal.reasons for refusal in refused)


TUNED = {
    "size": "SIZE = 30",
    "load": "rows = [n % 7 for n in range(100)]",
    "model": "from sklearn.linear_model import Ridge\nmodel = Ridge(alpha=0.5)",
    "fit": "model.fit([[n] for n in rows[2:SIZE]], rows[2:SIZE])",
    "show": "print(model.score([[n] for n in rows], rows), SIZE)",
}


def parameters(*edits):
    """The parameters after some edits: name → value; the plan that people edit, read again, says the same."""
    found = analysis(TUNED)
    planned, refused = api.shape(found, edits)
    read = read_plan(planned.text, found.graph, found.notebook)
    assert [(p.name, p.default, p.stages) for p in read.parameters] == [(p.name, p.default, p.stages) for p in planned.plan.parameters]
    return {p.name: p.default for p in planned.plan.parameters}, [" ".join(refusal.reasons) for refusal in refused]


def about(kind, cell, **more):
    return Edit(EditKind(kind), Place(cell), **more)


def test_parameters_are_named_dropped_and_added():
    assert parameters() == ({"SIZE": 30, "alpha": 0.5}, [])
    assert parameters(about("name parameter", "model", parameter="alpha", name="penalty")) == ({"SIZE": 30, "penalty": 0.5}, [])
    assert parameters(about("name parameter", "size", parameter="SIZE", name="count")) == ({"count": 30, "alpha": 0.5}, [])
    assert parameters(about("drop parameter", "model", parameter="alpha")) == ({"SIZE": 30}, [])
    assert parameters(about("drop parameter", "size", parameter="SIZE")) == ({"alpha": 0.5}, [])
    assert parameters(about("add parameter", "fit", literal="2", name="first")) == ({"SIZE": 30, "alpha": 0.5, "first": 2}, [])


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (about("name parameter", "model", parameter="alpha", name="SIZE"), "used 2 times"),
        (about("name parameter", "model", parameter="alpha", name="not a name"), "not a Python name"),
        (about("drop parameter", "model", parameter="beta"), "no parameter `beta`"),
        (about("add parameter", "fit", literal="8", name="eight"), "no stage has a literal `8`"),
        (about("add parameter", "model", literal="0.5", name="again"), "no stage has a literal `0.5`"),
    ],
)
def test_parameters_that_cannot_be(edit, why):
    found, (reason,) = parameters(edit)
    assert (found, why in reason) == ({"SIZE": 30, "alpha": 0.5}, True)
