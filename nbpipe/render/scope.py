"""What a name means to code that moved from a notebook's global scope into a function.

In a cell, `max = max(values)` reads the builtin and then hides it. In a function `max` would be local from the first line on. So the names that a function binds
itself, but reads first as what they were before, are imported into it where it first reads them.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence

from nbpipe.analysis.free import local_names
from nbpipe.analysis.memory import BUILTINS
from nbpipe.model.flow import Statement
from nbpipe.notebook.source import parse

MAIN = "__name__"


def meanings(
    statements: Sequence[Statement], given: Iterable[str], outside: Mapping[str, str], hidden: Iterable[str]
) -> dict[str, list[str]]:
    """Return, for statements of a function (by id), the lines before them that give names their meaning in the notebook.

    `given` are the function's arguments, `outside` the lines that import what its names may mean where it does not bind them, builtins aside; `hidden` are names of its own module, which hide others.
    """
    lines = {**{name: f"from builtins import {name}" for name in BUILTINS}, **outside, MAIN: f'{MAIN} = "__main__"'}
    local = {name for statement in statements for name in local_names(statement.source)}
    wanted = (local | {*hidden, MAIN}) & lines.keys()
    bound = set(given)
    found: dict[str, list[str]] = {}
    for statement in statements:
        perhaps = set(statement.effects.binds) - set(statement.certain)
        needed = sorted((_read(statement) | perhaps) & wanted - bound)
        if needed:
            found[statement.id] = [lines[name] for name in needed]
        bound.update(needed, statement.certain)
        bound.difference_update(statement.effects.deletes)
    return found


def _read(statement: Statement) -> set[str]:
    nodes = [node for node in ast.walk(parse(statement.source)) if isinstance(node, ast.Name)]
    return {node.id for node in nodes if not isinstance(node.ctx, ast.Store)}
