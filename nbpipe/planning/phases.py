"""Which phase of a workflow a statement belongs to: from what it calls, how it is named, and the headings around it."""

import ast
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from nbpipe import knowledge
from nbpipe.model.flow import FlowGraph, Phase, Statement, StatementKind
from nbpipe.notebook.source import parse

PHASES = (
    Phase.COLLECTION,
    Phase.LABELLING,
    Phase.CLEANING,
    Phase.FEATURES,
    Phase.TRAINING,
    Phase.EVALUATION,
    Phase.DEPLOYMENT,
    Phase.MONITORING,
)
SPLITS = ("train_test_split", "StratifiedShuffleSplit.split", "ShuffleSplit.split")
PREPARATION = frozenset({Phase.CLEANING, Phase.FEATURES})  # the same calls make clean data and features
CALL_WEIGHT = 3.0
SHOW_WEIGHT = 1.5
FILTER_WEIGHT = 1.5
COLUMN_WEIGHT = 2.0
WORD_WEIGHTS = {"heading": 1.0, "outer heading": 0.4, "comment": 0.8, "name": 0.6}
DEFINITIONS = (StatementKind.IMPORT, StatementKind.FUNCTION, StatementKind.CLASS)

Scores = Mapping[Phase, float]


def label(graph: FlowGraph) -> FlowGraph:
    """Return the graph with the phase of each statement; `setup` where nothing speaks for another."""
    return replace(graph, statements=tuple(replace(statement, phase=_best(statement)) for statement in graph.statements))


def _best(statement: Statement) -> Phase:
    if statement.kind in DEFINITIONS:
        return Phase.SETUP
    scores = phase_scores(statement)
    return max(scores, key=lambda phase: scores[phase]) if scores else Phase.SETUP


@lru_cache(maxsize=8192)
def phase_scores(statement: Statement) -> Scores:
    """Return how much speaks for each phase; empty where nothing does."""
    called = call_phases(statement)
    tells = bool(called.keys() - {Phase.CLEANING})
    agreeing = {*called, *(PREPARATION if called.keys() & PREPARATION else ())}
    scores: defaultdict[Phase, float] = defaultdict(float, called)
    if not scores and _filters_rows(statement):
        scores[Phase.CLEANING] += FILTER_WEIGHT
    if not tells and _adds_column(statement):
        scores[Phase.FEATURES] += COLUMN_WEIGHT
    if is_display(statement) and not scores:
        scores[Phase.EXPLORATION] += SHOW_WEIGHT
    for kind, text in _texts(statement):
        for word_phase, score in knowledge.phase_of_words(text).items():
            if not tells or word_phase in agreeing:  # where calls tell, words can only agree
                scores[Phase(word_phase)] += WORD_WEIGHTS[kind] * score
    return dict(scores)


def is_visible(statement: Statement) -> bool:
    """Say whether a statement may display something."""
    return (statement.shown and not statement.silent) or statement.effects.prints or "figure" in statement.effects.state_written


def is_display(statement: Statement) -> bool:
    """Say whether all that a statement does is to show something."""
    effects = statement.effects
    return is_visible(statement) and not effects.binds and not effects.mutates and not effects.files_written


def is_split(statement: Statement) -> bool:
    """Say whether a statement sets data for testing apart."""
    return any(call.endswith(SPLITS) for call in statement.calls)


def call_phases(statement: Statement) -> Scores:
    """Return how much the calls of a statement speak for each phase."""
    found: dict[Phase, float] = {}
    for call in statement.calls:
        owner, _, name = call.rpartition(".")
        fact = knowledge.function(call) or knowledge.method(None if owner == "?" else owner, name)
        if fact is not None and fact.phase:
            phase = Phase(fact.phase)
            # a chain of calls that clean is no surer than one: features are made by the same
            found[phase] = CALL_WEIGHT + (found.get(phase, 0.0) if phase is not Phase.CLEANING else 0.0)
    return found


def _filters_rows(statement: Statement) -> bool:
    """Say whether a statement keeps those rows of a table that a condition on the table itself selects: `df = df[df.price > 0]`."""
    if statement.kind is not StatementKind.ASSIGN:
        return False
    match parse(statement.source).body[0]:
        case ast.Assign(value=ast.Subscript(value=ast.Name(id=table), slice=condition)):
            compares = any(isinstance(node, ast.Compare | ast.Invert) for node in ast.walk(condition))
            return compares and any(isinstance(node, ast.Name) and node.id == table for node in ast.walk(condition))
    return False


def _adds_column(statement: Statement) -> bool:
    """Say whether a statement computes another column of a table: `df["age"] = df["sold"] - df["built"]`."""
    if statement.kind is not StatementKind.ASSIGN:
        return False
    match parse(statement.source).body[0]:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str(column)))], value=value):
            keys = (node.slice for node in ast.walk(value) if isinstance(node, ast.Subscript))
            same = any(isinstance(key, ast.Constant) and key.value == column for key in keys)
            return not same and not isinstance(value, ast.Constant)
    return False


def _texts(statement: Statement) -> list[tuple[str, str]]:
    *outer, inner = statement.headings or ("",)
    names = " ".join(_words(name) for name in (*statement.effects.binds, *statement.effects.mutates))
    return [
        ("heading", inner),
        *(("outer heading", heading) for heading in outer[1:]),
        ("comment", statement.comments),
        ("name", names),
    ]


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
