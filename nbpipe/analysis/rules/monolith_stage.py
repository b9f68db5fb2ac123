"""Stages that are nearly the whole notebook."""

from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity

_LINES = 120
_SHARE = 0.6


def check(subject: Subject) -> Iterator[Remark]:
    """Find stages of many lines that are most of the notebook."""
    if subject.plan is None:
        return
    statements = subject.by_id()
    lengths = {key: statement.span.end_line - statement.span.line + 1 for key, statement in statements.items()}
    for stage in subject.plan.stages:
        lines = sum(lengths[key] for key in stage.statements)
        if lines >= _LINES and lines >= _SHARE * sum(lengths.values()):
            message = f"the stage `{stage.name}` has {lines} of the {sum(lengths.values())} lines: what it does cannot be run, tested or cached in parts"
            yield Remark(statements[max(stage.statements, key=lengths.__getitem__)].span, message)


_LOOP = "".join(f"    total += {number}\n" for number in range(130))

RULE = Rule(
    id="NB240",
    slug="monolith-stage",
    summary="One stage has most of the notebook's code.",
    why="Its statements hang together so closely that nbpipe cannot cut between them: a loop around everything, or one object that all cells change.",
    severity=Severity.NOTE,
    bad=Example("# %%\ntotal = 0\n# %%\nfor step in range(3):  # <- here\n" + _LOOP + "print(total)\n"),
    good=Example("# %%\ntotal = 0\nfor step in range(3):\n    total += step\nprint(total)\n"),
    check=check,
    fix="move the loop's body into functions, and give the versions of an object names of their own",
)
