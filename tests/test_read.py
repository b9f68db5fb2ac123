"""Reading notebook files."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbpipe.errors import NotebookError
from nbpipe.notebook.read import notebook_from_text, read_notebook
from tests.strange_text import TEXTS


def code(source, **more):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None} | more


def markdown(source, **more):
    return {"cell_type": "markdown", "source": source, "metadata": {}} | more


def ipynb(*cells, metadata=None, **more):
    return json.dumps({"cells": list(cells), "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5} | more)


def from_cells(*cells, **more):
    return notebook_from_text(ipynb(*cells, **more), "a.ipynb", "ipynb")


def kernel(name, language=None):
    return {"kernelspec": {"name": name, "display_name": name} | ({"language": language} if language else {})}


# ---------------------------------------------------------------- .ipynb


def test_a_notebook(tmp_path):
    path = tmp_path / "my notebook.ipynb"
    stream = {"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]}
    table = {
        "output_type": "execute_result",
        "execution_count": 2,
        "metadata": {},
        "data": {"text/html": ["<b>", "</b>"], "text/plain": "b"},
    }
    data = {"output_type": "display_data", "metadata": {}, "data": {"application/json": ["a", "b"]}}
    cells = [
        markdown(["# Title\n", "text"], id="m1"),
        code(
            ["%matplotlib inline\n", "x = 1\n", "x;"],
            id="c1",
            outputs=[stream, table, data],
            execution_count=3,
            metadata={"tags": ["parameters", "a"]},
        ),
        {"cell_type": "raw", "source": "raw", "metadata": {}, "id": "r1"},
        code("!pip install pandas\n!ls", id="c2"),
    ]
    path.write_text(ipynb(*cells, metadata=kernel("python3", "python")))
    notebook = read_notebook(path)
    assert (notebook.path, notebook.kernel, notebook.form, notebook.requirements) == (str(path), "python3", "ipynb", ("pandas",))
    assert [(cell.index, cell.number, cell.id, cell.kind) for cell in notebook.cells] == [
        (0, 1, "m1", "markdown"),
        (1, 2, "c1", "code"),
        (2, 3, "r1", "raw"),
        (3, 4, "c2", "code"),
    ]
    title, first, _, second = notebook.cells
    assert (title.source, title.python) == ("# Title\ntext", "")
    assert (first.source, first.python) == ("%matplotlib inline\nx = 1\nx;", "\nx = 1\nx;")
    assert (first.tags, first.execution_count, first.hides_value) == (("parameters", "a"), 3, True)
    assert first.outputs[0]["text"] == "a\nb\n"
    assert first.outputs[1]["data"]["text/html"] == "<b></b>"
    assert first.outputs[2]["data"]["application/json"] == ["a", "b"]
    assert second.imports == ("import subprocess",)
    assert [str(finding.span) for finding in notebook.findings] == ["cell 4, line 1"]
    assert notebook.code_cells == (first, second)


def test_what_may_be_missing():
    notebook = notebook_from_text('{"cells": [{"cell_type": "code", "source": "x"}], "nbformat": 4}', "a", "ipynb")
    assert notebook.cells[0].python == "x"
    assert notebook.kernel is None
    odd = code("x", execution_count="3", metadata=None, id=7)
    cell = from_cells(odd, metadata={"kernelspec": None, "language_info": []}).cells[0]
    assert (cell.outputs, cell.execution_count, cell.tags, cell.id) == ((), None, (), "cell-1")


def test_ids_are_stable_and_different():
    cells = [code("a", id="x"), code("b", id="x"), code("c"), code("d", id="x-2"), code("e", id=""), code("f", id="cell-3")]
    ids = [cell.id for cell in from_cells(*cells).cells]
    assert ids == ["x", "x-2", "cell-3", "x-2-2", "cell-5", "cell-3-2"]
    assert ids == [cell.id for cell in from_cells(*cells).cells]


def test_a_cell_that_does_not_parse_is_a_finding_and_the_others_are_read():
    notebook = from_cells(code("x = 1"), code("x = 2\nprint 'a'"), code("y = 1"))
    assert [cell.python for cell in notebook.cells] == ["x = 1", "", "y = 1"]
    (finding,) = notebook.findings
    assert (finding.rule, finding.severity, finding.span.cell, finding.span.line) == ("NB001", "error", 1, 2)


def test_names_of_earlier_cells_are_filled_in():
    notebook = from_cells(
        code("import os\nfor f in []:\n    pass"),
        code("!cat $f $HOME"),
        code("!cat $f"),
        code("g = 1\n!cat $g"),
        code("!cat $h"),
        code("h = 1"),
    )
    assert "f'cat" not in notebook.cells[1].python
    assert "f'cat {f}'" in notebook.cells[2].python
    assert "f'cat {g}'" in notebook.cells[3].python
    assert "'cat $h'" in notebook.cells[4].python


def test_python_2_is_a_finding():
    rules = [finding.rule for finding in from_cells(code("x"), metadata={"language_info": {"name": "python", "version": "2.7.3"}}).findings]
    assert rules == ["NB002"]


def test_bom_and_crlf(tmp_path):
    path = tmp_path / "a.ipynb"
    text = json.dumps(json.loads(ipynb(code("x = '''a\r\nb'''\r\ny = 1\rz = 2"))), indent=1).replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_notebook(path).cells[0].source == "x = '''a\nb'''\ny = 1\nz = 2"
    path.write_bytes(text.encode("utf-16"))
    assert read_notebook(path).cells[0].python.count("\n") == 3


def test_half_characters_are_replaced():
    assert from_cells(code("x = '\ud800'")).cells[0].python == "x = '?'"


V3 = {
    "metadata": {"name": "old"},
    "nbformat": 3,
    "nbformat_minor": 0,
    "worksheets": [
        {
            "metadata": {},
            "cells": [
                {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Title"]},
                {
                    "cell_type": "code",
                    "collapsed": False,
                    "input": ["x = 1\n", "x"],
                    "language": "python",
                    "metadata": {},
                    "outputs": [{"output_type": "pyout", "prompt_number": 4, "text": ["1"], "metadata": {}}],
                    "prompt_number": 4,
                },
            ],
        }
    ],
}


def test_nbformat_3():
    notebook = notebook_from_text(json.dumps(V3), "a.ipynb", "ipynb")
    assert [cell.source for cell in notebook.cells] == ["## Title", "x = 1\nx"]
    assert [cell.id for cell in notebook.cells] == ["cell-1", "cell-2"]
    assert notebook.cells[1].outputs[0]["data"] == {"text/plain": "1"}
    assert notebook.cells[1].execution_count == 4


# ---------------------------------------------------------------- other forms

PERCENT = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Title
# text

# %% tags=["parameters"]
x = 1

# %%
# %matplotlib inline
# a comment
x + 1
"""

