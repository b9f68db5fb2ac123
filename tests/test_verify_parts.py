"""The parts of verification that need no kernel."""

import ast
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nbpipe.errors import VerifyError
from nbpipe.model import codec
from nbpipe.model.finding import Span
from nbpipe.model.flow import Phase
from nbpipe.model.notebook import Cell
from nbpipe.model.plan import Parameter, Plan, Stage
from nbpipe.model.project import Conversion, Origin
from nbpipe.model.verification import Check, Level, Status
from nbpipe.verify import cache, verification
from nbpipe.verify.baseline import Edit, script
from nbpipe.verify.environment import Interpreter, choose, environment
from nbpipe.verify.evidence import Evidence
from nbpipe.verify.execution import Execution, Laboratory, Stop
from nbpipe.verify.inside.stages import imports_in
from nbpipe.verify.inside.statements import identify
from nbpipe.verify.options import VerifyOptions
from nbpipe.verify.parameters import changes, edits, fewer
from nbpipe.verify.processes import Processes
from nbpipe.verify.provenance import Provenance
from nbpipe.verify.runs import Runs
from nbpipe.verify.scratch import copy_project, snapshot, surroundings, written
from nbpipe.verify.statements import is_executed, order_of, statement_lines
from tests.verify_laboratory import HERE, percent_notebook, small_script

# Parameters


