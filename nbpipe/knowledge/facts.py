"""What a table of facts says about a library's functions, methods and types."""

from dataclasses import dataclass
from typing import Literal

Result = Literal["fresh", "self", "view", "holds", "unknown"]
Draws = Literal["no", "always", "unless_seeded"]
Figure = Literal["", "draws", "shows", "opens", "closes"]


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of a call: its name, and its position (from 0, `self` not counted) or None where it is keyword-only."""

    name: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class CallFact:
    """What calling a function, method or class does.

    `returns` is the type of the result (`pandas.DataFrame`), `none`, `self` (the receiver's type), or None where it is not known; a tuple result names its
    element types in `returns_items`. `result` says how the result shares memory with what went in: `fresh` (not at all), `self` (it *is* the receiver),
    `view` (it may share the receiver's memory), `holds` (it keeps references to its arguments, as containers, pipelines and models do).
    `mutates` lists `self` and the names of parameters that it changes in place; `mutates_if` the keyword parameters (`inplace`, `copy=False`
    written `!copy`) that make it change the receiver. `elements` says that the change writes into existing memory (so that views see it), not only into the
    object's structure. `shows` is `artist` where the displayed result of a call is only the repr of a drawing (`<Axes: ...>`).
    """

    name: str
    returns: str | None = None
    returns_items: tuple[str, ...] = ()
    result: Result = "fresh"
    mutates: tuple[str, ...] = ()
    mutates_if: tuple[str, ...] = ()
    elements: bool = False
    draws: Draws = "no"
    seed: Argument | None = None  # with draws == "unless_seeded": the parameter that stops it from drawing on the global stream
    figure: Figure = ""
    state: tuple[str, ...] = ()  # shared state that it changes: options, warnings, cwd, env, path, rng, network, shell, clock
    reads_files: tuple[Argument, ...] = ()
    writes_files: tuple[Argument, ...] = ()
    prints: bool = False
    phase: str | None = None
    tunable: tuple[Argument, ...] = ()
    frame_names: bool = False  # string arguments may name the caller's variables (`df.query("a > @limit")`, formulas)
    shows: Literal["value", "artist"] = "value"


@dataclass(frozen=True, slots=True)
class TypeFact:
    """What is known of a type: how to annotate it (`pd.DataFrame`, needing `import pandas as pd`), and whether it survives pickling."""

    name: str
    annotation: str = "Any"
    imports: tuple[str, ...] = ()
    picklable: bool = True
    immutable: bool = False
    base: str | None = None  # facts about methods are looked up there too
