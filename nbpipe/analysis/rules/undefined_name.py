"""Names that no cell above binds."""

import ast
from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity
from nbpipe.notebook.source import names_in

_OTHER_WAYS = frozenset({"builtins.exec", "builtins.globals", "builtins.locals", "builtins.vars"})


def check(subject: Subject) -> Iterator[Remark]:
    """Find the first use of each name that no cell above binds."""
    if any(_OTHER_WAYS & set(statement.calls) for statement in subject.graph.statements) or _hides_code(subject):
        return
    told = {name for cell in subject.notebook.code_cells for line in cell.imports for name in names_in(line)}
    for statement, tree in subject.statements():
        for name in statement.undefined:
            if name in told:
                continue
            told.add(name)
            node = next((node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name), None)
            later = next((s.cell + 1 for s in subject.graph.statements if name in s.effects.binds), None)
            where = f"cell {later} below binds it" if later else "it comes from a cell that was deleted or changed"
            fix = f"move cell {later} up" if later else f"define `{name}`, or remove what uses it"
            yield Remark(subject.span(statement, node) if node else statement.span, f"no cell above binds `{name}`: {where}", fix)


def _hides_code(subject: Subject) -> bool:
    """Say whether cells may bind names in ways that are not seen: code that does not parse, or magics that run other files."""
    return any(finding.rule in ("NB001", "NB012", "NB013") for finding in subject.notebook.findings)


RULE = Rule(
    id="NB202",
    slug="undefined-name",
    summary="A name is used that no cell above binds.",
    why=(
        "It was alive in the session in which the notebook was written, and its cell is gone, or stands further down. Run from top to bottom, the notebook fails here."
    ),
    severity=Severity.WARNING,
    bad=Example("# %%\nprices = [3, 4]\n# %%\nprint(sum(prices) * (1 + tax))  # <- here\n"),
    good=Example("# %%\nprices = [3, 4]\ntax = 0.2\n# %%\nprint(sum(prices) * (1 + tax))\n"),
    check=check,
    fix="define it above",
)