def parameter(name: str, default: object, cell: int = 0) -> Parameter:
    return Parameter(name, default, spans=(Span(cell, 1, 4, 1, 4 + len(repr(default))),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("default", "other"),
    [(3, 4), (0, 1), (-1, 0), (2.0, 2.2), (0.25, 0.275), (0.95, 0.855), (1.0, 1.1), (0.0, 0.1), (-0.5, -0.55)],
)
def test_numbers_are_changed_a_little(default: float, other: float) -> None:
    (value,) = changes([parameter("p", default)]).values()
    assert value == pytest.approx(other)
    assert type(value) is type(default)


@pytest.mark.parametrize("default", [True, "data.csv", None])
def test_other_parameters_are_left_alone(default: object) -> None:
    assert changes([parameter("p", default)]) == {}


def test_a_parameter_without_a_place_is_left_alone() -> None:
    assert changes([Parameter("p", 3)]) == {}


def test_parameters_are_replaced_in_the_notebook() -> None:
    notebook = percent_notebook("# %%\nn = 10; m = n + 10\ntext = '''10\n'''\n", Path("small.py"))
    parameters = [Parameter("n", 10, spans=(Span(0, 1, 4, 1, 6), Span(0, 1, 16, 1, 18)))]
    found = script(notebook, Plan("small.py", "small", ()), edits(parameters, {"n": 1234}))
    assert found.notebook["cells"][0]["source"] == "n = 1234; m = n + 1234\ntext = '''10\n'''"
    assert found.watch["cells"][0]["source"] == found.notebook["cells"][0]["source"]


def test_where_the_notebook_fails_fewer_are_changed() -> None:
    parameters = [parameter("a", 1, 1), parameter("b", 2, 3), parameter("c", 3, 5), parameter("my_seed", 4, 2)]
    tried = list(fewer(parameters, {"a": 2, "b": 3, "c": 4, "my_seed": 5}, 3))
    assert [set(values) for values in tried] == [{"a", "c", "my_seed"}, {"c", "my_seed"}, {"my_seed"}]


# Statements


def test_statements_have_their_lines() -> None:
    cell = Cell(3, "x", "code", "", python="\na = 1; b = 2\n@d\ndef f():\n    pass\nawait f()")
    assert statement_lines(cell) == [("c4.s1", 2), ("c4.s2", 2), ("c4.s3", 4), ("c4.s4", 6)]
    assert order_of("c4.s12") == (4, 12)


@pytest.mark.parametrize(
    ("source", "tags", "executed"), [("x", (), True), ("  \n", (), False), ("x", ("skip-execution",), False), ("x", ("other",), True)]
)
def test_which_cells_are_executed(source: str, tags: tuple[str, ...], executed: bool) -> None:
    assert is_executed(Cell(0, "x", "code", source, tags=tags)) is executed
    assert not is_executed(Cell(0, "x", "markdown", source, tags=tags))


@pytest.mark.parametrize(
    ("kernel", "plain", "found"),
    [
        ("a = 1\nb = 2", "a = 1\nb = 2", ["c1.s1", "c1.s2"]),
        ("get_ipython().system('ls')\na = 1", "\na = 1", ["", "c1.s1"]),
        ("get_ipython().system('ls')\na = 1; b = 2", "\na = 1; b = 2", ["", "c1.s1", "c1.s2"]),
        ("a = 1\nb = 2", "\n\na = 1\nb = 2", ["c1.s1", "c1.s2"]),
        ("a = get_ipython().getoutput('ls')", "a = subprocess.getoutput('ls').splitlines()", ["c1.s1"]),
    ],
)
def test_the_kernels_statements_are_those_of_the_notebook(kernel: str, plain: str, found: list[str]) -> None:
    statements = statement_lines(Cell(0, "x", "code", "", python=plain))
    assert identify(ast.parse(kernel).body, statements, 0) == found


# Scratch copies


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A notebook's folder with everything around it."""
    folder = tmp_path / "project" / "notebooks"
    for name, content in {
        "analysis.ipynb": "{}",
        "other.ipynb": "{}",
        "used.ipynb": "{}",
        "data.csv": "1,2",
        "module.py": "x = 1",
        "deep/er/table.csv": "3",
        ".git/config": "",
        "__pycache__/module.pyc": "",
        ".ipynb_checkpoints/data.csv": "",
        "venv/pyvenv.cfg": "",
        "venv/big.py": "",
        "out/.nbpipe/conversion.json": "{}",
        "out/data.csv": "",
        "named/out.txt": "",
        "../data/train.csv": "4",
        "../data/unused.csv": "5",
        "../shared.py": "y = 1",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (folder / "models").mkdir()
    yield folder


def test_what_is_copied(home: Path, tmp_path: Path) -> None:
    around = surroundings(home, ["data.csv"], "%run used.ipynb", 1000, home / "named")
    workdir = around.lay_out(tmp_path / "copy")
    assert workdir == tmp_path / "copy" / "notebook"
    assert set(snapshot(workdir)) == {"data.csv", "module.py", "deep/er/table.csv", "used.ipynb"}
    assert (workdir / "models").is_dir()
    assert around.findings == ()


def test_folders_above_are_mirrored(home: Path, tmp_path: Path) -> None:
    around = surroundings(home, ["../data/train.csv"], "sys.path.append('..')", 1000, home / "out")
    workdir = around.lay_out(tmp_path / "copy")
    assert workdir == tmp_path / "copy" / "notebooks"
    assert (workdir / "../data/train.csv").read_text() == "4"
    assert (workdir / "../shared.py").is_file()
    assert not (workdir / "../data/unused.csv").exists()


def test_what_is_too_large_is_named(home: Path) -> None:
    (home / "huge.bin").write_bytes(b"x" * 2000)
    around = surroundings(home, [], "", 1000, home / "out")
    assert "notebook/huge.bin" not in around.files
    assert [finding.rule for finding in around.findings] == ["NB903"]
    assert "huge.bin" in around.findings[0].message
    assert "notebook/huge.bin" in surroundings(home, ["huge.bin"], "", 1000, home / "out").files


def test_a_change_of_any_file_changes_the_digest(home: Path) -> None:
    before = surroundings(home, [], "", 1000, home / "out").digest()
    assert surroundings(home, [], "", 1000, home / "out").digest() == before
    (home / "data.csv").write_text("1,3")
    assert surroundings(home, [], "", 1000, home / "out").digest() != before


def test_links_that_go_round_are_followed_once(home: Path, tmp_path: Path) -> None:
    (home / "round").symlink_to(home)
    (home / "elsewhere").symlink_to(home.parent / "data")
    files = surroundings(home, [], "", 10_000, home / "out").files
    assert "notebook/elsewhere/train.csv" in files
    assert not any("round" in name for name in files)


def test_what_was_written(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("a")
    (tmp_path / "same.txt").write_text("a")
    before = snapshot(tmp_path)
    os.utime(tmp_path / "old.txt", (1, 1))  # the same content, written again
    (tmp_path / "new.txt").write_text("b")
    assert written(tmp_path, before) == ("new.txt", "old.txt")


def test_a_project_is_copied_as_it_is_before_it_runs(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for name in ("src/p/__init__.py", "artifacts/x.pkl", "data/in.csv", "data/made.csv", "venv/pyvenv.cfg", ".nbpipe/conversion.json"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("")
    copy_project(project, tmp_path / "copy", ["data/made.csv"])
    assert set(snapshot(tmp_path / "copy")) == {"src/p/__init__.py", "data/in.csv", ".nbpipe/conversion.json"}


# Provenance


@pytest.fixture
def project(tmp_path: Path) -> Path:
    stage = tmp_path / "src" / "p" / "stages" / "clean.py"
    stage.parent.mkdir(parents=True)
    stage.write_text("import a\n\ndef clean():\n    x = 1\n    y = 2\n    return x\n")
    return tmp_path


def provenance(project: Path) -> Provenance:
    lines = {4: (2, "c3.s1"), 5: (4, "c5.s2")}
    origins = tuple(Origin("src/p/stages/clean.py", line, *place) for line, place in lines.items())
    conversion = Conversion("n.ipynb", "", Plan("n.ipynb", "p", ()), origins)
    return Provenance(project, conversion, project / "src" / "p")


@pytest.mark.parametrize(("line", "statement"), [(4, "c3.s1"), (5, "c5.s2"), (6, "c5.s2"), (1, "c3.s1")])
def test_lines_lead_back_to_statements(project: Path, line: int, statement: str) -> None:
    origin = provenance(project).origin(f"stages/clean.py:{line}")
    assert origin is not None
    assert origin.statement == statement
    assert provenance(project).origin(f"stages/other.py:{line}") is None


def test_lines_of_an_edited_file_lead_back_too(project: Path) -> None:
    stage = project / "src/p/stages/clean.py"
    generated = project / ".nbpipe" / "generated.json"
    generated.parent.mkdir(exist_ok=True)
    generated.write_text(json.dumps({"src/p/stages/clean.py": stage.read_text()}))
    stage.write_text('import a\nimport b\n\ndef clean():\n    """Clean."""\n    print(b)\n    x = 1\n    y = 3\n    return x\n')
    origins = [provenance(project).origin(f"stages/clean.py:{line}") for line in (7, 8)]
    assert [origin and origin.statement for origin in origins] == ["c3.s1", "c5.s2"]


# The cache


@pytest.fixture
def execution(tmp_path: Path) -> Execution:
    folder = tmp_path / "run"
    (folder / "record").mkdir(parents=True)
    (folder / "record" / "port-0.pkl").write_bytes(b"1")
    (folder / "tree" / "notebook").mkdir(parents=True)
    (folder / "tree" / "notebook" / "made.txt").write_text("made")
    (folder / "tree" / "notebook" / "input.csv").write_text("input")
    output = {"output_type": "stream", "name": "stdout", "text": "a"}
    found = Execution(("/x",), 1.0, 2.5, ((), (output,)), (0.0, 1.0), Stop(1, "ValueError: no", "c2.s1"), ("notebook/made.txt",))

    (folder / "execution.json").write_text(codec.to_json(found))
    return replace(found, folder=str(folder))


def test_an_execution_is_kept_and_found(execution: Execution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cache.find("name") is None
    cache.keep("name", execution)
    found = cache.find("name")
    assert found is not None
    assert replace(found, folder="") == replace(execution, folder="")
    assert (found.tree / "notebook" / "made.txt").read_text() == "made"
    assert not (found.tree / "notebook" / "input.csv").exists()
    assert Path(found.folder, "record", "port-0.pkl").is_file()


def test_two_processes_may_keep_the_same(execution: Execution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for _ in range(2):
        cache.keep("name", execution)
    assert [path.name for path in (tmp_path / "cache/nbpipe/baselines").iterdir()] == ["name"]


def test_a_damaged_entry_is_as_none(execution: Execution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache.keep("name", execution)
    (tmp_path / "cache/nbpipe/baselines/name/execution.json").write_text("{")
    assert cache.find("name") is None


def test_old_entries_are_forgotten(execution: Execution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache.keep("old", execution)
    os.utime(tmp_path / "cache/nbpipe/baselines/old", (0, 0))
    cache.keep("new", execution)
    assert cache.find("old") is None
    assert cache.find("new") is not None


def test_the_key_depends_on_all_that_matters(tmp_path: Path) -> None:
    with Processes() as processes:
        lab = Laboratory(HERE, VerifyOptions(), processes)
        one = small_script(percent_notebook("# %%\nx = 1\n", tmp_path / "n.py"))
        other = small_script(percent_notebook("# %%\nx = 2\n", tmp_path / "n.py"))
        port = small_script(percent_notebook("# %%\nx = 1\n", tmp_path / "n.py"), [("x", "x", "c1.s1")])
        plain = cache.key(one, "files", {"python": "3.11"}, lab)
        assert cache.key(one, "files", {"python": "3.11"}, lab) == plain
        others = [
            cache.key(other, "files", {"python": "3.11"}, lab),
            cache.key(port, "files", {"python": "3.11"}, lab),
            cache.key(one, "others", {"python": "3.11"}, lab),
            cache.key(one, "files", {"python": "3.12"}, lab),
            cache.key(one, "files", {"python": "3.11"}, replace(lab, interpreter=Interpreter(HERE.command, {"A": "1"}))),
        ]
        assert len({plain, *others}) == 6


# Interpreters and processes


def test_an_environment_is_described() -> None:
    found = environment()
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["ipykernel"] is True
    assert found["imports"]["sklearn"] == "scikit-learn"
    assert "pandas" in found["distributions"]


def test_what_is_no_python_is_said() -> None:
    with pytest.raises(VerifyError, match="cannot be started as a Python"):
        environment("/bin/false")


def kernel_named(folder: Path, name: str, argv: list[str]) -> None:
    (folder / "kernels" / name).mkdir(parents=True)
    spec = {"argv": argv, "display_name": name, "language": "python", "env": {"A": "1"}}
    (folder / "kernels" / name / "kernel.json").write_text(json.dumps(spec))


def test_kernels_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    kernel_named(tmp_path, "mine", ["/opt/python", "-X", "dev", "-m", "ipykernel_launcher", "-f", "{connection_file}"])
    kernel_named(tmp_path, "strange", ["/opt/R", "--slave"])
    mine = Interpreter(("/opt/python", "-X", "dev"), {"A": "1"})
    assert choose("mine", VerifyOptions()) == (mine, ())
    assert choose(None, VerifyOptions(kernel="mine")) == (mine, ())
    assert choose("mine", VerifyOptions(python=sys.executable))[0] == HERE
    with pytest.raises(VerifyError, match="'strange' is not an IPython kernel"):
        choose(None, VerifyOptions(kernel="strange"))
    interpreter, notes = choose("not installed here", VerifyOptions())
    assert interpreter == HERE
    assert [note.rule for note in notes] == ["NB905"]


def test_a_process_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    lines: list[str] = []
    code = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
    with Processes() as processes:
        began = time.monotonic()
        assert processes.run(code, tmp_path, dict(os.environ), tmp_path / "errors.txt", 1, lines.append) < 0
    assert lines == ["here"]
    assert time.monotonic() - began < 30


def test_leaving_ends_what_runs(tmp_path: Path) -> None:
    started = threading.Event()
    code = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
    processes = Processes()
    runner = threading.Thread(
        target=processes.run, args=(code, tmp_path, dict(os.environ), tmp_path / "errors.txt", 50, lambda line: started.set())
    )
    with processes:
        runner.start()
        assert started.wait(30)
    runner.join(20)
    assert not runner.is_alive()


def test_imports_are_found_in_sources() -> None:
    source = "import pandas as pd, numpy\nfrom sklearn.tree import X\nfrom .storage import y\ndef f():\n    import scipy.stats\n"
    assert imports_in(source) == {"pandas", "numpy", "sklearn.tree", "scipy.stats"}
    assert imports_in("this is no Python") == set()


def test_a_plan_without_ports_has_nothing_to_capture(tmp_path: Path) -> None:
    notebook = percent_notebook("# %% [markdown]\n# text\n# %%\nx = 1\n# %%\n", tmp_path / "n.py")
    found = script(notebook, Plan("n.py", "n", (Stage("a", Phase.SETUP),)), [Edit(Span(1, 1, 4, 1, 5), "2")])
    assert found.watch["ports"] == []
    assert found.watch["cells"] == [{"source": "x = 2", "statements": [("c2.s1", 1)]}]


def test_a_further_run_of_the_notebook_tells_noise_from_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Any = None
    turns: list[str] = []

    def check(subject: str, status: Status) -> Check:
        return Check(Level.VALUE, subject, status, "")

    def run_again(_case: object, turn: str) -> Any:
        turns.append(turn)
        return turn

    def checks(evidence: Evidence) -> tuple[Check, ...]:
        """The second place differs in the notebook's own third run, the fourth one in none of its runs."""
        noisy = {"1": {"a"}, "3": {"a", "b"}, "4": {"a"}}[str(evidence.runs.second)]
        return tuple(check(subject, Status.NOISY if subject in noisy else Status.DIFFERENT) for subject in "abc")

    monkeypatch.setattr(verification, "run_again", run_again)
    monkeypatch.setattr(verification, "all_checks", checks)
    evidence = Evidence(nothing, Runs(nothing, "1", nothing, (), nothing, nothing, {}))  # type: ignore[arg-type]
    found = verification.with_more_turns(evidence, checks(evidence))
    assert {check.subject: check.status for check in found} == {"a": Status.NOISY, "b": Status.NOISY, "c": Status.DIFFERENT}
    assert turns == ["3", "4"]
    steady = (check("a", Status.DIFFERENT), check("b", Status.SAME))
    assert verification.with_more_turns(evidence, steady) == steady
    assert turns == ["3", "4"]
