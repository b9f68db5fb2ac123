"""Small changes to a statement's text: literals become parameters, shown values are displayed, `global` becomes `nonlocal`."""

import ast
from collections.abc import Iterable, Mapping

import libcst as cst

from nbpipe.model.finding import Span
from nbpipe.model.flow import Statement
from nbpipe.notebook.source import lines_inside_strings, parse


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


def for_its_effect(source: str) -> str:
    """Return an import that may be there only for what it changes in the session, with a word to ruff, which asks for it on the first line."""
    return f"{ast.unparse(parse(source))}  # noqa: F401"


def within(head: str, source: str) -> str:
    """Return imports, or what tries them, as the block below a line."""
    return "\n".join((head, *(f"    {line}" for line in source.split("\n"))))


def displayed(source: str, certain: bool, keeps: bool = False, show: str = "display") -> str:
    """Return an expression statement as one that displays its value, as the end of a cell does; unless `certain`, only if there is a value.

    `keeps` says that the value gets the name `_` too, because a later cell asks for it; `show` is what `display` is called here.
    """
    expression = source.rstrip().rstrip(";")
    if isinstance(parse(source).body[0].value, ast.Tuple | ast.GeneratorExp):  # type: ignore[attr-defined]
        expression = f"({expression})"
    if keeps:
        return f"_ = {expression}\n{show}(_)"
    if certain:
        return f"{show}({expression}\n)" if "#" in expression else f"{show}({expression})"
    return f"if (shown := ({expression}\n)) is not None:\n    {show}(shown)"


def awaits(source: str) -> bool:
    """Say whether a statement awaits outside of any function, as cells may but plain functions may not."""
    if "await" not in source and "async" not in source:
        return False
    try:
        compile(source, "<cell>", "exec", dont_inherit=True)
    except SyntaxError:
        return True
    return False


def as_block(source: str, depth: int, enclosing: frozenset[str] = frozenset()) -> list[str]:
    """Return the lines of a statement as part of a function's body, indented; texts over several lines keep theirs.

    Names that are the function's own (`enclosing`) are `nonlocal`, not `global`, to the functions inside.
    """
    if depth == 0:
        return source.split("\n")
    if "global" in source:
        source = cst.parse_module(source).visit(_Nonlocal(enclosing)).code
    first, *rest = source.split("\n")
    if not rest:
        return ["    " * depth + first]
    inside = lines_inside_strings(source)
    return ["    " * depth + first, *(line if number in inside else _indented(line, depth) for number, line in enumerate(rest, start=2))]


def _indented(line: str, depth: int) -> str:
    """Return a line with more indent; a form feed begins its indent anew, as it does for Python."""
    plain = line[line.rfind("\f", 0, len(line) - len(line.lstrip(" \t\f"))) + 1 :]
    return "    " * depth + plain if plain else ""


class _Nonlocal(cst.CSTTransformer):
    """Makes of the notebook's globals what they are to a function: its own names, which functions inside call `nonlocal`."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = frozenset(names)
        self.depth = 0

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.depth += 1

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        self.depth -= 1
        return updated_node

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.depth += 1

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        self.depth -= 1
        return updated_node

    def leave_Global(
        self, original_node: cst.Global, updated_node: cst.Global
    ) -> cst.Global | cst.Nonlocal | cst.Pass | cst.FlattenSentinel[cst.BaseSmallStatement]:
        names = [item.name.value for item in updated_node.names]
        own = [name for name in names if name in self.names]
        if not self.depth:
            return cst.Pass(semicolon=updated_node.semicolon)  # in a cell it says nothing
        if not own:
            return updated_node
        outer = cst.Nonlocal([cst.NameItem(cst.Name(name)) for name in own], semicolon=updated_node.semicolon)
        if len(own) == len(names):
            return outer
        others = cst.Global([cst.NameItem(cst.Name(name)) for name in names if name not in own])
        return cst.FlattenSentinel([others, outer])
