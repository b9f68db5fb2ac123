"""Small mistakes in generated code: mutmut's operators, and three of our own that matter where frames are changed step by step.

A mutant has its lines where the original has them: what verification says of a line must not change because of a line above it.
"""

import ast
import difflib
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import libcst as cst
import libcst.matchers as m
from mutmut.mutation.mutators import mutation_operators

_NO_MUTANTS = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)
_TEXT = m.SimpleStatementLine(body=[m.Expr(value=m.SimpleString() | m.ConcatenatedString())])
_DROPPED = cst.SimpleStatementLine([cst.Pass()])


@dataclass(frozen=True)
class Mutant:
    """One mistake: what kind of, in which file of a project, the whole text of that file with it, and the difference."""

    kind: str
    file: str
    text: str
    diff: str


def drop_statement(node: cst.BaseStatement) -> Iterator[cst.BaseStatement]:
    """Leave out a statement, but for a `return`, without which nothing works."""
    trivial = m.SimpleStatementLine(body=[m.Return() | m.Pass()]) | m.FunctionDef() | _TEXT
    if not m.matches(node, trivial):
        yield _DROPPED


def swap_strings(node: cst.List | cst.Tuple) -> Iterator[cst.CSTNode]:
    """Swap two strings that stand side by side in a list: columns, mostly."""
    for place, (one, other) in enumerate(zip(node.elements, node.elements[1:], strict=False)):
        if all(isinstance(element.value, cst.SimpleString) for element in (one, other)):
            swapped = (one.with_changes(value=other.value), other.with_changes(value=one.value))
            yield node.with_changes(elements=[*node.elements[:place], *swapped, *node.elements[place + 2 :]])


def swap_arguments(node: cst.Call) -> Iterator[cst.Call]:
    """Swap the first two arguments of a call."""
    if len(node.args) > 1 and not any(argument.keyword or argument.star for argument in node.args[:2]):
        one, other = node.args[:2]
        yield node.with_changes(args=[one.with_changes(value=other.value), other.with_changes(value=one.value), *node.args[2:]])


OPERATORS: Sequence[tuple[type, Callable[[Any], Iterable[cst.CSTNode]], str]] = (
    *((kind, operator, operator.__name__.removeprefix("operator_").replace("_", " ")) for kind, operator in mutation_operators),
    (cst.BaseStatement, drop_statement, "drop statement"),
    (cst.List, swap_strings, "swap strings"),
    (cst.Tuple, swap_strings, "swap strings"),
    (cst.Call, swap_arguments, "swap arguments"),
)


def mutants(project: Path) -> list[Mutant]:
    """All mutants of the functions in a project's stages and in its module of functions."""
    files = [*sorted(project.glob("src/*/stages/*.py")), *project.glob("src/*/functions.py")]
    return [mutant for file in files for mutant in _of_file(file.relative_to(project).as_posix(), file.read_text(encoding="utf-8"))]


def sample(candidates: Iterable[Mutant], number: int, chance: random.Random) -> list[Mutant]:
    """Choose mutants, of all kinds alike: most that there are change strings and arguments, and those are the easiest to notice."""
    kinds: dict[str, list[Mutant]] = {}
    for mutant in candidates:
        kinds.setdefault(mutant.kind, []).append(mutant)
    for group in kinds.values():
        chance.shuffle(group)
    chosen: list[Mutant] = []
    while len(chosen) < number and any(kinds.values()):
        chosen.extend(group.pop() for group in kinds.values() if group)
    return chosen[:number]


def _of_file(name: str, text: str) -> Iterator[Mutant]:
    module = cst.parse_module(text)
    collector = _Collector()
    for statement in module.body:
        if isinstance(statement, cst.FunctionDef):
            statement.body.visit(collector)
    seen = {ast.dump(ast.parse(text))}
    for kind, before, after in collector.found:
        changed = module.deep_replace(before, after)
        mutated = _in_place(text, changed.code) if isinstance(changed, cst.Module) else text
        try:
            tree = ast.dump(ast.parse(mutated))
        except SyntaxError:
            continue
        if tree not in seen:
            seen.add(tree)
            yield Mutant(
                kind, name, mutated, "\n".join(difflib.unified_diff(text.splitlines(), mutated.splitlines(), name, name, "", "", 2, ""))
            )


class _Collector(cst.CSTVisitor):
    """Collects what each operator makes of each node."""

    def __init__(self) -> None:
        self.found: list[tuple[str, cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, _NO_MUTANTS) or m.matches(node, _TEXT):
            return False
        for kind, operator, name in OPERATORS:
            if isinstance(node, kind):
                self.found.extend((name, node, changed) for changed in operator(node))
        return True


def _in_place(before: str, after: str) -> str:
    """The changed text with empty lines where it has fewer lines than before, so that all others stay where they are."""
    old, new = before.split("\n"), after.split("\n")
    above = _alike(old, new)
    end = len(new) - _alike(old[above:][::-1], new[above:][::-1])
    return "\n".join([*new[:end], *[""] * (len(old) - len(new)), *new[end:]])


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines are the same at the start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
