"""Many notebooks, from analysis to verification: a table, and a summary that can be compared from commit to commit.

python -m tests.benchmarks.corpus FOLDER -o OUT [--jobs 2] [--compare OLD/table.csv]
python -m tests.benchmarks.corpus MANIFEST.csv -o OUT

The manifest has the columns `path` (relative to itself), `python` (the interpreter that runs the notebook) and `end_to_end` (`1` for a notebook that goes from
data to an evaluated model); only the first is needed. OUT gets `table.csv`, `table.md`, and for each notebook its project, its pictures of differences and a JSON
file in `results/`. A notebook that has such a file is not done again: interrupt this and go on as you like, and remove the file to do a notebook again.
"""

import argparse
import csv
import hashlib
import json
import statistics
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from nbpipe import api, disk
from nbpipe.errors import NbpipeError
from nbpipe.model.finding import Finding
from nbpipe.model.flow import FlowGraph, Phase
from nbpipe.model.verification import Level, Status, Verification
from nbpipe.planning.naming import package_name
from nbpipe.report.data import verification_document
from nbpipe.report.summary import of_analysis, of_plan
from nbpipe.verify.options import VerifyOptions

T = TypeVar("T")
Row = dict[str, str]

STEPS = ("analyze", "plan", "convert", "verify")
COLUMNS = (
    *("notebook", "end to end", "cells", "planned", "stages", "ports", "widest", "parameters", "left out"),
    *(level.value for level in Level),
    *("converted", "runs", "equal", "verified"),
    *(f"{step} s" for step in STEPS),
    *("two runs s", "findings", "failure"),
)
YES, NO = "yes", "no"
WRONG = (Status.DIFFERENT, Status.MISSING)
WHOLE = {Phase.COLLECTION, Phase.TRAINING, Phase.EVALUATION}  # what an end-to-end notebook does, where no manifest says so
MANY = 4  # so many stages a pipeline that goes from end to end should have


@dataclass(frozen=True)
class Task:
    """One notebook: its path as the table names it, the file, the Python that runs it, and whether it goes from end to end (`None`: look at it)."""

    name: str
    path: Path
    python: str | None = None
    end_to_end: bool | None = None

    @property
    def folder(self) -> str:
        """A name for what is made of it, the same in every run."""
        return f"{package_name(self.path.name)}_{hashlib.sha256(self.name.encode()).hexdigest()[:8]}"


def find_tasks(source: Path) -> list[Task]:
    """The notebooks of a folder or of a manifest."""
    if source.suffix != ".csv":
        return [Task(path.relative_to(source).as_posix(), path) for path in disk.notebooks_in([source])]
    with source.open(encoding="utf-8", newline="") as stream:
        return [
            Task(
                row["path"],
                source.parent / row["path"],
                row.get("python") or None,
                row["end_to_end"] == "1" if "end_to_end" in row else None,
            )
            for row in csv.DictReader(stream)
        ]


def measure(task: Task, out: Path, cache: bool) -> Row:
    """Do everything with one notebook, and keep what came of it."""
    folder = out / "projects" / task.folder
    options = VerifyOptions(python=task.python, report_folder=str(out / "pictures" / task.folder), cache=cache)
    row = dict.fromkeys(COLUMNS, "") | {"notebook": task.name, "converted": NO, "runs": NO, "equal": NO, "verified": NO}
    document: dict[str, object] = {"row": row}
    try:
        analysis = _timed(row, "analyze", partial(api.analyze, task.path))
        row["cells"] = str(of_analysis(analysis.notebook, analysis.graph)["cells"])
        row["end to end"] = YES if (_is_whole(analysis.graph) if task.end_to_end is None else task.end_to_end) else NO
        planned = _timed(row, "plan", partial(api.plan, task.path))
        row.update({key: str(value) for key, value in of_plan(planned.plan).items()})
        row["findings"] = _by_rule(planned.findings)
        row["planned"] = row["stages"]
        _timed(row, "convert", partial(api.convert, task.path, folder, overwrite=True, options=options))
        row["converted"] = YES
        both = partial(api.convert_verified, task.path, folder, "package", True, options, lambda said: None)
        converted, found = _timed(row, "verify", both)  # as `convert --verify` does: it plans again where that fails
        row.update({key: str(value) for key, value in of_plan(converted.planned.plan).items()})
        row.update(_verdicts(found), findings=_by_rule([*converted.findings, *found.findings]))
        document["verification"] = verification_document(found)
    except NbpipeError as error:
        row["failure"] = str(error)
    except Exception as error:
        row["failure"] = f"bug in nbpipe: {type(error).__name__}: {error}"
        document["traceback"] = traceback.format_exc()
    row["failure"] = " ".join(row["failure"].split())[:300]
    _save(out / "results" / f"{task.folder}.json", json.dumps(document, indent=2))
    return row


def _timed(row: Row, step: str, work: Callable[[], T]) -> T:
    """Do a step. Its seconds are what its command takes: they contain those of the steps before that it repeats."""
    start = time.perf_counter()
    try:
        return work()
    finally:
        row[f"{step} s"] = f"{time.perf_counter() - start:.2f}"


def _is_whole(graph: FlowGraph) -> bool:
    return {statement.phase for statement in graph.statements} >= WHOLE


