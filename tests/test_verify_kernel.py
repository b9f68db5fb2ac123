"""A notebook on a watched kernel: values are captured at their points, outputs know their statements, and the notebook notices nothing."""

import pickle
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager

from nbpipe.errors import VerifyError
from nbpipe.model.finding import Span
from nbpipe.verify import outputs
from nbpipe.verify.baseline import Edit
from nbpipe.verify.environment import Interpreter
from nbpipe.verify.execution import Execution, load
from nbpipe.verify.options import VerifyOptions
from tests.verify_laboratory import executed, percent_notebook, small_script

NOTEBOOK = """
# %%
import random, sys
import matplotlib.pyplot as plt
# %%
x = 1
x = x + 1
x = 100
x
# %%
for i in range(2):
    print("i", i)
def f():
    print("in f")
f()
print("care", file=sys.stderr)
# %%


%matplotlib inline
a = 1; b = a + 1
b = 5; print(b)
b
# %%
%%time
y = 5
print("timed")
y = y + 1
# %%
plt.plot([1, 2])
1 + 1
plt.figure()
plt.plot([2, 1]);
# %%
%%capture captured
z = [1]
z.append(2)
print("hidden")
# %%
g = (i for i in [1])
h = lambda: g
# %%
print(get_ipython().execution_count, len(In), sorted(Out), [name for name in dir() if "nbpipe" in name or "reached" in name])
print(len(sys.path) == len(set(sys.path)), [name for name in sys.modules if name in ("values", "capture", "kernel", "stages")])
# %%
with open("made.txt", "w") as file:
    file.write("hi")
# %% tags=["raises-exception"]
1 / 0
# %%
import numpy as np
print(random.random(), np.random.rand())
# %%
print("before")
undefined
print("never")
# %%
last = 1
"""

