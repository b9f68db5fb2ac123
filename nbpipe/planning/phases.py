"""Which phase of a workflow a statement belongs to: from what it calls, how it is named, and the headings around it."""

import re
from collections import defaultdict
from dataclasses import replace

from nbpipe import knowledge
from nbpipe.model.flow import FlowGraph, Phase, Statement, StatementKind

CALL_WEIGHT = 3.0
SHOW_WEIGHT = 1.5
WORD_WEIGHTS = {"heading": 1.0, "outer heading": 0.4, "comment": 0.8, "name": 0.6}
DEFINITIONS = (StatementKind.IMPORT, StatementKind.FUNCTION, StatementKind.CLASS)

Scores = dict[Phase, float]


def label(graph: FlowGraph) -> FlowGraph:
    """Return the graph with the phase of each statement; `setup` where nothing speaks for another."""
    return replace(graph, statements=tuple(replace(statement, phase=_best(statement)) for statement in graph.statements))


def _best(statement: Statement) -> Phase:
    if statement.kind in DEFINITIONS:
        return Phase.SETUP
    scores = phase_scores(statement)
    return max(scores, key=lambda phase: scores[phase]) if scores else Phase.SETUP


def phase_scores(statement: Statement) -> Scores:
    """Return how much speaks for each phase; empty where nothing does."""
    scores: defaultdict[Phase, float] = defaultdict(float)
    scores.update(_call_phases(statement))
    if is_display(statement) and not scores:
        scores[Phase.EXPLORATION] += SHOW_WEIGHT
    for kind, text in _texts(statement):
        for word_phase, score in knowledge.phase_of_words(text).items():
            scores[Phase(word_phase)] += WORD_WEIGHTS[kind] * score
    return dict(scores)


def is_display(statement: Statement) -> bool:
    """Say whether all that a statement does is to show something."""
    effects = statement.effects
    visible = (statement.shown and not statement.silent) or effects.prints or "figure" in effects.state_written
    return visible and not effects.binds and not effects.mutates and not effects.files_written


def _call_phases(statement: Statement) -> Scores:
    found: defaultdict[Phase, float] = defaultdict(float)
    for call in statement.calls:
        owner, _, name = call.rpartition(".")
        fact = knowledge.function(call) or knowledge.method(None if owner == "?" else owner, name)
        if fact is not None and fact.phase:
            found[Phase(fact.phase)] += CALL_WEIGHT
    return dict(found)


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
