"""Exceptions that nobody hears of."""

import ast
from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity, Span

_BROAD = frozenset({"Exception", "BaseException"})


def check(subject: Subject) -> Iterator[Remark]:
    """Find handlers that catch everything and do nothing with it."""
    for statement, node in subject.walk(ast.ExceptHandler):
        if _is_broad(node.type) and all(_is_idle(inner) for inner in node.body):
            text = subject.cell(statement).python.split("\n")[node.lineno - 1]
            span = Span(statement.cell, node.lineno, len(text) - len(text.lstrip()), node.lineno, len(text))
            yield Remark(span, "whatever goes wrong here, nobody hears of it")


def _is_broad(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(_is_broad(element) for element in kind.elts)
    return kind is None or (isinstance(kind, ast.Name) and kind.id in _BROAD)


def _is_idle(node: ast.stmt) -> bool:
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant or isinstance(node, ast.Pass | ast.Continue | ast.Break)


RULE = Rule(
    id="NB233",
    slug="swallowed-exception",
    summary="Every exception is caught, and dropped.",
    why="The notebook goes on with data that is missing or half made, and the numbers at its end look as good as ever.",
    severity=Severity.WARNING,
    bad=Example(
        '# %%\nvalues = []\nfor text in ["1", "x"]:\n    try:\n        values.append(int(text))\n    except:  # <- here\n        pass\nprint(values)\n'
    ),
    good=Example(
        '# %%\nvalues = []\nfor text in ["1", "x"]:\n    try:\n        values.append(int(text))\n    except ValueError:\n        print("not a number:", text)\n'
        "print(values)\n"
    ),
    check=check,
    fix="catch the exception that is expected, and say what happened",
)
