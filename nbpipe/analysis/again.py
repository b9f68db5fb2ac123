"""Analysing a notebook again after a change: what stands above the change was analysed before, and nothing below can change it."""

from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from threading import Lock

from nbpipe.analysis.memory import Memory
from nbpipe.analysis.statements import Parsed
from nbpipe.model.flow import Statement

_KEPT = 8  # analyses: about as many notebooks as a person has open


@dataclass(frozen=True, slots=True)
class Beginning:
    """The statements above a place, as they were before and after their analysis, and the memory at that place; `context` is what else counts."""

    parsed: tuple[Parsed, ...]
    analyzed: tuple[Statement, ...]
    memory: Memory
    context: Hashable


class Beginnings:
    """What the latest analyses found above the places where their notebooks were changed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._beginnings: deque[Beginning] = deque(maxlen=_KEPT)
        self._notebooks: deque[tuple[Parsed, ...]] = deque(maxlen=_KEPT)

    def of(self, parsed: Sequence[Parsed], context: Hashable) -> tuple[Beginning | None, int]:
        """Return the longest beginning that these statements share with an earlier analysis, and how many are as they were in any of them."""
        with self._lock:
            beginnings, notebooks = list(self._beginnings), list(self._notebooks)
            self._notebooks.append(tuple(parsed))
        fitting = [one for one in beginnings if one.context == context and _same(one.parsed, parsed) == len(one.parsed)]
        unchanged = max((_same(known, parsed) for known in notebooks), default=0)
        return max(fitting, key=lambda one: len(one.parsed), default=None), unchanged

    def keep(self, beginning: Beginning) -> None:
        """Remember a beginning."""
        with self._lock:
            self._beginnings.append(beginning)


def _same(one: Sequence[Parsed], other: Sequence[Parsed]) -> int:
    """Return how many statements two notebooks begin with in common: what parsing knows already it gives as the same object again."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], zip(one, other, strict=False)))