PORTS = (
    ("first", "x", "c2.s1"),
    ("second", "x", "c2.s2"),
    ("third", "x", "c2.s3"),
    ("same_point", "i", "c3.s1"),
    ("same_point_too", "sys", "c3.s1"),
    ("middle_of_line", "a", "c4.s1"),
    ("timed", "y", "c5.s1"),
    ("timed_end", "y", "c5.s3"),
    ("captured", "z", "c7.s1"),
    ("generator", "g", "c8.s1"),
    ("lost", "nowhere", "c8.s1"),
    ("never", "last", "c14.s1"),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Execution:
    folder = tmp_path_factory.mktemp("home")
    notebook = percent_notebook(NOTEBOOK, folder / "small.py")
    return executed(notebook, small_script(notebook, PORTS), folder)


@pytest.fixture(scope="module")
def shown(run: Execution) -> dict[int, list[tuple[str, str]]]:
    """Statement and first words of each item, by the cell's number."""
    cells = outputs.of_notebook(run)
    return {cell + 1: [(item.statement, str(next(iter(item.data.values()))).strip()) for item in items] for cell, items in cells.items()}


@pytest.mark.parametrize(
    ("port", "value"),
    [
        ("first", 1),
        ("second", 2),
        ("third", 100),
        ("same_point", 1),
        ("middle_of_line", 1),
        ("timed", 5),
        ("timed_end", 6),
        ("captured", [1, 2]),
    ],
)
def test_values_are_captured_at_their_points(run: Execution, port: str, value: object) -> None:
    assert pickle.loads(Path(run.folder, "record", run.ports[port]["file"]).read_bytes()) == value  # noqa: S301


def test_what_is_captured_is_described(run: Execution) -> None:
    assert (run.ports["captured"]["shape"], run.ports["captured"]["dtype"]) == ([2], "int")
    assert "shape" not in run.ports["first"]


def test_what_cannot_be_captured_says_why(run: Execution) -> None:
    assert run.ports["generator"]["type"] == "builtins.generator"
    assert "cannot pickle 'generator' object" in run.ports["generator"]["problem"]
    assert run.ports["lost"] == {"problem": "the notebook has no variable nowhere here"}
    assert "never" not in run.ports


def test_outputs_know_their_statements(shown: dict[int, list[tuple[str, str]]]) -> None:
    assert shown[2] == [("c2.s4", "100")]
    assert shown[3] == [("c3.s1", "i 0\ni 1"), ("c3.s3", "in f"), ("c3.s4", "care")]
    assert shown[4] == [("c4.s4", "5"), ("c4.s5", "5")]
    assert shown[5][0] == ("c5.s2", "timed")


def test_figures_know_the_statement_that_made_them(run: Execution) -> None:
    items = [item for item in outputs.of_notebook(run)[5] if "image/png" in item.data]
    assert [(item.statement, item.late) for item in items] == [("c6.s1", True), ("c6.s3", True)]


def test_the_notebook_notices_nothing(shown: dict[int, list[tuple[str, str]]]) -> None:
    assert shown[9] == [("c9.s1", "10 10 [2, 4] []"), ("c9.s2", "True []")]


def test_the_notebook_shows_what_it_shows_without_being_watched(run: Execution, tmp_path: Path) -> None:
    plain = nbformat.from_dict(small_script(percent_notebook(NOTEBOOK, tmp_path / "small.py")).notebook)
    client = nbclient.NotebookClient(
        plain, kernel_name="python3", km=None, allow_errors=False, resources={"metadata": {"path": str(tmp_path)}}
    )
    assert "python3" in KernelSpecManager().find_kernel_specs()
    with pytest.raises(nbclient.exceptions.CellExecutionError):
        client.execute()
    watched = [[(item.kind, dict(item.data)) for item in outputs.merged(outputs.read_items(cell), by=bool)] for cell in run.outputs]
    expected = [
        [(item.kind, dict(item.data)) for item in outputs.merged(outputs.read_items(cell.get("outputs", ())), by=bool)]
        for cell in plain.cells
    ]
    random_or_timed = (4, 11)
    for number, cell in enumerate(watched):
        if number not in random_or_timed:
            assert cell == expected[number]


def test_where_it_fails(run: Execution) -> None:
    assert run.stop is not None
    assert (run.stop.cell, run.stop.place, run.stop.limit) == (12, "c13.s2", False)
    assert run.stop.error == "NameError: name 'undefined' is not defined"
    assert len(run.outputs) == 13
    assert outputs.of_notebook(run)[10][0].data == {"error": "ZeroDivisionError: division by zero"}


def test_files(run: Execution) -> None:
    assert run.written == ("notebook/made.txt",)
    assert run.writers == {"notebook/made.txt": "c10.s1"}
    assert (run.tree / "notebook" / "made.txt").read_text() == "hi"


def test_an_execution_is_kept_as_it_is(run: Execution) -> None:
    assert load(Path(run.folder)) == run


def test_unseeded_numbers_repeat_and_parameters_change(tmp_path: Path) -> None:
    notebook = percent_notebook(
        "# %%\nimport random\nimport numpy\nn = 0.25\nprint(n, random.random(), numpy.random.rand(), numpy.random.default_rng().random())\n",
        tmp_path / "small.py",
    )
    first = executed(notebook, small_script(notebook), tmp_path)
    edit = Edit(Span(0, 3, 4, 3, 8), "0.275")
    second = executed(notebook, small_script(notebook, edits=[edit]), tmp_path)
    one, other = (outputs.of_notebook(run)[0][0].text.split() for run in (first, second))
    assert (one[0], other[0]) == ("0.25", "0.275")
    assert one[1:] == other[1:]
    assert notebook.cells[0].source.splitlines()[2] == "n = 0.25"


def test_a_cell_that_never_ends(tmp_path: Path) -> None:
    notebook = percent_notebook("# %%\nprint('a')\n# %%\nwhile True:\n    pass\n", tmp_path / "small.py")
    run = executed(notebook, small_script(notebook), tmp_path, VerifyOptions(cell_timeout=1))
    assert run.stop is not None
    assert (run.stop.cell, run.stop.error, run.stop.limit) == (1, "the cell ran longer than 1 s", True)
    assert outputs.of_notebook(run)[0][0].text == "a\n"


def test_a_kernel_that_dies(tmp_path: Path) -> None:
    notebook = percent_notebook("# %%\nimport os\nos._exit(1)\n", tmp_path / "small.py")
    run = executed(notebook, small_script(notebook), tmp_path)
    assert run.stop is not None
    assert (run.stop.cell, run.stop.limit) == (0, True)
    assert "kernel died" in run.stop.error


def test_a_value_that_cannot_be_shown(tmp_path: Path) -> None:
    notebook = percent_notebook(
        "# %%\nclass Odd:\n    def __repr__(self):\n        raise RuntimeError('no program for that')\nOdd()\n# %%\nlast = 1\n",
        tmp_path / "small.py",
    )
    run = executed(notebook, small_script(notebook), tmp_path)
    assert run.stop is None or run.stop.error == "RuntimeError: no program for that"  # newer kernels stop there, older ones go on
    assert "RuntimeError" in str(run.outputs[0])


@pytest.mark.parametrize("gui", ["notebook", "inline", "widget"])
def test_figures_are_pictures_whatever_window_they_are_for(gui: str, tmp_path: Path) -> None:
    notebook = percent_notebook(f"# %%\n%matplotlib {gui}\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);\n", tmp_path / "small.py")
    run = executed(notebook, small_script(notebook), tmp_path)
    assert run.stop is None
    assert ["image/png" in item.data for item in outputs.of_notebook(run)[0]] == [True]


@pytest.mark.parametrize("failures", [1, 9])
def test_a_kernel_that_does_not_start_is_started_again(failures: int, tmp_path: Path) -> None:
    """As when another process has taken the port that was chosen for it."""
    starter = tmp_path / "starter.py"
    starter.write_text(
        f"""
import os, pathlib, sys
tried = pathlib.Path({str(tmp_path / "tried")!r})
tried.write_text(tried.read_text() + "." if tried.exists() else ".")
if len(tried.read_text()) <= {failures}:
    sys.exit("the port is taken")
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
""",
        encoding="utf-8",
    )
    interpreter = Interpreter((sys.executable, str(starter)))
    notebook = percent_notebook("# %%\nprint('a')\n", tmp_path / "small.py")
    if failures == 1:
        run = executed(notebook, small_script(notebook), tmp_path, interpreter=interpreter)
        assert outputs.of_notebook(run)[0][0].text == "a\n"
    else:
        with pytest.raises(VerifyError, match="The kernel cannot be started"):
            executed(notebook, small_script(notebook), tmp_path, interpreter=interpreter)
        assert (tmp_path / "tried").read_text() == "..."