MARKDOWN = """\
# Title

text

```python tags=["parameters"]
x = 1
```

```python
%matplotlib inline
# a comment
x + 1
```

```
no code
```
"""

DATABRICKS = """\
# Databricks notebook source
# MAGIC %md
# MAGIC # Title
# MAGIC text

# COMMAND ----------

# DBTITLE 1,Load the data
import pandas as pd
# MAGIC %matplotlib inline
x = 1

# COMMAND ----------

# MAGIC %sql
# MAGIC select *
# MAGIC from t

# COMMAND ----------

# MAGIC %sh ls -l
# MAGIC pwd

# COMMAND ----------

# MAGIC %pip install pandas

# COMMAND ----------

# MAGIC %python
# MAGIC y = 2
"""


def test_percent(tmp_path):
    path = tmp_path / "a.py"
    path.write_text(PERCENT)
    notebook = read_notebook(path)
    assert (notebook.form, notebook.kernel) == ("percent", "python3")
    assert [(cell.kind, cell.source) for cell in notebook.cells] == [
        ("markdown", "# Title\ntext"),
        ("code", "x = 1"),
        ("code", "%matplotlib inline\n# a comment\nx + 1"),
    ]
    assert [cell.tags for cell in notebook.cells] == [(), ("parameters",), ()]
    assert [cell.id for cell in notebook.cells] == ["cell-1", "cell-2", "cell-3"]
    assert notebook.cells[2].python == "\n# a comment\nx + 1"


@pytest.mark.parametrize("mark", ["# %%", "#%%", "# In[1]:", "# <codecell>"])
def test_marks_of_cells(tmp_path, mark):
    path = tmp_path / "a.py"
    path.write_text(f"{mark}\n\nx = 1\n\n\n{mark}\n\ny = 1\n")
    assert [cell.source.strip() for cell in read_notebook(path).code_cells] == ["x = 1", "y = 1"]


