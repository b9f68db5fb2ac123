"""Whether a statement does something once, or over and over."""

import ast

from nbpipe.analysis.statements import node_span
from nbpipe.model.finding import Span
from nbpipe.model.flow import Operation, Statement
from nbpipe.notebook.source import parse

_LOOPS = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Lambda


def is_done_once(statement: Statement, operation: Operation) -> bool:
    """Say whether an operation is a call that stands in the statement itself, outside of all loops: not in a function that the statement calls."""
    place, lines = _within(operation.span, statement.span), statement.source.split("\n")
    name = operation.name.rpartition(".")[2]
    todo: list[ast.AST] = [parse(statement.source)]
    while todo:
        node = todo.pop()
        match node:
            case ast.Call(func=ast.Attribute(attr=attribute)) if attribute == name:
                span = node_span(node, statement.cell, lines)
                if (span.line, span.column) == place:
                    return True
        if not isinstance(node, _LOOPS):
            todo.extend(ast.iter_child_nodes(node))
    return False


def _within(span: Span, outer: Span) -> tuple[int, int]:
    """Return where a span begins, by line and column, in the text of the one that it lies in."""
    return span.line - outer.line + 1, span.column - (outer.column if span.line == outer.line else 0)
