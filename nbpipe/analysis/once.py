"""Whether a statement does something once, or over and over."""

import ast

from nbpipe.model.flow import Operation, Statement
from nbpipe.notebook.source import parse

_LOOPS = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Lambda


def is_done_once(statement: Statement, operation: Operation) -> bool:
    """Say whether an operation is a call that stands in the statement itself, outside of all loops: not in a function that the statement calls."""
    line, column = operation.span.line - statement.span.line + 1, operation.span.column
    name = operation.name.rpartition(".")[2]
    todo: list[ast.AST] = [parse(statement.source)]
    while todo:
        node = todo.pop()
        match node:
            case ast.Call(func=ast.Attribute(attr=attribute)) if attribute == name and (node.lineno, node.col_offset) == (line, column):
                return True
        if not isinstance(node, _LOOPS):
            todo.extend(ast.iter_child_nodes(node))
    return False
