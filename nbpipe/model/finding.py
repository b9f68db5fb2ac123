"""What nbpipe noticed and a person should know."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters to the person who reads it."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of a cell's source.

    `cell` counts all cells of the notebook from 0; lines count from 1, columns from 0 in characters; the end column is exclusive.
    """

    cell: int
    line: int = 1
    column: int = 0
    end_line: int = 1
    end_column: int = 0

    def holds(self, other: "Span") -> bool:
        """Whether another piece lies in this one."""
        begins = (self.line, self.column) <= (other.line, other.column)
        return self.cell == other.cell and begins and (other.end_line, other.end_column) <= (self.end_line, self.end_column)

    def __str__(self) -> str:
        """The place as people say it: cells count from 1."""
        return f"cell {self.cell + 1}, line {self.line}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: the rule's id (`NB101`), a sentence, where it is, and what to do about it."""

    rule: str
    message: str
    severity: Severity = Severity.WARNING
    span: Span | None = None
    fix: str = ""

    def __str__(self) -> str:
        """The finding on one line."""
        place = f"{self.span}: " if self.span else ""
        advice = f" ({self.fix})" if self.fix else ""
        return f"{self.rule} {place}{self.message}{advice}"
