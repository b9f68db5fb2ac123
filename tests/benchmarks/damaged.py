"""Damaged notebooks: nbpipe converts each, or refuses it in a clear sentence. Anything else is a bug, and makes this end with 1.

python -m tests.benchmarks.damaged [FOLDER] [--count 1000] [--seed 0] [--jobs 1]
"""

import argparse
import ast
import random
import re
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.progress import track
from rich.table import Table

from nbpipe import api
from nbpipe.errors import NbpipeError
from nbpipe.model.notebook import Notebook
from nbpipe.planning.check import problems
from nbpipe.render.code import render_code
from nbpipe.render.inputs import find_inputs
from nbpipe.render.project import Surroundings, build_project
from nbpipe.targets import TARGETS
from tests.damage import damaged

OLDEST = (3, 9)  # the Python that generated code must be valid for
SECONDS = 30  # more processor time than that for one notebook is a bug as well
FILE_NAMES = ("analysis", "2nd try-final (1)", "class", "numpy", "--help", "données 数据", "a'b\"c", "test")


@dataclass(frozen=True)
class Result:
    """What became of one damaged notebook: `converted`, `refused` or `crashed`; with what was said, the innermost frame and the traceback."""

    number: int
    outcome: str
    detail: str = ""
    place: str = ""
    trace: str = ""
    seconds: float = 0.0


def attempt(number: int, notebooks: list[Path], seed: int, projects: int) -> Result:
    """Damage one of the notebooks, and convert it."""
    chance = random.Random(f"{seed}.{number}")
    source = chance.choice(notebooks).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, _limit(SECONDS), warnings.catch_warnings(action="ignore"):
        path = Path(folder, f"{chance.choice(FILE_NAMES)}.ipynb")
        path.write_bytes(damaged(source, chance))
        start = time.process_time()
        try:
            convert(path, whole=number % projects == 0)
        except NbpipeError as error:
            return Result(number, "refused" if _is_clear(str(error)) else "crashed", str(error), seconds=time.process_time() - start)
        except BaseException as error:  # whatever it is, it is what we look for
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(frame.filename).name}:{frame.name}"
            return Result(
                number, "crashed", f"{type(error).__name__}: {error}"[:400], place, "".join(traceback.format_exception(error)[-12:])
            )
        return Result(number, "converted", seconds=time.process_time() - start)


def convert(path: Path, whole: bool) -> None:
    """Take a notebook from its file to the text of its modules, or to that of the whole project; check what is promised of them."""
    planned = api.plan(path)
    wrong = problems(planned.plan, planned.graph)
    assert not wrong, wrong
    sources = render_code(planned.plan, planned.graph, planned.notebook)
    modern = not _parses(_code(planned.notebook))
    for name, text in sources.modules.items():
        compile(text, name, "exec", dont_inherit=True)
        assert modern or _parses(text), f"{name} is no Python {OLDEST}"
    if whole:
        inputs = find_inputs(planned.notebook, planned.graph)
        around = Surroundings(inputs=inputs.files, folders=inputs.folders, files={"plan.toml": planned.text})
        project = build_project(planned.plan, planned.graph, sources, around, TARGETS["package"])
        for name, text in project.files.items():
            if name.endswith(".py"):
                compile(text, name, "exec", dont_inherit=True)


def _code(notebook: Notebook) -> str:
    return "\n".join(cell.python for cell in notebook.code_cells)


def _parses(source: str) -> bool:
    """Whether the oldest Python can read some source."""
    try:
        ast.parse(source, feature_version=OLDEST)
    except SyntaxError:
        return False
    return True


def _is_clear(sentence: str) -> bool:
    """Whether a message is what it should be: short, on one line, and about a notebook."""
    return len(sentence) < 500 and "\n" not in sentence and ".ipynb" in sentence


class _limit:
    """Raise TimeoutError in a block that takes too long."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        signal.signal(signal.SIGPROF, self._stop)
        signal.setitimer(signal.ITIMER_PROF, self.seconds)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {self.seconds} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[2] / "notebooks")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, action="append", help="only the notebook of this number")
    parser.add_argument("--projects", type=int, default=5, help="build the whole project for each n-th (default: 5)")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    work = partial(attempt, notebooks=sorted(options.folder.rglob("*.ipynb")), seed=options.seed, projects=options.projects)
    numbers = options.only or range(options.count)
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        console = Console(stderr=True)
        results = list(track(pool.map(work, numbers, chunksize=4), "converting", len(numbers), console=console))
    _print(results)
    return int(any(result.outcome == "crashed" for result in results))


def _print(results: list[Result]) -> None:
    console = Console(width=160)
    crashes: defaultdict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        if result.outcome == "crashed":
            crashes[result.place, re.sub(r"`[^`]*`|\(.*\)|\d+", "…", result.detail.partition("; ")[0])].append(result)
    for (place, kind), group in sorted(crashes.items(), key=lambda item: -len(item[1])):
        numbers = ", ".join(str(result.number) for result in group[:8])
        console.print(f"\n{len(group)} times in {place}: {kind} (numbers {numbers})", style="bold", markup=False, highlight=False)
        console.print(group[0].detail, group[0].trace, sep="\n", markup=False, highlight=False)
    table = Table("outcome", "notebooks")
    counts = Counter(result.outcome for result in results)
    for outcome in ("converted", "refused", "crashed"):
        table.add_row(outcome, str(counts[outcome]))
    console.print(table)
    slowest = max(results, key=lambda result: result.seconds)
    console.print(f"slowest: {slowest.seconds:.1f} s (number {slowest.number})", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
