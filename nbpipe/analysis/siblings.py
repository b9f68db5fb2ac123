"""What the modules beside a notebook do to the session when they are imported."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from nbpipe.analysis.blocks import Blocks
from nbpipe.analysis.memory import Memory
from nbpipe.model.finding import Span
from nbpipe.notebook.source import parse


def changed_by_imports(modules: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    """Return the parts of the session's state (options, random numbers) that each module changes, by its name."""
    return {name: changed for name, source in modules if (changed := _changed(source))}


@lru_cache(maxsize=256)
def _changed(source: str) -> tuple[str, ...]:
    interpreter = Blocks(Memory())
    interpreter.at, interpreter.lines = Span(0, 1, 0, 1, 0), source.split("\n")
    try:
        interpreter.block(parse(source).body)
    except RecursionError:
        return ()
    return tuple(interpreter.memory.trace.state_written)
