"""Compare the files that the notebook wrote with those that the pipeline wrote."""

import filecmp
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbpipe.model.verification import Status
from nbpipe.verify.execution import Execution
from nbpipe.verify.images import compare_images
from nbpipe.verify.options import VerifyOptions
from nbpipe.verify.scrub import Scrubber
from nbpipe.verify.text import compare_texts
from nbpipe.verify.verdict import SAME, Verdict

_VALUES = frozenset({".pkl", ".pickle", ".p", ".sav", ".joblib", ".dump", ".npy", ".npz", ".parquet", ".feather", ".xlsx"})
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


def written_files(first: Execution, second: Execution, workdir: str, driver: Execution, pipeline_workdir: str) -> Iterator[Written]:
    """Pair the files that the notebook wrote (twice) with those that the pipeline wrote.

    The work folders are relative to the copies in which they ran.
    """
    expected, again = _by_name(first, workdir), _by_name(second, workdir)
    found = {name: file for name, file in _by_name(driver, pipeline_workdir).items() if _is_data(file, driver, pipeline_workdir)}
    writers = {os.path.relpath(file, workdir): statement for file, statement in first.writers.items()}
    for name in sorted(expected.keys() | found.keys()):
        there = driver.tree / pipeline_workdir / name
        yield Written(name, expected.get(name), again.get(name), there if there.is_file() else None, writers.get(name, ""))


def compare_written(file: Written, left_out: Mapping[str, str], scrubbers: tuple[Scrubber, Scrubber, Scrubber], options: VerifyOptions) -> Verdict | None:
    """The verdict on a file, or None where its value has to be loaded for one."""
    if file.expected is None:
        return Verdict(Status.DIFFERENT, "the notebook does not write it")
    if file.found is None:
        reason = left_out.get(file.statement)
        return Verdict(Status.LEFT_OUT, reason) if reason is not None else Verdict(Status.MISSING, "the pipeline does not write it")
    again = file.again or file.expected
    steady = filecmp.cmp(file.expected, again, shallow=False)
    if steady and filecmp.cmp(file.expected, file.found, shallow=False):
        return SAME
    if file.is_value:
        return None
    data = [path.read_bytes() for path in (file.expected, file.found, again)]
    if file.expected.suffix.lower() in _IMAGES:
        if not compare_images(data[0], data[2], options.pixel_tolerance).fine:
            return Verdict(Status.NOISY, "the notebook itself draws another picture each time")
        return compare_images(data[0], data[1], options.pixel_tolerance)
    return _compare_texts(data, scrubbers, options) or _compare_bytes(data, steady)


def _compare_texts(data: list[bytes], scrubbers: tuple[Scrubber, Scrubber, Scrubber], options: VerifyOptions) -> Verdict | None:
    try:
        left, right, noise = (scrubber.html(scrubber.svg(text.decode())) for scrubber, text in zip(scrubbers, data, strict=True))
    except UnicodeDecodeError:
        return None
    return compare_texts(left, right, noise, options.rtol, options.atol)


def _compare_bytes(data: list[bytes], steady: bool) -> Verdict:
    if not steady:
        return Verdict(Status.NOISY, "the notebook itself writes other bytes each time")
    place = next((i for i, (one, other) in enumerate(zip(data[0], data[1], strict=False)) if one != other), min(len(data[0]), len(data[1])))
    return Verdict(Status.DIFFERENT, f"differs from byte {place} on ({len(data[0])} bytes != {len(data[1])} bytes)")


def _by_name(execution: Execution, workdir: str) -> dict[str, Path]:
    return {os.path.relpath(file, workdir).replace(os.sep, "/"): execution.tree / file for file in execution.written}


def _is_data(file: Path, driver: Execution, workdir: str) -> bool:
    """Whether the pipeline wrote it where its data are, and not for itself."""
    return file.is_relative_to(driver.tree / Path(workdir).parts[0])
