"""A plan that a person edited follows a notebook that changes."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbpipe import api
from nbpipe.model.analysis import Analysis
from nbpipe.model.edit import Edit, EditKind, Place
from nbpipe.notebook.read import notebook_from_text
from nbpipe.planning.check import problems
from nbpipe.planning.edit import parse_plan
from nbpipe.planning.follow import follow
from nbpipe.planning.matching import match

CELLS = {
    "import": "import pandas as pd\nfrom sklearn.linear_model import LinearRegression",
    "load": "df = pd.read_csv('data.csv')\ndf.head()",
    "drop": "df = df.dropna()\ndf = df.drop_duplicates()",
    "fill": "df['a'] = df['a'].fillna(0)",
    "split": "X = df[['a', 'b']]\ny = df['c']",
    "model": "model = LinearRegression()\nmodel.fit(X, y)",
    "score": "score = model.score(X, y)\nprint(score)",
    "save": "df.assign(p=model.predict(X)).to_csv('out.csv')",
}
NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def version(cells, ids=True):
    """A version of a notebook: id → source; with the ids in the file, or not."""
    raw = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], **({"id": key} if ids else {})}
        for key, source in cells.items()
    ]
    text = json.dumps({"cells": raw, "metadata": {}, "nbformat": 4, "nbformat_minor": 5 if ids else 4})
    found = api.analyze_read(notebook_from_text(text, "work.ipynb", "ipynb"))
    return Analysis(found.notebook, found.graph)


def proposed(one):
    return api.propose(Analysis(one.notebook, one.graph))


def followed(text, old, new):
    """The plan for the new version, as stage → sources of its statements, and what is told."""
    asked = parse_plan(text)
    plan, told = follow(asked.draft, asked.package, old, new)
    assert problems(plan, new.graph) == []
    source = {s.id: s.source for s in new.graph.statements}
    return {stage.name: [source[key] for key in (*stage.statements, *stage.report)] for stage in plan.stages}, told, plan


def edited(text, *pairs):
    for old, new in pairs:
        assert old in text, text
        text = text.replace(old, new, 1)
    return text


@pytest.fixture(scope="module")
def before():
    return version(CELLS)


@pytest.fixture(scope="module")
def mine(before):
    """The plan as a person has edited it: a stage with another name, and a statement moved to another stage."""
    text = proposed(before).text
    at = text.index('    "c4.s1"')
    line = text[at : text.index("\n", at) + 1]
    text = text.replace(line, "").replace('    "c5.s1"', line + '    "c5.s1"', 1)
    return edited(text, ('name = "train_model"', 'name = "learn"'))


def test_what_is_edited_here(before, mine):
    stages, told, _ = followed(mine, before, before)
    assert list(stages) == ["load_data", "clean_data", "learn", "evaluate_model"]
    assert stages["learn"][0].startswith("df['a']")
    assert told == ()


# ---------------------------------------------------------------- cells are followed


@pytest.mark.parametrize("ids", [True, False], ids=["by id", "by content"])
def test_cells_are_followed(ids):
    old = version(CELLS, ids)
    changed = {key: CELLS[key] for key in ("import", "load", "fill", "drop", "model", "score", "save")}
    changed["load"] = "# all of it\n" + CELLS["load"].replace("data.csv", "more.csv")
    changed["new"] = "print(len(df))"
    new = version(changed, ids)
    source = [{s.id: s.source for s in one.graph.statements} for one in (old, new)]
    pairs = {source[1][key]: source[0][other] for key, other in match(old, new).items()}
    assert pairs.pop("df = pd.read_csv('more.csv')") == "df = pd.read_csv('data.csv')"
    assert all(one == other for one, other in pairs.items())
    assert set(source[1].values()) - set(pairs) - {"df = pd.read_csv('more.csv')"} == {"print(len(df))"}


def test_a_cell_that_was_split_or_cut_in_two_is_followed(before):
    parts = {"drop": "df = df.dropna()", "duplicates": "df = df.drop_duplicates()"}
    new = version({key: parts.get(key, source) for key, source in CELLS.items()} | {"duplicates": parts["duplicates"]})
    assert len(match(before, new)) == len(new.graph.statements)


def test_the_same_line_in_two_cells_is_not_mistaken(before):
    old = version({"a": "x = 1\nprint('-')", "b": "y = 2\nprint('-')"})
    new = version({"b": "y = 2\nprint('-')", "c": "print('-')\nfor number in range(10):\n    print(number)"})
    assert match(old, new) == {"c1.s1": "c2.s1", "c1.s2": "c2.s2"}


# ---------------------------------------------------------------- the plan follows


def test_a_plan_that_nobody_edited_is_made_anew(before):
    new = version({**CELLS, "more": "print(df.shape)"})
    stages, told, plan = followed(proposed(before).text, before, new)
    assert plan.stages == proposed(new).plan.stages
    assert told == ()


def test_names_and_moves_survive_all_four_changes(before, mine):
    cells = {key: source for key, source in CELLS.items() if key != "score"}  # deleted
    cells["drop"] = CELLS["drop"].replace("dropna()", "dropna(how='all')")  # edited
    cells = {"import": cells.pop("import"), "load": cells.pop("load"), "fill": cells.pop("fill"), **cells}  # moved
    items = list(cells.items())
    items.insert(5, ("square", "X = X.assign(a2=X['a'] ** 2)"))  # added
    stages, told, _ = followed(mine, before, version(dict(items)))
    assert "learn" in stages
    assert "model.fit(X, y)" in stages["learn"]
    assert any("how='all'" in source for source in stages["clean_data"])
    assert "X = X.assign(a2=X['a'] ** 2)" in stages["learn"]
    assert any(sentence.startswith("new in stage `learn`: ") for sentence in told)
    assert "df['a'] = df['a'].fillna(0)" in stages["clean_data"], "what follows needs it"
    assert any("is in stage `clean_data` now, not in `learn`" in sentence for sentence in told)


def test_a_move_that_is_not_possible_any_more_is_told(before, mine):
    late = version({**CELLS, "drop": "df['a'] = df['a'].fillna(0)\n" + CELLS["drop"], "fill": "df = df[df['a'] > 0]"})
    stages, told, _ = followed(mine, before, late)
    moved = [sentence for sentence in told if "depends on what is there" in sentence]
    assert moved, told
    assert "is in stage `clean_data` now, not in `learn`" in moved[0]


def test_what_was_left_out_by_hand_stays_out_until_it_is_needed(before):
    text = proposed(before).text
    at = text.index('    "c7.s2"')
    text = text.replace(text[at : text.index("\n", at) + 1], "") + '\n[[left_out]]\nstatement = "c7.s2"\nreason = "too loud"\n'
    at = text.index('    "c7.s1"')
    text = text.replace(text[at : text.index("\n", at) + 1], "") + '\n[[left_out]]\nstatement = "c7.s1"\nreason = "nobody asks"\n'
    stages, told, plan = followed(text, before, version({**CELLS, "load": CELLS["load"].replace("data", "more")}))
    assert [item.reason for item in plan.left_out] == ["nobody asks", "too loud"]
    stages, told, plan = followed(text, before, version({**CELLS, "more": "print(score > 0)"}))
    assert [item.reason for item in plan.left_out] == ["too loud"]
    assert any("is left out no more" in sentence for sentence in told)


def test_parameters_keep_names_defaults_and_absence():
    cells = {
        **CELLS,
        "rate": "rate = 0.5\nmax_rows = 7",
        "use": "print(df.head(max_rows) * rate)",
        "load": "df = pd.DataFrame({'a': [1], 'b': [2], 'c': [3]})",
    }
    old = version(cells)
    text = proposed(old).text
    assert text.count("[[parameter]]") == 3
    start = text.index('[[parameter]]\nname = "max_rows"')
    end = text.find("[[", start + 2)
    text = text[:start] + text[end:] if end > 0 else text[:start]
    text = edited(text, ("default = 0.5", "default = 0.75"))
    new = version({"title": "print('hello')", **cells, "rate": "rate = 0.5\nmax_rows = 9"})
    _, told, plan = followed(text, old, new)
    assert {parameter.name: parameter.default for parameter in plan.parameters} == {"rate": 0.75}
    assert not [sentence for sentence in told if "rate" in sentence and "gives" in sentence]
    _, told, plan = followed(text, old, version({**cells, "rate": "rate = 0.6\nmax_rows = 9"}))
    assert "the notebook gives 0.6 to `rate` now; your 0.75 is kept" in told


def test_names_of_values_are_kept(before):
    text = edited(proposed(before).text, ("model = ", "model = "), ("values = {model = ", "values = {model = "))
    start = text.index("values = {model = ")
    text = text[:start] + text[start:].replace('"', '"my_', 1)
    _, told, plan = followed(text, before, version({"title": "print('hello')", **CELLS}))
    assert any(port.name.startswith("my_") for stage in plan.stages for port in stage.outputs)
    assert not [sentence for sentence in told if "your name" in sentence]


# ---------------------------------------------------------------- whatever people do, and whatever changes


def changes():
    """Changes of a notebook's cells: each takes the list of (id, source), and changes it."""
    at = st.integers(0, 200)
    return st.lists(st.tuples(st.sampled_from(["delete", "move", "edit", "add", "split", "copy"]), at, at), max_size=5)


