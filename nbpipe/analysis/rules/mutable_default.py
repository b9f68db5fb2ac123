"""Default values of arguments that all calls share."""

import ast
from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity

_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_MAKERS = frozenset({"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict"})


def check(subject: Subject) -> Iterator[Remark]:
    """Find default arguments that are lists, dicts or sets."""
    for statement, spec in subject.walk(ast.arguments):
        positional = [*spec.posonlyargs, *spec.args]
        given = zip(positional[len(positional) - len(spec.defaults) :], spec.defaults, strict=True)
        for argument, default in (*given, *zip(spec.kwonlyargs, spec.kw_defaults, strict=True)):
            if default is not None and _is_mutable(default):
                yield Remark(subject.span(statement, default), f"all calls share the default of `{argument.arg}`")


def _is_mutable(default: ast.expr) -> bool:
    made = isinstance(default, ast.Call) and isinstance(default.func, ast.Name) and default.func.id in _MAKERS
    return made or isinstance(default, _DISPLAYS)


RULE = Rule(
    id="NB232",
    slug="mutable-default",
    summary="The default of an argument is a list, a dict or a set.",
    why="It is made once, when the function is defined. What one call puts into it, the next call finds there.",
    severity=Severity.WARNING,
    bad=Example(
        "# %%\ndef collect(value, seen=[]):  # <- here\n    seen.append(value)\n    return seen\n# %%\nprint(collect(1), collect(2))\n"
    ),
    good=Example(
        "# %%\ndef collect(value, seen=None):\n    seen = [] if seen is None else seen\n    seen.append(value)\n    return seen\n"
        "# %%\nprint(collect(1), collect(2))\n"
    ),
    check=check,
    fix="use None as the default, and make the object in the function",
)
