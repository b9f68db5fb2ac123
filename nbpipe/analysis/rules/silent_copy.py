"""Parts of frames that are changed as if they were frames of their own."""

import ast
from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity
from nbpipe.model.flow import Statement

_FRAME = "pandas.DataFrame"


def check(subject: Subject) -> Iterator[Remark]:
    """Find columns that are set in a frame that was taken out of another one without `.copy()`."""
    parts: dict[str, str] = {}
    for statement, tree in subject.statements():
        target = tree.targets[0] if isinstance(tree, ast.Assign) and len(tree.targets) == 1 else None
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id in parts:
            name = target.value.id
            yield Remark(
                subject.span(statement, target),
                f"`{name}` is a part of `{parts.pop(name)}`, taken without `.copy()`: pandas warns, and may change both",
            )
        for name in (*statement.effects.binds, *statement.effects.deletes):
            parts.pop(name, None)
        if isinstance(tree, ast.Assign) and isinstance(target, ast.Name) and _is_frame(statement, target.id):
            origin = _taken_from(tree.value)
            if origin and origin != target.id:
                parts[target.id] = origin


def _is_frame(statement: Statement, name: str) -> bool:
    return dict(statement.types).get(name) == _FRAME


def _taken_from(value: ast.expr) -> str | None:
    """Return the frame of which an expression takes some rows or columns."""
    if not isinstance(value, ast.Subscript):
        return None
    base = value.value
    if isinstance(base, ast.Attribute) and base.attr in ("loc", "iloc"):
        base = base.value
    return base.id if isinstance(base, ast.Name) else None


RULE = Rule(
    id="NB231",
    slug="silent-copy",
    summary="A column is set in a part of a frame that was taken without `.copy()`.",
    why=(
        "Before pandas 3, whether the original frame changes too depends on how the part was taken: the SettingWithCopyWarning. "
        "With `.copy()` it says what is meant, and every version of pandas does the same."
    ),
    severity=Severity.WARNING,
    bad=Example(
        "# %%\nimport pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': [0, 0]})\n# %%\nlarge = df[df['a'] > 1]\nlarge['b'] = 9  # <- here\nprint(large, df)\n"
    ),
    good=Example(
        "# %%\nimport pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': [0, 0]})\n# %%\nlarge = df[df['a'] > 1].copy()\nlarge['b'] = 9\nprint(large, df)\n"
    ),
    check=check,
    fix="take the part with `.copy()`",
)
