"""What reviewing a notebook found."""

from collections.abc import Sequence
from dataclasses import dataclass

from nbpipe.model.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Review:
    """A notebook's findings. `texts` are the lines of each cell, `lines` the lines of the notebook's file on which these stand (empty where there is no telling)."""

    notebook: str
    findings: tuple[Finding, ...]
    texts: Sequence[Sequence[str]] = ()
    lines: Sequence[Sequence[int]] = ()

    @property
    def passed(self) -> bool:
        """True where there is nothing worse than a note."""
        return all(finding.severity is Severity.NOTE for finding in self.findings)

    def text_of(self, finding: Finding) -> str:
        """Return the line of code that a finding is about, or its message where it is about no line: what stays when cells and lines move."""
        if finding.span is None or finding.span.cell >= len(self.texts):
            return finding.message
        lines = self.texts[finding.span.cell]
        return lines[finding.span.line - 1].strip() if finding.span.line <= len(lines) else ""
