"""Notebooks that do not say what they need."""

import sys
from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity
from nbpipe.model.flow import StatementKind
from nbpipe.notebook.source import imported_modules


def check(subject: Subject) -> Iterator[Remark]:
    """Find the first import of other people's code, where neither a cell nor a file around says what to install."""
    if subject.requirement_files or subject.notebook.requirements:
        return
    first = None
    names: dict[str, None] = {}
    for statement in subject.graph.statements:
        if statement.kind is StatementKind.IMPORT:
            outside = {module.partition(".")[0] for module in imported_modules(statement.source)} - sys.stdlib_module_names
            names.update(dict.fromkeys(sorted(outside - subject.own_modules)))
            first = first or (statement if names else None)
    if first is not None:
        yield Remark(first.span, f"nothing says which versions to install of {', '.join(f'`{name}`' for name in list(names)[:6])}")


RULE = Rule(
    id="NB251",
    slug="missing-requirement",
    summary="Neither a cell nor a file around the notebook says what to install.",
    why="Someone else, or a machine, has to guess the distributions and their versions. A requirements.txt, a pyproject.toml or an environment.yml beside the notebook says it.",
    severity=Severity.NOTE,
    bad=Example("# %%\nimport numpy as np  # <- here\n# %%\nprint(np.arange(3))\n"),
    good=Example("# %%\nimport json\n# %%\nprint(json.dumps([1]))\n"),
    check=check,
    fix="write a requirements.txt with versions (`pip freeze` knows them)",
)
