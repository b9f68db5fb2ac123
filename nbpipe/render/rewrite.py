"""Small changes to a statement's text: literals become parameters, shown values are displayed, `global` becomes `nonlocal`."""

import ast
from collections.abc import Iterable, Mapping

import libcst as cst

from nbpipe.analysis.statements import parse
from nbpipe.model.finding import Span
from nbpipe.model.flow import Statement


def with_parameters(statement: Statement, names: Mapping[Span, str]) -> str:
    """Return the statement's source with the literals at some places replaced by names."""
    lines = statement.source.split("\n")
    inside = [span for span in names if _contains(statement.span, span)]
    for span in sorted(inside, key=lambda s: (s.line, s.column), reverse=True):
        first, last = span.line - statement.span.line, span.end_line - statement.span.line
        shift = statement.span.column
        start = span.column - (shift if first == 0 else 0)
        end = span.end_column - (shift if last == 0 else 0)
        lines[first : last + 1] = [lines[first][:start] + names[span] + lines[last][end:]]
    return "\n".join(lines)


def _contains(outer: Span, inner: Span) -> bool:
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    return outer.cell == inner.cell and starts and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)


def displayed(source: str, certain: bool, keeps: bool = False) -> str:
    """Return an expression statement as one that displays its value, as the end of a cell does; unless `certain`, only if there is a value.

    `keeps` says that the value gets the name `_` too, because a later cell asks for it.
    """
    expression = source.rstrip().rstrip(";")
    if isinstance(parse(source).body[0].value, ast.Tuple | ast.GeneratorExp):  # type: ignore[attr-defined]
        expression = f"({expression})"
    if keeps:
        return f"_ = {expression}\ndisplay(_)"
    if certain:
        return f"display({expression}\n)" if "#" in expression else f"display({expression})"
    return f"if (shown := ({expression}\n)) is not None:\n    display(shown)"


def as_block(source: str, depth: int, enclosing: frozenset[str] = frozenset()) -> list[str]:
    """Return the lines of a statement as part of a function's body, indented; texts over several lines keep theirs.

    Names that are the function's own (`enclosing`) are `nonlocal`, not `global`, to the functions inside.
    """
    if depth == 0:
        return source.split("\n")
    parsed = cst.parse_module(source)
    if enclosing and "global" in source:
        parsed = parsed.visit(_Nonlocal(enclosing))
    wrapped = cst.FunctionDef(cst.Name("f"), cst.Parameters(), cst.IndentedBlock(parsed.body, header=cst.TrailingWhitespace()))
    return parsed.with_changes(body=[wrapped], header=[], footer=[], default_indent="    ").code.rstrip("\n").split("\n")[1:]


class _Nonlocal(cst.CSTTransformer):
    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = frozenset(names)

    def leave_Global(self, original_node: cst.Global, updated_node: cst.Global) -> cst.Global | cst.Nonlocal:
        if all(item.name.value in self.names for item in updated_node.names):
            return cst.Nonlocal(updated_node.names, updated_node.whitespace_after_global)
        return updated_node
