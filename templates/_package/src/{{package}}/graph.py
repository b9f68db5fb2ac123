"""The order of the stages, and pictures of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches

from .pipeline import PORTS, STAGES
from .randomness import state_file


def random_stage_before(name: str) -> str | None:
    """The random stage whose stream of random numbers this one goes on with."""
    earlier = [other for other in list(STAGES)[: list(STAGES).index(name)] if STAGES[other].random]
    return earlier[-1] if STAGES[name].random and earlier else None


def predecessors(name: str) -> list[str]:
    """The stages that must be done before this one, in order."""
    stage = STAGES[name]
    found = {PORTS[port].stage for port in stage.inputs.values()} | {*stage.after, random_stage_before(name)}
    return [other for other in STAGES if other in found]


def takes(name: str) -> list[str]:
    """The files in `artifacts/` that a stage needs: those of its ports, and the random numbers' state."""
    before = random_stage_before(name)
    ports = STAGES[name].inputs.values()
    return [*dict.fromkeys(PORTS[port].file for port in ports), *([state_file(before)] if before else [])]


def makes(name: str) -> list[str]:
    """The files in `artifacts/` that a stage leaves."""
    stage = STAGES[name]
    return [*dict.fromkeys(PORTS[port].file for port in stage.outputs), *([state_file(name)] if stage.random else [])]


def successors(name: str) -> list[str]:
    """The stages that must wait for this one, in order."""
    return [other for other in STAGES if name in predecessors(other)]


def reach(name: str, step: Callable[[str], Iterable[str]]) -> set[str]:
    """A stage, and all that are reached from it by repeated steps."""
    found = [name]
    for reached in found:
        found += [other for other in step(reached) if other not in found]
    return set(found)


def select(first: str | None, last: str | None, only: Iterable[str]) -> list[str]:
    """The stages from `first` on, up to `last`, or just those in `only`; all of them where nothing is asked."""
    chosen = set(only or STAGES)
    if first:
        chosen &= reach(first, successors)
    if last:
        chosen &= reach(last, predecessors)
    return [name for name in STAGES if name in chosen]


def near(name: str, known: Iterable[str]) -> str:
    """The end of an error message: names that the unknown one may have been meant to be."""
    known = sorted(known)
    matches = get_close_matches(name, known)
    return f"did you mean {' or '.join(matches)}?" if matches else f"there are: {', '.join(known) or 'none'}"


def labels(source: str, target: str) -> str:
    """The ports that travel from one stage to another, separated by commas."""
    return ", ".join(port for port in STAGES[target].inputs.values() if PORTS[port].stage == source)


def as_text() -> str:
    """One line a stage: from which stages it takes what."""
    width = max(map(len, STAGES), default=0)
    lines = []
    for name in STAGES:
        sources = [f"{source} ({labels(source, name) or 'order'})" for source in predecessors(name)]
        lines.append(f"{name:{width}}  <-  {', '.join(sources)}" if sources else name)
    return "\n".join(lines)


def as_mermaid() -> str:
    """A Mermaid flowchart."""
    ids = {name: f"s{number}" for number, name in enumerate(STAGES, 1)}
    lines = ["flowchart TD"] + [f'    {ids[name]}["{name}"]' for name in STAGES]
    for name in STAGES:
        for source in predecessors(name):
            ports = labels(source, name)
            lines.append(f"    {ids[source]} {f'-->|{ports}|' if ports else '-.->'} {ids[name]}")
    return "\n".join(lines)


def as_dot() -> str:
    """A graph in Graphviz's language."""
    lines = ["digraph pipeline {", "    node [shape=box]"] + [f'    "{name}"' for name in STAGES]
    for name in STAGES:
        for source in predecessors(name):
            lines.append(f'    "{source}" -> "{name}" [label="{labels(source, name)}"]')
    return "\n".join([*lines, "}"])


FORMATS = {"text": as_text, "mermaid": as_mermaid, "dot": as_dot}