def test_markdown(tmp_path):
    path = tmp_path / "a.md"
    path.write_text(MARKDOWN)
    notebook = read_notebook(path)
    assert notebook.form == "markdown"
    assert [cell.kind for cell in notebook.cells] == ["markdown", "code", "code", "markdown"]
    assert [cell.source for cell in notebook.code_cells] == ["x = 1", "%matplotlib inline\n# a comment\nx + 1"]
    assert notebook.cells[1].tags == ("parameters",)


def test_databricks(tmp_path):
    path = tmp_path / "a.py"
    path.write_bytes(DATABRICKS.replace("\n", "\r\n").encode())
    notebook = read_notebook(path)
    assert notebook.form == "databricks"
    assert [(cell.kind, cell.source) for cell in notebook.cells] == [
        ("markdown", "# Title\ntext"),
        ("code", "# Load the data\nimport pandas as pd\n%matplotlib inline\nx = 1"),
        ("code", "%%sql\nselect *\nfrom t"),
        ("code", "%%sh\nls -l\npwd"),
        ("code", "%pip install pandas"),
        ("code", "y = 2"),
    ]
    assert notebook.requirements == ("pandas",)
    assert "NB012" in {finding.rule for finding in notebook.findings}


# ---------------------------------------------------------------- bad input

