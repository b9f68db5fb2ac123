"""One fact for several possible receivers: it promises only what all of them keep, and admits whatever one of them does."""

from collections.abc import Iterable
from typing import TypeVar

from nbpipe.knowledge.facts import AttributeFact, CallFact, Draws, Result

ALTERNATIVE = " | "

_DRAWS: tuple[Draws, ...] = ("no", "unless_seeded", "always")
_SHARING: tuple[Result, ...] = ("fresh", "view")
_FIGURES = ("", "closes", "shows", "draws", "opens")

T = TypeVar("T")


def merged(one: CallFact, other: CallFact) -> CallFact:
    """The fact that holds for a call that is one of these two."""
    return CallFact(
        one.name.rpartition(".")[2],
        returns=_same(one.returns, other.returns),
        returns_items=one.returns_items if one.returns_items == other.returns_items else (),
        items_per_argument=one.items_per_argument if one.items_per_argument == other.items_per_argument else 0,
        result=_sharing(one.result, other.result),
        takes_items=one.takes_items and other.takes_items,
        mutates=_union(one.mutates, other.mutates),
        mutates_if=_union(one.mutates_if, other.mutates_if),
        changes=_union(one.changes, other.changes),
        elements=one.elements or other.elements,
        keeps=one.keeps or other.keeps,
        draws=max(one.draws, other.draws, key=_DRAWS.index),
        seed=_same(one.seed, other.seed) if one.draws == other.draws else one.seed or other.seed,
        draws_with=_union(one.draws_with, other.draws_with),
        figure=max(one.figure, other.figure, key=_FIGURES.index) if one.figure and other.figure else "",  # `fit` of a few drawing libraries
        state=_union(one.state, other.state),
        reads_files=_union(one.reads_files, other.reads_files),
        writes_files=_union(one.writes_files, other.writes_files),
        mode=one.mode or other.mode,
        prints=one.prints or other.prints,
        phase=_same(one.phase, other.phase),
        tunable=_union(one.tunable, other.tunable),
        frame_names=one.frame_names or other.frame_names,
        shows=one.shows if one.shows == other.shows else "value",
    )


def merged_attributes(one: AttributeFact, other: AttributeFact) -> AttributeFact:
    """The fact that holds for an attribute, or an item, that is one of these two."""
    return AttributeFact(
        one.name.rpartition(".")[2],
        returns=_either(one.returns, other.returns),
        result=_sharing(one.result, other.result),
        state=_union(one.state, other.state),
    )


def _same(one: T | None, other: T | None) -> T | None:
    return one if one == other else None


def _either(one: str | None, other: str | None) -> str | None:
    return ALTERNATIVE.join(_union(one.split(ALTERNATIVE), other.split(ALTERNATIVE))) if one and other else None


def _union(one: Iterable[T], other: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys([*one, *other]))


def _sharing(one: Result, other: Result) -> Result:
    if one == other:
        return one
    return "view" if one in _SHARING and other in _SHARING else "unknown"
