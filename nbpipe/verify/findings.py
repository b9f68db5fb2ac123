"""What verification has to say besides its checks.

Rules:

- NB901 (error): the notebook fails at a cell; what comes after it cannot be compared.
- NB902 (note): the notebook's saved outputs are not what it shows when it is executed afresh.
- NB903 (warning): files beside the notebook were not copied to where it is executed.
- NB904 (error): a stage, or a report, of the pipeline fails.
- NB905 (note): the notebook's kernel is not installed; another Python ran it.
- NB906 (note): with changed parameters the notebook itself fails.
"""

from collections.abc import Sequence
from pathlib import Path

from nbpipe.model.finding import Finding, Severity, Span

_SHOWN = 3


def notebook_fails(cell: int, error: str) -> Finding:
    """The notebook does not run to its end."""
    return Finding(
        "NB901",
        f"the notebook stops here: {error}; nothing after it can be compared",
        Severity.ERROR,
        Span(cell),
        "mend the cell, or tag it `raises-exception` if it is meant to fail",
    )


def stale_outputs(cells: Sequence[int]) -> Finding:
    """The notebook's saved outputs are old."""
    numbers = ", ".join(str(cell + 1) for cell in cells)
    return Finding(
        "NB902",
        f"the saved outputs are stale: executed afresh, the notebook shows something else in cell{'s' * (len(cells) > 1)} {numbers}",
        Severity.NOTE,
        Span(cells[0]),
        "execute the notebook from top to bottom and save it",
    )


def not_copied(folder: Path, files: Sequence[Path]) -> Finding:
    """Some files are too large to be copied, or cannot be read."""
    names = ", ".join(str(file.relative_to(folder)) if file.is_relative_to(folder) else file.name for file in files[:_SHOWN])
    more = f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
    return Finding(
        "NB903",
        f"the notebook was executed without some files of its folder, which are too large or cannot be read: {names}{more}",
        Severity.WARNING,
        fix="raise the limit for copies if the notebook needs them",
    )


def pipeline_fails(what: str, error: str, cell: int | None) -> Finding:
    """A stage or a report fails."""
    return Finding("NB904", f"{what} fails: {error}", Severity.ERROR, None if cell is None else Span(cell))


def other_kernel(name: str) -> Finding:
    """The kernel that the notebook names is not here."""
    return Finding(
        "NB905",
        f"the notebook's kernel {name!r} is not installed here; it was executed on nbpipe's own Python",
        Severity.NOTE,
        fix="name a kernel with --kernel, or an interpreter with --python",
    )
