"""What a rule is, and what it looks at."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from nbpipe.analysis.statements import node_span, parse_cells
from nbpipe.model.finding import Finding, Severity, Span
from nbpipe.model.flow import Edge, FlowGraph, Statement
from nbpipe.model.notebook import Cell, Notebook
from nbpipe.model.plan import Plan

T = TypeVar("T", bound=ast.AST)


@dataclass(frozen=True, slots=True)
class Subject:
    """A notebook, what its statements do, the stages planned for it (where there is a plan), and the syntax trees of its statements by their ids.

    `requirement_files` are the files around the notebook that say what to install, `own_modules` the modules that lie beside it.
    """

    notebook: Notebook
    graph: FlowGraph
    plan: Plan | None
    nodes: Mapping[str, ast.stmt]
    requirement_files: tuple[str, ...] = ()
    own_modules: frozenset[str] = frozenset()

    def statements(self) -> Iterator[tuple[Statement, ast.stmt]]:
        """Return the statements in the notebook's order, each with its syntax tree."""
        return ((statement, self.nodes[statement.id]) for statement in self.graph.statements)

    def walk(self, kind: type[T]) -> Iterator[tuple[Statement, T]]:
        """Return all nodes of a kind, wherever they stand, each with its top-level statement."""
        for statement, tree in self.statements():
            for node in ast.walk(tree):
                if isinstance(node, kind):
                    yield statement, node

    def cell(self, statement: Statement) -> Cell:
        """Return the cell in which a statement stands."""
        return self.notebook.cells[statement.cell]

    def span(self, statement: Statement, node: ast.expr | ast.stmt) -> Span:
        """Return where a part of a statement stands."""
        return node_span(node, statement.cell, self.cell(statement).python.split("\n"))

    def by_id(self) -> Mapping[str, Statement]:
        """Return the statements by their ids."""
        return {statement.id: statement for statement in self.graph.statements}

    def edges_from(self) -> Mapping[str, Sequence[Edge]]:
        """Return, for each statement, the edges that begin there."""
        leaving: dict[str, list[Edge]] = {statement.id: [] for statement in self.graph.statements}
        for edge in self.graph.edges:
            leaving[edge.source].append(edge)
        return leaving


def subject(
    notebook: Notebook,
    graph: FlowGraph,
    plan: Plan | None = None,
    requirement_files: tuple[str, ...] = (),
    own_modules: frozenset[str] = frozenset(),
) -> Subject:
    """Return what rules look at."""
    nodes = {parsed.statement.id: parsed.node for parsed in parse_cells(notebook)}
    return Subject(notebook, graph, plan, nodes, requirement_files, own_modules)


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule's check gives: where, and a sentence; `fix` where it is another than the rule's."""

    span: Span | None
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A small notebook, in percent form. Lines that the rule must find end in `# <- here`. `counts` are the execution counts of its cells."""

    source: str
    counts: tuple[int | None, ...] = ()
    outputs: Mapping[int, tuple[Mapping[str, object], ...]] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that may be wrong with a notebook.

    `why` explains it to the person whose notebook it is; `fix` says in a line what to do.
    """

    id: str
    slug: str
    summary: str
    why: str
    severity: Severity
    bad: Example
    good: Example
    check: Callable[[Subject], Iterable[Remark]]
    fix: str = ""

    def findings(self, looked_at: Subject) -> Iterator[Finding]:
        """Return what the rule finds."""
        for remark in self.check(looked_at):
            yield Finding(self.id, remark.message, self.severity, remark.span, remark.fix or self.fix)