def _by_rule(findings: Iterable[Finding]) -> str:
    counts = Counter(finding.rule for finding in dict.fromkeys(findings))
    return ", ".join(f"{rule} {counts[rule]}" for rule in sorted(counts))


def _verdicts(found: Verification) -> Row:
    """What verification says: the checks of each level by status, what holds, and the first thing that is wrong."""
    row = {level.value: ", ".join(f"{n} {status.value}" for status in Status if (n := found.count(status, level))) for level in Level}
    wrong = [check for check in found.checks if check.status in WRONG]
    levels = {check.level for check in wrong}
    failures = [f"{finding.rule}: {finding.message}" for finding in found.findings if finding.rule in ("NB901", "NB904")]
    row["runs"] = YES if Level.RUN not in levels else NO
    row["equal"] = YES if Level.OUTPUT not in levels else NO
    row["verified"] = YES if found.passed else NO
    row["two runs s"] = f"{found.timings['notebook'] + found.timings['notebook again']:.2f}"
    row["failure"] = (failures or [f"{check.level.value} {check.subject} {check.status.value}: {check.detail}" for check in wrong] or [""])[
        0
    ]
    return row


def _save(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_file = path.with_suffix(".part")
    partial_file.write_text(text, encoding="utf-8")
    partial_file.replace(path)


def measure_all(tasks: Sequence[Task], out: Path, jobs: int, cache: bool) -> list[Row]:
    """The rows of all notebooks, in their order; those that are there already are not made again."""
    files = {task.name: out / "results" / f"{task.folder}.json" for task in tasks}
    rest = [task for task in tasks if not files[task.name].exists()]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        work = [pool.submit(measure, task, out, cache) for task in rest]
        for done, future in enumerate(as_completed(work), start=1):
            try:
                row = future.result()
            except BrokenProcessPool:
                sys.exit("A process was ended from outside; is there too little memory? Start this again to go on.")
            print(f"{done} of {len(rest)}: {row['notebook']}: {row['failure'] or 'fine'}", file=sys.stderr, flush=True)
    return [dict(json.loads(file.read_text(encoding="utf-8"))["row"]) for file in files.values()]


def summary(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The figures of a table."""
    converted = [row for row in rows if row["converted"] == YES]
    stages = [int(row["stages"]) for row in converted]
    whole = [int(row["stages"]) for row in converted if row["end to end"] == YES]
    verified = [row for row in rows if row["verify s"] and row["two runs s"]]
    ratios = [float(row["verify s"]) / float(row["two runs s"]) for row in verified]
    analyzed = [row for row in rows if row["cells"]]
    seconds = sum(float(row["analyze s"]) for row in analyzed)
    return {
        "notebooks tried": str(len(rows)),
        "converted": _share(len(converted), len(rows)),
        "every stage runs in a fresh process": _share(sum(row["runs"] == YES for row in rows), len(rows)),
        "every deterministic output same or close": _share(sum(row["equal"] == YES for row in rows), len(rows)),
        "verified at all levels": _share(sum(row["verified"] == YES for row in rows), len(rows)),
        "crashes of nbpipe": str(sum(row["failure"].startswith("bug") for row in rows)),
        "median stages": f"{statistics.median(stages):g}" if stages else "",
        f"end-to-end notebooks with at least {MANY} stages": _share(sum(number >= MANY for number in whole), len(whole)),
        "cells analysed per second": f"{sum(int(row['cells']) for row in analyzed) / seconds:.0f}" if seconds else "",
        "median seconds of verify per two runs of the notebook": f"{statistics.median(ratios):.2f}" if ratios else "",
    }


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "0 of 0"


def changes(rows: Iterable[Mapping[str, str]], before: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    """Notebook, column, value before and value now, wherever a verdict or a number of stages has changed."""
    old = {row["notebook"]: row for row in before}
    for row in rows:
        for column in ("stages", "ports", "widest", "converted", "runs", "equal", "verified"):
            was = old.get(row["notebook"], {}).get(column, "")
            if was != row[column]:
                yield row["notebook"], column, was, row[column]


def markdown(heads: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, metavar="FOLDER", help="notebooks, or a manifest (.csv)")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1, help="notebooks at a time; each keeps up to two processors busy (default: 1)")
    parser.add_argument("--no-cache", dest="cache", action="store_false", help="execute each notebook anew, for honest seconds")
    parser.add_argument("--compare", type=Path, metavar="OLD.csv", help="say what has changed since that table was written")
    options = parser.parse_args(arguments)
    before = _read(options.compare) if options.compare else []
    rows = measure_all(find_tasks(options.source), options.out, options.jobs, options.cache)
    with (options.out / "table.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    told = _told(rows, before)
    (options.out / "table.md").write_text(f"{told}\n{markdown(COLUMNS, (row.values() for row in rows))}", encoding="utf-8")
    print(told)


def _told(rows: Sequence[Row], before: Sequence[Row]) -> str:
    now = summary(rows)
    if not before:
        return markdown(("", "now"), now.items())
    old = summary(before)
    both = markdown(("", "before", "now"), ((key, old[key], value) for key, value in now.items()))
    return f"{both}\n{markdown(('notebook', 'column', 'before', 'now'), changes(rows, before))}"


def _read(table: Path) -> list[Row]:
    with table.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


if __name__ == "__main__":
    main()