def changed(cells, operations):
    cells = list(cells)
    for number, (operation, one, other) in enumerate(operations):
        if not cells:
            break
        place = one % len(cells)
        key, source = cells[place]
        if operation == "delete":
            del cells[place]
        elif operation == "move":
            cells.insert(other % len(cells), cells.pop(place))
        elif operation == "edit":
            cells[place] = (key, f"{source}\nedited_{number} = {other}\nprint(edited_{number})")
        elif operation == "add":
            cells.insert(place, (f"new{number}", f"fresh_{number} = {other}\nprint(fresh_{number} + 1)"))
        elif operation == "copy":
            cells.insert(other % len(cells), (f"copy{number}", source))
        else:
            lines = source.split("\n")
            cells[place : place + 1] = [(key, lines[0]), (f"rest{number}", "\n".join(lines[1:]))]
    return {key: source for key, source in cells if source.strip()}


def edits(cells):
    place = st.sampled_from(list(cells)).map(Place)
    kinds = st.sampled_from([kind for kind in EditKind if kind is not EditKind.NAME])
    return st.lists(st.builds(Edit, kinds, place, place), max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.booleans())
def test_every_plan_can_be_followed(data, ids):
    old = version(CELLS, ids)
    cells = {cell.id: cell.source for cell in old.notebook.cells}
    shaped, _ = api.shape(Analysis(old.notebook, old.graph), data.draw(edits(cells)))
    new = changed(cells.items(), data.draw(changes()))
    if new:
        followed(shaped.text, old, version(new, ids))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_an_example_follows_itself(path):
    found = api.analyze(path)
    one = Analysis(found.notebook, found.graph)
    text = proposed(one).text
    first = proposed(one).plan.stages[0].name
    _, told, plan = followed(edited(text, (f'name = "{first}"', 'name = "begin_here"')), one, one)
    assert plan.stages[0].name == "begin_here"
    assert told == ()
