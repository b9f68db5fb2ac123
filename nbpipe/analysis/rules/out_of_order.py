"""Cells that were executed in another order than they stand in."""

import math
from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity, Span
from nbpipe.model.flow import StatementKind


def check(subject: Subject) -> Iterator[Remark]:
    """Find the first cell that was run before what it needs from above it, and count the others."""
    counts = {cell.index: cell.execution_count for cell in subject.notebook.code_cells if cell.execution_count is not None}
    statements = subject.by_id()
    early: dict[int, set[int]] = {}
    for edge in subject.graph.edges:
        source, target = statements[edge.source], statements[edge.target]
        needed = edge.is_flow and source.kind is not StatementKind.IMPORT
        if needed and counts.get(source.cell, 0) > counts.get(target.cell, math.inf):
            early.setdefault(target.cell, set()).add(source.cell)
    if early:
        first = min(early)
        above = ", ".join(f"cell {cell + 1} (run as {counts[cell]})" for cell in sorted(early[first])[:3])
        more = f"; so were {len(early) - 1} more cells" if len(early) > 1 else ""
        message = f"this cell was run as {counts[first]}, before what it needs from {above}{more}"
        yield Remark(Span(first, 1, 0, 1, len(subject.notebook.cells[first].source.split("\n", 1)[0])), message)


RULE = Rule(
    id="NB201",
    slug="out-of-order",
    summary="A cell was run before a cell above it on which it depends.",
    why=(
        "The saved outputs come from a session that ran the cells in another order. Someone who runs the notebook from top to bottom, as nbpipe and every "
        "reviewer do, may get other values. Cells that do not depend on each other may have run in any order: they are not reported."
    ),
    severity=Severity.WARNING,
    bad=Example("# %%\nrate = 0.2\n# %%\nprice = 100 * (1 + rate)  # <- here\n", counts=(7, 3)),
    good=Example("# %%\nrate = 0.2\n# %%\nprice = 100 * (1 + rate)\n", counts=(3, 7)),
    check=check,
    fix="restart the kernel, run all cells, and save the notebook",
)
