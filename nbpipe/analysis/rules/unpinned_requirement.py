"""Installations whose versions are left open."""

from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity, Span


def check(subject: Subject) -> Iterator[Remark]:
    """Find requirements that cells install without a version."""
    for requirement in subject.notebook.requirements:
        if not any(sign in requirement for sign in "=<>~"):
            yield Remark(_place(subject, requirement), f"`{requirement}` is installed in whatever version is the newest that day")


def _place(subject: Subject, requirement: str) -> Span | None:
    """Return the line that installs something."""
    for cell in subject.notebook.code_cells:
        for number, line in enumerate(cell.source.split("\n"), start=1):
            if "install" in line and requirement in line:
                return Span(cell.index, number, 0, number, len(line))
    return None


RULE = Rule(
    id="NB250",
    slug="unpinned-requirement",
    summary="A cell installs a distribution without naming its version.",
    why="Next year the notebook gets another version, and fails, or gives other numbers.",
    severity=Severity.WARNING,
    bad=Example("# %%\n%pip install lightgbm  # <- here\nimport lightgbm\n# %%\nprint(lightgbm.__version__)\n"),
    good=Example("# %%\n%pip install lightgbm==4.5.0\nimport lightgbm\n# %%\nprint(lightgbm.__version__)\n"),
    check=check,
    fix="name the version: `name==1.2.3`",
)
