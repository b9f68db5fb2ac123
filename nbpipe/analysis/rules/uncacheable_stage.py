"""Stages whose results may differ although their inputs do not."""

from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity

_OUTSIDE = {"network": "asks the network", "clock": "reads the clock", "shell": "runs other programs, or asks a person"}


def check(subject: Subject) -> Iterator[Remark]:
    """Find statements in stages that depend on what no input names."""
    if subject.plan is None:
        return
    statements = subject.by_id()
    for stage in subject.plan.stages:
        for state, does in _OUTSIDE.items():
            touching = [
                statements[key]
                for key in stage.statements
                if state in (*statements[key].effects.state_written, *statements[key].effects.state_read)
            ]
            if touching:
                yield Remark(touching[0].span, f"the stage `{stage.name}` {does}: run again on the same inputs it may give something else")


RULE = Rule(
    id="NB242",
    slug="uncacheable-stage",
    summary="A stage depends on the clock, the network or other programs.",
    why="A pipeline runs a stage again only where its inputs have changed. What comes from outside changes without that, so the stored result grows old.",
    severity=Severity.NOTE,
    bad=Example("# %%\nimport datetime\n# %%\ntoday = datetime.datetime.now()  # <- here\nprint(today.year)\n"),
    good=Example("# %%\nimport datetime\n# %%\ntoday = datetime.date(2024, 5, 1)\nprint(today.year)\n"),
    check=check,
    fix="make the value a parameter, or put it into a small stage of its own",
)
