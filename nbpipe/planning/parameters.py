"""Literals that people tune become parameters."""

import ast
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from nbpipe.analysis.statements import node_span
from nbpipe.model.finding import Span
from nbpipe.model.flow import Phase, Scalar, Statement, StatementKind, Tunable
from nbpipe.model.plan import Parameter
from nbpipe.notebook.source import parse
from nbpipe.planning.naming import identifier, unique
from nbpipe.planning.phases import is_display
from nbpipe.planning.roles import Roles, scalar_constant

SEEDS = frozenset({"random_state", "seed", "random_seed"})


@dataclass(frozen=True, slots=True)
class _Use:
    tunable: Tunable
    statement: Statement


def find_parameters(statements: Sequence[Statement], roles: Roles, reserved: frozenset[str]) -> tuple[Parameter, ...]:
    """Return the parameters: scalars that the notebook names itself, and literal arguments that the tables of facts call tunable.

    `reserved` are names that are in use.
    """
    found: list[Parameter] = []
    for statement in statements:
        value = scalar_constant(statement) if statement.id in roles.tuned else None
        if value is not None:
            (name,) = statement.effects.binds
            found.append(Parameter(name, value, spans=(_value_span(statement),), origin=statement.id))
    taken = {*reserved, *(parameter.name for parameter in found)}
    found.extend(_literal_parameters([s for s in statements if s.id not in roles.constants], taken))
    return tuple(found)


def _value_span(statement: Statement) -> Span:
    """Return where the literal of `name = literal` stands: at the statement's end."""
    source = statement.source
    node = parse(source).body[0].value  # type: ignore[attr-defined]
    lines = source.split("\n")
    start = len(lines[node.lineno - 1].encode()[: node.col_offset].decode())
    span = statement.span
    line = span.line + node.lineno - 1
    column = start + (span.column if node.lineno == 1 else 0)
    return Span(span.cell, line, column, span.end_line, span.end_column)


def literal_spans(python: str, cell: int, literal: str) -> list[tuple[Scalar, Span]]:
    """Return the literals of a cell that are written like this, each with its value; those inside of f-strings are text, and no literals."""
    tree, lines = parse(python), python.split("\n")
    texts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    return [
        (node.value, node_span(node, cell, lines))
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str | int | float | bool)
        and id(node) not in texts
        and ast.get_source_segment(python, node) == literal
    ]


def _literal_parameters(statements: Sequence[Statement], taken: set[str]) -> list[Parameter]:
    by_name: defaultdict[str, list[_Use]] = defaultdict(list)
    for statement in statements:
        explores = is_display(statement) or statement.phase is Phase.EXPLORATION
        for tunable in statement.tunables:
            if explores and not _is_path(tunable):
                continue  # nobody tunes a histogram's bins
            by_name[_base_name(tunable)].append(_Use(tunable, statement))
    found: list[Parameter] = []
    for base, uses in by_name.items():
        for name, same in _grouped(base, uses):
            free = unique(name, taken)
            taken.add(free)
            spans = tuple(use.tunable.span for use in same)
            found.append(Parameter(free, same[0].tunable.value, spans=spans, origin=same[0].statement.id))
    return found


def _base_name(tunable: Tunable) -> str:
    if _is_path(tunable):
        path = str(tunable.value)
        windows = "\\" in path or re.match(r"[A-Za-z]:", path)
        stem = PureWindowsPath(path).stem if windows else PurePosixPath(path).stem
        return identifier(f"{stem}_path", default="data")
    return identifier(tunable.name, default="value")


def _is_path(tunable: Tunable) -> bool:
    return isinstance(tunable.value, str) and bool(re.search(r"path|file|fname|io|buf|con\b|url", tunable.name))


def _grouped(base: str, uses: Sequence[_Use]) -> list[tuple[str, list[_Use]]]:
    """Return the parameters of one name: a seed or path that is the same everywhere is one; other literals are one for each call that has them."""
    values = {use.tunable.value for use in uses}
    if len(values) == 1 and (base in SEEDS or _is_path(uses[0].tunable) or len(uses) == 1):
        return [(base, list(uses))]
    groups: defaultdict[tuple[str, Scalar], list[_Use]] = defaultdict(list)
    for use in uses:
        groups[_qualified(base, use), use.tunable.value].append(use)
    return [(name, same) for (name, _), same in groups.items()]


def _qualified(base: str, use: _Use) -> str:
    owner = use.tunable.owner.rpartition(".")[2]
    if owner[:1].isupper():
        return identifier(f"{owner} {base}")
    assigned = use.statement.effects.binds if use.statement.kind is StatementKind.ASSIGN else ()
    return identifier(f"{assigned[0] if assigned else owner} {base}")
