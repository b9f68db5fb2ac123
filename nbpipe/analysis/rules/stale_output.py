"""Saved outputs that cannot be those of the saved code."""

from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity, Span
from nbpipe.model.notebook import Cell


def check(subject: Subject) -> Iterator[Remark]:
    """Find cells with outputs of another run, of no run, or of code that is gone."""
    for cell in subject.notebook.code_cells:
        reason = _reason(cell)
        if reason:
            yield Remark(Span(cell.index, 1, 0, 1, len(cell.source.split("\n", 1)[0])), reason)


def _reason(cell: Cell) -> str:
    if not cell.outputs:
        return ""
    if not cell.source.strip():
        return "the cell has outputs, but no code"
    if cell.execution_count is None:
        return ""  # many tools clear the counts alone
    results = [output.get("execution_count") for output in cell.outputs if output.get("output_type") == "execute_result"]
    other = next((count for count in results if isinstance(count, int) and count != cell.execution_count), None)
    return "" if other is None else f"the cell was run as {cell.execution_count}, but shows the result of run {other}"


def _shown(count: int) -> tuple[dict[str, object], ...]:
    return ({"output_type": "execute_result", "execution_count": count, "data": {"text/plain": "6"}, "metadata": {}},)


RULE = Rule(
    id="NB203",
    slug="stale-output",
    summary="A saved output is not that of the saved code.",
    why="It is the output of another run, or its code is gone. What the notebook shows is then not what it does. Whether the other outputs are current, only `nbpipe verify` can tell.",
    severity=Severity.NOTE,
    bad=Example("# %%\n1 + 2 + 4  # <- here\n", counts=(5,), outputs={0: _shown(3)}),
    good=Example("# %%\n1 + 2 + 3\n", counts=(5,), outputs={0: _shown(5)}),
    check=check,
    fix="run the cell again, and save the notebook",
)
