"""Bad input on the command line: one clear sentence, the right exit code, nothing half-written, the person's own files as they were."""

import ast
import cProfile
import errno
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nbpipe import api
from nbpipe.cli import main
from tests.benchmarks.growth import notebook as large_notebook

FINE, DIFFERS, BAD_INPUT = 0, 1, 2
PYTHON = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}


@dataclass(frozen=True)
class Answer:
    """How nbpipe ended, and what it said."""

    code: int
    out: str
    err: str


Nbpipe = Callable[..., Answer]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's folder, in which nbpipe is called."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def nbpipe(home: Path, capsys: pytest.CaptureFixture[str]) -> Nbpipe:
    """Call nbpipe; whatever it does, it is no bug, and the person's own files stay as they are."""

    def call(*arguments: str) -> Answer:
        before = digests(home)
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        said = capsys.readouterr()
        answer = Answer(int(caught.value.code or 0), said.out, said.err)
        assert answer.code in (FINE, DIFFERS, BAD_INPUT), answer.err
        after = digests(home)
        assert {path: after.get(path) for path in before} == before
        return answer

    return call


def digests(folder: Path) -> Mapping[str, str]:
    """All files below a folder but those of a generated project in `out`."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    own = [path for path in files if path.relative_to(folder).parts[0] != "out"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in own}


def cell(source: str, kind: str = "code", **metadata: Any) -> dict[str, Any]:
    outputs = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "source": source, "metadata": metadata, **outputs}


def text_of(*sources: str | dict[str, Any], metadata: Mapping[str, Any] = PYTHON) -> str:
    cells = [cell(source) if isinstance(source, str) else source for source in sources]
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def made(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(answer: Answer, *words: str) -> None:
    """Check that it was refused, in one sentence that has these words."""
    assert (answer.code, answer.out) == (BAD_INPUT, "")
    assert answer.err.startswith("nbpipe: ")
    assert answer.err.count("\n") == 1
    for word in words:
        assert word in answer.err


GOOD = text_of("numbers = [3, 1, 2]", "total = sum(numbers)\nprint(total)")
NO_NOTEBOOKS = {
    "nothing": (b"", "empty"),
    "text": (b"Dear diary", "line 1"),
    "truncated": (GOOD[: len(GOOD) // 2].encode(), "truncated"),
    "conflict": (b"<<<<<<< HEAD\n" + GOOD.encode() + b"\n=======\n" + GOOD.encode() + b"\n>>>>>>> other\n", "conflict markers at line 1"),
    "other JSON": (b'{"a": 1}', "not a notebook"),
    "deep JSON": (b"[" * 100_000, "JSON"),
    "web page": (b"<!DOCTYPE html><html>", "web page"),
    "binary": (bytes(range(256)), "UTF-8"),
    "no cells": (json.dumps({"cells": [], "metadata": {}, "nbformat": 4}).encode(), "no code"),
    "cells that are none": (json.dumps({"cells": [3], "metadata": {}, "nbformat": 4}).encode(), "cell 1"),
    "from the future": (json.dumps({"cells": [], "metadata": {}, "nbformat": 5}).encode(), "nbformat 5"),
    "R": (text_of("x <- 1", metadata={"kernelspec": {"name": "ir", "language": "R"}}).encode(), "notebook in R"),
    "Julia": (text_of("x = 1", metadata={"kernelspec": {"name": "julia-1.9"}}).encode(), "julia"),
}


@pytest.mark.parametrize("command", ["analyze", "plan", "convert"])
@pytest.mark.parametrize("name", NO_NOTEBOOKS)
def test_what_is_no_notebook_is_refused(name: str, command: str, nbpipe: Nbpipe, home: Path) -> None:
    content, words = NO_NOTEBOOKS[name]
    (home / "bad.ipynb").write_bytes(content)
    refused(nbpipe(command, "bad.ipynb", *(["-o", "out"] if command == "convert" else [])), "bad.ipynb", words)
    assert made(home) == ["bad.ipynb"]


def test_what_is_not_there_is_refused(nbpipe: Nbpipe, home: Path) -> None:
    refused(nbpipe("convert", "gone.ipynb", "-o", "out"), "gone.ipynb", "does not exist")
    (home / "empty").mkdir()
    refused(nbpipe("convert", "empty", "-o", "out"), "empty", "no notebook")
    (home / "folder.ipynb").mkdir()
    refused(nbpipe("convert", "folder.ipynb", "-o", "out"), "folder.ipynb")
    (home / "notes.txt").write_text(GOOD)
    refused(nbpipe("convert", "notes.txt", "-o", "out"), "notes.txt")
    (home / "a.ipynb").write_text(GOOD)
    refused(nbpipe("verify", "a.ipynb", "gone"), "gone")
    refused(nbpipe("convert", "a.ipynb", "-o", "out", "--plan", "gone.toml"), "gone.toml")
    assert "out" not in made(home)


def test_one_bad_notebook_does_not_stop_the_others(nbpipe: Nbpipe, home: Path) -> None:
    (home / "good.ipynb").write_text(GOOD)
    (home / "bad.ipynb").write_text("Dear diary")
    answer = nbpipe("convert", ".", "-o", "out", "--format", "json")
    assert answer.code == BAD_INPUT
    assert "bad.ipynb" in answer.err
    assert made(home / "out") == ["good"]


# cells that cannot be executed


def test_a_syntax_error_in_one_cell(nbpipe: Nbpipe, home: Path) -> None:
    (home / "a.ipynb").write_text(text_of("x = 1", "x = = 2\nimport", "print(x)"))
    answer = nbpipe("convert", "a.ipynb", "-o", "out")
    assert answer.code == FINE
    assert "cell 2, line 1" in answer.out
    assert run_project(home / "out", "a") == "1\n"


@pytest.mark.parametrize(
    "deep", ["x = " + "(" * 5000 + ")" * 5000, "x = " + "-" * 50_000 + "1", "\n".join(" " * i + "if 1:" for i in range(99)) + " x = 2"]
)
def test_code_that_is_nested_too_deeply(deep: str, nbpipe: Nbpipe, home: Path) -> None:
    (home / "a.ipynb").write_text(text_of("x = 1", deep, "print(x)"))
    answer = nbpipe("convert", "a.ipynb", "-o", "out")
    assert answer.code == FINE
    assert "cell 2" in answer.out
    assert run_project(home / "out", "a") == "1\n"


@pytest.mark.parametrize(
    "large", ["x = 0" + " + 1" * 2000, "x = [" + "1, " * 50_000 + "]", "x = 1\n" * 5000, "x = '" + "a" * 1_000_000 + "'"]
)
def test_large_cells(large: str, nbpipe: Nbpipe, home: Path) -> None:
    (home / "a.ipynb").write_text(text_of(large, "print(type(x).__name__)"))
    assert nbpipe("convert", "a.ipynb", "-o", "out").code == FINE
    assert run_project(home / "out", "a").strip() in ("int", "list", "str")


def test_a_cell_that_fails(nbpipe: Nbpipe, home: Path) -> None:
    (home / "a.ipynb").write_text(text_of("x = 1\nprint(x)", "x = 1 / 0", "print(x)"))
    answer = nbpipe("convert", "a.ipynb", "-o", "out", "--verify")
    assert answer.code in (FINE, DIFFERS)
    assert "cell 2" in answer.out
    assert "ZeroDivisionError" in answer.out


def test_no_data_beside_it(nbpipe: Nbpipe, home: Path) -> None:
    (home / "a.ipynb").write_text(text_of("rows = open('rows.csv').readlines()", "print(len(rows))"))
    answer = nbpipe("convert", "a.ipynb", "-o", "out", "--verify")
    assert answer.code in (FINE, DIFFERS)
    assert "rows.csv" in answer.out


def test_a_cell_that_never_ends(nbpipe: Nbpipe, home: Path) -> None:
    (home / "a.ipynb").write_text(text_of("print(1)", "while True:\n    pass", "print(2)"))
    answer = nbpipe("convert", "a.ipynb", "-o", "out", "--verify", "--cell-timeout", "3", "--timeout", "20")
    assert answer.code in (FINE, DIFFERS)
    assert "cell 2" in answer.out
    assert "3 s" in answer.out


def calls_of(path: Path) -> int:
    """How many functions are called to plan a notebook: unlike seconds, they are the same on any machine."""
    profile = cProfile.Profile()
    profile.runcall(api.plan, path)
    return sum(entry.callcount for entry in profile.getstats())


def test_the_work_grows_with_the_number_of_cells(home: Path) -> None:
    calls = []
    for cells in (100, 300, 1200):  # the first fills the caches
        (home / f"a{cells}.ipynb").write_text(large_notebook(cells))
        calls.append(calls_of(home / f"a{cells}.ipynb"))
    assert calls[2] < 4 * 1.2 * calls[1]


# where to write


def test_a_person_s_files_are_kept(nbpipe: Nbpipe, home: Path) -> None:
    (home / "a.ipynb").write_text(GOOD)
    folder = home / "mine"
    folder.mkdir()
    (folder / "README.md").write_text("mine")
    refused(nbpipe("convert", "a.ipynb", "-o", "mine"), "README.md", "--force")
    assert made(folder) == ["README.md"]
    refused(nbpipe("convert", "a.ipynb", "-o", "mine/README.md"), "is a file")
    refused(nbpipe("convert", "a.ipynb", "-o", "mine/README.md/project"), "cannot be written")
    refused(nbpipe("plan", "a.ipynb", "-o", "mine/README.md"), "README.md", "--force")


@pytest.mark.parametrize("force", [[], ["--force"]])
@pytest.mark.parametrize("name", ["a.ipynb", "pipeline.ipynb"])
def test_a_notebook_in_the_output_folder_is_never_replaced(name: str, force: list[str], nbpipe: Nbpipe, home: Path) -> None:
    (home / name).write_text(GOOD)
    answer = nbpipe("convert", name, "-o", ".", *force)
    if name == "pipeline.ipynb" or not force:
        refused(answer, name)
        assert made(home) == [name]


def test_a_project_is_not_its_own_input(nbpipe: Nbpipe, home: Path) -> None:
    (home / "a.ipynb").write_text(text_of("name = input()\nrows = open(name).readlines()", "print(len(rows))"))
    (home / "rows.csv").write_text("1\n")
    for _ in range(2):
        assert nbpipe("convert", "a.ipynb", "-o", "out").code == FINE
        assert made(home / "out" / "data") == ["rows.csv"]
    refused(nbpipe("convert", "out/pipeline.ipynb", "-o", "out"), "pipeline.ipynb")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder in which nobody, not even root, can write")
def test_a_folder_that_cannot_be_written(nbpipe: Nbpipe, home: Path) -> None:
    (home / "a.ipynb").write_text(GOOD)
    refused(nbpipe("convert", "a.ipynb", "-o", "/proc/nbpipe/out"), "/proc/nbpipe/out", "cannot be written")
    refused(nbpipe("plan", "a.ipynb", "-o", "/proc/nbpipe/plan.toml"), "/proc/nbpipe/plan.toml", "cannot be written")


@pytest.mark.parametrize("writes", [1, 5, 20])
def test_a_full_disk(writes: int, nbpipe: Nbpipe, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "a.ipynb").write_text(GOOD)
    write_text = Path.write_text
    left = writes

    def full(self: Path, *arguments: Any, **options: Any) -> int:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_text(self, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", full)
    refused(nbpipe("convert", "a.ipynb", "-o", "out"), "No space left on device")
    assert made(home) == ["a.ipynb"]


# names


@pytest.mark.parametrize(
    "name", ["2nd try-final (1)", "class", "numpy", "json", "test", "données 数据", "--help", "-", "a'b\"c$(x)", "x" * 200]
)
def test_names_of_notebooks(name: str, nbpipe: Nbpipe, home: Path) -> None:
    (home / f"{name}.ipynb").write_text(text_of("import json\nnumbers = json.loads('[1, 2]')", "print(sum(numbers))"))
    assert nbpipe("convert", f"{home}/{name}.ipynb", "-o", "out").code == FINE
    (package,) = made(home / "out" / "src")
    assert package.isidentifier()
    assert run_project(home / "out", package) == "3\n"
    assert nbpipe("convert", "-o", "out2", "--", f"{name}.ipynb").code == FINE


TAKEN = (
    "import json\nimport math as np\nfrom json import dumps as runner",
    "def load_data(n):\n    return [n, 1]\n\ndef report(x):\n    return f'report {x}'\n\ndef pipeline(*values):\n    return sum(values)",
    "class Stage:\n    pass\n\nstages = [Stage.__name__]",
    cell("# Load data", "markdown"),
    "data = load_data(json.loads('3'))\nstorage = settings = functions = constants = data\nreport(data)",
    "Any = NamedTuple = Path = len(stages)\nprint(Any, runner(storage))",
    cell("# Train the model", "markdown"),
    "train_model = pipeline(*data) + np.floor(2.5)\nmax = max(data)\nmax",
    "parameters = {'a': train_model}\nreport = report(parameters)\nprint(report)",
    "if __name__ == '__main__':\n    print('main', max)\n    del max\nprint(max(data), main := 3)",
)


def test_names_that_nbpipe_uses_itself(nbpipe: Nbpipe, home: Path) -> None:
    (home / "pipeline.ipynb").write_text(text_of(*TAKEN))
    answer = nbpipe("convert", "pipeline.ipynb", "-o", "out", "--verify")
    assert answer.code == FINE, answer.out


HOSTILE = (
    '"; import os; os.system("touch pwned") #',
    '"""\nimport os; os.system("touch pwned")\n"""',
    "$(touch pwned) `touch pwned` ; touch pwned",
    "{{ 7 * 7 }} {% raw %} ${7*7} %s {0}",
    "<script>alert(1)</script> [x](javascript:alert(1)) ]]> --> *a* | b |",
    "\x1b[31mred\x1b]0;title\x07 \x00 \u202e \\ \\\\ \\n '''",
    "../../pwned",
)


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_text_stays_text(evil: str, nbpipe: Nbpipe, home: Path) -> None:
    name = "".join(c for c in evil if c not in "/\0")[:60]
    tags = ["parameters", f"nbpipe:stage={evil}", evil]
    (home / f"{name}.ipynb").write_text(
        text_of(
            cell(f"# {evil}\n\n{evil}", "markdown"),
            cell(f"path = {evil!r}\nsize = 3", tags=tags),
            cell(f"## {evil}\n```python\n{evil}\n```", "markdown"),
            cell(f"# {evil.splitlines()[0]}\ntext = [path] * size".replace("\0", ""), tags=tags[1:]),
            f"!echo {{len({evil!r})}} > /dev/null\nprint(len({evil!r}), len(text))".replace("\0", ""),
            cell(f"open({evil!r} + '.txt', 'w').close()", tags=["nbpipe:drop"]),
        )
    )
    answer = nbpipe("convert", f"./{name}.ipynb", "-o", "out", "--format", "text")
    assert answer.code == FINE
    assert "\x1b" not in answer.out
    (package,) = made(home / "out" / "src")
    for file in (home / "out").rglob("*.py"):
        calls = [ast.unparse(node.func) for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
        assert not [call for call in calls if call.startswith("os.system")]
    run_project(home / "out", package)
    pwned = [path for path in home.parent.parent.rglob("pwned*") if path.is_file()]
    assert all(path.is_relative_to(home / "out" / "src" / package / "stages") for path in pwned)  # where stages have their names


def run_project(folder: Path, package: str) -> str:
    """Run all stages and reports of a project in a process of its own, and return what they print."""
    code = f"""
from pathlib import Path
from {package} import parameters, pipeline, runner
given = parameters.load_parameters(Path("params.yaml"))
for stage in pipeline.STAGES:
    runner.run_stage(stage, given)
    runner.run_report(stage, given)
"""
    return finished([sys.executable, "-c", code], folder).stdout


def finished(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    assert result.returncode == 0, result.stderr
    return result
