"""Cells cut into top-level statements, each with its text, its comments and the headings above it."""

import ast
from dataclasses import dataclass
from functools import lru_cache

from nbpipe.model.finding import Span
from nbpipe.model.flow import Statement, StatementKind
from nbpipe.model.notebook import Notebook
from nbpipe.notebook.source import parse

_KINDS: dict[type[ast.stmt], StatementKind] = {
    ast.Import: StatementKind.IMPORT,
    ast.ImportFrom: StatementKind.IMPORT,
    ast.FunctionDef: StatementKind.FUNCTION,
    ast.AsyncFunctionDef: StatementKind.FUNCTION,
    ast.ClassDef: StatementKind.CLASS,
    ast.Assign: StatementKind.ASSIGN,
    ast.AnnAssign: StatementKind.ASSIGN,
    ast.AugAssign: StatementKind.ASSIGN,
    ast.Expr: StatementKind.EXPRESSION,
    ast.Delete: StatementKind.DELETE,
    ast.For: StatementKind.COMPOUND,
    ast.AsyncFor: StatementKind.COMPOUND,
    ast.While: StatementKind.COMPOUND,
    ast.If: StatementKind.COMPOUND,
    ast.Try: StatementKind.COMPOUND,
    ast.TryStar: StatementKind.COMPOUND,
    ast.With: StatementKind.COMPOUND,
    ast.AsyncWith: StatementKind.COMPOUND,
    ast.Match: StatementKind.COMPOUND,
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A statement before its effects are known: the value that the plan will see, and its syntax tree."""

    statement: Statement
    node: ast.stmt


def parse_cells(notebook: Notebook) -> list[Parsed]:
    """Return the top-level statements of all code cells, in order. Cells that do not parse have none."""
    parsed: list[Parsed] = []
    headings: tuple[tuple[int, str], ...] = ()
    for cell in notebook.cells:
        if cell.kind == "markdown":
            headings = _below(headings, cell.source)
        elif cell.kind == "code" and cell.python.strip():
            parsed.extend(_statements(cell.index, cell.python, cell.hides_value, tuple(text for _, text in headings)))
    return parsed


def _below(headings: tuple[tuple[int, str], ...], markdown: str) -> tuple[tuple[int, str], ...]:
    """Return the headings in force after a markdown cell: each (level, text), outermost first."""
    fenced = False
    for line in markdown.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        hashes = len(line) - len(line.lstrip("#"))
        if not fenced and 1 <= hashes <= 6 and line[hashes : hashes + 1] in (" ", "\t") and line[hashes:].strip():
            text = line[hashes:].strip().rstrip("#").strip()
            headings = (*(h for h in headings if h[0] < hashes), (hashes, text))
    return headings


@lru_cache(maxsize=4096)
def _statements(cell: int, python: str, hides_value: bool, headings: tuple[str, ...]) -> tuple[Parsed, ...]:
    tree = parse(python)
    lines = python.split("\n")
    result = []
    above = (1, 0)  # where the text before the next statement begins: line, column
    for number, node in enumerate(tree.body, start=1):
        span = node_span(node, cell, lines)
        last = number == len(tree.body)
        statement = Statement(
            id=f"c{cell + 1}.s{number}",
            span=span,
            source=_between(lines, (span.line, span.column), (span.end_line, span.end_column)),
            kind=_KINDS.get(type(node), StatementKind.OTHER),
            comments=_comments(lines, above, span),
            shown=last and isinstance(node, ast.Expr) and not hides_value,
            headings=headings,
        )
        above = (span.end_line, span.end_column)
        result.append(Parsed(statement, node))
    return tuple(result)


def node_span(node: ast.stmt | ast.expr, cell: int, lines: list[str]) -> Span:
    """Return where a node stands, in characters (the syntax tree counts bytes); decorators belong to what they decorate."""
    line, column = node.lineno, node.col_offset
    decorators = getattr(node, "decorator_list", [])
    if decorators:
        line, column = decorators[0].lineno, lines[decorators[0].lineno - 1].index("@")
    end_line, end_column = node.end_lineno or line, node.end_col_offset or 0
    return Span(cell, line, _characters(lines[line - 1], column), end_line, _characters(lines[end_line - 1], end_column))


def _characters(line: str, column: int) -> int:
    return column if line.isascii() else len(line.encode()[:column].decode(errors="ignore"))


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    middle = lines[start[0] : end[0] - 1]
    return "\n".join([lines[start[0] - 1][start[1] :], *middle, lines[end[0] - 1][: end[1]]])


def _comments(lines: list[str], above: tuple[int, int], span: Span) -> str:
    """Return the comment lines between the statement before and this one, and the comment at the statement's own end."""
    text = _between(lines, above, (span.line, span.column)).splitlines()
    if above != (1, 0):
        text = text[1:]  # the rest of the line that the statement before ends on
    found = [line.strip() for line in text if line.strip().startswith("#")]
    tail = lines[span.end_line - 1][span.end_column :].strip()
    if tail.startswith("#"):
        found.append(tail)
    return "\n".join(found)
