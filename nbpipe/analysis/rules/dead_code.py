"""Results that nothing uses, shows or writes."""

from collections.abc import Iterator, Mapping, Sequence

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity
from nbpipe.model.flow import Edge, EdgeKind, Statement, StatementKind

_USES = (EdgeKind.VALUE, EdgeKind.MUTATION, EdgeKind.FILE)
_COMPUTES = (StatementKind.ASSIGN, StatementKind.COMPOUND, StatementKind.FUNCTION, StatementKind.CLASS)


def check(subject: Subject) -> Iterator[Remark]:
    """Find statements whose results reach nothing that is shown, printed, drawn or written."""
    if any(finding.rule == "NB107" for finding in subject.graph.findings):
        return  # variables are looked up by name while the code runs
    leaving, statements = subject.edges_from(), subject.by_id()
    alive = _alive(subject.graph.statements, leaving)
    for statement in subject.graph.statements:
        if statement.id not in alive and statement.kind in _COMPUTES and statement.effects.binds:
            names = ", ".join(f"`{name}`" for name in statement.effects.binds[:3])
            used = [edge for edge in leaving[statement.id] if edge.kind in _USES]
            what = "is used only by other code whose results nothing uses" if used else "is never used"
            again = [
                statements[edge.target]
                for edge in leaving[statement.id]
                if edge.kind is EdgeKind.ANTI and edge.name in statement.effects.binds
            ]
            if not used and again:
                what = f"is never used before {_where(again[0], statement)} makes it anew"
            yield Remark(statement.span, f"{names} {what}")


def _where(later: Statement, statement: Statement) -> str:
    """Return where a later statement stands, as seen from another."""
    return f"line {later.span.line}" if later.cell == statement.cell else f"cell {later.cell + 1}"


def _alive(statements: Sequence[Statement], leaving: Mapping[str, Sequence[Edge]]) -> set[str]:
    """Return the statements whose work can be seen from outside, and all that these need."""
    alive: set[str] = set()
    for statement in reversed(statements):
        if _is_seen(statement) or any(edge.kind in _USES and edge.target in alive for edge in leaving[statement.id]):
            alive.add(statement.id)
    return alive


def _is_seen(statement: Statement) -> bool:
    effects = statement.effects
    told = effects.prints or effects.files_written or effects.state_written or effects.unknown
    return bool(told) or statement.shown or statement.kind in (StatementKind.IMPORT, StatementKind.EXPRESSION, StatementKind.OTHER)


RULE = Rule(
    id="NB204",
    slug="dead-code",
    summary="A result is computed that nothing uses.",
    why=(
        "Experiments that were given up stay behind as code that still runs, takes time, and makes readers ask what it is for. "
        "nbpipe leaves such code out of the pipeline (`left_out` in the plan)."
    ),
    severity=Severity.NOTE,
    bad=Example("# %%\nvalues = [3, 1, 2]\nsquares = [value**2 for value in values]  # <- here\n# %%\nprint(max(values))\n"),
    good=Example("# %%\nvalues = [3, 1, 2]\nsquares = [value**2 for value in values]\n# %%\nprint(max(values), squares)\n"),
    check=check,
    fix="delete it, or show what it is for",
)
