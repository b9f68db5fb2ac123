"""Compare the files that the notebook wrote with those that the pipeline wrote."""

import csv
import filecmp
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nbpipe.model.verification import Check, Level, Status
from nbpipe.verify import stored
from nbpipe.verify.evidence import Evidence
from nbpipe.verify.execution import Execution
from nbpipe.verify.grids import grid_of_lines, table_differences
from nbpipe.verify.images import compare_images
from nbpipe.verify.pictures import keep_pictures
from nbpipe.verify.ports import Verdicts
from nbpipe.verify.statements import cell_of
from nbpipe.verify.stored import Pair
from nbpipe.verify.text import compare_texts
from nbpipe.verify.verdict import SAME, Verdict

_VALUES = frozenset({".pkl", ".pickle", ".p", ".sav", ".joblib", ".dump", ".npy", ".npz", ".parquet", ".feather", ".xlsx"})
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_IMAGES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True)
class Written:
    """A file that notebook or pipeline wrote: its path relative to the notebook's folder, and where each run left it."""

    name: str
    expected: Path | None
    again: Path | None
    found: Path | None
    statement: str = ""  # the one that wrote it, if that is known

    @property
    def is_value(self) -> bool:
        """Whether it holds a stored value, which only the notebook's interpreter can load."""
        return Path(self.name).suffix.lower() in _VALUES


def written_files(evidence: Evidence) -> tuple[Written, ...]:
    """Pair the files that the notebook wrote (twice) with those that the pipeline wrote where its data are."""
    runs, workdir = evidence.runs, evidence.case.conversion.workdir
    folder = evidence.case.around.workdir
    expected, again = _by_name(runs.first, folder), _by_name(runs.second, folder)
    data = runs.driver.tree / Path(workdir).parts[0]
    found = {name for name, file in _by_name(runs.driver, workdir).items() if file.is_relative_to(data)}
    writers = {_relative(file, folder): statement for file, statement in runs.first.writers.items()}
    return tuple(
        Written(name, expected.get(name), again.get(name), _existing(runs.driver.tree / workdir / name), writers.get(name, ""))
        for name in sorted(expected.keys() | found)
    )


def file_pairs(evidence: Evidence) -> Iterator[tuple[tuple[Level, str], Pair]]:
    """The files whose values have to be loaded."""
    for file in written_files(evidence):
        if file.expected and file.found and _at_once(evidence, file) is None:
            yield (
                (Level.FILE, file.name),
                Pair(stored.file(file.expected), stored.file(file.found), stored.file(file.again) if file.again else None),
            )


def file_checks(evidence: Evidence, verdicts: Verdicts) -> Iterator[Check]:
    """A check for each file that notebook or pipeline wrote."""
    for file in written_files(evidence):
        cell = cell_of(file.statement) if file.statement else None
        excuse = evidence.skipped(cell) if cell is not None else None
        verdict = excuse or _at_once(evidence, file) or verdicts[Level.FILE, file.name]
        pictures = keep_pictures(evidence.case.lab.options.report_folder, f"file-{file.name.replace('/', '-')}", verdict)
        stage = None if cell is None else evidence.stage_of_cell(cell)
        yield Check(Level.FILE, file.name, verdict.status, verdict.detail, cell, stage, pictures, verdict.lines, verdict.tables)


def _at_once(evidence: Evidence, file: Written) -> Verdict | None:
    """The verdict on a file, or None where its value has to be loaded for one."""
    if file.expected is None:
        stop = evidence.runs.first.stop  # what comes after that might have written it
        return (evidence.skipped(stop.cell) if stop else None) or Verdict(Status.DIFFERENT, "the notebook does not write it")
    if file.found is None:
        reasons = [one.reason for one in evidence.plan.left_out if one.statement == file.statement and not one.output_only]
        return Verdict(Status.LEFT_OUT, reasons[0]) if reasons else Verdict(Status.MISSING, "the pipeline does not write it")
    again = file.again or file.expected
    steady = filecmp.cmp(file.expected, again, shallow=False)
    if steady and filecmp.cmp(file.expected, file.found, shallow=False):
        return SAME
    if file.is_value:
        return None
    tolerance = evidence.case.lab.options.pixel_tolerance
    data = [path.read_bytes() for path in (file.expected, file.found, again)]
    if file.expected.suffix.lower() in _IMAGES:
        if not compare_images(data[0], data[2], tolerance).fine:
            return Verdict(Status.NOISY, "the notebook itself draws another picture each time")
        return compare_images(data[0], data[1], tolerance)
    return _compare_texts(evidence, data, _DELIMITERS.get(file.expected.suffix.lower(), "")) or _compare_bytes(data, steady)


def _compare_texts(evidence: Evidence, data: list[bytes], delimiter: str) -> Verdict | None:
    runs, options = evidence.runs, evidence.case.lab.options
    executions = (runs.first, runs.driver, runs.second)
    scrubbers = [evidence.scrubber(execution, executions) for execution in executions]
    try:
        left, right, noise = (scrubber.html(scrubber.svg(text.decode())) for scrubber, text in zip(scrubbers, data, strict=True))
    except UnicodeDecodeError:
        return None
    verdict = compare_texts(left, right, noise, options.rtol, options.atol)
    if verdict.fine or not delimiter:
        return verdict
    try:
        tables = table_differences(*([grid_of_lines(text, delimiter)] for text in (left, right, noise)))
    except csv.Error:
        return verdict
    return replace(verdict, tables=tables, lines=()) if tables else verdict  # the text of a table says it again


def _compare_bytes(data: list[bytes], steady: bool) -> Verdict:
    if not steady:
        return Verdict(Status.NOISY, "the notebook itself writes other bytes each time")
    place = next((i for i, (one, other) in enumerate(zip(data[0], data[1], strict=False)) if one != other), min(len(data[0]), len(data[1])))
    return Verdict(Status.DIFFERENT, f"differs from byte {place} on ({len(data[0])} bytes != {len(data[1])} bytes)")


def _by_name(execution: Execution, workdir: str) -> dict[str, Path]:
    return {_relative(file, workdir): execution.tree / file for file in execution.written}


def _relative(file: str, workdir: str) -> str:
    return os.path.relpath(file, workdir).replace(os.sep, "/")


def _existing(file: Path) -> Path | None:
    return file if file.is_file() else None
