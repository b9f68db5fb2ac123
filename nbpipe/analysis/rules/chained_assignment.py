"""Assignments to what may be a copy of a part of a frame."""

import ast
from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity

_FRAME = "pandas.DataFrame"
_INDEXERS = ("loc", "iloc", "at", "iat")
_IN_PLACE = ("fillna", "replace", "dropna", "drop", "clip", "sort_values", "mask", "where", "ffill", "bfill", "interpolate")


def check(subject: Subject) -> Iterator[Remark]:
    """Find `df[...][...] = value`, and `df[...].fillna(..., inplace=True)`."""
    frames: set[str] = set()
    for statement, tree in subject.statements():
        for node in ast.walk(tree):
            part = _assigned(node) or _changed(node)
            root = _frame_of(part) if part is not None else None
            if part is not None and root in frames:
                yield Remark(
                    subject.span(statement, part), f"this changes a part of `{root}` that may be a copy: `{root}` keeps its old values"
                )
        frames -= {*statement.effects.binds, *statement.effects.deletes}
        frames |= {name for name, kind in statement.types if kind == _FRAME}


def _assigned(node: ast.AST) -> ast.expr | None:
    """Return the part of a frame to whose part something is assigned."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    return next((target.value for target in targets if isinstance(target, ast.Subscript)), None)


def _changed(node: ast.AST) -> ast.expr | None:
    """Return the part of a frame that a method changes in place."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _IN_PLACE:
        return None
    in_place = any(word.arg == "inplace" and isinstance(word.value, ast.Constant) and word.value.value is True for word in node.keywords)
    return node.func.value if in_place else None


def _frame_of(part: ast.expr) -> str | None:
    """Return the name of which an expression is a part: of `df["a"]`, `df.loc[rows]["a"]`, `df.a`; not of `df` and `df.loc` themselves."""
    depth = 0
    while isinstance(part, ast.Subscript | ast.Attribute):
        depth += not (isinstance(part, ast.Attribute) and part.attr in _INDEXERS)
        part = part.value
    return part.id if isinstance(part, ast.Name) and depth else None


RULE = Rule(
    id="NB230",
    slug="chained-assignment",
    summary="A part of a part of a frame is assigned to, or changed in place.",
    why=(
        "`df[rows][column] = value` takes a part out of the frame, and changes that. Whether the frame changes too depends on the version of pandas: with pandas 3 it never does, and "
        "`df[column].fillna(0, inplace=True)` does nothing either."
    ),
    severity=Severity.WARNING,
    bad=Example(
        "# %%\nimport pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': [0, 0]})\n# %%\ndf[df['a'] > 1]['b'] = 9  # <- here\nprint(df)\n"
    ),
    good=Example(
        "# %%\nimport pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': [0, 0]})\n# %%\ndf.loc[df['a'] > 1, 'b'] = 9\nprint(df)\n"
    ),
    check=check,
    fix="use one step: `df.loc[rows, column] = value`, or `df[column] = df[column].fillna(...)`",
)
