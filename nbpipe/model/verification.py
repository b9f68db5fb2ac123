"""What verification found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nbpipe.model.finding import Finding


class Level(StrEnum):
    """What was compared."""

    VALUE = "value"  # a port's value with the notebook's variable
    OUTPUT = "output"  # what a cell displayed
    FILE = "file"  # a file that was written
    PARAMETER = "parameter"  # ports and outputs again, with a changed parameter in both
    RUN = "run"  # that a stage ran in a process of its own, and gave the same values again


class Status(StrEnum):
    """The verdict on one subject, from good to bad."""

    SAME = "same"
    CLOSE = "close"  # equal within the stated tolerance
    NOISY = "noisy"  # the notebook itself differs between two runs
    LEFT_OUT = "left out"  # on purpose, named in the plan
    SKIPPED = "skipped"  # could not be compared; the detail says why
    DIFFERENT = "different"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a table as the notebook shows it, and as the pipeline does: `None` where it has no such row or column."""

    expected: str | None
    found: str | None

    @property
    def differs(self) -> bool:
        """Whether they are not the same."""
        return self.expected != self.found


@dataclass(frozen=True, slots=True)
class TableDifference:
    """Two tables laid over each other: the headings, the rows that differ, how many rows are the same, and how many more differ."""

    head: tuple[tuple[Entry, ...], ...]
    rows: tuple[tuple[Entry, ...], ...]
    same: int = 0
    more: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison. `subject` is a port's name, `cell 4`, a file's path or a parameter's name; `cell` the cell's index (from 0) where there is one.

    `detail` tells the first difference, or the reason; `lines` all of them, line by line (of texts a unified diff, of values the places), `tables` entry by entry.
    """

    level: Level
    subject: str
    status: Status
    detail: str = ""
    cell: int | None = None
    stage: str | None = None
    pictures: tuple[str, ...] = ()  # files: expected, found, difference, and so on for each picture that differs
    lines: tuple[str, ...] = ()
    tables: tuple[TableDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a value, and its type: a column of a frame, an entry of a dict, a column that a model was fitted on (whose type is not known)."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class PortObservation:
    """What a port's value was when the notebook ran: its type's full name, its size when pickled, or why it cannot be pickled.

    `shape` and `dtype` are those of frames and arrays (of a list: how many items there are, and of which types), `parts` the first of its parts.
    """

    port: str
    type: str = ""
    size: int | None = None
    problem: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class CellObservation:
    """How a cell (index from 0) ran: its seconds, how many pictures it showed, and where it failed the error and the statement that raised it."""

    cell: int
    seconds: float = 0.0
    failure: str = ""
    statement: str = ""
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class Observations:
    """What running the notebook showed, for a planner that wants to do better."""

    ports: tuple[PortObservation, ...] = ()
    cells: tuple[CellObservation, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of one project against its notebook, seconds per step, and what was found on the way."""

    notebook: str
    project: str
    checks: tuple[Check, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    observations: Observations = Observations()

    @property
    def passed(self) -> bool:
        """True where nothing is different or missing."""
        return not any(check.status in (Status.DIFFERENT, Status.MISSING) for check in self.checks)

    def count(self, status: Status, level: Level | None = None) -> int:
        """How many checks (of one level) have this status."""
        return sum(check.status is status and level in (None, check.level) for check in self.checks)