GOOD = ipynb(code("x = 1"))
BAD = {
    "empty": ("a.ipynb", "", "is empty"),
    "blank": ("a.ipynb", " \n\n", "is empty"),
    "empty script": ("a.py", "", "is empty"),
    "not json": ("a.ipynb", "hello", "is not a notebook: its JSON is not valid at line 1"),
    "wrong json": ("a.ipynb", '{"cells": [\n1 2]}', "line 2, column 3"),
    "truncated": ("a.ipynb", GOOD[:-30], "truncated"),
    "truncated in a string": ("a.ipynb", GOOD[: GOOD.index("x = ") + 2], "truncated"),
    "only a brace": ("a.ipynb", "{", "truncated"),
    "web page": ("a.ipynb", "\n<!DOCTYPE html><html>", "web page"),
    "lfs": ("a.ipynb", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
    "other json": ("a.ipynb", '{"a": 1}', "JSON but not a notebook"),
    "a list": ("a.ipynb", "[1]", "JSON but not a notebook"),
    "a number": ("a.ipynb", "1", "JSON but not a notebook"),
    "huge number": ("a.ipynb", "9" * 5000, "beyond all bounds"),
    "deep": ("a.ipynb", "[" * 100_000, "beyond all bounds"),
    "too new": ("a.ipynb", '{"cells": [], "nbformat": 5}', "nbformat 5"),
    "odd version": ("a.ipynb", '{"cells": [], "nbformat": "4"}', "JSON but not a notebook"),
    "cells no list": ("a.ipynb", '{"cells": {}, "nbformat": 4}', "cells are no list"),
    "cell no object": ("a.ipynb", '{"cells": ["x"], "nbformat": 4}', "cell 1 is of no kind"),
    "odd cell": ("a.ipynb", ipynb(code("x"), {"cell_type": "heading", "source": "x"}), "cell 2 is of no kind"),
    "no source": ("a.ipynb", ipynb({"cell_type": "code"}), "cell 1 has no source"),
    "odd source": ("a.ipynb", ipynb(code([1])), "cell 1 has no source"),
    "null outputs": ("a.ipynb", ipynb(code("x", outputs=None)), "cell 1 has outputs"),
    "odd outputs": ("a.ipynb", ipynb(code("x", outputs=["a"])), "cell 1 has outputs"),
    "odd output text": (
        "a.ipynb",
        ipynb(code("x", outputs=[{"output_type": "stream", "text": [1]}])),
        "not a well-formed notebook of nbformat 4",
    ),
    "odd nbformat 3": ("a.ipynb", '{"worksheets": [{"cells": [{}]}], "nbformat": 3}', "not a well-formed notebook of nbformat 3"),
    "no cells": ("a.ipynb", ipynb(), "has no code"),
    "no code": ("a.ipynb", ipynb(markdown("# Title"), code(" ")), "has no code"),
    "text only": ("a.md", "# Title\n\ntext\n", "has no code"),
    "R": ("a.ipynb", ipynb(code("x <- 1"), metadata=kernel("ir", "R")), "is a notebook in R (kernel 'ir')"),
    "R by kernel": ("a.ipynb", ipynb(code("x <- 1"), metadata=kernel("ir")), "is a notebook in R"),
    "Julia": ("a.ipynb", ipynb(code("x"), metadata={"language_info": {"name": "julia"}}), "is a notebook in julia"),
    "Julia by kernel": ("a.ipynb", ipynb(code("x"), metadata=kernel("julia-1.9")), "is a notebook in Julia"),
    "conflict": (
        "a.ipynb",
        GOOD.replace(", ", ",\n").replace('"source"', '\n<<<<<<< HEAD\n"a": 1,\n=======\n>>>>>>> b\n"source"'),
        "merge-conflict",
    ),
    "conflict in a script": ("a.py", "# %%\n<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> b\n", "merge-conflict markers at line 2"),
    "plain script": ("a.py", "import a\nprint(a)\n", "script without cells"),
    "header": ("a.md", "---\na: [\n---\n\n```python\nx\n```\n", "jupytext"),
    "other file": ("a.txt", "x", "is not a notebook: nbpipe reads .ipynb"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence(case, tmp_path):
    name, text, expected = BAD[case]
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(NotebookError) as caught:
        read_notebook(path)
    message = str(caught.value)
    assert expected.lower() in message.lower()
    assert message.startswith(str(path))
    assert "\n" not in message
    assert len(message) < len(str(path)) + 160


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(NotebookError, match="does not exist"):
        read_notebook(tmp_path / "none.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    with pytest.raises(NotebookError, match="cannot be read: Is a directory"):
        read_notebook(tmp_path / "folder.ipynb")
    (tmp_path / "binary.ipynb").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    with pytest.raises(NotebookError, match="not text in UTF-8"):
        read_notebook(tmp_path / "binary.ipynb")


@pytest.mark.parametrize("name", ["iris-env", "python3", "conda-env-ir-py", "juliaenv"])
def test_kernels_named_after_environments_are_python(name):
    assert from_cells(code("x"), metadata=kernel(name)).kernel == name


# ---------------------------------------------------------------- whatever the text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
)
LIKE_A_CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | JSON,
        "source": TEXTS | st.lists(TEXTS) | JSON,
        "input": TEXTS | JSON,
        "metadata": st.fixed_dictionaries({}, optional={"tags": JSON}) | JSON,
        "outputs": st.lists(
            st.fixed_dictionaries({}, optional={"output_type": st.text() | st.just("stream"), "data": JSON, "text": JSON}) | JSON
        )
        | JSON,
        "execution_count": JSON,
        "id": JSON,
    },
)
LIKE_A_NOTEBOOK = st.fixed_dictionaries(
    {"nbformat": st.sampled_from([4, 4, 4, 3, 2, 1]) | JSON},
    optional={
        "cells": st.lists(LIKE_A_CELL) | JSON,
        "worksheets": st.lists(st.fixed_dictionaries({}, optional={"cells": st.lists(LIKE_A_CELL), "metadata": JSON})) | JSON,
        "metadata": st.fixed_dictionaries({}, optional={"kernelspec": JSON, "language_info": JSON, "jupytext": JSON}) | JSON,
        "nbformat_minor": JSON,
    },
)


def read_or_refused(text, form):
    try:
        notebook = notebook_from_text(text, "a", form)
    except NotebookError as error:
        assert "\n" not in str(error)
        return
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    for cell in notebook.cells:
        assert cell.python == "" or cell.python.count("\n") == cell.source.count("\n")
        compile(cell.python, "", "exec", 0x2000)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@given(
    TEXTS | st.lists(TEXTS).map("\n\n# %%\n".join) | st.lists(TEXTS).map("\n```python\n".join),
    st.sampled_from(["ipynb", "percent", "markdown", "databricks"]),
)
def test_any_text_is_read_or_refused(text, form):
    read_or_refused(text, form)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@given(LIKE_A_NOTEBOOK.map(json.dumps))
def test_any_json_is_read_or_refused(text):
    read_or_refused(text, "ipynb")


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@given(st.lists(TEXTS, min_size=1))
def test_sources_are_kept(sources):
    cells = [code(source) for source in sources] + [code("x")]
    assert [cell.source for cell in from_cells(*cells).cells] == [*sources, "x"]
