"""The analysis of a whole notebook."""

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from nbpipe.analysis.again import Beginning, Beginnings
from nbpipe.analysis.blocks import Blocks
from nbpipe.analysis.edges import edges
from nbpipe.analysis.free import free_names
from nbpipe.analysis.memory import Memory
from nbpipe.analysis.siblings import changed_by_imports
from nbpipe.analysis.statements import Parsed, parse_cells
from nbpipe.analysis.trace import Trace
from nbpipe.analysis.values import Scope, Value
from nbpipe.errors import NotebookError
from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import FlowGraph, Statement, StatementKind
from nbpipe.model.notebook import Notebook
from nbpipe.notebook.source import parse

LAST_VALUE = "_"
_LAST_VALUE = re.compile(r"\b_\b")
_DEEPEST = 20_000
_BEGINNINGS = Beginnings()
BY_NAME = frozenset({"eval", "exec", "globals", "locals", "vars"})


def analyze(notebook: Notebook) -> FlowGraph:
    """Return what every statement of the notebook does, and the flow between them. Nothing is executed."""
    parsed_cells = parse_cells(notebook)
    keeps_last = _uses_last_value(parsed_cells)
    context = (tuple(line for cell in notebook.code_cells for line in cell.imports), notebook.modules, keeps_last)
    beginning, unchanged = _BEGINNINGS.of(parsed_cells, context)
    interpreter = Blocks(beginning.memory.copy() if beginning else Memory(_implied(notebook), changed_by_imports(notebook.modules)))
    statements = list(beginning.analyzed) if beginning else []
    cells = {cell.index: cell.python.split("\n") for cell in notebook.code_cells}
    with _deep():
        for parsed in parsed_cells[len(statements) :]:
            interpreter.at, interpreter.lines = parsed.statement.span, cells[parsed.statement.cell]
            try:
                statements.append(_analyzed(parsed, interpreter, keeps_last))
            except RecursionError:
                raise NotebookError(
                    f"{notebook.path}: {parsed.statement.span} is nested too deeply to be analysed: split the expression"
                ) from None
            if len(statements) == unchanged:  # the next keystroke will change the same cell
                above = tuple(parsed_cells[:unchanged])
                _BEGINNINGS.keep(Beginning(above, tuple(statements), interpreter.memory.copy(), context))
    return FlowGraph(tuple(statements), edges(statements), (*notebook.findings, *_unknown(statements), *_by_name(parsed_cells)))


def _implied(notebook: Notebook) -> Scope:
    """Return what the translations of magics import, by name."""
    importer = Blocks(Memory())
    for line in dict.fromkeys(line for cell in notebook.code_cells for line in cell.imports):
        importer.execute(parse(line).body[0])
    return importer.memory.layers[0]


@contextmanager
def _deep() -> Iterator[None]:
    """Let functions call each other deeper than usual: as deep as the expressions are that Python compiles (`a + b + c ...`)."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(max(usual, _DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)


def _uses_last_value(parsed: list[Parsed]) -> bool:
    """Say whether the notebook reads `_`, which IPython binds to the value shown last, and never binds it itself."""
    names = [
        node for item in parsed if _LAST_VALUE.search(item.statement.source) for node in ast.walk(item.node) if isinstance(node, ast.Name)
    ]
    contexts = {type(node.ctx) for node in names if node.id == LAST_VALUE}
    return contexts == {ast.Load}


def _analyzed(parsed: Parsed, interpreter: Blocks, keeps_last: bool) -> Statement:
    """Execute one statement on abstract values, and return it with what it did."""
    memory = interpreter.memory
    memory.trace = trace = Trace()
    interpreter.work = 0
    result = interpreter.execute(parsed.node)
    if keeps_last and parsed.statement.shown and not _is_silent(parsed, result):
        memory.bind(LAST_VALUE, result)
    changed = tuple(dict.fromkeys((*trace.binds, *trace.mutates)))
    values = {name: value for name in changed if (value := memory.global_value(name)) is not None}
    definition = parsed.statement.kind in (StatementKind.FUNCTION, StatementKind.CLASS)
    return replace(
        parsed.statement,
        effects=trace.effects(),
        certain=tuple(trace.bound),
        types=tuple((name, value.type) for name, value in values.items() if value.type),
        fixed=tuple(name for name, value in values.items() if definition or memory.fixed(value)),
        free=free_names(parsed.statement.source) if definition else (),
        undefined=tuple(trace.undefined),
        calls=tuple(trace.calls),
        shares=memory.shares(changed) if not definition else (),
        tunables=tuple(trace.tunables),
        artist=result.artist and not _is_named_figure(parsed, result),
        silent=_is_silent(parsed, result),
        valued=_is_valued(parsed, result),
        operations=tuple(trace.operations),
    )


def _is_named_figure(parsed: Parsed, result: Value) -> bool:
    """Say whether a statement is the name of a figure: that shows its picture. One that a call gives is shown anyway when its cell ends."""
    return result.type == "matplotlib.figure.Figure" and isinstance(parsed.node, ast.Expr) and isinstance(parsed.node.value, ast.Name)


def _is_silent(parsed: Parsed, result: Value) -> bool:
    """Say whether the value of an expression is None for sure, so that the cell shows nothing."""
    return isinstance(parsed.node, ast.Expr) and result.constant is None and result.type == "builtins.NoneType"


def _is_valued(parsed: Parsed, result: Value) -> bool:
    """Say whether an expression has a value for sure: calls may give None where nothing is known of them."""
    if not isinstance(parsed.node, ast.Expr) or isinstance(parsed.node.value, ast.Await):
        return False
    return not isinstance(parsed.node.value, ast.Call) or result.type not in (None, "builtins.NoneType")


def _unknown(statements: list[Statement]) -> list[Finding]:
    """Name the calls of which nothing is known: the plan is more careful there than it might have to be."""
    found = []
    for statement in statements:
        for call in statement.effects.unknown:
            message = f"nothing is known of `{call}`: it is taken to change what it is given"
            found.append(Finding("NB110", message, Severity.NOTE, statement.span))
    return found


def _by_name(parsed_cells: list[Parsed]) -> list[Finding]:
    """Name the calls that look variables up by their names while they run: a stage has only the variables that its code names."""
    found = []
    for parsed in parsed_cells:
        if not any(name in parsed.statement.source for name in BY_NAME):
            continue
        for node in ast.walk(parsed.node):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BY_NAME:
                message = f"`{node.func.id}` may look up variables by name, which a stage does not have"
                found.append(Finding("NB107", message, Severity.WARNING, parsed.statement.span, "name the variables in the code"))
    return found
