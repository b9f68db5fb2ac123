"""Verification's power: the share of small mistakes in generated code that it notices.

pip install mutmut
python -m tests.benchmarks.power NOTEBOOK... -o RESULTS.jsonl [--mutants 100] [--seed 0] [--jobs 1]

Each notebook is converted, and its project verified once as it is. Then come the mutants (see `mutants.py`), one at a time: verification first without
changed parameters, then with them where nothing was noticed, and the project's own tests (if they pass without a mutant) where that noticed nothing either.
RESULTS.jsonl gets a line for each mutant at once: what is in it is not done again.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.table import Table

from nbpipe import api
from nbpipe.model import codec
from nbpipe.model.verification import Check, Level, Status, Verification
from nbpipe.verify.options import VerifyOptions
from tests.benchmarks.mutants import Mutant, mutants, sample

ENDLESS = 300  # seconds after which a cell is taken to run for ever
TESTS = "tests"
COLUMNS = (*(level.value for level in Level), TESTS)
FAILS = "NB904"  # the finding that a stage or a report fails


@dataclass(frozen=True)
class Result:
    """What noticed a mutant (levels of verification, or the tests), what the first of them said, and whether the pipeline fails with it."""

    notebook: str
    kind: str
    file: str
    diff: str
    noticed: tuple[str, ...]
    detail: str
    fails: bool
    seconds: float


@dataclass(frozen=True)
class Subject:
    """A notebook, the project made of it, and whether that passes its own tests."""

    notebook: Path
    project: Path
    tested: bool


def attempt(mutant: Mutant, subject: Subject) -> Result:
    """Verify a copy of the project with one mistake in it."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, subject.project.name)
        shutil.copytree(subject.project, copy)
        (copy / mutant.file).write_text(mutant.text, encoding="utf-8")
        for change_parameters in (False, True):
            verification = verify(subject.notebook, copy, change_parameters)
            wrong = differences(verification)
            if wrong:
                break
        noticed = tuple(dict.fromkeys(check.level.value for check in wrong))
        detail = f"{wrong[0].subject}: {wrong[0].detail}" if wrong else ""
        if subject.tested and not wrong and not tests_pass(copy):
            noticed, detail = (TESTS,), "the project's tests fail"
    fails = any(finding.rule == FAILS for finding in verification.findings)
    seconds = round(time.monotonic() - start, 1)
    return Result(subject.notebook.name, mutant.kind, mutant.file, mutant.diff, noticed, detail, fails, seconds)


def verify(notebook: Path, project: Path, change_parameters: bool) -> Verification:
    options = VerifyOptions(change_parameters=change_parameters, cell_timeout=ENDLESS, timeout=2 * ENDLESS)
    return api.verify(notebook, project, options, lambda said: None)


def differences(verification: Verification) -> list[Check]:
    return [check for check in verification.checks if check.status in (Status.DIFFERENT, Status.MISSING)]


def tests_pass(project: Path) -> bool:
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "-x", "tests"], cwd=project, capture_output=True).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--mutants", type=int, default=100, help="of all notebooks together (default: 100)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    results = read(options.out)
    known = {(result.notebook, result.diff) for result in results}
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        work = []
        for number, notebook in enumerate(options.notebooks):
            subject = prepared(notebook, Path(folder))
            share = options.mutants * (number + 1) // len(options.notebooks) - options.mutants * number // len(options.notebooks)
            chosen = sample(mutants(subject.project), share, random.Random(f"{options.seed}.{notebook.name}"))
            work += [pool.submit(attempt, mutant, subject) for mutant in chosen if (notebook.name, mutant.diff) not in known]
        for done, future in enumerate(as_completed(work), start=1):
            results.append(future.result())
            write(options.out, results[-1])
            tell(results[-1], f"{done} of {len(work)}")
    print_survivors(results)
    print_table(results)
    return 0


def read(file: Path) -> list[Result]:
    """The results of earlier runs."""
    return [codec.from_json(Result, line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def write(file: Path, result: Result) -> None:
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(codec.to_data(result)) + "\n")


def prepared(notebook: Path, folder: Path) -> Subject:
    """Convert a notebook. What is wrong without any mutant cannot be told from what a mutant does: then there is no use in going on."""
    project = folder / notebook.stem
    api.convert(notebook, project)
    wrong = differences(verify(notebook, project, change_parameters=True))
    if wrong:
        sys.exit(f"{notebook}: the project differs from the notebook as it is ({wrong[0].subject}: {wrong[0].detail})")
    tested = tests_pass(project)
    if not tested:
        print(f"{notebook}: the project's tests fail as it is, and are left out", flush=True)
    return Subject(notebook, project, tested)


def tell(result: Result, done: str) -> None:
    """Print a line as soon as a result is there: all of them take long."""
    verdict = f"{'fails, ' * result.fails}{', '.join(result.noticed)}: {result.detail}" if result.noticed else "SURVIVED"
    line = f"{done} ({result.seconds:.0f} s) {result.kind} in {result.file}: {verdict}"
    print(" ".join(line.split())[:240], flush=True)


def print_survivors(results: Sequence[Result]) -> None:
    for result in results:
        if not result.noticed:
            print(f"\nSurvived: {result.kind}\n{result.diff}")


def print_table(results: Sequence[Result]) -> None:
    """Print what noticed how many of each kind; a mutant is often noticed at several levels."""
    table = Table("mutants", "made", *COLUMNS, "by a failure", "noticed", "share")
    kinds = sorted({result.kind for result in results})
    for title, group in [*((kind, [r for r in results if r.kind == kind]) for kind in kinds), ("all", list(results))]:
        levels = Counter(level for result in group for level in result.noticed)
        noticed = [result for result in group if result.noticed]
        cells = [len(group), *(levels[level] for level in COLUMNS), sum(result.fails for result in noticed), len(noticed)]
        if title == "all":
            table.add_section()
        table.add_row(title, *map(str, cells), f"{len(noticed) / len(group):.0%}" if group else "")
    Console(width=160).print(table)


if __name__ == "__main__":
    sys.exit(main())
