"""Other programs that the notebook runs."""

from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity

_RUNS = ("subprocess.", "os.system", "os.popen", "os.exec", "os.spawn", "IPython.utils.process.")


def check(subject: Subject) -> Iterator[Remark]:
    """Find statements, and lines that IPython hands to a shell, that run other programs."""
    for statement in subject.graph.statements:
        if any(call.startswith(_RUNS) for call in statement.calls):
            line = subject.cell(statement).source.split("\n")[statement.span.line - 1].strip()
            yield Remark(statement.span, f"this runs another program: `{line[:100]}`")


RULE = Rule(
    id="NB253",
    slug="shell-access",
    summary="A statement runs another program.",
    why="Which program that is, and what it changes, depends on the computer. nbpipe does not see what it reads and writes.",
    severity=Severity.NOTE,
    bad=Example("# %%\nimport subprocess\n# %%\nsubprocess.run(['cp', 'a.csv', 'b.csv'], check=True)  # <- here\n"),
    good=Example("# %%\nimport shutil\n# %%\nshutil.copy('a.csv', 'b.csv')\n"),
    check=check,
    fix="use Python's own functions (shutil, pathlib, zipfile)",
)
